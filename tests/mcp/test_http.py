"""What HTTP itself refuses at `/mcp`, and what is no JSON-RPC message, in either era."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from petstools.mcp import protocol
from sandbox.server import SandboxServer
from tests.mcp.conftest import Mcp, envelope

# Refused, or not, before a database could matter.
pytestmark = pytest.mark.once
Connect = Callable[..., Mcp]


@pytest.mark.parametrize("path", ["/mcp", "/mcp/"])
@pytest.mark.parametrize("method", ["get", "delete", "put", "patch", "head", "options", "trace"])
def test_only_post_is_taken(mcp: Connect, method: str, path: str) -> None:
    response = getattr(mcp().http, method)(path)

    assert response.status_code == 405
    assert response.headers["Allow"] == "POST"


@pytest.mark.parametrize("path", ["/mcp", "/mcp/"])
@pytest.mark.parametrize("method", ["get", "head", "post"])
def test_who_looks_without_a_token_is_told_to_sign_in(method: str, path: str) -> None:
    response = getattr(Client(), method)(path)

    assert response.status_code == 401
    assert "resource_metadata=" in response.headers["WWW-Authenticate"]


def test_a_slash_at_the_end_changes_nothing(mcp: Connect) -> None:
    connected, message = mcp(), {"jsonrpc": "2.0", "id": 1, "method": "ping"}

    with_slash, without = (
        connected.http.post(path, message, content_type="application/json") for path in ("/mcp/", "/mcp")
    )

    assert with_slash.status_code == 200
    assert with_slash.content == without.content


@pytest.mark.parametrize("path", ["/", "/sse", "/mcp/sse", "/v1/mcp", "/messages"])
def test_the_wrong_door_speaks_of_the_right_one(settings: Settings, path: str) -> None:
    response = Client(enforce_csrf_checks=True).post(
        path, {"jsonrpc": "2.0", "id": 1, "method": "initialize"}, content_type="application/json"
    )

    assert response.status_code == (405 if path == "/" else 404)
    assert settings.MCP_URL in response.json()["message"]
    assert "openapi.json" in response.json()["message"]


@pytest.mark.parametrize(
    "origin",
    ["https://evil.example", "null", "", "https://connector.meo.example.evil.example", "http://localhost:6274", "*"],
)
def test_another_origin_is_refused_whoever_calls(
    mcp: Connect, origin: str, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    connected = mcp()
    with django_assert_num_queries(0):
        told = connected.modern("tools/list", Origin=origin or " ")

    assert told.refused == (403, 403)
    assert "Access-Control-Allow-Origin" not in told.headers


def test_our_own_origin_and_those_of_the_setting_are_taken(mcp: Connect, settings: Settings) -> None:
    settings.MCP_ALLOWED_ORIGINS = ["http://localhost:6274"]
    own = settings.CONNECTOR_PUBLIC_URL

    assert [mcp().modern("tools/list", Origin=one).status for one in (own, "http://localhost:6274")] == [200, 200]


def test_another_host_is_refused(mcp: Connect) -> None:
    assert mcp().modern("tools/list", Host="evil.example").status == 400


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "application/jsonp", ""])
def test_another_content_type_is_refused(mcp: Connect, content_type: str) -> None:
    response = mcp().http.post("/mcp", b"{}", content_type=content_type)

    assert response.status_code == 415
    assert response.json()["error"]["code"] == protocol.INVALID_REQUEST


@pytest.mark.parametrize(
    "accept", ["application/json", "text/event-stream", "application/json, text/event-stream", "*/*", "x"]
)
def test_the_answer_is_json_whatever_is_asked_for(mcp: Connect, accept: str) -> None:
    told = mcp().modern("tools/list", Accept=accept)

    assert (told.status, told.headers["Content-Type"]) == (200, "application/json")


@pytest.mark.parametrize(
    "body",
    [
        b" ",
        b"name=Miu",
        b"{'jsonrpc': '2.0'}",
        b'{"jsonrpc": "2.0", "id": 1, "id": 2, "method": "tools/list"}',
        b'{"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {"a": 1, "a": 2}}',
        b'{"jsonrpc": "2.0", "id": NaN, "method": "ping"}',
        b'{"jsonrpc": "2.0", "id": 1e400, "method": "ping"}',
        b'{"jsonrpc": "2.0", "id": 1, "method": "ping"} {}',
        b'{"jsonrpc": "\xff"}',
        b"\xef\xbb\xbf{}",
        b"\x00",
        b"[" * 100_000,
        b'{"a":' * 50_000,
        b'{"id": ' + b"9" * 10_000 + b"}",
    ],
    ids=lambda body: repr(body[:24]),
)
def test_a_body_that_is_no_json_is_a_parse_error(mcp: Connect, body: bytes) -> None:
    told = mcp().raw(body)

    assert told.refused == (400, protocol.PARSE_ERROR)
    assert told.body["id"] is None


def test_a_body_that_is_too_large_is_refused(mcp: Connect) -> None:
    assert mcp().raw(b'"' + b"x" * 300_000 + b'"').refused == (413, protocol.INVALID_REQUEST)


REQUEST = {"jsonrpc": "2.0", "id": 1, "method": "ping"}


@pytest.mark.parametrize(
    "message",
    [
        None,
        True,
        1,
        "ping",
        {},
        {"id": 1, "method": "ping"},
        {**REQUEST, "jsonrpc": "1.0"},
        {**REQUEST, "jsonrpc": 2.0},
        {**REQUEST, "method": None},
        {**REQUEST, "method": 1},
        {**REQUEST, "method": ["ping"]},
        {**REQUEST, "id": None},
        {**REQUEST, "id": True},
        {**REQUEST, "id": 1.5},
        {**REQUEST, "id": {}},
        {**REQUEST, "id": "\ud800"},
        {"jsonrpc": "2.0", "id": 1, "result": {}},
        {"jsonrpc": "2.0", "id": 1, "error": {"code": 1, "message": "x"}},
        {"jsonrpc": "2.0", "method": "tools/call", "params": {"name": "list_pets"}},
        # 2025-03-26 knew batches; no client was seen to send them, and each would be many calls behind one throttle's back.
        [],
        [REQUEST],
        [REQUEST, REQUEST],
    ],
    ids=str,
)
def test_what_is_no_single_message_is_an_invalid_request(mcp: Connect, message: Any) -> None:
    told = mcp().raw(message)

    assert told.refused == (400, protocol.INVALID_REQUEST)
    assert told.upstream == []


@pytest.mark.parametrize("id_", [0, -1, 2**80, "", "a", "é", "\x00", "x" * 1000])
def test_the_id_comes_back_as_it_was_sent(mcp: Connect, id_: Any) -> None:
    assert mcp().raw({**REQUEST, "id": id_}).body == {"jsonrpc": "2.0", "id": id_, "result": {}}


@pytest.mark.parametrize("params", [[], "x", 1, True, None])
def test_params_that_are_no_object_are_refused(mcp: Connect, params: Any) -> None:
    assert mcp().raw({**REQUEST, "params": params}).refused == (400, protocol.INVALID_PARAMS)


@pytest.mark.parametrize("method", ["notifications/initialized", "notifications/cancelled", "notifications/x"])
def test_a_notification_is_taken_without_a_word(mcp: Connect, method: str) -> None:
    response = mcp().http.post(
        "/mcp", json.dumps({"jsonrpc": "2.0", "method": method}), content_type="application/json"
    )

    assert (response.status_code, response.content) == (202, b"")


def test_a_notification_of_another_version_is_refused(mcp: Connect) -> None:
    told = mcp().raw({"jsonrpc": "2.0", "method": "notifications/initialized"}, MCP_Protocol_Version="1900-01-01")

    assert told.refused == (400, protocol.UNSUPPORTED_VERSION)


@pytest.mark.parametrize("number", ["1e400", "-1e400"])
def test_a_number_beyond_all_numbers_is_no_500(mcp: Connect, number: str) -> None:
    body = f'{{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{{"name":"add_weight","arguments":{{"pet_id":{number}}}}}}}'

    assert mcp().raw(body.encode()).refused == (400, protocol.PARSE_ERROR)


def test_what_every_answer_says_about_itself(mcp: Connect) -> None:
    connected = mcp()
    for told in (connected.call("list_pets"), connected.modern("x"), connected.raw([])):
        assert told.headers["Content-Type"] == "application/json"
        assert told.headers["Cache-Control"] == "no-store"
        assert told.headers["X-Content-Type-Options"] == "nosniff"
        assert told.headers["X-Request-ID"]
        assert "Set-Cookie" not in told.headers
        assert "Mcp-Session-Id" not in told.headers


def test_a_cookie_opens_nothing(sandbox: SandboxServer, db: None, django_user_model: Any) -> None:
    browser = Client()
    browser.force_login(django_user_model.objects.create(username="staff", is_staff=True, is_superuser=True))

    response = browser.post(
        "/mcp",
        {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {"_meta": envelope()}},
        content_type="application/json",
    )

    assert response.status_code == 401
