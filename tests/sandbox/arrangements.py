"""What was true in the main app when a recording was made, where that differs from the stage; and the few exceptions."""

import threading
import time
from collections.abc import Callable, MutableSequence
from typing import Any

import httpx

from sandbox.records import MedicalRecord, Row

from .recordings import Recording, load
from .stage import RECORDED_AT, Stage, day, parsed, stamps

Arrange = Callable[[Stage, Recording], None]
ARRANGEMENTS: list[tuple[str, Arrange]] = []


def arranges(pattern: str) -> Callable[[Arrange], Arrange]:
    """For every recording whose whole name fits the pattern, in the order of this file."""

    def keep(arrange: Arrange) -> Arrange:
        ARRANGEMENTS.append((pattern, arrange))
        return arrange

    return keep


def played_before(*names: str) -> Arrange:
    """Other recordings come first; the rate counters were set back in between."""

    def arrange(stage: Stage, recording: Recording) -> None:
        for name in names:
            stage.play(load(name))
        stage.world.throttles.clear()

    return arrange


# People


@arranges("localized-ru-.*")
def _(stage: Stage, recording: Recording) -> None:
    stage.user("bob").locale = "ru"


@arranges("users-me.*|auth-.*-users-me")
def _(stage: Stage, recording: Recording) -> None:
    """Before the first photo."""
    stage.world.media.clear()


@arranges("users-me-revoked-token")
def _(stage: Stage, recording: Recording) -> None:
    stage.world.revoke(stage.tokens["gpt"])


# The bridge


@arranges("gpt-auth-.*-not-configured")
def _(stage: Stage, recording: Recording) -> None:
    stage.sandbox.app.api_key = ""


@arranges("gpt-auth-exchange-ok|gpt-auth-exchange-code-replayed")
def _(stage: Stage, recording: Recording) -> None:
    stage.issue_code(recording.request["body"]["code"])


@arranges("gpt-auth-register-.*")
def _(stage: Stage, recording: Recording) -> None:
    stage.world.mail_works = False


arranges("gpt-auth-exchange-code-replayed")(played_before("gpt-auth-exchange-ok"))
arranges("gpt-auth-confirm-replayed-session")(played_before("gpt-auth-confirm-ok"))
arranges("gpt-auth-register-(email-taken|session-replayed)")(played_before("gpt-auth-register-ok"))
arranges("gpt-auth-revoke-again")(played_before("gpt-auth-revoke-ok"))


@arranges("gpt-auth-telegram-link-ok")
def _(stage: Stage, recording: Recording) -> None:
    """The counter was not set back after the refused one."""
    stage.play(load("gpt-auth-telegram-link-no-csrf"))


# Limits, outage


@arranges("maintenance-503.*")
def _(stage: Stage, recording: Recording) -> None:
    stage.sandbox.faults.outage = True


@arranges("quota-429-daily-.*")
def _(stage: Stage, recording: Recording) -> None:
    stage.world.quota.limit = 3
    stage.repeat(load("my-pets-empty"), 3, as_whom="quota")
    if recording.name != "quota-429-daily-get":
        stage.world.throttles.clear()


@arranges("throttle-429-.*")
def _(stage: Stage, recording: Recording) -> None:
    stage.repeat(recording, int(recording.response["headers"]["x-ratelimit-limit"]))


# Pets


@arranges("pets-create-.*|localized-ru-pets-create-.*")
def _(stage: Stage, recording: Recording) -> None:
    """Only older pets were there, and the next id is the recorded one."""
    if recording.response["status"] == 201:
        new = recording.data["id"]
        for number in [number for number in stage.world.pets if number >= new]:
            stage.world.pets.pop(number, None)
        stage.world._ids["pet"] = new - 1


@arranges("pets-create-duplicate-name")
def _(stage: Stage, recording: Recording) -> None:
    for number in [number for number in stage.world.pets if number > 10]:
        stage.world.pets.pop(number, None)


@arranges("pets-delete-again|pets-show-deleted|pets-create-duplicate-of-deleted-name")
def _(stage: Stage, recording: Recording) -> None:
    stage.world.pets[22].deleted_at = RECORDED_AT


@arranges("my-pets-empty|my-pets-sections-empty")
def _(stage: Stage, recording: Recording) -> None:
    stage.world.pets.clear()


@arranges("localized-ru-my-pets")
def _(stage: Stage, recording: Recording) -> None:
    stage.world.pets[18].status = "lost"


