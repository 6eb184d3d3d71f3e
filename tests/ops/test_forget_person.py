"""`manage.py forget_person`: everything about one person goes at once, their access too, and nobody else is touched."""

import sys
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.apps import apps
from django.contrib.admin.models import CHANGE, LogEntry
from django.core.cache import cache
from django.db import connection as db
from django.utils import timezone
from pytest_django import Settings

from oauthbridge.models import AuthorizationRequest, Connection, LegacyToken, PendingRevocation, User
from petstools import forgetting, quota
from petstools.models import ToolCall, WriteAttempt
from petstools.tool_calls import Line, Recorder
from petstools.tools import known_pets
from sandbox.server import SandboxServer
from tests.ops.conftest import Connected, Ran, live_tokens

pytestmark = pytest.mark.django_db(transaction=True)
Manage = Callable[..., Ran]
Connect = Callable[..., Connected]


@pytest.fixture
def mai(sandbox: SandboxServer, connected: Connect) -> Connected:
    """Somebody about whom there is a row of every kind."""
    made = connected("mai")
    AuthorizationRequest.objects.create(
        application=made.row.application,
        redirect_uri="https://x",
        status="connected",
        connection=made.row,
        expires_at=timezone.now(),
    )
    ToolCall.objects.create(
        connection=made.row, operation="list_pets", outcome="ok", status=200, latency_ms=5, request_id="r-mai-1"
    )
    WriteAttempt.objects.create(connection=made.row, fingerprint="f" * 64, key="k")
    cache.set(quota.key_of(made.row.user.pk), {"limit": 5}, 60)
    cache.set(known_pets.key_of(made.row.pk), {"1": "cat"}, 60)
    return made


def everything() -> str:
    """Every row of every table, as text."""
    rows = []
    for model in apps.get_models():
        with db.cursor() as cursor:
            cursor.execute(f"SELECT * FROM {db.ops.quote_name(model._meta.db_table)}")  # noqa: S608 - Django's own names
            rows += [f"{model.__name__}: {row!r}" for row in cursor.fetchall()]
    return "\n".join(rows)


def test_nothing_about_them_is_left(mai: Connected, manage: Manage, sandbox: SandboxServer) -> None:
    number, row, person = mai.row.user.main_app_user_id, mai.row.pk, mai.row.user.pk
    LogEntry.objects.log_actions(User.objects.create_user("boss").pk, [mai.row.user], CHANGE, single_object=True)

    ran = manage("forget_person", str(number), "--yes", "--json")

    assert (ran.code, ran.json["waiting"]) == (0, 0)
    assert ran.json["rows"] == {
        "connections ended": 1,
        "tool calls": 1,
        "writes": 1,
        "sign-ins": 1,
        "connections": 1,
        "people": 1,
    }
    assert live_tokens(sandbox, "mai") == []
    left = everything()
    for trace in (str(row), row.hex, f"person {number}", "r-mai-1", *mai.secrets):
        assert trace not in left
    assert cache.get(quota.key_of(person)) is None
    assert cache.get(known_pets.key_of(row)) is None
    assert LogEntry.objects.get().object_repr == "a person who was forgotten"


def test_nobody_else_is_touched(mai: Connected, connected: Connect, manage: Manage, sandbox: SandboxServer) -> None:
    emma = connected("emma")
    ToolCall.objects.create(
        connection=emma.row, operation="list_pets", outcome="ok", status=200, latency_ms=5, request_id="r-emma-1"
    )

    manage("forget_person", str(mai.row.user.main_app_user_id), "--yes")

    emma.row.refresh_from_db()
    assert emma.row.is_active
    assert emma.sanctum_token in live_tokens(sandbox, "emma")
    assert ToolCall.objects.get().request_id == "r-emma-1"


def test_a_dry_run_counts_and_changes_nothing(mai: Connected, manage: Manage) -> None:
    before = everything()

    ran = manage("forget_person", str(mai.row.user.main_app_user_id), "--dry-run", "--json")

    assert ran.json["rows"] == {
        "people": 1,
        "connections": 1,
        "active connections": 1,
        "tool calls": 1,
        "writes": 1,
        "sign-ins": 1,
        "Zalo senders": 0,
    }
    assert everything() == before


