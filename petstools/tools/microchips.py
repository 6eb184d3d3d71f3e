"""Microchips of a pet (contract §8.5)."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from mainapp.errors import ValidationFailed
from mainapp.records import Microchip
from petstools.answers import Answer, Clarification, deletion
from petstools.errors import tool_error
from petstools.serializers import microchips as forms
from petstools.serializers.fields import Said
from petstools.tools.base import ADDS, CHANGES, DELETES, READS, Call, tool
from petstools.tools.clarifications import any_question, ask_together, asked_to_clear, nothing_to_change
from petstools.tools.plausible import asked_of_pet, pet_to_write
from petstools.tools.records import already_exists, deleted, is_about, listed, updated
from petstools.tools.said import past_day_said
from petstools.tools.writing import create_once, looking_first, wire
from petstools.understand.chip_number import understand_chip_number
from petstools.understand.not_known import says_unknown
from petstools.understand.outcome import Unclear
from petstools.understand.text import said as cleaned

CLEARABLE = ("issuer", "implanted_at")


def shown_microchip(chip: Microchip) -> dict[str, Any]:
    return {
        "id": chip.id,
        "pet_id": chip.pet_id,
        "chip_number": chip.chip_number,
        "issuer": chip.issuer,
        "implanted_at": chip.implanted_at.isoformat() if chip.implanted_at else None,
    }


@tool(
    "List a pet's microchips",
    "Call this when the person asks for a pet's chip number, or before changing or deleting a microchip, to get its "
    "microchip_id.",
    facts="A pet's chip numbers, with microchip_id.",
    query=forms.ListMicrochipsQuery,
    answer=forms.MicrochipsAnswer,
    scopes=("microchips:read",),
    hints=READS,
    path_ids=("pet_id",),
    some_kinds="microchips",
)
def list_microchips(call: Call, *, pet_id: int, page: int = 1) -> Answer:
    return listed("microchips", call.client.microchips.list(pet_id, page), page, shown_microchip)


@tool(
    "Record a pet's microchip",
    "Call this when the person tells a pet's chip number. Needs chip_number: copy it exactly, as text. Get pet_id from "
    "find_pet first. clarification_needed: ask what its message says.",
    facts="Records a pet's chip number.",
    request=forms.AddMicrochipRequest,
    answer=forms.MicrochipAnswer,
    scopes=("pets:read", "microchips:read", "microchips:write"),
    hints=ADDS,
    path_ids=("pet_id",),
    creates=True,
    some_kinds="microchips",
)
def add_microchip(
    call: Call,
    *,
    pet_id: int,
    chip_number: Said | None = None,
    issuer: Said | None = None,
    implanted_at: Said | None = None,
    again: bool = False,
) -> Answer:
    number = _number_said(chip_number)
    day = _day_said(call, implanted_at)
    if isinstance(number, Clarification) or isinstance(day, Clarification):
        pet_to_write(call, pet_id, "microchips")
        return ask_together(number, day)
    body = {"chip_number": number, **_issuer_said(issuer)}
    if day is not None:
        body["implanted_at"] = wire(day)
    payload = {"pet_id": pet_id, **body}
    question = None
    with looking_first(call, "add_microchip", lambda: payload):
        pet = pet_to_write(call, pet_id, "microchips")
        if not again:
            question = asked_of_pet(pet, "implanted_at", day or call.utc_day) or _asked_about_a_second(
                call, pet_id, number
            )
    if question:
        return question
    try:
        written = create_once(
            call,
            "add_microchip",
            payload,
            send=lambda key: call.client.microchips.create(pet_id, body, key=key),
            read=lambda chip_id: call.client.microchips.read(pet_id, chip_id),
            find=lambda: (one for one in call.client.microchips.list(pet_id).items if one.chip_number == number),
        )
    except ValidationFailed as error:
        if question := _not_free(call, pet_id, error, number):
            return question
        raise tool_error(error) from None
    return written.answer(shown_microchip, deletion("microchip", pet_id, written.record.id))


@tool(
    "Correct a recorded microchip",
    "Call this when a recorded chip number, its issuer or its day is wrong. Get microchip_id from list_microchips. Send "
    "only what changes. Tell the person what is stored now.",
    facts="Corrects a recorded chip number, its issuer or its day; only what is sent changes.",
    request=forms.UpdateMicrochipRequest,
    answer=forms.MicrochipAnswer,
    scopes=("pets:read", "microchips:read", "microchips:write"),
    hints=CHANGES,
    path_ids=("pet_id", "microchip_id"),
    some_kinds="microchips",
)
def update_microchip(
    call: Call,
    *,
    pet_id: int,
    microchip_id: int,
    chip_number: Said | None = None,
    issuer: Said | None = None,
    implanted_at: Said | None = None,
    clear: Sequence[str] = (),
    again: bool = False,
) -> Answer:
    pet = pet_to_write(call, pet_id, "microchips")
    values = {"chip_number": chip_number, "issuer": issuer, "implanted_at": implanted_at}
    if question := asked_to_clear(
        clear, can=CLEARABLE, with_values=[name for name, value in values.items() if value is not None]
    ):
        return question
    number = None if chip_number is None else _number_said(chip_number)
    day = _day_said(call, implanted_at)
    if question := any_question(number, day):
        return question
    if isinstance(day, date) and not again and (question := asked_of_pet(pet, "implanted_at", day)):
        return question
    changes: dict[str, Any] = {**_issuer_said(issuer)}
    if day is not None:
        changes["implanted_at"] = day
    if number is not None:
        changes["chip_number"] = number
    changes |= dict.fromkeys(clear)
    if not changes:
        return nothing_to_change(
            "wrong: the number, the issuer or the day of implanting", ["chip_number", "issuer", "implanted_at"]
        )
    try:
        return updated(
            call.client.microchips,
            shown_microchip,
            "update_microchip",
            pet_id,
            changes,
            as_added=_fields,
            microchip_id=microchip_id,
        )
    except ValidationFailed as error:
        if question := _not_free(call, pet_id, error, str(changes.get("chip_number"))):
            return question
        raise tool_error(error) from None


@tool(
    "Delete a recorded microchip",
    "Call this when the person wants one recorded microchip removed for good. Get microchip_id from list_microchips and "
    "read the number to the person first.",
    answer=forms.DeletedMicrochipAnswer,
    scopes=("microchips:write",),
    hints=DELETES,
    path_ids=("pet_id", "microchip_id"),
    consequential=True,
    superseded=True,
    some_kinds="microchips",
)
def delete_microchip(call: Call, *, pet_id: int, microchip_id: int) -> Answer:
    return deleted(
        call,
        call.client.microchips,
        shown_microchip,
        "delete_microchip",
        pet_id,
        as_added=_fields,
        microchip_id=microchip_id,
    )


def _fields(chip: Microchip) -> dict[str, Any]:
    """As the tools take them."""
    return {name: value for name, value in shown_microchip(chip).items() if name not in ("id", "pet_id")}


def _number_said(chip_number: Said | None) -> str | Clarification:
    number = understand_chip_number(chip_number)
    return Clarification.of(number) if isinstance(number, Unclear) else number


def _day_said(call: Call, implanted_at: Said | None) -> date | Clarification | None:
    if implanted_at is None:
        return None
    return past_day_said(call, implanted_at, field="implanted_at")


def _issuer_said(issuer: Said | None) -> dict[str, str]:
    text = cleaned(issuer, limit=255)
    return {"issuer": text} if text and not says_unknown(text) else {}


def _asked_about_a_second(call: Call, pet_id: int, number: str) -> Clarification | None:
    chips = call.client.microchips.list(pet_id).items
    if not chips or any(chip.chip_number == number for chip in chips):
        return None
    return Clarification(
        reason="second_chip",
        message=f"This pet already has the chip {chips[0].chip_number} (the candidate), and an animal mostly carries one. Nothing was "
        f"saved. Ask the person: is it the same chip, misread? Then update_microchip with the candidate's id if the stored number is "
        f"wrong, or nothing. A further or new chip: send the same call again with again: true.",
        missing_fields=["chip_number"],
        candidates=[shown_microchip(chip) for chip in chips],
    )


def _not_free(call: Call, pet_id: int, error: ValidationFailed, number: str) -> Clarification | None:
    """A number of the right form is refused for one reason only: it stands somewhere already.

    That may be in another person's account (trap 33), so only the chips of this very pet are looked at and told of.
    """
    if not is_about(error, "chip_number"):
        return None
    here = next((chip for chip in call.client.microchips.list(pet_id).items if chip.chip_number == number), None)
    if here is not None:
        return already_exists(
            f"This pet already has the chip number {number}: see the candidate. Nothing was saved. Tell the person; to correct its "
            "issuer or day, call update_microchip with the candidate's id.",
            "chip_number",
            shown_microchip(here),
        )
    return Clarification(
        reason="chip_number_not_accepted",
        message=f"Meo Mai Moi can't take the chip number {number}: each number may be used once. Nothing was saved. Ask the person to "
        "compare it digit by digit with the vet's papers. If it is right, they should write to the support of Meo Mai Moi.",
        missing_fields=["chip_number"],
    )
