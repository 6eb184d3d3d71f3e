"""What is tried again, with what, and what is said when nobody knows how a write ended (main-app.md §3)."""

import os
import socket
import struct
import time
from types import SimpleNamespace

import pytest

from mainapp import errors, routes, versions
from mainapp.versions import AppVersion
from tests.mainapp.conftest import ME, Play, Request, client_of, http, ok
from tests.ports import deaf_port

PAGE = b"<html>Bad Gateway</html>"
BUSY = {"success": False, "data": None, "message": "still being processed", "error": "still being processed"}


def cut(request: Request, conn: socket.socket) -> None:
    conn.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def script(*steps: bytes | Play) -> Play:
    """Answer the nth request with the nth step (bytes, or a function that uses the socket); the last one stays."""
    left = list(steps)

    def play(request: Request, conn: socket.socket) -> bytes | None:
        step = left.pop(0) if len(left) > 1 else left[0]
        return step(request, conn) if callable(step) else step

    return play


def new_app(server) -> None:
    versions.seen[server.url] = AppVersion(1, 18, 5)


def keys_of(server) -> list[str | None]:
    return [request.header("Idempotency-Key") for request in server.requests]


@pytest.mark.parametrize("status", [502, 503, 504])
def test_a_read_is_tried_again_after_a_gateway_error(status, serve) -> None:
    server = serve(script(http(status, PAGE), ok([])))
    client = client_of(server.url)

    assert client.call(routes.MY_PETS) == []
    assert client.calls == 2


def test_a_read_is_tried_again_after_a_cut_connection(serve) -> None:
    server = serve(script(cut, ok([])))

    assert client_of(server.url).call(routes.MY_PETS) == []


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 409, 413, 422, 429, 500, 501])
def test_a_read_is_not_tried_again_after_anything_else(status, serve) -> None:
    server = serve(lambda request, conn: ok(ME) if request.path.endswith("/me") else http(status, {"message": "No"}))

    with pytest.raises(errors.MainAppError):
        client_of(server.url).call(routes.MY_PETS)

    assert len([request for request in server.requests if not request.path.endswith("/me")]) == 1


def test_it_gives_up_after_the_attempts_allowed(serve, settings) -> None:
    settings.MAIN_APP_MAX_ATTEMPTS = 4
    server = serve(script(http(502, PAGE)))

    with pytest.raises(errors.ServerFault):
        client_of(server.url).call(routes.MY_PETS)

    assert len(server.requests) == 4


@pytest.mark.parametrize(
    ("failure", "pauses"),
    [
        (http(502, PAGE), [(0.05, 0.4), (0.05, 0.8), (0.05, 1.0), (0.05, 1.0)]),
        (http(425, BUSY), [(0.5, 1.0)] * 4),
    ],
    ids=["away", "still at work"],
)
def test_it_waits_longer_each_time_and_as_chance_has_it(failure, pauses, serve, settings, monkeypatch) -> None:
    """Those whom one fault struck together shall not come again together."""
    asked: list[tuple[float, float]] = []
    waited: list[float] = []

    def uniform(least: float, most: float) -> float:
        asked.append((least, most))
        return most / 2

    monkeypatch.setattr("mainapp.session.random", SimpleNamespace(uniform=uniform))
    monkeypatch.setattr("mainapp.session.time", SimpleNamespace(sleep=waited.append, monotonic=time.monotonic))
    settings.MAIN_APP_MAX_ATTEMPTS = 5
    server = serve(script(failure))
    new_app(server)

    with pytest.raises(errors.MainAppError):
        client_of(server.url).call(routes.CREATE_PET, json={}, idempotency_key="k")

    assert asked == pauses
    assert waited == [most / 2 for _least, most in pauses]


def test_it_waits_as_long_as_asked_when_that_is_short(serve) -> None:
    server = serve(script(http(503, {"message": "Service Unavailable"}, {"Retry-After": "1"}), ok([])))
    started = time.monotonic()

    client_of(server.url).call(routes.MY_PETS)

    assert time.monotonic() - started >= 1


