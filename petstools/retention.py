"""What the tools leave behind and how long it is kept; with `oauthbridge.retention` all that `manage.py prune` takes away."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.core.cache import cache
from django.db.models import QuerySet

from oauthbridge import retention
from oauthbridge.models import Connection
from oauthbridge.retention import LAST_PRUNE, Kept, last_prune
from petstools.models import ToolCall, WriteAttempt
from petstools.tools.writing import ASKED_AGAIN_WITHIN

__all__ = ["BLANKED", "ENDED", "KEPT", "LAST_PRUNE", "last_prune", "past_their_time", "prune"]


@dataclass(frozen=True)
class Ending:
    """Connections that nobody uses any more, and how they are ended (step by step, as `connections.end_each` does)."""

    stale: Callable[[datetime], QuerySet[Connection]]
    end: Callable[[datetime], Iterator[int]]


# Rooms above add what they know of (chat.zalo.apps).
ENDINGS: list[Ending] = [Ending(retention.stale_connections, retention.end_stale)]

# Rooms above add what they keep (chat.apps).
KEPT: list[Kept] = [
    Kept(
        "tool calls",
        lambda now: ToolCall.objects.filter(created_at__lt=now - timedelta(days=settings.TOOL_CALL_RETENTION_DAYS)),
    ),
    # Twice as long as a call may come again: a write that began just before must still find its key.
    Kept("writes", lambda now: WriteAttempt.objects.filter(created_at__lt=now - 2 * ASKED_AGAIN_WITHIN)),
    *retention.KEPT,
]

ENDED = "connections ended"
BLANKED = "abandoned sign-ins blanked"


def past_their_time(now: datetime) -> dict[str, int]:
    """How many rows of each kind `prune` would end or delete; nothing changes."""
    changed = {ENDED: sum(each.stale(now).count() for each in ENDINGS), BLANKED: retention.abandoned(now).count()}
    return changed | {kept.name: kept.past(now).count() for kept in KEPT}


def prune(now: datetime) -> Iterator[tuple[str, int]]:
    """End stale connections, delete what is past its time; yields (kind, rows) step by step and may be stopped at each."""
    for ending in ENDINGS:
        for ended in ending.end(now):
            yield ENDED, ended
    yield BLANKED, retention.forget(retention.abandoned(now))
    for kept in KEPT:
        for deleted in retention.delete_past(kept, now):
            yield kept.name, deleted
    cache.set(LAST_PRUNE, now.isoformat(), None)
