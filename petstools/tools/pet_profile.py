"""A pet's own profile: making one, changing it (contract §6.3, §6.4)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache
from typing import Any, TypedDict, Unpack

import msgspec

from mainapp.errors import DuplicatePet, ValidationFailed
from mainapp.messages import LANGUAGES
from mainapp.records import Pet
from mainapp.versions import AppVersion
from petstools import pet_types
from petstools.answers import Answer, Clarification, Code, Done, ToolError, Undo, changed
from petstools.errors import tool_error
from petstools.serializers import pet_profile as forms
from petstools.serializers.fields import Said
from petstools.tools import known_pets
from petstools.tools.base import ADDS, CHANGES, Call, tool
from petstools.tools.breed_and_city import breeds_said, city_said
from petstools.tools.clarifications import any_question, asked_to_clear, missing, nothing_to_change
from petstools.tools.pets import MOST_CANDIDATES, own_and_shared, role_in, shown_pet, shown_pets, visible_pet
from petstools.tools.plausible import CONFIRM
from petstools.tools.presentation import WHOLE_TEXT, breed_of, refuse_a_cut_text, text_of_others
from petstools.tools.said import asked_if_too_late, birthday_said, text_said
from petstools.tools.writing import Changed, Written, added_to, create_once, new_key, update_record, written_lately
from petstools.understand.birthday import Birthday
from petstools.understand.country import understand_country, unmistakable
from petstools.understand.not_known import names_nobody, says_unknown
from petstools.understand.outcome import Unclear
from petstools.understand.pet_names import LONGEST_NAME
from petstools.understand.sex import understand_sex
from petstools.understand.species import understand_species
from petstools.understand.text import as_written, quoted
from petstools.understand.text import said as cleaned

BIRTHDAY_FIELDS = ("birth_date", "birth_month_year", "age_months", "age")
# What can be emptied by writing "not known" into it; nothing else of a pet can be (trap 8).
CLEARABLE: Mapping[str, Mapping[str, Any]] = {
    "birth_date": {"birthday_precision": "unknown"},
    "sex": {"sex": "not_specified"},
    "breed": {"category_ids": []},
}
# The main app's names for our fields, where they differ.
FIELD_NAMES = {
    "pet_type_id": "species",
    "city_id": "city",
    "category_ids": "breed",
    "birthday": "birth_date",
    "birthday_precision": "birth_date",
    "birthday_year": "birth_date",
    "birthday_month": "birth_date",
    "birthday_day": "birth_date",
}
# Before this one the main app made duplicates without a word (contract §14).
DUPLICATES_REFUSED = AppVersion(1, 18, 1)

PetsWithRoles = Sequence[tuple[Pet, str]]


class ProfileSaid(TypedDict, total=False):
    """What may be said of a pet, as it came (the serializer `PetProfile`)."""

    name: Said
    species: Said
    sex: Said
    birth_date: Said
    birth_month_year: Said
    age_months: Said
    age: Said
    country: Said
    city: Said
    breed: Said
    description: Said
    description_language: Said


@dataclass
class _Profile:
    """What was said, under the main app's names; `questions` are what has to be asked before anything is written."""

    values: dict[str, Any] = field(default_factory=dict)
    questions: list[Clarification] = field(default_factory=list)
    # The description's own: the main app takes the request's language for it, and translates from that (contract §12).
    language: str | None = None

    def take(self, name: str, understood: Any) -> None:
        if isinstance(understood, Unclear):
            understood = Clarification.of(understood)
        if isinstance(understood, Clarification):
            self.questions.append(understood)
        else:
            self.values[name] = understood


