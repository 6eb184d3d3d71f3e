"""HTTP/1.1 as servers may speak it (RFC 9112): which answers are whole, and which connections serve another request."""

import contextlib
import gc
import socket
import threading
import time
import tracemalloc
from concurrent.futures import ThreadPoolExecutor

import pytest

from mainapp import errors, routes
from mainapp.http.connection import (
    KEEPALIVE_SECONDS,
    REST_SECONDS,
    Connection,
    Deadline,
    Exchange,
    HttpError,
    request_head,
)
from tests.mainapp.conftest import RawServer, client_of, http, ok

GOOD = b'{"success": true, "data": [1]}'
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
SIZED = HEAD + b"Content-Length: %d\r\n\r\n" % len(GOOD) + GOOD


def chunked(*sizes: int, trailer: bytes = b"") -> bytes:
    raw, left = HEAD + b"Transfer-Encoding: chunked\r\n\r\n", GOOD
    for size in sizes or (len(GOOD),):
        raw += b"%x\r\n%b\r\n" % (size, left[:size])
        left = left[size:]
    return raw + b"0\r\n" + trailer + b"\r\n"


def asked_twice(server: RawServer) -> tuple[object, object]:
    return tuple(client_of(server.url).call(routes.MY_PETS) for _ in range(2))


@pytest.mark.parametrize(
    "answer",
    [
        SIZED,
        chunked(),
        chunked(*[1] * len(GOOD)),
        chunked(trailer=b"X-Sum: 1\r\n"),
        b"HTTP/1.1 100 Continue\r\n\r\n" + SIZED,
        b"HTTP/1.1 103 Early Hints\r\nContent-Length: 3\r\nLink: </a>\r\n\r\n" * 3 + chunked(),
        HEAD.replace(b"200 OK", b"200") + b"Content-Length: %d\r\nX-Empty:\r\n\r\n" % len(GOOD) + GOOD,
    ],
    ids=["sized", "chunked", "tiny chunks", "trailers", "continue", "early hints", "no reason"],
)
@pytest.mark.parametrize("piece", [1, 7, 100_000])
def test_a_whole_answer_is_read_however_it_is_cut_and_the_connection_kept(answer, piece, serve) -> None:
    def play(request, conn) -> bytes:
        conn.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for start in range(0, len(answer), piece):
            conn.sendall(answer[start : start + piece])
        return b""

    server = serve(play)

    assert asked_twice(server) == ([1], [1])
    assert server.connections == 1


@pytest.mark.parametrize(
    "answer",
    [
        HEAD + b"\r\n" + GOOD,
        HEAD + b"Connection: close\r\n\r\n" + GOOD,
        SIZED.replace(b"HTTP/1.1", b"HTTP/1.0"),
        SIZED.replace(b"Content-Type", b"Connection: close\r\nContent-Type"),
        SIZED + b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}",
        SIZED + b"GARBAGE",
        chunked() + b"\0",
        SIZED.replace(b"Content-Type", b"Connection: close\r\nContent-Type") + SIZED,
    ],
    ids=["to the end", "to the end, told", "HTTP/1.0", "close", "a second answer", "garbage", "NUL", "close and more"],
)
def test_after_these_the_next_request_goes_elsewhere(answer, serve) -> None:
    def play(request, conn) -> bytes:
        conn.sendall(answer)
        if b"Content-Length" not in answer and b"chunked" not in answer:
            conn.shutdown(socket.SHUT_WR)
        return b""

    server = serve(play)

    assert asked_twice(server) == ([1], [1])
    assert server.connections == 2


def test_an_answer_nobody_asked_for_is_nobodys(serve) -> None:
    def play(request, conn) -> bytes:
        if len(server.requests) == 1:
            threading.Timer(0.05, conn.sendall, [ok(["somebody else's"])]).start()
        return ok([len(server.requests)])

    server = serve(play)
    assert client_of(server.url).call(routes.MY_PETS) == [1]
    time.sleep(0.15)

    assert client_of(server.url).call(routes.MY_PETS) == [2]
    assert server.connections == 2


