"""Pet photos (main-app.md §9.1)."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpResponse

from sandbox.answers import ApiError, FeatureNotAvailableError, Json, no_content, ok, server_error, unauthorized_action
from sandbox.guards import check_base_version
from sandbox.pipeline import Call, whole_number
from sandbox.records import Media, Pet
from sandbox.shapes.pets import pet_json, pet_with_photos, pet_with_status
from sandbox.uploads import validated_upload


def create(call: Call) -> HttpResponse:
    """200 and the whole pet; the new photo becomes the primary one. A damaged one is a 500, and there all the same."""
    pet = pet_with_album(call, lambda pet: pet_with_status(pet, call.app, call.language))
    picture = validated_upload(call, {})
    call.world.add_photo(pet, picture)
    if picture.is_damaged:
        raise server_error()
    call.world.changed(pet)
    return ok(pet_with_photos(pet, call.me, call.app, call.language))


def set_primary(call: Call, photo: str) -> HttpResponse:
    pet = pet_with_album(call)
    media = photo_of(pet, str(whole_number(photo)))
    if media is not pet.photos[0]:
        pet.photos.remove(media)
        pet.photos.insert(0, media)
        call.world.changed(pet)
    return ok(pet_with_photos(pet, call.me, call.app, call.language))


def delete(call: Call, photo: str) -> HttpResponse:
    pet = pet_with_album(call)
    media = photo_of(pet, photo)
    pet.photos.remove(media)
    del call.world.media[media.id]
    call.world.changed(pet)
    return no_content()


def pet_with_album(call: Call, conflicting: Callable[[Pet], Json] | None = None) -> Pet:
    """The pet of the path, if it may have photos; `conflicting` is how a version conflict shows it."""
    pet = call.record_of
    if not pet.may_be_edited_by(call.me):
        raise unauthorized_action()
    if pet.pet_type.slug not in ("cat", "dog"):  # hard-coded there too (main-app.md §7.2)
        raise FeatureNotAvailableError
    shown = conflicting or (lambda pet: pet_json(pet, call.app))
    check_base_version(call, pet, lambda: shown(pet), since=call.release.base_version_everywhere)
    return pet


def photo_of(pet: Pet, photo: str) -> Media:
    """By id, or the primary one for the word `current`."""
    for order, media in enumerate(pet.photos):
        if photo == str(media.id) or (photo == "current" and order == 0):
            return media
    raise ApiError(404, "Photo not found.")
