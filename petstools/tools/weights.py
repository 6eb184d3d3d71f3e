"""Weighings of a pet (contract §8.2)."""

from decimal import Decimal
from typing import Any

from mainapp import routes
from mainapp.errors import ValidationFailed
from mainapp.records import Weight
from petstools.answers import Answer, Clarification, Done
from petstools.errors import tool_error
from petstools.serializers import weights as forms
from petstools.tools import known_species
from petstools.tools.base import ADDS, CHANGES, DELETES, READS, Call, tool
from petstools.tools.days import asked_if_future, day_said
from petstools.tools.writing import create_once, delete_once, update_record, wire
from petstools.understand.outcome import Unclear
from petstools.understand.weight import understand_weight

# The main app's names for our fields, where they differ: its reasons come back under the names the model knows.
FIELD_NAMES = {"record_date": "measured_at"}


def shown_weight(weight: Weight) -> dict[str, Any]:
    return {
        "id": weight.id,
        "pet_id": weight.pet_id,
        "weight_kg": float(weight.weight_kg),
        "measured_at": weight.record_date.isoformat(),
    }


@tool(
    "List a pet's weights",
    "Call this when the person asks how a pet's weight developed, or before changing or deleting a weighing, to get "
    "its weight_id. Newest first. The newest weight alone is already in list_pets and find_pet.",
    query=forms.ListWeightsQuery,
    answer=forms.WeightsAnswer,
    scopes=("health:read",),
    hints=READS,
    path_ids=("pet_id",),
)
def list_weights(call: Call, *, pet_id: int, page: int = 1) -> Answer:
    found = call.client.weights(pet_id, page)
    return Done(
        {
            "weights": [shown_weight(one) for one in found.items],
            "total": found.total,
            "page": page,
            "next_page": page + 1 if page < found.last_page else None,
        }
    )


@tool(
    "Record a pet's weight",
    "Call this when the person tells what a pet weighs: 'Miu weighs 4.2 kg today'. Needs weight_kg. Get "
    "pet_id from find_pet first. Several records at once: record_many. clarification_needed: ask what its message says.",
    request=forms.AddWeightRequest,
    answer=forms.WeightAnswer,
    scopes=("health:write",),
    hints=ADDS,
    path_ids=("pet_id",),
    creates=True,
)
def add_weight(
    call: Call,
    *,
    pet_id: int,
    weight_kg: Any = None,
    unit: Any = None,
    measured_at: Any = "today",
    time_zone: Any = None,
    again: bool = False,
) -> Answer:
    weight = understand_weight(weight_kg, unit=unit, species_slug=known_species.slug_of(call, pet_id))
    if isinstance(weight, Unclear):
        return Clarification.of(weight)
    day = day_said(call, measured_at, field="measured_at", time_zone=time_zone)
    if isinstance(day, Clarification):
        return day
    if question := asked_if_future(call, day, field="measured_at", time_zone=time_zone):
        return question
    body = {"weight_kg": wire(weight), "record_date": wire(day)}
    try:
        written = create_once(
            call,
            "add_weight",
            {"pet_id": pet_id, **body},
            send=lambda key: call.client.write(routes.ADD_WEIGHT, Weight.parse, body, key=key, pet=pet_id),
            read=lambda weight_id: call.client.weight(pet_id, weight_id),
            again=again,
        )
    except ValidationFailed as error:
        taken = _same_day(call, pet_id, error, wire(day))
        if taken is not None:
            return taken
        raise tool_error(error, field_names=FIELD_NAMES) from None
    return Done(
        {"data": shown_weight(written.record), "already_recorded": written.already}, created=not written.already
    )


@tool(
    "Correct a recorded weight",
    "Call this when a recorded weight or its day is wrong. Get weight_id from list_weights. Send only what changes. "
    "Tell the person what is stored now.",
    request=forms.UpdateWeightRequest,
    answer=forms.WeightAnswer,
    scopes=("health:write",),
    hints=CHANGES,
    path_ids=("pet_id", "weight_id"),
)
def update_weight(
    call: Call,
    *,
    pet_id: int,
    weight_id: int,
    weight_kg: Any = None,
    unit: Any = None,
    measured_at: Any = None,
    time_zone: Any = None,
) -> Answer:
    changes: dict[str, Any] = {}
    if weight_kg is not None:
        weight = understand_weight(weight_kg, unit=unit, species_slug=known_species.slug_of(call, pet_id))
        if isinstance(weight, Unclear):
            return Clarification.of(weight)
        changes["weight_kg"] = weight
    if measured_at is not None:
        day = day_said(call, measured_at, field="measured_at", time_zone=time_zone)
        if isinstance(day, Clarification):
            return day
        if question := asked_if_future(call, day, field="measured_at", time_zone=time_zone):
            return question
        changes["record_date"] = day
    if not changes:
        return Clarification(
            reason="missing",
            message="Nothing to change was sent. Ask the person what is wrong: the weight or the day.",
            missing_fields=["weight_kg", "measured_at"],
        )
    try:
        weight_now = update_record(
            lambda: call.client.weight(pet_id, weight_id),
            changes,
            send=lambda body, key: call.client.write(
                routes.UPDATE_WEIGHT, Weight.parse, body, key=key, pet=pet_id, weight=weight_id
            ),
        )
    except ValidationFailed as error:
        taken = _same_day(call, pet_id, error, wire(changes.get("record_date")))
        if taken is not None:
            return taken
        raise tool_error(error, field_names=FIELD_NAMES) from None
    return Done({"data": shown_weight(weight_now)})


@tool(
    "Delete a recorded weight",
    "Call this when the person wants one weighing removed for good. Get weight_id from list_weights and name the "
    "weight and its day to the person first. It can't be undone.",
    answer=forms.DeletedWeightAnswer,
    scopes=("health:write",),
    hints=DELETES,
    path_ids=("pet_id", "weight_id"),
    consequential=True,
)
def delete_weight(call: Call, *, pet_id: int, weight_id: int) -> Answer:
    deleted = delete_once(
        call,
        "delete_weight",
        {"pet_id": pet_id, "weight_id": weight_id},
        read=lambda: call.client.weight(pet_id, weight_id),
        send=lambda weight, key: call.client.delete(
            routes.DELETE_WEIGHT,
            {
                "base_version": weight.version,
                "expected_weight_kg": wire(weight.weight_kg),
                "expected_record_date": wire(weight.record_date),
            },
            key=key,
            pet=pet_id,
            weight=weight_id,
        ),
    )
    return Done({"deleted": shown_weight(deleted) if deleted else None, "already_deleted": deleted is None})


def _same_day(call: Call, pet_id: int, error: ValidationFailed, day: str) -> Clarification | None:
    """One weight a day is the main app's rule (422 on `record_date`): show the one that is there and ask."""
    if not any(problem.name == "record_date" for problem in error.fields):
        return None
    there = next((one for one in call.client.weights(pet_id).items if wire(one.record_date) == day), None)
    if there is None:
        return None
    return Clarification(
        reason="already_exists",
        message=f"This pet already has a weight on {day}: {_plain(there.weight_kg)} kg, and Meo Mai Moi keeps one a day. Ask the "
        "person whether to replace it; if so, call update_weight with the candidate's id.",
        missing_fields=["measured_at"],
        candidates=[shown_weight(there)],
    )


def _plain(weight: Decimal) -> str:
    return f"{weight.normalize():f}"
