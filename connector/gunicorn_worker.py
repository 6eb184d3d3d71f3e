"""gunicorn's threads, kept free of clients that stall.

Its own worker waits for a request's bytes, and for a client to take the answer, without any limit: as many idle half-requests as
there are threads stop the whole service (slow HTTP attack, CWE-400). A buffering proxy in front prevents that; not every proxy
buffers bodies.
"""

import errno
import selectors
import socket
import time
from functools import partial
from typing import Any

from gunicorn.workers.gthread import ThreadWorker

# A new connection must show its first byte, and a request be there whole, within so many seconds; an answer be taken, too.
FIRST_BYTE_SECONDS = 10.0
REQUEST_SECONDS = 10.0
ANSWER_SECONDS = 30.0


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
    """`gthread` with a limit on everything that a client can make a thread wait for."""

    def enqueue_req(self, conn: Any) -> None:
        if isinstance(conn.sock, ClientSocket):
            super().enqueue_req(conn)
            return
        # New: it gets a thread when its first byte is there, not before.
        conn.sock = ClientSocket(fileno=conn.sock.detach())
        conn.sock.setblocking(False)
        conn.timeout = time.monotonic() + FIRST_BYTE_SECONDS
        self.pending_conns.append(conn)
        self.poller.register(conn.sock, selectors.EVENT_READ, partial(self.on_pending_socket_readable, conn))
