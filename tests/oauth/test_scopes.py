"""What may be asked for (RFC 6749 §3.3, §6; RFC 6750 §3.1), door by door."""

from collections.abc import Callable

import pytest

from oauthbridge.models import AccessToken, AuthorizationRequest, Connection
from tests.oauth.doors import ALL_SIX, call, public_client
from tests.oauth.token_endpoint import refused
from tests.playing import ClientApp, Connector, Person, pkce, queries

OpenBrowser = Callable[..., Person]


@pytest.fixture
def tool(connector: Connector) -> ClientApp:
    return public_client(connector)


@pytest.mark.parametrize(
    ("asked", "given"),
    [
        (None, ALL_SIX),
        ("", ALL_SIX),
        ("pets:read", "pets:read"),
        ("health:write pets:read pets:read", "health:write pets:read"),
        (" ".join(reversed(ALL_SIX.split())), " ".join(reversed(ALL_SIX.split()))),
        (f"{ALL_SIX} offline_access", f"{ALL_SIX} offline_access"),
    ],
)
def test_an_mcp_client_gets_what_it_asks_for_and_the_six_when_it_asks_for_nothing(
    tool: ClientApp, person: OpenBrowser, asked: str | None, given: str
) -> None:
    told = person().connect_with_pkce(tool, scope=asked)

    assert told["scope"] == given
    assert AccessToken.objects.get().scope == given


def test_neither_door_s_clients_may_ask_for_the_other_s(
    tool: ClientApp, client_app: ClientApp, connector: Connector
) -> None:
    for app, scopes in (
        (tool, ["pets", "pets:read pets", "openid", "pets:delete", "PETS:READ", "pets:read,pets:write", "*"]),
        (client_app, ["pets:read", "pets pets:read", "offline_access", ALL_SIX]),
    ):
        for scope in scopes:
            url = app.authorize_url(scope=scope, code_challenge=pkce()[1], code_challenge_method="S256")
            told = queries(connector.get(url).headers["Location"])
            assert (told["error"], told["iss"]) == ("invalid_scope", connector.url), scope
            assert told["state"].startswith("state-")
    assert not AuthorizationRequest.objects.exists()


def test_a_refresh_narrows_the_access_token_and_not_the_connection(tool: ClientApp, person: OpenBrowser) -> None:
    told = person().connect_with_pkce(tool, scope="pets:read health:read")

    narrow = tool.refresh(told["refresh_token"], scope="health:read").json()

    assert narrow["scope"] == "health:read"
    assert tool.refresh(narrow["refresh_token"]).json()["scope"] == "pets:read health:read"


def test_a_refresh_gives_no_more_and_asking_spends_nothing(tool: ClientApp, person: OpenBrowser) -> None:
    told = person().connect_with_pkce(tool, scope="pets:read")

    for more in ("pets:write", "pets:read pets:write", "pets", "offline_access", ALL_SIX):
        assert refused(tool.refresh(told["refresh_token"], scope=more), "invalid_scope")

    assert tool.refresh(told["refresh_token"]).json()["scope"] == "pets:read"
    assert {token.scope for token in AccessToken.objects.all()} == {"pets:read"}


def test_more_is_a_new_sign_in_with_all_of_it(tool: ClientApp, person: OpenBrowser, connector: Connector) -> None:
    """The step-up of MCP's authorization: 403 with what the call needs, then the union of old and new."""
    emma = person()
    first = emma.connect_with_pkce(tool, scope="health:read")
    lacking = call(connector, first["access_token"], "create_pet", name="Mimi", pet_type="cat")
    challenge = lacking.headers["WWW-Authenticate"]
    assert lacking.status_code == 403
    assert 'error="insufficient_scope"' in challenge
    needed = challenge.partition('scope="')[2].partition('"')[0]
    assert "pets:write" in needed

    second = emma.connect_with_pkce(tool, scope=" ".join({*needed.split(), "health:read"}))

    assert set(second["scope"].split()) >= {"health:read", "pets:write"}
    assert call(connector, second["access_token"], "create_pet", name="Mimi", pet_type="cat").status_code == 200
    # The one with less stays beside it: it could be another machine's.
    assert Connection.objects.active().count() == len(emma.main_app_tokens) == 2
