"""2025-11-25 and older: an initialize that nobody remembers, then requests that name the version in a header, or not at all."""

from collections.abc import Callable
from typing import Any

import pytest

from petstools.mcp import protocol
from petstools.mcp.protocol import LEGACY, MODERN
from petstools.mcp.tools import CAPABILITIES
from tests.mcp.conftest import Mcp, envelope

pytestmark = pytest.mark.once

Connect = Callable[..., Mcp]
HELLO = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "tests", "version": "1"}}


@pytest.mark.parametrize("version", LEGACY)
def test_initialize_takes_each_version_that_opens_like_this(mcp: Connect, version: str) -> None:
    result = mcp().legacy("initialize", {**HELLO, "protocolVersion": version}, version="").result

    assert result["protocolVersion"] == version
    assert result["capabilities"] == CAPABILITIES
    assert result["serverInfo"]["name"] == "meo-mai-moi"
    assert "never guess ids" in result["instructions"]
    assert "resultType" not in result


@pytest.mark.parametrize("version", ["1900-01-01", "2099-01-01", MODERN, "x", ""])
def test_initialize_answers_a_version_that_is_not_ours_with_the_newest_that_opens_like_this(
    mcp: Connect, version: str
) -> None:
    result = mcp().legacy("initialize", {**HELLO, "protocolVersion": version}, version="").result

    assert result["protocolVersion"] == LEGACY[0]


@pytest.mark.parametrize("params", [{}, {"protocolVersion": None}, {"protocolVersion": 20251125}])
def test_initialize_without_a_version_is_malformed(mcp: Connect, params: dict[str, Any]) -> None:
    assert mcp().legacy("initialize", params, version="").refused == (200, protocol.INVALID_PARAMS)


def test_initialize_is_served_whatever_version_its_header_names(mcp: Connect) -> None:
    """Reported of clients that already send the header, and give up on -32601."""
    for version in (MODERN, "2025-11-25", "1900-01-01"):
        assert mcp().legacy("initialize", HELLO, version=version).result["protocolVersion"] == "2025-11-25"


@pytest.mark.parametrize("version", ["", *LEGACY])
def test_ping_list_and_call_need_no_session_before_them(mcp: Connect, version: str) -> None:
    connected = mcp()

    assert connected.legacy("ping", version=version).result == {}
    listed = connected.legacy("tools/list", version=version).result
    called = connected.legacy("tools/call", {"name": "list_pets", "arguments": {}}, version=version).result

    assert set(listed) == {"tools"}
    assert listed["tools"] == connected.modern("tools/list").result["tools"]
    assert set(called) == {"content", "structuredContent", "isError"}
    assert called["structuredContent"]["status"] == "ok"


def test_a_version_that_is_not_ours_is_refused_by_http(mcp: Connect) -> None:
    for version in ("1900-01-01", "2025-99-99", "x"):
        assert mcp().legacy("ping", version=version).refused == (400, protocol.UNSUPPORTED_VERSION)


@pytest.mark.parametrize("method", ["logging/setLevel", "resources/subscribe", "completion/complete", "x"])
def test_a_method_that_is_not_served_is_an_error_in_the_body_alone(mcp: Connect, method: str) -> None:
    """A 404 meant a lost session."""
    assert mcp().legacy(method).refused == (200, protocol.METHOD_NOT_FOUND)


def test_a_tool_that_is_none_is_an_error_in_the_body_alone(mcp: Connect) -> None:
    assert mcp().legacy("tools/call", {"name": "x"}).refused == (200, protocol.INVALID_PARAMS)


def test_a_failed_call_is_a_result(mcp: Connect) -> None:
    told = mcp().legacy("tools/call", {"name": "get_pet", "arguments": {"pet_id": 999_999}})

    assert told.status == 200
    assert told.error["error"] == "NOT_FOUND"


def test_a_client_that_fell_back_and_goes_on_describing_itself_is_served(mcp: Connect) -> None:
    meta = {**envelope(), protocol.VERSION_KEY: "2025-11-25"}

    told = mcp().legacy("tools/list", {"_meta": meta}, version="2025-11-25")

    assert set(told.result) == {"tools"}


def test_headers_of_the_newer_era_are_not_looked_at(mcp: Connect) -> None:
    body = {"jsonrpc": "2.0", "id": 1, "method": "ping"}

    assert mcp().raw(body, MCP_Protocol_Version="2025-06-18", Mcp_Method="tools/list").result == {}
