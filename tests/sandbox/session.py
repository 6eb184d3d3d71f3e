"""The second recording: one long session of 504 exchanges, in chapters that each begin with what was there.

Which exchanges a chapter plays is the order of the recording; what happened in between without being recorded is here.
"""

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import httpx

from sandbox.images import Picture
from sandbox.records import Pet, Row
from sandbox.server import SandboxServer
from tests.golden import second_recording

from .recordings import Recording, complaint, load
from .stage import Stage, parsed

BEGUN_AT = datetime(2026, 11, 29, 21, 27, 30, tzinfo=UTC)

# The first exchange of each chapter, and what it tells.
CHAPTERS: dict[str, str] = {
    "habits-list-empty": "habits: nothing else shows their entries, reminders, calendars and co-owners",
    "categories-dog-vi": "breeds and cities: in four languages, made by people, and what a pet takes of them",
    "photos-delete-current-when-none": "photos of pets, medical records and vaccinations, damaged ones too",
    "pets-show-id-beyond-bigint": "edges: ids, bodies, texts, dates and numbers that no form sends (traps 36 to 57)",
}
# Recorded once more at the end, after what comes later in the table had changed.
PLAYED_BEFORE: dict[str, str] = {
    "pets-create-with-categories-and-city": "pets-create-category-of-another-type",
    "pets-update-type-with-categories-of-old-type": "photos-delete-current-when-none",
    "pets-update-unknown-pet-type": "photos-delete-current-when-none",
    "my-pets-with-photo": "photos-create-svg",
    "photos-create-truncated-png": "pets-show-id-beyond-bigint",
    "medical-record-photo-truncated-png": "pets-show-id-beyond-bigint",
    "medical-records-show-after-truncated-png": "pets-show-id-beyond-bigint",
    "pets-show-after-truncated-png": "pets-show-id-beyond-bigint",
    "medical-records-show-with-photos": "medical-record-photo-delete-version-in-query",
    "pets-show-after-primary-photo-deleted": "photos-delete-current-idempotent-first",
}


# Which exchange shows a trap of the contract's §15 that the first recording didn't.
TRAPS: dict[int, str] = {
    36: "pets-show-id-beyond-bigint",
    37: "habits-entries-put-string-value",
    38: "habits-update-reminder-time-as-read",
    39: "habits-create-timezone-old-alias",
    40: "habits-update-reminder-weekdays-null",
    41: "habits-archive-as-coowner",
    42: "habits-show-after-pet-active-again",
    43: "vaccination-photo-replace-with-expected-id",
    44: "pets-show-after-truncated-png",
    45: "categories-create-duplicate-of-other-users-hidden",
    46: "cities-create-same-name",
    47: "habits-update-pet-ids-keeps-version",
    48: "pets-create-lone-surrogate",
    49: "pets-show-after-name-nul",
    50: "vaccinations-update-name-null",
    51: "weights-list-page-huge",
    52: "weights-delete-stored-zero",
    53: "weights-create-year-10000",
    54: "my-pets-health-summary-old-overdue-new-valid",
    55: "vaccinations-renew-then-delete-4-list",
    56: "pets-show-trailing-slash",
    57: "pets-update-country-alone-keeps-city",
}


def chapters() -> dict[str, list[str]]:
    """The exchanges of each chapter, in the order in which they were recorded."""
    names = second_recording()
    for name, later in PLAYED_BEFORE.items():
        names.remove(name)
        names.insert(names.index(later), name)
    begins = [*(names.index(name) for name in CHAPTERS), len(names)]
    return {name: names[begins[i] : begins[i + 1]] for i, name in enumerate(CHAPTERS)}


