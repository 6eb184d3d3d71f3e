"""Times as the main app writes them: UTC, whole seconds, always six zero digits (main-app.md §4, §8.1)."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

from sandbox.answers import Json
from sandbox.records import Row


def moment(value: datetime | None) -> str | None:
    # Not strftime: it writes year 1 as "1".
    return None if value is None else f"{value.astimezone(UTC).isoformat()[:19]}.000000Z"


def midnight(value: date | None) -> str | None:
    """A date column: the date at midnight UTC."""
    return None if value is None else moment(datetime.combine(value, time(), UTC))


def version_of(row: Row) -> str:
    return f"{row.updated_at.astimezone(UTC).isoformat()[:19]}.000000Z"


def timestamps(row: Row) -> dict[str, Json]:
    return {"created_at": moment(row.created_at), "updated_at": moment(row.updated_at)}
