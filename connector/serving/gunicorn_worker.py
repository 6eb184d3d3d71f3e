"""gunicorn's threads, kept free of clients that stall, and of more work than they can do.

gunicorn's own worker gives each request to a thread by way of a queue, and has it back by way of a pipe to watch its connection:
the main thread wakes twice for each, and gives up the interpreter's lock eight times. Here a thread sets the watch itself, and the
main thread wakes once (docs/performance.md). What a request is, and how it is answered, is gunicorn's.

gunicorn also queues without an end: with every thread waiting for a slow main app, all that comes later waits as long. Here a
request that found no thread in time is given to one of a few that wait for nobody (`connector.serving.overload` says what they do).
`connector.serving.client_socket` bounds what a client can make a thread wait for.
"""

import io
import select
import time
from collections.abc import Callable
from errno import EAGAIN, ECONNABORTED, EWOULDBLOCK
from functools import partial
from threading import Lock
from typing import Any

from gunicorn import glogging, util
from gunicorn.workers.gthread import STOP_KEEPALIVE_LINGER, TConn, ThreadWorker

from connector.serving import spare
from connector.serving.client_socket import ClientSocket
from connector.serving.worker_threads import LONGEST_TURN, Threads

# A new connection must show its first byte within so many seconds.
FIRST_BYTE_SECONDS = 10.0
# The largest body in chunks, in bytes: over what any endpoint takes (petstools.parsers, DATA_UPLOAD_MAX_MEMORY_SIZE).
CHUNKED_BYTES = 1_000_000

# A burst may wait so long for a thread; then it is turned away, by threads beside the others.
QUEUE_SECONDS = 1.0
# So short where no thread has come free for that long: the main app hangs, and waiting would not help.
STUCK_SECONDS = 0.1
SPARE_THREADS = 4

# Of a burst of new connections a process takes so many, and leaves what comes within the next moment to the others. A proxy keeps
# its connections for long: the first process to wake would take them all, and the others rest while it is overwhelmed.
ACCEPT_AT_ONCE = 4
ACCEPT_PAUSE_SECONDS = 0.001

# How often gunicorn's arbiter is told that this process lives, and connections are closed that were quiet for too long.
HOUSEKEEPING_SECONDS = 1.0
# Its first byte is for the main thread; from then on the connection is a thread's until that watches again.
_ONE_REQUEST = select.EPOLLIN | select.EPOLLONESHOT