def test_it_does_not_wait_when_asked_for_long(serve) -> None:
    server = serve(script(http(503, {"message": "Service Unavailable"}, {"Retry-After": "120"})))

    with pytest.raises(errors.Maintenance) as caught:
        client_of(server.url).call(routes.MY_PETS)

    assert caught.value.retry_after == 120
    assert len(server.requests) == 1


@pytest.mark.parametrize("lost", [cut, http(502, PAGE), http(504, PAGE)], ids=["cut", "502", "504"])
def test_a_keyed_write_is_tried_again_with_the_same_key_and_body(lost, serve) -> None:
    server = serve(script(lost, ok({"id": 1}, 201)))
    new_app(server)

    created = client_of(server.url).call(routes.CREATE_PET, json={"name": "Miu"}, idempotency_key="k-1")

    assert created == {"id": 1}
    assert keys_of(server) == ["k-1", "k-1"]
    assert server.requests[0].body == server.requests[1].body


def test_a_keyed_upload_is_tried_again_byte_for_byte(serve) -> None:
    server = serve(script(cut, ok({"id": 1})))
    new_app(server)
    photo = ("p.png", b"\x89PNG" * 1000, "image/png")

    client_of(server.url).call(routes.ADD_PET_PHOTO, 1, files={"photo": photo}, idempotency_key="k")

    first, second = server.requests
    assert first.body == second.body
    assert first.header("Content-Type") == second.header("Content-Type")


@pytest.mark.parametrize("lost", [cut, http(502, PAGE), http(504, PAGE), http(503, PAGE)], ids=range(4))
def test_a_write_without_a_key_is_sent_once_and_its_outcome_is_unknown(lost, serve) -> None:
    server = serve(script(lost))
    new_app(server)

    with pytest.raises(errors.MainAppAway) as caught:
        client_of(server.url).call(routes.CREATE_PET, json={"name": "Miu"})

    assert caught.value.outcome_unknown
    assert "outcome unknown" in str(caught.value)
    assert len(server.requests) == 1


def test_a_write_answered_by_an_unreadable_success_has_an_unknown_outcome(serve) -> None:
    server = serve(script(http(201, b"<html>")))
    new_app(server)

    with pytest.raises(errors.BrokenAnswer) as caught:
        client_of(server.url).call(routes.CREATE_PET, json={}, idempotency_key="k")

    assert caught.value.outcome_unknown


def test_a_500_may_have_come_after_the_commit_and_frees_the_key_so_it_is_not_repeated(serve) -> None:
    server = serve(script(http(500, {"message": "Server Error"})))
    new_app(server)

    with pytest.raises(errors.ServerFault) as caught:
        client_of(server.url).call(routes.CREATE_PET, json={}, idempotency_key="k")

    assert caught.value.outcome_unknown
    assert len(server.requests) == 1


@pytest.mark.parametrize("status", [401, 403, 404, 405, 409, 413, 422, 429])
def test_a_refused_write_has_a_known_outcome(status, serve) -> None:
    server = serve(lambda request, conn: ok(ME) if request.path.endswith("/me") else http(status, {"message": "No"}))
    new_app(server)

    with pytest.raises(errors.MainAppError) as caught:
        client_of(server.url).call(routes.UPDATE_PET, 1, json={})

    assert not caught.value.outcome_unknown


def test_maintenance_turns_a_write_away_before_anything_is_done(serve) -> None:
    server = serve(script(http(503, {"message": "Service Unavailable"})))
    new_app(server)

    with pytest.raises(errors.Maintenance) as caught:
        client_of(server.url).call(routes.CREATE_PET, json={})

    assert not caught.value.outcome_unknown


def test_a_write_still_being_processed_is_asked_for_again(serve) -> None:
    server = serve(script(cut, http(425, BUSY), ok({"id": 1}, 201)))
    new_app(server)

    assert client_of(server.url).call(routes.CREATE_PET, json={}, idempotency_key="k") == {"id": 1}
    assert keys_of(server) == ["k", "k", "k"]