def test_a_stray_answer_reaches_no_other_person(serve) -> None:
    """A main app, or a proxy, that answers each request a second time a moment later; many people on few connections."""

    def play(request, conn) -> bytes:
        answer = ok({"whose": request.header("Authorization")})
        delay = len(server.requests) * 7 % 51 / 1000
        threading.Timer(delay, stray, [conn, answer]).start()
        return answer

    def stray(conn, answer) -> None:
        with contextlib.suppress(OSError):
            conn.sendall(answer)

    def ask(number: int) -> bool:
        token = f"{number % 12}|token-of-person-{number % 12}"
        try:
            data = client_of(server.url, token=token).call(routes.MY_PETS)
        except errors.BrokenAnswer:
            return True
        return bool(data["whose"] == f"Bearer {token}")

    server = serve(play)
    with ThreadPoolExecutor(4) as people:
        own = list(people.map(ask, range(300)))

    assert own.count(False) == 0


def test_a_connection_serves_the_same_person_at_once_and_another_after_a_rest(serve, monkeypatch) -> None:
    server = serve(lambda request, conn: ok([]))

    def ask(person: int) -> int:
        client_of(server.url, token=f"{person}|token").call(routes.MY_PETS)
        return int(server.requests[-1].connection)

    assert [ask(1), ask(1), ask(2), ask(3), ask(3)] == [1, 1, 2, 3, 3]
    time.sleep(REST_SECONDS + 0.05)
    # On the others something may still be to come, for those who could not wait.
    assert [ask(4), ask(5), ask(1), ask(3)] == [2, 4, 1, 3]


def test_whose_next_question_a_second_answer_met_gets_what_is_still_to_come_alone(serve) -> None:
    """However late it is: the connection has rested by then, and nothing in it tells that it is still to come."""

    def play(request, conn) -> bytes:
        answer = ok({"whose": request.header("Authorization")})
        if len(server.requests) == 1:
            threading.Timer(0.05, conn.sendall, [answer]).start()
        if len(server.requests) == 2:
            time.sleep(3 * REST_SECONDS)
        return answer

    server = serve(play)

    def ask(person: int) -> object:
        return client_of(server.url, token=f"{person}|token").call(routes.MY_PETS)["whose"]

    assert [ask(1), ask(1)] == ["Bearer 1|token"] * 2
    time.sleep(REST_SECONDS + 0.05)
    assert ask(2) == "Bearer 2|token"


def test_what_belongs_to_no_person_waits_for_a_rest_too(serve) -> None:
    server = serve(lambda request, conn: ok([]))

    for _ in range(3):
        client_of(server.url).call(routes.PET_TYPES)

    assert server.connections == 3


@pytest.mark.parametrize("in_pieces", [False, True])
def test_a_connection_that_did_not_take_the_whole_request_serves_no_other(in_pieces: bool) -> None:
    """Whatever its answer says of itself, also when its body ends only later."""
    ours, theirs = socket.socketpair()
    connection, exchange = Connection(ours), Exchange(Deadline(5), 5)
    answer = http(413, b"x" * 1000)

    with ours, theirs:
        theirs.shutdown(socket.SHUT_RD)
        theirs.sendall(answer[:-500] if in_pieces else answer)
        if in_pieces:
            threading.Timer(0.1, theirs.sendall, [answer[-500:]]).start()
        response = connection.ask(b"POST / HTTP/1.1\r\n\r\n", b"x" * 100_000, exchange)
        body = response.body(1000)

    assert (response.status, body) == (413, b"x" * 1000)
    assert response.spoiled


@pytest.mark.parametrize(
    "answer",
    [
        SIZED[:-1],
        chunked()[:-5],
        HEAD + b"Content-Length: 30\r\nContent-Length: 31\r\n\r\n" + GOOD,
        HEAD + b"Content-Length: 30\r\nTransfer-Encoding: chunked\r\n\r\n" + GOOD,
        HEAD + b"Transfer-Encoding: gzip\r\n\r\n" + GOOD,
        HEAD + b" folded\r\nContent-Length: %d\r\n\r\n" % len(GOOD) + GOOD,
        HEAD.replace(b"\r\n", b"\n") + b"\n" + GOOD,
        HEAD.replace(b"Content-Type:", b"Content-Type :") + b"\r\n" + GOOD,
        b"HTTP/1.1 101 Switching Protocols\r\n\r\n" + SIZED,
        b"HTTP/1.1 100 Continue\r\n\r\n",
        b"HTTP/1.1 103 Early Hints\r\nX: " + b"a" * 1000 + b"\r\n\r\n",
        chunked(trailer=b"Content-Length: 5\r\n"),
        chunked(trailer=b"X: " + b"a" * 200_000 + b"\r\n"),
        HEAD + b"".join(b"X-%d: a\r\n" % number for number in range(20_000)) + b"\r\n",
    ],
    ids=[
        "short",
        "no last chunk",
        "two lengths",
        "length and chunks",
        "gzip only",
        "folded",
        "bare line feeds",
        "blank in a name",
        "switching",
        "interim only",
        "hints only",
        "length in a trailer",
        "long trailer",
        "many headers",
    ],
)
def test_what_two_readers_could_understand_differently_is_no_answer(answer, serve, settings) -> None:
    settings.MAIN_APP_MAX_ATTEMPTS = 1

    def play(request, conn) -> None:
        conn.sendall(answer)
        conn.shutdown(socket.SHUT_WR)

    with pytest.raises(errors.BrokenAnswer) as caught:
        client_of(serve(play).url).call(routes.MY_PETS)

    assert caught.value.sent


