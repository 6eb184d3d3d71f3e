"""Who may come in at `/mcp`, and with how much (RFC 6750, RFC 8707, RFC 9728): nothing is read before that is settled."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import OperationalError
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from oauthbridge import connections
from oauthbridge.models import AccessToken, Application, Connection
from oauthbridge.scopes import EVERYDAY
from petstools.catalog import ONLY_MCP, TOOLS
from petstools.mcp.tools import OFFERS
from sandbox.server import SandboxServer
from tests.mcp.conftest import Mcp
from tests.tools.conftest import gpt  # noqa: F401 - fixture

Connect = Callable[..., Mcp]
ALL = " ".join(EVERYDAY)


def challenged(told: Any, status: int = 401) -> str:
    assert told.status == status, told.body
    header = str(told.headers["WWW-Authenticate"])
    assert header.startswith("Bearer ")
    metadata = f"{settings.CONNECTOR_PUBLIC_URL}/.well-known/oauth-protected-resource/mcp"
    assert f'resource_metadata="{metadata}"' in header
    return header


def test_without_a_token_everything_is_challenged_with_all_scopes(
    sandbox: SandboxServer, db: None, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    nobody = Mcp(sandbox, Connection(), "")
    nobody.http = Client()
    with django_assert_num_queries(0):
        told = [
            nobody.modern("tools/list"),
            nobody.call("list_pet_types"),
            nobody.legacy("initialize"),
            nobody.raw(b""),
        ]

    for one in told:
        header = challenged(one)
        assert f'scope="{ALL}"' in header
        assert "error=" not in header
        assert "offline_access" not in header
    assert nobody.http.get("/.well-known/oauth-protected-resource/mcp").json()["scopes_supported"] == list(EVERYDAY)


@pytest.mark.parametrize("header", ["Bearer", "Bearer x", "Basic {token}", "{token}", "Bearer {token}x", "Bearer \x00"])
def test_a_header_without_a_live_token_is_an_invalid_token(mcp: Connect, header: str) -> None:
    connected = mcp()
    connected.http = Client(headers={"Authorization": header.format(token=connected.token)})

    told = connected.call("list_pets")

    assert 'error="invalid_token"' in challenged(told)
    assert told.upstream == []


def test_an_expired_token_is_an_invalid_token(mcp: Connect) -> None:
    connected = mcp()
    AccessToken.objects.filter(connection=connected.connection).update(expires=timezone.now() - timedelta(seconds=1))

    assert 'error="invalid_token"' in challenged(connected.modern("tools/list"))


@pytest.mark.parametrize(
    "resource",
    [
        [],
        ["https://elsewhere.example/mcp"],
        [f"{settings.MCP_URL}/"],
        [settings.CONNECTOR_PUBLIC_URL],
        [settings.MCP_URL, "https://elsewhere.example/mcp"],
    ],
    ids=str,
)
def test_a_token_for_anything_but_this_address_alone_does_not_open_it(mcp: Connect, resource: list[str]) -> None:
    connected = mcp()
    AccessToken.objects.filter(connection=connected.connection).update(resource=resource)

    assert 'error="invalid_token"' in challenged(connected.modern("tools/list"))


def test_neither_door_takes_the_others_token(mcp: Connect, gpt: Any) -> None:  # noqa: F811
    connected, in_chatgpt = mcp("mai"), gpt("mai")
    actions_token = in_chatgpt.http.defaults["HTTP_AUTHORIZATION"]

    assert connected.http.get("/pets").status_code == 401
    connected.http = Client(headers={"Authorization": actions_token})
    challenged(connected.call("list_pets"))


def test_an_ended_connection_is_out(mcp: Connect) -> None:
    connected = mcp()
    connections.end(connected.connection.pk, Connection.EndReason.STAFF)

    challenged(connected.modern("tools/list"))


def test_without_its_database_the_service_says_when_to_try_again(mcp: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(_token: str) -> str:
        raise OperationalError("connection to server at 10.0.0.1 refused")

    connected = mcp()
    monkeypatch.setattr("oauthbridge.authentication.digest", away)

    told = connected.call("list_pets")

    assert told.refused == (503, 503)
    assert told.headers["Retry-After"] == "5"
    assert "10.0.0.1" not in str(told.body)


# --- Scopes --------------------------------------------------------------------------------------


def test_every_tool_needs_scopes_and_every_scope_is_of_use() -> None:
    needed = {scope for tool in (*TOOLS, *ONLY_MCP) for scope in tool.scopes}

    assert needed == set(EVERYDAY)
    assert all(tool.scopes for tool in (*TOOLS, *ONLY_MCP))


# Who offers to sign in again in which form: ChatGPT's own clients on a result, all others on HTTP's status.
FORMS = [
    ("https://claude.ai/oauth/mcp-oauth-client-metadata", "", False),
    ("https://claude.ai/oauth/claude-code-client-metadata", "", False),
    ("https://chatgpt.com/oauth/codex/client.json", "", False),
    ("https://vscode.dev/oauth/client-metadata.json", "", False),
    ("registered-0123456789abcdef", "http://127.0.0.1/callback", False),
    ("mcp-my-tool", "https://tool.example/callback", False),
    ("https://chatgpt.com/oauth/client.json", "", True),
    ("https://chatgpt.com/oauth/plugin_1/client.json", "", True),
    (
        "mcp-chatgpt",
        "https://chatgpt.com/connector_platform_oauth_redirect https://chatgpt.com/connector/oauth/x",
        True,
    ),
]


@pytest.mark.parametrize(("client_id", "redirect_uris", "by_result"), FORMS, ids=[form[0] for form in FORMS])
@pytest.mark.parametrize("why", ["ended", "scope"])
def test_each_client_is_asked_to_sign_in_again_in_the_form_that_it_reads(
    mcp: Connect, client_id: str, redirect_uris: str, by_result: bool, why: str
) -> None:
    lacking: dict[str, Any] = (
        {"scopes": ("pets:read",)} if why == "scope" else {"token": "1|" + "nobody-knows-this" * 3}
    )
    connected = mcp(client_id=client_id, **lacking)
    Application.objects.filter(client_id=client_id).update(redirect_uris=redirect_uris or "https://x.example/cb")

    told = connected.call(*(("create_pet",) if why == "scope" else ("list_pets",)))

    (challenge,) = told.result["_meta"]["mcp/www_authenticate"]
    assert told.result["isError"] is True
    assert ('error="insufficient_scope"' if why == "scope" else 'error="invalid_token"') in challenge
    assert told.status == (200 if by_result else 403 if why == "scope" else 401)
    assert told.headers.get("WWW-Authenticate") == (None if by_result else challenge)


def test_a_person_may_withhold_deletion_and_the_model_is_told(mcp: Connect) -> None:
    connected = mcp("mai")
    Connection.objects.update(withholds_deletion=True)

    for name, arguments in (
        ("delete_pet", {"pet_id": 1}),
        ("delete_record", {"kind": "weight", "pet_id": 1, "record_id": 1}),
    ):
        told = connected.call(name, **arguments)
        assert told.status == 200
        assert told.error["error"] == "FORBIDDEN"
        assert "did not allow it to delete" in told.error["message"]
        assert told.upstream == []
    assert connected.call("list_pets").content["status"] == "ok"


@pytest.mark.once
@pytest.mark.parametrize(
    "tool", [tool for tool in (*TOOLS, *ONLY_MCP) if tool.name in OFFERS], ids=lambda tool: tool.name
)
def test_a_call_without_its_scope_is_told_which_it_needs(mcp: Connect, tool: Any) -> None:
    for lacking in tool.scopes:
        told = mcp(scopes=tuple(scope for scope in EVERYDAY if scope != lacking)).call(tool.name, pet_id=1)

        header = challenged(told, 403)
        assert 'error="insufficient_scope"' in header
        assert f'scope="{" ".join(tool.scopes)}"' in header
        assert told.result["_meta"]["mcp/www_authenticate"] == [header]
        assert told.error["error"] == "FORBIDDEN"
        assert told.upstream == []


def test_deleting_a_record_needs_the_scope_of_its_kind_alone(mcp: Connect) -> None:
    connected = mcp("noah", scopes=("health:write",))

    microchip = connected.call("delete_record", kind="microchip", pet_id=1, record_id=1)
    weight = connected.call("delete_record", kind="weight", pet_id=1, record_id=1)

    assert 'scope="microchips:write"' in challenged(microchip, 403)
    assert weight.error["error"] == "NOT_FOUND"


def test_a_scope_too_few_ends_nothing(mcp: Connect) -> None:
    connected = mcp(scopes=("pets:read",))
    connected.call("create_pet", name="Nyx", species="cat")

    assert connected.call("list_pets").content["status"] == "ok"


# --- The main app's own no -----------------------------------------------------------------------


def test_a_token_that_the_main_app_refuses_ends_the_connection_and_asks_to_sign_in_again(mcp: Connect) -> None:
    connected = mcp(token="1|nobody-knows-this-one-0123456789abcdefghij")

    told = connected.call("list_pets")

    header = challenged(told)
    assert 'error="invalid_token"' in header
    assert told.result["_meta"]["mcp/www_authenticate"] == [header]
    assert told.error["error"] == "UNAUTHORIZED"
    assert "GPT" not in told.error["message"]
    assert Connection.objects.get(pk=connected.connection.pk).status == Connection.Status.BROKEN
    challenged(connected.modern("tools/list"))


def test_signing_in_from_one_client_leaves_the_other_alone(mcp: Connect) -> None:
    claude, cursor = mcp("mai"), mcp("mai", client_id="https://cursor.com/oauth/mcp-client.json")
    connections.end(claude.connection.pk, Connection.EndReason.STAFF)

    assert cursor.call("list_pets").content["status"] == "ok"
