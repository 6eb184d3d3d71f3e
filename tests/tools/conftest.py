"""A person's GPT as the tools see it: one connection, calls in process, the stand-in main app over real HTTP."""

import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from mainapp.secret import Secret
from oauthbridge.models import AccessToken, Application, Connection, User
from oauthbridge.tokens import digest
from sandbox.records import Pet
from sandbox.server import SandboxServer
from tests.schema.conform import check


@dataclass
class Told:
    """A tool's answer: HTTP status, JSON body, and the requests it made to the main app."""

    status: int
    body: dict[str, Any]
    upstream: list[str] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def reason(self) -> str:
        assert self.body.get("status") == "clarification_needed", self.body
        assert self.status == 200
        return str(self.body["reason"])

    @property
    def code(self) -> str:
        assert set(self.body) >= {"error", "message", "fields", "request_id", "retryable"}, self.body
        return str(self.body["error"])

    @property
    def ok(self) -> dict[str, Any]:
        assert self.status in (200, 201), self.body
        assert self.body["status"] == "ok", self.body
        return self.body


class Gpt:
    """ChatGPT for one person: `gpt.get("/pets")`, `gpt.post("/pets/find", name="miu")`."""

    def __init__(self, sandbox: SandboxServer, connection: Connection, token: str) -> None:
        self.sandbox = sandbox
        self.connection = connection
        self.http = Client(headers={"Authorization": f"Bearer {token}"}, raise_request_exception=False)

    def get(self, path: str, **query: Any) -> Told:
        return self._told(lambda: self.http.get(path, query))

    def post(self, path: str, **body: Any) -> Told:
        return self._told(lambda: self.http.post(path, json.dumps(body), content_type="application/json"))

    def patch(self, path: str, **body: Any) -> Told:
        return self._told(lambda: self.http.patch(path, json.dumps(body), content_type="application/json"))

    def delete(self, path: str, **query: Any) -> Told:
        return self._told(lambda: self.http.delete(path, query_params=query))

    def confirmed(self, method: str, path: str, **sent: Any) -> Told:
        """The call that goes through after its question has been answered with yes."""
        call = getattr(self, method)
        asked: Told = call(path, **sent)
        if asked.body.get("status") == "ok":
            return asked
        told: Told = call(path, **sent, confirmation=asked.body.get("confirmation", "never asked"))
        return told

    def _told(self, send: Callable[[], Any]) -> Told:
        before = len(self.sandbox.requests)
        response = send()
        made = [f"{one.method} {one.path.removeprefix('/api')}" for one in list(self.sandbox.requests)[before:]]
        # Asked once in a process's life, before its first write: not part of what a tool costs.
        made = [one for one in made if one != "GET /version"]
        body = response.json()
        # Every answer that any test meets is one that the published schema describes.
        check(response.request["REQUEST_METHOD"], response.request["PATH_INFO"], response.status_code, body)
        return Told(response.status_code, body, made, dict(response.headers))


@pytest.fixture
def gpt(sandbox: SandboxServer, db: None) -> Callable[..., Gpt]:
    """`gpt("mai")`: that person of the stand-in, connected. `token=` gives them another main-app token than a fresh one."""

    def connect(key: str = "mai", *, token: str | None = None, language: str = "en") -> Gpt:
        account = sandbox.world.user(key)
        client, _made = Application.objects.get_or_create(
            client_id="meo-gpt",
            defaults={
                "client_type": Application.CLIENT_CONFIDENTIAL,
                "authorization_grant_type": Application.GRANT_AUTHORIZATION_CODE,
                "redirect_uris": "https://chatgpt.com/aip/g-test/oauth/callback",
            },
        )
        user = User.objects.person(account.id)
        connection = Connection(
            user=user, application=client, language=language, expires_at=timezone.now() + timedelta(days=365)
        )
        connection.seal_token(Secret(token or sandbox.world.new_token(account)))
        connection.save()
        access_token = f"meo_at_{secrets.token_urlsafe(32)}"
        AccessToken.objects.create(
            user=user,
            application=client,
            connection=connection,
            token_checksum=digest(access_token),
            scope="pets",
            expires=timezone.now() + timedelta(hours=1),
        )
        return Gpt(sandbox, connection, access_token)

    return connect


@pytest.fixture
def cat(sandbox: SandboxServer) -> Any:
    """A cat of Mai's without any records; Olga may look at it."""
    cat = sandbox.world.add_pet(sandbox.world.user("mai"), name="Nếp", species="cat")
    sandbox.world.share(cat, sandbox.world.user("olga"), "viewer")
    return cat


@pytest.fixture
def at(sandbox: SandboxServer, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Set the clock of the tools and of the stand-in: `at("2026-03-10T18:30+00:00")`. Django's own goes on."""

    def set_to(moment: str) -> None:
        then = datetime.fromisoformat(moment)

        class Then(datetime):
            @classmethod
            def now(cls, tz: tzinfo | None = None) -> Any:
                return then.astimezone(tz)

        monkeypatch.setattr("petstools.execution.datetime", Then)
        sandbox.world.now = lambda: then

    return set_to


@pytest.fixture
def cat_due(sandbox: SandboxServer) -> Callable[..., Pet]:
    """`cat_due("Nox", -3, 40)`: a cat of Noah's with vaccinations due three days ago and in forty days; None has no due date."""

    def add(name: str, *due_in: int | None, owner: str = "noah", **fields: Any) -> Pet:
        world = sandbox.world
        pet = world.add_pet(world.user(owner), name=name, **fields)
        for number, days in enumerate(due_in):
            due = None if days is None else world.today() + timedelta(days=days)
            world.add_vaccination(pet, f"Vaccine {number}", world.today() - timedelta(days=400), due)
        return pet

    return add
