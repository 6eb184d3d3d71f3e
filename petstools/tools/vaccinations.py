"""Vaccinations of a pet (contract §8.4); `vaccination_renewal` has the next shot."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any, Literal, NamedTuple, Unpack

from mainapp.errors import ValidationFailed
from mainapp.records import Vaccination
from petstools.answers import Answer, Clarification, Done, deletion
from petstools.serializers import vaccinations as forms
from petstools.serializers.fields import Said
from petstools.serializers.shared import DeleteRecordQuery
from petstools.tools.base import ADDS, CHANGES, DELETES, READS, Call, tool
from petstools.tools.clarifications import any_question, ask_together, asked_to_clear, nothing_to_change
from petstools.tools.plausible import asked_if_not_done, asked_of_pet, pet_to_write
from petstools.tools.presentation import paged, refuse_a_cut_text
from petstools.tools.records import deleted, every, is_about, listed, photos_lost, updated
from petstools.tools.said import known_text, text_said
from petstools.tools.vaccination_fields import (
    VaccinationSaid,
    asked_if_booster,
    asked_if_same_shot,
    body_of,
    day_due,
    day_given,
    due_unlikely,
    fields_of,
    given_on,
    is_overdue,
    shown_vaccination,
    stored_body,
    taken,
    there_already,
    vaccine_said,
)
from petstools.tools.vaccination_renewal import take_renewal_back, undo_of_renewal
from petstools.tools.vaccine_history import (
    clear_passing,
    completed,
    later_than,
    noted,
    of_vaccine,
    open_before,
    renewed,
)
from petstools.tools.writing import Written, added_to, create_once, looking_first
from petstools.understand.vaccines import same_name

Status = Literal["active", "overdue", "completed", "all"]
PAGE_SIZE = 25
CAN_BE_EMPTIED = ("due_at", "notes")


@tool(
    "List a pet's vaccinations",
    "Call this when the person asks about one pet's vaccinations, or before changing, renewing or deleting one, to get "
    "its vaccination_id. Last given first. For several pets at once (who is due next) call pets_overview.",
    facts="One pet's vaccinations, last given first, with vaccination_id.",
    query=forms.ListVaccinationsQuery,
    answer=forms.VaccinationsAnswer,
    scopes=("health:read",),
    hints=READS,
    path_ids=("pet_id",),
    some_kinds="vaccinations",
)
def list_vaccinations(call: Call, *, pet_id: int, status: Status = "active", page: int = 1) -> Answer:
    def shown(vaccination: Vaccination) -> dict[str, Any]:
        return shown_vaccination(call, vaccination)

    # The main app's `overdue` is of UTC's day, and versions before v1.18.2 do not know it (contract §14).
    if status != "overdue":
        return listed("vaccinations", call.client.vaccinations.list(pet_id, page, status=status), page, shown)
    overdue = [one for one in every(call.client.vaccinations, pet_id, status="active") if is_overdue(call, one)]
    items = [shown(one) for one in overdue[(page - 1) * PAGE_SIZE : page * PAGE_SIZE]]
    return Done(paged("vaccinations", items, page=page, total=len(overdue), more=len(overdue) > page * PAGE_SIZE))


@tool(
    "Record a pet's vaccination",
    "Call this for a shot given to a cat, new or from history; an open one of the same vaccine is completed by it. Needs "
    "vaccine_name and administered_at. Get pet_id from find_pet first. Not for deworming: add_medical_record. Several at once: "
    "record_many. clarification_needed: do what its message says.",
    facts="Records a shot, new or from history. Cats only. An open one of the same vaccine is completed by it. Not for deworming: "
    "add_medical_record.",
    request=forms.AddVaccinationRequest,
    answer=forms.VaccinationAnswer,
    scopes=("pets:read", "health:read", "health:write"),
    hints=ADDS,
    path_ids=("pet_id",),
    creates=True,
    some_kinds="vaccinations",
)
def add_vaccination(call: Call, *, pet_id: int, again: bool = False, **said: Unpack[VaccinationSaid]) -> Answer:
    return record_vaccination(call, pet_id=pet_id, again=again, **said)


def record_vaccination(
    call: Call, *, pet_id: int, again: bool = False, from_a_card: bool = False, **said: Unpack[VaccinationSaid]
) -> Answer:
    """add_vaccination; from_a_card: as in `planned_vaccination`."""
    planned = planned_vaccination(call, pet_id=pet_id, again=again, from_a_card=from_a_card, **said)
    if isinstance(planned, Clarification):
        return planned
    name, day, body = planned.name, planned.day, planned.body
    if not again and planned.there is not None and planned.there.vaccine_name != name:
        return taken(call, planned.there)
    clear_passing(call, pet_id)

    def send(key: str) -> Vaccination:
        if planned.earlier and planned.there is None:
            return renewed(call, planned.earlier[0], body, key=key)
        return call.client.vaccinations.create(pet_id, body, key=key)

    try:
        written = create_once(
            call,
            "add_vaccination",
            {"pet_id": pet_id, **body},
            send=send,
            read=lambda vaccination_id: call.client.vaccinations.read(pet_id, vaccination_id),
            find=lambda: (one for one in given_on(call, pet_id, day) if stored_body(one) == body),
            again=again,
        )
    except ValidationFailed as error:
        if is_about(error, "administered_at") and (there := there_already(call, pet_id, name, day)):
            return taken(call, there)
        raise
    return _with_history(call, written, planned.earlier, planned.later)


class PlannedVaccination(NamedTuple):
    """A shot that nothing speaks against: `body` as it would be sent.

    there: the same shot, where it is recorded already; earlier: the open shots of this vaccine that it completes, newest first; later:
    the newer ones, by which it is history itself.
    """

    name: str
    day: date
    body: dict[str, Any]
    there: Vaccination | None
    earlier: list[Vaccination]
    later: list[Vaccination]


def planned_vaccination(
    call: Call, *, pet_id: int, again: bool = False, from_a_card: bool = False, **said: Unpack[VaccinationSaid]
) -> PlannedVaccination | Clarification:
    """What add_vaccination would write, or its question; nothing is written. Raises MainAppError, ToolError.

    from_a_card: the person has seen all shots beside each other, so that a later one of the same vaccine under another name renews the
    earlier one unasked.
    """
    name = vaccine_said(said.get("vaccine_name"), again=again)
    day = day_given(call, said.get("administered_at"))
    due = day_due(call, said.get("due_at"), day, again=again)
    if isinstance(name, Clarification) or isinstance(day, Clarification) or isinstance(due, Clarification):
        pet_to_write(call, pet_id, "vaccinations")
        return ask_together(name, day, due)
    body = body_of(vaccine_name=name, administered_at=day, due_at=due, notes=known_text(said.get("notes")))
    with looking_first(call, "add_vaccination", lambda: {"pet_id": pet_id, **body}):
        pet = pet_to_write(call, pet_id, "vaccinations")
        shots = of_vaccine(call, pet_id, name)
    there = next((one for one in shots if one.administered_at == day and same_name(one.vaccine_name, name)), None)
    later = later_than(shots, day)
    earlier = [] if later else open_before(shots, day)
    if not again:
        if question := asked_if_not_done("notes", body.get("notes")) or asked_of_pet(pet, "administered_at", day):
            return question
        if there is None and (question := asked_if_same_shot(call, shots, name, day)):
            return question
        if there is None and earlier and not from_a_card and not same_name(earlier[0].vaccine_name, name):
            return asked_if_booster(call, earlier[0], name)
    elif earlier and not same_name(earlier[0].vaccine_name, name):
        # The person has said that it stands beside the other.
        earlier = []
    return PlannedVaccination(name, day, body, there, earlier, later)


@tool(
    "Correct a recorded vaccination",
    "Call this when something recorded is wrong or missing: the day, the next due day, the notes. Get vaccination_id "
    "from list_vaccinations. Send only what changes. A new shot is no correction: renew_vaccination. Tell what is stored now.",
    facts="Corrects a recorded shot: its day, next due day or notes; only what is sent changes. A new shot: "
    "renew_vaccination.",
    request=forms.UpdateVaccinationRequest,
    answer=forms.VaccinationAnswer,
    scopes=("pets:read", "health:read", "health:write"),
    hints=CHANGES,
    path_ids=("pet_id", "vaccination_id"),
    some_kinds="vaccinations",
)
def update_vaccination(
    call: Call,
    *,
    pet_id: int,
    vaccination_id: int,
    add_notes: Said | None = None,
    clear: Sequence[str] = (),
    wrong_renewal_id: int | None = None,
    confirmation: Said | None = None,
    again: bool = False,
    **said: Unpack[VaccinationSaid],
) -> Answer:
    if wrong_renewal_id is not None:
        return take_renewal_back(call, pet_id, vaccination_id, wrong_renewal_id, said, confirmation)
    pet = pet_to_write(call, pet_id, "vaccinations")
    changes: dict[str, Any] = {}
    name = vaccine_said(said["vaccine_name"], again=again) if "vaccine_name" in said else None
    if isinstance(name, str):
        changes["vaccine_name"] = name
    if (text := text_said(said.get("notes"))) is not None:
        refuse_a_cut_text("notes", text, add="add_notes")
        changes["notes"] = text
    addition = text_said(add_notes)
    day = due = None
    if "administered_at" in said:
        changes["administered_at"] = day = day_given(call, said["administered_at"])
    before = None
    if addition is not None or isinstance(day, date) or (day is None and "due_at" in said):
        # The main app compares the two days only when both come in one request (contract §8.4).
        before = call.client.vaccinations.read(pet_id, vaccination_id)
    if "due_at" in said and (shot_day := day or (before and before.administered_at)):
        changes["due_at"] = due = day_due(call, said["due_at"], shot_day, again=again)
    with_values = [*changes, "notes"] if addition is not None else changes
    in_the_way = asked_to_clear(clear, can=CAN_BE_EMPTIED, with_values=with_values)
    if question := any_question(name, day, due, in_the_way):
        return question
    if isinstance(day, date) and not again and (question := asked_of_pet(pet, "administered_at", day)):
        return question
    changes |= dict.fromkeys(clear)
    if addition is not None and before is not None:
        changes["notes"] = added_to(changes.get("notes", before.notes), addition)
    if not changes:
        return nothing_to_change(
            "wrong: the vaccine, the day it was given, the day the next one is due, or the notes",
            ["vaccine_name", "administered_at", "due_at", "notes"],
        )
    if before is not None and changes.keys() & {"administered_at", "due_at"}:
        shot_day, next_due = (
            changes.get("administered_at", before.administered_at),
            changes.get("due_at", before.due_at),
        )
        if next_due is not None and (question := due_unlikely(shot_day, next_due, again=again)):
            return question
    try:
        return updated(
            call.client.vaccinations,
            lambda one: shown_vaccination(call, one),
            "update_vaccination",
            pet_id,
            changes,
            as_added=fields_of,
            before=before,
            vaccination_id=vaccination_id,
        )
    except ValidationFailed as error:
        if not is_about(error, "administered_at"):
            raise
        now = call.client.vaccinations.read(pet_id, vaccination_id)
        there = there_already(
            call,
            pet_id,
            changes.get("vaccine_name", now.vaccine_name),
            changes.get("administered_at", now.administered_at),
        )
        if there is None or there.id == vaccination_id:
            raise
        return taken(call, there)


@tool(
    "Delete a recorded vaccination",
    "Call this when the person wants one vaccination removed for good. Get vaccination_id from list_vaccinations and "
    "name the vaccine and its day to the person first. Its photo goes with it for good.",
    query=DeleteRecordQuery,
    answer=forms.DeletedVaccinationAnswer,
    scopes=("health:write",),
    hints=DELETES,
    path_ids=("pet_id", "vaccination_id"),
    consequential=True,
    superseded=True,
    some_kinds="vaccinations",
)
def delete_vaccination(call: Call, *, pet_id: int, vaccination_id: int, confirmation: Said | None = None) -> Answer:
    completed_before: list[Vaccination] = []

    def lost(vaccination: Vaccination) -> str:
        if vaccination.completed_on is None:
            # Newest first: the first may be what it has renewed.
            completed_before.extend(
                one
                for one in call.client.vaccinations.list(pet_id, status="completed").items
                if one.vaccine_name.casefold() == vaccination.vaccine_name.casefold()
            )
        return _lost_with(call, vaccination)

    answer = deleted(
        call,
        call.client.vaccinations,
        lambda one: shown_vaccination(call, one),
        "delete_vaccination",
        pet_id,
        as_added=fields_of,
        lost=lost,
        confirmation=confirmation,
        vaccination_id=vaccination_id,
    )
    if not completed_before or not isinstance(answer, Done):
        return answer
    old = completed_before[0]
    note = (
        f"{old.vaccine_name} of {old.administered_at.isoformat()} stays completed, so nothing of it is due. If the one deleted was its "
        f"renewal by mistake, make it count again: update_vaccination, vaccination_id {old.id}, wrong_renewal_id 0."
    )
    return replace(answer, body={**answer.body, "note": note})


def _lost_with(call: Call, vaccination: Vaccination) -> str:
    """What goes with a vaccination for good."""
    losses = photos_lost(1) if vaccination.photo or vaccination.photo_url else ""
    if vaccination.completed_on is not None and not later_than(
        of_vaccine(call, vaccination.pet_id, vaccination.vaccine_name, but=vaccination.id), vaccination.administered_at
    ):
        losses += " That it has been renewed can't be written again: added anew, it would count as the pet's newest and be due."
    return losses.strip()


def _with_history(
    call: Call, written: Written[Vaccination], earlier: list[Vaccination], later: list[Vaccination]
) -> Done:
    """The answer of an added shot, once only the newest of its vaccine is open."""
    beside: dict[str, Any] = {}
    undo = deletion("vaccination", written.record.pet_id, written.record.id)
    for one in earlier[1:]:
        completed(call, one)
    if later and written.record.completed_on is None:
        written = Written(completed(call, written.record), already=written.already)
        beside["note"] = (
            f"Kept as history, completed: {later[0].vaccine_name} of {later[0].administered_at.isoformat()} is newer and counts."
        )
    elif earlier and not written.already:
        undo = undo_of_renewal(earlier[0], written.record)
        beside["renewed_id"] = earlier[0].id
        beside["note"] = (
            f"It takes the place of {earlier[0].vaccine_name} of {earlier[0].administered_at.isoformat()}, now completed."
        )
    noted(call, written.record)
    done = written.answer(lambda one: shown_vaccination(call, one), undo)
    return replace(done, body={**done.body, **beside})
