"""Vaccinations of a pet, and their renewal (contract §8.4)."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from mainapp import routes
from mainapp.errors import ValidationFailed, VersionConflict
from mainapp.records import Vaccination
from mainapp.versions import AppVersion
from petstools.answers import Answer, Clarification, Done
from petstools.serializers import vaccinations as forms
from petstools.tools.base import ADDS, CHANGES, DELETES, READS, Call, tool
from petstools.tools.clarifications import ask_together, asked_to_clear, missing
from petstools.tools.days import day_said, past_day_said
from petstools.tools.texts import text_said
from petstools.tools.writing import create_once, delete_once, update_record, wire

PAGE_SIZE = 25
# Before this one the main app did not know `overdue`, and answered any unknown status with everything (contract §14).
KNOWS_OVERDUE = AppVersion(1, 18, 2)
CAN_BE_EMPTIED = ("due_at", "notes")
MOST_CANDIDATES = 5


def is_overdue(call: Call, vaccination: Vaccination) -> bool:
    """The main app's own word where it gives one (since v1.18.2, not in create replies), its rule otherwise (contract §14.3)."""
    if vaccination.is_overdue is not None:
        return vaccination.is_overdue
    if vaccination.completed_on is not None or vaccination.due_at is None:
        return False
    return vaccination.due_at < call.utc_day


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
def list_vaccinations(call: Call, *, pet_id: int, status: str = "active", page: int = 1) -> Answer:
    if status == "overdue" and call.client.app_version() < KNOWS_OVERDUE:
        overdue = [one for one in _all_of(call, pet_id, "active") if is_overdue(call, one)]
        items: Sequence[Vaccination] = overdue[(page - 1) * PAGE_SIZE : page * PAGE_SIZE]
        total, more = len(overdue), len(overdue) > page * PAGE_SIZE
    else:
        found = call.client.vaccinations(pet_id, page, status=status)
        items, total, more = found.items, found.total, page < found.last_page
    return Done(
        {
            "vaccinations": [shown_vaccination(call, one) for one in items],
            "total": total,
            "page": page,
            "next_page": page + 1 if more else None,
        }
    )


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
    vaccine_name: Any = None,
    administered_at: Any = None,
    due_at: Any = None,
    notes: Any = None,
    time_zone: Any = None,
    again: bool = False,
) -> Answer:
    name = text_said(vaccine_name)
    asked = [] if name else [_which_vaccine()]
    day = _day_given(call, administered_at, time_zone)
    due = _day_due(call, due_at, day, time_zone)
    asked += [one for one in (day, due) if isinstance(one, Clarification)]
    if question := ask_together(asked):
        return question
    body = _body(vaccine_name=name, administered_at=day, due_at=due, notes=text_said(notes))
    try:
        written = create_once(
            call,
            "add_vaccination",
            {"pet_id": pet_id, **body},
            send=lambda key: call.client.write(routes.ADD_VACCINATION, Vaccination.parse, body, key=key, pet=pet_id),
            read=lambda vaccination_id: call.client.vaccination(pet_id, vaccination_id),
            find=lambda: (one for one in _given_on(call, pet_id, body["administered_at"]) if _is_as(one, body)),
            again=again,
        )
    except ValidationFailed as error:
        if _is_about_the_day(error) and (there := _there(call, pet_id, body["vaccine_name"], body["administered_at"])):
            return _already_there(call, there)
        raise
    return Done(
        {"data": shown_vaccination(call, written.record), "already_recorded": written.already},
        created=not written.already,
    )


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
    vaccine_name: Any = None,
    administered_at: Any = None,
    due_at: Any = None,
    notes: Any = None,
    time_zone: Any = None,
    clear: Sequence[str] = (),
) -> Answer:
    changes: dict[str, Any] = {}
    if (name := text_said(vaccine_name)) is not None:
        changes["vaccine_name"] = name
    if (text := text_said(notes)) is not None:
        changes["notes"] = text
    asked = []
    if administered_at is not None:
        changes["administered_at"] = day = past_day_said(
            call, administered_at, field="administered_at", time_zone=time_zone
        )
        asked += [day] if isinstance(day, Clarification) else []
    if due_at is not None:
        changes["due_at"] = due = day_said(call, due_at, field="due_at", time_zone=time_zone, prefer="future")
        asked += [due] if isinstance(due, Clarification) else []
    if in_the_way := asked_to_clear(clear, can=CAN_BE_EMPTIED, given=changes):
        asked.append(in_the_way)
    if question := ask_together(asked):
        return question
    changes |= dict.fromkeys(clear)
    if not changes:
        return Clarification(
            reason="missing",
            message="Nothing to change was sent. Ask the person what is wrong: the vaccine, the day it was given, the day the "
            "next one is due, or the notes.",
            missing_fields=["vaccine_name", "administered_at", "due_at", "notes"],
        )
    before = None
    if "administered_at" in changes or "due_at" in changes:
        # The main app compares the two days only when both come in one request (contract §8.4).
        before = call.client.vaccination(pet_id, vaccination_id)
        given_on, due_on = changes.get("administered_at", before.administered_at), changes.get("due_at", before.due_at)
        if due_on is not None and due_on < given_on:
            return _due_before_given(given_on, due_on)
    try:
        vaccination = update_record(
            lambda: call.client.vaccination(pet_id, vaccination_id),
            changes,
            send=lambda body, key: call.client.write(
                routes.UPDATE_VACCINATION, Vaccination.parse, body, key=key, pet=pet_id, vaccination=vaccination_id
            ),
            before=before,
        )
    except ValidationFailed as error:
        if not _is_about_the_day(error):
            raise
        now = call.client.vaccination(pet_id, vaccination_id)
        name, day = changes.get("vaccine_name", now.vaccine_name), changes.get("administered_at", now.administered_at)
        there = _there(call, pet_id, name, day)
        if there is None or there.id == vaccination_id:
            raise
        return _already_there(call, there)
    return Done({"data": shown_vaccination(call, vaccination)})


