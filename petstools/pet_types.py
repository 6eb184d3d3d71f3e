"""The main app's list of pet types, kept: it is throttled by our address, not by person (contract §7.1, trap 20).

Three places, nearest first: this process for a minute, Django's cache for `PET_TYPES_CACHE_SECONDS`, the main app. When the main
app is away an older list still serves; ids are never written down anywhere else.
"""

import threading
import time

from django.conf import settings
from django.core.cache import cache
from msgspec.structs import asdict

from mainapp.client import MainAppClient
from mainapp.errors import MainAppError
from mainapp.records import Pet, PetType
from petstools.understand.species import PetTypeChoice

NEAR_SECONDS = 60.0
# How long an old list may still serve while the main app is away.
STALE_SECONDS = 7 * 86_400

_near: dict[tuple[str, str], tuple[float, tuple[PetType, ...]]] = {}
_lock = threading.Lock()


def pet_types(client: MainAppClient) -> tuple[PetType, ...]:
    """All active types, named in the client's language. Raises MainAppError when there is no list at all, old or new."""
    key = (client.base_url, client.language)
    with _lock:
        near = _near.get(key)
    if near is not None and time.monotonic() - near[0] < min(NEAR_SECONDS, settings.PET_TYPES_CACHE_SECONDS):
        return near[1]
    types = _kept_or_fresh(client)
    with _lock:
        _near[key] = (time.monotonic(), types)
    return types


def type_of(client: MainAppClient, pet: Pet) -> PetType | None:
    """A pet's type with its flags; what the pet's own record says of it when the list is away or does not have it (a retired type)."""
    try:
        known = pet_types(client)
    except MainAppError:
        known = ()
    return next((one for one in known if is_of_type(pet, one)), pet.pet_type)


def is_of_type(pet: Pet, pet_type: PetType | PetTypeChoice) -> bool:
    """By slug where the pet's record tells it: the list may be an hour old, and ids are the main app's own business (trap 21)."""
    if pet.pet_type is not None:
        return pet.pet_type.slug == pet_type.slug
    return pet.pet_type_id == pet_type.id


def forget_near() -> None:
    """Forget what this process keeps, as a restart does."""
    with _lock:
        _near.clear()


def _kept_or_fresh(client: MainAppClient) -> tuple[PetType, ...]:
    kept = cache.get(_cache_key(client))
    if kept is not None and time.time() - kept["at"] < settings.PET_TYPES_CACHE_SECONDS:
        return tuple(PetType(**one) for one in kept["types"])
    try:
        fresh = client.pet_types()
    except MainAppError:
        if kept is None:
            raise
        return tuple(PetType(**one) for one in kept["types"])
    # Plain values, not dataclasses: another version of this service may read them during a deploy.
    cache.set(_cache_key(client), {"at": time.time(), "types": [asdict(one) for one in fresh]}, STALE_SECONDS)
    return fresh


def _cache_key(client: MainAppClient) -> str:
    return f"pet-types:2:{client.language}:{client.base_url}"
