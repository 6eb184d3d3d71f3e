"""gunicorn's threaded worker: a thread is given to whole requests only, and all that waits is bounded (CWE-400). The main thread
collects requests in memory, and sends from there what clients did not take of answers at once; the other threads compute these."""

import io
import math
import socket
import time
from collections import Counter, deque
from contextlib import suppress
from selectors import EVENT_READ, EVENT_WRITE
from threading import Semaphore
from typing import Any

import httptools
from django.conf import settings
from gunicorn import http
from gunicorn.workers.gthread import STOP_KEEPALIVE_LINGER, ThreadWorker

# What is collected of a request: its body, over what any endpoint takes (DATA_UPLOAD_MAX_MEMORY_SIZE), and all of it.
BODY_BYTES, REQUEST_BYTES = 1_000_000, 1_065_536
# So long may a request take to be whole, from its first byte, or its connection where it is the first; and a client to take its answer.
REQUEST_SECONDS = 10.0
# A burst may wait so long for a thread, and hardly where none comes free meanwhile; then a spare one takes it (`connector.middleware`).
QUEUE_SECONDS, STUCK_SECONDS, SPARE_THREADS = 1.0, 0.1, 4
SLOW_PER_ADDRESS, HELD_BYTES = 32, 64_000_000  # those of one address half-way for over a second; bytes of all together


class Client(socket.socket):
    """A client's connection, which never blocks; to gunicorn both connection and socket. `received` is what gunicorn has not read yet,
    `unsent` what the client has not taken of answers. It is waited for `since` then (monotonic; infinite while it is served).

    llhttp tells when a request is whole, and nothing else: gunicorn alone reads what it is, and where the next one begins. Where the
    two disagree gunicorn finds no more bytes, and drops the connection: nothing is smuggled past it (RFC 9112 §11.2).
    """

    sock, initialized, is_http2, is_ending, is_spare = property(lambda self: self), True, False, False, False

    def __init__(self, cfg: Any, listener: socket.socket) -> None:
        accepted, self.client = listener.accept()
        super().__init__(fileno=accepted.detach())
        super().setblocking(False)
        self.server, self.parser = listener.getsockname(), http.get_parser(cfg, self, self.client)
        self.received, self.unsent, self.since = bytearray(), bytearray(), time.monotonic()
        # How many whole requests gunicorn was not given yet; whether another has begun behind them, and whether none can be whole.
        self.whole, self.has_begun, self.is_broken = 0, False, False
        self._llhttp, self._headers = httptools.HttpRequestParser(self), dict[bytes, bytes]()

    def receive(self) -> None:
        """Collect what has come. Raises OSError when the client has gone."""
        with suppress(BlockingIOError):
            if not (data := super().recv(65_536)):
                raise ConnectionResetError
            self.received += data
            try:
                self._llhttp.feed_data(data)
            except (httptools.HttpParserError, httptools.HttpParserUpgrade):
                self.is_broken = b"\r\n\r\n" in self.received
            self.is_broken |= len(self.received) > REQUEST_BYTES

    def on_message_begin(self) -> None:
        self.has_begun, self.since = True, time.monotonic()

    def on_header(self, name: bytes, value: bytes) -> None:
        self._headers[name.lower()] = value

    def on_headers_complete(self) -> None:
        """A longer body is not read. Who waits to send one is told to, if no other answer comes first (RFC 9110 §10.1.1)."""
        if int(self._headers.get(b"content-length", 0)) > BODY_BYTES:
            raise ValueError
        if b"expect" in self._headers and self._llhttp.get_http_version() == "1.1" and not self.whole:
            self.send(b"HTTP/1.1 100 Continue\r\n\r\n")

    def on_message_complete(self) -> None:
        self.whole, self.has_begun, self._headers = self.whole + 1, False, {}

    def init(self) -> None: ...
    def setblocking(self, flag: bool, /) -> None: ...
    def settimeout(self, value: float | None, /) -> None: ...
    def sendall(self, data: bytes, flags: int = 0, /) -> None:  # type: ignore[override]
        self.unsent += data

    def recv(self, size: int, flags: int = 0, /) -> bytes:
        if not self.received:
            raise http.errors.NoMoreData
        data, self.received = bytes(self.received[:size]), self.received[size:]
        return data


