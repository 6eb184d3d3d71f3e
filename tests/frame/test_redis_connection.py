"""The time limit of a Redis that takes requests and says nothing (`connector.redis_connection`)."""

import socket
import time

import pytest
import redis
from django.conf import settings
from django_redis import get_redis_connection
from redis.backoff import NoBackoff
from redis.retry import Retry

from connector.redis_connection import KernelTimedConnection


def connection_to(server: socket.socket) -> KernelTimedConnection:
    port = server.getsockname()[1]
    return KernelTimedConnection(  # type: ignore[no-untyped-call]
        host="127.0.0.1", port=port, socket_timeout=0.3, socket_connect_timeout=0.3, retry=Retry(NoBackoff(), 0)
    )


def test_a_silent_redis_is_given_up_in_time() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        connection = connection_to(silent)
        started = time.monotonic()
        with pytest.raises(redis.ConnectionError):
            connection.connect()  # type: ignore[no-untyped-call]

    assert 0.25 <= time.monotonic() - started < 5


def test_a_redis_that_takes_nothing_is_given_up_in_time() -> None:
    with socket.create_server(("127.0.0.1", 0)) as full:
        connection = connection_to(full)
        own = connection._connect()
        with own, pytest.raises(BlockingIOError):
            own.sendall(b"m" * 20_000_000)


@pytest.mark.skipif(not settings.REDIS_URL, reason="asks Redis")
def test_the_service_asks_redis_over_such_connections() -> None:
    pool = get_redis_connection("default").connection_pool

    assert issubclass(pool.connection_class, KernelTimedConnection)
    assert pool.connection_kwargs["socket_timeout"] == 0.5
