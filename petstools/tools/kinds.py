"""Which kind of animal a pet is, remembered per connection, so that judging a weight does not cost a call each time.

A pet's kind hardly ever changes; what is remembered is used to ask a better question, never to decide.
"""

from collections.abc import Iterable

from django.core.cache import cache

from mainapp.records import Pet
from petstools import pet_types
from petstools.tools.call import Call

REMEMBERED_SECONDS = 86_400


def remember(call: Call, pets: Iterable[Pet]) -> None:
    cache.set(_key(call), {pet.id: pet.pet_type_id for pet in pets}, REMEMBERED_SECONDS)


def slug_of(call: Call, pet_id: int) -> str | None:
    """The slug of the pet's kind; None when this connection has not seen the pet lately. No upstream call for the pet."""
    type_id = (cache.get(_key(call)) or {}).get(pet_id)
    if type_id is None:
        return None
    return next((one.slug for one in pet_types.pet_types(call.client) if one.id == type_id), None)


def _key(call: Call) -> str:
    return f"pet-kinds:1:{call.connection.pk}"
