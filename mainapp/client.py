"""The main app as one person may use it: typed calls under one deadline."""

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any, TypeVar

from mainapp import routes
from mainapp.http.deadline import Deadline
from mainapp.records import (
    Account,
    Country,
    MedicalRecord,
    Microchip,
    Pet,
    PetType,
    Sections,
    Vaccination,
    Weight,
)
from mainapp.request import File
from mainapp.resources import (
    MEDICAL_RECORDS,
    MICROCHIPS,
    VACCINATIONS,
    WEIGHTS,
    MedicalRecords,
    Pets,
    Resource,
    Vaccinations,
    parsed,
)
from mainapp.routes import Route
from mainapp.session import Reply, Session

__all__ = ["Deadline", "File", "MainAppClient", "Reply"]

T = TypeVar("T")
Json = Mapping[str, Any]


class MainAppClient(Session):
    """One person's calls for one question. All raise `MainAppError`; ids that are no positive integers `ValueError`.

    Writes take `key`, an Idempotency-Key: with it they are tried again when the answer is lost (main-app.md §3).
    """

    @cached_property
    def pets(self) -> Pets:
        return Pets(self)

    @cached_property
    def weights(self) -> Resource[Weight]:
        return Resource(self, WEIGHTS)

    @cached_property
    def medical_records(self) -> MedicalRecords:
        return MedicalRecords(self, MEDICAL_RECORDS)

    @cached_property
    def vaccinations(self) -> Vaccinations:
        return Vaccinations(self, VACCINATIONS)

    @cached_property
    def microchips(self) -> Resource[Microchip]:
        return Resource(self, MICROCHIPS)

    # --- Reading -----------------------------------------------------------------------------------

    def account(self) -> Account:
        """Who the token belongs to (§10.1); `TokenRefused` when it is dead."""
        return parsed(self.call(routes.ME), routes.ME, Account)

    def pet_types(self, language: str | None = None) -> tuple[PetType, ...]:
        """All active kinds of pets, named in that language (§7.1). Throttled per address of ours: cache it."""
        reply = self.call(routes.PET_TYPES, language=language)
        return parsed(reply, routes.PET_TYPES, tuple[PetType, ...])

    def countries(self, language: str | None = None) -> tuple[Country, ...]:
        """All countries, named in that language (§7.3). Costs one of the person's daily requests: cache it."""
        reply = self.call(routes.COUNTRIES, language=language)
        return parsed(reply, routes.COUNTRIES, tuple[Country, ...])

    def my_pets(self) -> tuple[Pet, ...]:
        return self.pets.mine()

    def sections(self) -> Sections:
        return self.pets.sections()

    def pet(self, pet: int) -> Pet:
        return self.pets.read(pet)

    def weight(self, pet: int, weight: int) -> Weight:
        """One weighing (§8.2)."""
        return parsed(self.call(routes.WEIGHT, pet, weight), routes.WEIGHT, Weight)

    def medical_record(self, pet: int, record: int) -> MedicalRecord:
        """One medical record (§8.3)."""
        reply = self.call(routes.MEDICAL_RECORD, pet, record)
        return parsed(reply, routes.MEDICAL_RECORD, MedicalRecord)

    def vaccination(self, pet: int, vaccination: int) -> Vaccination:
        """One vaccination (§8.4)."""
        reply = self.call(routes.VACCINATION, pet, vaccination)
        return parsed(reply, routes.VACCINATION, Vaccination)

    def microchip(self, pet: int, microchip: int) -> Microchip:
        """One microchip (§8.5)."""
        reply = self.call(routes.MICROCHIP, pet, microchip)
        return parsed(reply, routes.MICROCHIP, Microchip)

    # --- Writing -----------------------------------------------------------------------------------

    def write(self, route: Route, parse: Callable[[object, str], T], json: Json, *, key: str | None, **ids: int) -> T:
        """Create or change a record and return it as that answer tells it: create replies leave out what was not
        sent, echo weights as sent (§8.1, §8.2). `BrokenAnswer` has `outcome_unknown`: it was written, unreadably."""
        reply = self.call(route, *_ordered(route, ids), json=json, idempotency_key=key)
        return parse(reply.data, "data")

    def send_photo(
        self,
        route: Route,
        parse: Callable[[object, str], T],
        photo: File,
        guards: Json,
        *,
        key: str | None,
        **ids: int,
    ) -> T:
        """Add a picture (name, bytes, type) to a pet or record; `guards` are its `base_version` and the like (§9.1)."""
        reply = self.call(route, *_ordered(route, ids), json=guards, files={"photo": photo}, idempotency_key=key)
        return parse(reply.data, "data")

    def delete(self, route: Route, guards: Json, *, key: str | None, **ids: int) -> None:
        """Delete a record or photo; `guards` are its `base_version` and `expected_*` (§4)."""
        self.call(route, *_ordered(route, ids), json=guards, idempotency_key=key)


def _ordered(route: Route, ids: Mapping[str, int]) -> list[int]:
    return [ids[name] for name in route.parameters]
