"""How records look in JSON, the keys of every place they appear in (main-app.md §6.2, §8, §9.2, §10.1)."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from .answers import Json
from .config import MainApp
from .images import inline_preview
from .records import (
    Category,
    City,
    Media,
    MedicalRecord,
    Microchip,
    Pet,
    PetType,
    Relationship,
    Row,
    User,
    Vaccination,
    Weight,
)

DUE_SOON = timedelta(days=30)


def moment(value: datetime | None) -> str | None:
    return None if value is None else value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000000Z")


def midnight(value: date | None) -> str | None:
    """A date column: the date at midnight UTC."""
    return None if value is None else moment(datetime.combine(value, time(), UTC))


def version_of(row: Row) -> str:
    return row.updated_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000000Z")


def timestamps(row: Row) -> dict[str, Json]:
    return {"created_at": moment(row.created_at), "updated_at": moment(row.updated_at)}


# Reference data


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


def category_json(row: Category, language: str, app: MainApp) -> Json:
    return {
        "id": row.id,
        "slug": row.slug,
        "pet_type_id": row.pet_type.id,
        "description": row.description,
        "created_by": row.created_by,
        "approved_at": moment(row.created_at) if row.created_by is None else None,
        **timestamps(row),
        "name": row.name,
        "usage_count": sum(row in pet.categories for pet in living(app)),
        "pet_type": pet_type_json(row.pet_type, language),
    }


def living(app: MainApp) -> list[Pet]:
    return [pet for pet in app.world.pets.values() if pet.deleted_at is None]


# People


def user_json(user: User) -> dict[str, Json]:
    """A full user row, as it leaks into pet JSON too."""
    return {
        "id": user.id,
        "name": user.name,
        "email": user.email,
        "email_verified_at": moment(user.email_verified_at),
        **timestamps(user),
        "google_id": None,
        "is_banned": user.banned_at is not None,
        "banned_at": moment(user.banned_at),
        "ban_reason": user.ban_reason,
        "locale": user.locale,
        "telegram_chat_id": None,
        "telegram_link_token": user.telegram_link_token,
        "telegram_link_token_expires_at": None,
        "telegram_user_id": None,
        "telegram_username": None,
        "telegram_first_name": None,
        "telegram_last_name": None,
        "telegram_photo_url": None,
        "telegram_last_authenticated_at": None,
        "registered_via_gpt": user.registered_via_gpt,
        "avatar_url": None,
        "avatar": None,
        "has_password": True,
        "media": [],
    }


def profile_json(user: User, app: MainApp) -> dict[str, Json]:
    """The caller's own row: GET /users/me."""
    return {
        **user_json(user),
        "roles": list(user.roles),
        "latest_owner_weight_history": None,
        "can_access_admin": False,
        "is_premium": user.is_premium,
        "storage_used_bytes": app.world.storage_used(user),
        "storage_limit_bytes": app.world.storage_limit(user),
        "owner_weight_kg": None,
        "owner_weight_recorded_at": None,
    }


# Images


def _address(media: Media, app: MainApp, path: str) -> str:
    return f"{app.url}/storage/{media.id}/{path}?v={int(media.updated_at.timestamp())}"


def image_json(media: Media, app: MainApp, *, primary: bool) -> Json:
    stem = media.file_name.rpartition(".")[0] or media.file_name
    ready = media.converted_at <= app.world.now()
    original = _address(media, app, media.file_name)
    medium = _address(media, app, f"conversions/{stem}-medium.jpg") if ready else original
    thumb = _address(media, app, f"conversions/{stem}-thumb.jpg") if ready else original
    image: dict[str, Json] = {"id": media.id, "url": medium, "thumb_url": thumb, "is_primary": primary}
    if app.release.image_sizes:
        webp = _address(media, app, f"conversions/{stem}-webp.webp") if ready else None
        image |= {"medium_url": medium, "webp_url": webp, "processing": not ready}
    if app.release.image_sources:
        inline = _address(media, app, f"responsive-images/{stem}___webp_1600_1600.webp")
        sources = [{"type": "image/webp", "srcset": f"{inline} 1600w, {inline_preview()} 32w"}] if ready else []
        image |= {"srcset": None, "sources": sources, "width": media.width, "height": media.height}
    return image


