"""The pooled connections to the main app, as httpx's transport.

httpx's own one takes four times the processor time for each request (docs/performance.md), and bounds neither a whole answer nor the
look-up of a name.
"""

import atexit
import functools
import os
import socket
import ssl
import threading
from collections import deque
from collections.abc import Iterator
from typing import cast

import httpx
from django.conf import settings

from mainapp.http import resolver
from mainapp.http.connection import Connection, Exchange
from mainapp.http.deadline import Deadline

__all__ = ["Exchange", "KeptConnections", "close_pools", "connections_to", "forget_certificates"]


class KeptConnections(httpx.BaseTransport):
    """HTTP/1.1 to one main app over at most `MAIN_APP_POOL_SIZE` connections, kept between requests. Threads share it.

    A request's extension `exchange` bounds it, and learns whether any byte has left. `target`, as in httpx, is what stands in the
    request line in place of the URL's path. Proxies, redirects, cookies and authentication are none of its business.
    """

    def __init__(self) -> None:
        self._free = threading.Semaphore(settings.MAIN_APP_POOL_SIZE)
        self._lock = threading.Lock()
        self._idle: deque[Connection] = deque()
        self._closed = False

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send the request and return its answer, of which the body is still to be read. Raises `httpx.TransportError`."""
        head, body = _head_of(request), request.read()
        exchange = cast(Exchange, request.extensions["exchange"])
        connection = self._take(request.url, exchange)
        try:
            status, headers = connection.ask(head, body, exchange)
        except BaseException:
            self._give_back(connection, reusable=False)
            raise
        return httpx.Response(status, headers=headers, stream=_Body(self, connection, exchange))

    def connect(self, url: httpx.URL, exchange: Exchange) -> Connection:
        """Open a connection within the time for it, the look-up of the name and the TLS handshake included."""
        budget = Deadline(exchange.bounded(exchange.connect_seconds, httpx.ConnectTimeout))
        host = url.raw_host.decode("ascii")
        opened = _open(host, url.port or (443 if url.scheme == "https" else 80), budget)
        try:
            opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if url.scheme == "https":
                opened.settimeout(max(budget.remaining(), 0.001))
                opened = _ssl_context().wrap_socket(opened, server_hostname=host)
        except TimeoutError as error:
            opened.close()
            raise httpx.ConnectTimeout("no TLS in time") from error
        except OSError as error:
            opened.close()
            raise httpx.ConnectError(type(error).__name__) from error
        return Connection(opened)

    def close(self) -> None:
        """Close what is idle, and what is in use when it is given back."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, deque()
        for connection in idle:
            connection.close()

    def _take(self, url: httpx.URL, exchange: Exchange) -> Connection:
        if not self._free.acquire(timeout=exchange.bounded(exchange.connect_seconds, httpx.PoolTimeout)):
            raise httpx.PoolTimeout("every connection is in use")
        try:
            while (kept := self._newest_idle()) is not None:
                if kept.is_alive():
                    return kept
                kept.close()
            return self.connect(url, exchange)
        except BaseException:
            self._free.release()
            raise

    def _newest_idle(self) -> Connection | None:
        """The one used last: those that are too many grow old, and are closed."""
        with self._lock:
            return self._idle.pop() if self._idle else None

    def _give_back(self, connection: Connection, *, reusable: bool) -> None:
        connection.rest()
        spare = []
        with self._lock:
            if reusable and not self._closed:
                self._idle.append(connection)
            else:
                spare.append(connection)
            while self._idle and self._idle[0].is_old():
                spare.append(self._idle.popleft())
        for one in spare:
            one.close()
        self._free.release()


class _Body(httpx.SyncByteStream):
    """The body as it comes. Whoever closes it gives the connection back."""

    def __init__(self, pool: KeptConnections, connection: Connection, exchange: Exchange) -> None:
        self._pool, self._connection, self._exchange = pool, connection, exchange
        self._is_open = True

    def __iter__(self) -> Iterator[bytes]:
        while piece := self._connection.next_piece(self._exchange):
            yield piece

    def close(self) -> None:
        if self._is_open:
            self._is_open = False
            self._pool._give_back(self._connection, reusable=self._connection.is_reusable)


def _head_of(request: httpx.Request) -> bytes:
    target = request.extensions.get("target", request.url.raw_path)
    lines = [b"%b %b HTTP/1.1" % (request.method.encode("ascii"), target)]
    lines += [b"%b: %b" % pair for pair in request.headers.raw]
    head = b"\r\n".join(lines) + b"\r\n\r\n"
    # A line break in a value would be a header of its own, or another request.
    if head.count(b"\n") != len(lines) + 1 or head.count(b"\r") != len(lines) + 1 or b"\0" in head:
        raise httpx.LocalProtocolError("a header that holds a line break")
    return head


def _open(host: str, port: int, budget: Deadline) -> socket.socket:
    addresses = _resolve(host, port, budget)
    failure: httpx.ConnectError | httpx.ConnectTimeout | None = None
    for position, address in enumerate(addresses):
        # A share each: a first address that swallows packets must leave time for the second.
        share = budget.remaining() / (len(addresses) - position)
        if share <= 0:
            break
        try:
            return socket.create_connection((address, port), share)
        except TimeoutError as error:
            failure = httpx.ConnectTimeout("no connection in time")
            failure.__cause__ = error
        except OSError as error:
            failure = httpx.ConnectError(type(error).__name__)
            failure.__cause__ = error
    raise failure or httpx.ConnectTimeout("deadline passed")


def _resolve(host: str, port: int, budget: Deadline) -> list[str]:
    try:
        return resolver.addresses_of(host, port, budget.remaining())
    except TimeoutError:
        raise httpx.ConnectTimeout("name look-up took too long") from None
    except resolver.NotFound:
        raise httpx.ConnectError("name look-up failed") from None


@functools.cache
def _ssl_context() -> ssl.SSLContext:
    # Certificates of certifi, or of SSL_CERT_FILE where the operator names his own authority. Made once: 20 ms.
    context = httpx.create_ssl_context()
    context.set_alpn_protocols(["http/1.1"])
    return context


class _Pools:
    """One pool per main app address, made when first needed: before that a server may still fork."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._pools: dict[str, KeptConnections] = {}

    def to(self, base_url: str) -> KeptConnections:
        with self._lock:
            pool = self._pools.get(base_url)
            if pool is None:
                pool = self._pools[base_url] = KeptConnections()
            return pool

    def close(self) -> None:
        with self._lock:
            pools, self._pools = self._pools, {}
        for pool in pools.values():
            pool.close()

    def forget(self) -> None:
        """Start anew in a forked child: a socket shared with the parent would mix two people's answers."""
        self._lock = threading.Lock()
        self._pools = {}


_pools = _Pools()
connections_to = _pools.to
close_pools = _pools.close
forget_certificates = _ssl_context.cache_clear
atexit.register(_pools.close)
os.register_at_fork(after_in_child=_pools.forget)
