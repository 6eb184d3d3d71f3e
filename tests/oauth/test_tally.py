"""Counting without asking (`oauthbridge.local_counter`): what one process counts, and what several do together."""

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
from django.conf import settings as django_settings
from django.core.cache import cache
from django_redis import get_redis_connection
from hypothesis import given
from hypothesis import settings as fuzz_settings
from hypothesis import strategies as st
from pytest_django import Settings

from oauthbridge import local_counter as tally_module
from oauthbridge.local_counter import Tally
from oauthbridge.throttle import PERIOD, Throttle, counter, tell_redis

pytestmark = pytest.mark.stateful
START = 1_000_000 * PERIOD
needs_redis = pytest.mark.skipif(not django_settings.REDIS_URL, reason="told to Redis")


@pytest.fixture(autouse=True)
def _told_by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    """No thread tells what is counted here; the tests do."""
    monkeypatch.setattr(Tally, "_see_to_telling", lambda self: None)


def hits(tally: Tally, key: str, limit: int, *moments: float) -> list[bool]:
    return [tally.hit(key, limit, now=START + moment).allowed for moment in moments]


def test_so_many_a_minute_and_no_more() -> None:
    assert hits(Tally("a"), "x", 3, 0, 1, 2, 3, 59) == [True, True, True, False, False]


def test_keys_count_apart() -> None:
    tally = Tally("a")
    hits(tally, "x", 1, 0)

    assert hits(tally, "y", 1, 0) == [True]


def test_the_turn_of_the_minute_is_no_second_allowance() -> None:
    tally = Tally("a")
    assert hits(tally, "x", 10, *[59] * 10) == [True] * 10

    assert hits(tally, "x", 10, 60, 61) == [False, False]


def test_who_looked_at_the_clock_before_the_turn_and_came_after_it_changes_nothing() -> None:
    tally = Tally("a")
    hits(tally, "x", 10, *[59] * 9, 60)

    assert hits(tally, "x", 10, 59.9, 60) == [False, False]


def test_a_clock_that_was_put_back_refuses_nobody_for_ever() -> None:
    tally = Tally("a")
    hits(tally, "x", 2, 3600, 3600, 3600)

    assert hits(tally, "x", 2, 0, 1, 2) == [True, True, False]


@fuzz_settings(max_examples=60, deadline=None)
@given(limit=st.integers(1, 20), gaps=st.lists(st.floats(0, 40), min_size=1, max_size=60))
def test_alone_it_says_what_the_throttle_says(limit: int, gaps: list[float]) -> None:
    key, tally, throttle = uuid4().hex, Tally("alone"), Throttle("asked", limit)
    moment = float(START)
    for gap in gaps:
        moment += gap
        assert tally.hit(key, limit, now=moment) == throttle.hit(key, now=moment)


def test_threads_do_not_get_more() -> None:
    tally = Tally("threads")

    with ThreadPoolExecutor(16) as pool:
        verdicts = list(pool.map(lambda _: tally.hit("x", 10, now=START).allowed, range(2000)))

    assert sum(verdicts) == 10


def test_what_nobody_has_used_for_two_minutes_is_not_kept() -> None:
    tally = Tally("memory")
    for person in range(1000):
        hits(tally, f"person-{person}", 5, 0)

    hits(tally, "x", 5, 120)

    assert len(tally._counts) == 1


# --- Several processes -----------------------------------------------------------------------------


@pytest.fixture
def processes() -> tuple[Tally, Tally]:
    """Two, as Redis sees them."""
    scope = uuid4().hex
    return Tally(scope), Tally(scope)


@needs_redis
def test_what_one_was_told_the_other_knows(processes: tuple[Tally, Tally]) -> None:
    here, there = processes
    hits(here, "x", 10, *[1] * 6)
    here.tell()
    assert hits(there, "x", 10, 2) == [True]
    there.tell()

    # Six of the other's and one of its own.
    assert hits(there, "x", 10, *[3] * 5) == [True, True, True, False, False]


@needs_redis
def test_the_last_minute_of_others_weighs_too(processes: tuple[Tally, Tally]) -> None:
    here, there = processes
    hits(here, "x", 10, *[59] * 10)
    here.tell()
    hits(there, "x", 10, 60)
    there.tell()

    assert hits(there, "x", 10, 61) == [False]


