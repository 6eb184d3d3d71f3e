"""CORS (WHATWG Fetch): a page may use `/mcp` and the token endpoints from an origin of MCP_ALLOWED_ORIGINS, and from no other."""

import secrets
from collections.abc import Callable

import pytest
from django.http.response import ResponseHeaders
from django.test import Client
from pytest_django import Settings

from connector import settings as as_started
from tests.mcp.conftest import Mcp

# Refused, or not, before a database could matter.
pytestmark = pytest.mark.once
Connect = Callable[..., Mcp]

INSPECTOR = "http://localhost:6274"
ADDRESSES = ["/mcp", "/oauth/token", "/oauth/revoke"]
OTHERS = [
    "https://evil.example",
    "null",
    "*",
    "http://localhost",
    "http://localhost:62740",
    "https://localhost:6274",
    "http://localhost:6274.evil.example",
    "http://evil.example/http://localhost:6274",
    "x" * 5000,
    "http://[::1",
]
PING = b'{"jsonrpc": "2.0", "id": 1, "method": "ping"}'
# What the Inspector's requests carry beside what any page may send.
SENT = [
    "authorization",
    "content-type",
    "mcp-protocol-version",
    "mcp-method",
    "mcp-name",
    "last-event-id",
    "mcp-session-id",
]


@pytest.fixture(autouse=True)
def allowed(settings: Settings) -> None:
    settings.MCP_ALLOWED_ORIGINS = settings.CORS_ALLOWED_ORIGINS = [INSPECTOR]


def cors_headers(headers: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name.lower().startswith("access-control-")}


def preflight(client: Client, path: str, origin: str) -> ResponseHeaders:
    headers = {
        "Origin": origin,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": ",".join(SENT),
    }
    response = client.options(path, headers=headers)
    assert response.status_code in (200, 405)
    assert response.content == b"" or response.status_code == 405
    return response.headers


def test_one_setting_says_which_origins() -> None:
    assert as_started.CORS_ALLOWED_ORIGINS is as_started.MCP_ALLOWED_ORIGINS


@pytest.mark.parametrize("path", ADDRESSES)
def test_a_preflight_of_an_allowed_origin_is_answered(client: Client, path: str) -> None:
    told = preflight(client, path, INSPECTOR)

    assert told["Access-Control-Allow-Origin"] == INSPECTOR
    assert told["Access-Control-Allow-Methods"] == "POST"
    assert {name.strip().lower() for name in told["Access-Control-Allow-Headers"].split(",")} == set(SENT)
    assert "origin" in told["Vary"].lower()
    assert "Access-Control-Allow-Credentials" not in told


@pytest.mark.parametrize("path", ADDRESSES)
@pytest.mark.parametrize("origin", OTHERS, ids=lambda origin: origin[:30])
def test_another_origin_is_told_nothing(client: Client, path: str, origin: str) -> None:
    answer = client.post(path, b"{}", content_type="application/json", headers={"Origin": origin})

    assert cors_headers(dict(preflight(client, path, origin))) == {}
    assert cors_headers(dict(answer.headers)) == {}


@pytest.mark.parametrize(
    "path", ["/pets", "/health", "/privacy", "/oauth/authorize", "/admin/", "/mcp/", "/mcp/x", "/oauth/token2"]
)
def test_no_other_address_is_open_to_pages(client: Client, path: str, db: None) -> None:
    assert cors_headers(dict(client.get(path, headers={"Origin": INSPECTOR}).headers)) == {}


def test_a_page_reads_the_challenge_and_the_answer(mcp: Connect, client: Client) -> None:
    refused = client.post("/mcp", b"{}", content_type="application/json", headers={"Origin": INSPECTOR})
    answered = mcp().http.post("/mcp", PING, content_type="application/json", headers={"Origin": INSPECTOR})

    assert (refused.status_code, answered.status_code) == (401, 200)
    assert refused.headers["WWW-Authenticate"].startswith("Bearer ")
    for headers in (refused.headers, answered.headers):
        assert headers["Access-Control-Allow-Origin"] == INSPECTOR
        assert {"WWW-Authenticate", "MCP-Protocol-Version"} <= {
            name.strip() for name in headers["Access-Control-Expose-Headers"].split(",")
        }
        assert "Access-Control-Allow-Credentials" not in headers


@pytest.mark.parametrize("path", ["/oauth/token", "/oauth/revoke"])
def test_a_page_reads_why_it_gets_no_token(client: Client, path: str, db: None) -> None:
    form = f"grant_type=authorization_code&code={secrets.token_hex(8)}&client_id=nobody&token=x"

    answer = client.post(path, form, content_type="application/x-www-form-urlencoded", headers={"Origin": INSPECTOR})

    assert answer.status_code == 401
    assert answer.json()["error"] == "invalid_client"
    assert answer.headers["Access-Control-Allow-Origin"] == INSPECTOR


@pytest.mark.parametrize(
    "path",
    [
        "/.well-known/oauth-authorization-server",
        "/.well-known/oauth-protected-resource",
        "/.well-known/oauth-protected-resource/mcp",
    ],
)
@pytest.mark.parametrize("origin", [INSPECTOR, "https://any.example"])
def test_what_is_published_is_readable_from_any_page(client: Client, path: str, origin: str) -> None:
    headers = {
        "Origin": origin,
        "Access-Control-Request-Method": "GET",
        "Access-Control-Request-Headers": "mcp-protocol-version",
    }

    for answer in (client.get(path, headers=headers), client.options(path, headers=headers)):
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert "Access-Control-Allow-Credentials" not in answer.headers
