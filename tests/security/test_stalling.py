"""Clients that stall (CWE-400, slow HTTP): none may keep a thread for longer than a request honestly takes."""

import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import httpx
import pytest

from connector.serving import client_socket, gunicorn_worker
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


def test_half_requests_on_every_thread_are_given_up(production: Production) -> None:
    """Heads and bodies at once, so that the wait is paid once; a byte now and then buys no more time."""
    with (
        stalling(production, HALF_A_HEAD, THREADS // 2) as heads,
        stalling(production, HALF_A_BODY, THREADS // 2) as bodies,
    ):
        time.sleep(1)
        for wire in (*heads, *bodies):
            wire.sendall(b"b")
        assert seconds_until_served(production, client_socket.REQUEST_SECONDS + 5) <= client_socket.REQUEST_SECONDS + 2

    assert "Socket error" not in production.log


@pytest.mark.parametrize("limit", [client_socket.REQUEST_SECONDS, gunicorn_worker.FIRST_BYTE_SECONDS])
def test_the_limits_are_short(limit: float) -> None:
    assert limit <= 10
