"""Medical records of a pet (contract §8.3): what was done at the vet's, and everything that is no vaccination."""

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple, TypedDict, Unpack

from mainapp.records import MedicalRecord
from petstools.answers import Answer, Clarification, deletion
from petstools.serializers import medical_records as forms
from petstools.serializers.fields import Said
from petstools.serializers.shared import DeleteRecordQuery
from petstools.tools.base import ADDS, CHANGES, DELETES, READS, Call, tool
from petstools.tools.clarifications import any_question, ask_together, asked_to_clear, missing, nothing_to_change
from petstools.tools.plausible import asked_if_not_done, asked_of_pet, pet_to_write
from petstools.tools.presentation import WHOLE_TEXT, cut, refuse_a_cut_text, room_for_each
from petstools.tools.records import deleted, listed, of_day, photos_lost, updated
from petstools.tools.said import known_text, past_day_said, text_said
from petstools.tools.writing import added_to, create_once, looking_first, wire
from petstools.understand.outcome import Unclear
from petstools.understand.record_types import RecordType, belongs_elsewhere, understand_record_type

CAN_BE_EMPTIED = ("vet_name", "description")
LONGEST_TYPE = 100  # contract §8.3
MOST_PHOTOS = 4


class MedicalRecordSaid(TypedDict, total=False):
    """What may be said of a record, as it came (the serializer `AddMedicalRecordRequest`)."""

    record_type: Said
    description: Said
    record_date: Said
    vet_name: Said


def shown_medical_record(record: MedicalRecord, *, text: int = WHOLE_TEXT) -> dict[str, Any]:
    return {
        "id": record.id,
        "pet_id": record.pet_id,
        "record_type": record.record_type,
        "record_date": record.record_date.isoformat(),
        "description": cut(record.description, text),
        "vet_name": record.vet_name,
        "photo_count": len(record.photos),
        "photos": [{"id": photo.id, "url": photo.thumb_url or photo.url} for photo in record.photos[:MOST_PHOTOS]],
    }


@tool(
    "List a pet's medical records",
    "Call this when the person asks what happened at the vet's, about illnesses, treatments or surgeries, or before "
    "changing or deleting a record, to get its record_id. Newest first. Vaccinations are in list_vaccinations.",
    facts="One pet's vet visits, illnesses, treatments and surgeries, newest first, with record_id.",
    query=forms.ListMedicalRecordsQuery,
    answer=forms.MedicalRecordsAnswer,
    scopes=("health:read",),
    hints=READS,
    path_ids=("pet_id",),
    some_kinds="medical records",
)
def list_medical_records(call: Call, *, pet_id: int, record_type: Said | None = None, page: int = 1) -> Answer:
    wanted = _filter(record_type)
    records = call.client.medical_records.list(pet_id, page, record_type=wanted)
    if wanted is not None and records.total == 0 and _becomes_other(record_type):
        # A word of the person's own: the main app takes any as a type, these tools keep it under "other".
        wanted = "other"
        records = call.client.medical_records.list(pet_id, page, record_type=wanted)
    text = room_for_each([one.description for one in records.items])
    return listed(
        "medical_records", records, page, lambda one: shown_medical_record(one, text=text), record_type=wanted
    )


@tool(
    "Record a visit, treatment or finding",
    "Call this when the person tells of a cat's vet visit, treatment, surgery, medicine, deworming or test result. Needs "
    "record_type and record_date. Get pet_id from find_pet first. Not for vaccinations (add_vaccination) or reminders. Several: "
    "record_many. clarification_needed: do what its message says.",
    facts="Records a vet visit, treatment, surgery, medicine, deworming or test result. Cats only. "
    "Vaccinations: add_vaccination.",
    request=forms.AddMedicalRecordRequest,
    answer=forms.MedicalRecordAnswer,
    scopes=("pets:read", "health:read", "health:write"),
    hints=ADDS,
    path_ids=("pet_id",),
    creates=True,
    some_kinds="medical records",
)
def add_medical_record(call: Call, *, pet_id: int, again: bool = False, **said: Unpack[MedicalRecordSaid]) -> Answer:
    planned = planned_medical_record(call, pet_id=pet_id, again=again, **said)
    if isinstance(planned, Clarification):
        return planned
    day, body = planned
    written = create_once(
        call,
        "add_medical_record",
        {"pet_id": pet_id, **body},
        send=lambda key: call.client.medical_records.create(pet_id, body, key=key),
        read=lambda record_id: call.client.medical_records.read(pet_id, record_id),
        # The main app would take the same record twice: nothing but this looks for it (contract §8.3).
        find=lambda: (
            one
            for one in of_day(call.client.medical_records, pet_id, day, lambda one: one.record_date)
            if is_as(one, body)
        ),
        again=again,
    )
    return written.answer(shown_medical_record, deletion("medical_record", pet_id, written.record.id))


