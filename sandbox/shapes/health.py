"""Health records in JSON and the list page. Full rows; create replies drop what was not sent (main-app.md §8)."""

from __future__ import annotations

from sandbox.answers import Json
from sandbox.config import MainApp
from sandbox.records import MedicalRecord, Microchip, Vaccination, Weight

from .images import image_json, media_json, photo_keys
from .stamps import midnight, moment, timestamps


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