@tool(
    "Add a new pet",
    "Call this when the person wants to add a pet. Needs name and species; send what else they said, and don't ask for "
    "the rest. clarification_needed: ask what its message says. possible_duplicate: nothing was created, ask whether it is the same "
    "animal.",
    facts="Adds a pet. Needs name and species. possible_duplicate: nothing was created.",
    request=forms.CreatePetRequest,
    answer=forms.CreatedPetAnswer,
    scopes=("pets:write",),
    hints=ADDS,
    creates=True,
)
def create_pet(
    call: Call, *, confirm_duplicate: bool = False, again: bool = False, **said: Unpack[ProfileSaid]
) -> Answer:
    pets = cache(lambda: own_and_shared(call))
    home = None if "country" in said else _home_of(pets())
    profile = _understood(call, said, known_slug=None)
    if "name" not in said:
        profile.questions.append(missing("name", "Ask what the pet is called."))
    elif not again and names_nobody(said["name"]):
        ask = (
            f"{quoted(said['name'])} is hardly a name. Ask what the pet is called, or how to call it for now. {CONFIRM}"
        )
        profile.questions.append(missing("name", ask))
    if "species" not in said:
        profile.questions.append(missing("species", "Ask what kind of animal it is."))
    if home is not None:
        profile.take("country", home)
    _take_breed_and_city(call, profile, said, None)
    if question := any_question(*profile.questions):
        return question
    body = {**profile.values, "allow_duplicate": True} if confirm_duplicate else profile.values

    def send(key: str) -> Pet:
        told_by_main_app = confirm_duplicate or call.client.app_version() >= DUPLICATES_REFUSED
        twins = [] if told_by_main_app else _twins(pets(), body["name"], body["pet_type_id"])
        if twins:
            raise DuplicatePet(existing_pet_ids=tuple(pet.id for pet, _role in twins))
        return call.client.pets.create(body, key=key, language=profile.language)

    def create() -> Written[Pet]:
        return create_once(
            call,
            "create_pet",
            body,
            send=send,
            read=call.client.pets.read,
            find=lambda: (
                pet for pet, _role in own_and_shared(call, call.client.pets.sections()) if _is_as(pet, profile.values)
            ),
            again=again,
        )

    try:
        try:
            written = create()
        except DuplicatePet as error:
            there = [(pet, role) for pet, role in pets() if pet.id in error.existing_pet_ids]
            beside = {**body, "allow_duplicate": True}
            written_so = not again and written_lately(call, "create_pet", beside) in error.existing_pet_ids
            if not written_so and not _of_the_other_sex([pet for pet, _role in there], body.get("sex")):
                raise
            confirm_duplicate, body = True, beside
            written = create()
    except DuplicatePet as error:
        there = [(pet, role) for pet, role in pets() if pet.id in error.existing_pet_ids]
        return _possible_duplicate(call, body["name"], there, "Nothing was created.")
    except ValidationFailed as error:
        raise tool_error(error, field_names=FIELD_NAMES) from None
    # The reply named the kind in the description's language, and does not say whose the pet is: its maker's (contract §6.2).
    pet = msgspec.structs.replace(written.record, pet_type=pet_types.type_of(call.client, written.record))
    known_pets.remember_one(call.connection.pk, pet)
    return Done(
        {
            "data": shown_pet(call, pet, role=role_in(pet, default="owner"), text=WHOLE_TEXT),
            "already_recorded": written.already,
            **Undo("delete_pet", {"pet_id": pet.id}).as_json(),
        },
        created=not written.already,
    )


