"""What is kept of each tool call: counts for `/metrics`, and a `ToolCall` line for staff, which makes no call wait: lines are collected
in memory and written in batches by one thread.

What a killed process had collected in the last moments is lost; a process that stops in order writes it first. While the
database is away lines wait, up to a limit (docs/operations.md, "Tool-call lines").
"""

import atexit
import threading
import time
from collections import deque
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import structlog
from django.conf import settings
from django.core.cache import cache
from django.db import Error, IntegrityError, InterfaceError, OperationalError, connection
from prometheus_client import Counter, Histogram
from psycopg import sql

from oauthbridge.models import Connection
from petstools.answers import Code
from petstools.models import ToolCall

# A batch is written when it is this old (seconds) or this large.
FLUSH_SECONDS = 0.5
BATCH = 500
# Beyond this the database has been away for long: better to lose lines than the process.
MOST_WAITING = 20_000
# How often the log says that lines are lost, in seconds.
SAY_EVERY = 60.0

# For `/metrics` (connector.metrics shows them); labels are names of the schema, never ids.
CALLS = Counter("meo_tool_calls", "Tool calls", ["door", "operation", "outcome", "code"])
SECONDS = Histogram(
    "meo_tool_call_seconds",
    "How long a tool call took",
    ["door", "operation"],
    buckets=(0.05, 0.1, 0.2, 0.4, 0.8, 1.5, 3, 6, 12, 25),
)
LINES_LOST = Counter("meo_tool_call_lines_lost", "Lines for staff about tool calls that could not be written")

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


class Line(NamedTuple):
    """A `ToolCall` to be: its columns but for the key. Making the model itself takes a call ten times as long."""

    connection_id: UUID | None
    door: str
    operation: str
    outcome: str
    status: int
    code: str
    upstream_calls: int
    latency_ms: int
    request_id: str
    created_at: datetime
    effect: str = ""
    pet_ids: str = ""
    record_ids: str = ""


def count(line: Line) -> None:
    """Count one call that ended as its line says."""
    CALLS.labels(line.door, line.operation, line.outcome, line.code).inc()
    SECONDS.labels(line.door, line.operation).observe(line.latency_ms / 1000)


class Recorder:
    """The lines of one process that are not written yet."""

    def __init__(self) -> None:
        self._waiting: deque[Line] = deque()
        self._wake = threading.Condition()
        # Held over taking and writing: who flushes at the end must also wait for the batch in the thread's hands.
        self._writing = threading.Lock()
        self._thread: threading.Thread | None = None
        self._lost = 0
        self._said_at = float("-inf")

    def record(self, line: Line) -> None:
        """Take a line; never waits for the database (`TOOL_CALL_LOG`: background, inline, off).

        Of the calls of one connection that our throttle refused, one a minute: staff see that somebody is held up, and nobody
        can fill the table. `/metrics` counts each.
        """
        if settings.TOOL_CALL_LOG == "off" or not _says_something_new(line):
            return
        if settings.TOOL_CALL_LOG == "inline":
            try:
                _store([line])
            except Error as error:
                self._lose(1, type(error).__name__)
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
        """Write everything collected so far, in the calling thread; what the database can't take now goes on waiting."""
        with self._writing:
            while batch := self._take():
                if not self._write(batch):
                    return

    def close(self) -> None:
        """The process ends: write what is there, and say how much could not be."""
        self.flush()
        if self._waiting:
            self._said_at = float("-inf")
            self._lose(len(self._waiting), "the process ended without the database")

    def _start(self) -> None:
        # A thread of the parent process is not alive in a forked child.
        if self._thread is None or not self._thread.is_alive():
            self._thread = threading.Thread(target=self._run, name="tool-calls", daemon=True)
            self._thread.start()

    def _run(self) -> None:
        while True:
            with self._wake:
                self._wake.wait(FLUSH_SECONDS)
            self.flush()
            connection.close_if_unusable_or_obsolete()

    def _take(self) -> list[Line]:
        with self._wake:
            return [self._waiting.popleft() for _ in range(min(BATCH, len(self._waiting)))]

    def _write(self, batch: list[Line]) -> bool:
        try:
            _store(batch)
        except (OperationalError, InterfaceError):
            # Away or restarting: the same lines will do later.
            connection.close()
            with self._wake:
                self._waiting.extendleft(reversed(batch))
            return False
        except Error as error:
            connection.close_if_unusable_or_obsolete()
            self._lose(len(batch), type(error).__name__)
        return True

    def _lose(self, count: int, why: str) -> None:
        LINES_LOST.inc(count)
        self._lost += count
        now = time.monotonic()
        if now - self._said_at >= SAY_EVERY:
            log.error("tool-call lines lost", lines=self._lost, why=why)
            self._said_at, self._lost = now, 0


def _store(lines: list[Line]) -> None:
    """Raises django.db.Error."""
    try:
        _insert(lines)
    except IntegrityError:
        # Somebody was forgotten while their last call ran (`forgetting`): its line goes with them, and no other.
        there = set(
            Connection.objects.filter(pk__in={line.connection_id for line in lines}).values_list("pk", flat=True)
        )
        kept = [line for line in lines if line.connection_id in there]
        if len(kept) == len(lines):
            raise
        _insert(kept)


_COPY = sql.SQL("COPY {} ({}) FROM STDIN").format(
    sql.Identifier(ToolCall._meta.db_table), sql.SQL(", ").join(map(sql.Identifier, Line._fields))
)


def _insert(lines: list[Line]) -> None:
    """All of them or none. Raises django.db.Error."""
    if connection.vendor != "postgresql":
        ToolCall.objects.bulk_create(ToolCall(**line._asdict()) for line in lines)
        return
    # Composing and reading an INSERT of so many values costs a line five times as much, here and in PostgreSQL.
    with connection.wrap_database_errors, connection.cursor() as cursor, cursor.copy(_COPY) as rows:
        for line in lines:
            rows.write_row(line)


def _says_something_new(line: Line) -> bool:
    # With a call upstream it was the main app that refused.
    if line.code != Code.RATE_LIMITED or line.upstream_calls:
        return True
    return bool(cache.add(f"refused-line:{line.connection_id}", 1, 60))


recorder = Recorder()
atexit.register(recorder.close)
