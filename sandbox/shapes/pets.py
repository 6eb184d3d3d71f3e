"""Pets in JSON, with the keys of every place they appear in (main-app.md §6.2)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sandbox.answers import Json
from sandbox.config import MainApp
from sandbox.records import Pet, Relationship, User

from .images import photo_keys
from .people import user_json
from .reference import category_json, city_json, pet_type_json
from .stamps import midnight, moment, timestamps

DUE_SOON = timedelta(days=30)


def pet_json(pet: Pet, app: MainApp) -> dict[str, Json]:
    """The bare model, which every other shape of a pet extends."""
    photos = photo_keys(pet.photos, app, has_primary=True)
    row: dict[str, Json] = {
        "id": pet.id,
        "pet_type_id": pet.pet_type.id,
        "created_by": pet.created_by,
        "name": pet.name,
        "birthday": midnight(pet.birthday),
        "description": pet.description,
        "status": pet.status,
        **timestamps(pet),
        "birthday_year": pet.birthday_year,
        "birthday_month": pet.birthday_month,
        "birthday_day": pet.birthday_day,
        "birthday_precision": pet.birthday_precision,
        "deleted_at": moment(pet.deleted_at),
        "country": pet.country,
        "state": pet.state,
        "city": pet.city_name,
        "address": pet.address,
        "sex": pet.sex,
        "city_id": None if pet.city is None else pet.city.id,
        "description_locale": pet.description_locale,
        "photo_url": photos["photos"][0]["thumb_url"] if pet.photos else None,
        **photos,
        "user_id": pet.created_by,
    }
    if not app.release.description_locale:
        del row["description_locale"]
    return row


def pet_in_list(pet: Pet, app: MainApp, language: str) -> dict[str, Json]:
    """An item of /my-pets (column L)."""
    row = pet_json(pet, app) | {"pet_type": pet_type_json(pet.pet_type, language)}
    if app.release.health_summary:
        row |= health_keys(pet, app)
    return row


def pet_in_section(pet: Pet, viewer: User, app: MainApp, language: str) -> dict[str, Json]:
    """An item of /my-pets/sections (column S)."""
    row = pet_in_list(pet, app, language)
    if app.release.shared_sections:
        row["viewer_permissions"] = permissions_json(pet, viewer, app)
    return row


def pet_shown(pet: Pet, viewer: User | None, app: MainApp, language: str) -> dict[str, Json]:
    """GET /pets/{id} (column G): with the full rows of other people."""
    row = pet_json(pet, app) | {
        "placement_requests": [],
        "pet_type": pet_type_json(pet.pet_type, language),
        "city": city_or_none(pet, app, language),
        "categories": pet_categories(pet, app, language),
        "relationships": [relation_json(r) | {"user": user_json(r.user)} for r in newest_relations(pet)],
    }
    if viewer is not None:
        row["viewer_permissions"] = permissions_json(pet, viewer, app)
    return row


def pet_created(pet: Pet, app: MainApp, language: str) -> dict[str, Json]:
    """The reply of POST /pets (column C)."""
    row = pet_json(pet, app) | {
        "city": city_or_none(pet, app, language),
        "pet_type": pet_type_json(pet.pet_type, language),
        "categories": pet_categories(pet, app, language),
        "viewers": people_of(pet, "viewer"),
        "editors": people_of(pet, "editor"),
    }
    del row["deleted_at"]
    return row


def pet_updated(pet: Pet, viewer: User, app: MainApp, language: str) -> dict[str, Json]:
    """The reply of PUT /pets/{id} (column U)."""
    return pet_created(pet, app, language) | {
        "deleted_at": None,
        "viewer_permissions": permissions_json(pet, viewer, app),
        "relationships": [relation_json(r) for r in newest_relations(pet)],
    }


def pet_with_status(pet: Pet, app: MainApp, language: str) -> dict[str, Json]:
    """The reply of PUT /pets/{id}/status (column T)."""
    return pet_json(pet, app) | {"pet_type": pet_type_json(pet.pet_type, language)}


def pet_with_photos(pet: Pet, viewer: User, app: MainApp, language: str) -> dict[str, Json]:
    """The reply of a photo upload (column P)."""
    return pet_with_status(pet, app, language) | {
        "viewer_permissions": permissions_json(pet, viewer, app),
        "relationships": [relation_json(r) for r in newest_relations(pet)],
    }


def public_pet(pet: Pet, app: MainApp, language: str) -> dict[str, Json]:
    """GET /pets/{id}/view: a reduced profile."""
    row = pet_with_status(pet, app, language)
    wanted = ("id", "name", "sex", "status", "description", "country", "state", "city", "photo_url", "photos")
    birthday = tuple(key for key in row if key.startswith("birthday"))
    return {key: row[key] for key in (*wanted, *birthday, "pet_type")}


def city_or_none(pet: Pet, app: MainApp, language: str) -> Json:
    return None if pet.city is None else city_json(pet.city, language, app)


def pet_categories(pet: Pet, app: MainApp, language: str) -> list[Json]:
    rows = []
    for category in sorted(pet.categories, key=lambda row: row.id):
        row = category_json(category, language, app)
        del row["pet_type"]
        rows.append(row | {"pivot": {"pet_id": pet.id, "category_id": category.id, **timestamps(pet)}})
    return rows


def newest_relations(pet: Pet) -> list[Relationship]:
    return sorted(pet.relationships, key=lambda link: link.id, reverse=True)


def relation_json(link: Relationship) -> dict[str, Json]:
    return {
        "id": link.id,
        "user_id": link.user.id,
        "pet_id": link.pet_id,
        "relationship_type": link.role,
        "start_at": moment(link.start_at),
        "end_at": moment(link.end_at),
        "created_by": link.created_by,
        **timestamps(link),
    }


def people_of(pet: Pet, role: str) -> list[Json]:
    """Full user rows with the pivot, in which dates are raw database text."""

    def raw(value: datetime | None) -> str | None:
        return None if value is None else value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S+00")

    return [
        user_json(link.user)
        | {
            "pivot": {
                "pet_id": pet.id,
                "user_id": link.user.id,
                "relationship_type": link.role,
                "start_at": raw(link.start_at),
                "end_at": raw(link.end_at),
                "created_by": link.created_by,
                **timestamps(link),
            }
        }
        for link in pet.relationships
        if link.role == role and link.end_at is None
    ]


def permissions_json(pet: Pet, viewer: User, app: MainApp) -> dict[str, Json]:
    roles = pet.roles_of(viewer)
    owner = "owner" in roles
    keys: dict[str, Json] = {
        "can_edit": pet.may_be_edited_by(viewer),
        "can_manage_people": owner,
        "can_view_contact": not owner,
        "is_owner": owner,
        "is_editor": "editor" in roles,
        "is_viewer": "viewer" in roles,
    }
    if app.release.all_permissions:
        keys |= {
            "can_delete": owner,
            "can_transfer_ownership": owner,
            "is_foster": "foster" in roles,
            "is_sitter": "sitter" in roles,
            "access_sources": [{"type": "relationship", "role": role} for role in roles],
        }
    return keys


def health_keys(pet: Pet, app: MainApp) -> dict[str, Json]:
    """`health_summary` and the raw inputs it is made of."""
    today = app.world.today()
    weights = sorted(pet.weights, key=lambda row: row.record_date, reverse=True)[:2]
    due = [row.due_at for row in pet.vaccinations if row.completed_at is None and row.due_at is not None]
    overdue = any(day < today for day in due)
    soon = any(today <= day <= today + DUE_SOON for day in due)
    later = any(day > today + DUE_SOON for day in due)
    measured: dict[str, Any] = {}
    for place, row in zip(("latest", "previous"), [*weights, None, None], strict=False):
        measured[f"{place}_weight_kg"] = None if row is None else f"{row.weight_kg:.2f}"
        measured[f"{place}_weight_record_date"] = None if row is None else row.record_date.isoformat()
    status = "overdue" if overdue else "due_soon" if soon else "up_to_date" if later else "unknown"
    return {
        **measured,
        "has_overdue_vaccinations": overdue,
        "has_due_soon_vaccinations": soon,
        "has_future_vaccinations": later,
        "health_summary": {**measured, "vaccination_status": status},
    }
