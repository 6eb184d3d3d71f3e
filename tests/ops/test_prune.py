"""`manage.py prune`: each kind of row goes when its time has come and not before; what nobody can use ends upstream too."""

import secrets
import threading
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection as db
from django.utils import timezone
from django_tasks_db.models import DBTaskResult
from pytest_django import Settings

from chat.models import Remembered
from chat.zalo.models import Account, LinkOffer, Sender, account
from chat.zalo.models import Event as ZaloEvent
from oauthbridge import retention
from oauthbridge.models import (
    AccessToken,
    Application,
    AuthorizationRequest,
    Connection,
    Grant,
    LegacyCutoff,
    LegacyToken,
    PendingRevocation,
    RefreshToken,
    StaffSession,
    User,
)
from oauthbridge.tokens import digest
from petstools.models import ToolCall, WriteAttempt
from petstools.retention import BLANKED, ENDED, KEPT, prune
from petstools.tools.writing import ASKED_AGAIN_WITHIN
from sandbox.server import SandboxServer
from tests.ops.conftest import Connected, Ran, live_tokens

pytestmark = pytest.mark.django_db(transaction=True)
Manage = Callable[..., Ran]
Connect = Callable[..., Connected]

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


def of_connection(made: Connected, **fields: Any) -> dict[str, Any]:
    return {"user": made.row.user, "application": made.row.application, "connection": made.row, **fields}


def access_token(made: Connected, age: timedelta) -> Any:
    checksum = digest(secrets.token_hex(8))
    return AccessToken.objects.create(**of_connection(made, token_checksum=checksum, expires=timezone.now() - age))


def refresh_token(made: Connected, age: timedelta, **fields: Any) -> Any:
    checksum = digest(secrets.token_hex(8))
    expires = timezone.now() - age
    return RefreshToken.objects.create(**of_connection(made, token_checksum=checksum, expires=expires), **fields)


def code(made: Connected, age: timedelta) -> Any:
    fields = {"code": secrets.token_hex(8), "redirect_uri": "https://x", "spent_at": timezone.now() - age}
    return Grant.objects.create(**of_connection(made, expires=timezone.now() - age, **fields))


def old_connectors_token(made: Connected, age: timedelta) -> Any:
    return LegacyToken.objects.create(
        jti_digest=digest(secrets.token_hex(8)), connection=made.row, expires=timezone.now() - age
    )


def cut_off(_made: Connected, age: timedelta) -> Any:
    return LegacyCutoff.objects.create(main_app_user_id=secrets.randbelow(2**60), issued_until=timezone.now() - age)


def staff_session(_made: Connected, age: timedelta) -> Any:
    user = User.objects.create_user(secrets.token_hex(8))
    return StaffSession.objects.create(user=user, address="192.0.2.1", began_at=timezone.now() - age)


def sign_in(made: Connected, age: timedelta) -> Any:
    began = timezone.now() - age
    return AuthorizationRequest.objects.create(
        application=made.row.application,
        redirect_uri="https://x",
        created_at=began,
        expires_at=began,
        connection=made.row,
    )


def ended_connection(made: Connected, age: timedelta) -> Any:
    ended = timezone.now() - age
    return Connection.objects.create(
        user=made.row.user,
        application=made.row.application,
        status="ended",
        created_at=ended - DAY,
        expires_at=ended,
        ended_at=ended,
    )


def tool_call(made: Connected, age: timedelta) -> Any:
    return ToolCall.objects.create(
        connection=made.row,
        operation="list_pets",
        outcome="ok",
        status=200,
        latency_ms=1,
        request_id="r",
        created_at=timezone.now() - age,
    )


def write(made: Connected, age: timedelta) -> Any:
    return WriteAttempt.objects.create(
        connection=made.row,
        fingerprint=secrets.token_hex(8),
        key=uuid.uuid4().hex,
        state="done",
        created_at=timezone.now() - age,
    )


def stranger(_made: Connected, age: timedelta) -> Any:
    return User.objects.create(
        main_app_user_id=1_000_000 + secrets.randbelow(10**9), password="!", date_joined=timezone.now() - age
    )