class PlannedMedicalRecord(NamedTuple):
    """A medical record that nothing speaks against: `body` as it would be sent."""

    day: date
    body: dict[str, Any]


def planned_medical_record(
    call: Call, *, pet_id: int, again: bool = False, **said: Unpack[MedicalRecordSaid]
) -> PlannedMedicalRecord | Clarification:
    """What add_medical_record would write, or its question; nothing is written. Raises MainAppError, ToolError."""
    kind = _kind_said(said.get("record_type"), again=again)
    day = _day_said(call, said.get("record_date"))
    if isinstance(kind, Clarification) or isinstance(day, Clarification):
        pet_to_write(call, pet_id, "medical_records")
        return ask_together(kind, day)
    text, vet = _with_word(kind.said, known_text(said.get("description"))), known_text(said.get("vet_name"))
    body = {
        "record_type": kind.record_type,
        "record_date": wire(day),
        **{name: value for name, value in (("description", text), ("vet_name", vet)) if value is not None},
    }
    with looking_first(call, "add_medical_record", lambda: {"pet_id": pet_id, **body}):
        pet = pet_to_write(call, pet_id, "medical_records")
    not_done = asked_if_not_done("description", text_said(said.get("description")))
    if not again and (question := not_done or asked_of_pet(pet, "record_date", day)):
        return question
    return PlannedMedicalRecord(day, body)


@tool(
    "Correct a medical record",
    "Call this when something in a medical record is wrong or missing. Get record_id from list_medical_records. Send only "
    "what changes; description replaces the old one, add_description adds to it. Tell the person what is stored now.",
    facts="Corrects or completes a medical record; only what is sent changes.",
    request=forms.UpdateMedicalRecordRequest,
    answer=forms.MedicalRecordAnswer,
    scopes=("pets:read", "health:read", "health:write"),
    hints=CHANGES,
    path_ids=("pet_id", "record_id"),
    some_kinds="medical records",
)
def update_medical_record(
    call: Call,
    *,
    pet_id: int,
    record_id: int,
    add_description: Said | None = None,
    clear: Sequence[str] = (),
    again: bool = False,
    **said: Unpack[MedicalRecordSaid],
) -> Answer:
    pet = pet_to_write(call, pet_id, "medical_records")
    changes: dict[str, Any] = {}
    if (text := text_said(said.get("description"))) is not None:
        refuse_a_cut_text("description", text, add="add_description")
        changes["description"] = text
    addition = text_said(add_description)
    if (vet := known_text(said.get("vet_name"))) is not None:
        changes["vet_name"] = vet
    kind = _kind_said(said["record_type"], again=again) if "record_type" in said else None
    day = _day_said(call, said["record_date"]) if "record_date" in said else None
    with_values = [*changes, "description"] if addition is not None else changes
    in_the_way = asked_to_clear(clear, can=CAN_BE_EMPTIED, with_values=with_values)
    if question := any_question(kind, day, in_the_way):
        return question
    if isinstance(day, date) and not again and (question := asked_of_pet(pet, "record_date", day)):
        return question
    changes |= dict.fromkeys(clear)
    if day is not None:
        changes["record_date"] = day
    before = None
    if isinstance(kind, RecordType):
        changes["record_type"] = kind.record_type
        if kind.said is not None:
            before = call.client.medical_records.read(pet_id, record_id)
            changes |= _kept_beside(before, kind.said, changes)
    if addition is not None:
        before = before or call.client.medical_records.read(pet_id, record_id)
        changes["description"] = added_to(changes.get("description", before.description), addition)
    if not changes:
        return nothing_to_change(
            "wrong: the kind of record, the day, the description, or the vet's name",
            ["record_type", "record_date", "description", "vet_name"],
        )
    return updated(
        call.client.medical_records,
        shown_medical_record,
        "update_medical_record",
        pet_id,
        changes,
        as_added=_fields,
        before=before,
        record_id=record_id,
    )


