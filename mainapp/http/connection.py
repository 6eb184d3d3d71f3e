"""HTTP/1.1 connections (RFC 9112): a request out, its answer in, never past the deadline.

HTTP libraries bound each read, not the whole answer: a server that sends one byte every ten seconds keeps a caller for ever. Here
the look-up of a name, the handshake and each socket operation get no more than what is left of the deadline. llhttp, strict, reads
the answers. No proxy, redirect, cookie or compression.

Those to the main app are kept between requests. One that sends a second answer to one request would give it to whoever asks next on
that connection: so it goes to another person only after a rest in which it stayed silent, and at once, where none has rested, to the
same. It is theirs alone then: if they took the second answer for that of their next request, this one's own is still to come.
"""

import functools
import math
import os
import queue
import select
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import ip_address
from typing import NamedTuple
from urllib.parse import SplitResult

import certifi
import httptools
import idna
from django.conf import settings

from mainapp.http.addresses import is_public

# What may come without a byte of a body among it: headers, interim answers, trailers.
_LONGEST_HEAD = 100_000
# Each thread that waits for an answer holds so much memory meanwhile; TLS hands out no more at once (RFC 8446 §5.1).
_READ_BYTES = 16_384
# Up to this length a body leaves in one piece with its headers.
_SHORT_BODY = 65_536
# Below the keep-alive of common web servers (nginx 75 s), so that we, not they, end an idle connection: a request
# sent into a closing connection is a write whose outcome nobody knows.
KEEPALIVE_SECONDS = 20.0
# Five times as long as the latest stray answer that was ever measured took to come.
REST_SECONDS = 0.25


class HttpError(Exception):
    """No whole answer. Its text names the kind of failure in our own words, fit for logs."""


class NoSuchHost(HttpError):
    """No such name, no answer of the resolver's, or no name that could be asked for."""


class NotPublic(HttpError):
    """A name that leads into a network of our own."""


class TooLate(HttpError):
    """Not within the time for it."""


class Deadline:
    """The time one person's question may take: a monotonic budget in seconds, started when made, shared by all calls that serve it.

    Threads may share one: nothing in it changes."""

    def __init__(self, seconds: float) -> None:
        self._ends = time.monotonic() + seconds

    def remaining(self) -> float:
        """Seconds left, never below 0."""
        return max(0.0, self._ends - time.monotonic())