@tool(
    "Change a pet's profile",
    "Call this to change a pet's name, kind, breed, sex, birthday or age, country, city, description or main photo. "
    "Get pet_id from find_pet. Send only what changes, then tell the person what is stored now. Lost, found or died: "
    "set_pet_status. Weight: add_weight.",
    facts="Changes a pet's profile, birthday or main photo among it; only what is sent. Lost, found or died: set_pet_status.",
    request=forms.UpdatePetRequest,
    answer=forms.UpdatedPetAnswer,
    scopes=("pets:write",),
    hints=CHANGES,
    path_ids=("pet_id",),
)
def update_pet(
    call: Call,
    *,
    pet_id: int,
    add_description: Said | None = None,
    main_photo_id: int | None = None,
    clear: Sequence[str] = (),
    confirm_duplicate: bool = False,
    **said: Unpack[ProfileSaid],
) -> Answer:
    if main_photo_id is not None and not said and not clear and add_description is None:
        return _main_photo(call, pet_id, main_photo_id)
    emptied = _names_of_fields(clear)
    if question := asked_to_clear(emptied, can=CLEARABLE, with_values=_names_of_fields(_given(said))):
        return question
    # What age, breed and city can be depends on what it is and where.
    reads = (*BIRTHDAY_FIELDS, "species", "breed", "country", "city")
    before = visible_pet(call, pet_id) if any(name in _given(said) for name in reads) else None
    profile = _understood(call, said, known_slug=before.pet_type.slug if before and before.pet_type else None)
    if before is not None:
        _take_breed_and_city(call, profile, said, before)
    if question := any_question(*profile.questions):
        return question
    changes = profile.values
    if (addition := text_said(add_description)) is not None:
        before = before or visible_pet(call, pet_id)
        changes["description"] = added_to(changes.get("description", before.description), addition)
    for name in emptied:
        changes |= CLEARABLE[name]
    if not changes:
        return nothing_to_change(
            "to be changed: name, species, sex, birthday or age, country, city, breed or description. To say that the birthday is not "
            "known, send clear with birth_date",
            ["name", "species", "sex", "birth_date", "country", "description"],
        )
    if not confirm_duplicate and (question := _asked_about_twins(call, pet_id, changes)):
        return question
    try:
        written = update_record(
            lambda: visible_pet(call, pet_id),
            changes,
            send=lambda body, key: call.client.pets.update(pet_id, body, key=key, language=profile.language),
            before=before,
        )
    except ValidationFailed as error:
        raise tool_error(error, field_names=FIELD_NAMES) from None
    pet = written.now
    known_pets.remember_one(call.connection.pk, pet)
    shown = shown_pet(call, pet, role=role_in(pet, default="none"), text=WHOLE_TEXT)
    was, notes = _before_and_undo(call, written)
    if main_photo_id is not None:
        notes.append("The main photo was not changed: send main_photo_id alone.")
    if "country" in changes and "city_id" not in changes and pet.city and written.before.country != pet.country:
        notes.append(f"The city is still {pet.city}. Tell the person; as soon as they know it, send city.")
    return Done({"data": shown, **was, **({"note": " ".join(notes)} if notes else {})})


def _before_and_undo(call: Call, pet: Changed[Pet]) -> tuple[dict[str, Any], list[str]]:
    """What was, the call that brings it back, and what of it no call can (trap 8: only birthday and sex can be emptied)."""
    was = changed(_fields(call, pet.before), _fields(call, pet.now), "update_pet", pet_id=pet.now.id)
    if "undo" not in was:
        return was, []
    arguments: dict[str, Any] = was["undo"]["arguments"]
    stays = [name for name in arguments.get("clear", ()) if name not in CLEARABLE]
    if stays:
        arguments["clear"] = [name for name in arguments["clear"] if name in CLEARABLE]
        if not arguments["clear"]:
            del arguments["clear"]
    if arguments.get("country"):
        arguments["country"] = unmistakable(arguments["country"])
        if "city" in stays:
            # It would be asked about.
            arguments["city"] = "unknown"
    if "description" in arguments and pet.before.description_locale in LANGUAGES:
        # Written without it, it would be taken for text in the request's language, and translated from that (contract §12).
        arguments["description_language"] = pet.before.description_locale
    if arguments.keys() & {"name", "species"}:
        # It stood beside its namesake before.
        arguments["confirm_duplicate"] = True
    notes = (
        [
            f"Meo Mai Moi can replace {' and '.join(stays)} from now on, but not empty it again. Tell the person; to take it "
            "back, ask what shall stand there instead."
        ]
        if stays
        else []
    )
    if was["before"].get("description") and role_in(pet.now, default="owner") != "owner":
        notes += _words_of_others_apart(was["before"], arguments)
    if arguments.keys() == {"pet_id"}:
        del was["undo"]
    return was, notes


def _words_of_others_apart(before: dict[str, Any], undo: dict[str, Any]) -> list[str]:
    """What stood there may be somebody else's words (rule 18): shown as theirs, and given back only where that is all that it held."""
    raw = before.pop("description")
    before["text_by_others"] = shown = text_of_others(raw, WHOLE_TEXT)
    if shown == raw.strip():
        return []
    undo.pop("description", None)
    return [
        "The description before was somebody else's, with links or longer than is shown: undo does not bring it back. Tell the person."
    ]


