"""What goes out: JSON-RPC results and errors, as bytes where they are always the same, and the challenge to sign in."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.conf import settings
from django.http import HttpResponse

from oauthbridge.metadata import protected_resource_url
from oauthbridge.scopes import EVERYDAY
from petstools.answers import as_json
from petstools.mcp.protocol import SERVER_KEY, Message, ProtocolError

SERVER = {"name": "meo-mai-moi", "title": "Meo Mai Moi", "version": settings.VERSION}
# Where a client lists its servers (basic/index, "Icons"): PNG is what each must take.
_ICONS = (("paw.svg", "image/svg+xml", "any"), ("paw.png", "image/png", "96x96"))
_ABOUT_US = as_json({SERVER_KEY: SERVER})[1:-1]


def server_with_icons() -> dict[str, Any]:
    """What a client is told of us once, when it connects."""
    folder = f"{settings.CONNECTOR_PUBLIC_URL}{settings.STATIC_URL}oauthbridge/"
    return {
        **SERVER,
        "icons": [{"src": folder + name, "mimeType": kind, "sizes": [size]} for name, kind, size in _ICONS],
    }


def result(
    message: Message, members: bytes, *, meta: bytes = b"", status: int = 200, kind: bytes = b"complete"
) -> HttpResponse:
    """A result that holds `members` (JSON without its braces), in the form of the request's era. meta: members of `_meta`; kind: of
    the modern era, complete or input_required."""
    if message.modern:
        meta = _ABOUT_US + b"," + meta if meta else _ABOUT_US
        members = b'"resultType":"%b",' % kind + members
    if meta:
        members = b'%b,"_meta":{%b}' % (members, meta)
    return _response(b'{"jsonrpc":"2.0","id":%b,"result":{%b}}' % (as_json(message.id), members), status)


def error(refused: ProtocolError) -> HttpResponse:
    """A JSON-RPC error. One whose request could not be read has the id null (JSON-RPC 2.0 §5)."""
    about: dict[str, Any] = {"code": refused.code, "message": refused.message}
    if refused.data is not None:
        about["data"] = refused.data
    return _response(b'{"jsonrpc":"2.0","id":%b,"error":%b}' % (as_json(refused.id), as_json(about)), refused.status)


def refusal(status: int, message: str, headers: Mapping[str, str] | None = None) -> HttpResponse:
    """What HTTP itself refuses, before any message is read. The error's code is HTTP's: MCP reserves none for these."""
    response = error(ProtocolError(status, message, status=status))
    for name, value in (headers or {}).items():
        response[name] = value
    return response


def challenge(scopes: Iterable[str] = EVERYDAY, *, error: str = "", description: str = "") -> str:
    """The value of `WWW-Authenticate` (RFC 6750 §3, RFC 9728 §5.1; MCP basic/authorization): how a client is told to sign in, or to
    ask the person for more. error: invalid_token or insufficient_scope; description: for people, without quotes.
    """
    parts = [
        f'error="{error}"' if error else "",
        f'error_description="{description}"' if description else "",
        f'resource_metadata="{protected_resource_url()}"',
        f'scope="{" ".join(scopes)}"',
    ]
    return "Bearer " + ", ".join(part for part in parts if part)


def accepted() -> HttpResponse:
    """To a notification."""
    response = _response(b"", 202)
    del response["Content-Type"]
    return response


def _response(body: bytes, status: int) -> HttpResponse:
    return HttpResponse(body, status=status, content_type="application/json", headers={"Cache-Control": "no-store"})
