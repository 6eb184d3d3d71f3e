"""What the main app tells, as typed values: the documented fields this product uses, and nothing else.

The main app's JSON carries other people's e-mails, raw storage rows and inline images (main-app.md §6.2, §15.26);
what is not named here does not come in. The types say what is believed; `read` makes records of parsed JSON.
"""

import functools
import math
import re
from contextlib import suppress
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any, Generic, TypeVar

import msgspec
from msgspec import Meta, Struct, ValidationError, convert, field
from msgspec.structs import force_setattr

from mainapp.errors import BrokenAnswer
from mainapp.messages import LONGEST_TEXT, Answer, mended
from mainapp.routes import LARGEST_ID as LARGEST_ID
from mainapp.routes import Route

T = TypeVar("T")

LONGEST_URL = 2000
# How a web address begins, and an inline `data:` image does not (§9.2).
WEB = ("https://", "http://")
# Nothing else that `fromisoformat` takes: 2026-W01-1 is one more date to it.
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)

Id = Annotated[int, Meta(gt=0, le=LARGEST_ID)]
# Of a day.
Part = Annotated[int, Meta(ge=-LARGEST_ID, le=LARGEST_ID)]
Text = Annotated[str, Meta(max_length=LONGEST_TEXT)]

if TYPE_CHECKING:
    Day = date
else:

    class _ReadByUs(type):
        """What msgspec leaves to `_value`, and takes whatever that makes of it."""

        def __instancecheck__(cls, value: object) -> bool:
            return True

    class Day(metaclass=_ReadByUs):
        """A calendar day, from a plain date or a midnight-UTC moment: its first ten characters, no time zone (§8.1)."""


def _value(kind: Any, value: object) -> date:
    """Raises ValueError, which msgspec tells with the value's path."""
    if isinstance(value, str) and _DAY.match(value):
        return date.fromisoformat(value[:10])
    raise ValueError


def _is_on_the_web(address: str) -> bool:
    """Any other text is no address, and is kept as None: inline `data:` images of several kilobytes above all (§9.2)."""
    return address.startswith(WEB) and len(address) <= LONGEST_URL


def _only_finite(name: str, number: Decimal | None) -> None:
    """Raises ValueError, in the words in which msgspec tells of a field: `_path` reads them."""
    if number is not None and not math.isfinite(number):
        raise ValueError(f"Object has an unusable field `{name}`")


class _Envelope(Struct, Generic[T], frozen=True):
    """What every 2xx answer is (§1.1)."""

    data: T
    success: Any = None


@functools.lru_cache(maxsize=64)
def _decoder(kind: type) -> msgspec.json.Decoder[_Envelope[Any]]:
    return msgspec.json.Decoder(_Envelope[kind], strict=False, dec_hook=_value)  # type: ignore[valid-type]


def data_in(answer: Answer, route: Route, kind: type | None) -> Any:
    """`data` of a 2xx answer (§1.1), parsed or as a record of this kind; None of a deletion's 204. Raises `BrokenAnswer`, saying where.

    Straight from the text where nothing is: making Python's dicts and lists of it first takes longer than all the rest.
    """
    # A single character is looked for many times as fast.
    if kind is not None and (b"\\" not in answer.raw or b"\\u0000" not in answer.raw):
        # ValueError: what is no JSON, or UTF-8, to msgspec; texts with half a surrogate pair among it. What is wrong is told below.
        with suppress(ValueError, RecursionError):
            envelope = _decoder(kind).decode(answer.raw.decode())
            if envelope.success is not False:
                return envelope.data
    if answer.status == 204 and route.method == "DELETE":
        return None
    about: dict[str, Any] = {"status": answer.status, "route": str(route)}
    if "data" not in answer.payload or answer.payload.get("success") is False:
        raise BrokenAnswer("no JSON" if answer.body is None else "no data in the answer", **about)
    data = answer.payload["data"]
    return data if kind is None else read(kind, data, **about)


