"""What a message of the Model Context Protocol must be: versions, `_meta`, mirrored headers. Nothing about pets or Django.

Two eras share one address. Modern (2026-07-28): every request describes itself in `params._meta`, mirrored in headers. Legacy
(2025-11-25 and older): an `initialize` first, whose outcome nobody here remembers; later requests name the version in a header.
Sources: MCP 2026-07-28, basic/index "_meta", basic/versioning, basic/transports/streamable-http "Server Validation".
"""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

MODERN = "2026-07-28"
# Newest first: an `initialize` for a version that is none of these gets the first.
LEGACY = ("2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05")
SUPPORTED = (MODERN, *LEGACY)
# What a request is that names no version (streamable-http "Protocol Version Header").
UNNAMED = "2025-03-26"

PARSE_ERROR = -32700
INVALID_REQUEST = -32600
METHOD_NOT_FOUND = -32601
INVALID_PARAMS = -32602
# In the older era alone (2025-11-25, server/resources "Error Handling").
RESOURCE_NOT_FOUND = -32002
HEADER_MISMATCH = -32020
UNSUPPORTED_VERSION = -32022

VERSION_KEY = "io.modelcontextprotocol/protocolVersion"
CAPABILITIES_KEY = "io.modelcontextprotocol/clientCapabilities"
CLIENT_KEY = "io.modelcontextprotocol/clientInfo"
SERVER_KEY = "io.modelcontextprotocol/serverInfo"

# The headers as WSGI names them.
VERSION_HEADER = "HTTP_MCP_PROTOCOL_VERSION"
METHOD_HEADER = "HTTP_MCP_METHOD"
NAME_HEADER = "HTTP_MCP_NAME"
_NAMED_BY = {"tools/call": "name", "prompts/get": "name", "resources/read": "uri"}

_LONGEST_CLIENT_NAME = 80

Json = Mapping[str, Any]
Id = str | int


class ProtocolError(Exception):
    """A message that is refused as one: a JSON-RPC error. `status` is HTTP's; `id` is None where it could not be read."""

    def __init__(self, code: int, message: str, *, status: int = 400, data: Json | None = None) -> None:
        super().__init__(message)
        self.code, self.message, self.status, self.data = code, message, status, data
        self.id: Id | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """One request, or a notification (`id` is None). `client` is what the client calls itself, for the log; "" when unsaid.

    capabilities: the client's, which only a modern request tells.
    """

    method: str
    id: Id | None
    version: str
    params: Json = field(default_factory=dict)
    client: str = ""
    capabilities: Json = field(default_factory=dict)

    @property
    def modern(self) -> bool:
        return self.version == MODERN


def read(raw: Any, headers: Mapping[str, Any]) -> Message:
    """The message in a decoded body. `headers` are named as in WSGI's environ. Raises ProtocolError."""
    if isinstance(raw, list):
        raise ProtocolError(INVALID_REQUEST, "Send one message in each request; batches are not taken.")
    if not isinstance(raw, dict) or raw.get("jsonrpc") != "2.0" or not isinstance(raw.get("method"), str):
        raise ProtocolError(INVALID_REQUEST, "The body must be one JSON-RPC 2.0 request or notification.")
    if "id" not in raw:
        return _notification(raw["method"], headers)
    try:
        return _request(raw, _id(raw["id"]), headers)
    except ProtocolError as refused:
        refused.id = raw["id"] if _is_id(raw["id"]) else None
        raise


def _notification(method: str, headers: Mapping[str, Any]) -> Message:
    """Taken and dropped: none of the few that clients send (initialized, cancelled) asks anything of a server without state."""
    version = headers.get(VERSION_HEADER, UNNAMED)
    if version not in SUPPORTED:
        raise _unsupported(version)
    if not method.startswith("notifications/"):
        raise ProtocolError(INVALID_REQUEST, "A request needs an id.")
    return Message(method, None, version)


