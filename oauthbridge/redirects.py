"""Where a browser may be sent with a code: which redirect URIs can be registered, and when one asked for is a registered one.

String-identical (RFC 9700 §4.1.3), with one exception: an app on the person's own machine can't choose its port beforehand, so a
public MCP client's loopback address counts with any port (RFC 8252 §7.3).
"""

import re
from collections.abc import Iterable
from urllib.parse import unquote, urlsplit

# `localhost` too, against RFC 8252 §8.3: Claude Code and Cursor register it.
_LOOPBACK = re.compile(r"http://(?P<host>127\.0\.0\.1|\[::1\]|localhost)(?P<port>:[0-9]{1,5})?(?P<rest>[/?].*)?")
# At /redirect they send a browser on to wherever the request's `state` says: a code sent there is given away.
_RELAYS = frozenset({"vscode.dev", "insiders.vscode.dev"})
_NEVER = re.compile(r"[\s*\\\x00-\x1f\x7f]")


def is_loopback(uri: str) -> bool:
    """Whether this is plain HTTP to the person's own machine. Whatever comes after the host never makes it another one."""
    return _LOOPBACK.fullmatch(uri) is not None


def is_relay(uri: str) -> bool:
    """Whether this address on the web, however it is spelled, may be one that passes on what it gets to where the caller says."""
    try:
        parts = urlsplit(uri)
        host = (parts.hostname or "").rstrip(".")
    except ValueError:
        return False
    return host in _RELAYS and "redirect" in re.split(r"[/\\]", unquote(parts.path).lower())


def is_registered(uri: str, registered: Iterable[str], *, any_loopback_port: bool) -> bool:
    registered = tuple(registered)
    if uri in registered:
        return True
    portless = _without_port(uri) if any_loopback_port else None
    return portless is not None and portless in map(_without_port, registered)


def _without_port(uri: str) -> tuple[str, str] | None:
    """Host and what follows the port. None for what is no loopback address or names a port that there is not."""
    match = _LOOPBACK.fullmatch(uri)
    if match is None or (match["port"] is not None and not 0 < int(match["port"][1:]) < 65536):
        return None
    return match["host"], match["rest"] or ""


def may_be_registered(uri: str, *, loopback: bool) -> bool:
    """Absolute, HTTPS (with `loopback` also HTTP to this machine), no fragment, nobody's password (RFC 6749 §3.1.2)."""
    try:
        parts = urlsplit(uri)
        usable = bool(parts.hostname) and not (parts.username or parts.password) and parts.port != 0
    except ValueError:
        return False
    if not usable or "#" in uri or _NEVER.search(uri) or not uri.isascii():
        return False
    return parts.scheme == "https" or (loopback and _without_port(uri) is not None)
