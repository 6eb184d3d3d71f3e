"""Which kind of animal a pet is, remembered per connection, so that judging a weight does not cost a call each time.

A pet's kind hardly ever changes; what is remembered is used to ask a better question, never to decide. The slug is kept, not
the id: that needs no list to be read by. Pets are named by text there: the cache holds JSON.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Iterable
from uuid import UUID

from django.core.cache import cache

from mainapp.records import Pet
from petstools.tools.base import Call

REMEMBERED_SECONDS = 86_400


# What this process has written of late, by connection: most lists say what the last one said, and need no second writing.
_written: OrderedDict[str, tuple[float, dict[str, str]]] = OrderedDict()
_MOST_WRITTEN = 5000
_lock = threading.Lock()


def remember(call: Call, pets: Iterable[Pet]) -> None:
    _write(key_of(call.connection.pk), {str(pet.id): pet.pet_type.slug for pet in pets if pet.pet_type})


def remember_one(call: Call, pet: Pet) -> None:
    """A pet that was made or changed just now, beside those known."""
    if pet.pet_type is not None:
        _write(
            key_of(call.connection.pk),
            {**(cache.get(key_of(call.connection.pk)) or {}), str(pet.id): pet.pet_type.slug},
        )


def _write(key: str, kinds: dict[str, str]) -> None:
    now = time.monotonic()
    with _lock:
        written = _written.get(key)
        if written is not None and written[1] == kinds and now - written[0] < REMEMBERED_SECONDS / 2:
            return
        _written[key] = (now, kinds)
        _written.move_to_end(key)
        if len(_written) > _MOST_WRITTEN:
            _written.popitem(last=False)
    cache.set(key, kinds, REMEMBERED_SECONDS)


def slug_of(call: Call, pet_id: int) -> str | None:
    """The slug of the pet's kind; None when this connection has not seen the pet lately. No upstream call."""
    slug = (cache.get(key_of(call.connection.pk)) or {}).get(str(pet_id))
    return slug if isinstance(slug, str) else None


def key_of(connection_id: UUID) -> str:
    """Where they are kept, by the connection's id."""
    return f"pet-kinds:2:{connection_id}"