@tool(
    "Record the next shot of a vaccination",
    "Call this when a pet got the booster of a recorded vaccine: 'Miu got her rabies booster today'. vaccination_id is "
    "the old record's, from list_vaccinations; it is completed and a new one takes its place. Ask once when the next one is due.",
    request=forms.RenewVaccinationRequest,
    answer=forms.RenewedVaccinationAnswer,
    scopes=("health:write",),
    hints=ADDS,
    path_ids=("pet_id", "vaccination_id"),
    creates=True,
    some_kinds="vaccinations",
)
def renew_vaccination(
    call: Call,
    *,
    pet_id: int,
    vaccination_id: int,
    vaccine_name: Any = None,
    administered_at: Any = "today",
    due_at: Any = None,
    notes: Any = None,
    time_zone: Any = None,
) -> Answer:
    day = _day_given(call, administered_at, time_zone)
    due = _day_due(call, due_at, day, time_zone)
    if question := ask_together([one for one in (day, due) if isinstance(one, Clarification)]):
        return question
    old = call.client.vaccination(pet_id, vaccination_id)
    name = text_said(vaccine_name) or old.vaccine_name
    body = _body(vaccine_name=name, administered_at=day, due_at=due, notes=text_said(notes))
    if old.completed_on is not None:
        return _already_renewed(call, old, body)
    # The main app lets both through to its database, which answers 500 (contract §15 trap 32, §8.4).
    if _is_of(old, name, body["administered_at"]):
        return _same_as_before(call, old)
    if there := _there(call, pet_id, name, body["administered_at"]):
        return _already_there(call, there)

    def send(key: str) -> Vaccination:
        try:
            return _renew(call, old, body, key)
        except VersionConflict:
            now = call.client.vaccination(pet_id, vaccination_id)
            if now.completed_on is not None or not _is_of(now, old.vaccine_name, wire(old.administered_at)):
                raise
            # A photo or a note came in between; what is to be renewed is the same.
            return _renew(call, now, body, key)

    try:
        written = create_once(
            call,
            "renew_vaccination",
            {"pet_id": pet_id, "vaccination_id": vaccination_id, **body},
            send=send,
            read=lambda new_id: call.client.vaccination(pet_id, new_id),
        )
    except (ValidationFailed, VersionConflict):
        now = call.client.vaccination(pet_id, vaccination_id)
        if now.completed_on is None:
            raise
        return _already_renewed(call, now, body)
    return Done(
        {"data": shown_vaccination(call, written.record), "renewed_id": old.id, "already_recorded": False}, True
    )


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
    deleted = delete_once(
        call,
        "delete_vaccination",
        {"pet_id": pet_id, "vaccination_id": vaccination_id},
        read=lambda: call.client.vaccination(pet_id, vaccination_id),
        send=lambda vaccination, key: call.client.delete(
            # A finance entry that hangs on it stays: this connection may not touch money (contract §8.4).
            routes.DELETE_VACCINATION,
            {**_guards(vaccination), "linked_transaction": "keep"},
            key=key,
            pet=pet_id,
            vaccination=vaccination_id,
        ),
    )
    return Done({"deleted": shown_vaccination(call, deleted) if deleted else None, "already_deleted": deleted is None})


# --- What was said -------------------------------------------------------------------------------


def _which_vaccine() -> Clarification:
    return missing("vaccine_name", "Ask the person which vaccine it was (vaccine_name).")


def _day_given(call: Call, said: Any, time_zone: Any) -> date | Clarification:
    if said is None:
        return missing("administered_at", "Ask the person on which day it was given (administered_at).")
    return past_day_said(call, said, field="administered_at", time_zone=time_zone)