@arranges("my-pets.*|localized-ru-my-pets")
def _(stage: Stage, recording: Recording) -> None:
    """The recorded pets and no others, in the order of the recording: it has no other rule."""
    lists = [recording.data] if isinstance(recording.data, list) else list(recording.data.values())[:4]
    seen = [row["id"] for rows in lists for row in rows]
    for number in [number for number in stage.world.pets if number not in seen]:
        stage.world.pets.pop(number, None)
    for place, number in enumerate(seen):
        stage.world.pets[number].heap_position = place


@arranges("(localized-ru-)?pets-(show|update|status|delete)-.*")
def _(stage: Stage, recording: Recording) -> None:
    """The pet as it was just before: its recorded answer, less what the request then changed."""
    body = recording.response["body"]
    if recording.response["status"] not in (200, 409) or not isinstance(body["data"], dict):
        return
    row = body["data"].get("server_value", body["data"])
    pet = stage.world.pets[row["id"]]
    for name in ("name", "status", "description", "description_locale", "birthday_precision"):
        setattr(pet, name, row[name])
    pet.birthday = day(row["birthday"])
    for part in ("year", "month", "day"):
        setattr(pet, f"birthday_{part}", row[f"birthday_{part}"])
    for link in row.get("relationships", []):
        kept = next(own for own in pet.relationships if own.role == link["relationship_type"])
        kept.id = link["id"]


@arranges("pets-update-ok|pets-update-birthday-day|pets-update-birthday-unknown")
def _(stage: Stage, recording: Recording) -> None:
    """The birthday of `pets-show-own`: what stays of it shows what an update leaves behind."""
    pet, row = stage.world.pets[2], load("pets-show-own").data
    pet.birthday, pet.birthday_precision = day(row["birthday"]), "day"
    pet.birthday_year, pet.birthday_month, pet.birthday_day = 2022, 5, 17
    if recording.name != "pets-update-ok":
        pet.birthday_month, pet.birthday_precision = 6, "month"


@arranges("pets-update-(ok|partial-description|as-editor|idempotent-.*)")
def _(stage: Stage, recording: Recording) -> None:
    pet = stage.world.pets[recording.data["id"]]
    pet.description, pet.description_locale = "A good dog", "en"


@arranges("pets-status-active")
def _(stage: Stage, recording: Recording) -> None:
    stage.world.pets[2].status = "deceased"


@arranges("pets-show-as-editor")
def _(stage: Stage, recording: Recording) -> None:
    stage.world.pets[21].description, stage.world.pets[21].description_locale = "", None


@arranges(".*other-users-lost.*")
def _(stage: Stage, recording: Recording) -> None:
    stage.world.pets[18].status = "lost"


# Health records


@arranges("weights-(update|delete)-.*")
def _(stage: Stage, recording: Recording) -> None:
    """Weight 1 after its correction to 4.25 kg, or after its end."""
    weight = next(row for row in stage.world.pets[1].weights if row.id == 1)
    weight.weight_kg = 4.2 if recording.name == "weights-update-ok" else 4.25
    if recording.name == "weights-delete-again":
        stage.world.pets[1].weights.remove(weight)


@arranges("(weights|vaccinations|medical-records|microchips)-(create|renew)-.*")
def _(stage: Stage, recording: Recording) -> None:
    """Only older records were there, and the next id is the recorded one."""
    if recording.response["status"] != 201:
        return
    new, pet = recording.data["id"], stage.world.pets[recording.data["pet_id"]]
    kind = recording.name.split("-")[0].rstrip("s")
    lists: dict[str, MutableSequence[Any]] = {
        "weight": pet.weights,
        "vaccination": pet.vaccinations,
        "medical": pet.medical_records,
        "microchip": pet.microchips,
    }
    lists[kind][:] = [row for row in lists[kind] if row.id < new]
    stage.world._ids[kind] = new - 1


@arranges("weights-list-page1-short")
def _(stage: Stage, recording: Recording) -> None:
    stage.world.pets[1].weights.clear()
    stage.weights(recording.name)


@arranges("vaccinations-(list-default|renew-ok|renew-without-version)")
def _(stage: Stage, recording: Recording) -> None:
    """Before the renewal."""
    shots = stage.world.pets[1].vaccinations
    shots[:] = [row for row in shots if row.id < 4]
    next(row for row in shots if row.id == 1).completed_at = None


@arranges("vaccinations-list-default")
def _(stage: Stage, recording: Recording) -> None:
    """Before the updates."""
    shot = next(row for row in stage.world.pets[1].vaccinations if row.id == 2)
    shot.due_at = shot.notes = None


