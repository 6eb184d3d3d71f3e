"""What tests of commands share: a command run as ops run it, and rows to run it on."""

import io
import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.core.management import BaseCommand, CommandError, get_commands, load_command_class
from django.db import connection as db
from django.utils import timezone

from mainapp.secret import Secret
from oauthbridge.models import AccessToken, Application, Connection, RefreshToken, User
from oauthbridge.tokens import digest
from sandbox.server import SandboxServer
from tests.production import machine_environment


@dataclass(frozen=True)
class Ran:
    """How a command ended: exit code, what it printed, what it complained about."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@pytest.fixture
def manage() -> Callable[..., Ran]:
    """`manage("prune", "--dry-run")`: parsed and ended as at the shell, in this process."""

    def run(name: str, *arguments: str) -> Ran:
        app = get_commands()[name]
        command = app if isinstance(app, BaseCommand) else load_command_class(app, name)
        out, err = io.StringIO(), io.StringIO()
        parser = command.create_parser("manage.py", name)
        code = 0
        try:
            options = vars(parser.parse_args(list(arguments)))
            args = options.pop("args", ())
            command.execute(*args, **options | {"stdout": out, "stderr": err, "no_color": True})
        except CommandError as error:
            # As BaseCommand.run_from_argv does.
            err.write(f"CommandError: {error}")
            code = error.returncode
        except SystemExit as end:
            code = int(end.code or 0)
        return Ran(code, out.getvalue(), err.getvalue())

    return run


@dataclass
class Connected:
    """A connection with its tokens in clear, which no output may show."""

    row: Connection
    sanctum_token: str
    access_token: str
    refresh_token: str

    @property
    def secrets(self) -> list[str]:
        return [self.sanctum_token, self.sanctum_token.partition("|")[2], self.access_token, self.refresh_token]


@pytest.fixture
def client() -> Application:
    """The client of a GPT; a second one is a row more."""
    made: Application = Application.objects.create(
        client_id="meo-gpt",
        name="Meo GPT",
        client_type=Application.CLIENT_CONFIDENTIAL,
        authorization_grant_type=Application.GRANT_AUTHORIZATION_CODE,
        redirect_uris="https://chatgpt.com/aip/g-test/oauth/callback",
    )
    return made


@pytest.fixture
def connected(request: pytest.FixtureRequest, client: Application) -> Callable[..., Connected]:
    """`connected("mai")`: that person of the stand-in, connected; without a stand-in the token is made up."""

    def make(key: str = "mai", *, application: Application | None = None, **fields: Any) -> Connected:
        if "sandbox" in request.fixturenames:
            sandbox: SandboxServer = request.getfixturevalue("sandbox")
            account = sandbox.world.user(key)
            user_id, sanctum = account.id, sandbox.world.new_token(account)
        else:
            user_id, sanctum = sum(key.encode()), f"{secrets.randbelow(10**6)}|{secrets.token_hex(24)}"
        user = User.objects.person(user_id)
        moment = timezone.now()
        row = Connection(
            user=user,
            application=application or client,
            **{"expires_at": moment + timedelta(days=365), **fields},
        )
        row.seal_token(Secret(sanctum))
        row.save()
        access, refresh = f"meo_at_{secrets.token_urlsafe(32)}", f"meo_rt_{secrets.token_urlsafe(32)}"
        shared: dict[str, Any] = {"user": user, "application": row.application, "connection": row, "scope": "pets"}
        AccessToken.objects.create(token_checksum=digest(access), expires=moment + timedelta(hours=1), **shared)
        RefreshToken.objects.create(token_checksum=digest(refresh), expires=moment + timedelta(days=90), **shared)
        return Connected(row, sanctum, access, refresh)

    return make


def live_tokens(sandbox: SandboxServer, key: str) -> list[str]:
    """The tokens of a person that the stand-in would still accept."""
    return [token.plaintext for token in sandbox.world.tokens_of(sandbox.world.user(key))]


def database_url() -> str:
    """The test database, for a process of its own."""
    told = db.settings_dict
    if db.vendor == "sqlite":
        return f"sqlite:///{told['NAME']}"
    who = f"{told['USER']}:{told['PASSWORD']}".removesuffix(":")
    return f"postgres://{who}@{told['HOST']}:{told['PORT'] or 5432}/{told['NAME']}"


def shell_environment(**more: str) -> dict[str, str]:
    """What a process needs to work on this test's rows with this test's keys."""
    return machine_environment() | {
        "DATABASE_URL": database_url(),
        "ENCRYPTION_KEY": ",".join(key.hex() for key in django_settings.ENCRYPTION_KEYS),
        "CONNECTOR_API_KEY": django_settings.CONNECTOR_API_KEY,
        "HMAC_SHARED_SECRET": django_settings.HMAC_SHARED_SECRET,
        "MAIN_APP_URL": django_settings.MAIN_APP_URL,
        "PYTHONUNBUFFERED": "1",
        **more,
    }
