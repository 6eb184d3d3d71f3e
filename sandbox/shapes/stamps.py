"""Times as the main app writes them: UTC, whole seconds, always six zero digits (main-app.md §4, §8.1)."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

from sandbox.answers import Json
from sandbox.records import Row


def moment(value: datetime | None) -> str | None:
    return None if value is None else value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000000Z")


def midnight(value: date | None) -> str | None:
    """A date column: the date at midnight UTC."""
    return None if value is None else moment(datetime.combine(value, time(), UTC))


def version_of(row: Row) -> str:
    return row.updated_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000000Z")


def timestamps(row: Row) -> dict[str, Json]:
    return {"created_at": moment(row.created_at), "updated_at": moment(row.updated_at)}
