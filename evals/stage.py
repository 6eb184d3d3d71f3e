"""The stand-in as a scenario begins, the connector behind one of its doors, and what has changed at the end."""

import json
import re
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

import time_machine
from django.conf import settings
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from evals.scenario import Scenario
from mainapp.secret import Secret
from oauthbridge.models import AccessToken, Application, Connection, User
from oauthbridge.scopes import EVERYDAY
from oauthbridge.tokens import digest
from sandbox.records import Pet
from sandbox.server import SandboxServer

ROOT = Path(__file__).resolve().parent.parent
MODERN = "2026-07-28"
_META = "io.modelcontextprotocol/"
# A row's own bookkeeping, and what says the same as another field.
_NOT_COMPARED = {
    "id", "created_at", "updated_at", "pet_id", "heap_position", "deleted_at", "created_by", "relationships", "photos", "photo",
    "weights", "medical_records", "vaccinations", "microchips", "reminder_sent_at", "description_locale", "city_name", "address",
    "state",
}  # fmt: skip
_KINDS = {
    "weight": "weights",
    "vaccination": "vaccinations",
    "medical_record": "medical_records",
    "microchip": "microchips",
    "photo": "photos",
}

State = dict[tuple[str, int], tuple[str, dict[str, Any]]]


@dataclass(frozen=True)
class Tool:
    """A tool as a model is given it."""

    name: str
    description: str
    parameters: Mapping[str, Any]


class Door(Protocol):
    """One of the connector's doors, for one person. `call` answers the text that the model reads; `sent`: characters of all
    answers as they cross the wire."""

    sent: int
    instructions: str
    tools: list[Tool]

    def call(self, name: str, arguments: Mapping[str, Any]) -> str: ...


@dataclass(frozen=True)
class Change:
    """One thing that is otherwise in the main app than it was. what: added, changed, removed; fields: as they are now."""

    what: str
    kind: str
    pet: str
    fields: Mapping[str, Any]

    def __str__(self) -> str:
        shown = ", ".join(f"{name}={value}" for name, value in self.fields.items() if value not in (None, "", []))
        return f"{self.what} {self.kind} of {self.pet}: {shown}"


