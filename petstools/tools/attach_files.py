"""Pictures and PDFs that the person sent in the chat, put on a pet, a vaccination or a medical record (contract §9).

File by file: what cannot go is said, the rest goes. A file that was saved a moment ago is not saved again.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import structlog

from mainapp.client import File
from mainapp.errors import (
    AbilityMissing,
    IdempotencyConflict,
    MainAppError,
    NotFound,
    QuotaExceeded,
    StorageLimit,
    Throttled,
    TokenRefused,
)
from mainapp.records import MedicalRecord, Pet, Photo, Vaccination
from petstools.answers import Answer, Clarification, Done, ToolError
from petstools.errors import tool_error
from petstools.files.convert import Picture, prepare
from petstools.files.download import DownloadLimits, FileReference, download, host_of
from petstools.files.refusals import FileRefused
from petstools.serializers import files as forms
from petstools.tools.base import Call, Hints, tool
from petstools.tools.pets import visible_pet
from petstools.tools.writing import Written, create_once, new_key, written_lately

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

Target = Literal["pet", "vaccination", "medical_record"]
OPERATION = "attach_files"
MOST_FILES = 10
# Fetching, converting and sending one file must fit what is left of the call.
ROOM_FOR_ONE_MORE = 8.0


@dataclass(frozen=True)
class _StoredPhoto:
    """A photo as something written: it is what it was as long as it is there at all."""

    id: int
    photo: Photo
    version: str = "stored"


class _Place:
    """Where pictures go: its photos now, and how one more is added. The three below differ in guards only."""

    target: Target
    holds = MOST_FILES * 10

    def __init__(self, call: Call, pet_id: int, record_id: int | None) -> None:
        self.call = call
        self.pet_id = pet_id
        self.record_id = record_id
        self.photos: tuple[Photo, ...] = ()

    def read(self) -> None:
        raise NotImplementedError

    def send(self, file: File, key: str) -> None:
        raise NotImplementedError

    def add(self, picture: Picture, source: str, *, again: bool) -> Written[_StoredPhoto]:
        """One picture, once: `source` names the file and page it came from. Raises MainAppError."""
        before = {photo.id for photo in self.photos}

        def send(key: str) -> _StoredPhoto:
            try:
                self.send((picture.file_name, picture.data, picture.content_type), key)
            except IdempotencyConflict:
                # The key has been spent on this very picture, under the version that the record had then (contract §3):
                # the lost answer was a success.
                self.read()
            added = [photo for photo in self.photos if photo.id not in before] or list(self.photos)
            newest = max(added, key=lambda photo: photo.id)
            return _StoredPhoto(newest.id, newest)

        def read(photo_id: int) -> _StoredPhoto:
            self.read()
            for photo in self.photos:
                if photo.id == photo_id:
                    return _StoredPhoto(photo.id, photo)
            raise NotFound

        return create_once(self.call, OPERATION, self.payload(source), send=send, read=read, again=again)

    def payload(self, source: str) -> dict[str, Any]:
        """What makes one picture's call the same call."""
        return {"pet_id": self.pet_id, "target": self.target, "record_id": self.record_id, "source": source}


class _OnPet(_Place):
    target: Target = "pet"

    def read(self) -> None:
        self._hold(visible_pet(self.call, self.pet_id))

    def send(self, file: File, key: str) -> None:
        self._hold(self.call.client.pets.add_photo(self.pet_id, file, key=key))

    def make_primary(self, photo_id: int) -> None:
        """Raises MainAppError."""
        self._hold(self.call.client.pets.set_primary_photo(self.pet_id, photo_id, key=new_key()))

    @property
    def primary(self) -> int | None:
        return next((photo.id for photo in self.photos if photo.is_primary), None)

    def _hold(self, pet: Pet) -> None:
        self.photos = pet.photos


class _OnMedicalRecord(_Place):
    target: Target = "medical_record"

    def read(self) -> None:
        self._hold(self.call.client.medical_records.read(self.pet_id, self.record_id or 0))

    def send(self, file: File, key: str) -> None:
        self._hold(self.call.client.medical_records.add_photo(self.pet_id, self._record, file, key=key))

    def _hold(self, record: MedicalRecord) -> None:
        self.photos, self._record = record.photos, record


