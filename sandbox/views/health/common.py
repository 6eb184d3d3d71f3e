"""What all health records share: who may touch them, for which species, and the list page (main-app.md §8.1, §11)."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import Protocol, TypeVar

from django.http import HttpResponse

from sandbox.answers import ApiError, FeatureNotAvailableError, Json, not_found, ok, unauthorized_action
from sandbox.pipeline import LARGEST_ID, Call
from sandbox.records import Pet
from sandbox.shapes.health import page_json

Feature = Callable[[Pet], bool]


def has_weights(pet: Pet) -> bool:
    return pet.pet_type.weight_tracking_allowed


def has_microchips(pet: Pet) -> bool:
    return pet.pet_type.microchips_allowed


def is_cat(pet: Pet) -> bool:
    """Medical records and vaccinations: hard-coded in the main app (main-app.md §7.2)."""
    return pet.pet_type.slug == "cat"


class Owned(Protocol):
    """A record of a pet."""

    pet_id: int


Record = TypeVar("Record", bound=Owned)


def editable_pet(call: Call, feature: Feature, *, policy_first: bool = False) -> Pet:
    """The pet of the path, if the caller may edit it: also the rule for reading health records.

    `policy_first`: vaccinations and microchips ask the pet policy before, so that a dead token looks like a stranger
    (main-app.md §11.2).
    """
    pet = call.record_of
    if policy_first and not pet.may_be_seen_by(call.user):
        raise unauthorized_action()
    if call.user is None:
        raise ApiError(401, "Unauthenticated.", bare=True)
    if not pet.may_be_edited_by(call.user):
        raise ApiError(403, "Forbidden.", bare=True)
    if not feature(pet):
        raise FeatureNotAvailableError
    return pet


def visible_pet(call: Call, feature: Feature) -> Pet:
    pet = call.record_of
    if not pet.may_be_seen_by(call.user):
        raise unauthorized_action()
    if not feature(pet):
        raise FeatureNotAvailableError
    return pet


def belonging(record: Record, pet: Pet) -> Record:
    """The record, or 404 when it is another pet's."""
    if record.pet_id != pet.id:
        raise not_found()
    return record


def page_answer(call: Call, rows: list[Json]) -> HttpResponse:
    page = str(call.request.GET.get("page", "1"))
    number = int(page) if re.fullmatch(r"\d{1,19}", page) and 0 < int(page) <= LARGEST_ID else 1
    return ok(page_json(rows, number, f"{call.app.url}{call.request.path.rstrip('/')}"))


def same_day(expected: date) -> Callable[[Json], bool]:
    return lambda sent: sent == expected.isoformat()


def only_sent(full: dict[str, Json], optional: tuple[str, ...], sent: dict[str, Json]) -> dict[str, Json]:
    """A create reply: optional fields that were not sent are absent (main-app.md §8.1)."""
    return {name: value for name, value in full.items() if name not in optional or name in sent}
