"""The pooled HTTP connections to the main app, and the deadline held at the socket.

HTTP libraries bound each read, not the whole answer: a server that sends one byte every ten seconds keeps a caller
for ever. Here each socket operation, in headers as in bodies, gets no more than what is left of the deadline.
"""

import atexit
import functools
import os
import socket
import ssl
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any

import httpcore
import httpx
from django.conf import settings

from mainapp.deadline import Deadline

# Below the keep-alive of common web servers (nginx 75 s), so that we, not they, end an idle connection: a request
# sent into a closing connection is a write whose outcome nobody knows.
KEEPALIVE_SECONDS = 20.0


@dataclass(slots=True)
class Exchange:
    """One HTTP exchange under way: how long it may take, and whether any byte of the request has left."""

    deadline: Deadline
    sent: bool = False


_exchange: ContextVar[Exchange | None] = ContextVar("main_app_exchange", default=None)


@contextmanager
def exchange(deadline: Deadline) -> Iterator[Exchange]:
    """Hold every socket operation of this thread, inside the block, to the deadline."""
    current = Exchange(deadline)
    reset = _exchange.set(current)
    try:
        yield current
    finally:
        _exchange.reset(reset)


def _clamped(timeout: float | None, too_late: type[httpcore.TimeoutException]) -> float | None:
    current = _exchange.get()
    if current is None:
        return timeout
    remaining = current.deadline.remaining()
    if remaining <= 0:
        raise too_late("deadline passed")
    return remaining if timeout is None else min(timeout, remaining)


class DeadlineStream(httpcore.NetworkStream):
    """A socket stream whose every operation ends with the deadline."""

    def __init__(self, inner: httpcore.NetworkStream) -> None:
        self._inner = inner

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, _clamped(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        current = _exchange.get()
        if current is not None and buffer:
            current.sent = True
        sock: socket.socket = self._inner.get_extra_info("socket")
        left = memoryview(buffer)
        # Not the inner stream's write: that one takes the full timeout anew for each piece the peer accepts.
        while left:
            try:
                sock.settimeout(_clamped(timeout, httpcore.WriteTimeout))
                left = left[sock.send(left) :]
            except TimeoutError as error:
                raise httpcore.WriteTimeout(str(error)) from error
            except OSError as error:
                raise httpcore.WriteError(str(error)) from error

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        timeout = _clamped(timeout, httpcore.ConnectTimeout)
        return DeadlineStream(self._inner.start_tls(ssl_context, server_hostname, timeout))

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


class DeadlineBackend(httpcore.NetworkBackend):
    """Opens connections within the timeout, the look-up of the name included."""

    def __init__(self) -> None:
        self._inner = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        budget = Deadline(_clamped(timeout, httpcore.ConnectTimeout) or settings.MAIN_APP_CONNECT_TIMEOUT)
        addresses = _resolve(host, port, budget)
        failure: httpcore.ConnectError | httpcore.ConnectTimeout | None = None
        for position, address in enumerate(addresses):
            # A share each: a first address that swallows packets must leave time for the second.
            share = budget.remaining() / (len(addresses) - position)
            if share <= 0:
                break
            try:
                return DeadlineStream(
                    self._inner.connect_tcp(address, port, share, local_address, list(socket_options or ()))
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure or httpcore.ConnectTimeout("deadline passed")


def _resolve(host: str, port: int, budget: Deadline) -> list[str]:
    """Look the name up, in a thread of its own: `getaddrinfo` knows no timeout and a dead resolver takes 20 s."""
    found: list[str] = []
    failed: list[Exception] = []

    def look_up() -> None:
        try:
            for *_, address in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
                if address[0] not in found:
                    found.append(str(address[0]))
        # UnicodeError: a label that is no host name.
        except (OSError, UnicodeError) as error:
            failed.append(error)

    thread = threading.Thread(target=look_up, name="main-app-name-look-up", daemon=True)
    thread.start()
    thread.join(budget.remaining())
    if thread.is_alive():
        raise httpcore.ConnectTimeout("name look-up took too long")
    if failed or not found:
        raise httpcore.ConnectError("name look-up failed")
    return found


class _DeadlineTransport(httpx.HTTPTransport):
    """httpx's transport over a pool with our network backend, which httpx itself gives no way to pass in."""

    def __init__(self) -> None:
        super().__init__(verify=_ssl_context(), trust_env=False)
        self._pool = httpcore.ConnectionPool(
            ssl_context=_ssl_context(),
            max_connections=settings.MAIN_APP_POOL_SIZE,
            max_keepalive_connections=settings.MAIN_APP_POOL_SIZE,
            keepalive_expiry=KEEPALIVE_SECONDS,
            http1=True,
            http2=False,
            network_backend=DeadlineBackend(),
        )


@functools.cache
def _ssl_context() -> ssl.SSLContext:
    # Certificates of certifi, or of SSL_CERT_FILE where the operator names his own authority. Made once: 20 ms.
    return httpx.create_ssl_context()


class _Pools:
    """One pooled client per main app address, made when first needed: before that a server may still fork."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._clients: dict[str, httpx.Client] = {}

    def client_for(self, base_url: str) -> httpx.Client:
        with self._lock:
            client = self._clients.get(base_url)
            if client is None:
                client = self._clients[base_url] = httpx.Client(
                    transport=_DeadlineTransport(),
                    follow_redirects=False,
                    trust_env=False,
                    # One client serves all people: a cookie kept for one would be sent for another.
                    cookies=CookieJar(policy=DefaultCookiePolicy(allowed_domains=[])),
                )
            return client

    def close(self) -> None:
        with self._lock:
            clients, self._clients = self._clients, {}
        for client in clients.values():
            client.close()

    def forget(self) -> None:
        """Start anew in a forked child: a socket shared with the parent would mix two people's answers."""
        self._lock = threading.Lock()
        self._clients = {}


_pools = _Pools()
client_for = _pools.client_for
close_pools = _pools.close
forget_certificates = _ssl_context.cache_clear
atexit.register(_pools.close)
os.register_at_fork(after_in_child=_pools.forget)