@needs_redis
def test_hits_that_came_while_redis_was_asked_are_neither_lost_nor_doubled(
    processes: tuple[Tally, Tally], monkeypatch: pytest.MonkeyPatch
) -> None:
    here, there = processes

    def slowly(scope: str, told: dict[tuple[str, int], int]) -> list[tuple[int, int]]:
        counted = tell_redis(scope, told)
        hits(here, "x", 100, 1, 1)
        return counted

    hits(here, "x", 100, 0, 0, 0)
    monkeypatch.setattr(tally_module, "tell_redis", slowly)
    here.tell()
    monkeypatch.undo()
    monkeypatch.setattr(Tally, "_see_to_telling", lambda self: None)

    assert tally_count(here) == 5
    here.tell()
    assert tally_count(here) == 5
    hits(there, "x", 100, 2)
    there.tell()
    assert tally_count(there) == 6


def tally_count(tally: Tally) -> int:
    return tally._counts["x"].here


@needs_redis
def test_a_redis_that_was_emptied_lets_nobody_in_again(processes: tuple[Tally, Tally]) -> None:
    here, _there = processes
    hits(here, "x", 3, 0, 0)
    here.tell()
    get_redis_connection("default").delete(cache.make_key(counter(here._scope, "x", START // PERIOD)))
    hits(here, "x", 3, 1)
    here.tell()

    assert hits(here, "x", 3, 2) == [False]


@needs_redis
def test_its_counters_go_by_themselves(processes: tuple[Tally, Tally]) -> None:
    here, _there = processes
    hits(here, "x", 3, 0, 0)
    here.tell()

    left = get_redis_connection("default").ttl(cache.make_key(counter(here._scope, "x", START // PERIOD)))
    assert 0 < left <= 2 * PERIOD


@needs_redis
def test_all_that_was_counted_is_told_in_one_trip(
    processes: tuple[Tally, Tally], monkeypatch: pytest.MonkeyPatch
) -> None:
    here, there = processes
    keys = [f"person-{number}" for number in range(300)]
    for key in keys:
        hits(here, key, 10, 0, 0)
    here.tell()
    trips: list[int] = []

    def counting(scope: str, told: dict[tuple[str, int], int]) -> list[tuple[int, int]]:
        trips.append(len(told))
        return tell_redis(scope, told)

    monkeypatch.setattr(tally_module, "tell_redis", counting)

    for key in keys:
        hits(there, key, 10, 1)
    there.tell()
    there.tell()

    assert trips == [300]
    assert {there._counts[key].here for key in keys} == {3}


def test_without_redis_each_process_holds_to_the_limit(
    settings: Settings, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("oauthbridge.throttle._said_open_at", float("-inf"))
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    settings.CACHES = {
        "default": {
            "BACKEND": "django_redis.cache.RedisCache",
            "LOCATION": "redis://127.0.0.1:1/0",
            "OPTIONS": {"SOCKET_CONNECT_TIMEOUT": 0.2, "SOCKET_TIMEOUT": 0.2},
        }
    }
    tally = Tally("away")
    with caplog.at_level(logging.WARNING):
        first = hits(tally, "x", 3, 0, 0)
        tally.tell()

    assert first + hits(tally, "x", 3, 1, 1) == [True, True, True, False]
    assert "throttles are open" in caplog.text


# --- The thread ------------------------------------------------------------------------------------


@pytest.fixture
def by_its_thread(monkeypatch: pytest.MonkeyPatch) -> Callable[[], Tally]:
    monkeypatch.undo()
    return lambda: Tally(uuid4().hex)


@needs_redis
def test_its_thread_tells_soon(by_its_thread: Callable[[], Tally]) -> None:
    tally = by_its_thread()
    started = time.monotonic()
    tally.hit("x", 5)
    tally.hit("x", 5)

    while get_redis_connection("default").keys(cache.make_key(f"throttle:{tally._scope}:x:*")) == []:
        assert time.monotonic() - started < 10
        time.sleep(0.02)


@needs_redis
def test_its_thread_does_not_wake_for_nothing(
    by_its_thread: Callable[[], Tally], monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[float] = []
    monkeypatch.setattr(Tally, "tell", lambda self: told.append(time.monotonic()))
    tally = by_its_thread()
    tally.hit("x", 5)

    time.sleep(8 * tally_module.TELL_SECONDS)

    assert len(told) == 1
    assert sum(thread.name == f"tally-{tally._scope}" for thread in threading.enumerate()) == 1
