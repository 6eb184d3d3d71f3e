"""The circuit breaker: when it opens, what it never opens for, what a refused call is told, and how it closes by itself."""

import os
import socket
import threading
import time
from itertools import pairwise

import pytest
from prometheus_client import REGISTRY
from structlog.testing import capture_logs

from mainapp import breaker, bridge, errors, routes
from mainapp.http.connection import Deadline
from mainapp.secret import Secret
from tests.mainapp.broken_down import PAGE, MainApp, ask, break_down, cut, fail, is_open, person, until
from tests.mainapp.conftest import ME, Request, client_of, http, ok
from tests.ports import deaf_port

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


# --- Opening -------------------------------------------------------------------------------------


def test_it_opens_when_several_people_fail_on_several_routes(main_app: MainApp) -> None:
    main_app.state = http(500, {"message": "Server Error"})

    ask(main_app, 4, people=2)
    assert main_app.count("/version") == 0
    ask(main_app, 1, route=routes.PET)

    until(lambda: is_open(main_app))


def test_connections_that_are_refused_concern_everybody(settings) -> None:
    with deaf_port() as port:
        client = client_of(f"http://127.0.0.1:{port}")
        for _ in range(5):
            with pytest.raises(errors.Unreachable):
                client.call(routes.MY_PETS)

        until(lambda: breaker.breaker_for(client.base_url).refusal() is not None)
        with pytest.raises(errors.CircuitOpen):
            client.call(routes.MY_PETS)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 413, 422, 425, 429])
def test_what_is_the_persons_never_opens_it(status: int, main_app: MainApp) -> None:
    main_app.state = http(status, {"message": "No"})
    main_app.only["/users/me"] = ok(ME)

    ask(main_app, 20, people=2)
    ask(main_app, 20, people=2, route=routes.PET)

    assert not is_open(main_app)


def test_an_answer_of_a_strange_shape_never_opens_it(main_app: MainApp) -> None:
    main_app.state = http(200, PAGE)

    ask(main_app, 10, people=2)
    ask(main_app, 10, people=2, route=routes.PET)

    assert not is_open(main_app)


def test_one_bad_route_does_not_shut_out_everybody(main_app: MainApp) -> None:
    main_app.only["/my-pets"] = http(500, {"message": "Server Error"})

    ask(main_app, 10, people=5)
    until(lambda: main_app.count("/pet-types") > 0)
    time.sleep(0.05)

    assert not is_open(main_app)
    assert ask(main_app, 1, route=routes.PET) == [None]


def test_one_bad_person_does_not_shut_out_everybody(main_app: MainApp) -> None:
    main_app.state = http(500, {"message": "Server Error"})
    main_app.only = {"/version": ok({"version": "v1.18.5"}), "/pet-types": ok([])}

    ask(main_app, 5)
    ask(main_app, 5, route=routes.PET)
    until(lambda: main_app.count("/pet-types") > 0)
    time.sleep(0.05)

    assert not is_open(main_app)


def test_what_one_person_met_is_found_out_by_asking(main_app: MainApp) -> None:
    main_app.state = http(502, PAGE)

    ask(main_app, 5)

    until(lambda: is_open(main_app))
    assert main_app.count("/version") >= 1


def test_failures_among_many_answers_do_not_open_it(main_app: MainApp) -> None:
    main_app.only = {"/version": ok({"version": "v1.18.5"}), "/pet-types": ok([])}
    for _ in range(10):
        main_app.state = ok([])
        ask(main_app, 3, people=2)
        main_app.state = http(500, {"message": "Server Error"})
        ask(main_app, 1, people=2, route=routes.PET)
        ask(main_app, 1)

    assert not is_open(main_app)


def test_a_wait_too_short_to_be_fair_says_nothing(main_app: MainApp) -> None:
    main_app.only["/"] = lambda _request, _conn: time.sleep(0.3)

    for number in range(6):
        with pytest.raises(errors.TimedOut):
            client_of(main_app.url, seconds=0.02, token=f"{number}|x").call(routes.PET, 1)

    assert not is_open(main_app)


def test_a_fair_wait_counts(main_app: MainApp, settings) -> None:
    settings.MAIN_APP_READ_TIMEOUT = 1
    main_app.only["/"] = lambda _request, _conn: time.sleep(1.5)
    threads = [threading.Thread(target=ask, args=(main_app, 1), kwargs={"people": 1}) for _ in range(5)]

    for each in threads:
        each.start()
    for each in threads:
        each.join()

    until(lambda: is_open(main_app))


