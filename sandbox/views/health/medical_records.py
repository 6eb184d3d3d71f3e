"""Medical records and their photos (main-app.md §8.3, §9.1)."""

from __future__ import annotations

from django.http import HttpResponse

from sandbox.answers import ApiError, Json, no_content, ok, server_error
from sandbox.guards import check_base_version, check_expected, guard_fields
from sandbox.pipeline import Call
from sandbox.records import MedicalRecord
from sandbox.shapes.health import medical_record_json
from sandbox.uploads import validated_upload
from sandbox.validation import (
    NULLABLE,
    REQUIRED,
    SOMETIMES,
    Field,
    Presence,
    day,
    day_format,
    field,
    longest,
    moment,
    not_after,
    string,
    validated,
)

from .common import belonging, editable_pet, is_cat, only_sent, page_answer, same_day


def fields(call: Call, text: Presence, date: Presence) -> dict[str, Field]:
    return {
        "record_type": field(text, string, longest(100)),
        "description": field(NULLABLE, string, longest(2000)),
        "record_date": field(date, moment, not_after(call.world.today()), day),
        "vet_name": field(NULLABLE, string, longest(255)),
    }


def index(call: Call) -> HttpResponse:
    pet = editable_pet(call, is_cat)
    wanted = call.body.get("record_type")
    rows = [row for row in pet.medical_records if wanted in (None, row.record_type)]
    rows.sort(key=lambda row: row.record_date, reverse=True)
    return page_answer(call, [shown(call, row) for row in rows])


def show(call: Call, record: MedicalRecord) -> HttpResponse:
    return ok(shown(call, belonging(record, editable_pet(call, is_cat))))


def create(call: Call) -> HttpResponse:
    pet = editable_pet(call, is_cat)
    values = validated(call.body, fields(call, REQUIRED, REQUIRED))
    row = call.world.add_medical_record(pet, **values)
    return ok(only_sent(shown(call, row), ("description", "vet_name"), values), status=201)


def update(call: Call, record: MedicalRecord) -> HttpResponse:
    belonging(record, editable_pet(call, is_cat))
    check_base_version(call, record, lambda: shown(call, record), since=call.release.base_version_on_health_updates)
    values = validated(call.body, fields(call, SOMETIMES, NULLABLE))
    if values.get("record_date", ...) is None:
        raise server_error()  # validation lets null pass, the column doesn't
    if any(getattr(record, name) != value for name, value in values.items()):
        for name, value in values.items():
            setattr(record, name, value)
        call.world.changed(record)
    return ok(shown(call, record))


def delete(call: Call, record: MedicalRecord) -> HttpResponse:
    pet = editable_pet(call, is_cat)
    belonging(record, pet)
    check_base_version(call, record, lambda: shown(call, record), since=call.release.base_version_everywhere)
    expected = {"expected_record_type": field(REQUIRED, string), "expected_record_date": field(REQUIRED, day_format)}
    validated(call.body, guard_fields(call, expected))
    check_expected(
        call,
        {
            "expected_record_type": lambda sent: sent == record.record_type,
            "expected_record_date": same_day(record.record_date),
        },
    )
    pet.medical_records.remove(record)
    for photo in record.photos:
        del call.world.media[photo.id]
    return ok(True)


def add_photo(call: Call, record: MedicalRecord) -> HttpResponse:
    belonging(record, editable_pet(call, is_cat))
    check_base_version(call, record, lambda: shown(call, record), since=call.release.base_version_everywhere)
    picture = validated_upload(call, guard_fields(call, {}))
    record.photos.append(call.world.add_media("MedicalRecord", record.id, "photos", picture))
    if picture.is_damaged:
        raise server_error()  # and it is there all the same (main-app.md §9.1)
    call.world.changed(record)
    return ok(shown(call, record))


def delete_photo(call: Call, record: MedicalRecord, photo: int) -> HttpResponse:
    belonging(record, editable_pet(call, is_cat))
    check_base_version(call, record, lambda: shown(call, record), since=call.release.base_version_everywhere)
    validated(call.body, guard_fields(call, {}))
    media = next((row for row in record.photos if row.id == photo), None)
    if media is None:
        raise ApiError(404, "Photo not found.")
    record.photos.remove(media)
    del call.world.media[media.id]
    call.world.changed(record)
    return no_content()


def shown(call: Call, record: MedicalRecord) -> dict[str, Json]:
    return medical_record_json(record, call.app)
