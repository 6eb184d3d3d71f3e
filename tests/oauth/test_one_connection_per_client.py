"""A person may use several clients: each has one connection, and none ends another's."""

from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from oauthbridge.models import Application, Connection
from tests.oauth.doors import confidential_client, opened_by, public_client
from tests.oauth.token_endpoint import refused
from tests.playing import ClientApp, Connector, Person, pkce, queries

OpenBrowser = Callable[..., Person]
Travel = Callable[..., None]


@pytest.fixture
def claude(connector: Connector) -> ClientApp:
    return public_client(connector, "Claude")


@pytest.fixture
def chatgpt(connector: Connector) -> ClientApp:
    return confidential_client(connector)


def test_signing_in_from_one_ends_none_of_the_others(
    client_app: ClientApp, claude: ClientApp, chatgpt: ClientApp, person: OpenBrowser, connector: Connector
) -> None:
    emma = person()
    gpt = emma.connect(client_app)
    first = emma.connect_with_pkce(claude)
    app = emma.connect_with_pkce(chatgpt)
    assert len(emma.main_app_tokens) == 3

    second = emma.connect_with_pkce(chatgpt)

    assert opened_by(connector, app["access_token"]) == set()
    assert opened_by(connector, second["access_token"]) == opened_by(connector, first["access_token"]) == {"mcp"}
    assert opened_by(connector, gpt["access_token"]) == {"actions"}
    active = Connection.objects.active().values_list("application__client_id", flat=True)
    assert sorted(active) == sorted([client_app.client_id, claude.client_id, chatgpt.client_id])
    assert len(emma.main_app_tokens) == 3


@pytest.mark.parametrize("how", ["revoked", "reused"])
def test_the_end_of_one_is_the_end_of_no_other(
    claude: ClientApp, chatgpt: ClientApp, person: OpenBrowser, connector: Connector, how: str
) -> None:
    emma = person()
    tokens: dict[str, Any] = emma.connect_with_pkce(claude)
    app = emma.connect_with_pkce(chatgpt)

    if how == "revoked":
        answer = claude.revoke(tokens["refresh_token"])
        assert (answer.status_code, answer.content) == (200, b"")
    else:
        latest = claude.refresh(tokens["refresh_token"]).json()
        assert claude.refresh(latest["refresh_token"]).status_code == 200
        assert refused(claude.refresh(tokens["refresh_token"]), "invalid_grant")

    assert opened_by(connector, tokens["access_token"]) == set()
    assert opened_by(connector, app["access_token"]) == {"mcp"}
    assert chatgpt.refresh(app["refresh_token"]).status_code == 200
    assert len(emma.main_app_tokens) == 1


def test_a_public_client_needs_its_id_and_pkce_and_has_no_secret_to_send(
    claude: ClientApp, person: OpenBrowser
) -> None:
    verifier, challenge = pkce()
    code = person().sign_in_to(claude, code_challenge=challenge, code_challenge_method="S256")["code"]

    assert refused(claude.exchange(code), "invalid_request")
    assert refused(claude.exchange(code, code_verifier=pkce()[0]), "invalid_grant")
    assert refused(claude.exchange(code, code_verifier=verifier, client_secret="guess"), "invalid_client", 401)
    assert claude.exchange(code, code_verifier=verifier, client_id=None).status_code in (400, 401)
    told = claude.exchange(code, code_verifier=verifier)

    assert told.status_code == 200
    assert claude.revoke("x", client_id=None).status_code in (400, 401)


@pytest.mark.parametrize("late", [0, 61])
def test_a_replayed_code_of_a_public_client_ends_its_connection_with_the_right_verifier_only(
    claude: ClientApp, chatgpt: ClientApp, person: OpenBrowser, connector: Connector, travel: Travel, late: int
) -> None:
    emma = person()
    verifier, challenge = pkce()
    code = emma.sign_in_to(claude, code_challenge=challenge, code_challenge_method="S256")["code"]
    tokens = claude.exchange(code, code_verifier=verifier).json()
    travel(seconds=late)

    for guess in (None, pkce()[0], challenge, "x", "é" * 43, ""):
        answer = claude.exchange(code, code_verifier=guess)
        assert answer.status_code == 400
        assert answer.json()["error"] in ("invalid_grant", "invalid_request")
    assert refused(chatgpt.exchange(code, code_verifier=verifier), "invalid_grant")
    assert opened_by(connector, tokens["access_token"]) == {"mcp"}

    assert refused(claude.exchange(code, code_verifier=verifier), "invalid_grant")

    assert opened_by(connector, tokens["access_token"]) == set()
    assert refused(claude.refresh(tokens["refresh_token"]), "invalid_grant")
    (connection,) = Connection.objects.all()
    assert (connection.status, connection.end_reason) == ("ended", "code_replayed")
    assert emma.main_app_tokens == []


@pytest.mark.parametrize("asked", [{}, {"code_challenge": "x" * 43}, {"code_challenge_method": "S256"}], ids=str)
def test_no_client_of_the_mcp_door_begins_without_pkce_s256(
    claude: ClientApp, chatgpt: ClientApp, connector: Connector, asked: dict[str, str]
) -> None:
    for app in (claude, chatgpt):
        told = queries(connector.get(app.authorize_url(**asked)).headers["Location"])
        assert (told["error"], told["iss"]) == ("invalid_request", connector.url)


def test_a_disabled_client_is_unknown_everywhere(claude: ClientApp, person: OpenBrowser, connector: Connector) -> None:
    emma = person()
    told = emma.connect_with_pkce(claude)
    _verifier, challenge = pkce()
    waiting = emma.agree(emma.begin(claude, code_challenge=challenge, code_challenge_method="S256"))
    Application.objects.filter(client_id=claude.client_id).update(disabled_at=timezone.now())

    assert connector.get(claude.authorize_url()).status_code == 400
    assert refused(claude.refresh(told["refresh_token"]), "invalid_client", 401)
    assert emma.open(waiting).status_code == 400
    assert len(emma.main_app_tokens) == 1