class Stage:
    """A scenario on the stand-in: `door` to play through, `changes` when it is over."""

    def __init__(self, scenario: Scenario, sandbox: SandboxServer) -> None:
        self.scenario = scenario
        self.sandbox = sandbox
        self.world = sandbox.world
        self._arrange()
        self._before = self._state()
        self.door: Door = (Actions if scenario.door == "actions" else Mcp)(self._client())

    def pet_id(self, name: str) -> int:
        """The id of the first pet of this name, for scripts. Raises KeyError."""
        for pet in self.world.pets.values():
            if pet.name == name and pet.deleted_at is None:
                return pet.id
        raise KeyError(name)

    def changes(self) -> list[Change]:
        now = self._state()
        found = [
            Change("removed", kind, *self._before[kind, row]) for kind, row in self._before if (kind, row) not in now
        ]
        for (kind, row), (pet, fields) in now.items():
            if (kind, row) not in self._before:
                found.append(Change("added", kind, pet, fields))
            elif self._before[kind, row][1] != fields:
                was = self._before[kind, row][1]
                found.append(
                    Change(
                        "changed", kind, pet, {name: value for name, value in fields.items() if was.get(name) != value}
                    )
                )
        return found

    def _arrange(self) -> None:
        before = self.scenario.before
        person = self.world.user(self.scenario.person)
        if before.get("only_these_pets"):
            for pet in list(self.world.pets.values()):
                if pet.roles_of(person):
                    del self.world.pets[pet.id]
        for given in before.get("pets", ()):
            self._add(dict(given))
        for habit in before.get("habits", ()):
            pets = [self.world.pets[self.pet_id(name)] for name in habit["pets"]]
            self.world.add_habit(person, **{**habit, "pets": pets})
        if "requests_used" in before:
            self.world.quota.set_used(person, before["requests_used"], self.world.timestamp())
        if "faults" in before:
            self.sandbox.faults.replace(before["faults"])

    def _add(self, given: dict[str, Any]) -> None:
        world, rows = self.world, {name: given.pop(name, ()) for name in _KINDS.values()}
        owner, role = world.user(given.pop("owner", self.scenario.person)), given.pop("role", None)
        pet = world.add_pet(owner, **given)
        if role is not None:
            world.share(pet, world.user(self.scenario.person), role)
        for day, weight in rows["weights"]:
            world.add_weight(pet, float(weight), day)
        for vaccination in rows["vaccinations"]:
            world.add_vaccination(pet, **vaccination)
        for record in rows["medical_records"]:
            world.add_medical_record(pet, **record)
        for chip in rows["microchips"]:
            world.add_microchip(pet, chip)

    def _state(self) -> State:
        state: State = {}
        for pet in self.world.pets.values():
            if pet.deleted_at is not None:
                continue
            state["pet", pet.id] = (
                pet.name,
                {**_fields(pet), "species": pet.pet_type.slug, "birthday": _birthday(pet)},
            )
            for kind, rows in _KINDS.items():
                for row in getattr(pet, rows):
                    state[kind, row.id] = (pet.name, _fields(row))
        for habit in self.world.habits.values():
            names = ", ".join(pet.name for pet in habit.pets)
            fields = {**_fields(habit), "pets": names}
            del fields["entries"]
            state["habit", habit.id] = (names, fields)
            for entry in habit.entries:
                state["habit_entry", entry.id] = (entry.pet.name, {**_fields(entry), "pet": entry.pet.name})
        return state

    def _client(self) -> Client:
        """A browserless client with an access token of the person, as after a sign-in."""
        actions = self.scenario.door == "actions"
        person = self.world.user(self.scenario.person)
        application, _made = Application.objects.get_or_create(
            client_id="meo-gpt" if actions else "https://claude.ai/oauth/mcp-oauth-client-metadata",
            defaults={
                "name": "Evals",
                "door": Application.Door.ACTIONS if actions else Application.Door.MCP,
                "client_type": Application.CLIENT_CONFIDENTIAL if actions else Application.CLIENT_PUBLIC,
                "authorization_grant_type": Application.GRANT_AUTHORIZATION_CODE,
                "redirect_uris": "https://chatgpt.com/aip/g-evals/oauth/callback",
            },
        )
        connection = Connection(
            user=User.objects.person(person.id),
            application=application,
            language=self.scenario.language,
            expires_at=timezone.now() + timedelta(days=365),
        )
        connection.seal_token(Secret(self.world.new_token(person)))
        connection.save()
        token = f"meo_at_{secrets.token_urlsafe(32)}"
        AccessToken.objects.create(
            user=connection.user,
            application=application,
            connection=connection,
            token_checksum=digest(token),
            scope="pets" if actions else " ".join(EVERYDAY),
            resource=[] if actions else [settings.MCP_URL],
            expires=timezone.now() + timedelta(hours=12),
        )
        return Client(headers={"Authorization": f"Bearer {token}"}, raise_request_exception=False)


@contextmanager
def staged(scenario: Scenario, sandbox: SandboxServer) -> Iterator[Stage]:
    """The scenario's moment, on every clock of this process, and its first state."""
    with time_machine.travel(scenario.now, tick=True):
        sandbox.world.now = lambda: datetime.now(scenario.now.tzinfo)
        # With the limits of the real one.
        sandbox.app.environment = "production"
        sandbox.faults.replace({})
        sandbox.world.reset()
        cache.clear()
        yield Stage(scenario, sandbox)


