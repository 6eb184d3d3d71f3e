"""A message comes in, its answer goes out, and a word for staff stays."""

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.utils import timezone

from chat.zalo import work
from chat.zalo.models import Event, Reply, Sender
from petstools.models import WriteAttempt
from sandbox.server import SandboxServer
from sandbox.zalo import official
from sandbox.zalo.server import ZaloServer
from tests.zalo.conftest import Webhook

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
Link = Callable[..., Sender]


def outcomes() -> list[str]:
    return list(Event.objects.order_by("pk").values_list("outcome", flat=True))


def weights(sandbox: SandboxServer, name: str) -> list[float]:
    return [float(one.weight_kg) for one in sandbox.world.pet(name).weights]


def test_who_has_not_signed_in_is_told_so(webhook: Webhook, zalo: ZaloServer) -> None:
    assert webhook.says("Míu 4,2 kg") == "stored"

    assert len(zalo.answers("mai")) == 1
    assert outcomes() == ["not_linked"]


def test_who_has_signed_in_is_answered_by_the_conversation(
    linked: Link, webhook: Webhook, zalo: ZaloServer, sandbox: SandboxServer
) -> None:
    linked("mai")

    webhook.says("Míu 4,2 kg")

    (text,) = zalo.answers("mai")
    assert text.startswith("Đã ghi: Míu nặng 4,2 kg")
    assert 4.2 in weights(sandbox, "Míu")


def test_nothing_of_what_was_said_stays(linked: Link, webhook: Webhook) -> None:
    linked("mai")

    webhook.says("Míu 4,2 kg")

    assert Event.objects.get().sealed is None
    reply = Reply.objects.get()
    assert (reply.state, reply.sealed) == ("sent", None)


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        ("Míu 4,2 kg", "stored"),
        ("Míu 42 kg", "asked"),
        ("trợ giúp", "answered"),
        ("Míu không nặng 4 kg", "not_understood"),
    ],
)
def test_staff_see_what_became_of_it_and_no_text(linked: Link, webhook: Webhook, text: str, outcome: str) -> None:
    linked("mai")

    webhook.says(text)

    assert outcomes() == [outcome]


def test_today_is_the_day_on_which_it_was_written(
    linked: Link, webhook: Webhook, sandbox: SandboxServer, zalo: ZaloServer
) -> None:
    """23:58 in Hanoi, taken five minutes later."""
    linked("mai")
    after_midnight = (timezone.now() + timedelta(days=2)).astimezone(HANOI).replace(hour=0, minute=3)

    with time_machine.travel(after_midnight):
        webhook.says("Míu 4,2 kg hôm nay", ago=300)

    (added,) = [one for one in sandbox.world.pet("Míu").weights if float(one.weight_kg) == 4.2]
    assert added.record_date == (after_midnight - timedelta(days=1)).date()


def test_what_is_late_is_not_written(linked: Link, webhook: Webhook, sandbox: SandboxServer) -> None:
    linked("mai")

    webhook.says("Míu 4,2 kg", ago=11 * 60)

    assert 4.2 not in weights(sandbox, "Míu")
    assert outcomes() == ["late"]


def waited(sender: Sender, webhook: Webhook, *texts: str) -> None:
    """Written a quarter of an hour ago, while nobody was at work."""
    Sender.objects.filter(pk=sender.pk).update(busy_until=timezone.now() + timedelta(minutes=5))
    for at, text in enumerate(texts):
        webhook.says(text, ago=15 * 60 - at)
    Sender.objects.filter(pk=sender.pk).update(busy_until=None)
    work.wake_up()


def test_after_an_outage_one_answer_is_for_all_that_is_late(
    linked: Link, webhook: Webhook, zalo: ZaloServer, sandbox: SandboxServer
) -> None:
    mai = linked("mai")

    waited(mai, webhook, "Míu 4,2 kg", "Mướp 3,5 kg", "Vàng 12 kg")

    assert outcomes() == ["late", "late", "late"]
    assert weights(sandbox, "Mướp") == []
    (told,) = zalo.answers("mai")
    assert told.startswith("3 tin nhắn")

    waited(mai, webhook, "Míu 4,2 kg")
    assert zalo.answers("mai")[1].startswith("Tin nhắn này")


def test_what_only_asks_is_answered_late_and_tells_of_what_was_not_stored(
    linked: Link, webhook: Webhook, zalo: ZaloServer
) -> None:
    mai = linked("mai")

    waited(mai, webhook, "Míu 4,2 kg", "Mướp 3,5 kg", "danh sách")

    (told,) = zalo.answers("mai")
    assert told.startswith("Bạn có 4 bé")
    assert "2 tin nhắn đến trễ" in told


