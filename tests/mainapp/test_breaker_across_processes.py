"""The circuit breaker: what the processes tell each other of a main app that is down."""

import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache
from django_redis.client import DefaultClient
from django_redis.exceptions import ConnectionInterrupted

from mainapp import breaker, errors
from tests.mainapp.broken_down import PAGE, MainApp, ask, break_down, fail, is_open, until
from tests.mainapp.conftest import Request, http, ok

pytestmark = pytest.mark.stateful

PAUSE = 0.1


@pytest.fixture(autouse=True)
def _quick(settings) -> None:
    settings.MAIN_APP_MAX_ATTEMPTS = 1
    settings.MAIN_APP_BREAKER_FAILURES = 5
    settings.MAIN_APP_BREAKER_PAUSE_SECONDS = PAUSE


@pytest.fixture
def main_app(serve) -> MainApp:
    return MainApp(serve)


@pytest.fixture
def shared(settings) -> None:
    if not settings.REDIS_URL:
        pytest.skip("shared through Redis")


@pytest.fixture
def other(main_app: MainApp) -> Iterator[breaker.Breaker]:
    """Another process's breaker for the same main app."""
    another = breaker.Breaker(main_app.url)
    yield another
    another.end()


def test_another_process_learns_of_it_at_its_first_failure(
    main_app: MainApp, other: breaker.Breaker, shared: None
) -> None:
    main_app.state = http(502, PAGE)
    fail(other, 5)
    until(lambda: is_known(main_app))

    ask(main_app, 1)

    until(lambda: is_open(main_app))


def test_failures_of_all_processes_count_together(main_app: MainApp, other: breaker.Breaker, shared: None) -> None:
    """Three here and two there: neither has the five by itself."""
    main_app.state = http(502, PAGE)
    fail(other, 2)

    ask(main_app, 3)

    until(lambda: is_open(main_app))


def test_failures_of_all_processes_open_nothing_while_the_main_app_answers(
    main_app: MainApp, other: breaker.Breaker, shared: None
) -> None:
    main_app.only["/my-pets"] = http(502, PAGE)
    fail(other, 4)

    ask(main_app, 4)
    until(lambda: main_app.count("/pet-types") > 0)
    time.sleep(0.05)

    assert not is_open(main_app)


def test_a_process_without_failures_goes_on(main_app: MainApp, other: breaker.Breaker, shared: None) -> None:
    main_app.only["/version"] = http(502, PAGE)
    fail(other, 5)
    until(lambda: is_known(main_app))

    assert ask(main_app, 5) == [None] * 5


def test_it_closes_for_all(main_app: MainApp, other: breaker.Breaker, shared: None) -> None:
    break_down(main_app)
    until(lambda: is_known(main_app))
    fail(other)
    until(lambda: other.refusal() is not None)
    main_app.state = ok([])

    until(lambda: not is_open(main_app) and other.refusal() is None)

    assert not is_known(main_app)


def test_all_wait_as_long_as_the_one_whose_trials_fail(
    main_app: MainApp, other: breaker.Breaker, shared: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[float] = []
    add = cache.add

    def noted(*about: Any) -> Any:
        asked.append(time.monotonic())
        return add(*about)

    monkeypatch.setattr(cache, "add", noted)
    break_down(main_app)
    until(lambda: is_known(main_app))
    fail(other)
    until(lambda: (other.pause_anywhere() or 0) > 1)

    until(lambda: (other.refusal() or 0) > 1 and (breaker.breaker_for(main_app.url).refusal() or 0) > 1)
    began = time.monotonic()
    time.sleep(0.6)

    # Two of them, each of which looks every half second.
    assert len([moment for moment in asked if moment > began]) <= 4


def test_one_trial_at_a_time_across_processes(main_app: MainApp, settings, shared: None) -> None:
    under_way, most = [0], [0]
    counting = threading.Lock()

    def slow(_request: Request, _conn: socket.socket) -> bytes:
        with counting:
            under_way[0] += 1
            most[0] = max(most[0], under_way[0])
        time.sleep(0.3)
        with counting:
            under_way[0] -= 1
        return http(502, PAGE)

    main_app.only["/version"] = slow
    others = [breaker.Breaker(main_app.url) for _ in range(5)]
    try:
        for each in others:
            fail(each, 5)
        until(lambda: main_app.count("/version") >= 3, 10)
    finally:
        for each in others:
            each.end()

    assert most[0] == 1


def test_a_process_that_was_killed_at_its_trial_does_not_keep_it_open(
    main_app: MainApp, shared: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mainapp.breaker.TURN_SECONDS", 1)
    break_down(main_app)
    until(lambda: is_known(main_app))
    cache.set(f"breaker:{main_app.url}:turn", True, breaker.TURN_SECONDS)
    main_app.state = ok([])

    until(lambda: not is_open(main_app))


def test_without_redis_each_process_is_for_itself(
    main_app: MainApp, shared: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_about: Any, **_more: Any) -> None:
        raise ConnectionInterrupted(None)

    for name in ("get", "set", "add", "incr", "delete_many"):
        monkeypatch.setattr(DefaultClient, name, away)
    break_down(main_app)
    assert isinstance(ask(main_app, 1)[0], errors.CircuitOpen)
    main_app.state = ok([])

    until(lambda: not is_open(main_app))


def test_a_call_in_normal_state_asks_redis_nothing(
    main_app: MainApp, shared: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A trial that was under way when its test ended still tells Redis how it went.
    for thread in threading.enumerate():
        if thread.name == "main-app-breaker":
            thread.join(10)
    asked: list[object] = []
    with monkeypatch.context() as here:
        here.setattr(DefaultClient, "get_client_with_index", lambda *about, **_more: asked.append(about))
        here.setattr(DefaultClient, "get_client", lambda *about, **_more: asked.append(about))
        assert ask(main_app, 50) == [None] * 50

    assert asked == []


def is_known(main_app: MainApp) -> bool:
    """Whether any process told the others that it is down."""
    return cache.get(f"breaker:{main_app.url}:down") is not None