def test_zero_turns_it_off(main_app: MainApp, settings) -> None:
    settings.MAIN_APP_BREAKER_FAILURES = 0
    main_app.state = http(502, PAGE)

    ask(main_app, 15, people=3)
    endings = ask(main_app, 15, people=3, route=routes.PET)

    assert {type(ending) for ending in endings} == {errors.ServerFault}


def test_attempts_within_one_call_count_and_the_rest_of_it_is_refused(main_app: MainApp, settings) -> None:
    settings.MAIN_APP_MAX_ATTEMPTS = 3
    main_app.state = http(502, PAGE)
    ask(main_app, 1, people=2)
    ask(main_app, 1, route=routes.PET)
    until(lambda: is_open(main_app))

    assert isinstance(ask(main_app, 1)[0], errors.CircuitOpen)


# --- Open ----------------------------------------------------------------------------------------


def test_a_refused_call_sends_nothing_and_takes_no_time(main_app: MainApp) -> None:
    break_down(main_app)
    before = main_app.count("/my-pets")
    client = person(main_app)
    began = time.monotonic()

    for _ in range(100):
        with pytest.raises(errors.CircuitOpen) as caught:
            client.call(routes.MY_PETS)

    assert time.monotonic() - began < 2
    assert client.calls == 0
    assert main_app.count("/my-pets") == before
    assert caught.value.retry_after is not None
    assert 1 <= caught.value.retry_after <= 3
    assert (caught.value.sent, caught.value.transient, caught.value.status) == (False, False, None)


def test_a_write_that_was_refused_was_certainly_not_sent(main_app: MainApp) -> None:
    break_down(main_app)

    with pytest.raises(errors.CircuitOpen) as caught:
        person(main_app).call(routes.CREATE_PET, json={"name": "Miu"}, idempotency_key="k")

    assert not caught.value.outcome_unknown
    assert main_app.count("/pets") == 0


def test_a_write_that_was_lost_before_it_opened_stays_in_doubt(main_app: MainApp, settings) -> None:
    settings.MAIN_APP_MAX_ATTEMPTS = 2
    main_app.state = http(502, PAGE)
    ask(main_app, 2, people=2)

    def lost_while_others_fail(request: Request, conn: socket.socket) -> None:
        main_app.only.pop("/pets")
        ask(main_app, 3, people=2, route=routes.PET)
        until(lambda: is_open(main_app))
        cut(request, conn)

    main_app.only["/pets"] = lost_while_others_fail
    with pytest.raises(errors.CircuitOpen) as caught:
        person(main_app).call(routes.CREATE_PET, json={"name": "Miu"}, idempotency_key="k")

    assert caught.value.outcome_unknown
    assert main_app.count("/pets") == 1


def test_an_exchange_is_tried_and_a_revocation_is_not(main_app: MainApp, settings) -> None:
    settings.MAIN_APP_URL = main_app.url
    break_down(main_app)
    main_app.only["/gpt-auth/exchange"] = ok({"user_id": 7, "sanctum_token": "7|abc"})

    exchanged = bridge.exchange("code", request_id="r", deadline=Deadline(5))
    with pytest.raises(errors.CircuitOpen):
        bridge.revoke(Secret("7|abc"), request_id="r", deadline=Deadline(5))

    assert exchanged.user_id == 7
    assert main_app.count("/gpt-auth/revoke") == 0


