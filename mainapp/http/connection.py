"""One kept HTTP/1.1 connection to the main app (RFC 9112): a request out, its answer in, never past the deadline.

HTTP libraries bound each read, not the whole answer: a server that sends one byte every ten seconds keeps a caller for ever. Here
each socket operation, in headers as in bodies, gets no more than what is left of the deadline. llhttp, strict, reads the answers.
"""

import select
import socket
import ssl
import time
from dataclasses import dataclass

import httptools
import httpx

from mainapp import turns
from mainapp.http.deadline import Deadline

# Below the keep-alive of common web servers (nginx 75 s), so that we, not they, end an idle connection: a request
# sent into a closing connection is a write whose outcome nobody knows.
KEEPALIVE_SECONDS = 20.0
# What may come without a byte of a body among it: headers, interim answers, trailers.
_LONGEST_HEAD = 100_000
# Each thread that waits for an answer holds so much memory meanwhile; TLS hands out no more at once (RFC 8446 §5.1).
_READ_BYTES = 16_384
# Up to this length a body leaves in one piece with its headers.
_SHORT_BODY = 65_536


@dataclass(slots=True)
class Exchange:
    """One HTTP exchange under way: how long it may take, and whether any byte of the request has left.

    connect_seconds: for a connection, and for waiting until one is free. each_seconds: for each wait for the server.
    """

    deadline: Deadline
    connect_seconds: float
    each_seconds: float
    sent: bool = False

    def bounded(self, seconds: float, too_late: type[httpx.TimeoutException]) -> float:
        """These seconds, or what is left of the deadline. Raises `too_late` when nothing is."""
        remaining = self.deadline.remaining()
        if remaining <= 0:
            raise too_late("deadline passed")
        return min(seconds, remaining)


class _Incoming:
    """An answer as it arrives: the callbacks of its parser, which reads this one answer and no other."""

    def __init__(self) -> None:
        self.status = 0
        self.headers: list[tuple[bytes, bytes]] = []
        self.pieces: list[bytes] = []
        self.has_head = self.complete = self.reusable = False
        self._headless = 0
        self._parser: httptools.HttpResponseParser | None = httptools.HttpResponseParser(self)

    def feed(self, data: bytes) -> None:
        """Raises `httpx.RemoteProtocolError` for what is no HTTP, without a word of it."""
        parser = self._parser
        if parser is None:
            raise httpx.RemoteProtocolError("more than an answer")
        self._headless += len(data)
        try:
            parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            # Behind a whole answer it is no part of it: the answer stands, and the connection ends.
            self.reusable = False
            if not self.complete:
                raise httpx.RemoteProtocolError("not HTTP/1.1") from None
        if self._headless > _LONGEST_HEAD and not self.complete:
            raise httpx.RemoteProtocolError("headers too long")

    def end(self) -> None:
        """The server has closed: the end of a body of no told length, and a cut of any other."""
        framed = any(name.lower() in (b"content-length", b"transfer-encoding") for name, _value in self.headers)
        if not self.has_head or framed:
            raise httpx.RemoteProtocolError("cut off")
        self.complete = True

    def on_message_begin(self) -> None:
        if self.complete:
            # A second answer that nobody asked for: somebody else's, if the next request met it.
            self.reusable = False

    def on_header(self, name: bytes, value: bytes) -> None:
        if not self.has_head:
            self.headers.append((name, value))

    def on_headers_complete(self) -> None:
        if self.has_head or self._parser is None:
            return
        status = self._parser.get_status_code()
        if 100 <= status < 200:
            # Interim (RFC 9110 §15.2): the answer is still to come. After 101 llhttp reads no further.
            self.headers.clear()
        else:
            self.status, self.has_head = status, True

    def on_body(self, piece: bytes) -> None:
        if not self.complete:
            self._headless = 0
            self.pieces.append(piece)

    def on_message_complete(self) -> None:
        if self.has_head and self._parser is not None:
            self.complete, self.reusable = True, self._parser.should_keep_alive()
            # It holds these methods: without this every answer would wait for the garbage collector.
            self._parser = None


