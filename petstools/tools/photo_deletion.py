"""Deleting one photo, wherever it hangs (contract §9.1): nobody can bring it back, so the person is asked first."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from mainapp.errors import FeatureNotAvailable, NotFound
from mainapp.records import MedicalRecord, Pet, Photo, Vaccination
from petstools.answers import Answer, Done
from petstools.serializers.fields import Said
from petstools.tools import confirmations
from petstools.tools.base import Call
from petstools.tools.pets import visible_pet
from petstools.tools.records import every
from petstools.tools.writing import delete_once


@dataclass(frozen=True)
class _Hung:
    """A photo, of what it is, and the record whose version guards its deletion."""

    photo: Photo
    of: str
    record: Pet | MedicalRecord | Vaccination
    send: Callable[[str], None]

    @property
    def id(self) -> int:
        return self.photo.id

    @property
    def version(self) -> str:
        return self.record.version


def delete_photo(call: Call, *, pet_id: int, photo_id: int, confirmation: Said | None = None) -> Answer:
    """Raises MainAppError, NotFound where no such photo hangs on this pet and its records."""
    payload = {"pet_id": pet_id, "photo_id": photo_id}
    hung = _found(call, pet_id, photo_id)
    if hung is not None:
        about = ("delete_photo", pet_id, photo_id, hung.of)
        if not confirmations.confirms(call, confirmation, about):
            message = f"This deletes the photo of {hung.of} for good. It was open to anybody who knew its address."
            return confirmations.question(call, about, message, {"id": photo_id, "url": hung.photo.url})

    def read() -> _Hung:
        if hung is None:
            raise NotFound(status=404)
        return hung

    deleted = delete_once(call, "delete_photo", payload, read=read, send=lambda one, key: one.send(key), before=hung)
    if deleted is None:
        return Done({"deleted": None, "already_deleted": True})
    shown = {"id": photo_id, "pet_id": pet_id, "photo_url": deleted.photo.url}
    note = (
        {"note": "It was the pet's main photo; the next one is that now, where there is one."}
        if isinstance(deleted.record, Pet) and deleted.photo.is_primary
        else {}
    )
    return Done({"deleted": shown, "already_deleted": False, **note})


def _found(call: Call, pet_id: int, photo_id: int) -> _Hung | None:
    """Where it hangs: on the pet, else on one of its medical records or vaccinations."""
    pet = visible_pet(call, pet_id)
    client = call.client
    for photo in pet.photos:
        if photo.id == photo_id:
            return _Hung(photo, pet.name, pet, lambda key: client.pets.delete_photo(pet, photo_id, key=key))
    try:
        for record in every(client.medical_records, pet_id):
            for photo in record.photos:
                if photo.id == photo_id:
                    of = f"{record.record_type} of {record.record_date.isoformat()}"
                    return _Hung(photo, of, record, _from_record(client, pet_id, record, photo_id))
        for shot in every(client.vaccinations, pet_id, status="all"):
            if shot.photo is not None and shot.photo.id == photo_id:
                of = f"{shot.vaccine_name} of {shot.administered_at.isoformat()}"
                return _Hung(shot.photo, of, shot, _from_shot(client, pet_id, shot, photo_id))
    except FeatureNotAvailable:
        # Only its own photos are kept for this kind of animal.
        pass
    return None


def _from_record(client: Any, pet_id: int, record: MedicalRecord, photo_id: int) -> Callable[[str], None]:
    return lambda key: client.medical_records.delete_photo(pet_id, record, photo_id, key=key)


def _from_shot(client: Any, pet_id: int, shot: Vaccination, photo_id: int) -> Callable[[str], None]:
    return lambda key: client.vaccinations.delete_photo(pet_id, shot, photo_id, key=key)