def test_health_asks_the_main_app_itself(main_app: MainApp, settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.MAIN_APP_URL = main_app.url
    settings.MAIN_APP_BREAKER_PAUSE_SECONDS = 30
    break_down(main_app)
    main_app.state = ok({"version": "v1.18.5"})
    monkeypatch.setattr(breaker, "_health", None)

    assert breaker.main_app_reachable()
    assert is_open(main_app)


# --- Closing -------------------------------------------------------------------------------------


def test_it_closes_by_itself_without_any_call(main_app: MainApp) -> None:
    break_down(main_app)
    main_app.state = ok([])

    until(lambda: not is_open(main_app))

    assert ask(main_app, 1) == [None]


def test_a_refusal_is_an_answer_too(main_app: MainApp) -> None:
    break_down(main_app)
    main_app.only = {"/version": ok({"version": "v1.18.5"}), "/pet-types": http(429, {"message": "Too Many Attempts."})}

    until(lambda: not is_open(main_app))


def test_a_main_app_without_its_database_stays_away(main_app: MainApp) -> None:
    break_down(main_app)
    main_app.only["/version"] = ok({"version": "v1.18.5"})

    until(lambda: main_app.count("/pet-types") >= 2)

    assert is_open(main_app)


def test_no_persons_call_is_the_trial(main_app: MainApp) -> None:
    break_down(main_app)
    before = len(main_app.server.requests)

    until(lambda: main_app.count("/version") >= 2)

    paths = {request.path for request in main_app.server.requests[before:]}
    assert paths == {"/api/version"}
    assert all(request.header("Authorization") is None for request in main_app.server.requests[before:])


def test_failed_trials_lengthen_the_pause_and_never_shorten_it(main_app: MainApp) -> None:
    trials: list[float] = []

    def failing(_request: Request, _conn: socket.socket) -> bytes:
        trials.append(time.monotonic())
        return http(502, PAGE)

    main_app.only["/version"] = failing
    break_down(main_app)

    until(lambda: len(trials) >= 5)

    # Doubled each time; a thread that read the shared pause just before may repeat one once.
    pauses = [after - before for before, after in pairwise(trials)]
    assert all(later > earlier * 0.9 for earlier, later in pairwise(pauses)), pauses
    assert pauses[-1] > pauses[0] * 2.4, pauses


def test_opened_again_soon_it_begins_with_a_longer_pause(main_app: MainApp) -> None:
    break_down(main_app)
    main_app.state = ok([])
    until(lambda: not is_open(main_app))

    break_down(main_app)

    assert breaker.breaker_for(main_app.url)._pause >= 2 * PAUSE


def test_what_began_while_it_was_down_does_not_open_it_again(main_app: MainApp) -> None:
    break_down(main_app)
    began = time.monotonic()
    main_app.state = ok([])
    until(lambda: not is_open(main_app))

    late = errors.ServerFault(status=502)
    for _ in range(10):
        breaker.breaker_for(main_app.url).note(late, began)

    assert not is_open(main_app)


def test_one_line_and_one_count_for_each_turn(main_app: MainApp) -> None:
    def openings() -> float:
        return REGISTRY.get_sample_value("meo_main_app_breaker_openings_total") or 0.0

    before = openings()
    with capture_logs() as lines:
        break_down(main_app)
        assert REGISTRY.get_sample_value("meo_main_app_breaker_open") == 1
        ask(main_app, 10)
        main_app.state = ok([])
        until(lambda: not is_open(main_app))
        until(lambda: REGISTRY.get_sample_value("meo_main_app_breaker_open") == 0)
        until(lambda: len(lines) == 2)

    assert [line["event"] for line in lines] == [
        "main app is down: calls are refused until it answers",
        "main app answers again",
    ]
    assert openings() == before + 1


def test_it_does_not_stay_open_when_waiting_for_the_main_app_fails(
    main_app: MainApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = [False]

    def broken(_base_url: str) -> bool:
        if first:
            return first.pop()
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(breaker, "main_app_answers", broken)
    with capture_logs() as lines:
        break_down(main_app)
        until(lambda: not is_open(main_app))
        until(lambda: len(lines) >= 2)

    assert ("the main app's breaker failed", "RuntimeError") in [(line["event"], line.get("kind")) for line in lines]


def test_it_stays_closed_where_no_thread_could_wait(main_app: MainApp, monkeypatch: pytest.MonkeyPatch) -> None:
    def none_left(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    main_app.state = http(502, PAGE)
    one = breaker.Breaker(main_app.url)
    with monkeypatch.context() as here:
        here.setattr(threading.Thread, "start", none_left)
        fail(one, 10)
    assert one.refusal() is None

    fail(one)
    until(lambda: one.refusal() is not None)
    one.end()


def test_a_forked_child_starts_closed_and_unlocked(main_app: MainApp) -> None:
    break_down(main_app)

    child = os.fork()
    if child == 0:
        os._exit(1 if breaker.breaker_for(main_app.url).refusal() is not None else 0)
    _, status = os.waitpid(child, 0)

    assert status == 0
