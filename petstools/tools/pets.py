"""Seeing pets: the kinds there are, the person's pets, one by name, one by id, and how a pet is shown to a model."""

from collections.abc import Iterable, Mapping
from datetime import date
from functools import lru_cache
from typing import Any

from mainapp.errors import AbilityMissing, Forbidden, MainAppError, NotFound, TokenRefused
from mainapp.records import Pet, PetType, Sections
from petstools import pet_types
from petstools.answers import Answer, Clarification, Code, Done, ToolError
from petstools.serializers import pets as forms
from petstools.serializers.fields import Said
from petstools.tools import known_pets
from petstools.tools.base import READS, Call, tool
from petstools.tools.presentation import (
    LIST_TEXT,
    WHOLE_TEXT,
    breed_of,
    cut,
    first_name,
    name_of_others,
    paged,
    text_of_others,
)
from petstools.understand.age import age_at, next_birthday, stored_birthday
from petstools.understand.birthday import Birthday
from petstools.understand.outcome import Unclear
from petstools.understand.pet_names import rank
from petstools.understand.species import understand_species

PAGE_SIZE = 50
MOST_CANDIDATES = 10
MOST_PHOTOS = 20
# So many shared candidates are read one by one for their owner's name.
OWNERS_READ = 3
SEEN_BY_ALL = ("microchips", "photos")


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


def own_and_shared(call: Call, sections: Sections | None = None) -> list[tuple[Pet, str]]:
    """Every pet the person has to do with today, with their role: owned, fostered, shared; by name within each (one call).

    Without `sections` as this tool call first read them.
    """
    sections = sections or call.sections
    groups = (
        (sections.owned, "owner"),
        (sections.fostering_active, "foster"),
        (sections.shared, "viewer"),
    )
    pets_read = [pet for pets, _role in groups for pet in pets]
    homes = {pet.country for pet in sections.owned or pets_read if pet.country}
    known_pets.remember(call.connection.pk, pets_read, homes=homes)
    call.countries.update(homes)
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
    facts="All the person's pets: own, fostered and shared, with newest weight and vaccination state.",
    query=forms.ListPetsQuery,
    answer=forms.PetsAnswer,
    scopes=("pets:read",),
    hints=READS,
)
def list_pets(call: Call, *, page: int = 1, name: Said | None = None, species: Said | None = None) -> Answer:
    pets = own_and_shared(call)
    if species is not None:
        kind = understand_species(species, pet_types.pet_types(call.client))
        if isinstance(kind, Unclear):
            return Clarification.of(kind)
        pets = [(pet, role) for pet, role in pets if pet_types.is_of_type(pet, kind)]
    if name is not None:
        pets = [pets[hit.index] for hit in rank(name, [pet.name for pet, _role in pets]).matches]
    shown = pets[(page - 1) * PAGE_SIZE : page * PAGE_SIZE]
    more = len(pets) > page * PAGE_SIZE
    return Done(paged("pets", shown_pets(call, shown), page=page, total=len(pets), more=more))


@tool(
    "Find a pet by name or kind",
    "Call this first whenever the person names a pet, to get its pet_id. Spelling, diacritics and alphabet don't "
    "matter. One candidate: go on with it. Several: ask which one. clarification_needed: ask what its message says.",
    facts="Finds a pet by its name in any spelling or alphabet, or by its kind, and gives its pet_id.",
    request=forms.FindPetRequest,
    answer=forms.FoundPetsAnswer,
    scopes=("pets:read",),
    hints=READS,
)
def find_pet(call: Call, *, name: Said | None = None, species: Said | None = None) -> Answer:
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
        return _candidates(call, of_kind) if of_kind else _nobody(pets, "There is no pet of this kind.")
    ranking = rank(name, [pet.name for pet, _role in of_kind])
    if ranking.matches:
        return _candidates(call, [of_kind[hit.index] for hit in ranking.matches])
    if len(of_kind) < len(pets) and (elsewhere := rank(name, [pet.name for pet, _role in pets]).matches):
        return Clarification(
            reason="no_match",
            message="No pet of this kind has this name, but the candidates have it. Ask the person whether one of them is meant.",
            candidates=_living_first(call, [pets[hit.index] for hit in elsewhere]),
        )
    return nobody_called(call, pets, [of_kind[hit.index] for hit in ranking.suggestions])


