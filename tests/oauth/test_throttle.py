"""The sliding window of `oauthbridge.throttle`."""

import functools
import logging
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.core.cache import cache
from django.test import RequestFactory
from django_redis import get_redis_connection
from hypothesis import given
from hypothesis import settings as fuzz_settings
from hypothesis import strategies as st
from pytest_django import Settings
from redis.exceptions import RedisError

from oauthbridge import throttle as throttle_module
from oauthbridge.addresses import client_address
from oauthbridge.throttle import PERIOD, Throttle

pytestmark = pytest.mark.stateful
START = 1_000_000 * PERIOD


def hits(throttle: Throttle, key: str, *moments: float) -> list[bool]:
    return [throttle.hit(key, now=START + moment) == 0 for moment in moments]


def test_so_many_a_minute_and_no_more() -> None:
    assert hits(Throttle("a", 3), "x", 0, 1, 2, 3, 59) == [True, True, True, False, False]


def test_a_clock_that_was_put_back_refuses_nobody_for_ever() -> None:
    assert hits(Throttle("a", 2), "x", 3600, 3600, 3600, 0, 1, 2) == [True, True, False, True, True, False]


def test_keys_and_scopes_count_apart() -> None:
    hits(Throttle("a", 1), "x", 0)

    assert hits(Throttle("a", 1), "y", 0) == [True]
    assert hits(Throttle("b", 1), "x", 0) == [True]


def test_the_turn_of_the_minute_is_no_second_allowance() -> None:
    throttle = Throttle("a", 10)
    assert hits(throttle, "x", *[59] * 10) == [True] * 10

    assert hits(throttle, "x", 60, 61) == [False, False]


def test_the_last_minute_weighs_less_as_it_goes() -> None:
    throttle = Throttle("a", 10)
    hits(throttle, "x", *[30] * 10)

    assert hits(throttle, "x", *[90] * 6) == [True] * 5 + [False]


def test_refused_hits_do_not_count() -> None:
    throttle = Throttle("a", 2)
    hits(throttle, "x", *[0] * 50)

    assert hits(throttle, "x", 90) == [True]


@pytest.mark.parametrize("limit", [1, 2, 3, 10, 60])
@pytest.mark.parametrize("moment", [0, 0.5, 17, 30, 59, 59.9])
def test_who_waits_as_told_gets_in(limit: int, moment: float) -> None:
    throttle = Throttle(f"wait-{limit}-{moment}", limit)
    for _ in range(limit):
        throttle.hit("x", now=START + moment)
    wait = throttle.hit("x", now=START + moment)
    assert 1 <= wait <= 2 * PERIOD + 1

    assert throttle.hit("x", now=START + moment + wait) == 0


_fuzz_number = iter(range(10**9))


@fuzz_settings(max_examples=60, deadline=None)
@given(limit=st.integers(1, 20), gaps=st.lists(st.floats(0, 40), min_size=1, max_size=60))
def test_whatever_the_pace_it_keeps_the_rate_and_tells_the_truth(limit: int, gaps: list[float]) -> None:
    throttle = Throttle(f"fuzz-{next(_fuzz_number)}", limit)
    moment, allowed = float(START), []
    for gap in gaps:
        moment += gap
        if wait := throttle.hit("x", now=moment):
            # A burst of refusals told to wait so long gets in after exactly that wait.
            assert 1 <= wait <= 2 * PERIOD + 1
            moment += wait
            assert throttle.hit("x", now=moment) == 0
        allowed.append(moment)
    for each in allowed:
        # Two counters know the minute only roughly; never more than twice the limit fits into any minute.
        assert sum(each <= other < each + PERIOD for other in allowed) <= 2 * limit


def test_threads_do_not_get_more(settings: Settings) -> None:
    throttle = Throttle("threads", 10)

    with ThreadPoolExecutor(16) as pool:
        waits = list(pool.map(lambda _: throttle.hit("x", now=START), range(200)))

    assert waits.count(0) == 10