@tool(
    "Delete a medical record",
    "Call this when the person wants one medical record removed for good. Get record_id from list_medical_records and "
    "name the record and its day to the person first. Its photos go with it for good.",
    query=DeleteRecordQuery,
    answer=forms.DeletedMedicalRecordAnswer,
    scopes=("health:write",),
    hints=DELETES,
    path_ids=("pet_id", "record_id"),
    consequential=True,
    superseded=True,
    some_kinds="medical records",
)
def delete_medical_record(call: Call, *, pet_id: int, record_id: int, confirmation: Said | None = None) -> Answer:
    return deleted(
        call,
        call.client.medical_records,
        shown_medical_record,
        "delete_medical_record",
        pet_id,
        as_added=_fields,
        lost=lambda record: photos_lost(len(record.photos)),
        confirmation=confirmation,
        record_id=record_id,
    )


def _fields(record: MedicalRecord) -> dict[str, Any]:
    """As the tools take them, texts whole."""
    return {
        "record_type": record.record_type,
        "record_date": record.record_date.isoformat(),
        "description": record.description,
        "vet_name": record.vet_name,
    }


# --- What was said -------------------------------------------------------------------------------


def _kind_said(record_type: Said | None, *, again: bool) -> RecordType | Clarification:
    """again: an unusual kind as it was, which an undo brings back (the main app takes any text, contract §8.3)."""
    kind = understand_record_type(record_type)
    if isinstance(kind, Unclear):
        word = text_said(record_type)
        if again and word is not None and belongs_elsewhere(word) and len(word) <= LONGEST_TYPE:
            return RecordType(word)
        return Clarification.of(kind)
    if again and kind.record_type == "other" and kind.said is not None and len(kind.said) <= LONGEST_TYPE:
        return RecordType(kind.said)
    return kind


def _day_said(call: Call, said: Said | None) -> date | Clarification:
    if said is None:
        return missing("record_date", "Ask the person on which day it was (record_date).")
    return past_day_said(call, said, field="record_date")


def _with_word(word: str | None, text: str | None) -> str | None:
    """The description, with the person's own wording where the kind says less (УЗИ → test)."""
    if word is None or (text is not None and word.casefold() in text.casefold()):
        return text
    return f"{word}: {text}" if text else word


def _kept_beside(record: MedicalRecord, word: str, changes: dict[str, Any]) -> dict[str, Any]:
    """The wording in the description; instead the type as it is, where another program has stored that very word."""
    if record.record_type.casefold() == word.casefold():
        return {"record_type": record.record_type}
    return {"description": _with_word(word, changes.get("description", record.description))}


def _filter(record_type: Said | None) -> str | None:
    if text_said(record_type) is None:
        return None
    kind = understand_record_type(record_type)
    if isinstance(kind, Unclear):
        # Nothing to ask here: a type of that very name can be there (contract §15 trap 27).
        return text_said(record_type)
    return (kind.said or "other")[:LONGEST_TYPE] if kind.record_type == "other" else kind.record_type


def _becomes_other(record_type: Said | None) -> bool:
    kind = understand_record_type(record_type)
    return isinstance(kind, RecordType) and kind.record_type == "other" and kind.said is not None


# --- What is stored ------------------------------------------------------------------------------


def is_as(record: MedicalRecord, body: dict[str, Any]) -> bool:
    return (
        record.record_type == body["record_type"]
        and record.description == body.get("description")
        and record.vet_name == body.get("vet_name")
    )
