"""The routes of the main app this product may call, and no other (main-app.md §16).

The Sanctum token of a connection opens almost all of the main app: groups, money, messages, deleting the account.
What is not a constant here cannot be called.
"""

import re
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Literal

Method = Literal["GET", "POST", "PUT", "DELETE"]
# required: the person's token; optional: likewise, but the main app treats a dead one as a guest (§11.2);
# none: no token, so that nobody's daily quota pays (§2.2); connector: the shared key of the bridge (§5.3).
Auth = Literal["required", "optional", "none", "connector"]

_PLACEHOLDER = re.compile(r"\{(\w+)\}")
LARGEST_ID = 2**63 - 1
# What stands in a path: an id, or a day in the place of "{date}".
InPath = int | date


@dataclass(frozen=True, eq=False)
class Route:
    """One allowed call: method, path under `/api`, who is asked for, and what may go with it. Equal only to itself.

    `verified`: the main app demands a verified e-mail. `idempotent_key`: takes `Idempotency-Key`.
    `repeatable`: a write that may be sent twice without harm. `query`: the query parameters allowed.
    """

    method: Method
    template: str
    auth: Auth = "required"
    verified: bool = True
    idempotent_key: bool = False
    repeatable: bool = False
    query: frozenset[str] = frozenset()

    @property
    def is_write(self) -> bool:
        return self.method != "GET"

    @cached_property
    def parameters(self) -> tuple[str, ...]:
        return tuple(_PLACEHOLDER.findall(self.template))

    def path(self, *ids: InPath) -> str:
        """Fill in the ids, in their order: positive integers below 2⁶³ and nothing else (text ends in 500 there, §15.29), a day in
        the place of `{date}` (§15.37).

        Raises `ValueError` for a missing, unknown or unfit id.
        """
        if len(ids) != len(self.parameters):
            raise ValueError(f"{self} takes the ids {self.parameters}")
        for name, value in zip(self.parameters, ids, strict=True):
            if name == "date" and type(value) is date:
                continue
            if name == "date" or type(value) is not int or not 0 < value <= LARGEST_ID:
                raise ValueError(f"{name} of {self} must be a {'day' if name == 'date' else 'positive integer'}")
        return "/api" + _PLACEHOLDER.sub("{}", self.template).format(*ids)

    def __str__(self) -> str:
        return f"{self.method} {self.template}"


def _read(template: str, *query: str, auth: Auth = "optional") -> Route:
    return Route("GET", template, auth, verified=auth == "required", query=frozenset(query))


def _write(method: Method, template: str) -> Route:
    return Route(method, template, idempotent_key=True)


VERSION = _read("/version", auth="none")
PET_TYPES = _read("/pet-types", auth="none")
# With the token, though public now: before v1.18.5 it needed a login (§14).
COUNTRIES = _read("/countries")

ME = Route("GET", "/users/me", verified=False)
MY_PETS = _read("/my-pets", "pet_type", auth="required")
SECTIONS = _read("/my-pets/sections", auth="required")

PET = _read("/pets/{pet}")
CREATE_PET = _write("POST", "/pets")
UPDATE_PET = _write("PUT", "/pets/{pet}")
SET_PET_STATUS = _write("PUT", "/pets/{pet}/status")
DELETE_PET = _write("DELETE", "/pets/{pet}")
ADD_PET_PHOTO = _write("POST", "/pets/{pet}/photos")
SET_PRIMARY_PHOTO = _write("POST", "/pets/{pet}/photos/{photo}/set-primary")
DELETE_PET_PHOTO = _write("DELETE", "/pets/{pet}/photos/{photo}")

WEIGHTS = _read("/pets/{pet}/weights", "page")
WEIGHT = _read("/pets/{pet}/weights/{weight}")
ADD_WEIGHT = _write("POST", "/pets/{pet}/weights")
UPDATE_WEIGHT = _write("PUT", "/pets/{pet}/weights/{weight}")
DELETE_WEIGHT = _write("DELETE", "/pets/{pet}/weights/{weight}")

MEDICAL_RECORDS = _read("/pets/{pet}/medical-records", "page", "record_type")
MEDICAL_RECORD = _read("/pets/{pet}/medical-records/{record}")
ADD_MEDICAL_RECORD = _write("POST", "/pets/{pet}/medical-records")
UPDATE_MEDICAL_RECORD = _write("PUT", "/pets/{pet}/medical-records/{record}")
DELETE_MEDICAL_RECORD = _write("DELETE", "/pets/{pet}/medical-records/{record}")
ADD_MEDICAL_RECORD_PHOTO = _write("POST", "/pets/{pet}/medical-records/{record}/photos")
DELETE_MEDICAL_RECORD_PHOTO = _write("DELETE", "/pets/{pet}/medical-records/{record}/photos/{photo}")

VACCINATIONS = _read("/pets/{pet}/vaccinations", "page", "status")
VACCINATION = _read("/pets/{pet}/vaccinations/{vaccination}")
ADD_VACCINATION = _write("POST", "/pets/{pet}/vaccinations")
UPDATE_VACCINATION = _write("PUT", "/pets/{pet}/vaccinations/{vaccination}")
DELETE_VACCINATION = _write("DELETE", "/pets/{pet}/vaccinations/{vaccination}")
RENEW_VACCINATION = _write("POST", "/pets/{pet}/vaccinations/{vaccination}/renew")
SET_VACCINATION_PHOTO = _write("POST", "/pets/{pet}/vaccinations/{vaccination}/photo")
DELETE_VACCINATION_PHOTO = _write("DELETE", "/pets/{pet}/vaccinations/{vaccination}/photo")

MICROCHIPS = _read("/pets/{pet}/microchips", "page")
MICROCHIP = _read("/pets/{pet}/microchips/{microchip}")
ADD_MICROCHIP = _write("POST", "/pets/{pet}/microchips")
UPDATE_MICROCHIP = _write("PUT", "/pets/{pet}/microchips/{microchip}")
DELETE_MICROCHIP = _write("DELETE", "/pets/{pet}/microchips/{microchip}")

CATEGORIES = _read("/categories", "pet_type_id", auth="required")
CITIES = _read("/cities", "country", auth="required")

HABITS = _read("/habits", auth="required")
HABIT = _read("/habits/{habit}", auth="required")
CREATE_HABIT = _write("POST", "/habits")
UPDATE_HABIT = _write("PUT", "/habits/{habit}")
ARCHIVE_HABIT = _write("POST", "/habits/{habit}/archive")
RESTORE_HABIT = _write("POST", "/habits/{habit}/restore")
HABIT_DAY = _read("/habits/{habit}/entries/{date}", auth="required")
SET_HABIT_DAY = _write("PUT", "/habits/{habit}/entries/{date}")

EXCHANGE_CODE = Route("POST", "/gpt-auth/exchange", "connector", verified=False)
# Unknown and spent tokens answer 200 as well (§5.4), so a lost answer is simply asked for again.
REVOKE_TOKEN = Route("POST", "/gpt-auth/revoke", "connector", verified=False, repeatable=True)

ALLOWED = frozenset(value for value in list(globals().values()) if isinstance(value, Route))