class Session(Stage):
    """The people and pets of the second recording; rows get the recorded ids, and time passes as it was recorded."""

    def __init__(self, sandbox: SandboxServer, chapter: str) -> None:
        super().__init__(sandbox, first=False)
        self.now = BEGUN_AT
        self.world.now = lambda: self.now
        self.world.conversion_time *= 0
        self.world._ids |= {"user": 119, "pet": 695}
        self.people()
        self.world._ids["user"] = 123
        self.world.add_user("cara", "Cara", "cara@example.com")
        self.pets()
        self.tokens |= {
            **{key: self.world.new_token(user) for key, user in self.world.users.items()},
            "readonly": self.world.new_token(self.user("alice"), ("pet:read",)),
            "generic": self.world.new_token(self.user("alice"), ("create", "read", "update", "delete")),
        }
        BEGINNINGS.get(chapter, nothing)(self)

    def pets(self) -> None:
        for name, species in (("Luna", "cat"), ("Rex", "dog"), ("Mochi", "cat"), ("Oldie", "cat"), ("Sixth", "cat")):
            self.add(name, species)
        self.world.share(self.pet_named("Mochi"), self.user("bob"), "owner")
        self.add("Bobcat", owner="bob")
        self.world.share(self.add("Edna", owner="bob"), self.user("alice"), "editor")
        self.world.share(self.add("Vera", owner="bob"), self.user("alice"), "viewer")
        for name, species in (("Thumper", "rabbit"), ("Gone", "cat"), ("Deleted", "cat")):
            self.add(name, species)

    def add(self, name: str, species: str = "cat", *, owner: str = "alice", number: int | None = None) -> Pet:
        if number is not None:
            self.world._ids["pet"] = number - 1
        return self.world.add_pet(self.user(owner), name=name, species=species)

    def pet_named(self, name: str) -> Pet:
        return self.world.pet(name)

    def habit(self, name: str, *pets: Pet, number: int) -> None:
        self.world._ids["habit"] = number - 1
        self.world.add_habit(self.user("alice"), name, pets)

    def complaint_about(self, recording: Recording) -> object:
        answer = self.play_next(recording)
        if recording.name.endswith("keeps-version"):
            assert '"updated_at": "2026-11-29T21:28:30.000000Z"' in answer.text
        return complaint(answer, recording, self.sandbox.url, rates=recording.name not in COUNTED_OTHERS)

    def play_next(self, recording: Recording) -> httpx.Response:
        """Play it as it was: counters set back before, at its time, on the version it was sent with."""
        for pattern, before in BEFORE:
            if re.fullmatch(pattern, recording.name):
                before(self)
        if recording.name not in COUNTED:
            self.world.throttles.clear()
        self.now = max([self.now, *moments_of(recording)])
        version = sent_version(recording)
        if version and not refused_before(recording):
            self.target(recording).updated_at = parsed(version)
        self.take_relation_ids(recording)
        return self.play(recording)

    def take_relation_ids(self, recording: Recording) -> None:
        body = recording.response["body"]
        data = body.get("data") if isinstance(body, dict) else None
        for row in data.get("relationships", []) if isinstance(data, dict) else []:
            for link in self.world.pets[row["pet_id"]].relationships:
                if (link.user.id, link.role) == (row["user_id"], row["relationship_type"]):
                    link.id = row["id"]

    def target(self, recording: Recording) -> Row:
        kind, number, *rest = recording.request["path"].partition("?")[0].split("/")[2:]
        if kind == "habits":
            return self.world.habits[int(number)]
        kinds = {"weights": "weight", "vaccinations": "vaccination", "medical-records": "medical_record"}
        if rest and rest[0] in kinds:
            record = self.world.child(kinds[rest[0]], int(rest[1]))
            assert record is not None
            return record
        return self.world.pets[int(number)]


def refused_before(recording: Recording) -> bool:
    """Refused by the version itself, or before it was looked at."""
    status, body = recording.response["status"], recording.response["body"]
    stale = status == 409 and (body["data"] or {}).get("server_value") is not None
    return stale or status == 403 or (status == 404 and body["message"] == "Resource not found.")


def moments_of(recording: Recording) -> list[datetime]:
    """When a write was made, as far as its answer tells."""
    body = recording.response["body"]
    data = body.get("data") if isinstance(body, dict) else None
    if recording.request["method"] == "GET" or recording.response["status"] not in (200, 201):
        return []
    return [parsed(data["updated_at"])] if isinstance(data, dict) and "updated_at" in data else []