@pytest.mark.parametrize("arguments", [("--dry-run",), ("--yes",), ("--yes", "--json")])
def test_somebody_unknown_is_said_to_be_unknown(manage: Manage, arguments: tuple[str, ...]) -> None:
    ran = manage("forget_person", "987654", *arguments)

    assert ran.code == 0
    assert "Nothing is known" in ran.out or ran.json["rows"] == {}


def test_it_asks_first(mai: Connected, manage: Manage, monkeypatch: pytest.MonkeyPatch) -> None:
    number = str(mai.row.user.main_app_user_id)
    assert manage("forget_person", number, "--json").code == 1
    assert "nobody to ask" in manage("forget_person", number).err
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True)
    asked: list[str] = []

    def no(question: str) -> str:
        asked.append(question)
        return "no"

    monkeypatch.setattr("builtins.input", no)

    ran = manage("forget_person", number)

    assert "Nothing was changed." in ran.out
    assert number in asked[0]
    assert User.objects.filter(main_app_user_id=number).exists()


def test_while_the_main_app_is_away_the_token_waits_and_names_nobody(
    mai: Connected, manage: Manage, sandbox: SandboxServer
) -> None:
    sandbox.faults.outage = True

    ran = manage("forget_person", str(mai.row.user.main_app_user_id), "--yes")

    assert "still to be told" in ran.out
    assert not Connection.objects.exists()
    assert PendingRevocation.objects.count() == 1
    sandbox.faults.outage = False
    manage("retry_revocations", "--all")
    assert live_tokens(sandbox, "mai") == []
    assert not PendingRevocation.objects.exists()


def test_who_signs_in_meanwhile_stays(mai: Connected, connected: Connect) -> None:
    steps = forgetting.forget(int(mai.row.user.main_app_user_id or 0))
    next(steps)
    back = connected("mai")

    for _ in steps:
        pass

    assert Connection.objects.get().pk == back.row.pk
    assert Connection.objects.get().is_active


def test_stopped_halfway_it_goes_on(mai: Connected, manage: Manage) -> None:
    number = mai.row.user.main_app_user_id
    steps = forgetting.forget(int(number or 0))
    next(steps)
    del steps

    manage("forget_person", str(number), "--yes")

    assert not User.objects.filter(main_app_user_id=number).exists()


def test_a_token_of_the_old_connector_makes_nobody_anew(mai: Connected, manage: Manage, settings: Settings) -> None:
    """Its row is what tells a second use from a first, which would make connection and person again."""
    settings.JWT_SECRET, settings.JWT_ACCEPTED_UNTIL = "x" * 40, date.today() + timedelta(days=30)
    LegacyToken.objects.create(jti_digest="d" * 64, connection=mai.row, expires=timezone.now() + timedelta(days=3))
    number = str(mai.row.user.main_app_user_id)

    ran = manage("forget_person", number, "--yes")

    assert "Run this again after JWT_ACCEPTED_UNTIL." in ran.out
    assert not Connection.objects.get().is_active
    settings.JWT_ACCEPTED_UNTIL = date.today() - timedelta(days=1)
    manage("forget_person", number, "--yes")
    assert not User.objects.exists()


@pytest.mark.parametrize("how", ["background", "inline"])
def test_the_last_calls_line_takes_no_other_with_it(
    mai: Connected, connected: Connect, manage: Manage, settings: Settings, how: str
) -> None:
    settings.TOOL_CALL_LOG = how
    emma, recorder = connected("emma"), Recorder()
    late = [
        Line(pk, "actions", "list_pets", "ok", 200, "", 1, 5, f"r-late-{pk}", timezone.now())
        for pk in (mai.row.pk, emma.row.pk)
    ]
    manage("forget_person", str(mai.row.user.main_app_user_id), "--yes")

    for line in late:
        recorder.record(line)
    recorder.flush()

    assert [line.connection_id for line in ToolCall.objects.all()] == [emma.row.pk]
