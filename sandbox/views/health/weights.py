"""Weights (main-app.md §8.2)."""

from __future__ import annotations

from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from django.http import HttpResponse

from sandbox.answers import InvalidError, Json, ok, server_error, whole
from sandbox.guards import check_base_version, check_expected, guard_fields
from sandbox.pipeline import Call
from sandbox.records import Pet, Weight
from sandbox.shapes.health import weight_json
from sandbox.validation import (
    NULLABLE,
    REQUIRED,
    SOMETIMES,
    Field,
    Presence,
    at_least,
    at_most,
    day,
    day_format,
    field,
    moment,
    number,
    validated,
)

from .common import belonging, editable_pet, has_weights, page_answer, same_day

TOO_HEAVY = 1_000_000  # the column is numeric(8,2)


def fields(presence: Presence) -> dict[str, Field]:
    return {
        "weight_kg": field(presence, number, at_least(0)),
        "record_date": field(presence, moment, day),
        "tare_weight_kg": field(NULLABLE, number, at_least(0)),
    }


def index(call: Call) -> HttpResponse:
    pet = editable_pet(call, has_weights)
    rows = sorted(pet.weights, key=lambda row: row.record_date, reverse=True)
    return page_answer(call, [weight_json(row) for row in rows])


def show(call: Call, record: Weight) -> HttpResponse:
    return ok(weight_json(belonging(record, editable_pet(call, has_weights))))


def create(call: Call) -> HttpResponse:
    pet = editable_pet(call, has_weights)
    values = validated(call.body, fields(REQUIRED))
    check_free_date(pet, values["record_date"], None)
    row = call.world.add_weight(pet, stored(values["weight_kg"]), values["record_date"])
    return ok(weight_json(row) | echoed(values), status=201)


def update(call: Call, record: Weight) -> HttpResponse:
    pet = editable_pet(call, has_weights)
    belonging(record, pet)
    check_base_version(call, record, lambda: weight_json(record), since=call.release.base_version_on_health_updates)
    values = validated(call.body, fields(SOMETIMES))
    if "record_date" in values:
        check_free_date(pet, values["record_date"], record)
    before = (record.weight_kg, record.record_date)
    record.weight_kg = stored(values["weight_kg"]) if "weight_kg" in values else record.weight_kg
    record.record_date = values.get("record_date", record.record_date)
    if before != (record.weight_kg, record.record_date):
        call.world.changed(record)
    return ok(weight_json(record) | echoed(values))


def delete(call: Call, record: Weight) -> HttpResponse:
    pet = editable_pet(call, has_weights)
    belonging(record, pet)
    check_base_version(call, record, lambda: weight_json(record), since=call.release.base_version_everywhere)
    expected = {
        "expected_weight_kg": field(REQUIRED, number, at_least(0.01), at_most(1000)),
        "expected_record_date": field(REQUIRED, day_format),
    }
    validated(call.body, guard_fields(call, expected))
    check_expected(
        call,
        {
            "expected_weight_kg": lambda sent: float(sent) == record.weight_kg,
            "expected_record_date": same_day(record.record_date),
        },
    )
    pet.weights.remove(record)
    return ok(True)


def echoed(values: dict[str, Json]) -> dict[str, Json]:
    """The weight in the type and with the digits it was sent in."""
    sent = values.get("weight_kg")
    return {} if sent is None else {"weight_kg": whole(sent) if isinstance(sent, float) else sent}


def stored(weight_kg: Json) -> float:
    if float(weight_kg) >= TOO_HEAVY:
        raise server_error()
    return float(Decimal(str(weight_kg)).quantize(Decimal("0.01"), ROUND_HALF_UP))


def check_free_date(pet: Pet, record_date: date, besides: Weight | None) -> None:
    if any(row.record_date == record_date and row is not besides for row in pet.weights):
        raise InvalidError({"record_date": ["The record date has already been taken for this pet."]})
