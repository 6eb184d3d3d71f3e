"""Processes killed in the middle, workers and the web: nothing is lost, nothing is stored twice, each person's order is kept."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from typing import Any

import pytest
from django.db import connection as db
from django.utils import timezone

from chat.zalo import work
from chat.zalo.models import Event, Reply, Sender
from sandbox.server import SandboxServer
from sandbox.zalo import official
from sandbox.zalo.delivery import posted
from sandbox.zalo.server import ZaloServer
from tests.faults.conftest import gunicorn
from tests.ops.conftest import shell_environment
from tests.production import ROOT
from tests.zalo.conftest import Webhook

pytestmark = pytest.mark.django_db(transaction=True)
PEOPLE = {"mai": "Míu", "emma": "Biscuit"}
MESSAGES = 6
KILLS = 4
Link = Callable[..., Sender]


def told_of(zalo: ZaloServer, settings: Any) -> dict[str, str]:
    """What a process has to know of the stand-in."""
    accounts = ",".join(f"{own_id}:{secret}" for own_id, secret in settings.ZALO_OFFICIAL_ACCOUNTS.items())
    return {
        "TASK_QUEUE": "database",
        "ZALO_OFFICIAL_ACCOUNTS": accounts,
        "ZALO_APP_ID": settings.ZALO_APP_ID,
        "ZALO_APP_SECRET": settings.ZALO_APP_SECRET,
        "ZALO_API_URL": zalo.url,
        "ZALO_OAUTH_URL": zalo.url,
    }


@contextmanager
def workers(zalo: ZaloServer, settings: Any) -> Iterator[list[subprocess.Popen[bytes]]]:
    """Two, as in production; killed at the end however that comes."""
    environment = shell_environment(TOOL_CALL_LOG="off", **told_of(zalo, settings))
    command = [sys.executable, "manage.py", "db_worker", "--interval", "0.05", "--no-startup-delay"]
    running = [
        subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(2)
    ]
    try:
        yield running
    finally:
        for process in running:
            process.send_signal(signal.SIGKILL)
            process.wait()


def until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + 120
    while not holds():
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.01)


def leases_are_over() -> None:
    """As half a minute later, when nobody is at work."""
    Sender.objects.update(busy_until=timezone.now(), busy_by=None)


def more_are_done_than(before: int) -> bool:
    return Event.objects.filter(state="done").count() > before or not waiting()


def more_than(number: int) -> bool:
    return Event.objects.count() > number


def waiting() -> bool:
    return Event.objects.exclude(state="done").exists() or Reply.objects.filter(state="waiting").exists()


def test_nothing_is_lost_and_nothing_doubled_through_kills(
    linked: Link, webhook: Webhook, zalo: ZaloServer, sandbox: SandboxServer, settings: Any
) -> None:
    if db.vendor != "postgresql":
        pytest.skip("SQLite has one writer: two workers and a test would wait for each other.")
    settings.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
    for person in PEOPLE:
        linked(person, language="en", time_zone="UTC")
    for number in range(MESSAGES):
        for person, pet in PEOPLE.items():
            webhook.says(f"note {pet}: number {number}", by=person)
    assert Event.objects.filter(state="waiting").count() == MESSAGES * len(PEOPLE)
    sandbox.faults.latency_ms = 60

    for kill in range(KILLS):
        done = Event.objects.filter(state="done").count()
        with workers(zalo, settings):
            # In the middle of somebody's message, a little later each time.
            until(partial(more_are_done_than, done))
            until(lambda: Event.objects.filter(state="begun").exists() or not waiting())
            time.sleep(0.05 * kill)
        leases_are_over()
        work.wake_up()
    with workers(zalo, settings):
        until(lambda: not waiting())

    outcomes: dict[str, list[str]] = {}
    for person, pet in PEOPLE.items():
        events = Event.objects.filter(sender__sender_id=zalo.person_id(person)).order_by("sent_at", "pk")
        outcomes[person] = list(events.values_list("outcome", flat=True))
        notes = [record.description for record in sandbox.world.pet(pet).medical_records if record.description]
        numbers = [int(note.split()[-1]) for note in notes if note.startswith("number ")]
        assert numbers == sorted(set(numbers)), "doubled, or out of order"
        stored = {number for number, outcome in enumerate(outcomes[person]) if outcome == "stored"}
        not_known = {number for number, outcome in enumerate(outcomes[person]) if outcome == "interrupted"}
        assert stored <= set(numbers) <= stored | not_known
        assert stored | not_known == set(range(MESSAGES)), outcomes
        assert len(zalo.answers(person)) >= MESSAGES
    assert sum(one.count("interrupted") for one in outcomes.values()) <= 2 * KILLS


def test_a_worker_that_is_told_to_stop_finishes_whom_it_answers(
    linked: Link, webhook: Webhook, zalo: ZaloServer, sandbox: SandboxServer, settings: Any
) -> None:
    if db.vendor != "postgresql":
        pytest.skip("SQLite has one writer: two workers and a test would wait for each other.")
    settings.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
    linked("mai")
    webhook.says("trợ giúp")
    sandbox.faults.latency_ms = 200

    with workers(zalo, settings) as running:
        until(lambda: Event.objects.filter(state="begun").exists())
        for process in running:
            process.send_signal(signal.SIGTERM)
        codes = [process.wait(60) for process in running]

    # The other one may not have come far enough to hear it.
    assert 0 in codes
    assert len(zalo.answers("mai")) == 1
    assert not Sender.objects.exclude(busy_until=None).exists()


def test_the_webhook_takes_events_while_no_worker_is_there(
    linked: Link, webhook: Webhook, zalo: ZaloServer, settings: Any
) -> None:
    settings.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
    linked("mai")

    assert [webhook.says("trợ giúp") for _ in range(5)] == ["stored"] * 5

    assert Event.objects.filter(state="waiting").count() == 5
    assert zalo.answers("mai") == []


def test_what_the_web_acknowledged_is_kept_once_through_kills(
    linked: Link, webhook: Webhook, zalo: ZaloServer, sandbox: SandboxServer, settings: Any
) -> None:
    """Events come four at a time and are repeated with the same body until they are taken, as Zalo does."""
    if db.vendor != "postgresql":
        pytest.skip("SQLite has one writer: a web process and a test would wait for each other.")
    settings.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
    for person in PEOPLE:
        linked(person, language="en", time_zone="UTC")
    # Written over four minutes, as after an outage.
    events = [
        official.signed(
            zalo.world, zalo.world.oa, webhook.event(f"note {pet}: number {number}", person, ago=240 - 8 * number)
        )
        for number in range(30)
        for person, pet in PEOPLE.items()
    ]
    statuses: list[int] = []

    with gunicorn(sandbox, WEB_THREADS="4", **told_of(zalo, settings)) as serving, ThreadPoolExecutor(4) as zalos:

        def posted_once(event: tuple[bytes, dict[str, str]]) -> int:
            status = posted(f"{serving.url}/zalo/webhook", *event)
            statuses.append(status)
            return status

        def deliver(event: tuple[bytes, dict[str, str]]) -> None:
            while posted_once(event) != 200:
                time.sleep(0.05)

        sending = [zalos.submit(deliver, event) for event in events]
        for kill in range(KILLS):
            until(partial(more_than, 10 * (kill + 1)))
            serving.kill_worker()
        for one in sending:
            one.result(60)
    assert 0 in statuses, "no kill came in the middle of an event"
    assert statuses.count(200) == len(events) == Event.objects.count()

    with workers(zalo, settings):
        until(lambda: not waiting())

    for pet in PEOPLE.values():
        notes = [record.description or "" for record in sandbox.world.pet(pet).medical_records]
        assert [int(note.split()[-1]) for note in notes if note.startswith("number ")] == list(range(30))
