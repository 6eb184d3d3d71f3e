"""Weighings of a pet (contract §8.2)."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple, TypedDict, Unpack

from mainapp.errors import ValidationFailed
from mainapp.records import Pet, Weight
from petstools.answers import Answer, Clarification, deletion
from petstools.errors import tool_error
from petstools.serializers import weights as forms
from petstools.serializers.fields import Said
from petstools.tools.base import ADDS, CHANGES, DELETES, READS, Call, tool
from petstools.tools.clarifications import nothing_to_change
from petstools.tools.plausible import CONFIRM, age_in_days, asked_of_pet, can_be, likely, pet_to_write
from petstools.tools.records import already_exists, deleted, is_about, listed, of_day, updated
from petstools.tools.said import past_day_said
from petstools.tools.writing import create_once, looking_first, wire
from petstools.understand.outcome import Unclear
from petstools.understand.weight import kept, says_about, understand_weight

# The main app's names for our fields, where they differ: its reasons come back under the names the model knows.
FIELD_NAMES = {"record_date": "measured_at"}


class WeightSaid(TypedDict, total=False):
    """What may be said of a weighing, as it came (the serializer `AddWeightRequest`)."""

    weight_kg: Said
    unit: Said
    measured_at: Said


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
    facts="A pet's weighings, newest first, with weight_id.",
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
    facts="Records what a pet weighs. Several at once: record_many.",
    request=forms.AddWeightRequest,
    answer=forms.WeightAnswer,
    scopes=("pets:read", "health:read", "health:write"),
    hints=ADDS,
    path_ids=("pet_id",),
    creates=True,
)
def add_weight(call: Call, *, pet_id: int, again: bool = False, **said: Unpack[WeightSaid]) -> Answer:
    planned = planned_weight(call, pet_id=pet_id, again=again, **said)
    if isinstance(planned, Clarification):
        return planned
    kg, day = planned
    body = {"weight_kg": wire(kept(kg)), "record_date": wire(day)}
    try:
        written = create_once(
            call,
            "add_weight",
            _payload(pet_id, kg, day),
            send=lambda key: call.client.weights.create(pet_id, body, key=key),
            read=lambda weight_id: call.client.weights.read(pet_id, weight_id),
            again=again,
        )
    except ValidationFailed as error:
        return _same_day(call, pet_id, error, day, kg)
    call.weighed.setdefault(pet_id, []).append(written.record)
    done = written.answer(shown_weight, deletion("weight", pet_id, written.record.id))
    return replace(done, body={**done.body, **noted(kg, said.get("weight_kg"))})


class PlannedWeight(NamedTuple):
    """A weighing that nothing known of the pet speaks against: as exactly as it was said, of that day."""

    kg: Decimal
    day: date


def planned_weight(
    call: Call, *, pet_id: int, again: bool = False, **said: Unpack[WeightSaid]
) -> PlannedWeight | Clarification:
    """What add_weight would write, or its question; nothing is written. Raises MainAppError, ToolError."""
    weight_kg, unit = said.get("weight_kg"), said.get("unit")
    day = past_day_said(call, said.get("measured_at", "today"), field="measured_at", any_day=True)
    pet = None
    # Confirmed: nothing that is known of the pet decides any more, so it need not be read.
    if not again:
        with looking_first(call, "add_weight", lambda: _payload(pet_id, _weight_said(None, weight_kg, unit), day)):
            pet = pet_to_write(call, pet_id, "weights")
    weight = _weight_said(pet, weight_kg, unit)
    if isinstance(weight, Clarification):
        return _or_slipped(call, pet, weight, weight_kg, unit)
    if isinstance(day, Clarification):
        return day
    if pet is not None and (question := _asked_of_pet(call, pet, weight, day)):
        return question
    return PlannedWeight(weight, day)


@tool(
    "Correct a recorded weight",
    "Call this when a recorded weight or its day is wrong. Get weight_id from list_weights. Send only what changes. "
    "Tell the person what is stored now.",
    facts="Corrects a weighing or its day; only what is sent changes.",
    request=forms.UpdateWeightRequest,
    answer=forms.WeightAnswer,
    scopes=("pets:read", "health:read", "health:write"),
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
    again: bool = False,
) -> Answer:
    pet = None if again else pet_to_write(call, pet_id, "weights")
    changes: dict[str, Any] = {}
    exact: Decimal | None = None
    if weight_kg is not None:
        kilograms = _weight_said(pet, weight_kg, unit)
        if isinstance(kilograms, Clarification):
            return _or_slipped(call, pet, kilograms, weight_kg, unit)
        exact, changes["weight_kg"] = kilograms, kept(kilograms)
    if measured_at is not None:
        day = past_day_said(call, measured_at, field="measured_at", any_day=True)
        if isinstance(day, Clarification):
            return day
        changes["record_date"] = day
    if not changes:
        return nothing_to_change("wrong: the weight or the day", ["weight_kg", "measured_at"])
    before = call.client.weights.read(pet_id, weight_id)
    if pet is not None:
        now = (changes.get("weight_kg", before.weight_kg), changes.get("record_date", before.record_date))
        if question := _asked_of_pet(call, pet, *now, instead_of=before):
            return question
    try:
        done = updated(
            call.client.weights,
            shown_weight,
            "update_weight",
            pet_id,
            changes,
            as_added=_fields,
            before=before,
            weight_id=weight_id,
        )
    except ValidationFailed as error:
        return _same_day(call, pet_id, error, changes.get("record_date"), exact)
    return done if exact is None else replace(done, body={**done.body, **noted(exact, weight_kg)})


@tool(
    "Delete a recorded weight",
    "Call this when the person wants one weighing removed for good. Get weight_id from list_weights and name the "
    "weight and its day to the person first.",
    answer=forms.DeletedWeightAnswer,
    scopes=("health:write",),
    hints=DELETES,
    path_ids=("pet_id", "weight_id"),
    consequential=True,
    superseded=True,
)
def delete_weight(call: Call, *, pet_id: int, weight_id: int) -> Answer:
    return deleted(
        call,
        call.client.weights,
        shown_weight,
        "delete_weight",
        pet_id,
        as_added=_fields,
        weight_id=weight_id,
    )


def _fields(weight: Weight) -> dict[str, Any]:
    """As the tools take them."""
    return {"weight_kg": float(weight.weight_kg), "measured_at": weight.record_date.isoformat()}


def _payload(pet_id: int, weight: Decimal | Clarification, day: date | Clarification) -> dict[str, Any]:
    """What tells the same call again: to the gram, for 98 g and 103 g are two weighings, though kept as one number."""
    kg = f"{weight.normalize():f}" if isinstance(weight, Decimal) else None
    return {"pet_id": pet_id, "kg": kg, "record_date": wire(day) if isinstance(day, date) else None}


def _weight_said(pet: Pet | None, weight_kg: Said | None, unit: Said | None) -> Decimal | Clarification:
    """To the gram and beyond; without a pet whatever an animal can weigh."""
    weight = understand_weight(weight_kg, unit=unit, species_slug=_slug(pet), exact=True)
    return Clarification.of(weight) if isinstance(weight, Unclear) else weight


def _slug(pet: Pet | None) -> str | None:
    return pet.pet_type.slug if pet is not None and pet.pet_type is not None else None


def _or_slipped(
    call: Call, pet: Pet | None, question: Clarification, weight_kg: Said | None, unit: Said | None
) -> Clarification:
    """The question about a weight that no such animal has: with what the pet's last weighing makes of it, where there is one."""
    weight = _weight_said(None, weight_kg, unit) if question.reason == "implausible" else question
    if pet is None or isinstance(weight, Clarification):
        return question
    return _asked_if_slipped(call, pet, weight, call.today) or replace(
        question, message=f"{question.message} {CONFIRM}"
    )


