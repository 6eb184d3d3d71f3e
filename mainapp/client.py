"""What a person has in the main app, kind by kind: listed, read, created, changed and deleted, guarded as the contract wants it.

Every method raises `MainAppError`; ids that are no positive integers `ValueError`. Writes take `key`, an Idempotency-Key: with it they
are tried again when the answer is lost (main-app.md §3); `BrokenAnswer` has `outcome_unknown` where it was written, unreadably.
"""

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Generic, Protocol, TypeVar

from mainapp import routes
from mainapp.errors import BrokenAnswer, ExpectedMismatch, NotFound
from mainapp.http.connection import Deadline as Deadline
from mainapp.messages import File as File
from mainapp.messages import Rate
from mainapp.records import (
    Account,
    Category,
    City,
    Country,
    Habit,
    HabitDay,
    MedicalRecord,
    Microchip,
    Page,
    Pet,
    PetType,
    Sections,
    Vaccination,
    Weight,
)
from mainapp.routes import Route
from mainapp.session import Session

Body = Mapping[str, Any]


class Identified(Protocol):
    @property
    def id(self) -> int: ...


class Versioned(Identified, Protocol):
    """A record of the main app; `version` is what `base_version` wants (§4)."""

    @property
    def pet_id(self) -> int: ...
    @property
    def version(self) -> str: ...


R = TypeVar("R", bound=Versioned)
S = TypeVar("S", bound=Identified)


@dataclass(frozen=True)
class Kind(Generic[R]):
    """One kind of health record. expected: the fields whose values guard a deletion; guards: what else goes with it."""

    record: type[R]
    list: Route
    read: Route
    create: Route
    update: Route
    delete: Route
    expected: tuple[str, ...] = ()
    guards: Body | None = None


# A finance entry that hangs on a record stays: this connection may not touch money (§8.4).
_KEEPS_MONEY = {"linked_transaction": "keep"}

WEIGHTS = Kind(
    Weight,
    routes.WEIGHTS,
    routes.WEIGHT,
    routes.ADD_WEIGHT,
    routes.UPDATE_WEIGHT,
    routes.DELETE_WEIGHT,
    expected=("weight_kg", "record_date"),
)
MEDICAL_RECORDS = Kind(
    MedicalRecord,
    routes.MEDICAL_RECORDS,
    routes.MEDICAL_RECORD,
    routes.ADD_MEDICAL_RECORD,
    routes.UPDATE_MEDICAL_RECORD,
    routes.DELETE_MEDICAL_RECORD,
    expected=("record_type", "record_date"),
    guards=_KEEPS_MONEY,
)
VACCINATIONS = Kind(
    Vaccination,
    routes.VACCINATIONS,
    routes.VACCINATION,
    routes.ADD_VACCINATION,
    routes.UPDATE_VACCINATION,
    routes.DELETE_VACCINATION,
    expected=("vaccine_name", "administered_at"),
    guards=_KEEPS_MONEY,
)
MICROCHIPS = Kind(
    Microchip,
    routes.MICROCHIPS,
    routes.MICROCHIP,
    routes.ADD_MICROCHIP,
    routes.UPDATE_MICROCHIP,
    routes.DELETE_MICROCHIP,
    guards=_KEEPS_MONEY,
)


