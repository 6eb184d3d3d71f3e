"""Renewing a vaccination: the old record is completed, a new one takes its place (contract §8.4)."""

from datetime import date
from typing import Any

from mainapp.errors import ValidationFailed, VersionConflict
from mainapp.records import Vaccination
from petstools.answers import Answer, Clarification, Done
from petstools.serializers import vaccinations as forms
from petstools.serializers.fields import Said
from petstools.tools.base import ADDS, Call, tool
from petstools.tools.clarifications import ask_together
from petstools.tools.records import already_exists
from petstools.tools.said import text_said
from petstools.tools.undo import Undo
from petstools.tools.vaccinations import (
    body_of,
    day_due,
    day_given,
    fields_of,
    is_as,
    shown_vaccination,
    taken,
    there_already,
)
from petstools.tools.writing import create_once

MOST_CANDIDATES = 5


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
    vaccine_name: Said | None = None,
    administered_at: Said = "today",
    due_at: Said | None = None,
    notes: Said | None = None,
) -> Answer:
    day = day_given(call, administered_at)
    due = day_due(call, due_at, day)
    if isinstance(day, Clarification) or isinstance(due, Clarification):
        return ask_together(day, due)
    old = call.client.vaccinations.read(pet_id, vaccination_id)
    name = text_said(vaccine_name) or old.vaccine_name
    body = body_of(vaccine_name=name, administered_at=day, due_at=due, notes=text_said(notes))
    if old.completed_on is not None:
        return _already_renewed(call, old, name, day, body)
    # The main app lets both through to its database, which answers 500 (contract §15 trap 32, §8.4).
    if (old.vaccine_name, old.administered_at) == (name, day):
        return _same_as_before(call, old)
    if there := there_already(call, pet_id, name, day):
        return taken(call, there)

    def send(key: str) -> Vaccination:
        try:
            return call.client.vaccinations.renew(pet_id, old, body, key=key)
        except VersionConflict:
            now = call.client.vaccinations.read(pet_id, vaccination_id)
            before = (None, old.vaccine_name, old.administered_at)
            if (now.completed_on, now.vaccine_name, now.administered_at) != before:
                raise
            # A photo or a note came in between; what is to be renewed is the same.
            return call.client.vaccinations.renew(pet_id, now, body, key=key)

    try:
        written = create_once(
            call,
            "renew_vaccination",
            {"pet_id": pet_id, "vaccination_id": vaccination_id, **body},
            send=send,
            read=lambda new_id: call.client.vaccinations.read(pet_id, new_id),
        )
    except (ValidationFailed, VersionConflict):
        now = call.client.vaccinations.read(pet_id, vaccination_id)
        if now.completed_on is None:
            raise
        return _already_renewed(call, now, name, day, body)
    return _renewed(call, old, written.record, already=False)


def _renewed(call: Call, old: Vaccination, new: Vaccination, *, already: bool) -> Done:
    was = {name: value for name, value in fields_of(old).items() if value is not None}
    undo = Undo(
        "update_vaccination", {"pet_id": old.pet_id, "vaccination_id": old.id, "wrong_renewal_id": new.id, **was}
    )
    body = {"data": shown_vaccination(call, new), "renewed_id": old.id, "already_recorded": already, **undo.as_json()}
    return Done(body, created=not already)


def _same_as_before(call: Call, old: Vaccination) -> Clarification:
    return already_exists(
        f"{old.vaccine_name} on {old.administered_at.isoformat()} is the very record that was to be renewed (the candidate). Nothing "
        "was saved. If the person means this shot, it is recorded already: only a due date can be added, with update_vaccination. "
        "If it was given again, ask on which day.",
        "administered_at",
        shown_vaccination(call, old),
    )


def _already_renewed(call: Call, old: Vaccination, name: str, day: date, body: dict[str, Any]) -> Answer:
    """The old record is completed: by an earlier call like this one, whose answer is the new record, or by something else."""
    there = there_already(call, old.pet_id, name, day)
    if there is not None and there.id != old.id and there.completed_on is None and is_as(there, body):
        return _renewed(call, old, there, already=True)
    active = call.client.vaccinations.list(old.pet_id, status="active").items
    same = [one for one in active if one.vaccine_name.casefold() == old.vaccine_name.casefold()] or list(active)
    return Clarification(
        reason="already_completed",
        message=f"{old.vaccine_name} of {old.administered_at.isoformat()} has been renewed already, so it can't be renewed again. "
        "Nothing was saved. The candidates are the records that count now, newest first: ask the person whether this shot is one "
        "of them. If it was given later, call renew_vaccination with the candidate's id.",
        missing_fields=["vaccination_id"],
        candidates=[shown_vaccination(call, one) for one in same[:MOST_CANDIDATES]],
    )
