"""Weighings of a pet (contract §8.2)."""

from datetime import date
from decimal import Decimal
from typing import Any

from mainapp.errors import ValidationFailed
from mainapp.records import Weight
from petstools.answers import Answer, Clarification, Done
from petstools.errors import tool_error
from petstools.serializers import weights as forms
from petstools.serializers.fields import Said
from petstools.tools.base import ADDS, CHANGES, DELETES, READS, Call, tool
from petstools.tools.clarifications import nothing_to_change
from petstools.tools.records import already_exists, deleted, is_about, listed, of_day, saved
from petstools.tools.said import past_day_said
from petstools.tools.undo import Undo, changed
from petstools.tools.writing import create_once, update_record, wire
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
    return listed("weights", call.client.weights.list(pet_id, page), page, shown_weight)


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
    weight_kg: Said | None = None,
    unit: Said | None = None,
    measured_at: Said = "today",
    again: bool = False,
) -> Answer:
    weight = _weight_said(call, weight_kg, unit)
    if isinstance(weight, Clarification):
        return weight
    day = past_day_said(call, measured_at, field="measured_at", any_day=True)
    if isinstance(day, Clarification):
        return day
    body = {"weight_kg": wire(weight), "record_date": wire(day)}
    try:
        written = create_once(
            call,
            "add_weight",
            {"pet_id": pet_id, **body},
            send=lambda key: call.client.weights.create(pet_id, body, key=key),
            read=lambda weight_id: call.client.weights.read(pet_id, weight_id),
            again=again,
        )
    except ValidationFailed as error:
        return _same_day(call, pet_id, error, day)
    return saved(written, shown_weight, Undo("delete_weight", {"pet_id": pet_id, "weight_id": written.record.id}))


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
    weight_kg: Said | None = None,
    unit: Said | None = None,
    measured_at: Said | None = None,
) -> Answer:
    changes: dict[str, Any] = {}
    if weight_kg is not None:
        kilograms = _weight_said(call, weight_kg, unit)
        if isinstance(kilograms, Clarification):
            return kilograms
        changes["weight_kg"] = kilograms
    if measured_at is not None:
        day = past_day_said(call, measured_at, field="measured_at", any_day=True)
        if isinstance(day, Clarification):
            return day
        changes["record_date"] = day
    if not changes:
        return nothing_to_change("wrong: the weight or the day", ["weight_kg", "measured_at"])
    try:
        weight = update_record(
            lambda: call.client.weights.read(pet_id, weight_id),
            changes,
            send=lambda body, key: call.client.weights.update(pet_id, weight_id, body, key=key),
        )
    except ValidationFailed as error:
        return _same_day(call, pet_id, error, changes.get("record_date"))
    was = changed(_fields(weight.before), _fields(weight.now), "update_weight", pet_id=pet_id, weight_id=weight_id)
    return Done({"data": shown_weight(weight.now), **was})


@tool(
    "Delete a recorded weight",
    "Call this when the person wants one weighing removed for good. Get weight_id from list_weights and name the "
    "weight and its day to the person first.",
    answer=forms.DeletedWeightAnswer,
    scopes=("health:write",),
    hints=DELETES,
    path_ids=("pet_id", "weight_id"),
    consequential=True,
)
def delete_weight(call: Call, *, pet_id: int, weight_id: int) -> Answer:
    return deleted(
        call, call.client.weights, shown_weight, "delete_weight", pet_id, as_added=_fields, weight_id=weight_id
    )


def _fields(weight: Weight) -> dict[str, Any]:
    """As the tools take them."""
    return {"weight_kg": float(weight.weight_kg), "measured_at": weight.record_date.isoformat()}


def _weight_said(call: Call, weight_kg: Said | None, unit: Said | None) -> Decimal | Clarification:
    weight = understand_weight(weight_kg, unit=unit, species_slug=call.known.species)
    return Clarification.of(weight) if isinstance(weight, Unclear) else weight


def _same_day(call: Call, pet_id: int, error: ValidationFailed, day: date | None) -> Clarification:
    """One weight a day is the main app's rule (422 on `record_date`): show the one that is there and ask. Raises ToolError."""
    there = None
    if day is not None and is_about(error, "record_date"):
        there = next(of_day(call.client.weights, pet_id, day, lambda one: one.record_date), None)
    if there is None or day is None:
        raise tool_error(error, field_names=FIELD_NAMES) from None
    return already_exists(
        f"This pet already has a weight on {day.isoformat()}: {there.weight_kg.normalize():f} kg, and Meo Mai Moi keeps one a day. "
        "Ask the person whether to replace it; if so, call update_weight with the candidate's id.",
        "measured_at",
        shown_weight(there),
    )
