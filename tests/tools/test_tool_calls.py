"""Every tool call leaves one line for staff and ops."""

import time
from collections.abc import Callable

import pytest
from django.db import OperationalError
from django.utils import timezone
from pytest_django import Settings

from petstools import tool_calls
from petstools.models import ToolCall
from petstools.tool_calls import Line, Recorder
from tests.tools.conftest import Gpt

Connect = Callable[..., Gpt]


@pytest.fixture(autouse=True)
def _inline(settings: Settings) -> None:
    settings.TOOL_CALL_LOG = "inline"


def test_a_call_that_went_well(gpt: Connect) -> None:
    connected = gpt("mai")

    told = connected.get("/pets")

    line = ToolCall.objects.get()
    assert (line.operation, line.outcome, line.status, line.code) == ("list_pets", "ok", 200, "")
    assert line.connection_id == connected.connection.pk
    assert line.upstream_calls == 1
    assert line.request_id == told.headers["X-Request-ID"]


def test_a_question(gpt: Connect) -> None:
    gpt("mai").post("/pets/find")

    line = ToolCall.objects.get()
    assert (line.outcome, line.status, line.code) == ("asked", 200, "missing")


def test_an_error(gpt: Connect) -> None:
    gpt("mai").get("/pets/999999")

    line = ToolCall.objects.get()
    assert (line.operation, line.outcome, line.status, line.code) == ("get_pet", "error", 404, "NOT_FOUND")


def test_input_that_is_refused_before_the_tool(gpt: Connect) -> None:
    gpt("mai").get("/pets/abc")

    assert ToolCall.objects.get().code == "INVALID_INPUT"


def test_strangers_leave_no_line(gpt: Connect) -> None:
    stranger = gpt("mai")
    stranger.http.defaults["HTTP_AUTHORIZATION"] = "Bearer nonsense"

    assert stranger.http.get("/pets", headers={"Authorization": "Bearer nonsense"}).status_code == 401
    assert not ToolCall.objects.exists()


def test_lines_are_written_behind_the_call(settings: Settings, db: None) -> None:
    settings.TOOL_CALL_LOG = "background"
    recorder = Recorder()
    recorder._start = lambda: None  # type: ignore[method-assign]  # its thread would write outside of this test's transaction

    for number in range(1200):
        recorder.record(Line(None, "actions", "list_pets", "ok", 200, "", 1, 1, str(number), timezone.now()))
    before = ToolCall.objects.count()
    recorder.flush()

    assert before == 0
    assert ToolCall.objects.count() == 1200


@pytest.mark.django_db(transaction=True)
def test_the_thread_writes_by_itself(settings: Settings) -> None:
    settings.TOOL_CALL_LOG = "background"
    recorder = Recorder()

    recorder.record(Line(None, "actions", "list_pets", "ok", 200, "", 1, 1, "x", timezone.now()))

    end = time.monotonic() + 10
    while not ToolCall.objects.exists() and time.monotonic() < end:
        time.sleep(0.05)
    assert ToolCall.objects.count() == 1


def test_a_database_that_is_away_loses_lines_and_nothing_else(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def away(*_: object, **__: object) -> None:
        raise OperationalError

    monkeypatch.setattr(tool_calls, "_insert", away)

    Recorder().record(Line(None, "actions", "list_pets", "ok", 200, "", 1, 1, "x", timezone.now()))

    assert "tool-call lines lost" in caplog.text
