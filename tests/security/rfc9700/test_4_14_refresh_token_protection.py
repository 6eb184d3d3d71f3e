"""RFC 9700 §4.14, refresh token protection: a stolen one serves nobody for long."""

from collections.abc import Callable

import pytest

from tests.playing import ClientApp, Connector, Person, pkce

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.once]

OpenBrowser = Callable[..., Person]


@pytest.mark.parametrize("owner_comes", ["when the time to retry is over", "when the thief has gone on"])
def test_a_thiefs_and_the_owners_use_of_one_end_the_connection(
    connector: Connector, person: OpenBrowser, travel: Callable[..., None], owner_comes: str
) -> None:
    """§4.14.2, public clients: rotation, and reuse ends all."""
    app = ClientApp.made_public(connector)
    verifier, challenge = pkce()
    emma = person()
    stolen = emma.connect(app, code_challenge=challenge, code_challenge_method="S256", code_verifier=verifier)
    thief = app.refresh(stolen["refresh_token"]).json()
    if owner_comes == "when the thief has gone on":
        thief = app.refresh(thief["refresh_token"]).json()
    else:
        travel(seconds=61)

    assert app.refresh(stolen["refresh_token"]).json()["error"] == "invalid_grant"

    assert app.refresh(thief["refresh_token"]).json()["error"] == "invalid_grant"
    for token in (stolen["access_token"], thief["access_token"]):
        assert connector.get("/pets", headers={"Authorization": f"Bearer {token}"}).status_code == 401
    assert emma.main_app_tokens == []


def test_a_confidential_clients_serves_only_who_has_its_secret(client_app: ClientApp, person: OpenBrowser) -> None:
    stolen = person().connect(client_app)["refresh_token"]
    other = ClientApp.made_for_gpt(client_app.connector, "g-thief", client_id="meo-gpt-thief")

    assert client_app.refresh(stolen, client_secret=None).status_code == 401
    assert client_app.refresh(stolen, client_secret="guess").status_code == 401
    assert other.refresh(stolen).json()["error"] == "invalid_grant"
    assert ClientApp.made_public(client_app.connector).refresh(stolen).json()["error"] == "invalid_grant"
    assert client_app.refresh(stolen).status_code == 200


def test_it_dies_unused(client_app: ClientApp, person: OpenBrowser, travel: Callable[..., None]) -> None:
    """§4.14.2: refresh tokens expire if the client has been inactive for some time."""
    stolen = person().connect(client_app)["refresh_token"]
    travel(days=91)

    assert client_app.refresh(stolen).json()["error"] == "invalid_grant"
