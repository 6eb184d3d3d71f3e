"""The main app's state as it was when a recording was made, rebuilt from the recordings themselves."""

import hashlib
import hmac
import io
import re
import ssl
import uuid
from collections.abc import Iterable
from datetime import UTC, date, datetime
from functools import cache
from typing import Any

import httpx
from PIL import Image

from sandbox.images import Picture
from sandbox.records import MedicalRecord, Microchip, Pet, User, Vaccination, Weight
from sandbox.server import SandboxServer
from sandbox.world import World

from .recordings import Recording, load

RECORDED_AT = datetime(2026, 11, 21, 3, 5, 0, tzinfo=UTC)
NO_TLS = ssl.create_default_context()  # made once: httpx would load all certificates for every client
PASSWORD = "Golden-Cat-2026"


def parsed(text: str | None) -> Any:
    return None if text is None else datetime.fromisoformat(text)


def day(text: str | None) -> Any:
    return None if text is None else date.fromisoformat(text[:10])


@cache
def picture(kind: str, side: int = 32) -> bytes:
    buffer = io.BytesIO()
    Image.new("L", (side, side), "#808080").save(buffer, kind, optimize=True)
    return buffer.getvalue()


class Stage:
    """One server with the recorded people and pets, and a client that plays a recording."""

    def __init__(self, sandbox: SandboxServer, *, first: bool = True) -> None:
        self.sandbox = sandbox
        sandbox.app.world = self.world = World(now=lambda: RECORDED_AT)
        sandbox.app.api_key, sandbox.connector_url = "the-connector-key", "https://connector.example"
        sandbox.app.hmac_secret = "golden-hmac-secret"
        sandbox.faults.clear()
        sandbox.requests.clear()
        self.issued_codes: dict[str, str] = {}
        self.tokens: dict[str, str] = {"connector": "the-connector-key"}
        if first:
            self.begin()

    # State

    def begin(self) -> None:
        """What was there at the first recording."""
        self.people()
        self.pets_of("my-pets-sections-with-shared")
        self.health_of_mittens()
        self.tokens |= {
            **{key: self.world.new_token(self.world.user(key)) for key in ("alice", "bob", "uma", "bana", "quota")},
            "readonly": self.world.new_token(self.world.user("alice"), ("pet:read",)),
            "gpt": self.world.new_token(self.world.user("alice")),
        }

    def people(self) -> None:
        add = self.world.add_user
        for key in ("alice", "bob"):
            add(key, key.title(), f"{key}@example.com", password=PASSWORD)
        add("uma", "Uma", "uma@example.com", password=PASSWORD, email_verified_at=None)
        add("bana", "Bana", "bana@example.com", password=PASSWORD, banned_at=RECORDED_AT, ban_reason="test")
        add("quota", "Quota", "quota@example.com", password=PASSWORD)

    def pets_of(self, name: str) -> None:
        sections = load(name).data
        for row in [*sections["owned"], *load("my-pets-one-user-two-pets").data]:
            self.pet(row)
        for row in sections["shared"]:
            role = row["viewer_permissions"]["access_sources"][0]["role"]
            self.world.share(self.pet(row), self.world.user("alice"), role)
        for row in (load("pets-create-duplicate-of-deleted-name").data, load("pets-update-idempotent-first").data):
            pet = self.pet(row | {"deleted_at": None, "city": None})
            pet.description, pet.description_locale = "", None
        self.pet(load("pets-create-duplicate-of-deleted-name").data | {"id": 22, "deleted_at": None})

    def pet(self, row: dict[str, Any]) -> Pet:
        """This recorded pet, under its recorded id."""
        self.world._ids["pet"] = row["id"] - 1
        owner = next(user for user in self.world.users.values() if user.id == row["user_id"])
        city = next((city for city in self.world.cities if city.id == row["city_id"]), None)
        pet = self.world.add_pet(
            owner,
            name=row["name"],
            species=row["pet_type"]["slug"],
            country=row["country"],
            sex=row["sex"],
            status=row["status"],
            description=row["description"],
            description_locale=row["description_locale"],
            state=row["state"],
            address=row["address"],
            city=city,
            birthday_precision=row["birthday_precision"],
            birthday_year=row["birthday_year"],
            birthday_month=row["birthday_month"],
            birthday_day=row["birthday_day"],
        )
        pet.birthday = day(row["birthday"])
        pet.created_at, pet.updated_at = parsed(row["created_at"]), parsed(row["updated_at"])
        self.world._ids["pet"] = 30
        return pet

    def health_of_mittens(self) -> None:
        self.weights("weights-list-page1", "weights-list-page2")
        self.weights("weights-list-as-editor")
        self.vaccinations("vaccinations-list-status-all")
        self.medical_records("medical-records-list")
        self.microchips("microchips-list")
        for _ in range(2):
            self.photo(self.world.pets[1])

    def photo(self, pet: Pet) -> None:
        media = self.world.add_photo(pet, Picture("cat.png", "image/png", picture("PNG"), 32, 32))
        media.content = media.content[:1].ljust(99, b"-")

    def weights(self, *names: str) -> None:
        for row in rows_of(names):
            pet = self.world.pets[row["pet_id"]]
            pet.weights.append(Weight(*stamps(row), pet.id, float(row["weight_kg"]), day(row["record_date"])))

    def vaccinations(self, *names: str) -> None:
        for row in rows_of(names):
            pet = self.world.pets[row["pet_id"]]
            shot = Vaccination(*stamps(row), pet.id, row["vaccine_name"], day(row["administered_at"]))
            shot.due_at, shot.notes, shot.completed_at = day(row["due_at"]), row["notes"], parsed(row["completed_at"])
            pet.vaccinations.append(shot)

    def medical_records(self, *names: str) -> None:
        for row in rows_of(names):
            pet = self.world.pets[row["pet_id"]]
            record = MedicalRecord(*stamps(row), pet.id, row["record_type"], day(row["record_date"]))
            record.description, record.vet_name = row["description"], row["vet_name"]
            pet.medical_records.append(record)

    def microchips(self, *names: str) -> None:
        for row in rows_of(names):
            pet = self.world.pets[row["pet_id"]]
            chip = Microchip(*stamps(row), pet.id, row["chip_number"], row["issuer"], day(row["implanted_at"]))
            pet.microchips.append(chip)

    def user(self, key: str) -> User:
        return self.world.user(key)

    # Requests

    def play(self, recording: Recording) -> httpx.Response:
        """Send what was recorded, with this world's tokens, signatures and codes."""
        with self.client() as client:
            headers = self.headers(recording, recording.as_whom)
            if recording.from_browser:
                headers |= self.browser(client, recording)
            return self.sent(client, recording, headers)

    def repeat(self, recording: Recording, times: int, *, as_whom: str | None = None) -> None:
        with self.client() as client:
            for _ in range(times):
                self.sent(client, recording, self.headers(recording, as_whom or recording.as_whom))

    def ask(self, method: str, path: str, body: dict[str, Any] | None = None, *, language: str = "en") -> None:
        """A request of Alice's that was not recorded."""
        headers = {"Authorization": f"Bearer {self.tokens['alice']}", "Accept": "application/json"}
        with self.client() as client:
            answer = client.request(method, path, json=body, headers=headers | {"Accept-Language": language})
        assert answer.is_success, answer.text

    def client(self) -> httpx.Client:
        client = httpx.Client(base_url=self.sandbox.url, timeout=20, verify=NO_TLS)
        for name in ("accept", "accept-encoding", "user-agent"):
            client.headers.pop(name, None)
        return client

    def headers(self, recording: Recording, whom: str | None) -> dict[str, str]:
        headers = {k: v for k, v in recording.request["headers"].items() if k != "Authorization"}
        if whom is not None:
            headers["Authorization"] = f"Bearer {self.tokens.get(whom, '999|' + 'x' * 48)}"
        return headers

    def browser(self, client: httpx.Client, recording: Recording) -> dict[str, str]:
        """Session cookie and XSRF header as the main app's own page has them, signed in as the note says."""
        client.headers["Origin"] = self.sandbox.url
        client.get("/sanctum/csrf-cookie")
        headers = {"X-XSRF-TOKEN": client.cookies["XSRF-TOKEN"]}
        person = "bana" if "banned" in recording.note else "uma" if "not verified" in recording.note else "alice"
        nobody = "not logged in" in recording.note or "without a login" in recording.note
        if not nobody and recording.request["path"] != "/login":
            body = {"email": f"{person}@example.com", "password": PASSWORD}
            assert client.post("/login", json=body, headers=headers).status_code == 200
        return headers

    def sent(self, client: httpx.Client, recording: Recording, headers: dict[str, str]) -> httpx.Response:
        method, path, body = (recording.request.get(key) for key in ("method", "path", "body"))
        assert isinstance(method, str)
        assert isinstance(path, str)
        if isinstance(body, dict) and "multipart" in body:
            headers.pop("Content-Type")
            parts: list[tuple[str, Any]] = [
                (name, upload(part) if isinstance(part, dict) else (None, part))
                for name, part in body["multipart"].items()
            ]
            return client.request(method, path, files=parts, headers=headers)
        if isinstance(body, str):
            raw = body.encode().replace("\ufffd\ufffd".encode(), b"\xff\xfe")  # what a JSON file can't hold
            return client.request(method, path, content=raw, headers=headers)
        if body is None:
            return client.request(method, path, headers=headers)
        return client.request(method, path, json=self.own(body, recording), headers=headers)

    def own(self, body: dict[str, Any], recording: Recording) -> dict[str, Any]:
        """The recorded body with secrets of this world in place of the recorded ones."""
        fitted = dict(body)
        signature = fitted.get("session_sig")
        if signature and set(signature) != {"0"}:
            key = self.sandbox.app.hmac_secret.encode()
            own = hmac.new(key, fitted["session_id"].encode(), hashlib.sha256).hexdigest()
            fitted["session_sig"] = own.upper() if signature.isupper() else own
        weak = "weak-password" in recording.name
        for name in ("password", "password_confirmation"):
            if name in fitted:
                fitted[name] = "feeble" if weak else PASSWORD
        if fitted.get("code") in self.issued_codes:
            fitted["code"] = self.issued_codes[fitted["code"]]
        if "token" in fitted and re.fullmatch(r"\d+\|X+", fitted["token"]):
            fitted["token"] = self.tokens["gpt"]
        return fitted

    def issue_code(self, recorded: str) -> None:
        self.issued_codes[recorded] = self.world.confirm(self.user("alice"), str(uuid.uuid4()))


def rows_of(names: Iterable[str]) -> list[dict[str, Any]]:
    return [row for name in names for row in load(name).data["data"]]


def stamps(row: dict[str, Any]) -> tuple[int, datetime, datetime]:
    return row["id"], parsed(row["created_at"]), parsed(row["updated_at"])


def upload(part: dict[str, Any]) -> tuple[str, bytes, str]:
    """A file of the recorded name, declared type and size, whose content is what name and size say."""
    name, declared, size = part["filename"], part["content_type"], part["bytes"]
    kind = {644: "jpg", 19: "txt", 40: "cut"}.get(size, name.rpartition(".")[2])
    content = {
        "txt": b"this is not an image",
        "pdf": b"%PDF-1.4",
        "svg": b'<svg xmlns="http://www.w3.org/2000/svg"',
        "webp": b"RIFF\x1a\x00\x00\x00WEBPVP8L",
        "bmp": b"BM",
        "jpg": picture("JPEG", 1 if size == 333 else 32),
        "gif": picture("GIF"),
        "cut": picture("PNG")[:40],
    }.get(kind, picture("PNG"))
    return name, content[:size].ljust(size, b"\x00"), declared
