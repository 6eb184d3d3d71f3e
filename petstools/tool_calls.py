"""Writing `ToolCall` lines without making a call wait: they are collected in memory and written in batches by one thread.

What a killed process had collected in the last moments is lost; a process that stops in order writes it first.
"""

import atexit
import os
import threading
import time
from collections import deque

import structlog
from django.conf import settings
from django.db import DatabaseError, connection

from petstools.models import ToolCall

# A batch is written when it is this old (seconds) or this large.
FLUSH_SECONDS = 0.5
BATCH = 500
# Beyond this the database has been away for long: better to lose lines than the process.
MOST_WAITING = 20_000
# How often the log says that lines are lost, in seconds.
SAY_EVERY = 60.0

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


class Recorder:
    """The lines of one process that are not written yet."""

    def __init__(self) -> None:
        self._waiting: deque[ToolCall] = deque()
        self._wake = threading.Condition()
        self._thread: threading.Thread | None = None
        self._pid = 0
        self._lost = 0
        self._said_at = 0.0

    def record(self, line: ToolCall) -> None:
        """Take a line; never waits for the database (`TOOL_CALL_LOG`: background, inline, off)."""
        if settings.TOOL_CALL_LOG == "off":
            return
        if settings.TOOL_CALL_LOG == "inline":
            self._write([line])
            return
        with self._wake:
            if len(self._waiting) >= MOST_WAITING:
                self._lose(1, "the database is behind")
                return
            self._waiting.append(line)
            self._start()
            if len(self._waiting) >= BATCH:
                self._wake.notify()

    def flush(self) -> None:
        """Write everything collected so far, in the calling thread."""
        while batch := self._take():
            self._write(batch)

    def _start(self) -> None:
        # After a fork the thread of the parent does not exist here.
        if self._thread is None or self._pid != os.getpid():
            self._pid = os.getpid()
            self._thread = threading.Thread(target=self._run, name="tool-calls", daemon=True)
            self._thread.start()

    def _run(self) -> None:
        while True:
            with self._wake:
                self._wake.wait(FLUSH_SECONDS)
            self.flush()
            connection.close_if_unusable_or_obsolete()

    def _take(self) -> list[ToolCall]:
        with self._wake:
            return [self._waiting.popleft() for _ in range(min(BATCH, len(self._waiting)))]

    def _write(self, batch: list[ToolCall]) -> None:
        try:
            ToolCall.objects.bulk_create(batch)
        except DatabaseError as error:
            connection.close_if_unusable_or_obsolete()
            self._lose(len(batch), type(error).__name__)

    def _lose(self, count: int, why: str) -> None:
        self._lost += count
        now = time.monotonic()
        if now - self._said_at >= SAY_EVERY:
            log.error("tool-call lines lost", lines=self._lost, why=why)
            self._said_at, self._lost = now, 0


recorder = Recorder()
atexit.register(recorder.flush)