def _day_due(call: Call, said: Any, given: date | Clarification, time_zone: Any) -> date | Clarification | None:
    if said is None:
        return None
    due = day_said(call, said, field="due_at", time_zone=time_zone, prefer="future")
    if isinstance(due, Clarification) or isinstance(given, Clarification):
        return due
    return _due_before_given(given, due) if due < given else due


def _body(**fields: Any) -> dict[str, Any]:
    return {name: wire(value) for name, value in fields.items() if value is not None}


# --- What is stored ------------------------------------------------------------------------------


def _guards(vaccination: Vaccination) -> dict[str, Any]:
    return {
        "base_version": vaccination.version,
        "expected_vaccine_name": vaccination.vaccine_name,
        "expected_administered_at": wire(vaccination.administered_at),
    }


def _renew(call: Call, old: Vaccination, body: dict[str, Any], key: str) -> Vaccination:
    return call.client.write(
        routes.RENEW_VACCINATION,
        Vaccination.parse,
        {**body, **_guards(old)},
        key=key,
        pet=old.pet_id,
        vaccination=old.id,
    )


def _all_of(call: Call, pet_id: int, status: str) -> Iterator[Vaccination]:
    page = last = 1
    while page <= last:
        found = call.client.vaccinations(pet_id, page, status=status)
        yield from found.items
        page, last = page + 1, found.last_page


def _given_on(call: Call, pet_id: int, day: str) -> Iterator[Vaccination]:
    """Those given on that day, completed ones too. The newest come first (contract §8.4): no page is read beyond the day."""
    for one in _all_of(call, pet_id, "all"):
        given = wire(one.administered_at)
        if given < day:
            return
        if given == day:
            yield one


def _there(call: Call, pet_id: int, name: str, day: Any) -> Vaccination | None:
    return next((one for one in _given_on(call, pet_id, wire(day)) if one.vaccine_name == name), None)


def _is_of(vaccination: Vaccination, name: str, day: str) -> bool:
    return vaccination.vaccine_name == name and wire(vaccination.administered_at) == day


def _is_as(vaccination: Vaccination, body: dict[str, Any]) -> bool:
    held = _body(
        vaccine_name=vaccination.vaccine_name,
        administered_at=vaccination.administered_at,
        due_at=vaccination.due_at,
        notes=vaccination.notes,
    )
    return held == body


def _is_about_the_day(error: ValidationFailed) -> bool:
    return any(problem.name == "administered_at" for problem in error.fields)


# --- Questions -----------------------------------------------------------------------------------


def _due_before_given(given: date, due: date) -> Clarification:
    return Clarification(
        reason="contradiction",
        message=f"The next one would be due on {due.isoformat()}, before this one was given ({given.isoformat()}). Nothing was "
        "saved. Ask the person which of the two days is wrong.",
        missing_fields=["administered_at", "due_at"],
    )


def _already_there(call: Call, there: Vaccination) -> Clarification:
    """One vaccination of a name and day is the main app's rule (422 on `administered_at`)."""
    return Clarification(
        reason="already_exists",
        message=f"{there.vaccine_name} on {there.administered_at.isoformat()} is recorded already (the candidate), and Meo Mai "
        "Moi keeps one of a name a day. Nothing was saved. Tell the person. If the candidate's other fields are wrong, call "
        "update_vaccination with its id; if another day or vaccine was meant, ask which.",
        missing_fields=["administered_at"],
        candidates=[shown_vaccination(call, there)],
    )


def _same_as_before(call: Call, old: Vaccination) -> Clarification:
    return Clarification(
        reason="already_exists",
        message=f"{old.vaccine_name} on {old.administered_at.isoformat()} is the very record that was to be renewed (the "
        "candidate). Nothing was saved. If the person means this shot, it is recorded already: only a due date can be "
        "added, with update_vaccination. If it was given again, ask on which day.",
        missing_fields=["administered_at"],
        candidates=[shown_vaccination(call, old)],
    )


def _already_renewed(call: Call, old: Vaccination, body: dict[str, Any]) -> Answer:
    """The old record is completed: by an earlier call like this one, whose answer is the new record, or by something else."""
    there = _there(call, old.pet_id, body["vaccine_name"], body["administered_at"])
    if there is not None and there.id != old.id and there.completed_on is None and _is_as(there, body):
        return Done({"data": shown_vaccination(call, there), "renewed_id": old.id, "already_recorded": True})
    active = call.client.vaccinations(old.pet_id, status="active").items
    same = [one for one in active if one.vaccine_name.casefold() == old.vaccine_name.casefold()] or list(active)
    return Clarification(
        reason="already_completed",
        message=f"{old.vaccine_name} of {old.administered_at.isoformat()} has been renewed already, so it can't be renewed again. "
        "Nothing was saved. The candidates are the records that count now, newest first: ask the person whether this shot is one "
        "of them. If it was given later, call renew_vaccination with the candidate's id.",
        missing_fields=["vaccination_id"],
        candidates=[shown_vaccination(call, one) for one in same[:MOST_CANDIDATES]],
    )
