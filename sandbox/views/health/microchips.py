"""Microchips (main-app.md §8.5)."""

from __future__ import annotations

from django.http import HttpResponse

from sandbox.answers import InvalidError, Json, ok
from sandbox.guards import check_base_version
from sandbox.messages import text
from sandbox.pipeline import Call
from sandbox.records import Microchip
from sandbox.shapes.health import microchip_json, microchip_model
from sandbox.shapes.stamps import midnight
from sandbox.validation import (
    NULLABLE,
    REQUIRED,
    SOMETIMES,
    Field,
    Presence,
    day,
    field,
    longest,
    moment,
    not_after,
    shortest,
    string,
    validated,
)

from .common import belonging, editable_pet, has_microchips, only_sent, page_answer, visible_pet


def fields(call: Call, presence: Presence) -> dict[str, Field]:
    return {
        "chip_number": field(presence, string, shortest(10), longest(20)),
        "issuer": field(NULLABLE, string, longest(255)),
        "implanted_at": field(NULLABLE, moment, not_after(call.world.today()), day),
    }


def index(call: Call) -> HttpResponse:
    pet = visible_pet(call, has_microchips)
    rows = sorted(pet.microchips, key=lambda row: row.created_at, reverse=True)
    # PostgreSQL sorts nulls first when descending.
    rows.sort(key=lambda row: midnight(row.implanted_at) or "9999", reverse=True)
    return page_answer(call, [microchip_json(row, call.app) for row in rows])


def show(call: Call, record: Microchip) -> HttpResponse:
    pet = editable_pet(call, has_microchips, policy_first=True)
    return ok(microchip_json(belonging(record, pet), call.app))


def create(call: Call) -> HttpResponse:
    pet = editable_pet(call, has_microchips)
    values = validated(call.body, fields(call, REQUIRED))
    check_free_number(call, values["chip_number"], None)
    row = call.world.add_microchip(pet, **values)
    data = only_sent(microchip_json(row, call.app), ("issuer", "implanted_at"), values)
    return ok(data, status=201, message=text("chip.created", call.language))


def update(call: Call, record: Microchip) -> HttpResponse:
    belonging(record, editable_pet(call, has_microchips))
    check_base_version(call, record, lambda: microchip_model(record), since=call.release.base_version_everywhere)
    values = validated(call.body, fields(call, SOMETIMES))
    if "chip_number" in values:
        check_free_number(call, values["chip_number"], record)
    if any(getattr(record, name) != value for name, value in values.items()):
        for name, value in values.items():
            setattr(record, name, value)
        call.world.changed(record)
    return ok(microchip_json(record, call.app), message=text("chip.updated", call.language))


def delete(call: Call, record: Microchip) -> HttpResponse:
    pet = editable_pet(call, has_microchips)
    belonging(record, pet)
    check_base_version(call, record, lambda: microchip_model(record), since=call.release.base_version_everywhere)
    pet.microchips.remove(record)
    return ok(True, message=text("chip.deleted", call.language))


def check_free_number(call: Call, chip_number: Json, besides: Microchip | None) -> None:
    """Unique across all people."""
    for pet in call.world.pets.values():
        if any(row.chip_number == chip_number and row is not besides for row in pet.microchips):
            raise InvalidError({"chip_number": ["The chip number has already been taken."]})
