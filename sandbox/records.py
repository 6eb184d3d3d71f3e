"""What the stand-in remembers: a dataclass per kind of row, times in UTC with whole seconds (main-app.md §4)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime

# The order is part of the contract (main-app.md §5.5).
GPT_ABILITIES: tuple[str, ...] = (
    "pet:read",
    "pet:write",
    "health:read",
    "health:write",
    "profile:read",
    "create",
    "read",
    "update",
    "delete",
)


@dataclass
class Row:
    """Anything with an id and the two Laravel timestamps; `updated_at` is the version for `base_version`."""

    id: int
    created_at: datetime
    updated_at: datetime


@dataclass
class PetType(Row):
    slug: str
    names: dict[str, str]
    description: str
    display_order: int
    placement_requests_allowed: bool
    weight_tracking_allowed: bool
    microchips_allowed: bool

    def name(self, language: str) -> str:
        return self.names.get(language, self.names["en"])


@dataclass
class City(Row):
    slug: str
    country: str
    names: dict[str, str]
    created_by: int | None = None
    description: str | None = None

    def name(self, language: str) -> str:
        return self.names.get(language) or self.names.get("en", "")


@dataclass
class Category(Row):
    slug: str
    names: dict[str, str]  # one made in a language has a name in that one alone
    pet_type: PetType
    created_by: int | None = None
    description: str | None = ""

    def name(self, language: str) -> str:
        return self.names.get(language) or self.names.get("en", "")

    def is_visible_to(self, user: User) -> bool:
        """Approved, or one's own."""
        return self.created_by in (None, user.id)


@dataclass
class User(Row):
    key: str  # how tests and the seed call this person: `world.user("mai")`
    name: str
    email: str
    password: str
    locale: str = "en"
    email_verified_at: datetime | None = None
    banned_at: datetime | None = None
    ban_reason: str | None = None
    roles: list[str] = field(default_factory=list)
    registered_via_gpt: bool = False
    telegram_link_token: str | None = None
    about: str = ""  # one line for the people list; no column of the main app

    @property
    def is_premium(self) -> bool:
        return "premium" in self.roles


@dataclass
class Token:
    """A Sanctum personal access token: `id|plaintext`, either form is accepted (main-app.md §0)."""

    id: int
    user: User
    secret: str = field(repr=False)
    abilities: tuple[str, ...]
    name: str

    @property
    def plaintext(self) -> str:
        return f"{self.id}|{self.secret}"


@dataclass
class Media(Row):
    """One uploaded image with its bytes (main-app.md §9.2)."""

    model_type: str  # "Pet", "MedicalRecord", "VaccinationRecord"
    model_id: int
    collection: str
    file_name: str
    mime_type: str
    content: bytes = field(repr=False)
    width: int | None  # None: a damaged picture, which is kept all the same
    height: int | None
    uuid: str
    converted_at: datetime | None  # None: never
    scaled_at: datetime | None


@dataclass
class Relationship(Row):
    user: User
    pet_id: int
    role: str  # owner, editor, viewer, foster, sitter
    start_at: datetime
    created_by: int
    end_at: datetime | None = None


@dataclass
class Weight(Row):
    pet_id: int
    weight_kg: float
    record_date: date


@dataclass
class MedicalRecord(Row):
    pet_id: int
    record_type: str
    record_date: date
    description: str | None = None
    vet_name: str | None = None
    photos: list[Media] = field(default_factory=list)


@dataclass
class Vaccination(Row):
    pet_id: int
    vaccine_name: str
    administered_at: date
    due_at: date | None = None
    notes: str | None = None
    completed_at: datetime | None = None
    reminder_sent_at: datetime | None = None
    photo: Media | None = None

    def is_overdue(self, today: date) -> bool:
        return self.completed_at is None and self.due_at is not None and self.due_at < today


@dataclass
class Microchip(Row):
    pet_id: int
    chip_number: str
    issuer: str | None = None
    implanted_at: date | None = None


@dataclass
class Pet(Row):
    name: str
    pet_type: PetType
    created_by: int
    country: str
    sex: str = "not_specified"
    status: str = "active"
    birthday: date | None = None
    birthday_precision: str = "unknown"
    birthday_year: int | None = None
    birthday_month: int | None = None
    birthday_day: int | None = None
    state: str | None = None
    address: str | None = None
    city: City | None = None
    city_name: str | None = None  # a snapshot in the language of the last write
    description: str = ""
    description_locale: str | None = None
    deleted_at: datetime | None = None
    # PostgreSQL moves a changed row to the end of the heap, and /my-pets has no ORDER BY (main-app.md §6.1).
    heap_position: int = 0
    categories: list[Category] = field(default_factory=list)
    relationships: list[Relationship] = field(default_factory=list)
    photos: list[Media] = field(default_factory=list)
    weights: list[Weight] = field(default_factory=list)
    medical_records: list[MedicalRecord] = field(default_factory=list)
    vaccinations: list[Vaccination] = field(default_factory=list)
    microchips: list[Microchip] = field(default_factory=list)

    def roles_of(self, user: User | None) -> list[str]:
        """The active direct relations of this user, in the order they were made."""
        if user is None:
            return []
        return [link.role for link in self.relationships if link.end_at is None and link.user is user]

    def may_be_edited_by(self, user: User | None) -> bool:
        return not {"owner", "editor"}.isdisjoint(self.roles_of(user))

    def may_be_seen_by(self, user: User | None) -> bool:
        return self.status == "lost" or bool(self.roles_of(user))


@dataclass
class HabitEntry:
    id: int
    pet: Pet
    day: date
    value: int


@dataclass
class Habit(Row):
    """Something tracked daily for some pets (main-app.md §10.2)."""

    created_by: int
    name: str
    value_type: str  # yes_no, integer_scale
    pets: list[Pet]
    scale_min: int | None = None
    scale_max: int | None = None
    timezone: str = "UTC"
    day_summary_mode: str = "average_scored_pets"
    share_with_coowners: bool = False
    reminder_enabled: bool = False
    reminder_time: str | None = None  # HH:MM:SS, whatever was sent
    reminder_weekdays: list[int] | None = None
    archived_at: datetime | None = None
    entries: list[HabitEntry] = field(default_factory=list)

    def is_shown_to(self, user: User) -> bool:
        return user.id == self.created_by or self.is_shared_with(user)

    def is_shared_with(self, user: User) -> bool:
        return self.share_with_coowners and any("owner" in pet.roles_of(user) for pet in self.pets)

    def shows_pet_to(self, pet: Pet, user: User) -> bool:
        """Its maker sees every pet that still exists, a co-owner only his own."""
        return pet.deleted_at is None and (user.id == self.created_by or "owner" in pet.roles_of(user))

    def pets_for(self, user: User) -> list[Pet]:
        return sorted((pet for pet in self.pets if self.shows_pet_to(pet, user)), key=lambda pet: pet.id)


@dataclass
class Session:
    """A browser session of the main app: its XSRF token and who is signed in."""

    xsrf: str = field(repr=False)
    user: User | None = None
