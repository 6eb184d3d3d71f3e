"""What kind of animal a pet is and where it lives, remembered per connection, so that it need not be read for each call.

Both hardly ever change; what is remembered is used to ask a better question and to know the person's day. The kind's slug is
kept, not its id: that needs no list to be read by. Pets are named by text there: the cache holds JSON.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Iterable
from typing import NamedTuple
from uuid import UUID

from django.core.cache import cache

from mainapp.records import Pet

REMEMBERED_SECONDS = 86_400


class Known(NamedTuple):
    """The slug of the kind and the ISO code of the country, as far as they are known; whose: "shared" for somebody else's."""

    species: str | None = None
    country: str | None = None
    whose: str | None = None


_HOMES = "homes"
_Rows = dict[str, list[str | None]]

# What this process has written of late, by connection: most lists say what the last one said, and need no second writing.
_written: OrderedDict[str, tuple[float, _Rows]] = OrderedDict()
_MOST_WRITTEN = 5000
_lock = threading.Lock()


def remember(connection_id: UUID, pets: Iterable[Pet], *, homes: Iterable[str]) -> None:
    """All pets of a person; homes: the countries of their own ones, which say where they are."""
    rows: _Rows = dict(map(_row, pets))
    rows[_HOMES] = [*sorted(homes)]
    _write(key_of(connection_id), rows)


def remember_one(connection_id: UUID, pet: Pet) -> None:
    """A pet that was read, made or changed just now, beside those known."""
    key = key_of(connection_id)
    number, row = _row(pet)
    _write(key, {**(cache.get(key) or {}), number: row})


def homes(connection_id: UUID) -> set[str]:
    """The countries of the person's own pets; none when this connection has not listed them lately."""
    rows = cache.get(key_of(connection_id)) or {}
    return {country for country in rows.get(_HOMES) or () if country}


def known(connection_id: UUID, pet_id: int) -> Known:
    """What is known of the pet; nothing when this connection has not seen it lately. No upstream call."""
    row = (cache.get(key_of(connection_id)) or {}).get(str(pet_id))
    return Known(*row) if isinstance(row, list) else Known()


def key_of(connection_id: UUID) -> str:
    """Where they are kept, by the connection's id."""
    return f"pets:4:{connection_id}"


def _row(pet: Pet) -> tuple[str, list[str | None]]:
    whose = None if pet.is_own else "shared"
    return str(pet.id), [pet.pet_type.slug if pet.pet_type else None, pet.country, whose]


def _write(key: str, rows: _Rows) -> None:
    now = time.monotonic()
    with _lock:
        written = _written.get(key)
        if written is not None and written[1] == rows and now - written[0] < REMEMBERED_SECONDS / 2:
            return
        _written[key] = (now, rows)
        _written.move_to_end(key)
        if len(_written) > _MOST_WRITTEN:
            _written.popitem(last=False)
    cache.set(key, rows, REMEMBERED_SECONDS)
