"""What the main app tells, as typed values: the documented fields this product uses, and nothing else.

The main app's JSON carries other people's e-mails, raw storage rows and inline images (main-app.md §6.2, §15.26);
what is not named here does not come in. Every `parse` raises `BrokenAnswer`, naming the field, when something
required is absent or of another type.

Pets are read hundreds at a time: their records say in their types how the main app mostly writes them, and `mainapp.straight` reads
that form from the bytes. `parse` reads every form, and judges.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Annotated, Generic, Literal, TypeVar, dataclass_transform

from msgspec import Meta, Struct

from mainapp.parse import LARGEST_ID, LONGEST_TEXT, LONGEST_URL, Fields, parse_list

T = TypeVar("T")

Id = Annotated[int, Meta(gt=0, le=LARGEST_ID)]
Text = Annotated[str, Meta(max_length=LONGEST_TEXT)]
Word = Annotated[str, Meta(min_length=1, max_length=LONGEST_TEXT)]
Url = Annotated[str, Meta(max_length=LONGEST_URL)]
# Of a date: larger than any year, far below what a computer counts to.
Part = Annotated[int, Meta(ge=0, le=9999)]
Precision = Literal["day", "month", "year", "unknown"]


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def _record(cls: type[T]) -> type[T]:
    """A dataclass that mypy holds to be frozen; Python itself, holding it, would take half as long again to read a list."""
    return dataclass(slots=True, unsafe_hash=True)(cls)


class PetType(Struct, frozen=True):
    """A kind of pet (§7.1). `slug` is the stable key, `name` is in the language asked for. The flags are None where
    a shortened object leaves them out; that only cats have vaccinations and medical records is told nowhere (§7.2)."""

    id: Id
    slug: Text
    name: Text
    weight_tracking_allowed: bool | None = None
    microchips_allowed: bool | None = None

    @classmethod
    def parse(cls, value: object, where: str = "pet_type") -> "PetType":
        told = Fields(value, where)
        return cls(
            id=told.record_id("id"),
            slug=told.text("slug"),
            name=told.text("name"),
            weight_tracking_allowed=told.opt_flag("weight_tracking_allowed"),
            microchips_allowed=told.opt_flag("microchips_allowed"),
        )


@_record
class Country:
    """A country (§7.3): two upper-case letters and a name in the language asked for."""

    code: str
    name: str

    @classmethod
    def parse(cls, value: object, where: str = "country") -> "Country":
        told = Fields(value, where)
        return cls(code=told.text("code"), name=told.text("name"))


class Photo(Struct, frozen=True):
    """A stored picture (§9.2). Addresses are public and change while `processing`; inline images are left out."""

    id: Id
    url: Url | None = None
    thumb_url: Url | None = None
    is_primary: bool = False
    processing: bool = False

    @classmethod
    def parse(cls, value: object, where: str = "photo") -> "Photo":
        told = Fields(value, where)
        return cls(
            id=told.record_id("id"),
            url=told.opt_url("url"),
            thumb_url=told.opt_url("thumb_url"),
            is_primary=told.flag("is_primary", default=False),
            processing=told.flag("processing", default=False),
        )


class HealthSummary(Struct, frozen=True, rename={"latest_weight_on": "latest_weight_record_date"}):
    """The newest weight and how vaccinations stand: overdue, due_soon, up_to_date or unknown (§6.2).

    `vaccination_status` speaks of a cat; other kinds have no vaccinations and are "unknown"."""

    latest_weight_kg: Decimal | None = None
    latest_weight_on: date | None = None
    vaccination_status: Word = "unknown"

    @classmethod
    def parse(cls, value: object, where: str = "health_summary") -> "HealthSummary":
        told = Fields(value, where)
        return cls(
            latest_weight_kg=told.opt_number("latest_weight_kg"),
            latest_weight_on=told.opt_day("latest_weight_record_date"),
            vaccination_status=told.opt_text("vaccination_status") or "unknown",
        )


class AccessSource(Struct, frozen=True):
    """How access came: as type "relationship" and role "owner", or type "group" (§6.2)."""

    type: Text
    role: Text = ""

    @classmethod
    def parse(cls, value: object, where: str = "access_source") -> "AccessSource":
        told = Fields(value, where)
        return cls(type=told.text("type"), role=told.opt_text("role") or "")


class ViewerPermissions(Struct, frozen=True, rename={"sources": "access_sources"}):
    """What the person may do with a pet (§6.2). `can_edit` also decides over all health records. Keys that a version
    before v1.18.0 did not have are None (§14)."""

    can_edit: bool = False
    can_delete: bool | None = None
    is_owner: bool = False
    is_editor: bool = False
    is_viewer: bool = False
    is_foster: bool | None = None
    is_sitter: bool | None = None
    sources: tuple[AccessSource, ...] = ()

    @classmethod
    def parse(cls, value: object, where: str = "viewer_permissions") -> "ViewerPermissions":
        told = Fields(value, where)
        return cls(
            can_edit=told.flag("can_edit", default=False),
            can_delete=told.opt_flag("can_delete"),
            is_owner=told.flag("is_owner", default=False),
            is_editor=told.flag("is_editor", default=False),
            is_viewer=told.flag("is_viewer", default=False),
            is_foster=told.opt_flag("is_foster"),
            is_sitter=told.opt_flag("is_sitter"),
            sources=told.items("access_sources", AccessSource.parse),
        )


class City(Struct, frozen=True):
    """A city, of which the name is kept."""

    name: Text


_PRECISIONS: tuple[Precision, ...] = ("day", "month", "year")
_TOLD_AS = {
    "told_city": "city",
    "permissions": "viewer_permissions",
    "health": "health_summary",
    "version": "updated_at",
}


class Pet(Struct, frozen=True, kw_only=True, rename=_TOLD_AS):
    """A pet as any of the main app's answers shows it (§6.2).

    Only the parts that `birthday_precision` (day, month, year, unknown) covers are kept: the others may be stale. Together
    they may be no day of the calendar: 31 February is stored, and `birthday` then says 3 March (§6.3). `version` is what
    `base_version` wants (§4). `permissions` and `health` are None in answers that leave them out.
    """

    id: Id
    name: Text
    sex: Word = "not_specified"
    status: Word = "active"
    pet_type_id: Id
    pet_type: PetType | None = None
    birthday_precision: Precision = "unknown"
    birthday_year: Part | None = None
    birthday_month: Part | None = None
    birthday_day: Part | None = None
    country: Text | None = None
    # A name in lists, an object elsewhere (§15.7).
    told_city: Text | City | None = None
    description: Text | None = None
    photo_url: Url | None = None
    photos: tuple[Photo, ...] = ()
    permissions: ViewerPermissions | None = None
    health: HealthSummary | None = None
    version: Text

    @property
    def city(self) -> str | None:
        """Its name."""
        return self.told_city.name if isinstance(self.told_city, City) else self.told_city

    @classmethod
    def parse(cls, value: object, where: str = "pet") -> "Pet":
        told = Fields(value, where)
        precision = _precision(told)
        year, month, day = _birthday_parts(told, precision)
        return cls(
            id=told.record_id("id"),
            name=told.text("name"),
            sex=told.opt_text("sex") or "not_specified",
            status=told.opt_text("status") or "active",
            pet_type_id=told.record_id("pet_type_id"),
            pet_type=told.opt_object("pet_type", PetType.parse),
            birthday_precision=precision,
            birthday_year=year,
            birthday_month=month,
            birthday_day=day,
            country=told.opt_text("country"),
            told_city=_city(told),
            description=told.opt_text("description"),
            photo_url=told.opt_url("photo_url"),
            photos=told.items("photos", Photo.parse),
            permissions=told.opt_object("viewer_permissions", ViewerPermissions.parse),
            health=told.opt_object("health_summary", HealthSummary.parse),
            version=told.text("updated_at"),
        )


def _precision(told: Fields) -> Precision:
    precision = told.opt_text("birthday_precision")
    return next((one for one in _PRECISIONS if one == precision), "unknown")


def _birthday_parts(told: Fields, precision: str) -> tuple[int | None, int | None, int | None]:
    year = told.opt_integer("birthday_year") if precision != "unknown" else None
    month = told.opt_integer("birthday_month") if precision in ("day", "month") else None
    day = told.opt_integer("birthday_day") if precision == "day" else None
    if precision == "day" and year is None:
        # Before the parts existed in a row: the date alone carries them.
        whole = told.opt_day("birthday")
        return (whole.year, whole.month, whole.day) if whole else (None, None, None)
    return year, month, day


def _city(told: Fields) -> str | None:
    city = told.raw("city")
    return Fields(city, told.at("city")).text("name") if isinstance(city, dict) else told.opt_text("city")


class Sections(Struct, frozen=True):
    """The person's pets by how they came to them (§6.1). A pet appears once; lost and deceased ones are there."""

    owned: tuple[Pet, ...]
    fostering_active: tuple[Pet, ...] = ()
    shared: tuple[Pet, ...] = ()
    fostering_past: tuple[Pet, ...] = ()

    @classmethod
    def parse(cls, value: object, where: str = "sections") -> "Sections":
        told = Fields(value, where)
        if not isinstance(told.raw("owned"), list):
            # The one list every version has: without it this is some other object.
            parse_list(told.raw("owned"), told.at("owned"), Pet.parse)
        return cls(
            owned=told.items("owned", Pet.parse),
            fostering_active=told.items("fostering_active", Pet.parse),
            shared=told.items("shared", Pet.parse),
            fostering_past=told.items("fostering_past", Pet.parse),
        )


