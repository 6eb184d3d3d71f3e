"""Which pet a call is about: by its id, or by the name that was said, asked about where that is not one pet."""

from dataclasses import replace
from typing import Any

from mainapp.errors import AbilityMissing, Forbidden, NotFound
from mainapp.records import Pet
from petstools import pet_types
from petstools.answers import Clarification
from petstools.errors import tool_error
from petstools.serializers.fields import Said
from petstools.tools.base import Call
from petstools.tools.pets import nobody_called, own_and_shared, role_in
from petstools.tools.presentation import first_name, name_of_others
from petstools.understand.outcome import Unclear
from petstools.understand.pet_names import Closeness, rank
from petstools.understand.species import understand_species
from petstools.understand.text import fold, lowered, stem, words

MOST_CANDIDATES = 10
PetWithRole = tuple[Pet, str]


def pet_said(call: Call, pet_id: int | None, pet_name: Said | None) -> PetWithRole | Clarification:
    """The pet of this id, unless another has the name beside it, else the one with this name, and what the person is to it. One that
    has died is found only by its id, or where nobody that lives has the name. Raises ToolError NOT_FOUND, MainAppError."""
    everyone = own_and_shared(call)
    if pet_id is not None:
        if pet_name is not None and (other := also_called(call, pet_id, str(pet_name))) is not None:
            return other
        return next((one for one in everyone if one[0].id == pet_id), None) or _read(call, pet_id)
    living = [one for one in everyone if one[0].status != "deceased"]
    if best := best_called(living, pet_name) or best_called(everyone, pet_name):
        return best[0] if len(best) == 1 else several_pets(call, best)
    near = rank(pet_name, [pet.name for pet, _role in living]).suggestions
    question = nobody_called(call, everyone, [living[hit.index] for hit in near])
    return Clarification(
        question.reason, question.message, ["pet_id"], [in_a_line(call, living[hit.index]) for hit in near]
    )


def best_called(pets: list[PetWithRole], name: object) -> list[PetWithRole]:
    """Whom the name fits best; none where it fits nobody. Of namesakes, the kind that stands beside it: "Biscuit the dog"."""
    hits = rank(name, [pet.name for pet, _role in pets]).best
    best = [pets[hit.index] for hit in hits]
    if hits and hits[0].closeness > Closeness.WORD:
        # Nobody is reminded of one that died by another's name that holds its own.
        best = [one for one in best if one[0].status != "deceased"]
    kinds = [pet.pet_type for pet, _role in best if pet.pet_type]
    if len(best) < 2 or not isinstance(name, str) or len(kinds) < len(best):
        return best
    own = {stem(word) for pet, _role in best for word in words(fold(pet.name))}
    beside = " ".join(word for word in words(lowered(name)) if stem(fold(word)) not in own)
    kind = understand_species(beside, kinds)
    return (
        best
        if isinstance(kind, Unclear)
        else [one for one in best if one[0].pet_type and one[0].pet_type.slug == kind.slug]
    )


def also_called(call: Call, pet_id: int, said: str) -> PetWithRole | Clarification | None:
    """What a name beside an id may mean: another pet is called so ("12", pet 12). None where none is. Raises MainAppError."""
    everyone = own_and_shared(call)
    of_id = [one for one in everyone if one[0].id == pet_id]
    called = [one for one in everyone if one[0].name.strip() == said.strip()]
    if not called or any(one in called for one in of_id):
        return None
    if not of_id and len(called) == 1:
        return called[0]
    question = several_pets(call, [*of_id, *called])
    message = f"pet_id {pet_id} is one pet, and {said} is what another is called. {question.message} Send pet_id as a number, alone."
    return replace(question, message=message)


def several_pets(call: Call, pets: list[PetWithRole]) -> Clarification:
    return Clarification(
        reason="several_pets",
        message="Several pets have this name. Where the person's words leave no doubt, send the candidate's pet_id; else ask "
        "which is meant.",
        missing_fields=["pet_id"],
        candidates=[in_a_line(call, one) for one in pets[:MOST_CANDIDATES]],
    )


def shown_name(pet: Pet, role: str) -> str:
    return pet.name if role == "owner" else name_of_others(pet.name)


def in_a_line(call: Call, one: PetWithRole) -> dict[str, Any]:
    """A candidate: its id, name and kind, and what tells it from its namesakes."""
    pet, role = one
    kind = pet.pet_type or pet_types.type_of(call.client, pet)
    parts = (pet.birthday_year, pet.birthday_month, pet.birthday_day)
    shown = {
        "pet_id": pet.id,
        "name": shown_name(pet, role),
        "species": kind.slug if kind else None,
        "sex": None if pet.sex == "not_specified" else pet.sex,
        "birthday": "-".join(f"{part:02d}" for part in parts if part is not None),
        "status": None if pet.status == "active" else pet.status,
        "role": None if role == "owner" else role,
        "owner_name": first_name(pet.owner_name),
    }
    return {name: value for name, value in shown.items() if value}


def _read(call: Call, pet_id: int) -> PetWithRole:
    try:
        pet = call.client.pets.read(pet_id)
    except AbilityMissing:
        raise
    except (NotFound, Forbidden):
        raise tool_error(NotFound(status=404)) from None
    return pet, role_in(pet, default="none")
