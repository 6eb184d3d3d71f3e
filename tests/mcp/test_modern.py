"""2026-07-28: every request describes itself, in `_meta` and in headers, and both must agree."""

import base64
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders

from petstools.mcp import protocol
from petstools.mcp.protocol import CAPABILITIES_KEY, LEGACY, MODERN, SERVER_KEY, SUPPORTED, VERSION_KEY
from petstools.mcp.tools import CAPABILITIES
from tests.mcp.conftest import Mcp, envelope

pytestmark = pytest.mark.once

Connect = Callable[..., Mcp]


def test_discover_tells_both_eras_and_what_there_is(mcp: Connect) -> None:
    result = mcp().modern("server/discover").result

    assert result["resultType"] == "complete"
    assert result["supportedVersions"] == list(SUPPORTED) == [MODERN, *LEGACY]
    assert result["capabilities"] == CAPABILITIES
    assert result["serverInfo"]["name"] == "meo-mai-moi"
    icons = result["serverInfo"].pop("icons")
    assert result["_meta"] == {SERVER_KEY: result["serverInfo"]}
    for icon in icons:
        path = urlsplit(icon["src"]).path.removeprefix(settings.STATIC_URL)
        assert (icon["src"].startswith(settings.CONNECTOR_PUBLIC_URL), finders.find(path) is not None) == (True, True)
    assert "image/png" in [icon["mimeType"] for icon in icons]
    assert result["ttlMs"] > 0
    assert result["cacheScope"] == "public"


def test_the_first_512_characters_of_the_instructions_hold_the_rules(mcp: Connect) -> None:
    instructions = mcp().modern("server/discover").result["instructions"]

    rules = instructions.partition("\n")[0]
    assert len(rules.encode()) <= 512
    assert len(instructions.encode()) < 2000, "Claude Code cuts at 2,048"
    for rule in (
        "Private",
        "web searches",
        "never guess ids",
        "after a yes",
        "clarification_needed",
        "never orders",
        "No diagnosis",
    ):
        assert rule in rules


def test_the_list_is_the_same_each_time_and_may_be_kept_by_anybody(mcp: Connect) -> None:
    first, second = mcp("mai").modern("tools/list"), mcp("noah", scopes=("pets:read",)).modern("tools/list")

    assert first.result == second.result
    assert (first.result["resultType"], first.result["cacheScope"]) == ("complete", "public")
    assert first.headers["Cache-Control"] == "no-store"
    assert "nextCursor" not in first.result


def test_no_schema_shuts_out_what_it_does_not_name(mcp: Connect) -> None:
    """google-genai 3.6.1 fails on `additionalProperties: false` (docs/mcp.md)."""
    for told in (mcp().modern("tools/list"), mcp().legacy("tools/list")):
        assert '"additionalProperties":false' not in json.dumps(told.result, separators=(",", ":"))


def test_a_call_is_answered_whole(mcp: Connect) -> None:
    result = mcp().call("list_pets").result

    assert result["resultType"] == "complete"
    assert result["isError"] is False
    assert result["structuredContent"]["status"] == "ok"
    assert set(result["_meta"]) == {SERVER_KEY}


def test_there_is_no_session(mcp: Connect) -> None:
    told = mcp().modern("tools/list", Mcp_Session_Id="made-up", Last_Event_ID="4")

    assert told.status == 200
    assert "Mcp-Session-Id" not in told.headers


@pytest.mark.parametrize("cursor", ["", "2", "made-up"])
def test_a_cursor_that_was_never_given_is_refused(mcp: Connect, cursor: str) -> None:
    assert mcp().modern("tools/list", {"cursor": cursor}).refused == (400, protocol.INVALID_PARAMS)


# --- Headers -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "headers",
    [
        {"MCP_Protocol_Version": ""},
        {"MCP_Protocol_Version": "2025-11-25"},
        {"MCP_Protocol_Version": "1900-01-01"},
        {"MCP_Protocol_Version": "2026-07-28, 2026-07-28"},
        {"Mcp_Method": ""},
        {"Mcp_Method": "tools/list"},
        {"Mcp_Method": "TOOLS/CALL"},
        {"Mcp_Name": ""},
        {"Mcp_Name": "delete_pet"},
        {"Mcp_Name": "Find_pet"},
        {"Mcp_Name": "=?base64?" + base64.b64encode(b"delete_pet").decode() + "?="},
        {"Mcp_Name": "=?base64?not base64?="},
        {"Mcp_Name": "=?base64?////?="},
        {"Mcp_Name": "=?BASE64?" + base64.b64encode(b"find_pet").decode() + "?="},
        {"Mcp_Name": "=?base64?ZmluZF9wZXR=?="},
    ],
    ids=str,
)
def test_headers_that_do_not_say_what_the_body_says_are_refused_before_any_call(
    mcp: Connect, headers: dict[str, str]
) -> None:
    told = mcp().modern("tools/call", {"name": "find_pet", "arguments": {"name": "Miu"}}, **headers)

    assert told.refused == (400, protocol.HEADER_MISMATCH)
    assert told.body["id"] == 1
    assert told.upstream == []


