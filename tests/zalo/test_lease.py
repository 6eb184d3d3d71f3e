"""One worker for a person at a time: a lease that is kept while its worker lives, and ends soon after."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection as db
from django.db import connections, transaction
from django.utils import timezone

from chat.zalo import lease, outbox, work
from chat.zalo.lease import Lease, Lost
from chat.zalo.models import Event, Reply, Sender
from sandbox.server import SandboxServer
from tests.zalo.conftest import Webhook

Link = Callable[..., Sender]


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> float:
    monkeypatch.setattr(lease, "LEASE", timedelta(seconds=0.6))
    monkeypatch.setattr(lease, "RENEWED_EVERY", timedelta(seconds=0.1))
    return 0.6


def test_a_person_has_one_worker(linked: Link) -> None:
    mai = linked("mai")

    with Lease(mai.pk) as first, Lease(mai.pk) as second:
        assert first.take()
        assert not second.take()
        assert first.take()
        first.let_go()
        assert second.take()


def test_somebody_who_was_let_go_until_later_is_taken_then(linked: Link) -> None:
    mai = linked("mai")

    with Lease(mai.pk) as first, Lease(mai.pk) as second:
        assert first.take()
        first.let_go(timezone.now() + timedelta(seconds=60))
        assert not second.take()
        Sender.objects.update(busy_until=timezone.now())
        assert second.take()


@pytest.mark.django_db(transaction=True)
def test_it_is_kept_while_its_worker_is_at_work(linked: Link, short: float) -> None:
    if db.vendor != "postgresql":
        pytest.skip("SQLite has one writer: its threads would wait for each other.")
    mai = linked("mai")

    with Lease(mai.pk) as first, Lease(mai.pk) as second:
        assert first.take()
        time.sleep(3 * short)
        assert not second.take()
        first.check()


def test_who_could_not_renew_it_does_nothing_more(linked: Link, short: float, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Lease, "_keep", lambda self: None)
    mai = linked("mai")

    with Lease(mai.pk) as frozen, Lease(mai.pk) as other:
        assert frozen.take()
        frozen.check()
        time.sleep(short)
        assert other.take()
        with pytest.raises(Lost):
            frozen.check()
        with pytest.raises(Lost):
            frozen.hold()
        assert not frozen.take()
        other.hold()


def test_a_worker_that_lost_it_stores_nothing_and_says_nothing(
    linked: Link, webhook: Webhook, sandbox: SandboxServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    mai = linked("mai")
    calls = iter([None, Lost()])

    def check(self: Lease) -> None:
        if (lost := next(calls)) is not None:
            raise lost

    monkeypatch.setattr(Lease, "check", check)
    webhook.says("Míu 4,2 kg")
    assert (Event.objects.get().state, Reply.objects.count()) == ("begun", 0)
    assert 4.2 not in [float(one.weight_kg) for one in sandbox.world.pet("Míu").weights]
    monkeypatch.undo()

    work.answer_sender.enqueue(mai.pk)

    assert Event.objects.get().outcome == "stored"


def test_an_answer_is_not_stored_by_who_is_too_late(
    linked: Link, webhook: Webhook, monkeypatch: pytest.MonkeyPatch
) -> None:
    linked("mai")

    def hold(self: Lease) -> None:
        raise Lost

    monkeypatch.setattr(Lease, "hold", hold)
    webhook.says("trợ giúp")

    assert (Event.objects.get().state, Reply.objects.count()) == ("begun", 0)


@pytest.mark.django_db(transaction=True)
def test_what_is_told_while_an_answer_is_stored_stands_behind_it(linked: Link, webhook: Webhook, settings: Any) -> None:
    if db.vendor != "postgresql":
        pytest.skip("SQLite has one writer: a thread and a test would wait for each other.")
    settings.TASKS = {"default": {"BACKEND": "django_tasks.backends.dummy.DummyBackend"}}
    mai = linked("mai")
    webhook.says("trợ giúp")
    stored = threading.Event()

    def answer() -> None:
        try:
            with Lease(mai.pk) as held, transaction.atomic():
                assert held.take()
                held.hold()
                outbox.put(Event.objects.get(), "An answer")
                stored.set()
                time.sleep(0.3)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        answering = pool.submit(answer)
        assert stored.wait(5)
        work.tell(mai, "Connected")
        answering.result()

    assert [reply.open() for reply in Reply.objects.order_by("part")] == ["An answer", "Connected"]
