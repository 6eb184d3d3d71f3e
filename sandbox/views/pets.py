"""Pets: lists, show, create, update, status, delete (main-app.md §6)."""

from __future__ import annotations

from django.http import HttpResponse

from sandbox.answers import ApiError, Json, ok, unauthorized_action
from sandbox.messages import text
from sandbox.pipeline import Call
from sandbox.records import Pet
from sandbox.shapes.pets import pet_in_list, pet_in_section, pet_shown, public_pet


def my_pets(call: Call) -> HttpResponse:
    """Owned pets in database order, which changes with every edit."""
    slug = call.body.get("pet_type")
    rows = [
        pet
        for pet in sorted(call.world.pets.values(), key=lambda pet: pet.heap_position)
        if pet.deleted_at is None and "owner" in pet.roles_of(call.me) and slug in (None, pet.pet_type.slug)
    ]
    return ok([pet_in_list(pet, call.app, call.language) for pet in rows])


def sections(call: Call) -> HttpResponse:
    if call.body.get("group_id") is not None and call.release.shared_sections:
        raise ApiError(403, text("forbidden", call.language))  # nobody here is in any group
    found: dict[str, list[Json]] = {"owned": [], "fostering_active": [], "shared": [], "fostering_past": []}
    links = sorted(
        (link for pet in call.world.pets.values() if pet.deleted_at is None for link in pet.relationships),
        key=lambda link: link.id,
    )
    seen: set[int] = set()
    for link in links:
        pet = call.world.pets[link.pet_id]
        section = section_of(pet, call)
        if link.user is call.me and pet.id not in seen and section is not None:
            seen.add(pet.id)
            found[section].append(pet_in_section(pet, call.me, call.app, call.language))
    if call.release.shared_sections:
        return ok({**found, "context": {"type": "all"}})
    del found["shared"]
    if call.release.transferred_away_section:
        found["transferred_away"] = []
    return ok(found)


def section_of(pet: Pet, call: Call) -> str | None:
    roles = pet.roles_of(call.me)
    if "owner" in roles:
        return "owned"
    if "foster" in roles:
        return "fostering_active"
    if roles:
        return "shared"
    ended = any(link.user is call.me and link.role == "foster" for link in pet.relationships)
    return "fostering_past" if ended else None


def show(call: Call) -> HttpResponse:
    pet = call.record_of
    if not pet.may_be_seen_by(call.user):
        raise unauthorized_action()
    return ok(pet_shown(pet, call.user, call.app, call.language))


def public_view(call: Call) -> HttpResponse:
    pet = call.record_of
    if not pet.may_be_seen_by(call.user):
        raise ApiError(403, "This pet profile is not publicly available.")
    return ok(public_pet(pet, call.app, call.language))
