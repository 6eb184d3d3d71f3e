"""Vaccinations of a pet (contract §8.4); `vaccination_renewal` has the next shot."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any, Literal

from mainapp.errors import ValidationFailed
from mainapp.records import Vaccination
from petstools.answers import Answer, Clarification, Done
from petstools.serializers import vaccinations as forms
from petstools.serializers.fields import Said
from petstools.tools.base import ADDS, CHANGES, DELETES, READS, Call, tool
from petstools.tools.clarifications import any_question, ask_together, asked_to_clear, missing, nothing_to_change
from petstools.tools.presentation import paged
from petstools.tools.records import already_exists, deleted, every, is_about, listed, of_day, saved
from petstools.tools.said import day_said, past_day_said, text_said
from petstools.tools.writing import create_once, update_record, wire

Status = Literal["active", "overdue", "completed", "all"]
PAGE_SIZE = 25
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
    }


@tool(
    "List a pet's vaccinations",
    "Call this when the person asks about one pet's vaccinations, or before changing, renewing or deleting one, to get "
    "its vaccination_id. Last given first. For several pets at once (who is due next) call pets_overview.",
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
    "Call this for a vaccine that the pet has no record of yet, or to enter history. Needs vaccine_name and "
    "administered_at. Get pet_id from find_pet first. A booster of one that list_vaccinations shows: renew_vaccination. Several at "
    "once: record_many. clarification_needed: ask what its message says.",
    request=forms.AddVaccinationRequest,
    answer=forms.VaccinationAnswer,
    scopes=("health:write",),
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
    name = text_said(vaccine_name) or missing("vaccine_name", "Ask the person which vaccine it was (vaccine_name).")
    day = day_given(call, administered_at)
    due = day_due(call, due_at, day)
    if isinstance(name, Clarification) or isinstance(day, Clarification) or isinstance(due, Clarification):
        return ask_together(name, day, due)
    body = body_of(vaccine_name=name, administered_at=day, due_at=due, notes=text_said(notes))
    try:
        written = create_once(
            call,
            "add_vaccination",
            {"pet_id": pet_id, **body},
            send=lambda key: call.client.vaccinations.create(pet_id, body, key=key),
            read=lambda vaccination_id: call.client.vaccinations.read(pet_id, vaccination_id),
            find=lambda: (one for one in given_on(call, pet_id, day) if is_as(one, body)),
            again=again,
        )
    except ValidationFailed as error:
        if is_about(error, "administered_at") and (there := there_already(call, pet_id, name, day)):
            return taken(call, there)
        raise
    return saved(written, lambda one: shown_vaccination(call, one))


@tool(
    "Correct a recorded vaccination",
    "Call this when something recorded is wrong or missing: the day, the next due day, the notes. Get vaccination_id "
    "from list_vaccinations. Send only what changes. A new shot is no correction: renew_vaccination. Tell what is stored now.",
    request=forms.UpdateVaccinationRequest,
    answer=forms.VaccinationAnswer,
    scopes=("health:write",),
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
    clear: Sequence[str] = (),
) -> Answer:
    changes: dict[str, Any] = {}
    if (name := text_said(vaccine_name)) is not None:
        changes["vaccine_name"] = name
    if (text := text_said(notes)) is not None:
        changes["notes"] = text
    day = due = None
    if administered_at is not None:
        changes["administered_at"] = day = day_given(call, administered_at)
    before = None
    if isinstance(day, date) or (day is None and due_at is not None):
        # The main app compares the two days only when both come in one request (contract §8.4).
        before = call.client.vaccinations.read(pet_id, vaccination_id)
    if due_at is not None and (given := day or (before and before.administered_at)):
        changes["due_at"] = due = day_due(call, due_at, given)
    in_the_way = asked_to_clear(clear, can=CAN_BE_EMPTIED, given=changes)
    if question := any_question(day, due, in_the_way):
        return question
    changes |= dict.fromkeys(clear)
    if not changes:
        return nothing_to_change(
            "wrong: the vaccine, the day it was given, the day the next one is due, or the notes",
            ["vaccine_name", "administered_at", "due_at", "notes"],
        )
    if before is not None:
        given, next_due = changes.get("administered_at", before.administered_at), changes.get("due_at", before.due_at)
        if next_due is not None and (question := _due_too_early(given, next_due)):
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
    return Done({"data": shown_vaccination(call, vaccination)})


@tool(
    "Delete a recorded vaccination",
    "Call this when the person wants one vaccination removed for good. Get vaccination_id from list_vaccinations and "
    "name the vaccine and its day to the person first. Its photo goes with it. It can't be undone.",
    answer=forms.DeletedVaccinationAnswer,
    scopes=("health:write",),
    hints=DELETES,
    path_ids=("pet_id", "vaccination_id"),
    consequential=True,
    some_kinds="vaccinations",
)
def delete_vaccination(call: Call, *, pet_id: int, vaccination_id: int) -> Answer:
    return deleted(
        call,
        call.client.vaccinations,
        lambda one: shown_vaccination(call, one),
        "delete_vaccination",
        pet_id,
        vaccination_id=vaccination_id,
    )


# --- What was said -------------------------------------------------------------------------------


def day_given(call: Call, said: Said | None) -> date | Clarification:
    if said is None:
        return missing("administered_at", "Ask the person on which day it was given (administered_at).")
    return past_day_said(call, said, field="administered_at")


def day_due(call: Call, said: Said | None, given: date | Clarification) -> date | Clarification | None:
    """The day the next one is due, a span counted from the day it was `given`; a question too where that is not after it."""
    if said is None:
        return None
    if isinstance(given, Clarification):
        # Asked about at once, if no day could make it one.
        due = day_said(call, said, field="due_at", prefer="future", anchor=call.utc_day)
        return due if isinstance(due, Clarification) else None
    due = day_said(call, said, field="due_at", prefer="future", anchor=given)
    return due if isinstance(due, Clarification) else (_due_too_early(given, due) or due)


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


# --- Questions -----------------------------------------------------------------------------------


def _due_too_early(given: date, due: date) -> Clarification | None:
    """The question about a day due before or on the day of the shot, which would be overdue at once."""
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
    return already_exists(
        f"{there.vaccine_name} on {there.administered_at.isoformat()} is recorded already (the candidate), and Meo Mai Moi keeps one "
        "of a name a day. Nothing was saved. Tell the person. If the candidate's other fields are wrong, call update_vaccination "
        "with its id; if another day or vaccine was meant, ask which.",
        "administered_at",
        shown_vaccination(call, there),
    )
