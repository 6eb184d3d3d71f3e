"""Seeing pets: the list of known_species, the person's pets, one by name, one by id."""

from typing import Any

from mainapp.errors import AbilityMissing, Forbidden, NotFound
from mainapp.records import Pet
from petstools import pet_types
from petstools.answers import Answer, Clarification, Code, Done, ToolError
from petstools.serializers import pets as forms
from petstools.tools import known_species
from petstools.tools.base import READS, Call, tool
from petstools.tools.presentation import WHOLE_TEXT, role_in, shown_pet, shown_pets
from petstools.understand.outcome import Unclear
from petstools.understand.pet_names import rank
from petstools.understand.species import understand_species

PAGE_SIZE = 50
MOST_CANDIDATES = 10


@tool(
    "List the kinds of animals that Meo Mai Moi knows",
    "Call this only when the person asks which kinds of animals are possible, or when another operation says that it "
    "does not know a species. Needs no sign-in.",
    answer=forms.PetTypesAnswer,
    scopes=("pets:read",),
    hints=READS,
    public=True,
)
def list_pet_types(call: Call) -> Answer:
    types = pet_types.pet_types(call.client)
    return Done({"pet_types": [{"id": one.id, "slug": one.slug, "name": one.name} for one in types]})


def own_and_shared(call: Call) -> list[tuple[Pet, str]]:
    """Every pet the person has to do with today, with their role: owned, fostered, shared; by name within each (one call)."""
    sections = call.client.sections()
    groups = (
        (sections.owned, "owner"),
        (sections.fostering_active, "foster"),
        (sections.shared, "viewer"),
    )
    known_species.remember(call, [pet for pets, _role in groups for pet in pets])
    return [
        (pet, role_in(pet, default=role))
        for pets, role in groups
        # The main app promises no order (trap 13): without one, pages and answers would change from call to call.
        for pet in sorted(pets, key=lambda pet: (pet.name.casefold(), pet.id))
    ]


@tool(
    "List the person's pets",
    "Call this when the person asks about all their pets, or which pets they have. Own, fostered and shared pets, each "
    "with age, next birthday, newest weight and what the person may do with it. To find one pet by name call find_pet.",
    query=forms.ListPetsQuery,
    answer=forms.PetsAnswer,
    scopes=("pets:read",),
    hints=READS,
)
def list_pets(call: Call, *, page: int = 1) -> Answer:
    pets = own_and_shared(call)
    shown = pets[(page - 1) * PAGE_SIZE : page * PAGE_SIZE]
    return Done(
        {
            "pets": shown_pets(call, shown),
            "total": len(pets),
            "page": page,
            "next_page": page + 1 if len(pets) > page * PAGE_SIZE else None,
        }
    )


@tool(
    "Find a pet by name or kind",
    "Call this first whenever the person names a pet, to get its pet_id. Spelling, diacritics and alphabet don't "
    "matter. One candidate: go on with it. Several: ask which one. clarification_needed: ask what its message says.",
    request=forms.FindPetRequest,
    answer=forms.FoundPetsAnswer,
    scopes=("pets:read",),
    hints=READS,
)
def find_pet(call: Call, *, name: Any = None, species: Any = None) -> Answer:
    if name is None and species is None:
        return Clarification(
            reason="missing",
            message="Ask the person for the pet's name (or what kind of animal it is), then call find_pet again.",
            missing_fields=["name"],
        )
    pets = own_and_shared(call)
    if species is not None:
        kind = understand_species(species, pet_types.pet_types(call.client))
        if isinstance(kind, Unclear):
            return Clarification.of(kind)
        of_kind = [(pet, role) for pet, role in pets if pet_types.is_of_type(pet, kind)]
    else:
        of_kind = pets
    if name is None:
        return _found(call, of_kind) if of_kind else _nobody(call, pets, "There is no pet of this kind.")
    ranking = rank(name, [pet.name for pet, _role in of_kind])
    if ranking.matches:
        return _found(call, [of_kind[hit.index] for hit in ranking.matches])
    if len(of_kind) < len(pets) and (elsewhere := rank(name, [pet.name for pet, _role in pets]).matches):
        return Clarification(
            reason="no_match",
            message="No pet of this kind has this name, but the candidates have it. Ask the person whether one of them is meant.",
            candidates=shown_pets(call, [pets[hit.index] for hit in elsewhere[:MOST_CANDIDATES]]),
        )
    return nobody_called(call, pets, [of_kind[hit.index] for hit in ranking.suggestions])


@tool(
    "Read one pet",
    "Call this when the person asks for one pet's whole profile, such as its full description, with the pet_id from "
    "find_pet or list_pets. Its weights, vaccinations, medical records and microchips have list operations of their own.",
    answer=forms.PetAnswer,
    scopes=("pets:read",),
    hints=READS,
    path_ids=("pet_id",),
)
def get_pet(call: Call, *, pet_id: int) -> Answer:
    pet = visible_pet(call, pet_id)
    return Done({"data": shown_pet(call, pet, role=role_in(pet, default="none"), text=WHOLE_TEXT)})


def visible_pet(call: Call, pet_id: int) -> Pet:
    """The pet, if the main app lets this person see it. Raises ToolError NOT_FOUND, the same for "not yours" and "no such"."""
    try:
        return call.client.pet(pet_id)
    except AbilityMissing:
        raise
    except (NotFound, Forbidden):
        raise ToolError(
            Code.NOT_FOUND,
            "This person has no pet with this id. Call find_pet with the name, or list_pets, and use an id from there.",
        ) from None


def _found(call: Call, pets: list[tuple[Pet, str]]) -> Done:
    return Done({"candidates": shown_pets(call, pets[:MOST_CANDIDATES]), "total": len(pets)})


def nobody_called(call: Call, pets: list[tuple[Pet, str]], near: list[tuple[Pet, str]]) -> Clarification:
    """The question when no pet has the name that was said: the near misses if there are any, all pets otherwise."""
    if not near:
        return _nobody(call, pets, "No pet of this person has a name like this.")
    return Clarification(
        reason="no_match",
        message="No pet has exactly this name. Ask the person whether one of the candidates is meant; if not, ask for the "
        "name again, or whether to add a new pet.",
        candidates=shown_pets(call, near[:MOST_CANDIDATES]),
    )


def _nobody(call: Call, pets: list[tuple[Pet, str]], what: str) -> Clarification:
    if not pets:
        return Clarification(
            reason="no_pets",
            message="This person has no pets on Meo Mai Moi yet. Ask whether to add one (create_pet).",
        )
    return Clarification(
        reason="no_match",
        message=f"{what} The candidates are the person's pets: ask which one is meant, or whether to add a new one.",
        candidates=shown_pets(call, pets[:MOST_CANDIDATES]),
    )
