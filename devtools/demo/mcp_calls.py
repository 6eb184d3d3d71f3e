"""How an MCP client of 2026-07-28 speaks: one JSON-RPC message in a POST, which says by itself what it is."""

import json
from typing import Any, TypedDict

import requests

from devtools.demo.stage import TIMEOUT, Stage, expect, json_object

VERSION = "2026-07-28"
_PREFIX = "io.modelcontextprotocol/"


class Message(TypedDict):
    """What `requests` sends."""

    json: dict[str, Any]
    headers: dict[str, str]


def message(method: str, **params: Any) -> Message:
    """A request with its envelope and headers (basic/transports/streamable-http)."""
    envelope = {
        f"{_PREFIX}protocolVersion": VERSION,
        f"{_PREFIX}clientCapabilities": {},
        f"{_PREFIX}clientInfo": {"name": "paws", "version": "1.0"},
    }
    headers = {"Accept": "application/json, text/event-stream", "MCP-Protocol-Version": VERSION, "Mcp-Method": method}
    if method == "tools/call":
        headers["Mcp-Name"] = params["name"]
    body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": {**params, "_meta": envelope}}
    return {"json": body, "headers": headers}


def result(stage: Stage, method: str, **params: Any) -> dict[str, Any]:
    """What it answers. Raises StepFailed when that is no result."""
    answer = stage.app.post(f"{stage.connector}/mcp", **message(method, **params), timeout=TIMEOUT)
    expect(answer.status_code == 200, f"{method} answered {answer.status_code}")
    return _result(answer)


def called(stage: Stage, tool: str, /, *, status: int = 200, **arguments: Any) -> requests.Response:
    """Call a tool. Raises StepFailed when it answers with another HTTP status."""
    answer: requests.Response = stage.app.post(
        f"{stage.connector}/mcp", **message("tools/call", name=tool, arguments=arguments), timeout=TIMEOUT
    )
    expect(answer.status_code == status, f"{tool} answered {answer.status_code} instead of {status}")
    return answer


def content(stage: Stage, tool: str, /, **arguments: Any) -> dict[str, Any]:
    """A call's structuredContent, which its one text block repeats."""
    result = _result(called(stage, tool, **arguments))
    expect(result["isError"] is False, f"{tool} ended in an error")
    (block,) = result["content"]
    expect(json.loads(block["text"]) == result["structuredContent"], "text and structuredContent differ")
    return dict(result["structuredContent"])


def error(answer: requests.Response) -> dict[str, Any]:
    """A failed call's error, as the model reads it."""
    result = _result(answer)
    expect(result["isError"] is True, "the call did not fail")
    return dict(json.loads(result["content"][0]["text"]))


def _result(answer: requests.Response) -> dict[str, Any]:
    payload = json_object(answer)
    expect("result" in payload, f"the answer is an error of the protocol: {payload.get('error')}")
    return dict(payload["result"])
