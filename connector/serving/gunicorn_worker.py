"""gunicorn's threaded worker, which gives a thread to whole requests only, and bounds all that waits.

The main thread collects requests and sends the rest of answers (`client_socket`); the threads compute. Needs Linux (epoll).
"""

import io
import math
import time
from collections import Counter, deque
from concurrent.futures import ThreadPoolExecutor
from errno import EMFILE, ENFILE, ENOBUFS, ENOMEM
from resource import RLIMIT_NOFILE, getrlimit
from select import EPOLLIN, EPOLLONESHOT, EPOLLOUT, epoll
from socket import SHUT_WR, socket
from threading import Semaphore
from typing import Any

from django.conf import settings
from gunicorn import glogging, http, util
from gunicorn.workers.gthread import STOP_KEEPALIVE_LINGER, TConn, ThreadWorker

from connector.serving.client_socket import ANSWER_SECONDS, BODY_BYTES, ClientSocket

# So many seconds after its first byte, or its connection where it is the first, a request has to be there whole.
REQUEST_SECONDS = 10.0
# A burst may wait so long for a thread, and only so long where none has come free meanwhile: the main app hangs, and waiting would not
# help. Then one of a few takes it that wait for nobody (`connector.middleware` says what these do).
QUEUE_SECONDS, STUCK_SECONDS = 1.0, 0.1
SPARE_THREADS, SPARE = 4, "spare"
# New threads so often: those that a burst started end, and their connections to the database with them.
THREADS_SECONDS = 300.0
# Connections of one address that may be half-way through a request or an answer for over a second; bytes of all together.
SLOW_PER_ADDRESS, HELD_BYTES = 32, 64_000_000
# Descriptors that are kept for all but clients: for the process, and for each thread.
DESCRIPTORS, DESCRIPTORS_PER_THREAD = 64, 4


class Logger(glogging.Logger):
    """Without the access line, which gunicorn composes wherever logging is configured; `connector.middleware` writes ours."""

    def access(self, resp: Any, req: Any, environ: Any, request_time: Any) -> None: ...


class Pool(ThreadPoolExecutor):
    """`room`: how many more tasks it can begin at once."""

    def __init__(self, size: int, name: str) -> None:
        super().__init__(size, name)
        self.room = Semaphore(size)


class Connection(TConn):
    """`since` (monotonic) it waits for its client, until `timeout`; that is infinite while it waits for a thread or has one."""

    sock: ClientSocket

    def __init__(self, cfg: Any, accepted: tuple[socket, Any], server: Any) -> None:
        super().__init__(cfg, ClientSocket(accepted[0]), accepted[1], server)
        self.descriptor, self.address = self.sock.fileno(), self.client[:1]
        self.parser, self.initialized = http.get_parser(cfg, self.sock, self.client), True
        self.since, self.is_ending = time.monotonic(), False
        self.timeout = self.since + REQUEST_SECONDS

    def held(self) -> int:
        return len(self.sock.received) + len(self.sock.unsent)


