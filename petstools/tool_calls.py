"""What is kept of each tool call: counts for `/metrics`, and a `ToolCall` line for staff, which makes no call wait: lines are collected
in memory and written in batches by one thread.

What a killed process had collected in the last moments is lost; a process that stops in order writes it first. While the
database is away lines wait, up to a limit (docs/operations.md, "Tool-call lines").
"""

import atexit
import functools
import threading
import time
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import structlog
from django.conf import settings
from django.core.cache import cache
from django.db import Error, IntegrityError, InterfaceError, OperationalError, connection
from prometheus_client import Counter, Histogram
from psycopg import sql

from mainapp import spans
from oauthbridge.models import Connection
from petstools.answers import Answer, Clarification, Code
from petstools.models import ToolCall
from petstools.tools.base import DELETES, Tool

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
# Looked up once: putting names together for each call is a fiftieth of it.
_calls, _seconds = functools.cache(CALLS.labels), functools.cache(SECONDS.labels)
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
    _calls(line.door, line.operation, line.outcome, line.code).inc()
    _seconds(line.door, line.operation).observe(line.latency_ms / 1000)
    words = {"door": line.door, "outcome": line.outcome, "code": line.code}
    spans.add(line.operation, line.latency_ms / 1000, failed=line.status >= 500, kind="tool", **words)


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


# --- What a line says of the call's pets and records: their numbers and what became of them, never a name or a text ------

Effect = ToolCall.Effect
_ROOM_FOR_PETS = ToolCall._meta.get_field("pet_ids").max_length or 0
_ROOM_FOR_RECORDS = ToolCall._meta.get_field("record_ids").max_length or 0


@dataclass(frozen=True, slots=True)
class Trace:
    effect: str = ""
    pet_ids: str = ""
    record_ids: str = ""


def trace_of(tool: Tool, ids: Mapping[str, int], answer: Answer | None = None) -> Trace:
    """ids: the address's. Without an answer, as after an error, they are all that is known."""
    pets = {number: None for name, number in ids.items() if name == "pet_id"}
    records = {number: None for name, number in ids.items() if name != "pet_id"}
    written: list[Mapping[str, Any]] = []
    # A question and an overview show pets that nothing was done to.
    if answer is not None and not isinstance(answer, Clarification) and not tool.hints.read_only:
        written = list(_written(answer.body))
        for one in written:
            _add(pets, one.get("pet_id"))
            _add(pets if one["is_pet"] else records, one.get("id"))
    return Trace(_effect(tool, written), _joined(pets, _ROOM_FOR_PETS), _joined(records, _ROOM_FOR_RECORDS))


def _written(body: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Each record that an answer tells of: `id`, `pet_id`, `is_pet` and `already`."""
    results = body.get("results")
    if isinstance(results, list):
        for one in results:
            if one.get("status") == "ok":
                yield from _written({**one, "results": None})
        return
    already = bool(body.get("already_recorded") or body.get("already_deleted"))
    shown: Mapping[str, Any] = next(
        (body[name] for name in ("data", "deleted") if isinstance(body.get(name), Mapping)), {}
    )
    yield {
        "id": shown.get("id"),
        "pet_id": shown.get("pet_id"),
        # Records name their pet, and a pet's own answer names none.
        "is_pet": bool(shown) and "pet_id" not in shown,
        "already": already,
    }


def _effect(tool: Tool, written: list[Mapping[str, Any]]) -> str:
    if not written:
        return ""
    if all(one["already"] for one in written):
        return Effect.ALREADY.value
    return (Effect.TAKEN_BACK if tool.hints == DELETES else Effect.SAVED).value


def _add(numbers: dict[int, None], number: object) -> None:
    if isinstance(number, int) and not isinstance(number, bool):
        numbers[number] = None


def _joined(numbers: Mapping[int, None], room: int) -> str:
    """As many as fit, and … where there are more."""
    text = ", ".join(map(str, numbers))
    return text if len(text) <= room else text[: room - 3].rpartition(", ")[0] + ", …"
