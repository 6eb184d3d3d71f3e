"""The lines about tool calls when the database is away, and at a process's end (real processes: test_in_production)."""

import threading
from collections.abc import Callable

import pytest
from django.db import IntegrityError, InterfaceError, OperationalError, connection
from django.utils import timezone
from pytest_django import Settings

from petstools import tool_calls
from petstools.models import ToolCall
from petstools.tool_calls import LINES_LOST, Line, Recorder

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _background(settings: Settings) -> None:
    settings.TOOL_CALL_LOG = "background"


@pytest.fixture
def recorder(monkeypatch: pytest.MonkeyPatch) -> Recorder:
    """One whose thread does not run: the test says when it writes."""
    made = Recorder()
    monkeypatch.setattr(made, "_start", lambda: None)
    return made


def line(number: int, operation: str = "list_pets") -> Line:
    return Line(None, "actions", operation, "ok", 200, "", 1, 1, f"r-{number}", timezone.now())


def written() -> list[str]:
    return list(ToolCall.objects.order_by("pk").values_list("request_id", flat=True))


@pytest.fixture
def away(monkeypatch: pytest.MonkeyPatch) -> Callable[[type[Exception] | None], None]:
    """`away(OperationalError)`: writing fails so; `away(None)`: it works again."""
    true = tool_calls._insert

    def switch(kind: type[Exception] | None) -> None:
        def fail(*_: object, **__: object) -> None:
            assert kind is not None
            raise kind

        monkeypatch.setattr(tool_calls, "_insert", fail if kind else true)

    return switch


@pytest.mark.parametrize("kind", [OperationalError, InterfaceError])
def test_lines_wait_in_their_order_until_the_database_is_back(
    kind: type[Exception], recorder: Recorder, away: Callable[[type[Exception] | None], None]
) -> None:
    lost = LINES_LOST._value.get()
    away(kind)
    recorder.record(line(1))
    recorder.record(line(2))
    recorder.flush()
    recorder.record(line(3))

    away(None)
    recorder.flush()

    assert written() == ["r-1", "r-2", "r-3"]
    assert LINES_LOST._value.get() == lost


def test_lines_that_no_database_will_ever_take_do_not_hold_up_the_others(
    recorder: Recorder, away: Callable[[type[Exception] | None], None]
) -> None:
    lost = LINES_LOST._value.get()
    away(IntegrityError)
    recorder.record(line(1))
    recorder.flush()

    away(None)
    recorder.record(line(2))
    recorder.flush()

    assert written() == ["r-2"]
    assert LINES_LOST._value.get() == lost + 1


def test_a_line_says_what_was_said(recorder: Recorder) -> None:
    said = Line(
        connection_id=None,
        door="mcp",
        operation="tab\t and \\N and \n and ü",
        outcome="asked",
        status=422,
        code="",
        upstream_calls=2,
        latency_ms=70_000,
        request_id="r",
        created_at=timezone.now(),
    )
    recorder.record(said)
    recorder.flush()

    kept = ToolCall.objects.get()
    for field in ToolCall._meta.concrete_fields:
        if not field.primary_key:
            assert getattr(kept, field.attname) == getattr(said, field.attname), field.attname


def test_a_line_that_the_database_refuses_is_lost_and_said(
    recorder: Recorder, caplog: pytest.LogCaptureFixture
) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite takes text of any length")
    recorder.record(line(1, operation="x" * 41))
    recorder.flush()
    recorder.record(line(2))
    recorder.flush()

    assert "'why': 'DataError'" in caplog.text
    assert written() == ["r-2"]


def test_beyond_a_limit_new_lines_are_lost_and_counted(
    recorder: Recorder, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(tool_calls, "MOST_WAITING", 3)
    lost = LINES_LOST._value.get()

    for number in range(5):
        recorder.record(line(number))
    recorder.flush()

    assert written() == ["r-0", "r-1", "r-2"]
    assert LINES_LOST._value.get() == lost + 2
    assert caplog.text.count("tool-call lines lost") == 1


def test_a_process_that_ends_without_the_database_says_what_is_lost(
    recorder: Recorder, away: Callable[[type[Exception] | None], None], caplog: pytest.LogCaptureFixture
) -> None:
    away(OperationalError)
    for number in range(7):
        recorder.record(line(number))

    recorder.close()

    assert "'lines': 7" in caplog.text


def test_the_end_waits_for_the_batch_in_the_threads_hands(recorder: Recorder, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else the interpreter would end under it, and with it up to 500 lines."""
    true = tool_calls._insert
    writing, go_on = threading.Event(), threading.Event()

    def slow(batch: list[Line]) -> None:
        writing.set()
        assert go_on.wait(10)
        true(batch)

    monkeypatch.setattr(tool_calls, "_insert", slow)
    recorder.record(line(1))
    thread = threading.Thread(target=_flush_and_hang_up, args=(recorder,))
    thread.start()
    assert writing.wait(10)

    ended = threading.Event()

    def close() -> None:
        recorder.close()
        ended.set()

    closing = threading.Thread(target=close)
    closing.start()
    too_early = ended.wait(0.3)
    go_on.set()
    thread.join(10)
    closing.join(10)

    assert not too_early
    assert ended.is_set()
    assert written() == ["r-1"]


def _flush_and_hang_up(recorder: Recorder) -> None:
    from django.db import connection

    recorder.flush()
    connection.close()


def test_a_thread_that_died_is_started_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """As after a fork, which leaves the parent's threads behind."""
    recorder = Recorder()
    monkeypatch.setattr(recorder, "_run", lambda: None)
    recorder.record(line(1))
    first = recorder._thread
    assert first is not None
    first.join(10)

    recorder.record(line(2))

    assert recorder._thread is not first