@pytest.mark.skipif(not django_settings.REDIS_URL, reason="a script of Redis")
def test_what_processes_take_at_a_time_is_within_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each has counts of its own, as processes have; Redis is one. What one has taken it need not ask for."""
    throttle, processes = Throttle("taken", 60), [functools.cache(lambda _minute: Counter[str]()) for _ in range(4)]
    asked: list[str] = []

    def counting(alias: str) -> Any:
        asked.append(alias)
        return get_redis_connection(alias)

    monkeypatch.setattr("oauthbridge.throttle.get_redis_connection", counting)

    def allowed(process: int) -> bool:
        monkeypatch.setattr(throttle_module, "_counts", processes[process])
        return throttle.hit("x", now=START) == 0

    verdicts = [allowed(turn % 4) for turn in range(80)]

    assert 50 <= sum(verdicts) <= 60
    assert verdicts[:40] == [True] * 40
    assert len(asked) < 60


@pytest.mark.skipif(not django_settings.REDIS_URL, reason="a script of Redis")
def test_redis_counts_on_after_a_restart_made_it_forget_how() -> None:
    throttle = Throttle("restart", 2)
    before = hits(throttle, "x", 0)

    get_redis_connection("default").script_flush()

    assert before + hits(throttle, "x", 1, 2) == [True, True, False]


def test_a_limit_of_nothing_refuses_everything() -> None:
    assert hits(Throttle("none", 0), "x", 0, 30) == [False, False]


def test_without_redis_a_process_holds_to_the_limit_asks_it_once_and_says_so_once(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    asked: list[str] = []

    def refusing(alias: str) -> None:
        asked.append(alias)
        raise RedisError

    monkeypatch.setattr("oauthbridge.throttle.get_redis_connection", refusing)

    with caplog.at_level(logging.WARNING):
        assert hits(Throttle("away", 3), "x", 0, 0, 1, 1) == [True, True, True, False]

    assert asked == ["default"]
    assert caplog.text.count("each process throttles by itself") == 1


@pytest.mark.skipif(not django_settings.REDIS_URL, reason="keys of Redis")
def test_its_counters_go_by_themselves() -> None:
    hits(Throttle("gone", 3), "x", 0)

    left = get_redis_connection("default").ttl(cache.make_key(f"throttle:gone:x:{START // PERIOD}"))
    assert 0 < left <= 2 * PERIOD


def test_a_process_keeps_no_count_older_than_three_minutes(settings: Settings) -> None:
    settings.REDIS_URL = ""
    for person in range(1000):
        hits(Throttle("memory", 5), f"person-{person}", 0)

    hits(Throttle("memory", 5), "x", 60, 120, 180)

    assert throttle_module._counts.cache_info().currsize <= 3
    assert not throttle_module._counts(START // PERIOD)


@pytest.fixture
def address(settings: Settings) -> Callable[[str, int], str]:
    def address(forwarded: str, proxies: int) -> str:
        settings.TRUSTED_PROXY_COUNT = proxies
        return client_address(RequestFactory().get("/", headers={"X-Forwarded-For": forwarded}, REMOTE_ADDR="10.0.0.1"))

    return address


@pytest.mark.parametrize(
    ("forwarded", "proxies", "expected"),
    [
        ("1.1.1.1", 0, "10.0.0.1"),
        ("1.1.1.1", 1, "1.1.1.1"),
        ("9.9.9.9, 1.1.1.1", 1, "1.1.1.1"),
        ("9.9.9.9, 1.1.1.1, 2.2.2.2", 2, "1.1.1.1"),
        ("1.1.1.1", 2, "10.0.0.1"),
        ("", 1, "10.0.0.1"),
        (" , ,", 1, "10.0.0.1"),
        ("9.9.9.9,1.1.1.1 ", 1, "1.1.1.1"),
    ],
)
def test_only_what_our_own_proxies_wrote_is_believed(
    address: Callable[[str, int], str], forwarded: str, proxies: int, expected: str
) -> None:
    assert address(forwarded, proxies) == expected