class Connection:
    """An open connection, held by one caller at a time. All methods raise httpx's errors for the transport below them."""

    def __init__(self, opened: socket.socket) -> None:
        # Python would ask whether a socket with a time limit is ready before each read and write, and give up the interpreter's lock
        # for that; here only what can't be done at once waits.
        opened.setblocking(False)
        self._socket = opened
        self._readable = select.poll()
        self._readable.register(opened, select.POLLIN)
        self._idle_since = 0.0
        self._incoming = _Incoming()

    def is_alive(self) -> bool:
        """Whether an idle connection may serve another request: bytes that wait in it are an end, or nobody's answer."""
        return not self.is_old() and not self._readable.poll(0)

    def is_old(self) -> bool:
        return time.monotonic() - self._idle_since > KEEPALIVE_SECONDS

    def rest(self) -> None:
        """Nobody uses it from now on."""
        self._idle_since = time.monotonic()

    def close(self) -> None:
        self._socket.close()

    def ask(self, head: bytes, body: bytes, exchange: Exchange) -> tuple[int, list[tuple[bytes, bytes]]]:
        """Send a request, and tell status and headers of its answer."""
        answer = self._incoming = _Incoming()
        refused = False
        try:
            if len(body) <= _SHORT_BODY:
                self._send(head + body, exchange)
            else:
                self._send(head, exchange)
                self._send(body, exchange)
        except httpx.WriteError:
            # A server that refuses a long body may close before it has read all of it: its answer is there to be read.
            refused = True
        self._wait(exchange)
        while not answer.has_head:
            self._receive(exchange)
        if refused:
            answer.reusable = False
        return answer.status, answer.headers

    def next_piece(self, exchange: Exchange) -> bytes:
        """A piece of the body; empty at its end."""
        answer = self._incoming
        while not answer.pieces and not answer.complete:
            self._receive(exchange)
        pieces, answer.pieces = answer.pieces, []
        return b"".join(pieces)

    @property
    def is_reusable(self) -> bool:
        """Whether the answer was read to its end, and nothing stands against another request."""
        return self._incoming.complete and self._incoming.reusable

    def _send(self, data: bytes, exchange: Exchange) -> None:
        left = memoryview(data)
        while left:
            # Raises where nothing is left of the deadline: then nothing leaves.
            seconds = exchange.bounded(exchange.each_seconds, httpx.WriteTimeout)
            exchange.sent = True
            try:
                left = left[self._socket.send(left) :]
            except (BlockingIOError, ssl.SSLWantWriteError, ssl.SSLWantReadError) as error:
                ready = select.poll()
                # TLS may have to hear something before it can go on.
                ready.register(
                    self._socket, select.POLLIN if isinstance(error, ssl.SSLWantReadError) else select.POLLOUT
                )
                if not ready.poll(seconds * 1000):
                    raise httpx.WriteTimeout("the server takes nothing") from None
            except OSError as error:
                raise httpx.WriteError(type(error).__name__) from error

    def _receive(self, exchange: Exchange) -> None:
        data = None
        while data is None:
            exchange.bounded(exchange.each_seconds, httpx.ReadTimeout)
            try:
                data = self._socket.recv(_READ_BYTES)
            except (BlockingIOError, ssl.SSLWantReadError):
                # Nothing yet; of TLS perhaps a record of its own, or the first part of one.
                self._wait(exchange)
            except OSError as error:
                raise httpx.ReadError(type(error).__name__) from error
        if data:
            self._incoming.feed(data)
        else:
            self._incoming.end()

    def _wait(self, exchange: Exchange) -> None:
        """Until the server says something, in somebody else's turn."""
        seconds = exchange.bounded(exchange.each_seconds, httpx.ReadTimeout)
        if not turns.wait(self._readable.poll, seconds * 1000):
            raise httpx.ReadTimeout("the server says nothing")
