"""Whatever a client sends, the answer is one of ours: no 500, no INTERNAL_ERROR, nothing that breaks the protocol."""

# ruff: noqa: F811 - fixtures that come from another module
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from petstools.mcp.protocol import CAPABILITIES_KEY, CLIENT_KEY, LEGACY, MODERN, VERSION_KEY
from petstools.mcp.tools import OFFERS
from tests.mcp.conftest import Mcp
from tests.tools.samples import lasting_sandbox, sandbox  # noqa: F401 - fixtures
from tests.tools.test_the_door import JSON_VALUES

Connect = Callable[..., Mcp]
KNOWN_CODES = {-32700, -32600, -32601, -32602, -32020, -32022}
METHODS = ["tools/call", "tools/list", "server/discover", "initialize", "ping", "notifications/initialized", "x", ""]
VERSIONS = [MODERN, *LEGACY, "1900-01-01", "", None, 1]


@pytest.fixture
def client(mcp: Connect, sandbox: Any) -> Mcp:
    """One for all examples of a test: each example is a call, not a sign-in."""
    return mcp("noah")


@pytest.mark.once
@pytest.mark.parametrize("name", OFFERS)
@settings(max_examples=8)
@given(data=st.data())
def test_any_arguments_are_answered(name: str, data: st.DataObject, client: Mcp) -> None:
    properties = list(OFFERS[name].input_schema().get("properties", {})) or ["x"]
    arguments = data.draw(st.dictionaries(st.sampled_from(properties) | st.text(max_size=8), JSON_VALUES, max_size=6))

    told = client.call(name, **{"pet_id": 1, **arguments} if "pet_id" in properties else arguments)

    assert told.status == 200
    if told.result["isError"]:
        assert told.error["error"] != "INTERNAL_ERROR"


@pytest.mark.parametrize("opening", ["[", '{"a":'])
@pytest.mark.parametrize("depth", [60, 300, 900])
def test_what_is_nested_deeply_is_no_message(opening: str, depth: int, client: Mcp) -> None:
    """Python reads a thousand levels, and orjson writes 254: in between, an answer that repeats it was an error of ours."""
    nested = opening * depth + "1" + {"[": "]"}.get(opening, "}") * depth
    call = '{"jsonrpc":"2.0","id":1,"method":"%s","params":%s}'

    for method, params in (
        ("resources/read", f'{{"uri":{nested}}}'),
        ("tools/call", f'{{"name":"update_pet","arguments":{{"pet_id":1,"clear":{nested}}}}}'),
        ("tools/call", f'{{"name":"pet_history","arguments":{{"pet_id":{nested}}}}}'),
    ):
        assert client.raw((call % (method, params)).encode()).refused == (400, -32700)


def test_a_list_nested_deeply_as_text_is_no_list(client: Mcp) -> None:
    told = client.call("update_pet", pet_id=1, clear="[" * 300 + "]" * 300)

    assert told.error["error"] == "INVALID_INPUT"


def messages() -> st.SearchStrategy[Any]:
    version = st.sampled_from(VERSIONS)
    meta = st.fixed_dictionaries(
        {}, optional={VERSION_KEY: version, CAPABILITIES_KEY: JSON_VALUES, CLIENT_KEY: JSON_VALUES, "x": JSON_VALUES}
    )
    params = st.fixed_dictionaries(
        {},
        optional={
            "_meta": meta | JSON_VALUES,
            "name": st.sampled_from(["list_pets", "x"]) | JSON_VALUES,
            "arguments": JSON_VALUES,
            "protocolVersion": version,
            "clientInfo": JSON_VALUES,
            "cursor": JSON_VALUES,
        },
    )
    message = st.fixed_dictionaries(
        {"jsonrpc": st.just("2.0") | JSON_VALUES, "method": st.sampled_from(METHODS) | JSON_VALUES},
        optional={"id": JSON_VALUES, "params": params | JSON_VALUES, "result": JSON_VALUES},
    )
    return message | JSON_VALUES


@pytest.mark.once
@settings(max_examples=150)
@given(body=messages(), version=st.sampled_from([*VERSIONS[:-2], "x"]), method=st.sampled_from(METHODS))
def test_any_message_is_answered(body: Any, version: str, method: str, client: Mcp) -> None:
    headers = {"MCP_Protocol_Version": version, "Mcp_Method": method, "Mcp_Name": "list_pets"}

    told = client.raw(json.dumps(body).encode(), **{name: value for name, value in headers.items() if value})

    if told.status == 202:
        assert told.body is None
    elif "error" in told.body:
        assert told.body["error"]["code"] in KNOWN_CODES
        assert told.status in (200, 400, 404)
    else:
        assert told.status == 200
        assert told.body["id"] == body["id"]
