"""Writing pets: create, update, status, delete (main-app.md §6.3 to §6.5)."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime

from django.http import HttpResponse

from sandbox.answers import ApiError, InvalidError, Json, no_content, ok, unauthorized_action
from sandbox.birthdays import apply_birthday, birthday_errors
from sandbox.guards import check_base_version, check_expected
from sandbox.messages import text
from sandbox.pipeline import Call
from sandbox.records import Category, Pet
from sandbox.shapes.pets import pet_created, pet_json, pet_updated, pet_with_status
from sandbox.validation import (
    FILLED,
    NULLABLE,
    REQUIRED,
    Field,
    Presence,
    Rule,
    array,
    at_least,
    at_most,
    boolean,
    checked,
    exactly,
    field,
    integer,
    item_count,
    known_id,
    longest,
    moment,
    not_after,
    one_of,
    string,
    validated,
)

STATUSES = ("active", "lost", "deceased", "deleted")


def pet_fields(call: Call, presence: Presence) -> dict[str, Field]:
    world, language = call.world, call.language
    people = {user.id for user in world.users.values()}
    return {
        "name": field(
            presence,
            string,
            longest(255, text("name.max", language)),
            required_text=text("name.required", language),
        ),
        "sex": field(NULLABLE, one_of("male", "female", "not_specified")),
        "birthday": field(NULLABLE, moment, not_after(world.today())),
        "birthday_year": field(NULLABLE, integer, at_least(1900), at_most(world.today().year)),
        "birthday_month": field(NULLABLE, integer, at_least(1), at_most(12)),
        "birthday_day": field(NULLABLE, integer, at_least(1), at_most(31)),
        "birthday_precision": field(NULLABLE, one_of("day", "month", "year", "unknown")),
        "country": field(presence, string, exactly(2)),
        "state": field(NULLABLE, string, longest(255)),
        "city_id": field(NULLABLE, integer, known_id({city.id for city in world.cities})),
        "address": field(NULLABLE, string, longest(255)),
        "description": field(NULLABLE, string),
        "pet_type_id": field(
            NULLABLE if presence is REQUIRED else FILLED, known_id({row.id for row in world.pet_types})
        ),
        "category_ids": ids_of({row.id for row in world.categories}, item_count(most=10)),
        "viewer_user_ids": ids_of(people),
        "editor_user_ids": ids_of(people),
    }


def ids_of(known: Collection[int], *rules: Rule) -> Field:
    return field(NULLABLE, array, *rules, items=(known_id(known),), distinct=True)


def validated_pet(call: Call, fields: dict[str, Field]) -> dict[str, Json]:
    """The field rules, and behind them the birthday's own, whose texts join those of the same field."""
    values, errors = checked(call.body, fields)
    for name, message in birthday_errors(call.body, errors, call.world.today()).items():
        errors.setdefault(name, []).append(message)
    if isinstance(values.get("birthday"), datetime):
        values["birthday"] = values["birthday"].date()
    if errors:
        raise InvalidError(errors)
    return values


def create(call: Call) -> HttpResponse:
    world = call.world
    values = validated_pet(
        call,
        {
            **pet_fields(call, REQUIRED),
            "group_id": field(NULLABLE, known_id(())),
            "allow_duplicate": field(NULLABLE, boolean),
        },
    )
    slug = next((t.slug for t in world.pet_types if t.id == values.get("pet_type_id")), "cat")
    country = values["country"].upper()
    check_city(call, values.get("city_id"), country)
    categories = chosen_categories(call, values.get("category_ids") or [], slug)
    if call.release.duplicate_guard and call.holds("pet:write") and not values.get("allow_duplicate"):
        check_duplicate(call, values["name"], slug)
    pet = world.add_pet(
        call.me,
        name=values["name"],
        species=slug,
        country=country,
        sex=values.get("sex") or "not_specified",
        state=values.get("state"),
        address=values.get("address"),
        categories=categories,
    )
    set_city(call, pet, values.get("city_id"))
    set_description(call, pet, values.get("description"))
    apply_birthday(pet, values)
    for role in ("viewer", "editor"):
        set_people(call, pet, role, values.get(f"{role}_user_ids") or [])
    return ok(pet_created(pet, call.app, call.language), status=201)


