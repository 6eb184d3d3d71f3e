"""Pet photos (main-app.md §9.1)."""

from __future__ import annotations

from django.http import HttpResponse

from sandbox.answers import ApiError, FeatureNotAvailableError, no_content, ok, unauthorized_action
from sandbox.guards import check_base_version
from sandbox.pipeline import Call
from sandbox.records import Media, Pet
from sandbox.shapes.pets import pet_json, pet_with_photos
from sandbox.uploads import validated_upload


def create(call: Call) -> HttpResponse:
    """200 and the whole pet; the new photo becomes the primary one."""
    pet = pet_with_album(call)
    call.world.add_photo(pet, validated_upload(call, {}))
    call.world.touch(pet)
    return ok(pet_with_photos(pet, call.me, call.app, call.language))


def set_primary(call: Call, photo: str) -> HttpResponse:
    pet = pet_with_album(call)
    media = photo_of(pet, photo)
    pet.photos.remove(media)
    pet.photos.insert(0, media)
    call.world.touch(pet)
    return ok(pet_with_photos(pet, call.me, call.app, call.language))


def delete(call: Call, photo: str) -> HttpResponse:
    pet = pet_with_album(call)
    media = photo_of(pet, photo)
    pet.photos.remove(media)
    del call.world.media[media.id]
    call.world.touch(pet)
    return no_content()


def pet_with_album(call: Call) -> Pet:
    pet = call.record_of
    if not pet.may_be_edited_by(call.me):
        raise unauthorized_action()
    if pet.pet_type.slug not in ("cat", "dog"):  # hard-coded there too (main-app.md §7.2)
        raise FeatureNotAvailableError
    check_base_version(call, pet, lambda: pet_json(pet, call.app), since=call.release.base_version_everywhere)
    return pet


def photo_of(pet: Pet, photo: str) -> Media:
    """By id, or the primary one for the word `current`."""
    for order, media in enumerate(pet.photos):
        if photo == str(media.id) or (photo == "current" and order == 0):
            return media
    raise ApiError(404, "Photo not found.")
