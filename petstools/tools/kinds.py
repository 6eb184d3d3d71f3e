"""Which kind of animal a pet is, remembered per connection, so that judging a weight does not cost a call each time.

A pet's kind hardly ever changes; what is remembered is used to ask a better question, never to decide. The slug is kept, not
the id: that needs no list to be read by.
"""

from collections.abc import Iterable

from django.core.cache import cache

from mainapp.records import Pet
from petstools.tools.call import Call

REMEMBERED_SECONDS = 86_400


def remember(call: Call, pets: Iterable[Pet]) -> None:
    cache.set(_key(call), {pet.id: pet.pet_type.slug for pet in pets if pet.pet_type}, REMEMBERED_SECONDS)


def remember_one(call: Call, pet: Pet) -> None:
    """A pet that was made or changed just now, beside those known."""
    if pet.pet_type is not None:
        cache.set(_key(call), {**(cache.get(_key(call)) or {}), pet.id: pet.pet_type.slug}, REMEMBERED_SECONDS)


def slug_of(call: Call, pet_id: int) -> str | None:
    """The slug of the pet's kind; None when this connection has not seen the pet lately. No upstream call."""
    slug = (cache.get(_key(call)) or {}).get(pet_id)
    return slug if isinstance(slug, str) else None


def _key(call: Call) -> str:
    return f"pet-kinds:2:{call.connection.pk}"