def _fields(call: Call, pet: Pet) -> dict[str, Any]:
    """As update_pet takes them, texts whole; None is what it can clear, or what was never there."""
    kind = pet.pet_type or pet_types.type_of(call.client, pet)
    parts = (pet.birthday_year, pet.birthday_month, pet.birthday_day)
    return {
        "name": pet.name,
        "species": kind.slug if kind else None,
        "sex": None if pet.sex == "not_specified" else pet.sex,
        "birth_date": "-".join(f"{part:02d}" for part in parts if part is not None) or None,
        "country": pet.country,
        "city": pet.city,
        "breed": breed_of(pet),
        "description": pet.description or None,
    }


def _is_as(pet: Pet, values: Mapping[str, Any]) -> bool:
    # Lists tell no categories.
    return all(getattr(pet, name) == value for name, value in values.items() if name != "category_ids")


def _understood(call: Call, said: ProfileSaid, *, known_slug: str | None) -> _Profile:
    profile = _Profile()
    slug = known_slug
    if "name" in said:
        profile.take("name", _name(said["name"]))
    if "species" in said:
        kind = understand_species(said["species"], pet_types.pet_types(call.client))
        profile.take("pet_type_id", kind if isinstance(kind, Unclear) else kind.id)
        slug = None if isinstance(kind, Unclear) else kind.slug
    if "sex" in said:
        profile.take("sex", understand_sex(said["sex"]))
    if "country" in said:
        profile.take("country", understand_country(said["country"]))
        if country := profile.values.get("country"):
            call.countries.add(country)
    _take_birthday(call, profile, said, slug)
    if "description" in said:
        text = said["description"]
        text = text.strip() if isinstance(text, str) else cleaned(text)
        refuse_a_cut_text("description", text, add="add_description (of update_pet)")
        if text:
            profile.values["description"] = text
            language = cleaned(said.get("description_language")).lower()
            profile.language = language if language in LANGUAGES else None
    return profile


def _take_breed_and_city(call: Call, profile: _Profile, said: ProfileSaid, before: Pet | None) -> None:
    """What depends on the pet's kind and country: those said, else those that it has (trap 57)."""
    kind = profile.values.get("pet_type_id", before.pet_type_id if before else None)
    country = profile.values.get("country", before.country if before else None)
    if "breed" in said and kind is not None and not says_unknown(said["breed"]):
        profile.take("category_ids", breeds_said(call, said["breed"], kind, before))
    elif before is not None and kind != before.pet_type_id and before.categories:
        # They are of the other kind, and would stay.
        profile.values["category_ids"] = []
    if "city" in said and country is not None and not says_unknown(said["city"]):
        profile.take("city_id", city_said(call, said["city"], country))
    elif "city" not in said and before is not None and before.city and country != before.country:
        profile.questions.append(
            Clarification(
                reason="missing",
                message=f"{before.name} moves to {country}, and its city is still {before.city}. Nothing was saved. Send the new city "
                "if the person said it; else ask. If they don't know, city 'unknown': then the old one stays.",
                missing_fields=["city"],
            )
        )


def _main_photo(call: Call, pet_id: int, photo_id: int) -> Answer:
    before = visible_pet(call, pet_id)
    main = next((one.id for one in before.photos if one.is_primary), None)
    was: dict[str, Any] = {"before": {}}
    if all(one.id != photo_id for one in before.photos):
        raise ToolError(Code.NOT_FOUND, f"{before.name} has no such photo. Call get_pet and use an id of its photos.")
    if main == photo_id:
        pet = before
    else:
        pet = call.client.pets.set_primary_photo(pet_id, photo_id, key=new_key())
        undo = Undo("update_pet", {"pet_id": pet_id, "main_photo_id": main}) if main is not None else None
        was = {"before": {"main_photo_id": main}, **(undo.as_json() if undo else {})}
    return Done({"data": shown_pet(call, pet, role=role_in(pet, default="none"), text=WHOLE_TEXT), **was})


def _given(said: ProfileSaid) -> dict[str, Any]:
    """What was said, without a birthday of which only was said that it is not known."""
    return {name: value for name, value in said.items() if name not in BIRTHDAY_FIELDS or not says_unknown(value)}


def _name(value: object) -> str | Unclear:
    name = as_written(value, limit=LONGEST_NAME)
    return name or Unclear(
        "name", "not_understood", f"This is no name of a pet (1 to {LONGEST_NAME} characters). Ask what it is called."
    )


