"""Which addresses may be client ids, and when their documents may be read (draft-ietf-oauth-client-id-metadata-document §3).

A client of the MCP door may call itself by the https address of a document about it. The document is fetched by us, so this
decides whom we ask at all; `cimd` asks, and decides what of an answer counts.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import timedelta

from django.conf import settings

from oauthbridge import known_clients
from oauthbridge.known_clients import KnownClient

# How long a client whose document can't be read any more may still begin sign-ins with what was read last: its host may have
# a bad day, but an address that was taken out of the document must not work for ever.
KEPT_WITHOUT_ANSWER = timedelta(days=7)

_LONGEST = 255
# For tests: where a vendor's name leads that can't have the port itself.
HTTPS_PORTS: dict[str, int] = {}
# No query, fragment, user, port (unless listed), percent-encoding, dot segment or empty segment: one spelling for one document.
_CLIENT_ID = re.compile(
    r"https://(?P<host>[a-z0-9.-]+(?::[0-9]{1,5})?)(?P<path>(?:/(?!\.{1,2}(?:/|\Z))[A-Za-z0-9._~-]+)+)"
)

_reading: ContextVar[bool] = ContextVar("client_documents_may_be_read", default=False)


@contextmanager
def may_be_read() -> Iterator[None]:
    """Let client documents be fetched inside the block: where a sign-in begins, and nowhere else.

    Whoever asks for tokens has begun a sign-in before, so the client is known; a refresh must not wait for its web site, nor a
    transaction stay open meanwhile.
    """
    reset = _reading.set(True)
    try:
        yield
    finally:
        _reading.reset(reset)


def reading_is_allowed() -> bool:
    return _reading.get()


# In MCP_CLIENT_HOSTS: all of `known_clients`.
KNOWN = "known"


def known_by(client_id: str) -> KnownClient | None:
    """The known product that calls itself so, where `MCP_CLIENT_HOSTS` holds the known ones."""
    return known_clients.known_by(client_id) if KNOWN in settings.MCP_CLIENT_HOSTS else None


def is_listed_host(host: str) -> bool:
    """Whether codes may go to this host (with its port) though another client's document names it."""
    listed = {*settings.MCP_CLIENT_HOSTS}
    return host in listed - {KNOWN} or (KNOWN in listed and host in known_clients.WEB_HOSTS)


def accepted(client_id: str) -> bool:
    """Whether this address may be a client id: known, or in `MCP_CLIENT_HOSTS` whole or by its host; letter by letter."""
    return parts_of(client_id) is not None


def parts_of(client_id: str) -> tuple[str, int, str] | None:
    """Host, port and path of an accepted client id; None of any other."""
    match = _CLIENT_ID.fullmatch(client_id) if len(client_id) <= _LONGEST else None
    if match is None:
        return None
    if not ({match["host"], client_id} & {*settings.MCP_CLIENT_HOSTS} - {KNOWN} or known_by(client_id)):
        return None
    host, _colon, port = match["host"].partition(":")
    return host, int(port or HTTPS_PORTS.get(host, 443)), match["path"]


def unlisted_host(client_id: str) -> str:
    """The host by which a client calls itself that is on no list; empty for every other."""
    match = _CLIENT_ID.fullmatch(client_id) if len(client_id) <= _LONGEST and not accepted(client_id) else None
    return match["host"] if match else ""


def host_of(client_id: str) -> str:
    """The host (with its port, where it has one) that a client id names; empty where the id is no accepted address."""
    match = _CLIENT_ID.fullmatch(client_id) if accepted(client_id) else None
    return match["host"] if match else ""