class Worker(ThreadWorker):
    """All but `_serve` runs in the main thread."""

    tpool: Pool
    worker_connections: int

    def init_process(self) -> None:
        self._connections: dict[int, Connection] = {}
        self._queue: deque[tuple[float, Connection]] = deque()
        self._epoll, self._spare = epoll(), Pool(SPARE_THREADS, SPARE)
        self._dropped: Counter[str] = Counter()
        self._moved_at = self._renewed_at = self._looked_at = time.monotonic()
        free = getrlimit(RLIMIT_NOFILE)[0] - DESCRIPTORS - DESCRIPTORS_PER_THREAD * self.cfg.threads
        self.worker_connections = max(2, min(self.worker_connections, free))
        super().init_process()

    def get_thread_pool(self) -> Pool:
        return Pool(self.cfg.threads, "request")

    def run(self) -> None:
        # gunicorn's own: listeners, and what wakes this thread.
        self._epoll.register(self.poller.fileno(), EPOLLIN)
        super().run()

    def set_accept_enabled(self, enabled: bool) -> None:
        super().set_accept_enabled(enabled)
        if not self.alive:
            # What the kernel has accepted for this process is served, too; who is refused from now on asks another one.
            for listener in self.sockets:
                while self.accept(listener):
                    pass
                listener.close()

    def accept(self, listener: Any) -> bool:
        try:
            conn = Connection(self.cfg, listener.accept(), listener.getsockname())
        except OSError as error:
            if error.errno in (EMFILE, ENFILE, ENOBUFS, ENOMEM) and not self._drop_idlest("no descriptor was left"):
                time.sleep(STUCK_SECONDS)
            return False
        self._connections[conn.descriptor] = conn
        self.nr_conns += 1
        self._epoll.register(conn.sock, EPOLLIN | EPOLLONESHOT)
        if self.nr_conns >= self.worker_connections:
            self._drop_idlest("there were too many")
        return True

    def _go_on(self, conn: Connection) -> bool:
        """The client has sent something, or takes more of an answer. Whether it is still there. Raises OSError."""
        sock = conn.sock
        if conn.is_ending or sock.unsent:
            if not sock.unsent and not sock.receive():
                return False
            self._watch(conn)
            return True
        if not sock.take_request():
            is_there = sock.receive()
            if not sock.take_request():
                conn.timeout = min(conn.timeout, time.monotonic() + REQUEST_SECONDS)
                self._epoll.modify(sock, EPOLLIN | EPOLLONESHOT)
                return is_there
        conn.timeout = math.inf
        if self.tpool.room.acquire(blocking=False):
            self.tpool.submit(self._serve, self.tpool, conn)
        else:
            self._queue.append((time.monotonic(), conn))
        return True

    def _serve(self, pool: Pool, conn: Connection | None) -> None:
        """In a thread: answer a request, and then those that wait for one."""
        while conn is not None:
            try:
                conn.is_ending = not self.handle(conn)
                conn.since = self._moved_at = time.monotonic()
                self._watch(conn)
            except BaseException as error:
                if not isinstance(error, OSError | ValueError):
                    self.log.exception("a request ended its thread's work")
                self.method_queue.defer(self._close, conn)
            conn = self._next() if pool is self.tpool else None
        pool.room.release()

    def _next(self) -> Connection | None:
        try:
            return self._queue.popleft()[1]
        except IndexError:
            return None

    def _watch(self, conn: Connection) -> None:
        """Send of the answer what goes, and wait for what comes next; it may be another thread's at once."""
        now, events, seconds = time.monotonic(), EPOLLIN, float(self.cfg.keepalive)
        conn.sock.flush()
        if conn.sock.unsent:
            events, seconds = EPOLLOUT, ANSWER_SECONDS
        elif conn.is_ending:
            # The client reads the answer to its end, and closes (RFC 9112 §9.6); what else it sends is not read.
            conn.sock.shutdown(SHUT_WR)
            conn.sock.received.clear()
            seconds = STOP_KEEPALIVE_LINGER
        elif conn.sock.received:
            events |= EPOLLOUT
        if not self.alive:
            seconds = min(seconds, STOP_KEEPALIVE_LINGER)
        conn.timeout = seconds + (conn.since if conn.held() or conn.is_ending else now)
        self._epoll.modify(conn.sock, events | EPOLLONESHOT)

    def _close(self, conn: Connection, why: str = "") -> None:
        if why:
            self._dropped[why] += 1
        if self._connections.get(conn.descriptor) is conn:
            del self._connections[conn.descriptor]
        conn.close()
        self.nr_conns -= 1

    def _idle(self) -> list[Connection]:
        return sorted((c for c in self._connections.values() if c.timeout < math.inf), key=lambda c: c.since)

    def _drop_idlest(self, why: str) -> bool:
        """Of the address that has most."""
        idle = self._idle()
        count = Counter(conn.address for conn in idle)
        if idle:
            self._close(max(idle, key=lambda conn: count[conn.address]), why)
        return bool(idle)

    def wait_for_and_dispatch_events(self, timeout: float) -> None:
        for descriptor, _events in self._epoll.poll(min(timeout, STUCK_SECONDS / 2) if self._queue else timeout):
            if (conn := self._connections.get(descriptor)) is None:
                super().wait_for_and_dispatch_events(0)
                continue
            try:
                is_there = self._go_on(conn)
            except OSError:
                is_there = False
            if not is_there:
                self._close(conn)
        now = time.monotonic()
        while self._queue and self.tpool.room.acquire(blocking=False):
            self.tpool.submit(self._serve, self.tpool, self._next())
        patience = QUEUE_SECONDS if now - self._moved_at < QUEUE_SECONDS else STUCK_SECONDS
        while self._queue and now - self._queue[0][0] > patience and self._spare.room.acquire(blocking=False):
            self._spare.submit(self._serve, self._spare, self._next())

    def murder_keepalived(self, force: bool = False) -> None:
        """Every second: close what is too slow, or too much."""
        now = time.monotonic()
        if now - self._looked_at < 1 and not force:
            return
        self._looked_at, slow, held = now, Counter[Any](), 0
        for conn in reversed(self._idle()):
            is_slow = now - conn.since > 1 and (conn.held() > 0 or not conn.parser.req_count)
            slow[conn.address] += is_slow and not settings.TRUSTED_PROXY_COUNT
            held += conn.held()
            if force or conn.timeout <= now:
                self._close(conn)
            elif is_slow and slow[conn.address] > SLOW_PER_ADDRESS:
                self._close(conn, "one address had too many half-way")
            elif held > HELD_BYTES:
                self._close(conn, "requests and answers half-way took too much memory")
        for why, times in self._dropped.items():
            self.log.warning("connections closed early: %d, as %s", times, why)
        self._dropped.clear()
        if now - self._renewed_at > THREADS_SECONDS:
            old, self.tpool, self._renewed_at = self.tpool, self.get_thread_pool(), now
            old.shutdown(wait=False)

    def _cap_keepalive(self, deadline: float) -> None:
        for conn in self._idle():
            conn.timeout = min(conn.timeout, deadline)

    def handle_request(self, req: Any, conn: Any) -> bool:
        """Reads a body in chunks (RFC 9112 §7.1) before the application is asked: Django, which knows lengths only, would see none.

        A bad chunk then ends in one answer; found after the application's own it would be a second one to one request.
        """
        if any(name == "TRANSFER-ENCODING" for name, _value in req.headers):
            try:
                body = req.body.read(2 * BODY_BYTES)
            except ConnectionResetError:
                util.write_error(conn.sock, 413, "Content Too Large", "This body is too large.")
                return False
            req.headers = [(name, value) for name, value in req.headers if name != "TRANSFER-ENCODING"]
            req.headers.append(("CONTENT-LENGTH", str(len(body))))
            req.body = io.BytesIO(body)
        if not conn.sock.is_whole:
            req.force_close()
        return bool(super().handle_request(req, conn))

    def _keepalive_after(self, conn: Any, keepalive: bool) -> bool:
        """What the application left of a body is here: gunicorn need not wait for it, nor give up on one that is long."""
        return keepalive and conn.parser.finish_body()
