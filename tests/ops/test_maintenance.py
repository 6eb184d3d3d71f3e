"""`manage.py maintenance`: the periodic work, once or in a loop that a supervisor starts and stops."""

import contextlib
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from django.db import connection as db
from django.utils import timezone

from oauthbridge import connections
from oauthbridge.models import Connection, PendingRevocation
from petstools.models import ToolCall
from petstools.retention import last_prune
from sandbox.server import SandboxServer
from tests.ops.conftest import Connected, Ran, database_url, live_tokens, shell_environment
from tests.production import ROOT

pytestmark = pytest.mark.django_db(transaction=True)
Manage = Callable[..., Ran]
Connect = Callable[..., Connected]


def work_to_do(made: Connected) -> None:
    """A revocation that is due, and a row past its time."""
    connections.end(made.row.pk, Connection.EndReason.OPS, revoke_now=False)
    ToolCall.objects.create(
        operation="list_pets", outcome="ok", status=200, latency_ms=1, request_id="r",
        created_at=timezone.now() - timedelta(days=91),
    )  # fmt: skip


def is_done() -> bool:
    return not PendingRevocation.objects.exists() and not ToolCall.objects.exists()


def until(holds: Callable[[], bool], seconds: float = 40) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.05)


class Loop:
    """The command as a process, with short intervals."""

    def __init__(self, **environment: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "manage.py", "maintenance", "--revocations-every", "0.2", "--prune-every", "0.2"],
            cwd=ROOT,
            env=shell_environment(**environment),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.said: list[str] = []
        self._readers = [
            threading.Thread(target=lambda pipe=pipe: self.said.extend(pipe), daemon=True)
            for pipe in (self.process.stdout, self.process.stderr)
        ]
        for reader in self._readers:
            reader.start()

    @property
    def text(self) -> str:
        return "".join(self.said)

    def end(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        code = self.process.wait(20)
        for reader in self._readers:
            reader.join(5)
        return code


@pytest.fixture
def loop() -> Iterator[Callable[..., Loop]]:
    running: list[Loop] = []

    def start(**environment: str) -> Loop:
        running.append(Loop(**environment))
        return running[-1]

    yield start
    for each in running:
        with contextlib.suppress(ProcessLookupError):
            each.process.kill()
            each.process.wait()


def test_once_does_each_duty_once(sandbox: SandboxServer, connected: Connect, manage: Manage) -> None:
    work_to_do(connected("mai"))

    ran = manage("maintenance", "--once")

    assert (ran.code, ran.out) == (0, "Done once.\n")
    assert is_done()
    assert live_tokens(sandbox, "mai") == []
    last = last_prune()
    assert last is not None
    assert timezone.now() - last < timedelta(minutes=1)


def test_once_with_the_main_app_away_is_no_failure_of_its_own(
    sandbox: SandboxServer, connected: Connect, manage: Manage
) -> None:
    work_to_do(connected("mai"))
    sandbox.faults.outage = True

    assert manage("maintenance", "--once").code == 0
    assert PendingRevocation.objects.get().attempts == 1
    assert not ToolCall.objects.exists()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "Ctrl-C"])
def test_the_loop_works_until_it_is_told_to_stop(
    number: int, sandbox: SandboxServer, connected: Connect, loop: Callable[..., Loop]
) -> None:
    running = loop()
    until(lambda: "Maintenance runs" in running.text)
    for _ in range(2):
        made = connected("mai")
        work_to_do(made)
        until(is_done)

    assert running.end(number) == 0
    assert "Maintenance stopped." in running.text
    assert live_tokens(sandbox, "mai") == []
    assert made.sanctum_token not in running.text
    assert "Traceback" not in running.text


def test_it_ends_after_the_step_at_hand_however_much_waits(
    sandbox: SandboxServer, connected: Connect, loop: Callable[..., Loop]
) -> None:
    for _ in range(30):
        connections.end(connected("mai").row.pk, Connection.EndReason.OPS, revoke_now=False)
    sandbox.faults.latency_ms = 700
    running = loop()
    until(lambda: PendingRevocation.objects.count() < 30)

    began = time.monotonic()
    code = running.end()

    assert code == 0
    assert time.monotonic() - began < 7
    assert PendingRevocation.objects.count() > 0


def test_two_at_once_do_no_harm(sandbox: SandboxServer, connected: Connect, loop: Callable[..., Loop]) -> None:
    both = [loop(), loop()]
    for each in both:
        until(lambda each=each: "Maintenance runs" in each.text)  # type: ignore[misc]
    for _ in range(10):
        work_to_do(connected("mai"))
    connected("emma", expires_at=timezone.now() - timedelta(days=1))

    until(is_done)
    until(lambda: not Connection.objects.active().exists())

    assert [each.end() for each in both] == [0, 0]
    assert live_tokens(sandbox, "mai") == live_tokens(sandbox, "emma") == []
    assert not [each.text for each in both if "Traceback" in each.text or "without database" in each.text]


def test_it_outlives_a_database_that_goes_and_comes_back(
    sandbox: SandboxServer, connected: Connect, loop: Callable[..., Loop]
) -> None:
    if db.vendor != "postgresql":
        pytest.skip("a file does not go away")
    running = loop()
    until(lambda: "Maintenance runs" in running.text)
    name = db.settings_dict["NAME"]
    # Nobody may come in, and who is in goes: that is asked for from next door.
    elsewhere = urlunsplit(urlsplit(database_url())._replace(path="/postgres"))
    with psycopg.connect(elsewhere, autocommit=True) as admin:
        admin.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false'.encode())
        try:
            db.close()
            admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])
            until(lambda: running.text.count("maintenance without database") >= 2)
            assert running.process.poll() is None
        finally:
            admin.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true'.encode())

    work_to_do(connected("mai"))

    until(is_done)
    assert running.end() == 0
    assert "Traceback" not in running.text


@pytest.mark.parametrize("seconds", ["0", "-1", "x", "nan", "inf"])
def test_it_refuses_intervals_that_are_none(seconds: str, manage: Manage) -> None:
    assert manage("maintenance", "--once", "--prune-every", seconds).code != 0
