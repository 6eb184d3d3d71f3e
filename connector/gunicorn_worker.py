"""gunicorn's threads, kept free of clients that stall, and of more work than they can do.

Its own worker waits for a request's bytes, and for a client to take the answer, without any limit: as many idle half-requests as
there are threads stop the whole service (slow HTTP attack, CWE-400). A buffering proxy in front prevents that; not every proxy
buffers bodies.

gunicorn also queues without an end: with every thread waiting for a slow main app, all that comes later waits as long. Here a
request that found no thread in time is given to one of a few that wait for nobody (`connector.overload` says what they do).
"""

import errno
import io
import select
import selectors
import socket
import time
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import Any

from gunicorn import util
from gunicorn.workers.gthread import ThreadWorker

from connector import spare

# A new connection must show its first byte, and a request be there whole, within so many seconds; an answer be taken, too.
FIRST_BYTE_SECONDS = 10.0
REQUEST_SECONDS = 10.0
ANSWER_SECONDS = 30.0
# The largest body in chunks, in bytes: over what any endpoint takes (petstools.parsers, DATA_UPLOAD_MAX_MEMORY_SIZE).
CHUNKED_BYTES = 1_000_000

# A burst may wait so long for a thread; then it is turned away, by threads beside the others.
QUEUE_SECONDS = 1.0
# So short where no thread has come free for that long: the main app hangs, and waiting would not help.
STUCK_SECONDS = 0.1
SPARE_THREADS = 4


class ClientSocket(socket.socket):
    """A client's connection. gunicorn makes it blocking once for each request: from then on the request's time runs.

    Raises ConnectionResetError when that is up: gunicorn then drops the connection without a stack trace.
    """

    _until = float("inf")

    def setblocking(self, flag: bool, /) -> None:
        super().setblocking(flag)
        if flag:
            self._until = time.monotonic() + REQUEST_SECONDS

    def recv(self, *arguments: Any) -> bytes:
        before = self.gettimeout()
        if before == 0:
            return super().recv(*arguments)
        remaining = self._until - time.monotonic()
        if remaining <= 0:
            raise _too_slow()
        self.settimeout(remaining if before is None else min(before, remaining))
        try:
            return super().recv(*arguments)
        except TimeoutError:
            if time.monotonic() < self._until:
                # A shorter limit of the caller's own.
                raise
            raise _too_slow() from None
        finally:
            self.settimeout(before)

    def sendall(self, *arguments: Any) -> None:
        self.settimeout(ANSWER_SECONDS)
        try:
            super().sendall(*arguments)
        except TimeoutError:
            raise _too_slow() from None
        finally:
            self.settimeout(None)

    def sendfile(self, *arguments: Any, **options: Any) -> int:
        self.settimeout(ANSWER_SECONDS)
        try:
            return super().sendfile(*arguments, **options)
        except TimeoutError:
            raise _too_slow() from None
        finally:
            self.settimeout(None)


def _too_slow() -> ConnectionResetError:
    return ConnectionResetError(errno.ECONNRESET, "the client was too slow")


class Worker(ThreadWorker):
    """`gthread` with a limit on everything that a client can make a thread, or a thread a client, wait for.

    All but `handle` runs in the worker's main thread.
    """

    def init_process(self) -> None:
        # In the order of their coming: the first is the one that has waited longest.
        self._queue: deque[tuple[float, Any, Future[Any]]] = deque()
        self._spare = ThreadPoolExecutor(SPARE_THREADS, "spare", initializer=spare.mark)
        self._spare_busy = 0
        # Requests that have a thread or wait for one, and when a thread was last free, took one up or was done with one.
        self._working = 0
        self._moved_at = time.monotonic()
        super().init_process()

    def enqueue_req(self, conn: Any) -> None:
        if isinstance(conn.sock, ClientSocket):
            if self._working < self.cfg.threads:
                self._moved_at = time.monotonic()
            self._working += 1
            self._queue.append((time.monotonic(), conn, self._give(self.tpool, conn)))
            return
        # New: it gets a thread when its first byte is there, not before.
        conn.sock = ClientSocket(fileno=conn.sock.detach())
        conn.sock.setblocking(False)
        conn.timeout = time.monotonic() + FIRST_BYTE_SECONDS
        self.pending_conns.append(conn)
        self.poller.register(conn.sock, selectors.EVENT_READ, partial(self.on_pending_socket_readable, conn))

    def set_accept_enabled(self, enabled: bool) -> None:
        """When this process stops, what the kernel has accepted for it is served too, and nobody else is accepted: a load balancer
        whose connection is refused asks another process; one that is let in, and dropped at the end, has lost a call."""
        if self.alive:
            super().set_accept_enabled(enabled)
            return
        for listener in self.sockets:
            arrived = select.poll()
            arrived.register(listener, select.POLLIN)
            while arrived.poll(0):
                self.accept(listener)
        super().set_accept_enabled(False)
        for listener in self.sockets:
            listener.close()

    def handle_request(self, req: Any, conn: Any) -> bool:
        """Reads a body in chunks (RFC 9112 §7.1) before the application is asked: Django, which knows lengths only, would see none.

        A bad chunk then ends in one answer; found after the application's own it would be a second one to one request.
        """
        if not any(name == "TRANSFER-ENCODING" for name, _value in req.headers):
            return bool(super().handle_request(req, conn))
        body = req.body.read(CHUNKED_BYTES + 1)
        if len(body) > CHUNKED_BYTES:
            util.write_error(conn.sock, 413, "Content Too Large", "This body is too large.")
            return False
        req.headers = [(name, value) for name, value in req.headers if name != "TRANSFER-ENCODING"]
        req.headers.append(("CONTENT-LENGTH", str(len(body))))
        req.body = io.BytesIO(body)
        return bool(super().handle_request(req, conn))

    def wait_for_and_dispatch_events(self, timeout: float) -> None:
        super().wait_for_and_dispatch_events(min(timeout, self._patience() / 4) if self._queue else timeout)
        while self._queue:
            since, conn, given = self._queue[0]
            if given.running() or given.done():
                self._queue.popleft()
                self._moved_at = time.monotonic()
                continue
            if time.monotonic() - since < self._patience() or self._spare_busy >= SPARE_THREADS:
                return
            self._queue.popleft()
            if given.cancel():
                self._working -= 1
                self._spare_busy += 1
                self._give(self._spare, conn)

    def _patience(self) -> float:
        return QUEUE_SECONDS if time.monotonic() - self._moved_at < QUEUE_SECONDS else STUCK_SECONDS

    def _give(self, threads: ThreadPoolExecutor, conn: Any) -> Future[Any]:
        given = threads.submit(self.handle, conn)
        given.add_done_callback(partial(self._tell, threads, conn))
        return given

    def _tell(self, threads: ThreadPoolExecutor, conn: Any, given: Future[Any]) -> None:
        if not given.cancelled():
            self.method_queue.defer(self._finish, threads, conn, given)

    def _finish(self, threads: ThreadPoolExecutor, conn: Any, given: Future[Any]) -> None:
        if threads is self._spare:
            self._spare_busy -= 1
        else:
            self._working -= 1
            self._moved_at = time.monotonic()
        self.finish_request(conn, given)