class Resource(Generic[R]):
    """The records of one kind, of any pet of the person (§8)."""

    def __init__(self, session: Session, kind: Kind[R]) -> None:
        self._session, self._kind = session, kind

    def list(self, pet: int, page: int = 1, **filters: str | None) -> Page[R]:
        """One page, newest first; microchips without a date come first. Filters (`record_type` of medical records, `status` of
        vaccinations: active when not given, overdue, completed, all) that are None are left out."""
        route, record = self._kind.list, self._kind.record
        given = {name: value for name, value in filters.items() if value is not None}
        # `record` is a value to mypy, to msgspec the type that it stands for.
        kind = Page[record]  # type: ignore[valid-type]
        return self._session.record(kind, route, pet, query={"page": page, **given})

    def read(self, pet: int, record: int) -> R:
        route = self._kind.read
        return _asked_for(self._session.record(self._kind.record, route, pet, record), record, route)

    def create(self, pet: int, body: Body, *, key: str | None) -> R:
        """The record as the answer shows it: it leaves out what was not sent, and echoes weights as sent (§8.1, §8.2)."""
        return self._write(self._kind.create, pet, body=body, key=key)

    def update(self, pet: int, record: int, body: Body, *, key: str | None) -> R:
        """Change the fields in `body`; with `base_version` in it only if nobody else has changed the record since (§4)."""
        return self._write(self._kind.update, pet, record, body=body, key=key)

    def delete(self, pet: int, record: R, *, key: str | None) -> None:
        """Delete it if it still is what `record` says (§4)."""
        guards = {**self._guards(record), **(self._kind.guards or {})}
        self._session.call(self._kind.delete, pet, record.id, json=guards, idempotency_key=key)

    @property
    def creations_left(self) -> Rate | None:
        """The minute limit of creating them, as its last answer in this session told it (§2.1)."""
        return self._session.rates.get(self._kind.create)

    def _guards(self, record: R) -> dict[str, Any]:
        return {
            "base_version": record.version,
            **{f"expected_{name}": getattr(record, name) for name in self._kind.expected},
        }

    def _write(self, route: Route, *ids: int, body: Body, key: str | None, photo: File | None = None) -> R:
        files = {"photo": photo} if photo else None
        return self._session.record(self._kind.record, route, *ids, json=body, files=files, idempotency_key=key)


class MedicalRecords(Resource[MedicalRecord]):
    """Medical records hold up to a hundred photos."""

    def add_photo(self, pet: int, record: MedicalRecord, photo: File, *, key: str | None) -> MedicalRecord:
        """Add a picture (name, bytes, type) to the record, if it still is the version given (§9.1)."""
        route = routes.ADD_MEDICAL_RECORD_PHOTO
        guards = {"base_version": record.version}
        return self._write(route, pet, record.id, body=guards, key=key, photo=photo)

    def delete_photo(self, pet: int, record: MedicalRecord, photo: int, *, key: str | None) -> None:
        """Delete one of its pictures, if the record still is the version given (§9.1)."""
        guards = {"base_version": record.version}
        self._session.call(routes.DELETE_MEDICAL_RECORD_PHOTO, pet, record.id, photo, json=guards, idempotency_key=key)


class Vaccinations(Resource[Vaccination]):
    """Vaccinations can be renewed, and hold one photo."""

    def renew(self, pet: int, old: Vaccination, body: Body, *, key: str | None) -> Vaccination:
        """Complete `old`, if it still is what it says, and return the new one that takes its place (§8.4)."""
        route = routes.RENEW_VACCINATION
        return self._write(route, pet, old.id, body={**body, **self._guards(old)}, key=key)

    def set_photo(self, pet: int, vaccination: Vaccination, photo: File, *, key: str | None) -> Vaccination:
        """Give it this picture (name, bytes, type) in place of the one that it has, if it still is what it says (§9.1).

        The main app never replaces for us, as a form's text isn't the number it expects (trap 43): the old picture is deleted
        when the new one has been refused for it. Not before: under this key it may be the new one. Where the second upload
        fails, the vaccination has none.
        """
        route = routes.SET_VACCINATION_PHOTO
        guards = {"base_version": vaccination.version, "expected_photo_id": ""}
        try:
            return self._write(route, pet, vaccination.id, body=guards, key=key, photo=photo)
        except ExpectedMismatch:
            if vaccination.photo is None:
                raise
        self.delete_photo(pet, vaccination, vaccination.photo.id, key=None)
        guards["base_version"] = self.read(pet, vaccination.id).version
        return self._write(route, pet, vaccination.id, body=guards, key=key, photo=photo)

    def delete_photo(self, pet: int, vaccination: Vaccination, photo: int, *, key: str | None) -> None:
        """Delete its picture, if it still is this one (§9.1)."""
        guards = {"base_version": vaccination.version, "expected_photo_id": photo}
        self._session.call(routes.DELETE_VACCINATION_PHOTO, pet, vaccination.id, json=guards, idempotency_key=key)


