"""How answers leave (zalo-api.md §4): in pieces, in order, by the number in the body, and again only where that can help."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone
from prometheus_client import generate_latest

from chat.zalo import outbox, work
from chat.zalo.adapters import LONGEST_TEXT
from chat.zalo.metrics import Waiting
from chat.zalo.models import Account, Reply, Sender
from chat.zalo.official_account import _next_morning
from sandbox.zalo.server import ZaloServer
from tests.zalo.conftest import MESSAGES, Webhook


def states() -> list[str]:
    return list(Reply.objects.order_by("pk").values_list("state", flat=True))


def later(seconds: float) -> Any:
    return time_machine.travel(timezone.now() + timedelta(seconds=seconds))


@pytest.mark.parametrize(
    ("text", "lengths"),
    [
        ("", []),
        ("  \n ", []),
        ("x" * 2000, [2000]),
        ("x" * 2001, [2000, 1]),
        ("x" * 1500 + "\n" + "y" * 1500, [1500, 1500]),
        ("x" * 1500 + " " + "y" * 1500, [1500, 1500]),
        ("x" * 2000 + "\n" + "y", [2000, 1]),
        ("\n".join(["z" * 99] * 50), [1999, 1999, 999]),
    ],
)
def test_4_a_text_is_cut_at_the_ends_of_lines(text: str, lengths: list[int]) -> None:
    pieces = outbox.pieces(text)

    assert [len(piece) for piece in pieces] == lengths
    assert all(len(piece) <= LONGEST_TEXT for piece in pieces)
    assert "".join(pieces).replace("\n", "").replace(" ", "") == text.replace("\n", "").replace(" ", "")


def test_4_pieces_arrive_in_order(webhook: Webhook, zalo: ZaloServer) -> None:
    webhook.says("trợ giúp")
    sender = Sender.objects.get()

    work.tell(sender, "\n".join(f"{number} {'x' * 90}" for number in range(60)))

    told = "\n".join(zalo.answers("mai")[1:])
    assert [int(line.split()[0]) for line in told.splitlines()] == list(range(60))
    assert len(zalo.answers("mai")) == 4


@pytest.mark.parametrize("fault", [{"error": -32}, {"error": -(2**40)}, {"status": 503}, {"drop": "before"}], ids=str)
def test_4_2_what_can_help_is_tried_again(webhook: Webhook, zalo: ZaloServer, fault: dict[str, Any]) -> None:
    zalo.faults.add(path=MESSAGES, times=1, **fault)

    webhook.says("trợ giúp")

    assert zalo.answers("mai") == []
    assert states() == ["waiting"]
    assert work.wake_up() == 0
    with later(11):
        assert work.wake_up() == 1
    assert len(zalo.answers("mai")) == 1
    assert states() == ["sent"]


def test_4_2_nothing_overtakes_what_waits(webhook: Webhook, zalo: ZaloServer) -> None:
    zalo.faults.add(path=MESSAGES, times=1, error=-32)
    webhook.says("trợ giúp")
    work.tell(Sender.objects.get(), "second")

    assert zalo.answers("mai") == []
    with later(11):
        work.wake_up()

    assert [text == "second" for text in zalo.answers("mai")] == [False, True]


def test_4_2_a_pause_is_the_account_s_and_each_try_waits_longer(webhook: Webhook, zalo: ZaloServer) -> None:
    zalo.faults.add(path=MESSAGES, status=503)
    webhook.says("trợ giúp")
    webhook.says("help", by="emma")

    assert zalo.requests.count(f"POST {MESSAGES}") == 1
    for seconds in (11, 60, 200):
        with later(seconds):
            work.wake_up()
    # One each time, whoever's turn it is.
    assert sum(Reply.objects.values_list("attempts", flat=True)) == 4
    assert states() == ["waiting", "waiting"]


@pytest.mark.parametrize("error", [-201, -210, -233, -240, -242, -213, -218, -227, -244, -230, -232, -99999])
def test_4_2_what_cannot_help_is_given_up(webhook: Webhook, oa: Account, zalo: ZaloServer, error: int) -> None:
    zalo.faults.add(path=MESSAGES, times=1, error=error)

    webhook.says("trợ giúp")
    webhook.says("trợ giúp")

    assert states() == ["given_up", "sent"]
    assert Reply.objects.filter(state="given_up").get().sealed is None
    oa.refresh_from_db()
    assert oa.stopped_at is None


@pytest.mark.parametrize("error", [-204, -205, -209, -219, -221, -223, -235, -248])
def test_4_2_what_stops_the_account_keeps_the_answer(
    webhook: Webhook, oa: Account, zalo: ZaloServer, error: int
) -> None:
    zalo.faults.add(path=MESSAGES, times=1, error=error)

    webhook.says("trợ giúp")
    webhook.says("trợ giúp")

    oa.refresh_from_db()
    assert oa.stop_reason
    assert zalo.requests.count(f"POST {MESSAGES}") == 1
    assert states() == ["waiting", "waiting"]


@pytest.mark.parametrize("error", [-211, -212, -224, -320, -321])
def test_4_2_money_and_quota_are_the_owner_s_to_mend(
    webhook: Webhook, oa: Account, zalo: ZaloServer, error: int
) -> None:
    zalo.faults.add(path=MESSAGES, times=1, error=error)

    webhook.says("trợ giúp")

    oa.refresh_from_db()
    assert oa.quota_error == error
    assert states() == ["given_up"]


@pytest.mark.parametrize(
    ("now", "morning"),
    [
        (datetime(2026, 12, 1, 15, 30, tzinfo=UTC), datetime(2026, 12, 1, 23, tzinfo=UTC)),
        (datetime(2026, 12, 1, 22, 59, tzinfo=UTC), datetime(2026, 12, 1, 23, tzinfo=UTC)),
        (datetime(2026, 12, 1, 23, 0, tzinfo=UTC), datetime(2026, 12, 2, 23, tzinfo=UTC)),
    ],
)
def test_4_2_at_night_it_waits_for_six_in_hanoi(now: datetime, morning: datetime) -> None:
    assert _next_morning(now) == morning


def test_4_2_night(webhook: Webhook, zalo: ZaloServer) -> None:
    zalo.faults.add(path=MESSAGES, times=1, error=-234)

    webhook.says("trợ giúp")

    assert Reply.objects.get().next_attempt_at == _next_morning(timezone.now())


@pytest.mark.parametrize(("hours", "state"), [(47.9, "waiting"), (48.1, "given_up")])
def test_4_1_after_48_hours_nothing_is_sent_that_would_cost(
    webhook: Webhook, zalo: ZaloServer, hours: float, state: str
) -> None:
    zalo.faults.add(path=MESSAGES, error=-32)
    webhook.says("trợ giúp")

    with later(hours * 3600):
        outbox.give_up_old(timezone.now())

    assert states() == [state]
    assert (Reply.objects.get().sealed is None) == (state == "given_up")


def test_4_1_what_waited_for_48_hours_is_given_up_where_it_would_be_sent(webhook: Webhook, zalo: ZaloServer) -> None:
    """Whether or not `maintenance` ran meanwhile."""
    zalo.faults.add(path=MESSAGES, times=1, error=-32)
    webhook.says("trợ giúp")

    with later(48.1 * 3600):
        outbox.deliver(Sender.objects.get().pk)

    assert states() == ["given_up"]
    assert zalo.answers("mai") == []
    # Zalo was asked once, before.
    assert Reply.objects.get().attempts == 1


def test_who_has_unfollowed_meanwhile_is_sent_nothing(webhook: Webhook, zalo: ZaloServer) -> None:
    zalo.faults.add(path=MESSAGES, times=1, status=503)
    webhook.says("trợ giúp")
    Sender.objects.update(unfollowed_at=timezone.now())

    assert outbox.deliver(Sender.objects.get().pk) is None

    assert (Reply.objects.get().state, zalo.answers("mai")) == ("given_up", [])


def test_an_answer_whose_word_was_lost_is_sent_twice(webhook: Webhook, zalo: ZaloServer) -> None:
    """At least once: what it says is true both times."""
    zalo.faults.add(path=MESSAGES, times=1, drop="after")

    webhook.says("trợ giúp")
    with later(11):
        work.wake_up()

    assert len(zalo.answers("mai")) == 2
    assert len(set(zalo.answers("mai"))) == 1


def test_metrics_tell_what_became_of_a_day_s_answers(webhook: Webhook, zalo: ZaloServer) -> None:
    zalo.faults.add(path=MESSAGES, times=1, error=-32)

    webhook.says("trợ giúp")

    text = generate_latest(Waiting()).decode()
    assert 'meo_zalo_replies_of_a_day{error="-32",state="waiting"} 1.0' in text
    assert 'meo_zalo_events_of_a_day{outcome="not_linked"} 1.0' in text
    assert "meo_zalo_replies_waiting 1.0" in text
    assert "meo_zalo_events_waiting 0.0" in text
