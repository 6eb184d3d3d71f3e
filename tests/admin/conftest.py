"""What tests of the admin share: staff with a role, and rows whose secrets are known."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import Group
from django.db import connection as database
from django.test import Client
from django.utils import timezone

from chat.zalo.models import Account as ZaloAccount
from chat.zalo.models import Event, Sender, account
from mainapp.secret import Secret
from oauthbridge.models import (
    AccessToken,
    Application,
    AuthorizationRequest,
    Connection,
    Grant,
    RefreshToken,
    User,
)
from oauthbridge.tokens import digest
from petstools.models import ToolCall
from sandbox.server import SandboxServer

PASSWORD = "a-long-enough-one"
CONNECTIONS = "/admin/oauthbridge/connection/"
CALLS = "/admin/petstools/toolcall/"
SIGN_INS = "/admin/oauthbridge/authorizationrequest/"
END = "/admin/oauthbridge/connection/end/"


@pytest.fixture
def roles(db: None) -> None:
    """The groups of the migration: tests that empty the database take them away for those that follow."""
    migration = import_module("petstools.migrations.0003_staff_groups")
    with database.schema_editor() if database.vendor == "postgresql" else _Editor() as editor:
        migration.make_groups(apps, editor)


class _Editor:
    """As much of a schema editor as the migration asks for; SQLite's own refuses to work inside a test's transaction."""

    connection = database

    def __enter__(self) -> "_Editor":
        return self

    def __exit__(self, *_: object) -> None:
        return None


def make_member(role: str, password: str | None = None) -> User:
    """Without a password hashing one costs nothing: who is signed in by force needs none."""
    if role == "superuser":
        return User.objects.create_superuser(role, password)
    user = User.objects.create_user(role.lower(), password)
    if role != "nobody":
        user.groups.add(Group.objects.get(name=role))
    return user


@pytest.fixture
def staff(roles: None) -> Callable[[str], Client]:
    """`staff("Support")`: the browser of somebody with this role (also "superuser", "nobody"), signed in."""

    def make(role: str) -> Client:
        username = role.lower()
        user = User.objects.filter(username=username).first() or make_member(role)
        client = Client()
        client.force_login(user)
        return client

    return make


@pytest.fixture
def gpt(db: None) -> Application:
    client: Application = Application.objects.create(
        client_id="meo-gpt",
        name="Meo GPT",
        client_type=Application.CLIENT_CONFIDENTIAL,
        authorization_grant_type=Application.GRANT_AUTHORIZATION_CODE,
        redirect_uris="https://chatgpt.com/aip/g-test/oauth/callback",
        client_secret=f"meo_cs_{secrets.token_urlsafe(32)}",
    )
    return client


@dataclass
class Made:
    """A connection with everything that hangs on one, and each secret in it, clear and as stored."""

    row: Connection
    sanctum: str
    secrets: list[str] = field(default_factory=list)


@pytest.fixture
def connected(request: pytest.FixtureRequest, gpt: Application) -> Callable[..., Made]:
    """`connected("mai")`: that person of the stand-in, or with a made-up token where there is no stand-in."""

    def make(key: str = "emma", **fields: Any) -> Made:
        if "sandbox" in request.fixturenames:
            sandbox: SandboxServer = request.getfixturevalue("sandbox")
            account = sandbox.world.user(key)
            user_id, sanctum = account.id, sandbox.world.new_token(account)
        else:
            user_id, sanctum = sum(key.encode()), f"{secrets.randbelow(10**6)}|{secrets.token_hex(24)}"
        now = timezone.now()
        user = User.objects.person(user_id)
        row = Connection(user=user, application=gpt, **{"expires_at": now + timedelta(days=365), **fields})
        row.seal_token(Secret(sanctum))
        row.save()
        clear = {name: secrets.token_urlsafe(32) for name in ("access", "refresh", "code", "browser", "main_app_code")}
        shared: dict[str, Any] = {"user": user, "application": gpt, "connection": row, "scope": "pets"}
        AccessToken.objects.create(token_checksum=digest(clear["access"]), expires=now + timedelta(hours=1), **shared)
        RefreshToken.objects.create(token_checksum=digest(clear["refresh"]), expires=now + timedelta(days=90), **shared)
        Grant.objects.create(
            code=clear["code"], expires=now + timedelta(minutes=1), redirect_uri="https://chatgpt.com/", **shared
        )
        clear["state"] = secrets.token_urlsafe(20)
        clear["challenge"] = secrets.token_urlsafe(32)
        AuthorizationRequest.objects.create(
            application=gpt,
            redirect_uri="https://chatgpt.com/aip/g-test/oauth/callback",
            scope="pets",
            state=clear["state"],
            code_challenge=clear["challenge"],
            code_challenge_method="S256",
            browser_digest=digest(clear["browser"]),
            code_digest=digest(clear["main_app_code"]),
            status=AuthorizationRequest.Status.CONNECTED,
            expires_at=now + timedelta(minutes=10),
            finished_at=now,
            connection=row,
        )
        sealed = bytes(row.sanctum_token or b"")
        shown_as = [sealed.hex(), repr(sealed)[2:40], sealed.hex().upper()]
        return Made(
            row,
            sanctum,
            [sanctum, sanctum.partition("|")[2], *clear.values(), *map(digest, clear.values()), *shown_as],
        )

    return make


def make_call(connection: Connection | None, **fields: Any) -> ToolCall:
    """One line of the log of tool calls."""
    given: dict[str, Any] = {
        "operation": "add_weight",
        "outcome": ToolCall.Outcome.OK,
        "status": 200,
        "latency_ms": 120,
        "request_id": secrets.token_hex(16),
    }
    return ToolCall.objects.create(connection=connection, **(given | fields))


def make_message(connection: Connection | None, **fields: Any) -> Event:
    """Somebody has written on Zalo, and was answered; `connection`: whose pets they may see."""
    at = account(ZaloAccount.Product.OFFICIAL_ACCOUNT, "2345678901234567890")
    sender = Sender.objects.create(
        account=at, sender_id=str(10**18 + secrets.randbelow(10**17)), display_name="Mai Nguyễn", connection=connection
    )
    event = Event(account=at, sender=sender, key=secrets.token_hex(8), kind=Event.Kind.TEXT, sent_at=timezone.now())
    for name, value in ({"state": Event.State.DONE, "outcome": Event.Outcome.STORED} | fields).items():
        setattr(event, name, value)
    event.save()
    return event