class Worker(ThreadWorker):
    def init_process(self) -> None:
        self._clients, self._queue = set[Client](), deque[tuple[float, Client]]()
        self._room, self._spare = Semaphore(self.cfg.threads - SPARE_THREADS), Semaphore(SPARE_THREADS)
        self._moved_at, self._looked_at, self._stopped_at = -math.inf, -math.inf, -math.inf
        self.cfg.__dict__.update({name: one.get() for name, one in self.cfg.settings.items()})  # 40 look-ups a request
        super().init_process()

    def set_accept_enabled(self, enabled: bool) -> None:
        super().set_accept_enabled(enabled)
        if not self.alive:
            self._stopped_at = time.monotonic()  # what the kernel accepted before is served, too; the rest ask others
            for listener in self.sockets:
                while self.accept(listener):
                    pass
                listener.close()

    def accept(self, listener: socket.socket) -> bool:
        try:
            client = Client(self.cfg, listener)
        except OSError as error:
            if not isinstance(error, BlockingIOError | ConnectionAbortedError):
                self.log.warning("the idlest client has to go: %s", error)
                self.murder_keepalived(force=True)
                time.sleep(0.01)
            return False
        self._clients.add(client)
        self._go_on(client, is_ready=False)
        self.murder_keepalived(force=len(self._clients) >= self.worker_connections)
        return True

    def wait_for_and_dispatch_events(self, timeout: float) -> None:
        super().wait_for_and_dispatch_events(min(timeout, STUCK_SECONDS / 2) if self._queue else timeout)
        now, self.nr_conns = time.monotonic(), len(self._clients)
        patience = QUEUE_SECONDS if now - self._moved_at < QUEUE_SECONDS else STUCK_SECONDS
        for room, least in ((self._room, STUCK_SECONDS / 2), (self._spare, patience)):
            with suppress(IndexError):
                while now - self._queue[0][0] > least and room.acquire(blocking=False):
                    self.tpool.submit(self._serve, room)

    def _serve(self, room: Semaphore) -> None:
        """In a thread: answer a request, and, if it is none of the spare ones, those that wait for a thread."""
        with suppress(IndexError):
            while True:
                client = self._queue.popleft()[1]
                client.is_spare = room is self._spare
                client.is_ending = not self.handle(client)
                client.since = self._moved_at = time.monotonic()
                self._go_on(client, is_ready=False)
                if client.is_spare:
                    break
        room.release()

    def _go_on(self, client: Client, *, is_ready: bool = True) -> None:
        """Its socket `is_ready`, as was waited for; or it is new or has an answer: whatever comes next."""
        try:
            if is_ready:
                self.poller.unregister(client)
                if not client.unsent:
                    client.receive()
            with suppress(BlockingIOError):
                while client.unsent:
                    del client.unsent[: client.send(client.unsent)]
            if client.is_ending and not client.unsent:
                client.shutdown(socket.SHUT_WR)  # it reads its answer, and closes (RFC 9112 §9.6); no more is read
                client.received.clear()
            if client.unsent or client.is_ending or not (client.whole or client.is_broken):
                self.poller.register(client, EVENT_WRITE if client.unsent else EVENT_READ, self._go_on)
            else:
                client.since = math.inf
                self._queue.append((time.monotonic(), client))
                if self._room.acquire(blocking=False):  # one for each: waking many cost a fifth of a call
                    self.tpool.submit(self._serve, self._room)
        except (OSError, ValueError, KeyError):
            self._close(client)

    def _close(self, client: Client) -> None:
        with suppress(KeyError, ValueError):
            self.poller.unregister(client)
        self._clients.discard(client)
        client.close()

    def notify(self) -> None: ...  # below, once a second

    def murder_keepalived(self, force: bool = False) -> None:
        """Every second: close what is too slow or too much; without room (`force`) the idlest eighth, as a flood comes fast."""
        now, slow, held = time.monotonic(), Counter[Any](), 0
        if now - self._looked_at < 1 and not force:
            return
        super().notify()
        self._looked_at, clients = now, sorted(self._clients.copy(), key=lambda client: -client.since)
        for place, client in enumerate(clients):
            is_quiet = client.parser.req_count and not (client.unsent or client.has_begun or client.is_ending)
            limit = STOP_KEEPALIVE_LINGER if not self.alive else self.cfg.keepalive if is_quiet else REQUEST_SECONDS
            waited = now - max(client.since, self._stopped_at)
            is_slow = waited > 1 and not is_quiet and not settings.TRUSTED_PROXY_COUNT
            slow[client.client[:1]] += is_slow
            held += len(client.received) + len(client.unsent)
            is_one_too_many = (is_slow and slow[client.client[:1]] > SLOW_PER_ADDRESS) or held > HELD_BYTES
            if waited > limit or (waited > 0 and (is_one_too_many or (force and place >= len(clients) * 7 // 8))):
                self._close(client)

    def handle_request(self, req: Any, conn: Client) -> bool:
        """Django knows lengths only: what comes in chunks (RFC 9112 §7.1) is read before it is asked, and has a length then."""
        if "TRANSFER-ENCODING" in dict(req.headers):
            req.body = io.BytesIO(body := req.body.read())
            req.headers.append(("CONTENT-LENGTH", str(len(body))))
        conn.whole -= 1
        req.must_close |= conn.whole < conn.is_broken  # what comes behind can't be read, if this can (RFC 9112 §9.6)
        goes_on = super().handle_request(req, conn)
        req.body.read()  # what the application left of it is here, however long it is
        return bool(goes_on)