@_record
class Weight:
    """A weighing (§8.2): kilograms as told (two decimals when read, as sent when written)."""

    id: int
    pet_id: int
    weight_kg: Decimal
    record_date: date
    version: str

    @classmethod
    def parse(cls, value: object, where: str = "weight") -> "Weight":
        told = Fields(value, where)
        return cls(
            id=told.record_id("id"),
            pet_id=told.record_id("pet_id"),
            weight_kg=told.number("weight_kg"),
            record_date=told.day("record_date"),
            version=told.text("updated_at"),
        )


@_record
class Vaccination:
    """A vaccination (§8.4). `is_overdue` is None before v1.18.2 and in create replies. One photo at most."""

    id: int
    pet_id: int
    vaccine_name: str
    administered_at: date
    due_at: date | None
    notes: str | None
    completed_on: date | None
    is_overdue: bool | None
    photo: Photo | None
    photo_url: str | None
    version: str

    @classmethod
    def parse(cls, value: object, where: str = "vaccination") -> "Vaccination":
        told = Fields(value, where)
        return cls(
            id=told.record_id("id"),
            pet_id=told.record_id("pet_id"),
            vaccine_name=told.text("vaccine_name"),
            administered_at=told.day("administered_at"),
            due_at=told.opt_day("due_at"),
            notes=told.opt_text("notes"),
            completed_on=told.opt_day("completed_at"),
            is_overdue=told.opt_flag("is_overdue"),
            photo=told.opt_object("photo", Photo.parse),
            photo_url=told.opt_url("photo_url"),
            version=told.text("updated_at"),
        )