@tool(
    "Read one pet",
    "Call this when the person asks for one pet's whole profile, such as its full description, with the pet_id from "
    "find_pet or list_pets. Its weights, vaccinations, medical records and microchips have list operations of their own.",
    facts="One pet's whole profile, with its full description.",
    query=forms.GetPetQuery,
    answer=forms.PetAnswer,
    scopes=("pets:read",),
    hints=READS,
    path_ids=("pet_id",),
)
def get_pet(call: Call, *, pet_id: int) -> Answer:
    pet = visible_pet(call, pet_id)
    photos = [
        {"id": one.id, "url": one.thumb_url or one.url, "is_main": one.is_primary} for one in pet.photos[:MOST_PHOTOS]
    ]
    shown = shown_pet(call, pet, role=role_in(pet, default="none"), text=WHOLE_TEXT)
    return Done({"data": {**shown, **({"photos": photos, "photo_count": len(pet.photos)} if photos else {})}})


def visible_pet(call: Call, pet_id: int) -> Pet:
    """The pet, if the main app lets this person see it. Raises ToolError NOT_FOUND, the same for "not yours" and "no such"."""
    try:
        pet = call.client.pets.read(pet_id)
    except AbilityMissing:
        raise
    except (NotFound, Forbidden):
        raise ToolError(
            Code.NOT_FOUND,
            "This person has no pet with this id. Call find_pet with the name, or list_pets, and use an id from there.",
        ) from None
    call.lives(pet)
    return pet


def _candidates(call: Call, pets: list[tuple[Pet, str]]) -> Done:
    shown = _living_first(call, pets)
    for pet in [pet for pet in shown if pet["role"] != "owner"][:OWNERS_READ]:
        pet["owner_name"] = _owner_name(call, pet["id"])
    return Done({"candidates": shown, "total": len(pets), **_where_what_is_due(shown)})


def _where_what_is_due(shown: list[dict[str, Any]]) -> dict[str, str]:
    """That something is overdue or due soon is half an answer: the list of pets knows neither the vaccine nor the day."""
    if len(shown) != 1 or not shown[0]["can_edit"] or shown[0].get("vaccination_status") not in ("overdue", "due_soon"):
        return {}
    return {"note": "Which vaccine is due, and when: list_vaccinations."}


def _owner_name(call: Call, pet_id: int) -> str | None:
    """Whose a shared pet is; None where that can't be read right now, which costs nobody the pet. Lists don't tell it."""
    try:
        return first_name(call.client.pets.read(pet_id).owner_name)
    except TokenRefused:
        raise
    except MainAppError:
        return None


def _living_first(call: Call, pets: list[tuple[Pet, str]]) -> list[dict[str, Any]]:
    """The first of them as candidates: a pet that has died is never offered before one that lives."""
    return shown_pets(call, sorted(pets, key=lambda one: one[0].status == "deceased")[:MOST_CANDIDATES])


def nobody_called(call: Call, pets: list[tuple[Pet, str]], near: list[tuple[Pet, str]]) -> Clarification:
    """The question when no pet has the name that was said: the near misses if there are any, one line otherwise."""
    if not near:
        return _nobody(pets, "No pet of this person has a name like this.")
    return Clarification(
        reason="no_match",
        message="No pet has exactly this name. Ask the person whether one of the candidates is meant; if not, ask for the "
        "name again, or whether to add a new pet.",
        candidates=_living_first(call, near),
    )


def _nobody(pets: list[tuple[Pet, str]], what: str) -> Clarification:
    if not pets:
        return Clarification(
            reason="no_pets",
            message="This person has no pets on Meo Mai Moi yet. Ask whether to add one (create_pet).",
        )
    names = ", ".join(
        pet.name if role == "owner" else name_of_others(pet.name) for pet, role in pets if pet.status != "deceased"
    )
    theirs = f" Theirs: {cut(names, LIST_TEXT)}." if names else ""
    return Clarification(
        reason="no_match",
        message=f"{what}{theirs} It may be somebody else's animal, or one that is not here yet: where the person's words leave that "
        "open, ask.",
    )


# --- How a pet is shown ------------------------------------------------------------------------


def role_in(pet: Pet, *, default: str = "viewer") -> str:
    """What the person is to a pet: owner, editor, foster, sitter, viewer or group_member (contract §6.2)."""
    may = pet.permissions
    if may is None:
        return default
    for role in ("owner", "editor", "foster", "sitter", "viewer"):
        if getattr(may, f"is_{role}"):
            return role
    if any(source.type == "group" for source in may.sources):
        return "group_member"
    return default