def _request(raw: Json, id_: Id, headers: Mapping[str, Any]) -> Message:
    method: str = raw["method"]
    params = raw.get("params", {})
    if not isinstance(params, dict):
        raise ProtocolError(INVALID_PARAMS, "params must be an object.")
    meta = params.get("_meta", {})
    if not isinstance(meta, dict):
        raise ProtocolError(INVALID_PARAMS, "_meta must be an object.")
    named, header = meta.get(VERSION_KEY), headers.get(VERSION_HEADER)
    if named is None and method == "initialize":
        return Message(method, id_, UNNAMED, params, _client(params.get("clientInfo")))
    if named is None and header != MODERN and method != "server/discover":
        version = UNNAMED if header is None else header
        if version not in LEGACY:
            raise _unsupported(version)
        return Message(method, id_, version, params)
    _check_envelope(method, params, meta, headers)
    client = _client(meta.get(CLIENT_KEY))
    if named not in SUPPORTED:
        raise _unsupported(str(named))
    return Message(method, id_, str(named), params, client, meta[CAPABILITIES_KEY])


def _check_envelope(method: str, params: Json, meta: Json, headers: Mapping[str, Any]) -> None:
    """A modern request says twice what it is; both must agree, or a proxy would route another request than we serve."""
    missing = [key for key in (VERSION_KEY, CAPABILITIES_KEY) if key not in meta]
    if missing:
        raise ProtocolError(INVALID_PARAMS, f"_meta lacks {' and '.join(missing)}.")
    if not isinstance(meta[VERSION_KEY], str) or not isinstance(meta[CAPABILITIES_KEY], dict):
        raise ProtocolError(INVALID_PARAMS, f"_meta has a wrong {VERSION_KEY} or {CAPABILITIES_KEY}.")
    _check_header("MCP-Protocol-Version", headers.get(VERSION_HEADER), meta[VERSION_KEY])
    if meta[VERSION_KEY] in LEGACY:
        # A client that fell back to an older version, and goes on describing itself: the older rules know no more headers.
        return
    _check_header("Mcp-Method", headers.get(METHOD_HEADER), method)
    if method in _NAMED_BY:
        name = params.get(_NAMED_BY[method])
        if not isinstance(name, str):
            raise ProtocolError(INVALID_PARAMS, f"{_NAMED_BY[method]} must be text.")
        _check_header("Mcp-Name", _decoded(headers.get(NAME_HEADER)), name)


def _check_header(name: str, value: str | None, expected: str) -> None:
    if value != expected:
        what = "is missing" if value is None else "does not match the body"
        raise ProtocolError(HEADER_MISMATCH, f"Header mismatch: {name} {what}.")


def _decoded(value: str | None) -> str | None:
    """A header value out of its Base64 sentinel (streamable-http "Value Encoding"); what can't be decoded matches nothing."""
    if value is None or not (value.startswith("=?base64?") and value.endswith("?=") and len(value) >= 11):
        return value
    inside = value[len("=?base64?") : -len("?=")]
    try:
        decoded = base64.b64decode(inside, validate=True)
        # b64decode takes what no encoder makes (stray trailing bits): one value, one spelling.
        return decoded.decode() if base64.b64encode(decoded).decode() == inside else "\0"
    except (binascii.Error, ValueError):
        return "\0"


def _unsupported(version: str) -> ProtocolError:
    requested = version if len(version) <= 40 and version.isascii() and version.isprintable() else ""
    return ProtocolError(
        UNSUPPORTED_VERSION,
        "Unsupported protocol version",
        data={"supported": list(SUPPORTED), "requested": requested},
    )


def _is_id(value: Any) -> bool:
    return (isinstance(value, int) and not isinstance(value, bool)) or (isinstance(value, str) and _is_text(value))


def _id(value: Any) -> Id:
    """Raises ProtocolError: MCP takes texts and whole numbers, and no null (basic/index "Requests")."""
    if not _is_id(value):
        raise ProtocolError(INVALID_REQUEST, "id must be text or a whole number.")
    checked: Id = value
    return checked


def _is_text(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        # Half a surrogate pair: JSON can spell it, no answer could repeat it.
        return False
    return True


def _client(info: Any) -> str:
    """`name/version` as the client tells it, cut to what a log line can hold."""
    if not isinstance(info, dict):
        return ""
    name = "/".join(str(info[key]) for key in ("name", "version") if isinstance(info.get(key), str))
    return "".join(letter for letter in name[:_LONGEST_CLIENT_NAME] if letter.isprintable())
