"""How an MCP client is told to sign in, or to ask the person for more (RFC 6750 §3, RFC 9728 §5.1; MCP basic/authorization)."""

from collections.abc import Iterable

from oauthbridge.metadata import protected_resource_url
from oauthbridge.scopes import EVERYDAY


def challenge(scopes: Iterable[str] = EVERYDAY, *, error: str = "", description: str = "") -> str:
    """The value of `WWW-Authenticate`. error: invalid_token or insufficient_scope; description: for people, without quotes."""
    parts = [
        f'error="{error}"' if error else "",
        f'error_description="{description}"' if description else "",
        f'resource_metadata="{protected_resource_url()}"',
        f'scope="{" ".join(scopes)}"',
    ]
    return "Bearer " + ", ".join(part for part in parts if part)
