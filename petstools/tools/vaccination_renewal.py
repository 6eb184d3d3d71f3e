"""Renewing a vaccination: the old record is completed, a new one takes its place (contract §8.4); and taking that back."""

from datetime import date
from typing import Any, Unpack

from mainapp.errors import MainAppError, NotFound, ValidationFailed, VersionConflict
from mainapp.records import Pet, Vaccination
from petstools.answers import Answer, Clarification, Done, Undo
from petstools.serializers import vaccinations as forms
from petstools.serializers.fields import Said
from petstools.tools import confirmations
from petstools.tools.base import ADDS, Call, tool
from petstools.tools.clarifications import ask_together
from petstools.tools.plausible import CONFIRM, asked_if_not_done, asked_of_pet, pet_to_write
from petstools.tools.records import already_exists, photos_lost, read_if_there
from petstools.tools.said import known_text, text_said
from petstools.tools.vaccination_fields import (
    VaccinationSaid,
    asked_if_same_shot,
    body_of,
    day_due,
    day_given,
    shown_vaccination,
    stored_body,
    taken,
    there_already,
    vaccine_said,
)
from petstools.tools.vaccine_history import clear_passing, later_than, of_vaccine, open_before, renewed, shots_of
from petstools.tools.writing import create_once, new_key
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
    call: Call, *, pet_id: int, vaccination_id: int, again: bool = False, **said: Unpack[VaccinationSaid]
) -> Answer:
    pet = pet_to_write(call, pet_id, "vaccinations")
    day = day_given(call, said.get("administered_at", "today"))
    due = day_due(call, said.get("due_at"), day, again=again)
    if isinstance(day, Clarification) or isinstance(due, Clarification):
        return ask_together(day, due)
    old = call.client.vaccinations.read(pet_id, vaccination_id)
    # "Mũi 2", "booster": of the vaccine that is renewed.
    names_none = "vaccine_name" not in said or trouble_with(str(said["vaccine_name"])) == "none"
    name = old.vaccine_name if names_none else vaccine_said(said["vaccine_name"], again=again)
    if isinstance(name, Clarification):
        return name
    body = body_of(vaccine_name=name, administered_at=day, due_at=due, notes=known_text(said.get("notes")))
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
    if there is not None and there.id != old.id and there.completed_on is None and stored_body(there) == body:
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


# --- Taken back ----------------------------------------------------------------------------------


def undo_of_renewal(old: Vaccination, new: Vaccination) -> Undo:
    """The call that makes the old record count again and deletes the new one."""
    ids = {"pet_id": old.pet_id, "vaccination_id": old.id, "wrong_renewal_id": new.id}
    return Undo("update_vaccination", {**ids, **stored_body(old)})


def take_renewal_back(
    call: Call, pet_id: int, old_id: int, new_id: int, said: VaccinationSaid, confirmation: Said | None
) -> Answer:
    """The renewed record counts again, and its renewal (0: gone already) is deleted.

    The main app can't reopen it, and keeps its name and day taken (trap 55): it is deleted and written anew. said: its fields, as
    the renewal's `undo` holds them: where a call was interrupted, the next one finds them there. Raises MainAppError.
    """
    day = day_given(call, said["administered_at"]) if "administered_at" in said else None
    due = day_due(call, said.get("due_at"), day or call.utc_day, again=True)
    if isinstance(day, Clarification) or isinstance(due, Clarification):
        return ask_together(day, due)
    sent = body_of(
        vaccine_name=text_said(said.get("vaccine_name")),
        administered_at=day,
        due_at=due,
        notes=text_said(said.get("notes")),
    )
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
            candidates=[{"wrong_renewal_id": new_id, **stored_body(old)}],
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
    body = stored_body(old) if old is not None else sent
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
        renewed = {"pet_id": pet_id, "vaccination_id": restored.id, **stored_body(new), "again": True}
        undo = Undo("renew_vaccination", renewed).as_json()
    return Done({"data": shown_vaccination(call, restored), **undo})