class Origin(NamedTuple):
    """Whom to ask: `host` is a name in ASCII or an address."""

    scheme: str
    host: str
    port: int

    @classmethod
    def of(cls, url: SplitResult) -> "Origin | None":
        """That of an address; None where it is none of the web, or tells a user's name: that would go out with every request."""
        try:
            host, port = url.hostname or "", url.port or {"http": 80, "https": 443}.get(url.scheme)
            host = host if host.isascii() else idna.encode(host, uts46=True).decode("ascii")
        except ValueError:
            return None
        return cls(url.scheme, host, port) if host and port and "@" not in url.netloc else None

    @property
    def host_header(self) -> str:
        """RFC 9110 §7.2."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == {"http": 80, "https": 443}[self.scheme] else f"{host}:{self.port}"


@dataclass(slots=True)
class Exchange:
    """One HTTP exchange under way: how long it and each wait for the server may take, and whether any byte of the request has left."""

    deadline: Deadline
    each_seconds: float = math.inf
    sent: bool = False

    def at_most(self, seconds: float) -> float:
        """These seconds, or what is left of the deadline. Raises TooLate when nothing is."""
        remaining = self.deadline.remaining()
        if remaining <= 0:
            raise TooLate("deadline passed")
        return min(seconds, remaining)


class Response:
    """An answer as it arrives: the callbacks of its parser, which reads this one answer and no other.

    headers: by lower-case names; what came several times is joined (RFC 9110 §5.3). A body that comes compressed though nobody asked
    for that stays so. receive: waits for more of it. spoiled: whatever its own words, after it the connection serves no other.
    """

    receive: Callable[[], None]

    def __init__(self) -> None:
        self.status, self.headers, self._arrived = 0, dict[str, str](), bytearray()
        self.has_head = self.complete = self.spoiled = False
        self._headless = 0
        self._parser: httptools.HttpResponseParser | None = httptools.HttpResponseParser(self)

    def body(self, longest: int) -> bytes | None:
        """All of it; None where it is longer than that. Raises HttpError."""
        while not self.complete and len(self._arrived) <= longest:
            self.receive()
        # An idle connection keeps its last response.
        body, self._arrived = bytes(self._arrived), bytearray()
        return body if len(body) <= longest else None

    def feed(self, data: bytes) -> None:
        """Raises HttpError for what is no HTTP, without a word of it."""
        if self._parser is None:
            raise HttpError("more than an answer")
        self._headless += len(data)
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            # Behind a whole answer it is no part of it: the answer stands, and the connection ends.
            self.spoiled = True
            if not self.complete:
                raise HttpError("not HTTP/1.1") from None
        if self._headless > _LONGEST_HEAD and not self.complete:
            raise HttpError("headers too long")
        if self.complete:
            # It holds these methods: without this every answer would wait for the garbage collector.
            self._parser = None

    def end(self) -> None:
        """The server has closed: the end of a body of no told length, and a cut of any other."""
        self.spoiled = True
        if not self.has_head or self.headers.keys() & {"content-length", "transfer-encoding"}:
            raise HttpError("cut off")
        self.complete = True

    def on_message_begin(self) -> None:
        # A second answer that nobody asked for: somebody else's, if the next request met it.
        self.spoiled |= self.complete

    def on_header(self, name: bytes, value: bytes) -> None:
        if not self.has_head:
            key, text = name.decode("latin-1").lower(), value.decode("latin-1")
            self.headers[key] = f"{self.headers[key]}, {text}" if key in self.headers else text

    def on_headers_complete(self) -> None:
        status = 0 if self.has_head or self._parser is None else self._parser.get_status_code()
        if 100 <= status < 200:
            # Interim (RFC 9110 §15.2): the answer is still to come. After 101 llhttp reads no further.
            self.headers.clear()
        elif status:
            self.status, self.has_head = status, True

    def on_body(self, piece: bytes) -> None:
        if not self.complete:
            self._headless = 0
            self._arrived += piece

    def on_message_complete(self) -> None:
        if self.has_head and not self.complete and self._parser is not None:
            self.complete = True
            self.spoiled |= not self._parser.should_keep_alive()


class Connection:
    """An open connection, held by one caller at a time; `response` is the answer to its last request. Methods raise HttpError."""

    def __init__(self, opened: socket.socket) -> None:
        # Python would ask whether a socket with a time limit is ready before each read and write, and give up the interpreter's lock
        # for that; here only what can't be done at once waits.
        opened.setblocking(False)
        self._socket = opened
        self.response = Response()
        # Whose last answer it carried, and since when (monotonic) nobody uses it.
        self.owner: int | None = None
        self.idle_since = 0.0
        # Asked again before it had rested.
        self.is_theirs_alone = False

    def is_silent(self) -> bool:
        """Whether nothing waits in it: an end, or nobody's answer."""
        return not self._is_ready(select.POLLIN, 0)

    def close(self) -> None:
        self._socket.close()

    def ask(self, head: bytes, body: bytes, exchange: Exchange) -> Response:
        """Send a request and read the head of its answer, whose body is to be read meanwhile."""
        self.response = response = Response()
        response.receive = lambda: self._receive(exchange)
        for part in (head + body,) if len(body) <= _SHORT_BODY else (head, body):
            self._send(part, exchange)
        self._wait(select.POLLIN, exchange)
        while not response.has_head:
            self._receive(exchange)
        return response

    def _send(self, data: bytes, exchange: Exchange) -> None:
        left = memoryview(data)
        while left:
            # Raises where nothing is left of the deadline: then nothing leaves.
            exchange.at_most(exchange.each_seconds)
            exchange.sent = True
            try:
                left = left[self._socket.send(left) :]
            except ssl.SSLWantReadError:
                # TLS has to hear something before it can go on.
                self._wait(select.POLLIN, exchange)
            except (BlockingIOError, ssl.SSLWantWriteError):
                self._wait(select.POLLOUT, exchange)
            except OSError:
                # A server that refuses a long body may close before it has read all of it: its answer is there to be read.
                self.response.spoiled = True
                return

    def _receive(self, exchange: Exchange) -> None:
        data = None
        while data is None:
            exchange.at_most(exchange.each_seconds)
            try:
                data = self._socket.recv(_READ_BYTES)
            except (BlockingIOError, ssl.SSLWantReadError):
                # Nothing yet; of TLS perhaps a record of its own, or the first part of one.
                self._wait(select.POLLIN, exchange)
            except OSError as error:
                raise HttpError(type(error).__name__) from None
        if data:
            self.response.feed(data)
        else:
            self.response.end()

    def _wait(self, events: int, exchange: Exchange) -> None:
        if not self._is_ready(events, exchange.at_most(exchange.each_seconds)):
            raise TooLate("the server says nothing")

    def _is_ready(self, events: int, seconds: float) -> bool:
        ready = select.poll()
        ready.register(self._socket, events)
        return bool(ready.poll(seconds * 1000))