def read(kind: type[T], data: object, **about: Any) -> T:
    """A record, or a tuple of them, from parsed JSON. Raises `BrokenAnswer` naming the field, never quoting it; about: its answer.

    Numbers may be text, flags 0 or 1 (§15). Where null stands for an absent key (older versions lack keys, §14; create replies omit
    what was not sent, §8.1), or a text is far too long, a second reading passes that over.
    """
    path = ""
    for tidy in (False, True):
        try:
            given = _without_nulls(mended(data)) if tidy else data
            return convert(given, kind, strict=False, dec_hook=_value)
        except ValidationError as error:
            path = _path(str(error))
        except RecursionError:
            path = ""
    raise BrokenAnswer(field=f"data{path}", **about)


def _without_nulls(data: object) -> object:
    if isinstance(data, dict):
        return {name: _without_nulls(value) for name, value in data.items() if value is not None}
    return [_without_nulls(value) for value in data] if isinstance(data, list) else data


def _path(message: str) -> str:
    """Where it was, from msgspec's own words ("… missing required field `id` - at `$.owned[0]`")."""
    at = re.search(r"at `\$?([^`]*)`$", message)
    named = re.match(r"Object (?:missing required|has an unusable) field `([^`]*)`", message)
    return (at[1] if at else "") + (f".{named[1]}" if named else "")


class PetType(Struct, frozen=True):
    """A kind of pet (§7.1). `slug` is the stable key, `name` is in the language asked for. The flags are None where
    a shortened object leaves them out; that only cats have vaccinations and medical records is told nowhere (§7.2)."""

    id: Id
    slug: Text
    name: Text
    weight_tracking_allowed: bool | None = None
    microchips_allowed: bool | None = None

    @property
    def keeps(self) -> list[str]:
        """What the main app keeps for such a pet: its flags, and what no flag tells (§7.2). A refusal is always its own."""
        may = {
            "weights": self.weight_tracking_allowed is not False,
            "vaccinations": self.slug == "cat",
            "medical_records": self.slug == "cat",
            "microchips": self.microchips_allowed is not False,
            "photos": self.slug in ("cat", "dog"),
            "habits": True,
        }
        return [name for name, allowed in may.items() if allowed]


class Country(Struct, frozen=True):
    """A country (§7.3): two upper-case letters and a name in the language asked for."""

    code: Text
    name: Text


class Photo(Struct, frozen=True):
    """A stored picture (§9.2). Addresses are public and change while `processing`; inline images are left out."""

    id: Id
    url: str | None = None
    thumb_url: str | None = None
    is_primary: bool = False
    processing: bool = False

    def __post_init__(self) -> None:
        if self.url is not None and not _is_on_the_web(self.url):
            force_setattr(self, "url", None)
        if self.thumb_url is not None and not _is_on_the_web(self.thumb_url):
            force_setattr(self, "thumb_url", None)


class HealthSummary(Struct, frozen=True):
    """The newest weight and how vaccinations stand: overdue, due_soon, up_to_date or unknown (§6.2).

    `vaccination_status` speaks of a cat; other kinds have no vaccinations and are "unknown"."""

    latest_weight_kg: Decimal | None = None
    latest_weight_on: Day | None = field(default=None, name="latest_weight_record_date")
    vaccination_status: Text = "unknown"

    def __post_init__(self) -> None:
        _only_finite("latest_weight_kg", self.latest_weight_kg)
        if not self.vaccination_status:
            force_setattr(self, "vaccination_status", "unknown")


class AccessSource(Struct, frozen=True):
    """How access came: as type "relationship" and role "owner", or type "group" (§6.2)."""

    type: Text
    role: Text = ""


class ViewerPermissions(Struct, frozen=True):
    """What the person may do with a pet (§6.2). `can_edit` also decides over all health records. Keys that a version
    before v1.18.0 did not have are None (§14)."""

    can_edit: bool = False
    can_delete: bool | None = None
    is_owner: bool = False
    is_editor: bool = False
    is_viewer: bool = False
    is_foster: bool | None = None
    is_sitter: bool | None = None
    sources: tuple[AccessSource, ...] = field(default=(), name="access_sources")


class Person(Struct, frozen=True):
    """Somebody else, of whom the name alone is kept (§6.2 lists what else comes along)."""

    name: Text = ""


class Relationship(Struct, frozen=True):
    """Who has to do with a pet, as what, and until when (§6.2); `user` is there where one pet was read."""

    role: Text = field(default="", name="relationship_type")
    end_at: Any = None
    user: Person | None = None


class Category(Struct, frozen=True):
    """A breed, or whatever people made a category of a kind of pet (§7.3): its name in the language asked for, empty where it has none
    there."""

    id: Id
    name: Text | None = None
    slug: Text | None = None


