"""RFC 9700 §4.8, PKCE downgrade: whoever takes the challenge out of a request on its way gains nothing."""

from collections.abc import Callable

import pytest

from tests.playing import ClientApp, Connector, Person, pkce, queries

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.once]

OpenBrowser = Callable[..., Person]


@pytest.fixture
def public(connector: Connector) -> ClientApp:
    return ClientApp.made_public(connector)


@pytest.mark.parametrize(
    "changes",
    [
        {"code_challenge": None, "code_challenge_method": None},
        {"code_challenge": "", "code_challenge_method": "S256"},
        {"code_challenge_method": None},
        {"code_challenge_method": "plain"},
        {"code_challenge_method": "none"},
        {"code_challenge_method": "s256"},
        {"code_challenge_method": ""},
    ],
)
def test_a_public_client_cannot_begin_without_it(public: ClientApp, changes: dict[str, str | None]) -> None:
    asked: dict[str, str | None] = {"code_challenge": pkce()[1], "code_challenge_method": "S256"}

    answer = public.connector.get(public.authorize_url(**asked | changes))

    assert queries(answer.headers["Location"])["error"] == "invalid_request"


def test_a_verifier_for_a_code_that_was_begun_without_a_challenge_is_a_downgrade(
    client_app: ClientApp, person: OpenBrowser
) -> None:
    """§4.8.2: the attacker removed the challenge, the honest client still sends its verifier."""
    code = person().sign_in_to(client_app)["code"]

    assert client_app.exchange(code, code_verifier=pkce()[0]).json()["error"] == "invalid_grant"


@pytest.mark.parametrize("verifier", [None, "", "x", "a" * 43])
def test_a_code_with_a_challenge_needs_its_verifier_whoever_the_client_is(
    client_app: ClientApp, public: ClientApp, person: OpenBrowser, verifier: str | None
) -> None:
    for app, who in ((client_app, "emma"), (public, "mai")):
        code = person(who).sign_in_to(app, code_challenge=pkce()[1], code_challenge_method="S256")["code"]
        assert app.exchange(code, code_verifier=verifier).status_code == 400


def test_the_metadata_says_that_it_is_there(connector: Connector) -> None:
    """§2.1.1: by this a client knows that it can rely on it."""
    told = connector.get("/.well-known/oauth-authorization-server").json()

    assert told["code_challenge_methods_supported"] == ["S256"]
