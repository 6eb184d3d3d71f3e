"""The connections to the main app, kept between requests.

A main app, or a proxy before it, that sends a second answer to one request would give it to whoever asks next on that connection.
So a connection goes back to the same person at once, and to another only after a rest in which it stayed silent.
"""

import atexit
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings

from mainapp.http.connection import Connection, Deadline, Exchange, Origin, TooLate, connect, resolve, tls_context

# Below the keep-alive of common web servers (nginx 75 s), so that we, not they, end an idle connection: a request
# sent into a closing connection is a write whose outcome nobody knows.
KEEPALIVE_SECONDS = 20.0
# Five times as long as the latest stray answer that was ever measured took to come.
REST_SECONDS = 0.25


class NoneFree(TooLate):
    """All connections are in use."""


class ConnectionPool:
    """At most `MAIN_APP_POOL_SIZE` connections to one main app. Threads share it."""

    def __init__(self, origin: Origin) -> None:
        self._origin = origin
        self._size = settings.MAIN_APP_POOL_SIZE
        self._places = threading.Semaphore(self._size)
        self._lock = threading.Lock()
        # Those that nobody uses, in the order in which they came back; and how many there are in all.
        self._idle: list[Connection] = []
        self._open = 0
        self._closed = False

    @contextmanager
    def ask(self, head: bytes, body: bytes, exchange: Exchange, owner: int | None) -> Iterator[Connection]:
        """A connection that has the head of the answer; its body is to be read within the block. Raises HttpError.

        owner: whose answers these are, as a number; None: a connection that others have used must have rested in any case.
        """
        connection = self._take(exchange, owner)
        try:
            connection.ask(head, body, exchange)
            yield connection
        finally:
            self._give_back(connection)

    def connect(self, exchange: Exchange) -> Connection:
        """Open a connection within the time for it, the look-up of the name and the TLS handshake included."""
        budget = Deadline(exchange.at_most(exchange.connect_seconds))
        origin = self._origin
        tls = tls_context(settings.SSL_CERT_FILE) if origin.scheme == "https" else None
        return connect(origin, resolve(origin.host, origin.port, budget), budget, tls)

    def close(self) -> None:
        """Close what is idle, and what is in use when it is given back."""
        with self._lock:
            self._closed = True
            while self._idle:
                self._drop(self._idle.pop())

    def _take(self, exchange: Exchange, owner: int | None) -> Connection:
        if not self._places.acquire(timeout=exchange.at_most(exchange.connect_seconds)):
            raise NoneFree("all connections are taken")
        try:
            connection = self._kept_for(owner) or self._opened(exchange)
        except BaseException:
            self._places.release()
            raise
        connection.owner = owner
        return connection

    def _kept_for(self, owner: int | None) -> Connection | None:
        """The one used last of those that may serve the owner: those that are too many grow old, and are closed."""
        now = time.monotonic()
        with self._lock:
            while self._idle and now - self._idle[0].idle_since > KEEPALIVE_SECONDS:
                self._drop(self._idle.pop(0))
            for position in range(len(self._idle) - 1, -1, -1):
                kept = self._idle[position]
                if now - kept.idle_since > REST_SECONDS or (owner is not None and kept.owner == owner):
                    del self._idle[position]
                    if kept.is_silent():
                        return kept
                    self._drop(kept)
        return None

    def _opened(self, exchange: Exchange) -> Connection:
        with self._lock:
            if self._open >= self._size:
                # The caller has one of the places, so one connection at least is in nobody's use.
                self._drop(self._idle.pop(0))
            self._open += 1
        try:
            return self.connect(exchange)
        except BaseException:
            with self._lock:
                self._open -= 1
            raise

    def _give_back(self, connection: Connection) -> None:
        with self._lock:
            if connection.response.leaves_it_usable and not self._closed:
                connection.idle_since = time.monotonic()
                self._idle.append(connection)
            else:
                self._drop(connection)
        self._places.release()

    def _drop(self, connection: Connection) -> None:
        """Holding the lock."""
        self._open -= 1
        connection.close()


# One per main app, made when first needed: before that a server may still fork.
_pools: dict[Origin, ConnectionPool] = {}


def connections_to(origin: Origin) -> ConnectionPool:
    return _pools.get(origin) or _pools.setdefault(origin, ConnectionPool(origin))


def close_pools() -> None:
    while _pools:
        _pools.popitem()[1].close()


atexit.register(close_pools)
# A socket shared with the parent would mix two people's answers.
os.register_at_fork(after_in_child=_pools.clear)
