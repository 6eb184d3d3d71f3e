"""Renewing a vaccination: the old record is completed, a new one takes its place (contract §8.4)."""

from datetime import date
from typing import Any

from mainapp.errors import ValidationFailed, VersionConflict
from mainapp.records import Pet, Vaccination
from petstools.answers import Answer, Clarification, Done
from petstools.serializers import vaccinations as forms
from petstools.serializers.fields import Said
from petstools.tools.base import ADDS, Call, tool
from petstools.tools.clarifications import ask_together
from petstools.tools.plausible import CONFIRM, asked_if_not_done, asked_of_pet, pet_to_write
from petstools.tools.records import already_exists
from petstools.tools.said import known_text
from petstools.tools.vaccinations import (
    asked_if_same_shot,
    body_of,
    day_due,
    day_given,
    is_as,
    shown_vaccination,
    taken,
    there_already,
    undo_of_renewal,
    vaccine_said,
)
from petstools.tools.vaccine_history import clear_passing, of_vaccine, open_before, renewed, shots_of
from petstools.tools.writing import create_once
from petstools.understand.text import quoted
from petstools.understand.vaccines import same_vaccine, trouble_with

MOST_CANDIDATES = 5


@tool(
    "Record the next shot of a vaccination",
    "Call this when a pet got the booster of a recorded vaccine: 'Miu got her rabies booster today'. vaccination_id is "
    "the old record's, from list_vaccinations; it is completed and a new one takes its place. Ask once when the next one is due.",
    facts="Records the booster of a recorded vaccine: the old record is completed and a new one takes its place.",
    request=forms.RenewVaccinationRequest,
    answer=forms.RenewedVaccinationAnswer,
    scopes=("pets:read", "health:read", "health:write"),
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
    again: bool = False,
) -> Answer:
    pet = pet_to_write(call, pet_id, "vaccinations", call.client.vaccinations)
    day = day_given(call, administered_at)
    due = day_due(call, due_at, day, again=again)
    if isinstance(day, Clarification) or isinstance(due, Clarification):
        return ask_together(day, due)
    old = call.client.vaccinations.read(pet_id, vaccination_id)
    # "Mũi 2", "booster": of the vaccine that is renewed.
    names_none = vaccine_name is None or trouble_with(str(vaccine_name)) == "none"
    name = old.vaccine_name if names_none else vaccine_said(vaccine_name, again=again)
    if isinstance(name, Clarification):
        return name
    body = body_of(vaccine_name=name, administered_at=day, due_at=due, notes=known_text(notes))
    if old.completed_on is not None:
        return _already_renewed(call, old, name, day, body)
    # The main app lets both through to its database, which answers 500 (contract §15 trap 32, §8.4).
    if (old.vaccine_name, old.administered_at) == (name, day):
        return _same_as_before(call, old)
    if there := next(
        (one for one in shots_of(call, pet_id) if (one.vaccine_name, one.administered_at) == (name, day)), None
    ):
        return taken(call, there)
    if not again and (
        question := asked_if_not_done("notes", body.get("notes")) or _asked_first(call, pet, old, name, day)
    ):
        return question
    clear_passing(call, pet_id)

    try:
        written = create_once(
            call,
            "renew_vaccination",
            {"pet_id": pet_id, "vaccination_id": vaccination_id, **body},
            send=lambda key: renewed(call, old, body, key=key),
            read=lambda new_id: call.client.vaccinations.read(pet_id, new_id),
        )
    except (ValidationFailed, VersionConflict):
        now = call.client.vaccinations.read(pet_id, vaccination_id)
        if now.completed_on is None:
            raise
        return _already_renewed(call, now, name, day, body)
    return _renewed(call, old, written.record, already=False)


def _renewed(call: Call, old: Vaccination, new: Vaccination, *, already: bool) -> Done:
    undo = undo_of_renewal(old, new).as_json()
    body = {"data": shown_vaccination(call, new), "renewed_id": old.id, "already_recorded": already, **undo}
    return Done(body, created=not already)


def _asked_first(call: Call, pet: Pet, old: Vaccination, name: str, day: date) -> Clarification | None:
    """What speaks against this shot being the next of this record."""
    if question := asked_of_pet(pet, "administered_at", day):
        return question
    if not same_vaccine(old.vaccine_name, name):
        fitting = open_before(of_vaccine(call, old.pet_id, name, but=old.id), day)
        how = "call renew_vaccination with the candidate's id" if fitting else "call add_vaccination"
        return Clarification(
            reason="another_vaccine",
            message=f"The record is of {quoted(old.vaccine_name)}, the shot is said to be {quoted(name)}. Nothing was saved. Unless "
            f"the person's words leave no doubt, ask which. Another vaccine: {how}. {CONFIRM}",
            missing_fields=["vaccine_name"],
            candidates=[shown_vaccination(call, one) for one in fitting[:1]],
        )
    if day < old.administered_at:
        return Clarification(
            reason="contradiction",
            message=f"{day.isoformat()} lies before the shot that is to be renewed ({old.administered_at.isoformat()}). Nothing was "
            "saved. Ask the person which day it was. An older shot that was never entered: add_vaccination.",
            missing_fields=["administered_at"],
        )
    return asked_if_same_shot(call, of_vaccine(call, old.pet_id, name), name, day)


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