# When (monotonic) a main app last said that it has no list of all pets. Believed for a while only: should it be a slip of a deploy,
# the pets that others share would stay away for no longer than this.
without_sections: dict[str, float] = {}
BELIEVED_SECONDS = 600.0


class Pets:
    """The person's pets. `language` is that of a description: the main app translates from it (§12)."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def mine(self) -> tuple[Pet, ...]:
        """The pets the person owns, unsorted, with `health`, without `permissions` (§6.1)."""
        return self._session.record(tuple[Pet, ...], routes.MY_PETS)

    def sections(self) -> Sections:
        """Own, fostered and shared pets in one call, with `health` and `permissions` (§6.1).

        A main app that has no such route is asked for the person's own pets instead, without permissions.
        """
        base_url = self._session.base_url
        if time.monotonic() - without_sections.get(base_url, -math.inf) > BELIEVED_SECONDS:
            try:
                return self._session.record(Sections, routes.SECTIONS)
            except NotFound:
                without_sections[base_url] = time.monotonic()
        return Sections(owned=self.mine(), fostering_active=(), shared=(), fostering_past=())

    def read(self, pet: int) -> Pet:
        """One pet with `permissions`, without `health` (§6.2)."""
        return _asked_for(self._session.record(Pet, routes.PET, pet), pet, routes.PET)

    def create(self, body: Body, *, key: str | None, language: str | None = None) -> Pet:
        """Raises `DuplicatePet` too, unless the body says `allow_duplicate` (§6.3)."""
        return self._session.record(Pet, routes.CREATE_PET, json=body, idempotency_key=key, language=language)

    def update(self, pet: int, body: Body, *, key: str | None, language: str | None = None) -> None:
        """Change the fields in `body`; with `base_version` in it only if nobody else has changed the pet since (§4)."""
        self._session.call(routes.UPDATE_PET, pet, json=body, idempotency_key=key, language=language)

    def set_status(self, pet: Pet, body: Body, *, key: str | None) -> None:
        """Active, lost or deceased (§6.5), if the status still is the one of `pet`: a version counts whole seconds (trap 18)."""
        body = {**body, "expected_status": pet.status}
        self._session.call(routes.SET_PET_STATUS, pet.id, json=body, idempotency_key=key, kind=Pet)

    def delete(self, pet: Pet, *, key: str | None) -> None:
        """Delete it for good, if it still is what `pet` says (§6.5)."""
        guards = {"base_version": pet.version, "expected_name": pet.name, "expected_status": pet.status}
        self._session.call(routes.DELETE_PET, pet.id, json=guards, idempotency_key=key)

    def add_photo(self, pet: int, photo: File, *, key: str | None) -> Pet:
        """Add a picture (name, bytes, type), which becomes the main one (§9.1)."""
        files = {"photo": photo}
        return self._session.record(Pet, routes.ADD_PET_PHOTO, pet, json={}, files=files, idempotency_key=key)

    def delete_photo(self, pet: Pet, photo: int, *, key: str | None) -> None:
        """Delete one of its pictures, if it still is the version given; the next one becomes the main one (§9.1)."""
        guards = {"base_version": pet.version}
        self._session.call(routes.DELETE_PET_PHOTO, pet.id, photo, json=guards, idempotency_key=key)

    def set_primary_photo(self, pet: int, photo: int, *, key: str | None) -> Pet:
        return self._session.record(Pet, routes.SET_PRIMARY_PHOTO, pet, photo, json={}, idempotency_key=key)


class Habits:
    """What is noted daily of the person's pets (§10.2). A version says nothing about a habit's pets (trap 47)."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def all(self) -> tuple[Habit, ...]:
        """Own and shared ones, archived last."""
        return self._session.record(tuple[Habit, ...], routes.HABITS)

    def read(self, habit: int) -> Habit:
        return _asked_for(self._session.record(Habit, routes.HABIT, habit), habit, routes.HABIT)

    def create(self, body: Body, *, key: str | None) -> Habit:
        return self._session.record(Habit, routes.CREATE_HABIT, json=body, idempotency_key=key)

    def update(self, habit: int, body: Body, *, key: str | None) -> Habit:
        return self._session.record(Habit, routes.UPDATE_HABIT, habit, json=body, idempotency_key=key)

    def set_archived(self, habit: Habit, archived: bool, *, key: str | None) -> Habit:
        route = routes.ARCHIVE_HABIT if archived else routes.RESTORE_HABIT
        guards = {"base_version": habit.version}
        return self._session.record(Habit, route, habit.id, json=guards, idempotency_key=key)

    def day(self, habit: int, day: date) -> HabitDay:
        return self._session.record(HabitDay, routes.HABIT_DAY, habit, day)

    def set_day(self, habit: int, day: date, values: Mapping[int, int | None], *, key: str | None) -> HabitDay:
        """All or nothing; None takes an entry away, pets that are not named keep theirs."""
        body = {"entries": [{"pet_id": pet, "value_int": value} for pet, value in values.items()]}
        return self._session.record(HabitDay, routes.SET_HABIT_DAY, habit, day, json=body, idempotency_key=key)


