"""The apps that people use, by the address that each calls itself by (draft-ietf-oauth-client-id-metadata-document §3).

A vendor's host is not enough: chatgpt.com serves a document for any id that is asked for, vscode.dev holds a relay whose goal the
caller chooses. So a client is known by its exact address, and its codes go to the addresses named here or to the person's own
computer. The copy of each document, with its date, serves while the vendor's host does not answer (claude.ai refuses some
data centres); `manage.py doctor` compares it with what is published.

In an address `{id}` is one segment of letters, digits, `_` and `-`, the same one wherever it stands; `*` is any path.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Any

_AS_OF = date(2026, 11, 29)
_ON_THIS_COMPUTER = ("http://127.0.0.1/callback", "http://localhost/callback")


@dataclass(frozen=True)
class KnownClient:
    """One product. `redirect_uris` is what its document named on the day `as_of`; `web` the addresses, besides those of the
    person's own computer, to which its codes may go (by default the ones of the document)."""

    product: str
    vendor: str
    client_id: str
    redirect_uris: tuple[str, ...]
    web: tuple[str, ...] = ()
    as_of: date = _AS_OF
    # Whether it offers to sign in again on a result that says so, and not on HTTP's 401 or 403 (docs/mcp.md, "Errors of a tool").
    signs_in_by_result: bool = False
    # Whether people would look for it by this name; the other entries are further addresses of the same product.
    listed: bool = field(default=True)

    def names(self, client_id: str) -> str | None:
        """The `{id}` of this client's address, empty where it has none; None for any other address."""
        match = _pattern(self.client_id).fullmatch(client_id)
        return None if match is None else match.groupdict().get("id", "")

    def may_be_sent_to(self, redirect_uri: str) -> bool:
        """Whether this address on the web is one of the product's own."""
        return any(_pattern(each).fullmatch(redirect_uri) for each in self.web or self.redirect_uris)

    def copy(self, client_id: str) -> dict[str, Any]:
        """Its document as it was on the day `as_of`."""
        own_id = self.names(client_id) or ""
        return {
            "client_id": client_id,
            "client_name": self.product,
            "redirect_uris": [uri.replace("{id}", own_id) for uri in self.redirect_uris],
            "grant_types": ["authorization_code", "refresh_token"],
            "response_types": ["code"],
            "token_endpoint_auth_method": "none",
        }


_CHATGPT = ("https://chatgpt.com/connector_platform_oauth_redirect",)
_CHATGPT_WEB = (*_CHATGPT, "https://chatgpt.com/connector/oauth/{id}")
_CLAUDE = ("https://claude.ai/api/mcp/auth_callback", "https://claude.com/api/mcp/auth_callback")
_CURSOR_WEB = ("https://www.cursor.com/agents/*", "https://www.cursor.com/bot/*")

# The documents as read in November 2026 (docs/mcp.md says which were tried). VS Code's also names https://vscode.dev/redirect.
KNOWN: tuple[KnownClient, ...] = (
    KnownClient(
        "ChatGPT", "OpenAI", "https://chatgpt.com/oauth/client.json", _CHATGPT, _CHATGPT_WEB, signs_in_by_result=True
    ),
    KnownClient(
        "ChatGPT",
        "OpenAI",
        "https://chatgpt.com/oauth/{id}/client.json",
        (*_CHATGPT, "https://chatgpt.com/connector/oauth/{id}"),
        _CHATGPT_WEB,
        signs_in_by_result=True,
        listed=False,
    ),
    KnownClient("Codex", "OpenAI", "https://chatgpt.com/oauth/codex/client.json", _ON_THIS_COMPUTER),
    KnownClient("Codex", "OpenAI", "https://chatgpt.com/oauth/codex/{id}/client.json", _ON_THIS_COMPUTER, listed=False),
    KnownClient("Claude", "Anthropic", "https://claude.ai/oauth/mcp-oauth-client-metadata", _CLAUDE),
    KnownClient(
        "Claude Code",
        "Anthropic",
        "https://claude.ai/oauth/claude-code-client-metadata",
        ("http://localhost/callback", "http://127.0.0.1/callback"),
    ),
    KnownClient(
        "Cursor",
        "Anysphere",
        "https://cursor.com/oauth/mcp-client.json",
        ("http://localhost:8787/callback", "https://www.cursor.com/agents/mcp/oauth/callback"),
        _CURSOR_WEB,
    ),
    KnownClient(
        "Visual Studio Code",
        "Microsoft",
        "https://vscode.dev/oauth/client-metadata.json",
        ("http://127.0.0.1:33418/",),
    ),
    KnownClient(
        "Visual Studio Code Insiders",
        "Microsoft",
        "https://insiders.vscode.dev/oauth/client-metadata.json",
        ("http://127.0.0.1:33418/",),
    ),
    KnownClient("Zed", "Zed Industries", "https://zed.dev/oauth/client-metadata.json", ("http://127.0.0.1/callback",)),
    KnownClient(
        "Goose",
        "Block",
        "https://goose-docs.ai/oauth/client-metadata.json",
        ("http://127.0.0.1/oauth_callback", "http://[::1]/oauth_callback"),
    ),
    KnownClient("opencode", "Anomaly", "https://opencode.ai/oauth/opencode/client.json", _ON_THIS_COMPUTER),
    KnownClient(
        "GitHub Copilot CLI",
        "GitHub",
        "https://github.com/copilot/cli/client-metadata.json",
        # As quoted in issues 4793 and 4901 of github/copilot-cli; the program itself comes back to any port.
        ("http://127.0.0.1:33418/",),
        as_of=date(2026, 9, 18),
    ),
)

# Where these products' codes go on the web: another client's document may name such an address too, as Claude's names claude.com.
WEB_HOSTS = frozenset(
    host
    for known in KNOWN
    for uri in (*known.redirect_uris, *known.web)
    if (host := uri.split("/")[2]) and uri[4] == "s"
)


@cache
def _pattern(address: str) -> re.Pattern[str]:
    name = r"(?P<id>[A-Za-z0-9_-]{1,100})"
    parts = {"{id}": name, "*": r"[A-Za-z0-9._~/-]+"}
    return re.compile("".join(parts.get(part) or re.escape(part) for part in re.split(r"(\{id\}|\*)", address)))


def known_by(client_id: str) -> KnownClient | None:
    """The product that calls itself by this address; exact addresses come before those with an `{id}`."""
    matching = [known for known in KNOWN if known.names(client_id) is not None]
    return min(matching, key=lambda known: "{id}" in known.client_id, default=None)


def signs_in_by_result(client_id: str, redirect_uris: Iterable[str]) -> bool:
    """Whether this client is one of those that offer to sign in on a result: by its address, or entered by hand for one."""
    known = known_by(client_id)
    if known is not None:
        return known.signs_in_by_result
    readers = [each for each in KNOWN if each.signs_in_by_result]
    return any(reader.may_be_sent_to(uri) for uri in redirect_uris for reader in readers)


def products() -> list[str]:
    """What people may connect without asking anybody, in the order of the list."""
    return [known.product for known in KNOWN if known.listed]
