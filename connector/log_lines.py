"""Where log lines go: to stderr's descriptor, each handed to the kernel whole, no thread waiting for another one's."""

import logging
import os
import select
import sys


class LineHandler(logging.Handler):
    """A line is one write of its own (write(2)): up to PIPE_BUF bytes the kernel keeps those of several threads and processes apart.

    `logging.StreamHandler` writes, and lets go of Python's lock for it, while it holds a lock of its own: with sixteen threads that
    is a queue in which each waits for two locks. A longer line (a stack trace), or the rest of one that did not fit into a full
    pipe, goes out under the handler's lock. Nothing is kept back, so nothing is lost when the process ends.
    """

    def __init__(self, descriptor: int) -> None:
        super().__init__()
        self.descriptor = descriptor

    def handle(self, record: logging.LogRecord) -> bool:
        """`logging.Handler` makes and writes lines under its lock; this does not."""
        passed = bool(self.filter(record))
        if passed:
            self.emit(record)
        return passed

    def emit(self, record: logging.LogRecord) -> None:
        try:
            line = f"{self.format(record)}\n".encode("utf-8", "backslashreplace")
            if len(line) <= select.PIPE_BUF:
                line = line[self._write(line) :]
            if line:
                self._write_long(line)
        except RecursionError:
            # As logging.StreamHandler: telling of it would only go deeper (bpo-36272).
            raise
        except Exception:  # noqa: BLE001 - a line that cannot be written must not end a request; logging says what happened
            self.handleError(record)

    def _write_long(self, line: bytes) -> None:
        self.acquire()
        try:
            while line:
                line = line[self._write(line) :]
        finally:
            self.release()

    def _write(self, line: bytes) -> int:
        """How many bytes were taken; a pipe that somebody else made non-blocking is waited for. Raises OSError."""
        while True:
            try:
                return os.write(self.descriptor, line)
            except BlockingIOError:
                room = select.poll()
                room.register(self.descriptor, select.POLLOUT)
                room.poll()


def stderr_handler() -> logging.Handler:
    """Of this process's stderr as it is now; logging's own where that is none (closed at the start) or no file."""
    try:
        return LineHandler(sys.stderr.fileno())
    except (AttributeError, OSError):
        return logging.StreamHandler()