def unused_client(_made: Connected, age: timedelta) -> Any:
    made = Application.objects.create(
        client_id=f"https://claude.ai/{secrets.token_hex(8)}",
        registration_source="cimd",
        client_type="public",
        authorization_grant_type="authorization-code",
        redirect_uris="https://claude.ai/c",
        door="mcp",
    )
    Application.objects.filter(pk=made.pk).update(created=timezone.now() - age)
    return made


def question(made: Connected, age: timedelta) -> Any:
    return Remembered.objects.create(
        connection=made.row, kind=secrets.token_hex(4), about=b"x", key_id="k", created_at=timezone.now() - age
    )


def sender(_made: Connected, age: timedelta) -> Any:
    at = account(Account.Product.BOT, "1")
    return Sender.objects.create(account=at, sender_id=secrets.token_hex(8), created_at=timezone.now() - age)


def zalo_event(made: Connected, age: timedelta) -> Any:
    by = sender(made, timedelta(0))
    moment = timezone.now() - age
    return ZaloEvent.objects.create(
        account=by.account,
        sender=by,
        key=secrets.token_hex(8),
        kind="text",
        sent_at=moment,
        received_at=moment,
        state="done",
    )


def zalo_link(made: Connected, age: timedelta) -> Any:
    return LinkOffer.objects.create(
        sender=sender(made, timedelta(0)), digest=digest(secrets.token_hex(8)), expires_at=timezone.now() - age
    )


def finished_task(_made: Connected, age: timedelta) -> Any:
    row = DBTaskResult.objects.create(
        task_path="x", queue_name="default", backend_name="default", args_kwargs={}, status="SUCCESSFUL",
        run_after=timezone.now(),
    )  # fmt: skip
    DBTaskResult.objects.filter(pk=row.pk).update(enqueued_at=timezone.now() - age)
    return row


def abandoned(made: Connected) -> AuthorizationRequest:
    return AuthorizationRequest.objects.create(
        application=made.row.application,
        redirect_uri="https://chat.example/callback",
        state="what-the-client-sent",
        browser_digest="0" * 64,
        expires_at=timezone.now() - timedelta(minutes=1),
    )


# Kind, how to make one, and how old it may be at most.
ROWS: list[tuple[str, Callable[[Connected, timedelta], Any], timedelta]] = [
    ("access tokens", access_token, timedelta(0)),
    ("refresh tokens", refresh_token, timedelta(0)),
    ("authorization codes", code, HOUR),
    ("tokens of the old connector", old_connectors_token, timedelta(0)),
    ("cut-offs of the old connector's tokens", cut_off, timedelta(0)),
    ("sessions of staff", staff_session, 8 * HOUR),
    ("sign-ins", sign_in, 30 * DAY),
    ("ended connections", ended_connection, 365 * DAY),
    ("unused clients", unused_client, DAY),
    ("people without a connection", stranger, DAY),
    ("tool calls", tool_call, 90 * DAY),
    ("writes", write, 2 * ASKED_AGAIN_WITHIN),
    ("questions and ways back of chats", question, HOUR),
    ("Zalo events", zalo_event, 90 * DAY),
    ("Zalo links", zalo_link, DAY),
    ("tasks", finished_task, DAY),
    ("Zalo senders", sender, DAY),
]


@pytest.mark.django_db
def test_every_kind_that_is_kept_for_a_time_is_tested_here() -> None:
    assert {kept.name for kept in KEPT} == {kind for kind, _make, _most in ROWS}


@pytest.mark.django_db
@pytest.mark.parametrize(("kind", "make", "most"), ROWS, ids=[kind for kind, _make, _most in ROWS])
def test_it_deletes_what_is_past_its_time_and_nothing_younger(
    kind: str, make: Callable[[Connected, timedelta], Any], most: timedelta, connected: Connect, manage: Manage
) -> None:
    made = connected()
    past, young = make(made, most + timedelta(minutes=1)), make(made, most - timedelta(minutes=1))

    ran = manage("prune", "--json")

    assert ran.json == {
        "dry_run": False,
        "rows": {name: int(name == kind) for name in (ENDED, BLANKED, *(k.name for k in KEPT))},
    }
    assert not type(past).objects.filter(pk=past.pk).exists()
    assert type(young).objects.filter(pk=young.pk).exists()


