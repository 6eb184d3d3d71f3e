"""A client's connection: requests are collected, and answers kept, in memory, so that no thread waits for a client (CWE-400)."""

import io
import re
import select
import socket
from collections.abc import Generator, Iterator
from errno import ECONNRESET

# What is collected of one request; a longer body is not read. Over what any endpoint takes (DATA_UPLOAD_MAX_MEMORY_SIZE).
HEAD_BYTES, BODY_BYTES = 65_536, 1_000_000
# So much of an answer may wait for its client; only beyond does a thread wait, and no longer than so many seconds for the next piece.
ANSWER_BYTES, ANSWER_SECONDS = 1_000_000, 30.0

# These decide when gunicorn is given a request, never what it is: gunicorn alone reads it, and sees no byte beyond.
_END_OF_HEAD = re.compile(rb"\r\n\r\n|(?<!\r)\n")
_FRAMING = re.compile(rb"\r\n((?:content-length|transfer-encoding)[^\r\n]*)", re.IGNORECASE)
_LENGTH = re.compile(rb"content-length:[ \t]*([0-9]{1,12})[ \t]*\Z", re.IGNORECASE)
_CHUNKED = re.compile(rb"transfer-encoding:[ \t]*chunked[ \t]*", re.IGNORECASE)
_CHUNK = re.compile(rb"([0-9a-fA-F]{1,8})[ \t]*(?:;[^\r\n]*)?\r\n")
_CONTINUE = re.compile(rb" HTTP/1\.1\r\n(?s:.*\r\n)?expect:[ \t]*100-continue", re.IGNORECASE)


class ClientSocket(socket.socket):
    """Never blocks. `received` are bytes that gunicorn was not given yet, `unsent` those of answers that the client has not taken.

    `is_whole`: gunicorn was given a whole request; else it has to close the connection after its answer (RFC 9112 §9.6).
    """

    def __init__(self, accepted: socket.socket) -> None:
        super().__init__(fileno=accepted.detach())
        super().setblocking(False)
        self.received, self.unsent, self.is_whole = bytearray(), bytearray(), True
        self._request, self._ends = io.BytesIO(), self._find_end()

    def receive(self) -> bool:
        """Collect what has come; whether the client is still there."""
        try:
            data = super().recv(65_536)
        except BlockingIOError:
            return True
        except OSError:
            return False
        self.received += data
        return bool(data)

    def take_request(self) -> bool:
        """Have gunicorn read the next request, if it is whole or can't become so."""
        if end := next(self._ends):
            self._request, self._ends = io.BytesIO(self.received[:end]), self._find_end()
            del self.received[:end]
        return bool(end)

    def _find_end(self) -> Iterator[int]:
        """Where the request ends that `received` begins with; 0 again and again while that is not there."""
        self.is_whole = True
        try:
            end = yield from self._end_of_request()
        except ValueError:
            self.is_whole, end = False, len(self.received)
        yield end

    def _end_of_request(self) -> Generator[int, None, int]:
        """Raises ValueError for what gunicorn has to refuse, or is more than is collected."""
        received, start = self.received, 0
        while (head := _END_OF_HEAD.search(received, start)) is None:
            start = max(0, _at_most(HEAD_BYTES, received) - 3)
            yield 0
        body = head.end()
        framing = _FRAMING.findall(received, 0, body)
        if len(head[0]) == 1 or len(framing) > 1:
            raise ValueError
        if framing and len(received) == body and _CONTINUE.search(received):
            super().send(b"HTTP/1.1 100 Continue\r\n\r\n")
        if framing and _CHUNKED.fullmatch(framing[0]):
            return (yield from self._end_of_chunks(body))
        length = int(_LENGTH.sub(rb"\1", framing[0])) if framing else 0
        if length > BODY_BYTES:
            self.is_whole = False
            return body
        while len(received) < body + length:
            yield 0
        return body + length

    def _end_of_chunks(self, position: int) -> Generator[int, None, int]:
        received, most, size = self.received, position + BODY_BYTES, 1
        while size:
            while (chunk := _CHUNK.match(received, position)) is None:
                if received.find(b"\n", position, _at_most(most, received)) >= 0:
                    raise ValueError
                yield 0
            size = int(chunk[1], 16)
            position = chunk.end() + size + 2
            if position > most:
                raise ValueError
        # The line end of the last chunk, and of the trailer, if there is one.
        while (end := received.find(b"\r\n\r\n", position - 4)) < 0:
            _at_most(most, received)
            yield 0
        return end + 4

    def flush(self) -> None:
        """Send of the answers what the client takes at once. Raises OSError."""
        try:
            while self.unsent:
                del self.unsent[: super().send(self.unsent)]
        except BlockingIOError:
            return

    # --- What gunicorn calls, in a thread --------------------------------------------------------
    def setblocking(self, flag: bool, /) -> None: ...
    def settimeout(self, value: float | None, /) -> None: ...
    def gettimeout(self) -> float | None: ...
    def send(self, data: object, flags: int = 0, /) -> int:
        """gunicorn's own `100 Continue`, for a body that is here."""
        return 0

    def recv(self, size: int, flags: int = 0, /) -> bytes:
        """Raises ConnectionResetError behind what was collected: gunicorn then drops the connection without a stack trace."""
        if data := self._request.read(size):
            return data
        raise ConnectionResetError(ECONNRESET, "the request ends here")

    def sendall(self, data: bytes, flags: int = 0, /) -> None:  # type: ignore[override]
        self.unsent += data
        while len(self.unsent) > ANSWER_BYTES:
            self.flush()
            ready = select.poll()
            ready.register(self, select.POLLOUT)
            if len(self.unsent) > ANSWER_BYTES and not ready.poll(ANSWER_SECONDS * 1000):
                raise ConnectionResetError(ECONNRESET, "the client was too slow")


def _at_most(size: int, received: bytearray) -> int:
    """How much there is; raises ValueError where that is more."""
    if len(received) > size:
        raise ValueError
    return len(received)
