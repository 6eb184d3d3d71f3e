"""The state of the stand-in main app, and the ways tests and the seed arrange it."""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
import threading
import uuid
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from .birthdays import set_birthday
from .idempotency import IdempotencyKeys
from .images import Picture, drawn_picture
from .limits import DailyQuota, MinuteThrottles
from .records import (
    GPT_ABILITIES,
    Category,
    City,
    Habit,
    Media,
    MedicalRecord,
    Microchip,
    Pet,
    PetType,
    Relationship,
    Row,
    Session,
    Token,
    User,
    Vaccination,
    Weight,
)

CODE_LIFETIME = timedelta(minutes=5)
USED_MARK_LIFETIME = timedelta(minutes=10)
TELEGRAM_TOKEN_LIFETIME = timedelta(minutes=30)

MB = 1024 * 1024
SEED_PASSWORD = "Purr-sonal-1"

_DATA = Path(__file__).parent / "data"


R = TypeVar("R", bound=Row)


def _utc_now() -> datetime:
    return datetime.now(UTC)


class World:
    """Everything the main app knows. `lock` guards it; `now` is the clock and may be replaced so that tests can travel.

    `seed` fills it with people and pets (`sandbox.seed`), anew at each reset; the reference data are always there.
    """

    def __init__(self, *, seed: Callable[[World], None] | None = None, now: Callable[[], datetime] = _utc_now) -> None:
        self.lock = threading.RLock()
        self.now = now
        self.hmac_secret = ""  # the server's HMAC_SHARED_SECRET; survives reset()
        self._seed = seed
        self.reset()

    def reset(self) -> None:
        """Forget everything and, if this world has a seed, sow it again."""
        with self.lock:
            self._ids: dict[str, int] = {}
            self.users: dict[str, User] = {}
            self.tokens: dict[int, Token] = {}
            self.pets: dict[int, Pet] = {}
            self.habits: dict[int, Habit] = {}
            self.media: dict[int, Media] = {}
            self.sessions: dict[str, Session] = {}
            self.codes: dict[str, tuple[Token, datetime]] = {}
            self.telegram_tokens: dict[str, tuple[str, datetime]] = {}
            self._used_marks: dict[str, datetime] = {}
            self.throttles = MinuteThrottles()
            self.quota = DailyQuota()
            self.idempotency = IdempotencyKeys()
            self.storage_limit_bytes = 50 * MB
            self.premium_storage_limit_bytes = 5 * 1024 * MB
            self.max_body_bytes: int | None = 10 * MB  # the web server's own limit; None: no web server in front
            self.conversion_time = timedelta(seconds=30)  # how long a health photo says `processing: true`
            self.mail_works = True
            self._written: list[Row] = []
            self._load_reference_data()
            if self._seed is not None:
                self._seed(self)

    # The clock

    def travel(self, **by: float) -> None:
        """Move the clock: `world.travel(minutes=11)`; keywords of timedelta."""
        before, shift = self.now, timedelta(**by)
        self.now = lambda: before() + shift

    def timestamp(self) -> datetime:
        """Now, in the whole seconds that the main app's columns have."""
        return self.now().replace(microsecond=0)

    def today(self) -> date:
        """The main app's today: UTC (main-app.md §8.1)."""
        return self.now().astimezone(UTC).date()

    def stamps(self, kind: str) -> tuple[int, datetime, datetime]:
        """What every new row begins with: its id, and when it was made and changed."""
        now = self.timestamp()
        return self.next_id(kind), now, now

    # People and tokens

    def add_user(self, key: str, name: str, email: str, *, password: str = SEED_PASSWORD, **fields: Any) -> User:
        """A person; verified unless `email_verified_at=None` is given. Fields: see records.User."""
        fields.setdefault("email_verified_at", self.timestamp())
        row = User(*self.stamps("user"), key, name, email, password, **fields)
        self.users[key] = row
        return row

    def user(self, key: str) -> User:
        """The person of this name in the seed, e.g. `world.user("mai")`."""
        return self.users[key]

    def user_by_email(self, email: str) -> User | None:
        return next((u for u in self.users.values() if u.email.casefold() == email.casefold()), None)

    def new_token(self, user: User, abilities: tuple[str, ...] = GPT_ABILITIES, *, name: str = "gpt-connector") -> str:
        """A new personal access token of this person; returns its plaintext, `id|secret`."""
        with self.lock:
            return self.mint_token(user, abilities, name).plaintext

    def mint_token(self, user: User, abilities: tuple[str, ...], name: str) -> Token:
        token = Token(self.next_id("token"), user, secrets.token_hex(24), tuple(abilities), name)
        self.tokens[token.id] = token
        return token

    def token(self, plaintext: str) -> Token | None:
        """The token of this plaintext, with or without its `id|`."""
        number, separator, secret = plaintext.partition("|")
        if separator:
            token = self.tokens.get(int(number)) if number.isdecimal() else None
            return token if token is not None and hmac.compare_digest(token.secret, secret) else None
        return next((t for t in self.tokens.values() if hmac.compare_digest(t.secret, plaintext)), None)

    def tokens_of(self, user: User) -> list[Token]:
        """The live tokens of this person, oldest first."""
        return [token for token in self.tokens.values() if token.user is user]

    def revoke(self, plaintext: str) -> None:
        """Delete this token; unknown ones are no error."""
        with self.lock:
            token = self.token(plaintext)
            if token is not None:
                del self.tokens[token.id]

    def confirm(self, user: User, session_id: str, sig: str | None = None) -> str:
        """What the Connect button does: mint a token and return the exchange code.

        Raises ValueError for a session confirmed within ten minutes, and for a `sig`, if given, that doesn't fit.
        """
        if sig is not None and not signature_matches(session_id, sig, self.hmac_secret):
            raise ValueError("The signature does not fit the session id.")
        with self.lock:
            if not self.mark_used(f"confirm:{session_id}"):
                raise ValueError("Session has already been used.")
            return self.issue_code(user, GPT_ABILITIES)

    def issue_code(self, user: User, abilities: tuple[str, ...]) -> str:
        code = str(uuid.uuid4())
        token = self.mint_token(user, abilities, "gpt-connector")
        self.codes[code] = (token, self.now() + CODE_LIFETIME)
        return code

    def take_code(self, code: str) -> Token | None:
        """The token behind an exchange code, once and within five minutes (main-app.md §5.4)."""
        token, expires = self.codes.pop(code, (None, self.now()))
        return token if expires > self.now() else None

    def mark_used(self, mark: str) -> bool:
        """Remember `mark` for ten minutes; false when it is remembered already."""
        ends = self._used_marks.get(mark)
        if ends is not None and ends > self.now():
            return False
        self._used_marks[mark] = self.now() + USED_MARK_LIFETIME
        return True

    # Pets and their records

    def pet(self, name: str) -> Pet:
        """The first living row of this name; for arranging and checking in tests."""
        return next(pet for pet in self.pets.values() if pet.name == name and pet.deleted_at is None)

    def pet_type(self, slug: str) -> PetType:
        return next(row for row in self.pet_types if row.slug == slug)

    def add_pet(self, owner: User, *, name: str, species: str = "cat", birthday: str = "", **fields: Any) -> Pet:
        """A pet of this owner. `birthday` is "2020", "2020-05" or "2020-05-12"; other fields: see records.Pet."""
        with self.lock:
            fields.setdefault("country", "VN")
            pet = Pet(*self.stamps("pet"), name, self.pet_type(species), owner.id, **fields)
            if birthday:
                set_birthday(pet, birthday)
            if pet.city is not None:
                pet.city_name = pet.city.name("en")
            self.pets[pet.id] = pet
            self.changed(pet)
            self.share(pet, owner, "owner")
            return pet

    def share(self, pet: Pet, user: User, role: str) -> Relationship:
        """Make this person owner, editor, viewer, foster or sitter of the pet."""
        with self.lock:
            link = Relationship(*self.stamps("relationship"), user, pet.id, role, self.timestamp(), pet.created_by)
            pet.relationships.append(link)
            return link

    def changed(self, row: Row) -> None:
        """This record was changed now."""
        row.updated_at = self.timestamp()
        self._written.append(row)
        if isinstance(row, Pet):
            row.heap_position = self.next_id("heap")

    def save(self) -> None:
        """Behind the answer to a write: PostgreSQL keeps of a text what stands before a NUL (main-app.md §15.49)."""
        for row in self._written:
            for name, value in vars(row).items():
                if isinstance(value, str) and "\0" in value:
                    setattr(row, name, value.partition("\0")[0])
        self._written.clear()

    def add_weight(self, pet: Pet, weight_kg: float, record_date: date | str | None = None) -> Weight:
        with self.lock:
            row = Weight(*self.stamps("weight"), pet.id, weight_kg, self._day(record_date))
            return self._kept(pet.weights, row)

    def add_vaccination(
        self,
        pet: Pet,
        vaccine_name: str = "Rabies",
        administered_at: date | str | None = None,
        due_at: date | str | None = None,
        **fields: Any,
    ) -> Vaccination:
        with self.lock:
            given, due = self._day(administered_at), None if due_at is None else self._day(due_at)
            row = Vaccination(*self.stamps("vaccination"), pet.id, vaccine_name, given, due, **fields)
            return self._kept(pet.vaccinations, row)

    def add_medical_record(
        self, pet: Pet, record_type: str = "checkup", record_date: date | str | None = None, **fields: Any
    ) -> MedicalRecord:
        with self.lock:
            row = MedicalRecord(*self.stamps("medical"), pet.id, record_type, self._day(record_date), **fields)
            return self._kept(pet.medical_records, row)

    def add_microchip(
        self, pet: Pet, chip_number: str, issuer: str | None = None, implanted_at: date | str | None = None
    ) -> Microchip:
        with self.lock:
            day = None if implanted_at is None else self._day(implanted_at)
            row = Microchip(*self.stamps("microchip"), pet.id, chip_number, issuer, day)
            return self._kept(pet.microchips, row)

    def add_habit(
        self, maker: User, name: str, pets: Sequence[Pet], *, value_type: str = "yes_no", **fields: Any
    ) -> Habit:
        """A habit of these pets; other fields: see records.Habit."""
        with self.lock:
            row = Habit(*self.stamps("habit"), maker.id, name, value_type, list(pets), **fields)
            self.habits[row.id] = row
            self._written.append(row)
            return row

    def leave_habits(self, pet: Pet) -> None:
        """For good: being active again doesn't bring a pet back (main-app.md §6.5)."""
        for habit in self.habits.values():
            habit.pets = [kept for kept in habit.pets if kept is not pet]

    def add_photo(self, pet: Pet, picture: Picture | None = None) -> Media:
        """A pet photo; a drawn one when no picture is given. It becomes the primary one, unless it is damaged."""
        with self.lock:
            media = self.add_media("Pet", pet.id, "photos", picture or drawn_picture(), wait=timedelta(0))
            pet.photos.insert(len(pet.photos) if media.converted_at is None else 0, media)
            return media

    def add_media(
        self, model: str, model_id: int, collection: str, picture: Picture, *, wait: timedelta | None = None
    ) -> Media:
        now = self.timestamp()
        ready = now + (self.conversion_time if wait is None else wait)
        media = Media(
            self.next_id("media"),
            now,
            now,
            model,
            model_id,
            collection,
            picture.file_name,
            picture.mime_type,
            picture.content,
            picture.width,
            picture.height,
            str(uuid.uuid4()),
            None if picture.is_damaged else ready,
            None if picture.is_damaged else now + self.conversion_time,
        )
        self.media[media.id] = media
        return media

    def storage_used(self, user: User) -> int:
        """Bytes of originals on the pets this person created (main-app.md §9.1)."""
        owned = {pet.id for pet in self.pets.values() if pet.created_by == user.id and pet.deleted_at is None}
        records = {("MedicalRecord", row.id) for pet_id in owned for row in self.pets[pet_id].medical_records} | {
            ("VaccinationRecord", row.id) for pet_id in owned for row in self.pets[pet_id].vaccinations
        }
        return sum(
            len(media.content)
            for media in self.media.values()
            if (media.model_type == "Pet" and media.model_id in owned) or (media.model_type, media.model_id) in records
        )

    def storage_limit(self, user: User) -> int:
        return self.premium_storage_limit_bytes if user.is_premium else self.storage_limit_bytes

    def child(self, kind: str, number: int) -> Row | None:
        """A health record by its id alone, whichever pet it belongs to; kinds: weight, medical_record, …"""
        lists: dict[str, Callable[[Pet], Sequence[Row]]] = {
            "weight": lambda pet: pet.weights,
            "medical_record": lambda pet: pet.medical_records,
            "vaccination": lambda pet: pet.vaccinations,
            "microchip": lambda pet: pet.microchips,
        }
        return next((row for pet in self.pets.values() for row in lists[kind](pet) if row.id == number), None)

    # Inside

    def _kept(self, rows: list[R], row: R) -> R:
        rows.append(row)
        self._written.append(row)
        return row

    def _day(self, value: date | str | None) -> date:
        if value is None:
            return self.today()
        return date.fromisoformat(value) if isinstance(value, str) else value

    def next_id(self, kind: str) -> int:
        self._ids[kind] = self._ids.get(kind, 0) + 1
        return self._ids[kind]

    def _load_reference_data(self) -> None:
        now = self.timestamp()

        def rows(name: str) -> list[dict[str, Any]]:
            loaded: list[dict[str, Any]] = json.loads((_DATA / name).read_text(encoding="utf-8"))
            return loaded

        self.pet_types = [
            PetType(
                number,
                now,
                now,
                row["slug"],
                row["names"],
                row["description"],
                number - 1,
                row["placement"],
                row["weight"],
                row["microchip"],
            )
            for number, row in enumerate(rows("pet_types.json"), start=1)
        ]
        self.countries = rows("countries.json")
        self.cities = [City(r["id"], now, now, r["slug"], r["country"], r["names"]) for r in rows("cities.json")]
        self.categories = [
            Category(r["id"], now, now, r["slug"], r["names"], self.pet_type(r["pet_type"]))
            for r in rows("categories.json")
        ]
        self._ids |= {"city": max(c.id for c in self.cities), "category": max(c.id for c in self.categories)}


def signature_matches(session_id: str, signature: str, secret: str) -> bool:
    """Whether `signature` is the hex HMAC-SHA256 of the session id, in either case (main-app.md §5.2)."""
    if not secret:
        return False
    expected = hmac.new(secret.encode(), session_id.encode(), hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected.encode(), signature.lower().encode())
