"""The main app as one person may use it: typed calls over the single gate."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar, cast

from mainapp import routes, straight, versions
from mainapp.errors import BrokenAnswer, NotFound
from mainapp.http.deadline import Deadline
from mainapp.parse import parse_list
from mainapp.records import (
    Account,
    Country,
    MedicalRecord,
    Microchip,
    Page,
    Pet,
    PetType,
    Sections,
    Vaccination,
    Weight,
)
from mainapp.request import File
from mainapp.routes import Route
from mainapp.session import Gate, Reply

__all__ = ["Deadline", "File", "MainAppClient", "Reply"]

T = TypeVar("T")
Json = Mapping[str, Any]


class MainAppClient(Gate):
    """One person's calls for one question. All raise `MainAppError`; ids that are no positive integers `ValueError`.

    Writes take `key`, an Idempotency-Key: with it they are tried again when the answer is lost (main-app.md §3).
    """

    # --- Reading -----------------------------------------------------------------------------------

    def account(self) -> Account:
        """Who the token belongs to (§10.1); `TokenRefused` when it is dead."""
        return _parsed(self.call(routes.ME), routes.ME, Account.parse)

    def pet_types(self, language: str | None = None) -> tuple[PetType, ...]:
        """All active kinds of pets, named in that language (§7.1). Throttled per address of ours: cache it."""
        reply = self.call(routes.PET_TYPES, language=language)
        return _parsed(reply, routes.PET_TYPES, lambda data, _: parse_list(data, "pet_types", PetType.parse))

    def countries(self, language: str | None = None) -> tuple[Country, ...]:
        """All countries, named in that language (§7.3). Costs one of the person's daily requests: cache it."""
        reply = self.call(routes.COUNTRIES, language=language)
        return _parsed(reply, routes.COUNTRIES, lambda data, _: parse_list(data, "countries", Country.parse))

    def my_pets(self) -> tuple[Pet, ...]:
        """The pets the person owns, unsorted, with `health`, without `permissions` (§6.1)."""
        reply = self.call(routes.MY_PETS, form=straight.PETS)
        return _parsed(reply, routes.MY_PETS, lambda data, _: parse_list(data, "my_pets", Pet.parse))

    def sections(self) -> Sections:
        """Own, fostered and shared pets in one call, with `health` and `permissions` (§6.1).

        A main app that has no such route is asked for the person's own pets instead, without permissions.
        """
        if versions.has_sections(self.base_url):
            try:
                return _parsed(self.call(routes.SECTIONS, form=straight.SECTIONS), routes.SECTIONS, Sections.parse)
            except NotFound:
                versions.remember_no_sections(self.base_url)
        return Sections(owned=self.my_pets(), fostering_active=(), shared=(), fostering_past=())

    def pet(self, pet: int) -> Pet:
        """One pet with `permissions`, without `health` (§6.2)."""
        return _parsed(self.call(routes.PET, form=straight.PET, pet=pet), routes.PET, Pet.parse)

    def weights(self, pet: int, page: int = 1) -> Page[Weight]:
        """Weighings, newest day first (§8.2)."""
        return self._page(routes.WEIGHTS, pet, page, Weight.parse)

    def weight(self, pet: int, weight: int) -> Weight:
        """One weighing (§8.2)."""
        return _parsed(self.call(routes.WEIGHT, pet=pet, weight=weight), routes.WEIGHT, Weight.parse)

    def medical_records(self, pet: int, page: int = 1, record_type: str | None = None) -> Page[MedicalRecord]:
        """Medical records, newest day first, all or of exactly that type (§8.3)."""
        return self._page(routes.MEDICAL_RECORDS, pet, page, MedicalRecord.parse, record_type=record_type)

    def medical_record(self, pet: int, record: int) -> MedicalRecord:
        """One medical record (§8.3)."""
        reply = self.call(routes.MEDICAL_RECORD, pet=pet, record=record)
        return _parsed(reply, routes.MEDICAL_RECORD, MedicalRecord.parse)

    def vaccinations(self, pet: int, page: int = 1, status: str | None = None) -> Page[Vaccination]:
        """Vaccinations, last given first; status active (theirs when None), overdue, completed or all (§8.4)."""
        return self._page(routes.VACCINATIONS, pet, page, Vaccination.parse, status=status)

    def vaccination(self, pet: int, vaccination: int) -> Vaccination:
        """One vaccination (§8.4)."""
        reply = self.call(routes.VACCINATION, pet=pet, vaccination=vaccination)
        return _parsed(reply, routes.VACCINATION, Vaccination.parse)

    def microchips(self, pet: int, page: int = 1) -> Page[Microchip]:
        """Microchips, those without a date first (§8.5)."""
        return self._page(routes.MICROCHIPS, pet, page, Microchip.parse)

    def microchip(self, pet: int, microchip: int) -> Microchip:
        """One microchip (§8.5)."""
        reply = self.call(routes.MICROCHIP, pet=pet, microchip=microchip)
        return _parsed(reply, routes.MICROCHIP, Microchip.parse)

    # --- Writing -----------------------------------------------------------------------------------

    def write(self, route: Route, parse: Callable[[object, str], T], json: Json, *, key: str | None, **ids: int) -> T:
        """Create or change a record and return it as that answer tells it: create replies leave out what was not
        sent, echo weights as sent (§8.1, §8.2). `BrokenAnswer` has `outcome_unknown`: it was written, unreadably."""
        reply = self.call(
            route, query=None, json=json, files=None, idempotency_key=key, language=None, form=None, **ids
        )
        return _parsed(reply, route, parse)

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
        reply = self.call(
            route, query=None, json=guards, files={"photo": photo}, idempotency_key=key, language=None, form=None, **ids
        )
        return _parsed(reply, route, parse)

    def delete(self, route: Route, guards: Json, *, key: str | None, **ids: int) -> None:
        """Delete a record or photo; `guards` are its `base_version` and `expected_*` (§4)."""
        self.call(route, query=None, json=guards, files=None, idempotency_key=key, language=None, form=None, **ids)

    def _page(
        self, route: Route, pet: int, page: int, parse: Callable[[object, str], T], **filters: str | None
    ) -> Page[T]:
        query: dict[str, str | int] = {name: value for name, value in filters.items() if value is not None}
        reply = self.call(route, query={"page": page, **query}, pet=pet)
        return _parsed(reply, route, lambda data, where: Page.parse(data, parse, where))


def _parsed(reply: Reply, route: Route, parse: Callable[[object, str], T]) -> T:
    if reply.record is not None:
        return cast(T, reply.record)
    try:
        return parse(reply.data, "data")
    except BrokenAnswer as broken:
        broken.status, broken.route, broken.sent = reply.status, str(route), True
        broken.outcome_unknown = route.is_write
        raise