@_record
class MedicalRecord:
    """A medical record (§8.3). `record_type` is free text."""

    id: int
    pet_id: int
    record_type: str
    record_date: date
    description: str | None
    vet_name: str | None
    photos: tuple[Photo, ...]
    version: str

    @classmethod
    def parse(cls, value: object, where: str = "medical_record") -> "MedicalRecord":
        told = Fields(value, where)
        return cls(
            id=told.record_id("id"),
            pet_id=told.record_id("pet_id"),
            record_type=told.text("record_type"),
            record_date=told.day("record_date"),
            description=told.opt_text("description"),
            vet_name=told.opt_text("vet_name"),
            photos=told.items("photos", Photo.parse),
            version=told.text("updated_at"),
        )


@_record
class Microchip:
    """A microchip (§8.5): 10 to 20 characters, unique in the whole main app."""

    id: int
    pet_id: int
    chip_number: str
    issuer: str | None
    implanted_at: date | None
    version: str

    @classmethod
    def parse(cls, value: object, where: str = "microchip") -> "Microchip":
        told = Fields(value, where)
        return cls(
            id=told.record_id("id"),
            pet_id=told.record_id("pet_id"),
            chip_number=told.text("chip_number"),
            issuer=told.opt_text("issuer"),
            implanted_at=told.opt_day("implanted_at"),
            version=told.text("updated_at"),
        )


@_record
class Account:
    """The person a token belongs to (§10.1), without the e-mail address. Storage in bytes, None before v1.6.0."""

    id: int
    name: str = field(repr=False)
    email_verified: bool
    is_banned: bool
    locale: str | None
    is_premium: bool
    storage_used_bytes: int | None
    storage_limit_bytes: int | None

    @classmethod
    def parse(cls, value: object, where: str = "account") -> "Account":
        told = Fields(value, where)
        return cls(
            id=told.record_id("id"),
            name=told.text("name"),
            email_verified=told.opt_text("email_verified_at") is not None,
            is_banned=told.flag("is_banned", default=False),
            locale=told.opt_text("locale"),
            is_premium=told.flag("is_premium", default=False),
            storage_used_bytes=told.opt_integer("storage_used_bytes"),
            storage_limit_bytes=told.opt_integer("storage_limit_bytes"),
        )


@_record
class Page(Generic[T]):
    """One page of a list (§8.1), 25 records at most; a page past the end is empty. `total` counts all pages."""

    items: tuple[T, ...]
    page: int
    last_page: int
    total: int

    @classmethod
    def parse(cls, value: object, parse: Callable[[object, str], T], where: str = "page") -> "Page[T]":
        told = Fields(value, where)
        meta = Fields(told.raw("meta"), told.at("meta"))
        return cls(
            items=parse_list(told.raw("data"), told.at("data"), parse),
            page=meta.integer("current_page"),
            last_page=meta.integer("last_page"),
            total=meta.integer("total"),
        )