class _OnVaccination(_Place):
    target: Target = "vaccination"
    holds = 1

    def read(self) -> None:
        self._hold(self.call.client.vaccinations.read(self.pet_id, self.record_id or 0))

    def send(self, file: File, key: str) -> None:
        self._hold(self.call.client.vaccinations.set_photo(self.pet_id, self._vaccination, file, key=key))

    def _hold(self, vaccination: Vaccination) -> None:
        self.photos, self._vaccination = (vaccination.photo,) if vaccination.photo else (), vaccination


_PLACES: dict[str, type[_Place]] = {
    "pet": _OnPet,
    "vaccination": _OnVaccination,
    "medical_record": _OnMedicalRecord,
}


@tool(
    "Put pictures or PDFs from the chat on a pet or record",
    "Call this when the person wants a file kept: a photo of the pet, a vaccination card, a lab report. First save what it "
    "says (record_many), then attach it. Photos are public by their address: say so once. Tell file by file what was not saved.",
    facts="Keeps pictures and PDFs sent in the chat: photos of a pet, pages of a vaccination's or medical "
    "record's papers. Photos are public by their address.",
    request=forms.AttachFilesRequest,
    answer=forms.AttachedFilesAnswer,
    scopes=("pets:write", "health:write"),
    # It can replace a vaccination's photo, and a photo opens for anybody who knows its address.
    hints=Hints(read_only=False, destructive=True, idempotent=False, open_world=True),
    path_ids=("pet_id",),
)
def attach_files(
    call: Call,
    *,
    pet_id: int,
    openaiFileIdRefs: Sequence[Mapping[str, str]] = (),  # noqa: N803 - ChatGPT's own name for it
    target: Target | None = None,
    record_id: int | None = None,
    make_primary: bool = False,
    replace: bool = False,
    again: bool = False,
) -> Answer:
    question = _question(openaiFileIdRefs, target, record_id)
    if question is not None:
        return question
    place = _PLACES[target or "pet"](call, pet_id, record_id)
    place.read()
    if isinstance(place, _OnVaccination) and place.photos and not (replace or again):
        question = _before_replacing(place, openaiFileIdRefs)
        if question is not None:
            return question
    primary_before = place.primary if isinstance(place, _OnPet) else None
    results = _Sending(place, again=again).all(openaiFileIdRefs)
    notes = [_settle_primary(place, primary_before, results, make_primary)] if isinstance(place, _OnPet) else []
    saved = sum(one["status"] == "ok" for one in results)
    whole = saved == len(results)
    if any(one.get("photos") for one in results):
        notes.append("To take one back: delete_record with kind photo and its photo_id as record_id.")
    note = " ".join(filter(None, notes)) or None
    return Done({"status": "ok" if whole else "partial", "saved": saved, "results": results, "note": note})


def _question(refs: Sequence[Mapping[str, str]], target: Target | None, record_id: int | None) -> Clarification | None:
    missing = []
    if not refs:
        missing.append("openaiFileIdRefs")
    if target is None and record_id is not None:
        missing.append("target")
    if target in ("vaccination", "medical_record") and record_id is None:
        missing.append("record_id")
    if missing:
        return Clarification(
            reason="missing",
            message="Ask the person for what is missing: the picture or PDF (openaiFileIdRefs), what it belongs to (target), and "
            "which record (record_id: list the pet's vaccinations or medical records to get it, or add the record first).",
            missing_fields=missing,
        )
    if target == "vaccination" and len(refs) > 1:
        return Clarification(
            reason="several_files",
            message="A vaccination holds one photo. Ask the person which of these files it shall be, or attach them all to a medical "
            "record.",
            missing_fields=["openaiFileIdRefs"],
        )
    return None


def _before_replacing(place: _OnVaccination, refs: Sequence[Mapping[str, str]]) -> Clarification | None:
    """A vaccination's photo is not replaced unasked; the same call again finds the photo it has put there itself."""
    sources = [f"{ref.get('id')}#1" for ref in refs]
    if any(written_lately(place.call, OPERATION, place.payload(source)) == place.photos[0].id for source in sources):
        return None
    return Clarification(
        reason="confirm_replace",
        message="This vaccination already has a photo, and it holds only one: the new one would replace it. Ask the person. If yes, "
        "call again with replace: true; if both are wanted, attach the new one to a medical record.",
        missing_fields=["replace"],
        candidates=[{"photo_id": place.photos[0].id, "url": place.photos[0].url}],
    )


