"""RFC 9700 §4.4, mix-up attacks: each answer says whose it is (RFC 9207), so a client can tell ours from an attacker's."""

from collections.abc import Callable

import pytest

from tests.playing import ClientApp, Connector, Person, queries

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.once]

OpenBrowser = Callable[..., Person]


def issuer(connector: Connector) -> str:
    return str(connector.get("/.well-known/oauth-authorization-server").json()["issuer"])


def test_a_code_comes_with_the_issuer_of_the_metadata(
    client_app: ClientApp, connector: Connector, person: OpenBrowser
) -> None:
    assert person().sign_in_to(client_app)["iss"] == issuer(connector)


@pytest.mark.parametrize(
    "fault", [{"scope": "unknown"}, {"response_type": "token"}, {"code_challenge": "x"}, {"state": "é"}]
)
def test_so_does_every_error(client_app: ClientApp, connector: Connector, fault: dict[str, str]) -> None:
    answer = connector.get(client_app.authorize_url(**fault))

    assert queries(answer.headers["Location"])["iss"] == issuer(connector)


def test_the_metadata_promises_it(connector: Connector) -> None:
    """RFC 9207 §3: a client that reads this refuses an answer without."""
    told = connector.get("/.well-known/oauth-authorization-server").json()

    assert told["authorization_response_iss_parameter_supported"] is True


@pytest.mark.parametrize("given", ["https://evil.example", ""])
def test_nobody_chooses_the_issuer(
    client_app: ClientApp, connector: Connector, person: OpenBrowser, given: str
) -> None:
    answer = connector.get(
        client_app.authorize_url(scope="unknown", iss=given), headers={"X-Forwarded-Host": "evil.example"}
    )

    assert queries(answer.headers["Location"])["iss"] == issuer(connector)
