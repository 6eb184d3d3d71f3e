"""Vaccinations, their renewal and photo (main-app.md §8.4, §9.1)."""

from __future__ import annotations

from datetime import date

from django.http import HttpResponse

from sandbox.answers import ApiError, InvalidError, Json, no_content, ok, server_error
from sandbox.guards import check_base_version, check_expected, guard_fields
from sandbox.pipeline import Call
from sandbox.records import Pet, Vaccination
from sandbox.shapes.health import vaccination_json
from sandbox.uploads import validated_upload
from sandbox.validation import (
    NULLABLE,
    PRESENT,
    REQUIRED,
    Field,
    Presence,
    day,
    day_format,
    field,
    integer,
    longest,
    moment,
    not_after,
    on_or_after,
    parsed_moment,
    string,
    validated,
)

from .common import belonging, editable_pet, is_cat, only_sent, page_answer, same_day

STATUSES = ("active", "overdue", "completed", "all")
OPTIONAL = ("due_at", "notes", "reminder_sent_at", "completed_at")


def fields(call: Call, presence: Presence) -> dict[str, Field]:
    administered = parsed_moment(call.body.get("administered_at"))
    return {
        "vaccine_name": field(presence, string, longest(255)),
        "administered_at": field(presence, moment, not_after(call.world.today()), day),
        "due_at": field(NULLABLE, moment, on_or_after("administered at", administered), day),
        "notes": field(NULLABLE, string, longest(1000)),
    }


def index(call: Call) -> HttpResponse:
    pet = editable_pet(call, is_cat, policy_first=True)
    status, today = call.body.get("status") or "active", call.world.today()
    known = STATUSES if call.release.overdue else ("active", "completed", "all")
    if status not in known:
        if call.release.overdue:
            raise InvalidError({"status": ["The selected status is invalid."]})
        status = "all"  # before v1.18.2 anything unknown, `overdue` too, meant everything
    rows = [
        row
        for row in pet.vaccinations
        if status == "all"
        or (status == "completed" and row.completed_at is not None)
        or (status == "active" and row.completed_at is None)
        or (status == "overdue" and row.is_overdue(today))
    ]
    rows.sort(key=lambda row: row.administered_at, reverse=True)
    return page_answer(call, [shown(call, row) for row in rows])


def show(call: Call, record: Vaccination) -> HttpResponse:
    return ok(shown(call, belonging(record, editable_pet(call, is_cat, policy_first=True))))


def create(call: Call) -> HttpResponse:
    pet = editable_pet(call, is_cat)
    values = validated(call.body, fields(call, REQUIRED))
    check_unique(pet, values["vaccine_name"], values["administered_at"], None)
    row = call.world.add_vaccination(pet, **values)
    return ok(only_sent(shown(call, row), OPTIONAL, values), status=201)


def update(call: Call, record: Vaccination) -> HttpResponse:
    pet = editable_pet(call, is_cat)
    belonging(record, pet)
    check_base_version(call, record, lambda: shown(call, record), since=call.release.base_version_on_health_updates)
    values = validated(call.body, fields(call, NULLABLE))
    if None in (values.get("vaccine_name", ...), values.get("administered_at", ...)):
        raise server_error()  # validation lets null pass, the columns don't
    name = values.get("vaccine_name", record.vaccine_name)
    check_unique(pet, name, values.get("administered_at", record.administered_at), record)
    if any(getattr(record, name) != value for name, value in values.items()):
        for name, value in values.items():
            setattr(record, name, value)
        call.world.changed(record)
    return ok(shown(call, record))


def delete(call: Call, record: Vaccination) -> HttpResponse:
    pet = editable_pet(call, is_cat)
    belonging(record, pet)
    check_base_version(call, record, lambda: shown(call, record), since=call.release.base_version_everywhere)
    validated(call.body, guard_fields(call, EXPECTED))
    check_same(call, record)
    pet.vaccinations.remove(record)
    if record.photo is not None:
        del call.world.media[record.photo.id]
    return ok(True)


def renew(call: Call, record: Vaccination) -> HttpResponse:
    pet = editable_pet(call, is_cat)
    belonging(record, pet)
    check_base_version(call, record, lambda: shown(call, record), since=call.release.base_version_everywhere)
    values = validated(call.body, {**guard_fields(call, EXPECTED), **fields(call, REQUIRED)})
    check_same(call, record)
    if record.completed_at is not None:
        message = "This vaccination record has already been completed and cannot be renewed."
        raise InvalidError({"record": [message]})
    key = (values["vaccine_name"], values["administered_at"])
    for row in pet.vaccinations:
        if (row.vaccine_name, row.administered_at) == key:
            if row.completed_at is None and row is not record:
                message = "An active vaccination with this name already exists for this date."
                raise InvalidError({"administered_at": [message]})
            raise server_error()  # only the database's constraint catches this (main-app.md §8.4)
    new = {name: value for name, value in values.items() if name in fields(call, REQUIRED)}
    fresh = call.world.add_vaccination(pet, **new)
    record.completed_at = call.world.timestamp()
    call.world.changed(record)
    return ok(only_sent(shown(call, fresh), OPTIONAL, new), status=201)


def set_photo(call: Call, record: Vaccination) -> HttpResponse:
    """The id is compared strictly with a number, and a form sends text: only the first photo passes (§9.1)."""
    belonging(record, editable_pet(call, is_cat))
    check_base_version(call, record, lambda: shown(call, record), since=call.release.base_version_everywhere)
    picture = validated_upload(call, guard_fields(call, {"expected_photo_id": field(PRESENT, integer)}))
    check_expected(call, {"expected_photo_id": lambda sent: sent == photo_id(record)})
    if record.photo is not None:
        del call.world.media[record.photo.id]
    record.photo = call.world.add_media("VaccinationRecord", record.id, "photo", picture)
    if picture.is_damaged:
        raise server_error()  # and it is there all the same (main-app.md §9.1)
    call.world.changed(record)
    return ok(shown(call, record))


def delete_photo(call: Call, record: Vaccination) -> HttpResponse:
    belonging(record, editable_pet(call, is_cat))
    check_base_version(call, record, lambda: shown(call, record), since=call.release.base_version_everywhere)
    validated(call.body, guard_fields(call, {"expected_photo_id": field(REQUIRED, integer)}))
    if record.photo is None:
        raise ApiError(404, "Photo not found.")
    check_expected(call, {"expected_photo_id": lambda sent: str(sent) == str(photo_id(record))})
    del call.world.media[record.photo.id]
    record.photo = None
    call.world.changed(record)
    return no_content()


EXPECTED: dict[str, Field] = {
    "expected_vaccine_name": field(REQUIRED, string),
    "expected_administered_at": field(REQUIRED, day_format),
}


def check_same(call: Call, record: Vaccination) -> None:
    check_expected(
        call,
        {
            "expected_vaccine_name": lambda sent: sent == record.vaccine_name,
            "expected_administered_at": same_day(record.administered_at),
        },
    )


def check_unique(pet: Pet, name: str, administered_at: date, besides: Vaccination | None) -> None:
    for row in pet.vaccinations:
        if row is not besides and (row.vaccine_name, row.administered_at) == (name, administered_at):
            raise InvalidError({"administered_at": ["This vaccination already exists for this date."]})


def photo_id(record: Vaccination) -> int | None:
    return None if record.photo is None else record.photo.id


def shown(call: Call, record: Vaccination) -> dict[str, Json]:
    return vaccination_json(record, call.app)
