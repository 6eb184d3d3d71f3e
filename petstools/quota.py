"""What is known of a person's daily quota in the main app (contract §2.2): only a refusal tells it, so it is remembered.

It is counted per person and shared with their browser, so nothing here counts: between two refusals only the limit is known.
"""

from datetime import UTC, datetime
from typing import Any

from django.core.cache import cache

from mainapp.errors import Quota
from oauthbridge.models import Connection

REMEMBERED_SECONDS = 30 * 86_400


def remember(connection: Connection, quota: Quota) -> None:
    cache.set(
        key_of(connection.user_id), {"limit": quota.limit, "reset_at": quota.reset_at.isoformat()}, REMEMBERED_SECONDS
    )


def known(connection: Connection, now: datetime) -> dict[str, Any] | None:
    """`{limit, used_up, opens_again_at}`, or None as long as this person has never met the limit."""
    kept = cache.get(key_of(connection.user_id))
    if kept is None:
        return None
    reset_at = datetime.fromisoformat(kept["reset_at"])
    used_up = reset_at.astimezone(UTC) > now
    return {"limit": kept["limit"], "used_up": used_up, "opens_again_at": kept["reset_at"] if used_up else None}


def key_of(user_id: int) -> str:
    """Where it is kept, by the person's row here."""
    return f"quota:1:{user_id}"