class MainAppClient(Session):
    """One person's calls for one question. All raise `MainAppError`; ids that are no positive integers `ValueError`.

    Writes take `key`, an Idempotency-Key: with it they are tried again when the answer is lost (main-app.md §3). Kinds are made where
    they are asked for: kept, they and this would hold one another until the garbage collector came.
    """

    @property
    def pets(self) -> Pets:
        return Pets(self)

    @property
    def weights(self) -> Resource[Weight]:
        return Resource(self, WEIGHTS)

    @property
    def medical_records(self) -> MedicalRecords:
        return MedicalRecords(self, MEDICAL_RECORDS)

    @property
    def vaccinations(self) -> Vaccinations:
        return Vaccinations(self, VACCINATIONS)

    @property
    def microchips(self) -> Resource[Microchip]:
        return Resource(self, MICROCHIPS)

    @property
    def habits(self) -> Habits:
        return Habits(self)

    def categories(self, pet_type: int, language: str | None = None) -> tuple[Category, ...]:
        """The categories of a kind of pet that the person may use, breeds above all (§7.3)."""
        query = {"pet_type_id": pet_type}
        return self.record(tuple[Category, ...], routes.CATEGORIES, query=query, language=language)

    def cities(self, country: str, language: str | None = None) -> tuple[City, ...]:
        """The cities of a country, named in that language; in English where they have no name in it (§7.3)."""
        return self.record(tuple[City, ...], routes.CITIES, query={"country": country}, language=language)

    def account(self) -> Account:
        """Who the token belongs to (§10.1); `TokenRefused` when it is dead."""
        return self.record(Account, routes.ME)

    def pet_types(self, language: str | None = None) -> tuple[PetType, ...]:
        """All active kinds of pets, named in that language (§7.1). Throttled per address of ours: cache it."""
        return self.record(tuple[PetType, ...], routes.PET_TYPES, language=language)

    def countries(self, language: str | None = None) -> tuple[Country, ...]:
        """All countries, named in that language (§7.3). Costs one of the person's daily requests: cache it."""
        return self.record(tuple[Country, ...], routes.COUNTRIES, language=language)


def _asked_for(record: S, wanted: int, route: Route) -> S:
    """An answer that comes late, to a request before, must not be taken for this one's."""
    if record.id != wanted:
        raise BrokenAnswer("not the record that was asked for", status=200, route=str(route))
    return record
