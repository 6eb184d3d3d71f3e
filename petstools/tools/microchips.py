"""Microchips of a pet (contract §8.5)."""

from collections.abc import Sequence
from typing import Any

from mainapp import routes
from mainapp.errors import ValidationFailed
from mainapp.records import Microchip
from petstools.answers import Answer, Clarification, Done
from petstools.errors import tool_error
from petstools.serializers import microchips as forms
from petstools.tools.base import ADDS, CHANGES, DELETES, READS, Call, tool
from petstools.tools.clarifications import ask_together, asked_to_clear
from petstools.tools.days import past_day_said
from petstools.tools.writing import create_once, delete_once, update_record, wire
from petstools.understand.chip_number import understand_chip_number
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
    query=forms.ListMicrochipsQuery,
    answer=forms.MicrochipsAnswer,
    scopes=("microchips:read",),
    hints=READS,
    path_ids=("pet_id",),
    some_kinds="microchips",
)
def list_microchips(call: Call, *, pet_id: int, page: int = 1) -> Answer:
    found = call.client.microchips(pet_id, page)
    return Done(
        {
            "microchips": [shown_microchip(one) for one in found.items],
            "total": found.total,
            "page": page,
            "next_page": page + 1 if page < found.last_page else None,
        }
    )


@tool(
    "Record a pet's microchip",
    "Call this when the person tells a pet's chip number. Needs chip_number: copy it exactly, as text. Get pet_id from "
    "find_pet first. clarification_needed: ask what its message says.",
    request=forms.AddMicrochipRequest,
    answer=forms.MicrochipAnswer,
    scopes=("microchips:write",),
    hints=ADDS,
    path_ids=("pet_id",),
    creates=True,
    some_kinds="microchips",
)
def add_microchip(
    call: Call,
    *,
    pet_id: int,
    chip_number: Any = None,
    issuer: Any = None,
    implanted_at: Any = None,
    time_zone: Any = None,
) -> Answer:
    values, questions = _understood(call, issuer=issuer, implanted_at=implanted_at, time_zone=time_zone)
    number = understand_chip_number(chip_number)
    if isinstance(number, Unclear):
        questions.insert(0, Clarification.of(number))
    if question := ask_together(questions):
        return question
    body = {"chip_number": number, **{name: wire(value) for name, value in values.items()}}
    try:
        written = create_once(
            call,
            "add_microchip",
            {"pet_id": pet_id, **body},
            send=lambda key: call.client.write(routes.ADD_MICROCHIP, Microchip.parse, body, key=key, pet=pet_id),
            read=lambda chip_id: call.client.microchip(pet_id, chip_id),
            find=lambda: (one for one in call.client.microchips(pet_id).items if one.chip_number == number),
        )
    except ValidationFailed as error:
        if question := _not_free(call, pet_id, error, str(number)):
            return question
        raise tool_error(error) from None
    return Done(
        {"data": shown_microchip(written.record), "already_recorded": written.already}, created=not written.already
    )