@pytest.mark.django_db
def test_a_dry_run_counts_the_same_and_changes_nothing(connected: Connect, manage: Manage) -> None:
    made = connected()
    for _kind, make, most in ROWS:
        make(made, most + timedelta(minutes=1))
    stale = connected("emma", expires_at=timezone.now() - DAY)
    abandoned(made)

    dry = manage("prune", "--dry-run", "--json")
    again = manage("prune", "--dry-run", "--json")

    assert dry.json["dry_run"] is True
    assert set(dry.json["rows"].values()) == {1}
    assert again.json == dry.json
    stale.row.refresh_from_db()
    assert stale.row.is_active
    assert manage("prune", "--json").json["rows"] == dry.json["rows"]


@pytest.mark.django_db
def test_it_blanks_what_an_abandoned_sign_in_still_holds(connected: Connect, manage: Manage) -> None:
    row = abandoned(connected())

    ran = manage("prune", "--json")

    row.refresh_from_db()
    assert ran.json["rows"][BLANKED] == 1
    assert row.state == ""
    assert row.status == "pending"


@pytest.mark.django_db
def test_the_text_counts_each_kind(connected: Connect, manage: Manage) -> None:
    tool_call(connected(), 91 * DAY)

    ran = manage("prune", "--dry-run")

    assert ran.code == 0
    assert "        1  tool calls\n" in ran.out
    assert "        0  sign-ins\n" in ran.out
    assert ran.out.endswith("Nothing was changed.\n")


@pytest.mark.django_db
def test_how_long_is_a_setting(settings: Settings, connected: Connect, manage: Manage) -> None:
    settings.TOOL_CALL_RETENTION_DAYS = 7
    tool_call(connected(), 8 * DAY)

    assert manage("prune", "--json").json["rows"]["tool calls"] == 1


@pytest.mark.django_db
def test_a_spent_refresh_token_stays_as_long_as_it_would_have_lived(connected: Connect, manage: Manage) -> None:
    """Deleted earlier, its reuse would look like any unknown token, and the thief's connection would go on."""
    spent = refresh_token(connected(), -DAY, revoked=timezone.now() - 60 * DAY)

    manage("prune")

    assert RefreshToken.objects.filter(pk=spent.pk).exists()


@pytest.mark.django_db
def test_an_ended_connection_takes_its_writes_along_and_leaves_the_rest(
    connected: Connect, manage: Manage, settings: Settings
) -> None:
    settings.TOOL_CALL_RETENTION_DAYS = 1000
    made = connected()
    old = ended_connection(made, 366 * DAY)
    call = tool_call(Connected(old, "", "", ""), 366 * DAY)
    waiting = PendingRevocation.objects.create(id=old.pk, sanctum_token=b"x", key_id="k")

    manage("prune")

    call.refresh_from_db()
    assert call.connection_id is None
    assert PendingRevocation.objects.filter(pk=waiting.pk).exists(), "a token that lives upstream would be forgotten"


@pytest.mark.django_db
def test_it_deletes_in_batches(connected: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "BATCH", 10)
    made = connected()
    for _ in range(25):
        tool_call(made, 91 * DAY)

    steps = [rows for kind, rows in prune(timezone.now()) if kind == "tool calls"]

    assert steps == [10, 10, 5]
    assert not ToolCall.objects.exists()


def test_two_at_once_share_the_work(connected: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "BATCH", 5)
    made = connected()
    ToolCall.objects.bulk_create(
        ToolCall(
            connection=made.row,
            operation="list_pets",
            outcome="ok",
            status=200,
            latency_ms=1,
            request_id="r",
            created_at=timezone.now() - 91 * DAY,
        )
        for _ in range(400)
    )
    deleted: list[int] = []
    failed: list[Exception] = []
    both = threading.Barrier(2)

    def run() -> None:
        try:
            both.wait(10)
            deleted.append(sum(rows for _kind, rows in prune(timezone.now())))
        except Exception as error:  # noqa: BLE001 - whatever a thread meets must fail the test
            failed.append(error)
        finally:
            db.close()

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert failed == []
    assert sum(deleted) == 400
    assert not ToolCall.objects.exists()