def update(call: Call) -> HttpResponse:
    pet, world = call.record_of, call.world
    if not pet.may_be_edited_by(call.me):
        raise ApiError(403, text("forbidden", call.language))
    check_base_version(call, pet, lambda: pet_json(pet, call.app), since=call.release.base_version_everywhere)
    values = validated_pet(call, pet_fields(call, FILLED))
    country = (values.get("country") or pet.country).upper()
    check_city(call, values.get("city_id"), country)
    for role in ("viewer", "editor"):
        if f"{role}_user_ids" in values and "owner" not in pet.roles_of(call.me):
            raise ApiError(403, text("forbidden", call.language))
    before = pet_json(pet, call.app)
    # Nulls are dropped before saving: nothing of a pet can be cleared (main-app.md §6.4).
    sent = {name: value for name, value in values.items() if value is not None}
    for name in ("name", "sex", "state", "address"):
        if name in sent:
            setattr(pet, name, sent[name])
    pet.country = country
    if "pet_type_id" in sent:
        pet.pet_type = next(row for row in world.pet_types if row.id == sent["pet_type_id"])
    set_city(call, pet, sent.get("city_id"))
    set_description(call, pet, sent.get("description"))
    apply_birthday(pet, sent)
    changed = pet_json(pet, call.app) != before
    if "category_ids" in sent:
        categories = chosen_categories(call, sent["category_ids"], pet.pet_type.slug)
        changed, pet.categories = changed or categories != pet.categories, categories
    for role in ("viewer", "editor"):
        if f"{role}_user_ids" in sent:
            changed = set_people(call, pet, role, sent[f"{role}_user_ids"]) or changed
    if changed:
        world.changed(pet)
    return ok(pet_updated(pet, call.me, call.app, call.language))


def set_status(call: Call) -> HttpResponse:
    pet = call.record_of
    if not pet.may_be_edited_by(call.me):
        raise unauthorized_action()
    check_base_version(call, pet, lambda: pet_json(pet, call.app), since=call.release.base_version_everywhere)
    values = validated(
        call.body,
        {
            "status": field(REQUIRED, string, one_of(*STATUSES)),
            "expected_name": field(NULLABLE, string),
            "expected_status": field(NULLABLE, string),
        },
    )
    check_expected(call, same_pet(pet))
    if values["status"] == "deleted":
        if call.release.deleted_status_refused:
            raise ApiError(422, "Use the pet deletion endpoint for deleted status.")
        pet.deleted_at = call.world.timestamp()
    if values["status"] != pet.status:
        pet.status = values["status"]
        if pet.status in ("lost", "deceased"):
            call.world.leave_habits(pet)
        call.world.changed(pet)
    return ok(pet_with_status(pet, call.app, call.language))


def delete(call: Call) -> HttpResponse:
    pet = call.record_of
    if "owner" not in pet.roles_of(call.me):
        raise unauthorized_action()
    check_base_version(call, pet, lambda: pet_json(pet, call.app), since=call.release.base_version_everywhere)
    validated(call.body, {"expected_name": field(NULLABLE, string), "expected_status": field(NULLABLE, string)})
    check_expected(call, same_pet(pet))
    pet.deleted_at = call.world.timestamp()
    return no_content()


def same_pet(pet: Pet) -> dict[str, Callable[[Json], bool]]:
    return {
        "expected_name": lambda sent: sent in (None, pet.name),
        "expected_status": lambda sent: sent in (None, pet.status),
    }


def check_city(call: Call, city_id: int | None, country: str) -> None:
    city = next((row for row in call.world.cities if row.id == city_id), None)
    if city is not None and city.country != country:
        raise ApiError(422, "Selected city does not belong to the specified country.")


def check_duplicate(call: Call, name: str, slug: str) -> None:
    twins = [
        pet.id
        for pet in call.world.pets.values()
        if pet.created_by == call.me.id
        and pet.deleted_at is None
        and pet.pet_type.slug == slug
        and pet.name.strip().lower() == name.strip().lower()
    ]
    if twins:
        raise ApiError(
            409,
            "A pet with the same name and species already exists.",
            error="duplicate_pet",
            data={"existing_pet_ids": twins},
        )


def chosen_categories(call: Call, ids: list[int], slug: str) -> list[Category]:
    rows = [row for row in call.world.categories if row.id in ids]
    strange = any(row.pet_type.slug != slug or not row.is_visible_to(call.me) for row in rows)
    if call.release.category_matches_type and strange:
        raise ApiError(422, "Every category must be visible and match the pet type.")
    return rows


def set_city(call: Call, pet: Pet, city_id: int | None) -> None:
    if city_id is not None:
        pet.city = next(row for row in call.world.cities if row.id == city_id)
        pet.city_name = pet.city.name(call.language)


def set_description(call: Call, pet: Pet, description: str | None) -> None:
    if description is not None and description != pet.description:
        pet.description, pet.description_locale = description, call.language


def set_people(call: Call, pet: Pet, role: str, ids: list[int]) -> bool:
    """Replace the set of viewers or editors; true when it was another one."""
    active = [link for link in pet.relationships if link.role == role and link.end_at is None]
    if {link.user.id for link in active} == set(ids):
        return False
    for link in active:
        if link.user.id not in ids:
            link.end_at = link.updated_at = call.world.timestamp()
    for user in call.world.users.values():
        if user.id in ids and user.id not in {link.user.id for link in active}:
            call.world.share(pet, user, role)
    return True
