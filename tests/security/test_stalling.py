"""Clients that stall (CWE-400, slow HTTP): none may keep a thread for longer than a request honestly takes."""

import resource
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import pytest

from connector.serving.gunicorn_worker import REQUEST_SECONDS
from tests.security.instance import HOST, Production

pytestmark = pytest.mark.django_db

THREADS = 8
HEAD = f"Host: {HOST}\r\nX-Forwarded-Proto: https\r\n".encode()
HALF_A_HEAD = b"GET /health HTTP/1.1\r\n" + HEAD
HALF_A_BODY = (
    b"POST /oauth/token HTTP/1.1\r\n"
    + HEAD
    + b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 100\r\n\r\na="
)


@contextmanager
def stalling(production: Production, sent: bytes, count: int = THREADS + 4) -> Iterator[list[socket.socket]]:
    with ExitStack() as stack:
        wires = [stack.enter_context(socket.create_connection(("127.0.0.1", production.port))) for _ in range(count)]
        for wire in wires:
            wire.sendall(sent)
        yield wires


def seconds_until_served(production: Production, patience: float) -> float:
    started = time.monotonic()
    httpx.get(f"http://127.0.0.1:{production.port}/health", timeout=patience, trust_env=False).raise_for_status()
    return time.monotonic() - started


def test_connections_that_say_nothing_keep_nobody_waiting(production: Production) -> None:
    with stalling(production, b""):
        assert seconds_until_served(production, 3) < 2


def test_half_requests_keep_nobody_waiting_and_are_given_up(production: Production) -> None:
    """Heads and bodies at once, so that the wait is paid once; a byte now and then buys no more time."""
    with stalling(production, HALF_A_HEAD) as heads, stalling(production, HALF_A_BODY) as bodies:
        assert seconds_until_served(production, 3) < 2
        time.sleep(1)
        for wire in (*heads, *bodies):
            wire.sendall(b"b")
        for wire in (*heads, *bodies):
            wire.settimeout(REQUEST_SECONDS + 5)
            assert wire.recv(1) == b""

    assert "Socket error" not in production.log


def test_the_limit_is_short() -> None:
    assert REQUEST_SECONDS <= 10


def worker_of(production: Production) -> int:
    (worker,) = Path(f"/proc/{production.pid}/task/{production.pid}/children").read_text().split()
    return int(worker)


def test_clients_that_read_nothing_keep_nobody_waiting(production: Production) -> None:
    """Each asks for more than any buffer takes, again and again, and reads none of it."""
    asked = b"GET /openapi.json HTTP/1.1\r\n" + HEAD + b"\r\n"
    with stalling(production, asked * 200, 45):
        time.sleep(2)
        slowest = max(seconds_until_served(production, 10) for _ in range(5))

    # They are answered as long as the kernel takes it, by the same processor.
    assert slowest < 5


def test_a_process_without_descriptors_closes_the_idlest_and_goes_on(production: Production) -> None:
    """More connections than `ulimit -n` allows: who was here first and says nothing has to go."""
    worker = worker_of(production)
    before = resource.prlimit(worker, resource.RLIMIT_NOFILE)
    in_use = len(list(Path(f"/proc/{worker}/fd").iterdir()))
    resource.prlimit(worker, resource.RLIMIT_NOFILE, (in_use + 20, before[1]))
    try:
        with stalling(production, b"", 60) as wires:
            assert seconds_until_served(production, 5) < 3
            wires[0].settimeout(5)
            assert wires[0].recv(1) == b""
        # The line comes within the next second.
        time.sleep(1.5)
    finally:
        resource.prlimit(worker, resource.RLIMIT_NOFILE, before)

    assert worker_of(production) == worker
    assert "Too many open files" in production.log


@pytest.mark.parametrize("length", [1_000_001, 50_000_000])
def test_a_body_that_is_not_read_ends_its_connection(production: Production, length: int) -> None:
    """RFC 9112 §9.6: a proxy that is told to keep it would take the end for a lost answer to the next request."""
    answer = production.raw(HALF_A_BODY.replace(b"Content-Length: 100", b"Content-Length: %d" % length))

    assert answer.startswith(b"HTTP/1.1 4")
    assert b"\r\nConnection: close\r\n" in answer


def test_a_long_body_that_nobody_reads_keeps_its_connection(production: Production) -> None:
    long = b"POST /health HTTP/1.1\r\n" + HEAD + b"Content-Length: 900000\r\n\r\n" + b"a" * 900_000
    answer = production.raw(long + b"GET /health HTTP/1.1\r\n" + HEAD + b"Connection: close\r\n\r\n")

    assert [part[:3] for part in answer.split(b"HTTP/1.1 ")[1:]] == [b"403", b"200"]