class City(Struct, frozen=True):
    """A city (§7.3), named in the language asked for."""

    name: Text
    id: Id | None = None
    country: Text | None = None


# How much of a birthday each precision covers.
_PARTS: dict[str, int] = {"year": 1, "month": 2, "day": 3}


class Pet(Struct, frozen=True, kw_only=True):
    """A pet as any of the main app's answers shows it (§6.2).

    Only the parts that `birthday_precision` (day, month, year, unknown) covers are kept: the others may be stale. Together
    they may be no day of the calendar: 31 February is stored, and `birthday` then says 3 March (§6.3). `version` is what
    `base_version` wants (§4). `permissions` and `health` are None in answers that leave them out.
    """

    id: Id
    name: Text
    sex: Text = "not_specified"
    status: Text = "active"
    pet_type_id: Id
    pet_type: PetType | None = None
    birthday_precision: Text = "unknown"
    birthday_year: Part | None = None
    birthday_month: Part | None = None
    birthday_day: Part | None = None
    # As told; None when read, but for rows from before the parts existed, where it alone carries them.
    birthday: Any = None
    country: Text | None = None
    # A name in lists, an object elsewhere (§15.7).
    named_city: Text | City | None = field(default=None, name="city")
    city_id: Id | None = None
    # None where the answer does not tell.
    categories: tuple[Category, ...] | None = None
    description: Text | None = None
    description_locale: Text | None = None
    photo_url: str | None = None
    photos: tuple[Photo, ...] = ()
    permissions: ViewerPermissions | None = field(default=None, name="viewer_permissions")
    health: HealthSummary | None = field(default=None, name="health_summary")
    relationships: tuple[Relationship, ...] | None = ()
    version: Text = field(name="updated_at")

    @property
    def is_own(self) -> bool:
        """Whether it is the person's, as far as the answer tells."""
        return self.permissions is None or self.permissions.is_owner

    @property
    def owner_name(self) -> str | None:
        """The whole name of an owner; None where the answer names none."""
        owners = (link for link in self.relationships or () if link.role == "owner" and link.end_at is None)
        return next((link.user.name for link in owners if link.user is not None and link.user.name), None)

    def __post_init__(self) -> None:
        if self.photo_url is not None and not _is_on_the_web(self.photo_url):
            force_setattr(self, "photo_url", None)
        # Most pets are as they should be, and nothing else of them is written again.
        birthday = self.birthday
        if birthday is not None:
            force_setattr(self, "birthday", None)
        if self.birthday_precision == "day" and self.birthday_year is not None and self.sex and self.status:
            return
        covered = _PARTS.get(self.birthday_precision, 0)
        change: dict[str, Any] = {}
        if covered == 3 and self.birthday_year is None and birthday is not None:
            whole = _value(Day, birthday)
            change = {"birthday_year": whole.year, "birthday_month": whole.month, "birthday_day": whole.day}
        if covered < 3:
            change = dict.fromkeys(("birthday_year", "birthday_month", "birthday_day")[covered:])
        if not covered:
            change["birthday_precision"] = "unknown"
        if not self.sex:
            change["sex"] = "not_specified"
        if not self.status:
            change["status"] = "active"
        for name, value in change.items():
            force_setattr(self, name, value)

    @property
    def category_ids(self) -> list[int]:
        return sorted(one.id for one in self.categories or ())

    @property
    def city(self) -> str | None:
        """Its name."""
        return self.named_city.name if isinstance(self.named_city, City) else self.named_city


class Sections(Struct, frozen=True):
    """The person's pets by how they came to them (§6.1). A pet appears once; lost and deceased ones are there."""

    owned: tuple[Pet, ...]
    fostering_active: tuple[Pet, ...] = ()
    shared: tuple[Pet, ...] = ()
    fostering_past: tuple[Pet, ...] = ()


class Weight(Struct, frozen=True):
    """A weighing (§8.2): kilograms as told (two decimals when read, as sent when written)."""

    id: Id
    pet_id: Id
    weight_kg: Decimal
    record_date: Day
    version: Text = field(name="updated_at")
    created_at: Text | None = None

    def __post_init__(self) -> None:
        _only_finite("weight_kg", self.weight_kg)


