"""What a product of Zalo's is to the rest of this room: it checks and reads what comes, and sends a text."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple, Protocol

from chat.zalo.models import Account, Event

# Of an event: larger ones are refused unread. Of a text that is sent, in characters (zalo-api.md §4).
LONGEST_BODY = 65_536
LONGEST_TEXT = 2000


class Refused(Exception):
    """An event that nobody may act on; `reason` is a word for metrics: forged, malformed, unknown_account, too_old."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Incoming:
    """What a person did, whichever product tells of it. key: unique in its account for ever; chat_id: of a group, else empty."""

    kind: Event.Kind
    sender_id: str
    key: str
    sent_at: datetime
    text: str = ""
    attachment_url: str = ""
    display_name: str = ""
    chat_id: str = ""


class Received(NamedTuple):
    """own_id: of the account that it came to. incoming is None for what is of no use: echoes, receipts."""

    own_id: str
    incoming: Incoming | None


class Verdict(StrEnum):
    SENT = "sent"
    AGAIN = "again"
    # Nobody will get it.
    GIVEN_UP = "given_up"
    # Nothing can be sent from this account until somebody has mended that.
    STOPPED = "stopped"


class Delivery(NamedTuple):
    """How sending ended. error: Zalo's number, 0 where it did not answer; not_before: when to try again, where Zalo's rule says so;
    reason: a word for staff. pauses: nobody else's text would be taken now either; costs: it was refused for want of money or quota."""

    verdict: Verdict
    error: int | None = None
    not_before: datetime | None = None
    reason: str = ""
    pauses: bool = False
    costs: bool = False


def number_of_error(value: object) -> int | None:
    """As Zalo has them; None of what is none, also of one that no column holds: a reply with it would be tried for ever."""
    return value if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**31 else None


class Adapter(Protocol):
    product: Account.Product

    def is_on(self) -> bool:
        """Whether the settings name it."""

    def read(self, headers: Mapping[str, str], body: bytes) -> Received:
        """Check that Zalo sent this, then read it. Raises Refused."""

    def send(self, account: Account, chat_id: str, text: str) -> Delivery:
        """One text of at most LONGEST_TEXT characters to a person or group. Never raises for what Zalo or the network does."""