class Worker(ThreadWorker):
    """`gthread` with a limit on everything that a client can make a thread, or a thread a client, wait for. Needs Linux (epoll).

    All but `_serve`, and what that calls, runs in the worker's main thread.
    """

    _accepting: bool

    def init_process(self) -> None:
        self._poll = select.epoll()
        # What to do when a listener, or the pipe that wakes this loop, has something to read; by file descriptor.
        self._own: dict[int, Callable[[], object]] = {}
        self._connections: dict[int, TConn] = {}
        # Those of them that wait for a request, each until its `timeout`; gunicorn counts them by this name.
        self.keepalived_conns: set[TConn] = set()
        self._accepted = 0
        self._accept_from = 0.0
        # Held over what both the main thread and the others change: the connections, and how many there are.
        self._changing = Lock()
        self._spare: Threads[TConn] = Threads(
            SPARE_THREADS, "spare", self._serve, prepare=spare.mark, at_once=SPARE_THREADS
        )
        # gunicorn looks a setting up by two calls, some twenty times for each request. In a worker none changes any more.
        self.cfg.__dict__.update({name: setting.get() for name, setting in self.cfg.settings.items()})
        super().init_process()

    def get_thread_pool(self) -> Threads[TConn]:
        return Threads(self.cfg.threads, "request", self._serve)

    def run(self) -> None:
        wake = self.method_queue.fileno()
        self._own[wake] = partial(self.method_queue.run_callbacks, wake)
        self._poll.register(wake, select.EPOLLIN)
        housekeeping_at = 0.0
        while self.alive:
            pause = self._accept_from - time.monotonic()
            self.set_accept_enabled(pause <= 0 and self.nr_conns < self.worker_connections)
            self.wait_for_and_dispatch_events(pause if pause > 0 else HOUSEKEEPING_SECONDS)
            if time.monotonic() >= housekeeping_at:
                housekeeping_at = time.monotonic() + HOUSEKEEPING_SECONDS
                self._keep_house()
                if not self.is_parent_alive():
                    break
        self._stop_accepting()
        linger = time.monotonic() + STOP_KEEPALIVE_LINGER
        for conn in list(self.keepalived_conns):
            conn.timeout = min(conn.timeout, linger)
        until = time.monotonic() + self.cfg.graceful_timeout
        while self.nr_conns > 0 and time.monotonic() < until:
            self.wait_for_and_dispatch_events(0.1)
            self._keep_house()
        self.tpool.shutdown()
        self._spare.shutdown()

    def set_accept_enabled(self, enabled: bool) -> None:
        if enabled == self._accepting:
            return
        for listener in self.sockets:
            if enabled:
                listener.setblocking(False)
                self._own[listener.fileno()] = partial(self._accept_a_share, listener)
                self._poll.register(listener, select.EPOLLIN)
            else:
                self._poll.unregister(listener)
        self._accepting = enabled

    def _stop_accepting(self) -> None:
        """When this process stops, what the kernel has accepted for it is served too, and nobody else is accepted: a load balancer
        whose connection is refused asks another process; one that is let in, and dropped at the end, has lost a call."""
        self.set_accept_enabled(False)
        for listener in self.sockets:
            while self.accept(listener):
                pass
            listener.close()

    def _accept_a_share(self, listener: Any) -> None:
        if self.accept(listener) and self.cfg.workers > 1:
            self._accepted += 1
            if self._accepted % ACCEPT_AT_ONCE == 0:
                self._accept_from = time.monotonic() + ACCEPT_PAUSE_SECONDS

    def accept(self, listener: Any) -> bool:
        """Whether there may be more to accept."""
        try:
            accepted, address = listener.accept()
        except OSError as error:
            if error.errno not in (EAGAIN, ECONNABORTED, EWOULDBLOCK):
                raise
            return error.errno == ECONNABORTED
        conn = TConn(self.cfg, ClientSocket(accepted), address, listener.getsockname())
        # It gets a thread when its first byte is there, not before.
        conn.data_ready = True
        conn.timeout = time.monotonic() + FIRST_BYTE_SECONDS
        with self._changing:
            self._connections[conn.sock.descriptor] = conn
            self.nr_conns += 1
        self.keepalived_conns.add(conn)
        self._poll.register(conn.sock, _ONE_REQUEST)
        return True

    def wait_for_and_dispatch_events(self, timeout: float) -> None:
        if self.tpool.waiting_since() is not None:
            timeout = LONGEST_TURN if self.tpool.has_room() else min(timeout, self._patience() / 4)
        for descriptor, _events in self._poll.poll(timeout):
            if (own := self._own.get(descriptor)) is not None:
                own()
            elif (conn := self._connections.get(descriptor)) in self.keepalived_conns:
                self.keepalived_conns.discard(conn)
                self.tpool.give(conn)
        self.tpool.look()
        while (since := self.tpool.waiting_since()) is not None:
            if time.monotonic() - since < self._patience() or not self._spare.has_room():
                return
            if (conn := self.tpool.take_back()) is not None:
                self._spare.give(conn)

    def _patience(self) -> float:
        return QUEUE_SECONDS if time.monotonic() - self.tpool.moved_at < QUEUE_SECONDS else STUCK_SECONDS

    def _keep_house(self) -> None:
        self.notify()
        now = time.monotonic()
        for conn in list(self.keepalived_conns):
            if conn.timeout <= now:
                self.keepalived_conns.discard(conn)
                self._close(conn, graceful=False)

    def _serve(self, conn: TConn) -> None:
        """In a thread: answer a request, and watch for the next one."""
        try:
            keep = self.handle(conn)
        except BaseException:
            # A `SystemExit` of the application's; gunicorn has seen to all that is an Exception.
            self.log.exception("a request ended its thread's work")
            keep = False
        if not keep:
            self._close(conn, graceful=True)
        elif conn.parser.unreader.buf.getvalue():
            # Bytes of the next request came with this one: the socket may have nothing more to show.
            self.tpool.give(conn)
        else:
            conn.sock.setblocking(False)
            conn.set_timeout()
            if not self.alive:
                conn.timeout = min(conn.timeout, time.monotonic() + STOP_KEEPALIVE_LINGER)
            self.keepalived_conns.add(conn)
            # From here on it may be another thread's.
            self._poll.modify(conn.sock, _ONE_REQUEST)

    def _close(self, conn: TConn, *, graceful: bool) -> None:
        descriptor = conn.sock.descriptor
        conn.close(graceful=graceful)
        with self._changing:
            # Closed, its number may be another connection's by now.
            if self._connections.get(descriptor) is conn:
                del self._connections[descriptor]
            self.nr_conns -= 1
        if self.alive and not self._accepting:
            self.method_queue.defer(_nothing)

    def handle_request(self, req: Any, conn: Any) -> bool:
        """Reads a body in chunks (RFC 9112 §7.1) before the application is asked: Django, which knows lengths only, would see none.

        A bad chunk then ends in one answer; found after the application's own it would be a second one to one request.
        """
        if any(name == "TRANSFER-ENCODING" for name, _value in req.headers):
            body = req.body.read(CHUNKED_BYTES + 1)
            if len(body) > CHUNKED_BYTES:
                util.write_error(conn.sock, 413, "Content Too Large", "This body is too large.")
                return False
            req.headers = [(name, value) for name, value in req.headers if name != "TRANSFER-ENCODING"]
            req.headers.append(("CONTENT-LENGTH", str(len(body))))
            req.body = io.BytesIO(body)
        conn.sock.hold_head()
        try:
            keep = bool(super().handle_request(req, conn))
        except BaseException:
            conn.sock.drop_head()
            raise
        conn.sock.send_head()
        return keep


class Logger(glogging.Logger):
    """gunicorn's, without the access line, which it composes for every request where logging is configured, and then writes nowhere:
    `connector.middleware` writes ours."""

    def access(self, resp: Any, req: Any, environ: Any, request_time: Any) -> None: ...


def _nothing() -> None:
    """What the main thread is woken for: its loop looks at what has changed."""