def test_trailers_without_end_take_no_memory(serve, settings) -> None:
    settings.MAIN_APP_MAX_ATTEMPTS = 1

    def play(request, conn) -> None:
        conn.sendall(HEAD + b"Transfer-Encoding: chunked\r\n\r\n0\r\nX: ")
        with contextlib.suppress(OSError):
            for _ in range(1000):
                conn.sendall(b"a" * 100_000)

    server = serve(play)
    tracemalloc.start()
    try:
        with pytest.raises(errors.BrokenAnswer):
            client_of(server.url).call(routes.MY_PETS)
        assert tracemalloc.get_traced_memory()[1] < 5_000_000
    finally:
        tracemalloc.stop()


def test_a_refusal_sent_before_all_of_a_long_body_was_read_is_heard(serve) -> None:
    listening = socket.create_server(("127.0.0.1", 0))

    def refuse() -> None:
        conn, _ = listening.accept()
        with conn:
            conn.recv(65536)
            conn.sendall(http(413, b"<html>", {"Connection": "close"}))
        # Closed over unread bytes: the rest of the body is answered with a reset.

    threading.Thread(target=refuse, daemon=True).start()
    photo = ("p.jpg", b"x" * 20_000_000, "image/jpeg")

    with listening, pytest.raises(errors.BodyTooLarge):
        client_of(f"http://127.0.0.1:{listening.getsockname()[1]}").call(
            routes.ADD_PET_PHOTO, 1, json={}, files={"photo": photo}
        )


def test_a_connection_that_was_idle_for_long_is_not_used_again(serve, monkeypatch) -> None:
    server = serve(lambda request, conn: ok([]))
    client_of(server.url).call(routes.MY_PETS)
    real = time.monotonic
    monkeypatch.setattr("mainapp.http.connection.time.monotonic", lambda: real() + KEEPALIVE_SECONDS + 1)

    client_of(server.url, seconds=100).call(routes.MY_PETS)

    assert server.connections == 2


def test_no_more_connections_than_the_pool_may_hold(serve, settings) -> None:
    settings.MAIN_APP_POOL_SIZE = 3

    def slowly(request, conn) -> bytes:
        time.sleep(0.05)
        return ok([])

    server = serve(slowly)
    threads = [threading.Thread(target=client_of(server.url).call, args=(routes.MY_PETS,)) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(server.requests) == 12
    assert server.connections == 3


def test_an_answer_leaves_nothing_for_the_garbage_collector(serve) -> None:
    server = serve(lambda request, conn: ok([]))
    client = client_of(server.url, seconds=60)
    client.call(routes.MY_PETS)

    def left() -> int:
        gc.collect()
        for _ in range(20):
            client.call(routes.MY_PETS)
        return gc.collect()

    gc.disable()
    # What there is already need not be looked at each time: in a long run of tests that takes seconds of the calls' deadline.
    gc.freeze()
    try:
        # What another thread of the tests leaves at some moment is not the calls': they would leave it each time.
        assert min(left() for _ in range(3)) < 20
    finally:
        gc.unfreeze()
        gc.enable()


@pytest.mark.parametrize("value", ["a\r\nX: b", "a\nb", "a\rb", "a\0b"])
def test_a_header_that_would_be_two_is_not_sent(value) -> None:
    with pytest.raises(HttpError):
        request_head("GET", "/", {"X-Said": value})
