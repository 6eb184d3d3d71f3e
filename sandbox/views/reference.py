"""Reference data: pet types, countries, cities, categories (main-app.md §7)."""

from __future__ import annotations

from django.http import HttpResponse

from sandbox.answers import ApiError, ok
from sandbox.pipeline import Call
from sandbox.shapes.reference import category_json, city_json, pet_type_json
from sandbox.validation import NULLABLE, REQUIRED, exactly, field, known_id, longest, string, validated


def pet_types(call: Call) -> HttpResponse:
    rows = sorted(call.world.pet_types, key=lambda row: (row.display_order, row.name(call.language)))
    return ok([pet_type_json(row, call.language) for row in rows])


def countries(call: Call) -> HttpResponse:
    if call.user is None and not call.release.countries_without_login:
        raise ApiError(401, "Unauthenticated.", reached_controller=False)
    return ok(call.world.countries)


def cities(call: Call) -> HttpResponse:
    values = validated(
        call.body, {"country": field(REQUIRED, string, exactly(2)), "search": field(NULLABLE, string, longest(50))}
    )
    search = (values.get("search") or "").casefold()
    rows = [
        row
        for row in call.world.cities
        if row.country == values["country"].upper() and search in row.name(call.language).casefold()
    ]
    rows.sort(key=lambda row: row.name(call.language))
    return ok([city_json(row, call.language, call.app) for row in rows])


def categories(call: Call) -> HttpResponse:
    values = validated(
        call.body,
        {
            "pet_type_id": field(REQUIRED, known_id({row.id for row in call.world.pet_types})),
            "search": field(NULLABLE, string, longest(50)),
        },
    )
    search = (values.get("search") or "").casefold()
    rows = [
        row
        for row in call.world.categories
        if row.pet_type.id == values["pet_type_id"]
        and row.created_by in (None, call.me.id)
        and search in row.name.casefold()
    ]
    return ok([category_json(row, call.language, call.app) for row in sorted(rows, key=lambda row: row.name)])