def shown_pet(call: Call, pet: Pet, *, role: str, text: int = LIST_TEXT) -> dict[str, Any]:
    """A pet as `PetSerializer` documents it. `role` is what the answer's section told (`role_in` where none did)."""
    # Its own record names its kind, fresh and in the person's language; the list is only asked where that is missing.
    kind = pet.pet_type or pet_types.type_of(call.client, pet)
    may = pet.permissions
    is_own = role == "owner"
    can_edit = may.can_edit if may else is_own
    parts = (pet.birthday_precision, pet.birthday_year, pet.birthday_month, pet.birthday_day)
    return {
        "id": pet.id,
        "name": pet.name if is_own else name_of_others(pet.name),
        "species": kind.slug if kind else None,
        "species_name": kind.name if kind else None,
        "sex": pet.sex,
        "status": pet.status,
        "role": role,
        "can_edit": can_edit,
        "can_delete": may.can_delete if may and may.can_delete is not None else is_own,
        **_keeps(kind, can_edit),
        **_birthday(*parts, call.today, pet.status != "deceased"),
        "country": pet.country,
        "city": pet.city,
        **({"breed": breed} if pet.categories and (breed := breed_of(pet)) else {}),
        "description": cut(pet.description, text) or None if is_own else None,
        "photo_url": pet.photo_url,
        **({} if is_own else _of_others(pet, text)),
        **_health(pet),
    }


def _of_others(pet: Pet, text: int) -> dict[str, Any]:
    """Whose a pet is that is somebody else's, and what was written about it, which a list never carries."""
    owner = {"owner_name": first_name(pet.owner_name)} if pet.relationships else {}
    if text > LIST_TEXT:
        return owner | {"text_by_others": text_of_others(pet.description, text)}
    # Otherwise a null description would say that there is none.
    return owner | ({"has_text_by_others": True} if pet.description else {})


def shown_pets(call: Call, pets: Iterable[tuple[Pet, str]], *, text: int = LIST_TEXT) -> list[dict[str, Any]]:
    return [shown_pet(call, pet, role=role, text=text) for pet, role in pets]


@lru_cache(maxsize=256)
def _keeps(kind: PetType | None, can_edit: bool) -> Mapping[str, Any]:
    """What Meo Mai Moi keeps for this kind, and which of it somebody who may not change the pet sees all the same (contract §11.1)."""
    keeps = kind.keeps if kind else ["habits"]
    return {"keeps": keeps} if can_edit else {"keeps": keeps, "may_read": [one for one in keeps if one in SEEN_BY_ALL]}


# The calls of one conversation ask of the same pets on the same day.
@lru_cache(maxsize=1024)
def _birthday(
    precision: str, year: int | None, month: int | None, day: int | None, today: date, lives: bool
) -> Mapping[str, Any]:
    """What a birthday tells today. A pet that has died has one, and neither an age nor a next one."""
    birthday = stored_birthday(precision, year, month, day)
    age = age_at(birthday, today) if lives else None
    coming = next_birthday(birthday, today) if lives else None
    return {
        "birthday": _written(birthday) if birthday else None,
        "birthday_precision": birthday.precision if birthday else "unknown",
        "age": age.text if age else None,
        "age_months": age.years * 12 + age.months if age and age.months is not None else None,
        "age_is_approximate": age.approximate if age else None,
        "next_birthday_at": (coming.date.isoformat() if coming.date else coming.month) if coming else None,
        "next_birthday_is_approximate": coming.approximate if coming else None,
        "days_until_birthday": coming.days_until if coming else None,
        "turns": coming.turns_age if coming else None,
    }


def _written(birthday: Birthday) -> str:
    parts = (birthday.year, birthday.month, birthday.day)
    return "-".join(f"{part:02d}" for part in parts if part is not None)


def _health(pet: Pet) -> dict[str, Any]:
    """Only lists carry it (contract §6.2); a pet read alone has no such keys rather than empty ones."""
    if pet.health is None:
        return {}
    health = pet.health
    return {
        "latest_weight_kg": float(health.latest_weight_kg) if health.latest_weight_kg is not None else None,
        "latest_weight_on": health.latest_weight_on.isoformat() if health.latest_weight_on else None,
        "vaccination_status": health.vaccination_status,
    }
