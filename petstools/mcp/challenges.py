"""How an MCP client is told to sign in, or to ask the person for more (RFC 6750 §3, RFC 9728 §5.1; MCP basic/authorization)."""

from collections.abc import Iterable

from django.conf import settings

from petstools.catalog import TOOLS

_ORDER = ("pets:read", "pets:write", "health:read", "health:write", "microchips:read", "microchips:write")
# What a client asks for at first: everything that the tools need, for some clients (Cursor) never ask for more later.
EVERYDAY = tuple(scope for scope in _ORDER if any(scope in tool.scopes for tool in TOOLS))


def challenge(scopes: Iterable[str] = EVERYDAY, *, error: str = "", description: str = "") -> str:
    """The value of `WWW-Authenticate`. error: invalid_token or insufficient_scope; description: for people, without quotes."""
    parts = [
        f'error="{error}"' if error else "",
        f'error_description="{description}"' if description else "",
        f'scope="{" ".join(scopes)}"',
        f'resource_metadata="{settings.CONNECTOR_PUBLIC_URL}/.well-known/oauth-protected-resource/mcp"',
    ]
    return "Bearer " + ", ".join(part for part in parts if part)
