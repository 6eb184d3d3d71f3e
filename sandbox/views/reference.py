"""Reference data: pet types, countries, cities, categories (main-app.md §7)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import TypeVar

from django.http import HttpResponse

from sandbox.answers import ApiError, Json, ok
from sandbox.messages import text
from sandbox.pipeline import Call
from sandbox.records import Category, City
from sandbox.shapes.reference import category_json, city_json, pet_type_json
from sandbox.validation import (
    NULLABLE,
    REQUIRED,
    Field,
    Rule,
    exactly,
    field,
    integer,
    known_id,
    longest,
    string,
    validated,
)

CITIES_A_DAY = 10
SEARCH = field(NULLABLE, string, longest(50))
_LATIN = str.maketrans("абвгдежзийклмнопрстуфхцчшщыэюяіїєґđ", "abvgdezziiklmnoprstufhccssyeuaiiegd", "ъь")
Named = TypeVar("Named", City, Category)


def pet_types(call: Call) -> HttpResponse:
    rows = sorted(call.world.pet_types, key=lambda row: (row.display_order, row.name(call.language)))
    return ok([pet_type_json(row, call.language) for row in rows])


def countries(call: Call) -> HttpResponse:
    if call.user is None and not call.release.countries_without_login:
        raise ApiError(401, "Unauthenticated.", reached_controller=False)
    return ok(call.world.countries)


def cities(call: Call) -> HttpResponse:
    values = validated(call.body, {"country": field(REQUIRED, string, exactly(2)), "search": SEARCH})
    rows = [row for row in call.world.cities if row.country == values["country"].upper()]
    return ok([city_json(row, call.language, call.app) for row in searched(rows, values.get("search"), call.language)])


def categories(call: Call) -> HttpResponse:
    values = validated(call.body, {"pet_type_id": pet_type_id(call), "search": SEARCH})
    rows = [
        row for row in call.world.categories if row.pet_type.id == values["pet_type_id"] and row.is_visible_to(call.me)
    ]
    found = searched(rows, values.get("search"), call.language)
    return ok([category_json(row, call.language, call.app) for row in found])


def searched(rows: Sequence[Named], search: str | None, language: str) -> list[Named]:
    """Those whose name in this language has the text in it (SQL's ILIKE), by name as bytes; nameless ones last."""
    pattern = "".join({"%": ".*", "_": "."}.get(sign, re.escape(sign)) for sign in search or "")
    found = [row for row in rows if re.search(pattern, row.name(language), re.IGNORECASE | re.DOTALL)]
    return sorted(found, key=lambda row: (row.name(language) == "", row.name(language)))


def create_city(call: Call) -> HttpResponse:
    """Public at once (main-app.md §7.3)."""
    world = call.world
    values = validated(call.body, {**new_name(call, 100), "country": field(REQUIRED, string, exactly(2))})
    country = values["country"].upper()
    twins = [row for row in world.cities if row.country == country]
    if same_name(twins, values["name"], call.language):
        raise ApiError(422, "A city with this name already exists for this country.")
    recent = [
        row for row in world.cities if row.created_by == call.me.id and row.created_at > world.now() - timedelta(days=1)
    ]
    if len(recent) >= CITIES_A_DAY:
        raise ApiError(
            422, f"You have reached the limit of {CITIES_A_DAY} cities per 24 hours. Please try again later."
        )
    row = City(
        *world.stamps("city"),
        slug_of(values["name"], {row.slug for row in twins}),
        country,
        {call.language: values["name"]},
        call.me.id,
        values.get("description"),
    )
    world.cities.append(row)
    return ok(city_json(row, call.language, call.app), status=201)


def create_category(call: Call) -> HttpResponse:
    """Seen by its maker alone until it is approved, but its name is taken for everybody (main-app.md §7.3)."""
    world = call.world
    values = validated(call.body, {**new_name(call, 50), "pet_type_id": pet_type_id(call)})
    kind = next(row for row in world.pet_types if row.id == values["pet_type_id"])
    twins = [row for row in world.categories if row.pet_type is kind]
    same = same_name(twins, values["name"], call.language)
    if same:
        raise ApiError(
            409,
            "A category with this name already exists for this pet type.",
            error="duplicate_category",
            data={"code": "duplicate_candidate", "existing_category_ids": [row.id for row in same]},
        )
    row = Category(
        *world.stamps("category"),
        slug_of(values["name"], {row.slug for row in twins}),
        {call.language: values["name"]},
        kind,
        call.me.id,
        values.get("description"),
    )
    world.categories.append(row)
    return ok(category_json(row, call.language, call.app), status=201)


def pet_type_id(call: Call) -> Field:
    return field(REQUIRED, integer, known_id({row.id for row in call.world.pet_types}))


def new_name(call: Call, limit: int) -> dict[str, Field]:
    too_long: Rule = longest(limit, f"Name cannot exceed {limit} characters.")
    return {
        "name": field(REQUIRED, string, too_long, required_text=text("name.required", call.language)),
        "description": field(NULLABLE, string, longest(500)),
    }


def same_name(rows: Sequence[Named], name: Json, language: str) -> list[Named]:
    """Letter case counts, and so does the language."""
    return [row for row in rows if row.names.get(language) == name]


def slug_of(name: str, taken: Collection[str]) -> str:
    """Laravel's Str::slug, numbered when it is taken."""
    plain = unicodedata.normalize("NFKD", name.lower().translate(_LATIN)).encode("ascii", "ignore").decode()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
    number = next(number for number in range(len(taken) + 1) if numbered(slug, number) not in taken)
    return numbered(slug, number)


def numbered(slug: str, number: int) -> str:
    return f"{slug}-{number}" if number else slug