def sent_version(recording: Recording) -> str | None:
    body = recording.request.get("body") or {}
    fields = body.get("multipart", body) if isinstance(body, dict) else {}
    query = parse_qs(urlsplit(recording.request["path"]).query)
    sent: str | None = fields.get("base_version") or query.get("base_version", [None])[0]
    return sent if sent and not sent.startswith("2026-01-01") else None


# What was there when a chapter began

Step = Callable[[Session], None]


def nothing(session: Session) -> None:
    """Only the people and their pets."""


def reference(session: Session) -> None:
    session.world._ids |= {"pet": 706, "city": 352}


def photos(session: Session) -> None:
    session.add("Photogenic", number=711)
    session.add("Photodog", "dog")
    session.world._ids |= {"media": 7, "medical": 57, "vaccination": 466}
    pet, viewed = session.pet_named("Photogenic"), session.pet_named("Vera")
    for row in (pet, pet, viewed):
        session.world.add_medical_record(row, "checkup", "2026-11-01")
        session.world.add_vaccination(row, "Rabies", "2026-10-01", "2027-10-01")
    pet.vaccinations.pop()
    viewed.vaccinations[0].id = 468


def edges(session: Session) -> None:
    world = session.world
    session.add("Weighty", number=725)
    vaxi = session.add("Vaxi")
    session.add("Vaxa", owner="cara")
    world._ids |= {"pet": 712, "weight": 312, "medical": 60, "vaccination": 468}
    for shot in (
        ("Rabies", "2024-05-01", "2025-05-01"),
        ("Rabies", "2026-05-01", "2027-05-01"),
    ):
        world.add_vaccination(vaxi, *shot)
        world.add_vaccination(session.pet_named("Vaxa"), *shot)
    vaxa = session.pet_named("Vaxa").vaccinations
    for number, row in enumerate([*vaxi.vaccinations, *vaxa], start=469):
        row.id = number


BEGINNINGS: dict[str, Step] = {
    "categories-dog-vi": reference,
    "photos-delete-current-when-none": photos,
    "pets-show-id-beyond-bigint": edges,
}

# What happened without being recorded

BEFORE: list[tuple[str, Step]] = []
# The counters were not set back before these; of the last four it can't be told which requests they had counted.
COUNTED = {"throttle-429-habits-create", "throttle-429-habits-entries-put"}
COUNTED_OTHERS = {
    "pets-create-trailing-slash",
    "vaccination-photo-without-guards-generic-token",
    "vaccination-photo-replace-without-guards-generic-token",
    "vaccination-photo-delete-without-guards-generic-token",
}


def before(pattern: str) -> Callable[[Step], Step]:
    def keep(step: Step) -> Step:
        BEFORE.append((pattern, step))
        return step

    return keep


@before("habits-update-timezone-ok")
def _(session: Session) -> None:
    session.world.habits[1].reminder_enabled = False


def bounds(least: int | None, most: int | None) -> Step:
    def step(session: Session) -> None:
        session.world.habits[2].scale_min, session.world.habits[2].scale_max = least, most

    return step


before("habits-update-scale-min-null|habits-update-pet-ids")(bounds(1, 5))
before("habits-entries-put-inverted-bounds")(bounds(20, 5))
before("habits-entries-put-missing-lower-bound")(bounds(None, 5))
before("habits-entries-put-missing-upper-bound")(bounds(1, None))


def appetite_of(*names: str) -> Step:
    def step(session: Session) -> None:
        session.world.habits[2].pets = [session.pet_named(name) for name in names]

    return step


before("habits-entries-get-pet-removed-from-habit")(appetite_of("Luna"))
before("habits-entries-put-sum-mode|habits-entries-put-missing-lower-bound")(appetite_of("Luna", "Rex"))


@before("habits-delete-ok")
def _(session: Session) -> None:
    session.habit("Short-lived", session.pet_named("Luna"), number=12)


def with_entry(session: Session, name: str, pets: Sequence[Pet], number: int) -> None:
    session.habit(name, *pets, number=number)
    path, entry = f"/api/habits/{number}/entries/2026-11-28", {"pet_id": pets[-1].id, "value_int": 1}
    session.ask("PUT", path, {"entries": [entry]})


