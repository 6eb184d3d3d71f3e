"""Clients that stall (CWE-400, slow HTTP): none may keep a thread for longer than a request honestly takes."""

import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

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
