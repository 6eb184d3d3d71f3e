"""However slow the main app is, and in whatever way, a call ends with its deadline."""

import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from mainapp import errors, routes, versions
from mainapp.versions import AppVersion
from tests.mainapp.conftest import client_of, http, ok

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n"


def drip(data: bytes, every: float = 0.02):
    def play(request, conn):
        for position in range(len(data)):
            conn.sendall(data[position : position + 1])
            time.sleep(every)

    return play


def ends_in(seconds: float, call) -> errors.MainAppError:
    started = time.monotonic()
    with pytest.raises(errors.MainAppError) as caught:
        call()
    took = time.monotonic() - started
    assert seconds - 0.1 <= took < seconds + 1.5, took
    return caught.value


def test_a_server_that_says_nothing(serve) -> None:
    server = serve(lambda request, conn: time.sleep(5))

    error = ends_in(0.5, lambda: client_of(server.url, seconds=0.5).call(routes.MY_PETS))

    assert type(error) is errors.TimedOut


def test_a_server_that_drips_headers(serve) -> None:
    server = serve(drip(HEAD + b"X-Pad: " + b"a" * 5000))

    error = ends_in(0.5, lambda: client_of(server.url, seconds=0.5).call(routes.MY_PETS))

    assert type(error) is errors.TimedOut


def test_a_server_that_drips_its_body(serve) -> None:
    server = serve(drip(HEAD + b"\r\n" + b" " * 1000))

    error = ends_in(0.5, lambda: client_of(server.url, seconds=0.5).call(routes.MY_PETS))

    assert type(error) is errors.TimedOut


def test_a_server_that_sends_interim_answers_for_ever(serve) -> None:
    server = serve(drip(b"HTTP/1.1 103 Early Hints\r\n\r\n" * 1000, every=0.001))

    error = ends_in(0.5, lambda: client_of(server.url, seconds=0.5).call(routes.MY_PETS))

    assert type(error) is errors.TimedOut


def test_a_server_that_takes_no_bytes_of_a_long_body(settings) -> None:
    listening = socket.create_server(("127.0.0.1", 0))
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client = client_of(f"http://127.0.0.1:{listening.getsockname()[1]}", seconds=0.5)
    photo = ("p.jpg", b"x" * 9_000_000, "image/jpeg")

    error = ends_in(0.5, lambda: client.call(routes.ADD_PET_PHOTO, 1, json={}, files={"photo": photo}))

    assert type(error) is errors.TimedOut
    assert error.outcome_unknown
    listening.close()


def test_one_silent_read_is_bounded_by_the_read_timeout_and_tried_again(serve, settings) -> None:
    settings.MAIN_APP_READ_TIMEOUT = 0.2

    def play(request, conn):
        if len(server.requests) == 1:
            time.sleep(1)
            return None
        return ok([])

    server = serve(play)

    assert client_of(server.url).call(routes.MY_PETS) == []
    assert len(server.requests) == 2


def test_a_name_that_is_never_resolved(monkeypatch) -> None:
    def slow(*args, **kwargs) -> list[object]:
        time.sleep(2)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", slow)

    error = ends_in(0.4, lambda: client_of("http://main-app.example", seconds=0.4).call(routes.MY_PETS))

    assert type(error) is errors.TimedOut
    assert not error.sent


def test_an_address_that_swallows_packets_leaves_time_for_the_next(serve, monkeypatch) -> None:
    server = serve(lambda request, conn: ok([]))
    full = socket.create_server(("127.0.0.1", 0), backlog=0)
    port = full.getsockname()[1]
    # A listener whose queue is full drops further SYNs: the nearest thing to a black hole on one machine.
    fillers = [socket.socket() for _ in range(4)]
    for filler in fillers:
        filler.setblocking(False)
        filler.connect_ex(("127.0.0.1", port))
    real = socket.getaddrinfo

    def two_addresses(host, *args, **kwargs):
        if host != "main-app.example":
            return real(host, *args, **kwargs)
        return [(2, 1, 6, "", ("127.0.0.1", 0)), (2, 1, 6, "", ("127.0.0.2", 0))]

    monkeypatch.setattr(socket, "getaddrinfo", two_addresses)
    second = socket.create_server(("127.0.0.2", port), reuse_port=False)
    threading.Thread(target=_answer_once, args=(second, server.url), daemon=True).start()

    started = time.monotonic()
    client_of(f"http://main-app.example:{port}").call(routes.MY_PETS)

    assert time.monotonic() - started < 3
    for sock in (full, second, *fillers):
        sock.close()


def _answer_once(listening: socket.socket, _url: str) -> None:
    conn, _ = listening.accept()
    conn.recv(65536)
    conn.sendall(ok([]))


def test_waiting_for_a_free_connection_counts(serve, settings) -> None:
    settings.MAIN_APP_POOL_SIZE = 1
    settings.MAIN_APP_MAX_ATTEMPTS = 1
    server = serve(lambda request, conn: time.sleep(2))
    holder = threading.Thread(target=_swallow, args=(client_of(server.url, seconds=1.5),))
    holder.start()
    time.sleep(0.2)

    error = ends_in(0.4, lambda: client_of(server.url, seconds=0.4).call(routes.MY_PETS))

    assert type(error) is errors.NoConnectionFree
    assert not error.sent
    holder.join()


def _swallow(client) -> None:
    with pytest.raises(errors.TimedOut):
        client.call(routes.MY_PETS)


def test_nothing_is_sent_when_the_time_is_over(serve) -> None:
    server = serve(lambda request, conn: ok([]))
    client = client_of(server.url, seconds=0)

    with pytest.raises(errors.TimedOut):
        client.call(routes.CREATE_PET, json={"name": "Miu"})

    assert server.requests == []
    assert client.calls == 0


def test_eight_threads_share_one_deadline(serve) -> None:
    server = serve(lambda request, conn: time.sleep(5))
    client = client_of(server.url, seconds=0.5)
    started = time.monotonic()

    def ask(pet: int) -> str:
        with pytest.raises(errors.TimedOut) as caught:
            client.call(routes.PET, pet)
        return type(caught.value).__name__

    with ThreadPoolExecutor(8) as threads:
        kinds = set(threads.map(ask, range(1, 9)))

    assert kinds == {"TimedOut"}
    assert time.monotonic() - started < 2.5


def test_retries_stay_within_it(serve, settings) -> None:
    settings.MAIN_APP_MAX_ATTEMPTS = 100
    server = serve(lambda request, conn: http(503, b"<html>", {"Retry-After": "0"}))
    started = time.monotonic()

    with pytest.raises(errors.Maintenance):
        client_of(server.url, seconds=0.6).call(routes.MY_PETS)

    assert time.monotonic() - started < 5


def test_a_write_cut_by_the_deadline_has_an_unknown_outcome(serve) -> None:
    server = serve(lambda request, conn: time.sleep(2))
    versions.seen[server.url] = AppVersion(1, 18, 5)

    with pytest.raises(errors.TimedOut) as caught:
        client_of(server.url, seconds=0.3).call(routes.CREATE_PET, json={}, idempotency_key="k")

    assert caught.value.outcome_unknown
