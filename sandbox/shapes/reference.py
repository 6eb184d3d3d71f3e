"""Pet types, cities and categories in JSON (main-app.md §7)."""

from __future__ import annotations

from sandbox.answers import Json
from sandbox.config import MainApp
from sandbox.records import Category, City, Pet, PetType

from .stamps import moment, timestamps


def pet_type_json(row: PetType, language: str) -> Json:
    return {
        "id": row.id,
        "slug": row.slug,
        "description": row.description,
        "is_system": True,
        "display_order": row.display_order,
        **timestamps(row),
        "placement_requests_allowed": row.placement_requests_allowed,
        "weight_tracking_allowed": row.weight_tracking_allowed,
        "microchips_allowed": row.microchips_allowed,
        "status": "active",
        "name": row.name(language),
    }


def city_json(row: City, language: str, app: MainApp) -> Json:
    return {
        "id": row.id,
        "slug": row.slug,
        "country": row.country,
        "description": row.description,
        "created_by": row.created_by,
        "approved_at": moment(row.created_at),
        **timestamps(row),
        "name": row.name(language),
        "usage_count": sum(pet.city is row for pet in living(app)),
    }


def category_json(row: Category, language: str, app: MainApp) -> dict[str, Json]:
    return {
        "id": row.id,
        "slug": row.slug,
        "pet_type_id": row.pet_type.id,
        "description": row.description,
        "created_by": row.created_by,
        "approved_at": moment(row.created_at) if row.created_by is None else None,
        **timestamps(row),
        "name": row.name(language),
        "usage_count": sum(row in pet.categories for pet in living(app)),
        "pet_type": pet_type_json(row.pet_type, language),
    }


def living(app: MainApp) -> list[Pet]:
    return [pet for pet in app.world.pets.values() if pet.deleted_at is None]