# --- Connections that no token can use any more ---------------------------------------------------


@pytest.fixture
def now() -> datetime:
    return timezone.now()


def test_a_connection_past_its_greatest_age_ends_here_and_in_the_main_app(
    sandbox: SandboxServer, connected: Connect, manage: Manage
) -> None:
    made = connected("mai", expires_at=timezone.now() - timedelta(minutes=1))

    ran = manage("prune", "--json")

    made.row.refresh_from_db()
    assert ran.json["rows"][ENDED] == 1
    assert (made.row.status, made.row.end_reason) == ("ended", "expired")
    assert made.sanctum_token not in live_tokens(sandbox, "mai")
    assert not PendingRevocation.objects.exists()


def test_a_connection_without_a_living_token_ends_as_idle(
    sandbox: SandboxServer, connected: Connect, manage: Manage
) -> None:
    made = connected("mai", created_at=timezone.now() - 91 * DAY)
    made.row.access_tokens.update(expires=timezone.now() - DAY)
    made.row.refresh_tokens.update(expires=timezone.now() - DAY)

    manage("prune")

    made.row.refresh_from_db()
    assert (made.row.status, made.row.end_reason) == ("ended", "idle")
    assert live_tokens(sandbox, "mai") == []


@pytest.mark.parametrize(
    ("access", "refresh", "age", "stays"),
    [
        (-HOUR, DAY, 90 * DAY, True),
        (HOUR, -DAY, 90 * DAY, True),
        (HOUR, DAY, timedelta(seconds=50), True),
        (HOUR, DAY, timedelta(seconds=70), False),
    ],
    ids=["an access token lives", "a refresh token lives", "its code may still be redeemed", "nothing lives"],
)
def test_which_connections_are_of_no_use(
    access: timedelta, refresh: timedelta, age: timedelta, stays: bool, sandbox: SandboxServer, connected: Connect,
    manage: Manage, now: datetime,
) -> None:  # fmt: skip
    made = connected("mai", created_at=now - age)
    made.row.access_tokens.update(expires=now - access)
    made.row.refresh_tokens.update(expires=now - refresh)

    manage("prune")

    made.row.refresh_from_db()
    assert made.row.is_active is stays


def test_a_taken_over_connection_lives_without_tokens_of_ours(
    sandbox: SandboxServer, connected: Connect, manage: Manage
) -> None:
    made = connected("mai", is_legacy=True, created_at=timezone.now() - 60 * DAY)
    made.row.access_tokens.all().delete()
    made.row.refresh_tokens.all().delete()

    manage("prune")

    made.row.refresh_from_db()
    assert made.row.is_active


def test_with_the_main_app_away_all_end_here_at_once_and_wait_there(
    sandbox: SandboxServer, connected: Connect, manage: Manage
) -> None:
    past = timezone.now() - DAY
    made = [connected("mai", expires_at=past) for _ in range(5)]
    sandbox.faults.outage = True

    manage("prune")

    assert not Connection.objects.active().exists()
    assert PendingRevocation.objects.count() == 5
    asked = [one for one in sandbox.requests if "revoke" in one.path]
    assert len({one.path for one in asked}) == 1
    assert len(asked) <= 3, "after the first refusal the others wait instead of being tried"
    sandbox.faults.clear()
    assert manage("retry_revocations", "--all").code == 0
    assert not {one.sanctum_token for one in made} & set(live_tokens(sandbox, "mai"))


def test_no_token_is_shown(sandbox: SandboxServer, connected: Connect, manage: Manage, client: Application) -> None:
    made = connected("mai", expires_at=timezone.now() - DAY)

    ran = manage("prune")

    assert not [secret for secret in made.secrets if secret in ran.out + ran.err]
