"""A client's connection as gunicorn's threads use it: no client keeps one waiting for longer than a request honestly takes.

gunicorn's own sockets wait for a request's bytes, and for a client to take the answer, without any limit: as many idle
half-requests as there are threads stop the whole service (slow HTTP attack, CWE-400). A buffering proxy in front prevents that; not
every proxy buffers bodies.
"""

import errno
import select
import socket
import time
from typing import Any

# A request must be there whole, and an answer be taken, within so many seconds.
REQUEST_SECONDS = 10.0
ANSWER_SECONDS = 30.0


class ClientSocket(socket.socket):
    """Waits as long as gunicorn asks for (`setblocking`, `settimeout`), and never beyond the limits above.

    For the kernel it never blocks: Python would set that anew, and ask whether the socket is ready, around each read and write, and
    every such call gives up the interpreter's lock to another thread (docs/performance.md). Here a call that can be done at once is
    one, and only what can't be waits.

    gunicorn makes the socket blocking once for each request: from then on the request's time runs. Raises ConnectionResetError
    when that is up: gunicorn then drops the connection without a stack trace.
    """

    def __init__(self, accepted: socket.socket) -> None:
        super().__init__(fileno=accepted.detach())
        super().setblocking(False)
        # Its file descriptor, also when it is closed.
        self.descriptor = self.fileno()
        self._patience: float | None = 0.0
        self._until = float("inf")
        # The head of an answer while it waits for the body, and whether one is to wait.
        self._head: bytes | None = None
        self._holds_head = False

    def setblocking(self, flag: bool, /) -> None:
        self._patience = None if flag else 0.0
        if flag:
            self._until = time.monotonic() + REQUEST_SECONDS

    def settimeout(self, value: float | None, /) -> None:
        self._patience = value

    def gettimeout(self) -> float | None:
        return self._patience

    def recv(self, *arguments: Any) -> bytes:
        """Raises TimeoutError past the caller's own limit, and BlockingIOError where there is none to wait for."""
        while True:
            try:
                return super().recv(*arguments)
            except BlockingIOError:
                if self._patience == 0:
                    raise
                remaining = self._until - time.monotonic()
                if remaining <= 0:
                    raise _too_slow() from None
                if self._patience is not None and self._patience < remaining:
                    if not self._is_ready(select.POLLIN, self._patience):
                        raise TimeoutError from None
                elif not self._is_ready(select.POLLIN, remaining):
                    raise _too_slow() from None

    def hold_head(self) -> None:
        """What is sent next, an answer's head, shall leave together with what is sent after it."""
        self._holds_head = True

    def send_head(self) -> None:
        """Send a head that is still held: its answer has no body."""
        self._holds_head = False
        if self._head is not None:
            self.sendall(b"")

    def drop_head(self) -> None:
        """Forget a head that is still held: its answer failed, and the head alone would be a promise."""
        self._holds_head, self._head = False, None

    def sendall(self, data: Any, *flags: int) -> None:
        if self._holds_head:
            self._holds_head, self._head = False, data
            return
        if self._head is not None:
            data, self._head = self._head + data, None
        left, until = memoryview(data), 0.0
        while left:
            try:
                left = left[super().send(left, *flags) :]
            except BlockingIOError:
                until = until or time.monotonic() + ANSWER_SECONDS
                if not self._is_ready(select.POLLOUT, max(0.0, until - time.monotonic())):
                    raise _too_slow() from None

    def sendfile(self, *arguments: Any, **options: Any) -> int:
        self.send_head()
        self._patience = ANSWER_SECONDS
        try:
            return super().sendfile(*arguments, **options)
        except TimeoutError:
            raise _too_slow() from None
        finally:
            self._patience = None

    def _is_ready(self, event: int, seconds: float) -> bool:
        """Wait until the socket is, or the other side has gone, which the next call then tells."""
        ready = select.poll()
        ready.register(self, event)
        return bool(ready.poll(seconds * 1000))


def _too_slow() -> ConnectionResetError:
    return ConnectionResetError(errno.ECONNRESET, "the client was too slow")
