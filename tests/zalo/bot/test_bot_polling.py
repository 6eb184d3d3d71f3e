"""`zalo_bot --poll`: events without a public address; nobody writing is health."""

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from chat.zalo import bot
from chat.zalo.adapters import Received
from sandbox.zalo.server import ZaloServer

Run = Callable[[], list[Received]]


@pytest.fixture
def polled(platform: ZaloServer, monkeypatch: pytest.MonkeyPatch) -> Callable[[int], list[Received]]:
    """Poll until so many events came."""
    monkeypatch.setattr(bot, "POLL_SECONDS", 0)
    monkeypatch.setattr(bot, "IDLE_PAUSE", 0.0)
    monkeypatch.setattr(bot, "PAUSES", (0.0,))

    def run(count: int) -> list[Received]:
        got: list[Received] = []
        stopping = threading.Event()

        def take(event: Received) -> None:
            got.append(event)
            if len(got) >= count:
                stopping.set()

        bot.poll(take, stopping)
        return got

    return run


def texts(events: list[Received]) -> list[str]:
    return [one.incoming.text for one in events if one.incoming is not None]


@pytest.mark.parametrize("wrapped", [False, True])
def test_events_come_one_by_one_in_order(
    platform: ZaloServer, polled: Callable[[int], list[Received]], wrapped: bool
) -> None:
    platform.world.habits.wrapped = wrapped
    for text in ("một", "hai", "ba"):
        platform.says("mai", text, to="bot")

    assert texts(polled(3)) == ["một", "hai", "ba"]


@pytest.mark.parametrize("fault", [{"error": 408}, {"error": 504}, {"status": 408}, {"status": 504}])
def test_nobody_writing_is_health(
    platform: ZaloServer,
    polled: Callable[[int], list[Received]],
    fault: dict[str, int],
    caplog: pytest.LogCaptureFixture,
) -> None:
    platform.says("mai", "xin chào", to="bot")
    platform.faults.add(path="/getUpdates", times=3, **fault)

    assert texts(polled(1)) == ["xin chào"]
    assert "did not answer" not in caplog.text


@pytest.mark.parametrize("fault", [{"error": 429}, {"error": 500}, {"status": 502}, {"drop": "before"}])
def test_it_goes_on_after_what_passes(
    platform: ZaloServer, polled: Callable[[int], list[Received]], fault: dict[str, Any]
) -> None:
    platform.says("mai", "xin chào", to="bot")
    platform.faults.add(path="/getUpdates", times=3, **fault)

    assert texts(polled(1)) == ["xin chào"]


def test_an_event_that_cannot_be_read_stops_nothing(
    platform: ZaloServer, polled: Callable[[int], list[Received]]
) -> None:
    platform.world.bot.updates.append({"event_name": "message.text.received", "message": "?"})
    platform.says("mai", "xin chào", to="bot")

    assert texts(polled(1)) == ["xin chào"]


@pytest.mark.parametrize("code", [400, 401, 403])
def test_it_ends_where_zalo_says_no(platform: ZaloServer, polled: Callable[[int], list[Received]], code: int) -> None:
    platform.faults.add(path="/getUpdates", error=code)

    with pytest.raises(bot.BotError) as refused:
        polled(1)
    assert refused.value.code == code


def test_it_ends_when_it_is_told_to(platform: ZaloServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bot, "POLL_SECONDS", 0)
    stopping = threading.Event()
    polling = threading.Thread(target=bot.poll, args=(lambda event: None, stopping))
    polling.start()
    while "POST /bot…/getUpdates" not in platform.requests:
        time.sleep(0.01)

    stopping.set()

    polling.join(20)
    assert not polling.is_alive()
