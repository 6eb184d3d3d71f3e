"""`manage.py rotate_encryption_key`: every token ends under the first key, while the service goes on and whatever interrupts it."""

import os
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection as db
from django.utils import timezone
from pytest_django import Settings

from mainapp.secret import Secret
from oauthbridge import connections, rotation
from oauthbridge.models import Application, Connection, PendingRevocation, User
from oauthbridge.tokens import keyring
from tests.ops.conftest import Connected, Ran, shell_environment
from tests.production import ROOT

pytestmark = pytest.mark.django_db(transaction=True)
Manage = Callable[..., Ran]
Connect = Callable[..., Connected]

OLD, NEW = os.urandom(32), os.urandom(32)


@pytest.fixture(autouse=True)
def _under_the_old_key(settings: Settings) -> None:
    settings.ENCRYPTION_KEYS = [OLD]


def put_new_key_first(settings: Settings) -> None:
    settings.ENCRYPTION_KEYS = [NEW, OLD]


def many(client: Application, count: int) -> dict[uuid.UUID, str]:
    """So many connections under the current key; their tokens."""
    user = User.objects.person(7)
    tokens: dict[uuid.UUID, str] = {}
    rows = []
    for number in range(count):
        row = Connection(user=user, application=client, expires_at=timezone.now() + timedelta(days=1))
        tokens[row.pk] = f"{number}|{uuid.uuid4().hex}"
        row.seal_token(Secret(tokens[row.pk]))
        rows.append(row)
    Connection.objects.bulk_create(rows)
    return tokens


def opened() -> dict[uuid.UUID, str]:
    """What every stored token opens to, wherever it lies now."""
    rows = [*Connection.objects.active(), *PendingRevocation.objects.all()]
    return {row.pk: row.open_token().reveal() for row in rows}


@pytest.mark.django_db
def test_every_token_moves_to_the_first_key(client: Application, settings: Settings, manage: Manage) -> None:
    tokens = many(client, 5)
    connections.end(next(iter(tokens)), Connection.EndReason.OPS, revoke_now=False)
    put_new_key_first(settings)

    ran = manage("rotate_encryption_key", "--json")

    assert (ran.code, ran.json["moved"], ran.json["left_over"], ran.json["lost"]) == (0, 5, 0, 0)
    settings.ENCRYPTION_KEYS = [NEW]
    assert opened() == tokens


@pytest.mark.django_db
def test_a_dry_run_counts_and_changes_nothing(client: Application, settings: Settings, manage: Manage) -> None:
    many(client, 3)
    put_new_key_first(settings)

    ran = manage("rotate_encryption_key", "--dry-run")

    assert (ran.code, ran.out) == (0, f"3 tokens are not under the first key ({keyring().current_key_id}).\n")
    assert rotation.left_over() == 3


@pytest.mark.django_db
def test_verify_says_whether_the_old_key_may_go(client: Application, settings: Settings, manage: Manage) -> None:
    tokens = many(client, 3)
    put_new_key_first(settings)

    before = manage("rotate_encryption_key", "--verify")
    untouched = rotation.left_over()
    manage("rotate_encryption_key")
    after = manage("rotate_encryption_key", "--verify")

    assert (before.code, untouched) == (1, 3)
    assert "        3  opens\n" in before.out
    assert after.code == 0
    assert "0 tokens are not under the first key" in after.out
    assert opened() == tokens


@pytest.mark.django_db
def test_a_key_that_is_gone_is_told_and_nothing_is_changed(
    client: Application, settings: Settings, manage: Manage
) -> None:
    tokens = many(client, 2)
    settings.ENCRYPTION_KEYS = [NEW]

    for arguments in ([], ["--verify"]):
        ran = manage("rotate_encryption_key", *arguments)
        assert ran.code == 1
        assert "        2  lost\n" in ran.out
        assert "Put it back." in ran.err

    settings.ENCRYPTION_KEYS = [OLD]
    assert opened() == tokens


@pytest.mark.django_db
def test_running_it_again_moves_nothing(client: Application, settings: Settings, manage: Manage) -> None:
    many(client, 3)
    put_new_key_first(settings)
    manage("rotate_encryption_key")
    stored = set(Connection.objects.values_list("sanctum_token", "key_id"))

    ran = manage("rotate_encryption_key", "--json")

    assert "moved" not in ran.json
    assert set(Connection.objects.values_list("sanctum_token", "key_id")) == stored


@pytest.mark.django_db
def test_it_works_in_batches(
    client: Application, settings: Settings, manage: Manage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rotation, "BATCH", 7)
    many(client, 20)
    put_new_key_first(settings)

    assert manage("rotate_encryption_key", "--json").json["moved"] == 20


def test_connections_are_used_and_ended_meanwhile(
    client: Application, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No user of a connection ever meets a token it can't open, and none that ended comes back."""
    monkeypatch.setattr(rotation, "BATCH", 20)
    tokens = many(client, 300)
    put_new_key_first(settings)
    ids = list(tokens)
    failed: list[Exception] = []
    uses = [0]
    done = threading.Event()

    def guarded(work: Callable[[], None]) -> Callable[[], None]:
        def run() -> None:
            try:
                work()
            except Exception as error:  # noqa: BLE001 - whatever a thread meets must fail the test
                failed.append(error)
            finally:
                db.close()

        return run

    def use() -> None:
        while not done.is_set():
            for row in Connection.objects.active().order_by("?")[:20]:
                assert row.open_token().reveal() == tokens[row.pk]
                uses[0] += 1

    def end() -> None:
        for connection_id in ids[::3]:
            connections.end(connection_id, Connection.EndReason.OPS, revoke_now=False)

    def rotate() -> None:
        list(rotation.rotate())

    ending, rotating, twice = (threading.Thread(target=guarded(work)) for work in (end, rotate, rotate))
    using = threading.Thread(target=guarded(use))
    for thread in (using, ending, rotating, twice):
        thread.start()
    for thread in (ending, rotating, twice):
        thread.join(120)
    done.set()
    using.join(30)

    assert failed == []
    assert uses[0] > 0
    list(rotation.rotate())
    settings.ENCRYPTION_KEYS = [NEW]
    assert opened() == tokens
    assert Connection.objects.active().count() == 200
    assert PendingRevocation.objects.count() == 100


def test_killed_in_the_middle_each_row_is_as_before_or_after_and_the_next_run_goes_on(
    client: Application, settings: Settings, manage: Manage
) -> None:
    tokens = many(client, 3000)
    put_new_key_first(settings)
    process = subprocess.Popen(
        [sys.executable, "manage.py", "rotate_encryption_key"],
        cwd=ROOT,
        env=shell_environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    until = time.monotonic() + 60
    while rotation.left_over() == 3000:
        assert process.poll() is None, process.communicate()[1]
        assert time.monotonic() < until

    process.send_signal(signal.SIGKILL)
    process.communicate()

    left = rotation.left_over()
    assert 0 < left < 3000, "it was not killed in the middle"
    assert opened() == tokens
    ran = manage("rotate_encryption_key", "--json")
    assert (ran.code, ran.json["moved"], ran.json["left_over"]) == (0, left, 0)
    settings.ENCRYPTION_KEYS = [NEW]
    assert opened() == tokens