def test_a_name_may_come_in_base64(mcp: Connect) -> None:
    encoded = "=?base64?" + base64.b64encode(b"list_pets").decode() + "?="

    assert mcp().modern("tools/call", {"name": "list_pets"}, Mcp_Name=encoded).status == 200


@pytest.mark.parametrize(
    ("method", "params"), [("resources/read", {"uri": "file:///ä"}), ("prompts/get", {"name": "täglich"})]
)
def test_what_is_asked_for_by_a_name_must_say_it_in_a_header_too(
    mcp: Connect, method: str, params: dict[str, str]
) -> None:
    connected = mcp()
    (name,) = params.values()
    encoded = "=?base64?" + base64.b64encode(name.encode()).decode() + "?="

    assert connected.modern(method, params, Mcp_Name="").refused == (400, protocol.HEADER_MISMATCH)
    assert connected.modern(method, params, Mcp_Name=encoded).refused == (400, protocol.INVALID_PARAMS)


# --- _meta ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "meta",
    [
        None,
        {},
        {CAPABILITIES_KEY: {}},
        {VERSION_KEY: MODERN},
        {VERSION_KEY: 20260728, CAPABILITIES_KEY: {}},
        {VERSION_KEY: MODERN, CAPABILITIES_KEY: None},
        {VERSION_KEY: MODERN, CAPABILITIES_KEY: []},
        [],
        "2026-07-28",
    ],
    ids=str,
)
def test_a_request_that_does_not_describe_itself_is_malformed(mcp: Connect, meta: Any) -> None:
    body = {"jsonrpc": "2.0", "id": "a", "method": "tools/list", "params": {"_meta": meta} if meta is not None else {}}

    told = mcp().raw(body, MCP_Protocol_Version=MODERN, Mcp_Method="tools/list")

    assert told.refused == (400, protocol.INVALID_PARAMS)
    assert told.body["id"] == "a"


def test_discover_without_anything_is_malformed_and_not_taken_for_an_older_client(mcp: Connect) -> None:
    told = mcp().raw({"jsonrpc": "2.0", "id": 1, "method": "server/discover"})

    assert told.refused == (400, protocol.INVALID_PARAMS)


def test_who_the_client_is_need_not_be_told(mcp: Connect) -> None:
    body = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {"_meta": envelope()}}
    del body["params"]["_meta"]["io.modelcontextprotocol/clientInfo"]  # type: ignore[index]

    assert mcp().raw(body, MCP_Protocol_Version=MODERN, Mcp_Method="tools/list").status == 200


@pytest.mark.parametrize("version", ["1900-01-01", "2027-01-01", "DRAFT-2026", "x"])
def test_a_version_that_is_not_ours_is_told_which_are(mcp: Connect, version: str) -> None:
    told = mcp().modern("tools/list", {"_meta": {VERSION_KEY: version}}, MCP_Protocol_Version=version)

    assert told.refused == (400, protocol.UNSUPPORTED_VERSION)
    assert told.body["error"]["data"] == {"supported": list(SUPPORTED), "requested": version}


def test_a_version_of_nonsense_is_not_repeated(mcp: Connect) -> None:
    told = mcp().raw({"jsonrpc": "2.0", "id": 1, "method": "tools/list"}, MCP_Protocol_Version="x" * 5000)

    assert told.refused == (400, protocol.UNSUPPORTED_VERSION)
    assert told.body["error"]["data"]["requested"] == ""


# --- Methods -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "method",
    ["initialize", "ping", "logging/setLevel", "resources/subscribe", "subscriptions/listen", "completion/complete",
     "tasks/list", "tools/List", "x", "rpc.discover"],
)  # fmt: skip
def test_a_method_that_is_not_served_is_404(mcp: Connect, method: str) -> None:
    told = mcp().modern(method)

    assert told.refused == (404, protocol.METHOD_NOT_FOUND)
    assert method not in told.body["error"]["message"]


def test_a_tool_that_is_none_is_refused_as_a_call(mcp: Connect) -> None:
    for name in ("list_pet_types", "delete_weight", "drop_tables", "LIST_PETS", "__class__"):
        assert mcp().modern("tools/call", {"name": name}).refused == (400, protocol.INVALID_PARAMS)


@pytest.mark.parametrize("arguments", [[], "Miu", 1, True, [["name", "Miu"]]])
def test_arguments_that_are_no_object_are_refused(mcp: Connect, arguments: Any) -> None:
    told = mcp().modern("tools/call", {"name": "find_pet", "arguments": arguments})

    assert told.refused == (400, protocol.INVALID_PARAMS)


@pytest.mark.parametrize("params", [{}, {"arguments": None}])
def test_arguments_may_be_left_out(mcp: Connect, params: dict[str, Any]) -> None:
    assert mcp().modern("tools/call", {"name": "list_pets", **params}).content["status"] == "ok"