def test_following_is_welcomed_and_unfollowing_silences(linked: Link, webhook: Webhook, zalo: ZaloServer) -> None:
    mai = linked("mai")
    webhook.says("trợ giúp")

    webhook.follow("mai")
    assert len(zalo.answers("mai")) == 2
    webhook.follow("mai", follows=False)

    mai.refresh_from_db()
    assert mai.unfollowed_at is not None
    assert len(zalo.answers("mai")) == 2


def test_what_comes_late_does_not_undo_what_was_done_since(linked: Link, webhook: Webhook, zalo: ZaloServer) -> None:
    """Zalo promises no order (zalo-api.md §2.1): else somebody's connection would end a month after they came back."""
    mai = linked("mai")
    person = zalo.world.people["mai"]
    an_hour_ago = str(round((time.time() - 3600) * 1000))
    late = {**official.follow_event(zalo.world, zalo.world.oa, person, follows=False), "timestamp": an_hour_ago}

    webhook.follow("mai")
    webhook.post(late)
    mai.refresh_from_db()
    assert mai.unfollowed_at is None

    webhook.follow("mai", follows=False)
    webhook.says("trợ giúp", ago=3600)
    mai.refresh_from_db()
    assert mai.unfollowed_at is not None


def test_the_last_message_is_remembered_and_not_a_follow(linked: Link, webhook: Webhook) -> None:
    mai = linked("mai")

    webhook.follow("mai")
    mai.refresh_from_db()
    assert mai.last_message_at is None
    webhook.says("trợ giúp")

    mai.refresh_from_db()
    assert mai.last_message_at is not None
    assert timezone.now() - mai.last_message_at < timedelta(minutes=1)


@pytest.mark.parametrize("may_have_stored", [True, False])
def test_what_a_dead_worker_had_only_begun_is_done_and_what_it_may_have_stored_is_not(
    linked: Link, webhook: Webhook, zalo: ZaloServer, sandbox: SandboxServer, may_have_stored: bool
) -> None:
    mai = linked("mai")
    webhook.says("trợ giúp")
    event = Event.objects.get()
    event.seal("Míu 4,2 kg")
    event.state, event.attempts, event.begun_at = Event.State.BEGUN, 1, timezone.now()
    event.save()
    if may_have_stored:
        assert mai.connection is not None
        WriteAttempt.objects.create(connection=mai.connection, fingerprint="f", key="k")

    work.answer_sender.enqueue(mai.pk)

    assert (4.2 in weights(sandbox, "Míu")) is not may_have_stored
    if may_have_stored:
        assert "Míu 4,2 kg" in zalo.answers("mai")[-1]
        assert outcomes() == ["interrupted"]


@pytest.mark.parametrize(
    ("limit", "done"), [(1, ["", ""]), (2, ["", ""]), (3, ["stored", ""]), (4, ["stored", ""])], ids=str
)
def test_what_comes_too_fast_for_the_tools_waits_and_is_done(
    linked: Link, webhook: Webhook, sandbox: SandboxServer, settings: Any, limit: int, done: list[str]
) -> None:
    mai = linked("mai")
    settings.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
    # Of so few a process takes none beforehand, which it would still have when the limit is lower.
    settings.RATE_LIMIT_PER_MINUTE = 15
    webhook.says("Míu 4.2", ago=3)
    work.answer_sender.func(mai.pk)
    # An answer to the question, and a message of which one call is too many.
    settings.RATE_LIMIT_PER_MINUTE = limit
    webhook.says("1", ago=2)
    webhook.says("Míu 4,2 kg hôm qua", ago=1)

    work.answer_sender.func(mai.pk)

    assert outcomes() == ["asked", *done]
    assert set(Event.objects.filter(state="waiting").values_list("attempts", flat=True)) == {0}
    mai.refresh_from_db()
    assert mai.busy_until is not None
    assert work.wake_up() == 0
    with time_machine.travel(mai.busy_until + timedelta(minutes=1)):
        settings.RATE_LIMIT_PER_MINUTE = 60
        assert work.wake_up() == 1
        work.answer_sender.func(mai.pk)
    assert outcomes() == ["asked", "stored", "stored"]
    assert weights(sandbox, "Míu").count(4.2) == 2


def test_what_waits_is_answered_in_the_order_in_which_it_was_written(
    linked: Link, webhook: Webhook, zalo: ZaloServer, settings: Any
) -> None:
    mai = linked("mai")
    settings.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
    webhook.says("danh sách", ago=1)
    webhook.says("trợ giúp", ago=2)

    work.answer_sender.func(mai.pk)

    assert [told[:3] for told in zalo.answers("mai")] == ["Bạn", "Bạn"]
    assert "hoàn tác" in zalo.answers("mai")[0]
