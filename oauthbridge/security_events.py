"""What fail2ban or a SIEM wants to know, each as one log line of one form (docs/operations.md, "Security events").

A line names what happened, the address that it came from and whom it is about; never a secret, a code, a token, nor a name that
somebody typed and nobody has (people type their passwords there). Nothing of it is stored here: it lives as long as your log.
"""

import threading
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

import structlog

from oauthbridge.addresses import whole_address

log: structlog.stdlib.BoundLogger = structlog.get_logger("security")

# Instead of a name that is nobody's.
UNKNOWN = "(unknown)"


class Event(StrEnum):
    CLIENT_FAILED = "client_failed"
    CLIENT_REFUSED = "client_refused"
    CODE_REUSED = "code_reused"
    TOKEN_REUSED = "token_reused"  # noqa: S105 - a kind of event
    WRONG_BROWSER = "wrong_browser"
    STAFF_FAILED = "staff_failed"
    STAFF_SIGNED_IN = "staff_signed_in"
    THROTTLED = "throttled"


class _OfThisThread(threading.local):
    """The request being answered, as far as it says where it comes from (`connector.middleware` sets it)."""

    wsgi: Mapping[str, Any] | None = None


this_thread = _OfThisThread()


def note(event: Event, subject: str) -> None:
    """`subject`: a client's id, a connection's or sign-in's, a name of staff, a throttle and its key."""
    address = whole_address(this_thread.wsgi) if this_thread.wsgi is not None else "-"
    log.warning("security", security=event.value, address=address, subject=subject)