def media_json(media: Media, order: int, app: MainApp) -> Json:
    """The raw storage row, an internal duplicate of the image."""
    stem = media.file_name.rpartition(".")[0] or media.file_name
    ready = media.converted_at <= app.world.now()
    preview = {"webp": {"urls": [f"{stem}___webp_1600_1600.webp"], "base64svg": inline_preview()}}
    return {
        "id": media.id,
        "model_type": f"App\\Models\\{media.model_type}",
        "model_id": media.model_id,
        "uuid": media.uuid,
        "collection_name": media.collection,
        "name": stem,
        "file_name": media.file_name,
        "mime_type": media.mime_type,
        "disk": "public",
        "conversions_disk": "public",
        "size": len(media.content),
        "manipulations": [],
        "custom_properties": {"image": {"width": media.width, "height": media.height}},
        "generated_conversions": {"thumb": True, "medium": True, "webp": True} if ready else [],
        "responsive_images": preview if ready else [],
        "order_column": order,
        **timestamps(media),
        "original_url": _address(media, app, media.file_name),
        "preview_url": "",
    }


def photo_keys(photos: list[Media], app: MainApp, *, has_primary: bool) -> dict[str, Json]:
    return {
        "photos": [image_json(p, app, primary=has_primary and i == 0) for i, p in enumerate(photos)],
        "media": [media_json(photo, order, app) for order, photo in enumerate(photos, start=1)],
    }


# Pets


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
    return [
        category_json(row, language, app) | {"pivot": {"pet_id": pet.id, "category_id": row.id}}
        for row in pet.categories
    ]


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


# Health records: full rows; create replies drop what was not sent (§8.1)


def weight_json(row: Weight) -> dict[str, Json]:
    return {
        "id": row.id,
        "weight_kg": f"{row.weight_kg:.2f}",
        "record_date": midnight(row.record_date),
        **timestamps(row),
        "pet_id": row.pet_id,
    }


def medical_record_json(row: MedicalRecord, app: MainApp) -> dict[str, Json]:
    return {
        "id": row.id,
        "record_type": row.record_type,
        "description": row.description,
        "record_date": midnight(row.record_date),
        "vet_name": row.vet_name,
        **timestamps(row),
        "pet_id": row.pet_id,
        **photo_keys(row.photos, app, has_primary=False),
    }


def vaccination_json(row: Vaccination, app: MainApp) -> dict[str, Json]:
    photos = [] if row.photo is None else [row.photo]
    shown = [image_json(photo, app, primary=True) for photo in photos]
    keys: dict[str, Json] = {
        "id": row.id,
        "pet_id": row.pet_id,
        "vaccine_name": row.vaccine_name,
        "administered_at": midnight(row.administered_at),
        "due_at": midnight(row.due_at),
        "notes": row.notes,
        "reminder_sent_at": moment(row.reminder_sent_at),
        **timestamps(row),
        "completed_at": moment(row.completed_at),
        "photo_url": shown[0]["thumb_url"] if shown else None,
        "photo": shown[0] if shown else None,
        "is_overdue": row.is_overdue(app.world.today()),
        "media": [media_json(photo, 1, app) for photo in photos],
    }
    if not app.release.vaccination_photo_object:
        del keys["photo"]
    if not app.release.overdue:
        del keys["is_overdue"]
    return keys


def microchip_json(row: Microchip, app: MainApp) -> dict[str, Json]:
    keys = microchip_model(row)
    return keys | {"health_finance_link_exists": False} if app.release.chip_finance_link else keys


def microchip_model(row: Microchip) -> dict[str, Json]:
    return {
        "id": row.id,
        "pet_id": row.pet_id,
        "chip_number": row.chip_number,
        "issuer": row.issuer,
        "implanted_at": midnight(row.implanted_at),
        **timestamps(row),
    }


def page_json(rows: list[Json], page: int, path: str) -> dict[str, Json]:
    """A page of 25; the links carry no other query parameter (main-app.md §8.1)."""
    size, total = 25, len(rows)
    last = max(1, -(-total // size))
    start = (page - 1) * size
    shown = rows[start : start + size]

    def link(number: int) -> str:
        return f"{path}?page={number}"

    return {
        "data": shown,
        "links": {
            "first": link(1),
            "last": link(last),
            "prev": link(page - 1) if page > 1 else None,
            "next": link(page + 1) if page < last else None,
        },
        "meta": {
            "current_page": page,
            "from": start + 1 if shown else None,
            "last_page": last,
            "per_page": size,
            "to": start + len(shown) if shown else None,
            "total": total,
            "path": path,
        },
    }