def _asked_of_pet(
    call: Call, pet: Pet, kg: Decimal, day: date, *, instead_of: Weight | None = None
) -> Clarification | None:
    return asked_of_pet(pet, "measured_at", day) or _asked_if_slipped(call, pet, kg, day, instead_of=instead_of)


def _asked_if_slipped(
    call: Call, pet: Pet, kg: Decimal, day: date, *, instead_of: Weight | None = None
) -> Clarification | None:
    """The question where the pet can't weigh this, by the weighing that is nearest in time among those known."""
    others = [one for one in _known_weights(call, pet) if instead_of is None or one[1] != instead_of.record_date]
    if not others:
        return None
    last_kg, last_day = min(others, key=lambda one: abs((day - one[1]).days))
    days = (day - last_day).days
    age = age_in_days(pet, min(day, last_day))
    if can_be(kg, last_kg, days, age, slug=_slug(pet)):
        return None
    readings = likely(kg, last_kg, days, age, slug=_slug(pet))
    meant = " Perhaps a point has slipped, or it was grams or pounds: see the candidates." if readings else ""
    return Clarification(
        reason="implausible",
        message=f"{kg.normalize():f} kg can hardly be: {pet.name} weighed {last_kg.normalize():f} kg on {last_day.isoformat()}. "
        f"Nothing was saved.{meant} Ask the person, unless their words leave no doubt. {CONFIRM}",
        missing_fields=["weight_kg"],
        candidates=[{"weight_kg": f"{one.normalize():f} kg"} for one in readings],
    )