def test_a_write_still_being_processed_at_the_end_has_an_unknown_outcome(serve) -> None:
    server = serve(script(http(425, BUSY)))
    new_app(server)

    with pytest.raises(errors.StillProcessing) as caught:
        client_of(server.url).call(routes.CREATE_PET, json={}, idempotency_key="k")

    assert caught.value.outcome_unknown


def test_a_lost_write_stays_in_doubt_when_the_main_app_is_gone_afterwards(serve) -> None:
    def cut_and_leave(request, conn) -> None:
        server.close()
        cut(request, conn)

    server = serve(cut_and_leave)
    new_app(server)

    with pytest.raises(errors.Unreachable) as caught:
        client_of(server.url).call(routes.CREATE_PET, json={}, idempotency_key="k")

    assert caught.value.outcome_unknown


def test_a_lost_write_stays_in_doubt_when_maintenance_begins(serve) -> None:
    server = serve(script(cut, http(503, {"message": "Service Unavailable"})))
    new_app(server)

    with pytest.raises(errors.Maintenance) as caught:
        client_of(server.url).call(routes.CREATE_PET, json={}, idempotency_key="k")

    assert caught.value.outcome_unknown


def test_a_lost_write_stays_in_doubt_when_the_token_dies(serve) -> None:
    """A dead token is refused before the key is looked at (§0.1)."""
    server = serve(script(cut, http(401, {"success": False, "data": None, "message": "Unauthenticated."})))
    new_app(server)

    with pytest.raises(errors.TokenRefused) as caught:
        client_of(server.url).call(routes.CREATE_PET, json={}, idempotency_key="k")

    assert caught.value.outcome_unknown


def test_a_lost_write_refused_on_the_second_try_was_not_done(serve) -> None:
    server = serve(script(cut, http(422, {"message": "No", "errors": {"name": ["Name is required."]}})))
    new_app(server)

    with pytest.raises(errors.ValidationFailed) as caught:
        client_of(server.url).call(routes.CREATE_PET, json={}, idempotency_key="k")

    assert not caught.value.outcome_unknown


def test_a_write_of_which_no_byte_has_left_is_tried_again_even_without_a_key() -> None:
    with deaf_port() as port:
        client = client_of(f"http://127.0.0.1:{port}")

        with pytest.raises(errors.Unreachable) as caught:
            client.call(routes.CREATE_PET, json={})

    assert client.calls == 3
    assert not caught.value.outcome_unknown


def test_an_idle_connection_the_server_has_closed_costs_no_attempt(serve) -> None:
    def answer_and_close(request, conn) -> None:
        conn.sendall(ok({"id": len(server.requests)}))
        conn.shutdown(socket.SHUT_RDWR)

    server = serve(answer_and_close)
    client = client_of(server.url)
    new_app(server)

    client.call(routes.CREATE_PET, json={})
    time.sleep(0.05)
    client.call(routes.CREATE_PET, json={})

    assert client.calls == 2


def test_a_connection_is_kept_and_used_again(serve) -> None:
    server = serve(lambda request, conn: ok([]))

    for _ in range(5):
        client_of(server.url).call(routes.MY_PETS)

    assert server.connections == 1


def test_a_forked_child_opens_its_own_connections(serve) -> None:
    server = serve(lambda request, conn: ok([]))
    client_of(server.url).call(routes.MY_PETS)

    child = os.fork()
    if child == 0:
        os._exit(0 if client_of(server.url).call(routes.MY_PETS) == [] else 1)
    _, status = os.waitpid(child, 0)
    client_of(server.url).call(routes.MY_PETS)

    assert status == 0
    assert [request.connection for request in server.requests] == [1, 2, 1]


@pytest.mark.parametrize("status", [400, 405, 418])
def test_a_lost_write_refused_for_a_reason_we_do_not_know_stays_in_doubt(status, serve) -> None:
    server = serve(script(cut, http(status, {"message": "No"})))
    new_app(server)

    with pytest.raises(errors.MainAppError) as caught:
        client_of(server.url).call(routes.CREATE_PET, json={}, idempotency_key="k")

    assert caught.value.outcome_unknown