class _Sending:
    """One call's way through its files."""

    def __init__(self, place: _Place, *, again: bool) -> None:
        self._place = place
        self._again = again
        self._saved = 0
        # After a refusal that holds for every further file, the rest is not tried.
        self._stopped: MainAppError | None = None

    def all(self, refs: Sequence[Mapping[str, str]]) -> list[dict[str, Any]]:
        return [
            {"name": str(ref.get("name") or f"file {index}"), **self._one(ref)} for index, ref in enumerate(refs, 1)
        ]

    def _one(self, ref: Mapping[str, str]) -> dict[str, Any]:
        if self._stopped is not None:
            return _failed(tool_error(self._stopped))
        deadline = self._place.call.client.deadline
        if deadline.remaining() < ROOM_FOR_ONE_MORE:
            return {
                "status": "not_saved",
                "message": "There was no time left in this call. Call again with this file alone; don't ask the person.",
            }
        photos: list[Written[_StoredPhoto]] = []
        host = host_of(str(ref.get("download_link") or ""))
        try:
            fetched = download(
                FileReference(
                    name=str(ref.get("name") or ""),
                    id=str(ref.get("id") or ""),
                    mime_type=str(ref.get("mime_type") or ""),
                    download_link=str(ref.get("download_link") or ""),
                ),
                deadline=deadline,
                limits=DownloadLimits.from_settings(self._place.call.door),
            )
            pictures = prepare(fetched.data, kind=self._place.target, deadline=deadline)
            log.info("file converted", host=host, pictures=len(pictures))
            if len(pictures) > self._place.holds:
                return {
                    "status": "error",
                    "error": "TOO_MANY_PAGES",
                    "message": f"This file has {len(pictures)} pages, and a vaccination holds one photo. Attach it to a medical "
                    "record, or ask the person for a picture of the page that matters.",
                }
            source = str(ref.get("id") or hashlib.sha256(fetched.data).hexdigest())
            for page, picture in enumerate(pictures, 1):
                photos.append(self._place.add(picture, f"{source}#{page}", again=self._again))
        except FileRefused as refused:
            log.info("file refused", host=host, code=refused.code.value)
            return {"status": "error", "error": refused.code.upper(), "message": refused.message}
        except (TokenRefused, AbilityMissing):
            if not self._saved and not photos:
                raise
            return _failed(tool_error(TokenRefused())) | _shown(photos)
        except MainAppError as error:
            if isinstance(error, Throttled | QuotaExceeded | StorageLimit):
                self._stopped = error
            return _failed(tool_error(error, field_names={"photo": "openaiFileIdRefs"})) | _shown(photos)
        finally:
            self._saved += len(photos)
        return {"status": "ok", **_shown(photos), **_left_out(pictures)}


def _shown(photos: Sequence[Written[_StoredPhoto]]) -> dict[str, Any]:
    return {
        "photos": [{"photo_id": one.record.id, "url": one.record.photo.url} for one in photos],
        "already_recorded": bool(photos) and all(one.already for one in photos),
    }


def _left_out(pictures: Sequence[Picture]) -> dict[str, Any]:
    """What of the file is not there now, in words."""
    notes = []
    pages = pictures[-1].page_count
    if pages is not None and pages > len(pictures):
        notes.append(f"Only the first {len(pictures)} of {pages} pages were saved.")
    if any(picture.still for picture in pictures):
        notes.append("The picture moved; only its first frame was saved.")
    return {"message": " ".join(notes)} if notes else {}


def _failed(error: ToolError) -> dict[str, Any]:
    problem = error.as_json("")
    problem.pop("request_id")
    return {"status": "error", **problem}


def _settle_primary(
    place: _OnPet, before: int | None, results: Sequence[Mapping[str, Any]], make_primary: bool
) -> str | None:
    """Upstream a new photo becomes the main one (contract §9.1); here it does only if asked, or as the first. Returns what of that has
    to be told."""
    new = [photo["photo_id"] for one in results for photo in one.get("photos", ())]
    if not new:
        return None
    wanted = new[0] if make_primary else before
    if wanted is not None and place.primary != wanted:
        try:
            place.make_primary(wanted)
        except MainAppError:
            return "The photos are saved, but the pet's main photo could not be set. Tell the person to choose it on the pet's page."
    if before is None:
        return "The pet had no photo: it is its main photo now. Tell the person."
    return "It is the pet's main photo now, in place of another. Tell the person." if place.primary != before else None
