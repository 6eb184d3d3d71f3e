"""How records are shown to a model: the documented fields and nothing else, long texts cut and marked."""

from collections.abc import Iterable, Mapping
from datetime import date
from functools import lru_cache
from typing import Any

from mainapp.records import Pet
from petstools import pet_types
from petstools.tools.base import Call
from petstools.understand.age import age_at, next_birthday, stored_birthday
from petstools.understand.birthday import Birthday

LIST_TEXT = 200
WHOLE_TEXT = 3000


def cut(text: str | None, most: int) -> str | None:
    """At most `most` characters; what was cut ends in an ellipsis that says so."""
    if text is None or len(text) <= most:
        return text
    return f"{text[: most - 12].rstrip()} … (cut)"


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
    parts = (pet.birthday_precision, pet.birthday_year, pet.birthday_month, pet.birthday_day)
    return {
        "id": pet.id,
        "name": pet.name,
        "species": kind.slug if kind else None,
        "species_name": kind.name if kind else None,
        "sex": pet.sex,
        "status": pet.status,
        "role": role,
        "can_edit": may.can_edit if may else role == "owner",
        "can_delete": bool(may.can_delete if may and may.can_delete is not None else role == "owner"),
        **_birthday(*parts, call.today, pet.status != "deceased"),
        "country": pet.country,
        "city": pet.city,
        "description": cut(pet.description, text) or None,
        "photo_url": pet.photo_url,
        **_health(pet),
    }


def shown_pets(call: Call, pets: Iterable[tuple[Pet, str]], *, text: int = LIST_TEXT) -> list[dict[str, Any]]:
    return [shown_pet(call, pet, role=role, text=text) for pet, role in pets]


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
