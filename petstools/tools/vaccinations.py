"""Vaccinations of a pet (contract §8.4); `vaccination_renewal` has the next shot."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any, Literal, NamedTuple

from mainapp.errors import MainAppError, NotFound, ValidationFailed
from mainapp.records import Vaccination
from petstools.answers import Answer, Clarification, Done, Undo, changed, deletion
from petstools.serializers import vaccinations as forms
from petstools.serializers.fields import Said
from petstools.serializers.shared import DeleteRecordQuery
from petstools.tools import confirmations
from petstools.tools.base import ADDS, CHANGES, DELETES, READS, Call, tool
from petstools.tools.clarifications import any_question, ask_together, asked_to_clear, missing, nothing_to_change
from petstools.tools.plausible import CONFIRM, asked_if_not_done, asked_of_pet, pet_to_write
from petstools.tools.presentation import paged, refuse_a_cut_text
from petstools.tools.records import (
    already_exists,
    deleted,
    every,
    is_about,
    listed,
    of_day,
    photos_lost,
    read_if_there,
)
from petstools.tools.said import day_said, known_text, past_day_said, text_said
from petstools.tools.vaccine_history import (
    TOO_NEAR,
    clear_passing,
    completed,
    later_than,
    noted,
    of_vaccine,
    open_before,
    renewed,
)
from petstools.tools.writing import Written, added_to, create_once, looking_first, new_key, update_record, wire
from petstools.understand.habit_words import yes_or_no
from petstools.understand.not_known import says_none, says_unknown
from petstools.understand.record_types import other_than_a_vaccine
from petstools.understand.text import quoted
from petstools.understand.vaccines import same_name, trouble_with

Status = Literal["active", "overdue", "completed", "all"]
PAGE_SIZE = 25
# No vaccine of a cat is repeated later than after three or four years; a slip in the year is likelier.
LONGEST_LASTING = timedelta(days=5 * 366)
CAN_BE_EMPTIED = ("due_at", "notes")


def is_overdue(call: Call, vaccination: Vaccination) -> bool:
    """The main app's rule (contract §14.3) on the person's day: its own word is of UTC's."""
    if vaccination.completed_on is not None or vaccination.due_at is None:
        return False
    # Nobody's day is more than one away from UTC's: mostly it need not be known.
    if abs((vaccination.due_at - call.utc_day).days) > 1:
        return vaccination.due_at < call.utc_day
    return vaccination.due_at < call.today


def shown_vaccination(call: Call, vaccination: Vaccination) -> dict[str, Any]:
    photo = vaccination.photo
    return {
        "id": vaccination.id,
        "pet_id": vaccination.pet_id,
        "vaccine_name": vaccination.vaccine_name,
        "administered_at": vaccination.administered_at.isoformat(),
        "due_at": vaccination.due_at.isoformat() if vaccination.due_at else None,
        "is_overdue": is_overdue(call, vaccination),
        "completed_at": vaccination.completed_on.isoformat() if vaccination.completed_on else None,
        "notes": vaccination.notes,
        "photo_url": (photo.thumb_url or photo.url) if photo else vaccination.photo_url,
        **({"photo_id": photo.id} if photo else {}),
    }


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
def add_vaccination(
    call: Call,
    *,
    pet_id: int,
    vaccine_name: Said | None = None,
    administered_at: Said | None = None,
    due_at: Said | None = None,
    notes: Said | None = None,
    again: bool = False,
) -> Answer:
    return record_vaccination(
        call,
        pet_id=pet_id,
        vaccine_name=vaccine_name,
        administered_at=administered_at,
        due_at=due_at,
        notes=notes,
        again=again,
    )