class Vaccination(Struct, frozen=True, kw_only=True):
    """A vaccination (§8.4). `is_overdue` is None before v1.18.2 and in create replies. One photo at most."""

    id: Id
    pet_id: Id
    vaccine_name: Text
    administered_at: Day
    due_at: Day | None = None
    notes: Text | None = None
    completed_on: Day | None = field(default=None, name="completed_at")
    is_overdue: bool | None = None
    photo: Photo | None = None
    photo_url: str | None = None
    created_at: Text | None = None
    version: Text = field(name="updated_at")

    def __post_init__(self) -> None:
        if self.photo_url is not None and not _is_on_the_web(self.photo_url):
            force_setattr(self, "photo_url", None)


class MedicalRecord(Struct, frozen=True, kw_only=True):
    """A medical record (§8.3). `record_type` is free text."""

    id: Id
    pet_id: Id
    record_type: Text
    record_date: Day
    description: Text | None = None
    vet_name: Text | None = None
    photos: tuple[Photo, ...] = ()
    created_at: Text | None = None
    version: Text = field(name="updated_at")


class Microchip(Struct, frozen=True, kw_only=True):
    """A microchip (§8.5): 10 to 20 characters, unique in the whole main app."""

    id: Id
    pet_id: Id
    chip_number: Text
    issuer: Text | None = None
    implanted_at: Day | None = None
    created_at: Text | None = None
    version: Text = field(name="updated_at")


class PetOfHabit(Struct, frozen=True):
    id: Id
    name: Text


class HabitCapabilities(Struct, frozen=True):
    can_edit: bool = False
    # Of whoever made it, who alone may change its pets.
    can_delete: bool = False
    can_archive: bool = False


class Habit(Struct, frozen=True, kw_only=True):
    """Something that is noted daily of some pets, and reminded of (§10.2). Weekdays count from Sunday, 0; none are every day."""

    id: Id
    name: Text
    value_type: Text
    scale_min: int | None = None
    scale_max: int | None = None
    timezone: Text | None = None
    reminder_enabled: bool = False
    # With seconds, which are refused as input (§15.38).
    reminder_time_told: Text | None = field(default=None, name="reminder_time")
    reminder_weekdays_told: tuple[int, ...] | None = field(default=None, name="reminder_weekdays")
    archived_at: Text | None = None
    pets: tuple[PetOfHabit, ...] = ()
    capabilities: HabitCapabilities = HabitCapabilities()
    version: Text = field(name="updated_at")

    @property
    def reminder_time(self) -> str | None:
        """HH:MM, as it is taken."""
        return self.reminder_time_told[:5] if self.reminder_time_told else None

    @property
    def reminder_weekdays(self) -> list[int]:
        return sorted(self.reminder_weekdays_told or ())

    @property
    def pet_ids(self) -> list[int]:
        return sorted(pet.id for pet in self.pets)


class HabitEntry(Struct, frozen=True):
    """What was noted of a pet on a day; None: nothing. `is_current_pet` is false of one that has left the habit."""

    pet_id: Id
    pet_name: Text = ""
    value_int: int | None = None
    is_current_pet: bool = True


class HabitDay(Struct, frozen=True):
    date: Day
    entries: tuple[HabitEntry, ...] = ()


class Account(Struct, frozen=True):
    """The person a token belongs to (§10.1), without the e-mail address. Storage in bytes, None before v1.6.0."""

    id: Id
    name: Text
    email_verified_at: Text | None = None
    is_banned: bool = False
    locale: Text | None = None
    is_premium: bool = False
    storage_used_bytes: int | None = None
    storage_limit_bytes: int | None = None

    @property
    def email_verified(self) -> bool:
        return self.email_verified_at is not None

    def __repr__(self) -> str:
        return f"Account({self.id})"


class _Meta(Struct, frozen=True):
    current_page: int
    last_page: int
    total: int


class Page(Struct, Generic[T], frozen=True):
    """One page of a list (§8.1), 25 records at most; a page past the end is empty. `total` counts all pages."""

    items: tuple[T, ...] = field(name="data")
    meta: _Meta

    @property
    def page(self) -> int:
        return self.meta.current_page

    @property
    def last_page(self) -> int:
        return self.meta.last_page

    @property
    def total(self) -> int:
        return self.meta.total