class Actions:
    """The operations of the published schema, and the GPT's instructions."""

    sent = 0

    def __init__(self, http: Client) -> None:
        self._http = http
        document = json.loads((ROOT / "docs" / "gpt" / "openapi.json").read_text(encoding="utf-8"))
        self._components = document["components"]
        self._operations: dict[str, tuple[str, str, dict[str, Any]]] = {
            operation["operationId"]: (method, path, operation)
            for path, methods in document["paths"].items()
            for method, operation in methods.items()
        }
        self.tools = [self._tool(name, *of) for name, of in self._operations.items()]
        text = (ROOT / "docs" / "gpt" / "instructions.md").read_text(encoding="utf-8")
        self.instructions = text.partition("-->\n")[2].strip()

    def call(self, name: str, arguments: Mapping[str, Any]) -> str:
        if name not in self._operations:
            return json.dumps({"error": "There is no such operation."})
        method, path, operation = self._operations[name]
        where = {one["name"]: one["in"] for one in operation.get("parameters", ())}
        for parameter, place in where.items():
            if place == "path":
                path = path.replace(f"{{{parameter}}}", str(arguments.get(parameter, "")))
        query = {one: value for one, value in arguments.items() if where.get(one) == "query"}
        body = {one: value for one, value in arguments.items() if one not in where}
        answer = self._http.generic(
            method.upper(),
            path,
            json.dumps(body) if "requestBody" in operation else "",
            content_type="application/json",
            query_params={**query, **({} if "requestBody" in operation else body)},
        )
        text = answer.content.decode()
        self.sent += len(text)
        return text

    def _tool(self, name: str, method: str, path: str, operation: Mapping[str, Any]) -> Tool:
        properties, required = {}, []
        for one in operation.get("parameters", ()):
            properties[one["name"]] = {**one["schema"], "description": one.get("description", "")}
            required += [one["name"]] if one.get("required") else []
        if "requestBody" in operation:
            body = self._resolved(operation["requestBody"]["content"]["application/json"]["schema"])
            properties |= body.get("properties", {})
            required += body.get("required", [])
        description = f"{operation.get('summary', '')}. {operation.get('description', '')}"
        return Tool(name, description, {"type": "object", "properties": properties, "required": required})

    def _resolved(self, schema: Any) -> Any:
        if isinstance(schema, Mapping):
            if "$ref" in schema:
                return self._resolved(self._components["schemas"][schema["$ref"].rpartition("/")[2]])
            return {name: self._resolved(value) for name, value in schema.items()}
        return [self._resolved(one) for one in schema] if isinstance(schema, list) else schema


class Mcp:
    """The MCP door, as a client of 2026-07-28 hands it on to its model: name, description and inputSchema."""

    sent = 0

    def __init__(self, http: Client) -> None:
        self._http = http
        self.instructions = str(self._result("server/discover", {})["instructions"])
        self.tools = [
            Tool(one["name"], one.get("description", ""), one["inputSchema"])
            for one in self._result("tools/list", {})["tools"]
        ]

    def call(self, name: str, arguments: Mapping[str, Any]) -> str:
        message = self._post("tools/call", {"name": name, "arguments": dict(arguments)}, name)
        result = message.get("result")
        self.sent += len(json.dumps(result, ensure_ascii=False, separators=(",", ":")))
        if result is None:
            return json.dumps(message.get("error", message), ensure_ascii=False)
        return "\n".join(block.get("text", "") for block in result["content"])

    def _result(self, method: str, params: dict[str, Any]) -> dict[str, Any]:
        return dict(self._post(method, params)["result"])

    def _post(self, method: str, params: dict[str, Any], name: str = "") -> dict[str, Any]:
        about = {
            f"{_META}protocolVersion": MODERN,
            f"{_META}clientCapabilities": {},
            f"{_META}clientInfo": {"name": "evals", "version": "1.0"},
        }
        headers = {"MCP-Protocol-Version": MODERN, "Mcp-Method": method} | ({"Mcp-Name": name} if name else {})
        body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": {**params, "_meta": about}}
        answer = self._http.post("/mcp", json.dumps(body), content_type="application/json", headers=headers)
        return dict(json.loads(answer.content))


def _fields(row: Any) -> dict[str, Any]:
    return {
        name: _shown(value) for name, value in vars(row).items() if name not in _NOT_COMPARED | {"pet_type", "content"}
    }


def _shown(value: Any) -> Any:
    if isinstance(value, datetime):
        return True
    if hasattr(value, "isoformat"):
        return value.isoformat()
    if hasattr(value, "slug"):
        return value.slug
    return [_shown(one) for one in value] if isinstance(value, list) else value


def _birthday(pet: Pet) -> str | None:
    parts = (pet.birthday_year, pet.birthday_month, pet.birthday_day)
    known = {"year": 1, "month": 2, "day": 3}.get(pet.birthday_precision, 0)
    if pet.birthday is not None and pet.birthday_precision == "day":
        return pet.birthday.isoformat()
    return re.sub(r"-(\d)\b", r"-0\1", "-".join(str(part) for part in parts[:known])) or None
