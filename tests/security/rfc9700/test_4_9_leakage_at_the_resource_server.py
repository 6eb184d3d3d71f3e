"""RFC 9700 §4.9 and §4.10, leaked and stolen access tokens: ours stay here, and die with their connection."""

from collections.abc import Callable

import pytest

from sandbox.server import SandboxServer
from tests.playing import ClientApp, Connector, Person

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.once]

OpenBrowser = Callable[..., Person]


def test_the_main_app_never_sees_a_token_of_ours(
    client_app: ClientApp, connector: Connector, person: OpenBrowser, sandbox: SandboxServer
) -> None:
    """§4.9.1: a server behind this one that is taken over gets nothing it could use here."""
    tokens = person().connect(client_app)
    before = len(sandbox.requests)
    connector.get("/pets", headers={"Authorization": f"Bearer {tokens['access_token']}"})
    client_app.refresh(tokens["refresh_token"])

    asked = list(sandbox.requests)[before:]
    assert asked
    told = repr(asked)
    for ours in (tokens["access_token"], tokens["refresh_token"], client_app.secret):
        assert str(ours) not in told


def test_a_stolen_token_ends_with_its_connection(
    client_app: ClientApp, connector: Connector, person: OpenBrowser
) -> None:
    tokens = person().connect(client_app)
    stolen = {"Authorization": f"Bearer {tokens['access_token']}"}
    assert connector.get("/account", headers=stolen).status_code == 200

    client_app.revoke(tokens["refresh_token"])

    assert connector.get("/account", headers=stolen).status_code == 401


def test_one_persons_token_shows_nothing_of_anothers(
    client_app: ClientApp, connector: Connector, person: OpenBrowser, sandbox: SandboxServer
) -> None:
    theirs = sandbox.world.pet("Biscuit").id
    token = person("taras").connect(client_app)["access_token"]

    headers = {"Authorization": f"Bearer {token}"}

    for method, path, body in (
        ("GET", "", None),
        ("PATCH", "", {"name": "Mine"}),
        ("DELETE", "", None),
        ("GET", "/weights", None),
        ("POST", "/weights", {"weight_kg": "4.2 kg", "measured_at": "2026-01-15"}),
    ):
        answer = connector.http.request(method, f"/pets/{theirs}{path}", headers=headers, json=body)
        assert 400 <= answer.status_code < 500, (method, path)
        assert "Biscuit" not in answer.text
    assert sandbox.world.pet("Biscuit").name == "Biscuit"