def _known_weights(call: Call, pet: Pet) -> list[tuple[Decimal, date]]:
    """The newest weight, which came with the list of pets, and what this call has written; the first page of an older main app."""
    if pet.health is None and pet.id not in call.weighed:
        call.weighed[pet.id] = list(call.client.weights.list(pet.id).items)
    known = [(one.weight_kg, one.record_date) for one in call.weighed.get(pet.id, ())]
    health = pet.health
    if health is not None and health.latest_weight_kg is not None and health.latest_weight_on is not None:
        known.append((health.latest_weight_kg, health.latest_weight_on))
    return known


def noted(kg: Decimal, weight_kg: Said | None) -> dict[str, str]:
    """`note`: what has to be told where the main app keeps another number than the one said (contract §8.2), or one said as near."""
    stored, notes = kept(kg), []
    in_grams = kg * 1000 == (kg * 1000).to_integral_value()
    if stored != kg and (in_grams or abs(stored - kg) > kg * Decimal("0.005")):
        grams = (kg * 1000).quantize(Decimal("0.1")).normalize()
        notes.append(f"{grams:f} g were said; Meo Mai Moi keeps steps of 10 g, so {stored} kg is stored.")
    if says_about(weight_kg):
        notes.append(f"It was said as about so much; {stored} kg is stored, and nothing there tells that it is near.")
    return {"note": " ".join(notes)} if notes else {}


def _same_day(
    call: Call, pet_id: int, error: ValidationFailed, day: date | None, exact: Decimal | None
) -> Clarification:
    """One weight a day is the main app's rule (422 on `record_date`): show the one that is there and ask. Raises ToolError."""
    there = None
    if day is not None and is_about(error, "record_date"):
        there = next(of_day(call.client.weights, pet_id, day, lambda one: one.record_date), None)
    if there is None:
        raise tool_error(error, field_names=FIELD_NAMES) from None
    return taken(there, exact)


def taken(there: Weight, exact: Decimal | None) -> Clarification:
    """The question where another weight is there for that day."""
    day = there.record_date.isoformat()
    if exact is not None and exact != there.weight_kg == kept(exact):
        return already_exists(
            f"{exact.normalize():f} kg would be kept as {kept(exact)} kg, in steps of 10 g, and that is there for {day}. "
            "Nothing was changed. Tell the person.",
            "measured_at",
            shown_weight(there),
        )
    return already_exists(
        f"This pet already has a weight on {day}: {there.weight_kg.normalize():f} kg, and Meo Mai Moi keeps one a day. "
        "Ask the person whether to replace it; if so, call update_weight with the candidate's id.",
        "measured_at",
        shown_weight(there),
    )
