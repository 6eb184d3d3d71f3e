"""The main app as one person may use it: typed calls under one deadline."""

from functools import cached_property

from mainapp import routes
from mainapp.http.deadline import Deadline
from mainapp.records import (
    Account,
    Country,
    Microchip,
    PetType,
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
from mainapp.session import Reply, Session

__all__ = ["Deadline", "File", "MainAppClient", "Reply"]


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