def record_vaccination(
    call: Call,
    *,
    pet_id: int,
    vaccine_name: Said | None = None,
    administered_at: Said | None = None,
    due_at: Said | None = None,
    notes: Said | None = None,
    again: bool = False,
    from_a_card: bool = False,
) -> Answer:
    """add_vaccination; from_a_card: as in `planned_vaccination`."""
    planned = planned_vaccination(
        call,
        pet_id=pet_id,
        vaccine_name=vaccine_name,
        administered_at=administered_at,
        due_at=due_at,
        notes=notes,
        again=again,
        from_a_card=from_a_card,
    )
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
            find=lambda: (one for one in given_on(call, pet_id, day) if is_as(one, body)),
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
    call: Call,
    *,
    pet_id: int,
    vaccine_name: Said | None = None,
    administered_at: Said | None = None,
    due_at: Said | None = None,
    notes: Said | None = None,
    again: bool = False,
    from_a_card: bool = False,
) -> PlannedVaccination | Clarification:
    """What add_vaccination would write, or its question; nothing is written. Raises MainAppError, ToolError.

    from_a_card: the person has seen all shots beside each other, so that a later one of the same vaccine under another name renews the
    earlier one unasked.
    """
    name = vaccine_said(vaccine_name, again=again)
    day = day_given(call, administered_at)
    due = day_due(call, due_at, day, again=again)
    if isinstance(name, Clarification) or isinstance(day, Clarification) or isinstance(due, Clarification):
        pet_to_write(call, pet_id, "vaccinations", call.client.vaccinations)
        return ask_together(name, day, due)
    body = body_of(vaccine_name=name, administered_at=day, due_at=due, notes=known_text(notes))
    with looking_first(call, "add_vaccination", lambda: {"pet_id": pet_id, **body}):
        pet = pet_to_write(call, pet_id, "vaccinations", call.client.vaccinations)
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
            return _asked_if_booster(call, earlier[0], name)
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
    vaccine_name: Said | None = None,
    administered_at: Said | None = None,
    due_at: Said | None = None,
    notes: Said | None = None,
    add_notes: Said | None = None,
    clear: Sequence[str] = (),
    wrong_renewal_id: int | None = None,
    confirmation: Said | None = None,
    again: bool = False,
) -> Answer:
    if wrong_renewal_id is not None:
        was_given = None if administered_at is None else day_given(call, administered_at)
        was_due = day_due(call, due_at, was_given or call.utc_day, again=True)
        if isinstance(was_given, Clarification) or isinstance(was_due, Clarification):
            return ask_together(was_given, was_due)
        sent = body_of(
            vaccine_name=text_said(vaccine_name), administered_at=was_given, due_at=was_due, notes=text_said(notes)
        )
        return _renewal_taken_back(call, pet_id, vaccination_id, wrong_renewal_id, sent, confirmation)
    pet = pet_to_write(call, pet_id, "vaccinations", call.client.vaccinations)
    changes: dict[str, Any] = {}
    name = None if vaccine_name is None else vaccine_said(vaccine_name, again=again)
    if isinstance(name, str):
        changes["vaccine_name"] = name
    if (text := text_said(notes)) is not None:
        refuse_a_cut_text("notes", text, add="add_notes")
        changes["notes"] = text
    addition = text_said(add_notes)
    day = due = None
    if administered_at is not None:
        changes["administered_at"] = day = day_given(call, administered_at)
    before = None
    if addition is not None or isinstance(day, date) or (day is None and due_at is not None):
        # The main app compares the two days only when both come in one request (contract §8.4).
        before = call.client.vaccinations.read(pet_id, vaccination_id)
    if due_at is not None and (given := day or (before and before.administered_at)):
        changes["due_at"] = due = day_due(call, due_at, given, again=again)
    given_values = [*changes, "notes"] if addition is not None else changes
    in_the_way = asked_to_clear(clear, can=CAN_BE_EMPTIED, given=given_values)
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
        given, next_due = changes.get("administered_at", before.administered_at), changes.get("due_at", before.due_at)
        if next_due is not None and (question := _due_unlikely(given, next_due, again=again)):
            return question
    try:
        vaccination = update_record(
            lambda: call.client.vaccinations.read(pet_id, vaccination_id),
            changes,
            send=lambda body, key: call.client.vaccinations.update(pet_id, vaccination_id, body, key=key),
            before=before,
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
    was = changed(
        fields_of(vaccination.before),
        fields_of(vaccination.now),
        "update_vaccination",
        pet_id=pet_id,
        vaccination_id=vaccination_id,
        again=True,
    )
    return Done({"data": shown_vaccination(call, vaccination.now), **was})


def _renewal_taken_back(
    call: Call, pet_id: int, old_id: int, new_id: int, sent: dict[str, str], confirmation: Said | None
) -> Answer:
    """The renewed record counts again, and its renewal (0: gone already) is deleted.

    The main app can't reopen it, and keeps its name and day taken (trap 55): it is deleted and written anew. sent: its fields, as
    the renewal's `undo` holds them: where a call was interrupted, the next one finds them there.
    """
    vaccinations = call.client.vaccinations
    old, new = (
        read_if_there(lambda one=one: vaccinations.read(pet_id, one)) if one else None  # type: ignore[misc]
        for one in (old_id, new_id)
    )
    if (old is not None and old.completed_on is None) or (new is not None and new.completed_on is not None):
        return Clarification(
            reason="contradiction",
            message="This vaccination was not renewed by that record, or that one has been renewed in its turn: take back the newest "
            "renewal first. Nothing was changed. See list_vaccinations with status all.",
            missing_fields=["wrong_renewal_id"],
        )
    if old is not None and not sent.keys() >= {"vaccine_name", "administered_at"}:
        return Clarification(
            reason="missing",
            message="Nothing was changed. Send the same call again with all fields of the candidate; don't ask the person.",
            missing_fields=["vaccine_name", "administered_at"],
            candidates=[{"wrong_renewal_id": new_id, **body_of(**fields_of(old))}],
        )
    if old is not None and new is None:
        shots = of_vaccine(call, pet_id, old.vaccine_name, but=old.id)
        newer = next((one for one in later_than(shots, old.administered_at) if one.completed_on is None), None)
        if newer is not None:
            return Clarification(
                reason="contradiction",
                message=f"{newer.vaccine_name} of {newer.administered_at.isoformat()} (the candidate) is newer and counts. Nothing was "
                "changed. If that one was the mistake, send its id as wrong_renewal_id.",
                missing_fields=["wrong_renewal_id"],
                candidates=[shown_vaccination(call, newer)],
            )
    if old is None and (new is None or not sent.keys() >= {"vaccine_name", "administered_at"}):
        raise NotFound
    loss = photos_lost(sum(bool(one and (one.photo or one.photo_url)) for one in (old, new)))
    about = ("wrong_renewal", pet_id, old_id, new_id, old.version if old else "", new.version if new else "")
    if loss and not confirmations.confirms(call, confirmation, about):
        return confirmations.question(call, about, loss, {"vaccination_id": old_id, "wrong_renewal_id": new_id})
    body = body_of(**fields_of(old)) if old is not None else sent
    if old is not None:
        vaccinations.delete(pet_id, old, key=new_key())
    try:
        restored = there_already(call, pet_id, body["vaccine_name"], date.fromisoformat(body["administered_at"]))
        if restored is None:
            restored = create_once(
                call,
                "wrong_renewal",
                {"pet_id": pet_id, "vaccination_id": old_id, **body},
                send=lambda key: vaccinations.create(pet_id, body, key=key),
                read=lambda one: vaccinations.read(pet_id, one),
            ).record
        if new is not None:
            vaccinations.delete(pet_id, new, key=new_key())
    except MainAppError as error:
        # Half of it is done: the same call again does the rest.
        error.outcome_unknown = True
        raise
    undo = {}
    if new is not None:
        renewed = {"pet_id": pet_id, "vaccination_id": restored.id, **body_of(**fields_of(new)), "again": True}
        undo = Undo("renew_vaccination", renewed).as_json()
    return Done({"data": shown_vaccination(call, restored), **undo})


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
    earlier: list[Vaccination] = []

    def lost(vaccination: Vaccination) -> str:
        if vaccination.completed_on is None:
            earlier.extend(_renewed_by(call, vaccination))
        return _lost_with(call, vaccination)

    answer = deleted(
        call,
        call.client.vaccinations,
        lambda one: shown_vaccination(call, one),
        "delete_vaccination",
        pet_id,
        as_added=lambda one: {**fields_of(one), "again": True},
        lost=lost,
        confirmation=confirmation,
        vaccination_id=vaccination_id,
    )
    if not earlier or not isinstance(answer, Done):
        return answer
    old = earlier[0]
    note = (
        f"{old.vaccine_name} of {old.administered_at.isoformat()} stays completed, so nothing of it is due. If the one deleted was its "
        f"renewal by mistake, make it count again: update_vaccination, vaccination_id {old.id}, wrong_renewal_id 0."
    )
    return replace(answer, body={**answer.body, "note": note})


def _renewed_by(call: Call, vaccination: Vaccination) -> Iterator[Vaccination]:
    """The completed records of the same vaccine before this one, newest first: the first may be what it has renewed."""
    for one in call.client.vaccinations.list(vaccination.pet_id, status="completed").items:
        if one.vaccine_name.casefold() == vaccination.vaccine_name.casefold():
            yield one


def _lost_with(call: Call, vaccination: Vaccination) -> str:
    """What goes with a vaccination for good."""
    losses = photos_lost(1) if vaccination.photo or vaccination.photo_url else ""
    if vaccination.completed_on is not None and not later_than(
        of_vaccine(call, vaccination.pet_id, vaccination.vaccine_name, but=vaccination.id), vaccination.administered_at
    ):
        losses += " That it has been renewed can't be written again: added anew, it would count as the pet's newest and be due."
    return losses.strip()


def fields_of(vaccination: Vaccination) -> dict[str, Any]:
    """As the tools take them."""
    return {
        "vaccine_name": vaccination.vaccine_name,
        "administered_at": vaccination.administered_at.isoformat(),
        "due_at": vaccination.due_at.isoformat() if vaccination.due_at else None,
        "notes": vaccination.notes,
    }


# --- What was said -------------------------------------------------------------------------------


def vaccine_said(said: Said | None, *, again: bool = False) -> str | Clarification:
    """The vaccine's name as said; "unknown", "yes", "2" and "mũi 2" are none. again: as it was, or as the person wants it."""
    name = text_said(said)
    is_name = name and any(map(str.isalpha, name)) and not says_unknown(name) and yes_or_no(name) is None
    trouble = trouble_with(name) if name and is_name and not again else None
    if name and is_name and trouble is None:
        return (not again and _asked_if_a_vaccine(name)) or name
    if trouble == "not_done":
        return Clarification(
            reason="ambiguous",
            message=f"{quoted(name)} does not say that this vaccine was given. Nothing was saved. Not given: there is nothing to "
            "record, tell the person so. If their words leave no doubt, send its name alone; else ask.",
            missing_fields=["vaccine_name"],
        )
    return missing(
        "vaccine_name",
        "Ask the person which vaccine it was (vaccine_name)."
        + (f" If nobody knows, send what is known of it: 'a shot from the shelter'. {CONFIRM}" if name else ""),
    )


def _asked_if_a_vaccine(name: str) -> Clarification | None:
    """The question about what is certainly none: a deworming, a surgery, a chip."""
    kind = other_than_a_vaccine(name)
    if kind is None:
        return None
    return Clarification(
        reason="ambiguous",
        message=f"{quoted(name)} is no vaccine, and would be missed where it belongs. Nothing was saved. Record it with {kind}, or "
        f"send the vaccine's name. {CONFIRM}",
        missing_fields=["vaccine_name"],
    )


def day_given(call: Call, said: Said | None) -> date | Clarification:
    if said is None:
        return missing("administered_at", "Ask the person on which day it was given (administered_at).")
    return past_day_said(call, said, field="administered_at")


def day_due(
    call: Call, said: Said | None, given: date | Clarification, *, again: bool = False
) -> date | Clarification | None:
    """The day the next one is due, a span counted from the day it was `given`; a question too where that can hardly be."""
    if said is None or says_unknown(said) or says_none(said):
        return None
    if isinstance(given, Clarification):
        # Asked about at once, if no day could make it one.
        due = day_said(call, said, field="due_at", prefer="future", anchor=call.utc_day)
        return due if isinstance(due, Clarification) else None
    due = day_said(call, said, field="due_at", prefer="future", anchor=given)
    return due if isinstance(due, Clarification) else (_due_unlikely(given, due, again=again) or due)


def body_of(**fields: date | str | None) -> dict[str, Any]:
    return {name: wire(value) for name, value in fields.items() if value is not None}


# --- What is stored ------------------------------------------------------------------------------


def given_on(call: Call, pet_id: int, day: date) -> Iterator[Vaccination]:
    """Those given on that day, completed ones too."""
    return of_day(call.client.vaccinations, pet_id, day, lambda one: one.administered_at, status="all")


def there_already(call: Call, pet_id: int, name: str, day: date) -> Vaccination | None:
    return next((one for one in given_on(call, pet_id, day) if one.vaccine_name == name), None)


def is_as(vaccination: Vaccination, body: dict[str, Any]) -> bool:
    held = body_of(
        vaccine_name=vaccination.vaccine_name,
        administered_at=vaccination.administered_at,
        due_at=vaccination.due_at,
        notes=vaccination.notes,
    )
    return held == body


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


def undo_of_renewal(old: Vaccination, new: Vaccination) -> Undo:
    """The call that makes the old record count again and deletes the new one."""
    was = {name: value for name, value in fields_of(old).items() if value is not None}
    return Undo(
        "update_vaccination", {"pet_id": old.pet_id, "vaccination_id": old.id, "wrong_renewal_id": new.id, **was}
    )


# --- Questions -----------------------------------------------------------------------------------


def asked_if_same_shot(call: Call, shots: Sequence[Vaccination], name: str, day: date) -> Clarification | None:
    """The question where one of these shots of the same vaccine lies so near that it is probably this one, told otherwise."""
    near = next((one for one in shots if abs(one.administered_at - day) < TOO_NEAR), None)
    if near is None or (near.vaccine_name == name and near.administered_at == day):
        return None
    if near.administered_at == day and same_name(near.vaccine_name, name):
        return taken(call, near)
    return already_exists(
        f"{near.vaccine_name} of {near.administered_at.isoformat()} (the candidate) is probably this shot: the same vaccine, and "
        f"two of one are never so near. Nothing was saved. Ask the person. The same: it is there already; correct it with "
        f"update_vaccination if needed. {CONFIRM}",
        "vaccine_name" if near.administered_at == day else "administered_at",
        shown_vaccination(call, near),
    )


def _asked_if_booster(call: Call, old: Vaccination, name: str) -> Clarification:
    return Clarification(
        reason="perhaps_booster",
        message=f"{old.vaccine_name} of {old.administered_at.isoformat()} (the candidate) is open, and {quoted(name)} is the same "
        "vaccine by another name. Nothing was saved. Unless the person's words leave no doubt, ask whether this is its booster. It "
        "is: call renew_vaccination with the candidate's id. Another vaccine: send the same call again with again: true.",
        missing_fields=["vaccine_name"],
        candidates=[shown_vaccination(call, old)],
    )


def _due_unlikely(given: date, due: date, *, again: bool) -> Clarification | None:
    """The question about a day due before or on the day of the shot, which would be overdue at once, or further than any lasts."""
    if due - given > LONGEST_LASTING and not again:
        return Clarification(
            reason="implausible",
            message=f"The next one would be due on {due.isoformat()}, {(due - given).days // 365} years after this one "
            f"({given.isoformat()}); hardly any lasts so long. Nothing was saved. Look at the year again, or ask when it is due. "
            f"{CONFIRM}",
            missing_fields=["due_at"],
        )
    if due > given:
        return None
    when = "before this one was given" if due < given else "the very day on which this one was given"
    return Clarification(
        reason="contradiction",
        message=f"The next one would be due on {due.isoformat()}, {when} ({given.isoformat()}). Nothing was saved. If the person's "
        "words leave no doubt, send both days in figures (YYYY-MM-DD); else ask which of the two is wrong.",
        missing_fields=["administered_at", "due_at"],
    )


def taken(call: Call, there: Vaccination) -> Clarification:
    """One vaccination of a name and day is the main app's rule (422 on `administered_at`)."""
    renewed = (
        " It has been renewed and does not count now: if that was wrong, call update_vaccination with its id and wrong_renewal_id (0 "
        "where the renewal is deleted)."
        if there.completed_on is not None
        else ""
    )
    return already_exists(
        f"{there.vaccine_name} on {there.administered_at.isoformat()} is recorded already (the candidate), and Meo Mai Moi keeps one "
        "of a name a day. Nothing was saved. Tell the person. If the candidate's other fields are wrong, call update_vaccination "
        f"with its id; if another day or vaccine was meant, ask which.{renewed}",
        "administered_at",
        shown_vaccination(call, there),
    )