@before("habits-show-after-pet-deceased")
def _(session: Session) -> None:
    gone = session.pet_named("Gone")
    with_entry(session, "Zz lone", [gone], 13)
    session.ask("PUT", f"/api/pets/{gone.id}/status", {"status": "deceased"})


@before("habits-show-after-pet-active-again")
def _(session: Session) -> None:
    session.ask("PUT", f"/api/pets/{session.pet_named('Gone').id}/status", {"status": "active"})


@before("habits-entries-get-after-pet-deleted")
def _(session: Session) -> None:
    pet = session.pet_named("Deleted")
    with_entry(session, "Zz deleted pet", [session.pet_named("Luna"), pet], 15)
    session.ask("DELETE", f"/api/pets/{pet.id}")


@before("habits-delete-idempotent-replay")
def _(session: Session) -> None:
    session.habit("Gone already", session.pet_named("Luna"), number=16)
    session.play(load("habits-delete-idempotent-replay"))


@before("throttle-429-habits-create")
def _(session: Session) -> None:
    session.repeat(load("throttle-429-habits-create"), 10)


@before("throttle-429-habits-entries-put")
def _(session: Session) -> None:
    session.repeat(load("habits-entries-put-archived-habit"), 20)


@before("categories-rabbit-name-only-in-ru")
def _(session: Session) -> None:
    for name, language in (("Tmp", "en"), ("Пушистый", "ru")):
        session.ask("POST", "/api/categories", {"name": name, "pet_type_id": 5}, language=language)


@before("cities-create-daily-limit")
def _(session: Session) -> None:
    for number in range(5):
        session.ask("POST", "/api/cities", {"name": f"Filler {number}", "country": "VN"})


@before("photos-create-empty-file")
def _(session: Session) -> None:
    """A damaged picture, which is stored."""
    session.world.add_photo(session.pet_named("Photogenic"), Picture("cat.png", "image/png", b"-" * 40, None, None))


@before("pets-update-type-with-categories-of-old-type")
def _(session: Session) -> None:
    session.pet_named("Catty").categories = [row for row in session.world.categories if row.slug == "abyssinian"]


@before("my-pets-with-photo")
def _(session: Session) -> None:
    """What the chapter before had left."""
    catty = session.add("Catty", "dog", number=707)
    catty.city = next(city for city in session.world.cities if city.slug == "bangkok")
    catty.city_name = "Bangkok"
    for place, name in enumerate(("Catty", "Rex", "Photodog")):
        session.pet_named(name).heap_position = place


@before("photos-create-truncated-png")
def _(session: Session) -> None:
    broken = session.add("Broken", owner="cara", number=732)
    session.world._ids |= {"media": 21, "medical": 63}
    session.world.add_medical_record(broken, "x", "2026-11-01")


@before("medical-records-create-same-again")
def _(session: Session) -> None:
    session.world.add_medical_record(
        session.pet_named("Weighty"), "same", "2026-11-01", description="once", vet_name="Dr. Who"
    )


@before("vaccinations-renew-same-name-and-date")
def _(session: Session) -> None:
    session.world._ids["vaccination"] = 472
    session.world.add_vaccination(session.pet_named("Vaxi"), "FVRCP", "2025-06-01", "2026-06-01")
    session.world._ids["vaccination"] = 474


@before("vaccinations-renew-to-existing-record")
def _(session: Session) -> None:
    for day, due in (("2025-01-01", "2026-01-01"), ("2026-01-05", None)):
        session.world.add_vaccination(session.pet_named("Vaxi"), "FeLV", day, due)


@before("vaccinations-update-name-null")
def _(session: Session) -> None:
    for day in ("2026-02-01", "2026-03-01"):
        session.world.add_vaccination(session.pet_named("Vaxi"), "Putty", day)


@before("my-pets-vaccination-status-borders")
def _(session: Session) -> None:
    for name, number, due in (
        ("due-in-31-days", 730, "2026-12-30"),
        ("due-today", 728, "2026-11-29"),
        ("no-due-date", 731, None),
        ("due-in-30-days", 729, "2026-12-29"),
    ):
        pet = session.add(f"S {name}", owner="cara", number=number)
        session.world.add_vaccination(pet, "Rabies", "2025-11-01", due)