def request_head(method: str, target: str, headers: Mapping[str, str]) -> bytes:
    """Request line and headers. Raises HttpError for a line break in one: that would be a header of its own, or another request."""
    lines = [f"{method} {target} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    text = "\r\n".join(lines)
    if text.count("\n") != len(lines) - 1 or text.count("\r") != len(lines) - 1 or "\0" in text:
        raise HttpError("a header that holds a line break")
    return f"{text}\r\n\r\n".encode("latin-1")


def _resolved(origin: Origin, budget: Deadline) -> list[str]:
    """All addresses of its host, each once, in the resolver's order. Raises NoSuchHost and TooLate.

    `getaddrinfo` knows no end, and a dead resolver takes 20 s and more: it has a thread of its own.
    """
    answers: queue.SimpleQueue[list[str]] = queue.SimpleQueue()

    def look_up() -> None:
        try:
            addresses = socket.getaddrinfo(origin.host, origin.port, type=socket.SOCK_STREAM)
        # ValueError: what is no host name, in whatever way.
        except (OSError, ValueError):
            addresses = []
        answers.put(list(dict.fromkeys(str(address[0]) for *_, address in addresses)))

    threading.Thread(target=look_up, name="name-look-up", daemon=True).start()
    try:
        addresses = answers.get(timeout=budget.remaining())
    except queue.Empty:
        raise TooLate("name look-up took too long") from None
    if not addresses:
        raise NoSuchHost("name look-up failed")
    return addresses


def connect(origin: Origin, budget: Deadline, ca_file: str | None, *, public: bool = False) -> Connection:
    """Open a connection to the first address of the host that answers, TLS handshake included; the certificate is checked for its name.

    public: where one of its addresses is not, raises NotPublic. The name is looked up once, and only what was judged is connected to:
    a second answer of the name server (DNS rebinding) has nothing to change. Raises HttpError.
    """
    addresses = _resolved(origin, budget)
    if public and not all(is_public(address) for address in addresses):
        raise NotPublic("address")
    tls = _tls_context(ca_file) if origin.scheme == "https" else None
    failure: HttpError = TooLate("deadline passed")
    for position, address in enumerate(addresses):
        # The socket library would look a name up: what is no address must never get that far.
        ip_address(address)
        # A share each: a first address that swallows packets must leave time for the second.
        share = Deadline(budget.remaining() / (len(addresses) - position))
        if not share.remaining():
            break
        opened = None
        try:
            opened = socket.create_connection((address, origin.port), max(share.remaining(), 0.001))
            opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            opened.settimeout(max(share.remaining(), 0.001))
            return Connection(tls.wrap_socket(opened, server_hostname=origin.host) if tls is not None else opened)
        except TimeoutError:
            failure = TooLate("no connection in time")
        except ConnectionRefusedError:
            failure = HttpError("connection refused")
        except ssl.SSLError:
            failure = HttpError("TLS failed")
        # ValueError: what OpenSSL makes of a name that is none.
        except (OSError, ValueError):
            failure = HttpError("no connection")
        if opened is not None:
            opened.close()
    raise failure


@functools.lru_cache(maxsize=8)
def _tls_context(ca_file: str | None) -> ssl.SSLContext:
    """Trusts these authorities, or the public ones of certifi. Made once: 20 ms."""
    context = ssl.create_default_context(cafile=ca_file or certifi.where())
    context.set_alpn_protocols(["http/1.1"])
    return context


# --- Kept connections ----------------------------------------------------------------------------


class NoneFree(TooLate):
    """All connections are in use."""


class ConnectionPool:
    """At most `MAIN_APP_POOL_SIZE` connections to one main app. Threads share it."""

    def __init__(self, origin: Origin) -> None:
        self._origin = origin
        self._size = settings.MAIN_APP_POOL_SIZE
        # Held for what follows, and told when a place is free.
        self._places = threading.Condition()
        # Those that nobody uses, in the order in which they came back.
        self._idle: list[Connection] = []
        self._in_use = 0

    @contextmanager
    def ask(self, head: bytes, body: bytes, exchange: Exchange, owner: int | None) -> Iterator[Response]:
        """The answer, whose body is to be read within the block. Raises HttpError.

        owner: whose answers these are, as a number; None: a connection that others have used must have rested in any case.
        """
        seconds = exchange.at_most(settings.MAIN_APP_CONNECT_TIMEOUT)
        with self._places:
            if not self._places.wait_for(lambda: self._in_use < self._size, seconds):
                raise NoneFree("all connections are taken")
            self._in_use += 1
            connection = self._kept_for(owner)
        try:
            if connection is None:
                budget = Deadline(exchange.at_most(settings.MAIN_APP_CONNECT_TIMEOUT))
                connection = connect(self._origin, budget, settings.SSL_CERT_FILE)
            connection.owner = owner
            yield connection.ask(head, body, exchange)
        finally:
            with self._places:
                self._in_use -= 1
                self._places.notify()
                if connection is not None:
                    if connection.response.complete and not connection.response.spoiled:
                        connection.idle_since = time.monotonic()
                        self._idle.append(connection)
                    else:
                        connection.close()

    def _kept_for(self, owner: int | None) -> Connection | None:
        """The one used last of those that may serve the owner, rested if there is one: those that are too many grow old, and are
        closed. None: one may be opened."""
        now = time.monotonic()
        while self._idle and now - self._idle[0].idle_since > KEEPALIVE_SECONDS:
            self._idle.pop(0).close()
        found = None
        for kept in reversed(self._idle):
            is_theirs = owner is not None and kept.owner == owner
            if now - kept.idle_since > REST_SECONDS and (is_theirs or not kept.is_theirs_alone):
                found = kept
                break
            found = found or (kept if is_theirs else None)
        if found is not None:
            self._idle.remove(found)
            found.is_theirs_alone |= now - found.idle_since <= REST_SECONDS
            if found.is_silent():
                return found
            found.close()
        if self._in_use + len(self._idle) > self._size:
            self._idle.pop(0).close()
        return None


# One per main app, made when first needed: before that a server may still fork.
_pools: dict[Origin, ConnectionPool] = {}


def connections_to(origin: Origin) -> ConnectionPool:
    return _pools.get(origin) or _pools.setdefault(origin, ConnectionPool(origin))


# A socket shared with the parent would mix two people's answers.
os.register_at_fork(after_in_child=_pools.clear)