@arranges("medical-records-.*stale.*")
def _(stage: Stage, recording: Recording) -> None:
    next(row for row in stage.world.pets[1].medical_records if row.id == 9).description = "changed"


@arranges("microchips-update-stale-base-version")
def _(stage: Stage, recording: Recording) -> None:
    next(row for row in stage.world.pets[1].microchips if row.id == 1).issuer = "AVID"


arranges("weights-create-idempotent-(replay|reordered-body|same-key-other-path)")(
    played_before("weights-create-idempotent-first")
)


# Photos


@arranges("medical-record-photo-.*")
def _(stage: Stage, recording: Recording) -> None:
    row = load("medical-record-photo-ok").data
    record = MedicalRecord(*stamps(row), 1, row["record_type"], day(row["record_date"]))
    stage.world.pets[1].medical_records.append(record)


@arranges("(photos-create|medical-record-photo|vaccination-photo)-.*ok")
def _(stage: Stage, recording: Recording) -> None:
    """The next image has the recorded id, and the pet no later ones."""
    new = recording.data["media"][0]["id"]
    photos = stage.world.pets[1].photos
    photos[:] = [photo for photo in photos if photo.id < new]
    stage.world._ids["media"] = new - 1


@arranges("photos-create-storage-limit")
def _(stage: Stage, recording: Recording) -> None:
    """Two photos of health records beside those of the pet: 396 bytes."""
    stage.world.storage_limit_bytes = 1024 * 1024
    for _ in range(2):
        stage.photo(stage.world.pets[1])


@arranges("photos-create-too-large")
def _(stage: Stage, recording: Recording) -> None:
    stage.world.max_body_bytes = None  # recorded without a web server in front


@arranges("vaccination-photo-stale-version")
def _(stage: Stage, recording: Recording) -> None:
    stage.world._ids["media"] = 2
    stage.play(load("vaccination-photo-ok"))
    stage.world.throttles.clear()


# Idempotency keys


@arranges("pets-create-idempotent-(replay|different-body)|pets-update-idempotent-replay")
def _(stage: Stage, recording: Recording) -> None:
    for number in (15, 16):
        stage.world.pets.pop(number, None)


arranges("pets-create-idempotent-(replay|different-body)")(played_before("pets-create-idempotent-first"))
arranges("pets-create-idempotent-other-user-same-key")(played_before("pets-create-idempotent-first"))
arranges("pets-create-idempotent-after-validation-error-2")(
    played_before("pets-create-idempotent-after-validation-error-1")
)
arranges("pets-update-idempotent-replay")(played_before("pets-update-idempotent-first"))
arranges("pets-delete-idempotent-replay")(played_before("pets-delete-idempotent-first"))


# Versions


@arranges(".*")
def _(stage: Stage, recording: Recording) -> None:
    """A write that passed the version check: the record had the version that was sent."""
    request, response = recording.request, recording.response
    fields = request.get("body") or {}
    fields = fields.get("multipart", fields) if isinstance(fields, dict) else {}
    passed = response["status"] < 300 or (response["status"] != 404 and response["body"].get("data") is None)
    if "base_version" in fields and fields["base_version"] and passed:
        target(stage, request["path"]).updated_at = parsed(fields["base_version"])


def target(stage: Stage, path: str) -> Row:
    """The record that a path is about."""
    parts = path.split("?")[0].split("/")
    pet = stage.world.pets[int(parts[3])]
    if len(parts) < 6:
        return pet
    kinds = {"weights": "weight", "vaccinations": "vaccination", "medical-records": "medical_record"}
    record = stage.world.child(kinds[parts[4]], int(parts[5]))
    assert record is not None
    return record


# The measured request itself, where it is more than one exchange


def second_of_two(stage: Stage, recording: Recording) -> httpx.Response:
    """Two simultaneous requests with one key: the first is slow, this is the answer to the second."""
    before = len(stage.sandbox.requests.of("POST", "/api/pets"))
    stage.sandbox.faults.add(latency_ms=1000, times=1)
    first = threading.Thread(target=stage.play, args=(recording,))
    first.start()
    while len(stage.sandbox.requests.of("POST", "/api/pets")) == before:
        time.sleep(0.01)
    answer = stage.play(recording)
    first.join()
    return answer


MEASURED_LAST: dict[str, Callable[[Stage, Recording], httpx.Response]] = {
    "pets-create-idempotent-in-progress": second_of_two,
}