def _take_birthday(call: Call, profile: _Profile, said: ProfileSaid, slug: str | None) -> None:
    fields = {name: value for name, value in _given(said).items() if name in BIRTHDAY_FIELDS}
    if not fields:
        return
    birthday = birthday_said(call, fields, species_slug=slug)
    if isinstance(birthday, Unclear):
        profile.questions.append(Clarification.of(birthday))
    elif birthday is not None:
        if question := _not_yet(call, birthday, field=next(iter(fields))):
            profile.questions.append(question)
        # Parts and precision, never `birthday` alone: that would be lost with a 201 (trap 9).
        parts = {"year": birthday.year, "month": birthday.month, "day": birthday.day}
        profile.values["birthday_precision"] = birthday.precision
        profile.values |= {f"birthday_{part}": value for part, value in parts.items() if value is not None}


def _not_yet(call: Call, birthday: Birthday, *, field: str) -> Clarification | None:
    """A birthday that the main app, whose day is UTC's, does not take yet (trap 6)."""
    first = date(birthday.year, birthday.month or 1, birthday.day or 1)
    question = asked_if_too_late(call, first, field=field)
    if question is None or birthday.precision == "day":
        return question
    # The month or year has begun for the person and not in UTC: its last day would say more than anybody knows.
    earlier = str(question.candidates[0][field])[: 7 if birthday.precision == "month" else 4]
    return replace(
        question,
        message=f"Meo Mai Moi's day is UTC's, and this {birthday.precision} has not begun there yet. Nothing was saved. Ask the "
        f"person: save it with {earlier}, leave the birthday out for now, or say it again in a few hours?",
        candidates=[{field: earlier}],
    )


def _home_of(pets: PetsWithRoles) -> str | Unclear:
    """The country where the person's own pets live, when it is one."""
    countries = sorted({pet.country for pet, role in pets if role == "owner" and pet.country})
    if len(countries) == 1:
        return countries[0]
    return Unclear(
        "country",
        "missing",
        "Ask in which country the pet lives.",
        tuple({"country": country} for country in countries),
    )


def _asked_about_twins(call: Call, pet_id: int, changes: Mapping[str, Any]) -> Clarification | None:
    """The main app lets a pet be renamed into a second one of the same name and kind; here that is asked about."""
    if not changes.keys() & {"name", "pet_type_id"}:
        return None
    pets = own_and_shared(call)
    mine = next((pet for pet, role in pets if pet.id == pet_id and role == "owner"), None)
    if mine is None:
        return None
    name, kind = changes.get("name", mine.name), changes.get("pet_type_id", mine.pet_type_id)
    if (_bare(name), kind) == (_bare(mine.name), mine.pet_type_id):
        return None
    twins = [(pet, role) for pet, role in _twins(pets, name, kind) if pet.id != pet_id]
    return _possible_duplicate(call, name, twins, "Nothing was changed.") if twins else None


def _twins(pets: PetsWithRoles, name: str, pet_type_id: int) -> list[tuple[Pet, str]]:
    return [
        (pet, role)
        for pet, role in pets
        if role == "owner" and pet.pet_type_id == pet_type_id and _bare(pet.name) == _bare(name)
    ]


def _of_the_other_sex(twins: Sequence[Pet], sex: str | None) -> bool:
    """Whether these can't be the pet that is meant: two Momos, a tom and a queen, need no question."""
    known = ("male", "female")
    return bool(twins) and sex in known and all(pet.sex in known and pet.sex != sex for pet in twins)


def _bare(name: str) -> str:
    return name.strip().casefold()


def _possible_duplicate(call: Call, name: str, there: PetsWithRoles, what_was_done: str) -> Clarification:
    whose = "" if there else " It was made by this person and is no longer among their pets."
    return Clarification(
        reason="possible_duplicate",
        message=f"There already is a pet of this kind named {name}.{whose} {what_was_done} Ask the person whether it is the same "
        "animal (a candidate may be lost or have died: see its status, and speak with care). The same: go on with its id. Really "
        "another one: send the same call again with confirm_duplicate true.",
        candidates=shown_pets(call, there[:MOST_CANDIDATES]),
    )


def _names_of_fields(names: Iterable[str]) -> list[str]:
    """The fields named, all ways of telling a birthday as one."""
    return ["birth_date" if name in (*BIRTHDAY_FIELDS, "birthday") else name for name in names]