@tool(
    "Correct a recorded microchip",
    "Call this when a recorded chip number, its issuer or its day is wrong. Get microchip_id from list_microchips. Send "
    "only what changes. Tell the person what is stored now.",
    request=forms.UpdateMicrochipRequest,
    answer=forms.MicrochipAnswer,
    scopes=("microchips:write",),
    hints=CHANGES,
    path_ids=("pet_id", "microchip_id"),
    some_kinds="microchips",
)
def update_microchip(
    call: Call,
    *,
    pet_id: int,
    microchip_id: int,
    chip_number: Any = None,
    issuer: Any = None,
    implanted_at: Any = None,
    clear: Sequence[str] = (),
    time_zone: Any = None,
) -> Answer:
    given = {"chip_number": chip_number, "issuer": issuer, "implanted_at": implanted_at}
    if question := asked_to_clear(
        clear, can=CLEARABLE, given=[name for name, value in given.items() if value is not None]
    ):
        return question
    changes, questions = _understood(call, issuer=issuer, implanted_at=implanted_at, time_zone=time_zone)
    if chip_number is not None:
        number = understand_chip_number(chip_number)
        if isinstance(number, Unclear):
            questions.insert(0, Clarification.of(number))
        changes["chip_number"] = number
    if question := ask_together(questions):
        return question
    changes |= dict.fromkeys(clear)
    if not changes:
        return Clarification(
            reason="missing",
            message="Nothing to change was sent. Ask the person what is wrong: the number, the issuer or the day of implanting.",
            missing_fields=["chip_number", "issuer", "implanted_at"],
        )
    try:
        chip = update_record(
            lambda: call.client.microchip(pet_id, microchip_id),
            changes,
            send=lambda body, key: call.client.write(
                routes.UPDATE_MICROCHIP, Microchip.parse, body, key=key, pet=pet_id, microchip=microchip_id
            ),
        )
    except ValidationFailed as error:
        if question := _not_free(call, pet_id, error, str(changes.get("chip_number"))):
            return question
        raise tool_error(error) from None
    return Done({"data": shown_microchip(chip)})


@tool(
    "Delete a recorded microchip",
    "Call this when the person wants one recorded microchip removed for good. Get microchip_id from list_microchips and "
    "read the number to the person first. It can't be undone.",
    answer=forms.DeletedMicrochipAnswer,
    scopes=("microchips:write",),
    hints=DELETES,
    path_ids=("pet_id", "microchip_id"),
    consequential=True,
    some_kinds="microchips",
)
def delete_microchip(call: Call, *, pet_id: int, microchip_id: int) -> Answer:
    deleted = delete_once(
        call,
        "delete_microchip",
        {"pet_id": pet_id, "microchip_id": microchip_id},
        read=lambda: call.client.microchip(pet_id, microchip_id),
        send=lambda chip, key: call.client.delete(
            routes.DELETE_MICROCHIP,
            # A linked expense stays in the books: deleting money is not ours (contract §8.4).
            {"base_version": chip.version, "linked_transaction": "keep"},
            key=key,
            pet=pet_id,
            microchip=microchip_id,
        ),
    )
    return Done({"deleted": shown_microchip(deleted) if deleted else None, "already_deleted": deleted is None})


def _understood(
    call: Call, *, issuer: Any, implanted_at: Any, time_zone: Any
) -> tuple[dict[str, Any], list[Clarification]]:
    values: dict[str, Any] = {}
    questions: list[Clarification] = []
    if issuer is not None and (text := cleaned(issuer, limit=255)):
        values["issuer"] = text
    if implanted_at is not None:
        day = past_day_said(call, implanted_at, field="implanted_at", time_zone=time_zone)
        if isinstance(day, Clarification):
            questions.append(day)
        else:
            values["implanted_at"] = day
    return values, questions


def _not_free(call: Call, pet_id: int, error: ValidationFailed, number: str) -> Clarification | None:
    """A number of the right form is refused for one reason only: it stands somewhere already.

    That may be in another person's account (trap 33), so only the chips of this very pet are looked at and told of.
    """
    if not any(problem.name == "chip_number" for problem in error.fields):
        return None
    here = next((chip for chip in call.client.microchips(pet_id).items if chip.chip_number == number), None)
    if here is not None:
        return Clarification(
            reason="already_exists",
            message=f"This pet already has the chip number {number}: see the candidate. Nothing was saved. Tell the person; to "
            "correct its issuer or day, call update_microchip with the candidate's id.",
            missing_fields=["chip_number"],
            candidates=[shown_microchip(here)],
        )
    return Clarification(
        reason="chip_number_not_accepted",
        message=f"Meo Mai Moi can't take the chip number {number}: each number may be used once. Nothing was saved. Ask the person to "
        "compare it digit by digit with the vet's papers. If it is right, they should write to the support of Meo Mai Moi.",
        missing_fields=["chip_number"],
    )
