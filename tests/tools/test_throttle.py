"""RATE_LIMIT_PER_MINUTE, counted for each connection."""

from collections.abc import Callable

import pytest
from pytest_django import Settings

from petstools.models import ToolCall
from sandbox.server import SandboxServer
from tests.tools.conftest import Gpt

Connect = Callable[..., Gpt]


@pytest.fixture(autouse=True)
def _three_a_minute(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.RATE_LIMIT_PER_MINUTE = 3
    # In the middle of a minute: the real one may end within the test.
    monkeypatch.setattr("oauthbridge.throttle.time.time", lambda: 1_800_000_030.0)


def test_one_call_too_many_is_told_to_wait(gpt: Connect) -> None:
    connected = gpt("emma")
    before = [connected.get("/account").status for _call in range(3)]

    told = connected.get("/account")

    assert before == [200] * 3
    assert (told.status, told.code, told.body["retryable"]) == (429, "RATE_LIMITED", True)
    assert 0 < told.body["retry_after"] <= 60
    assert told.headers["Retry-After"] == str(told.body["retry_after"])
    assert told.upstream == []


def test_all_tools_count_together(gpt: Connect) -> None:
    connected = gpt("emma")
    connected.get("/pets")
    connected.post("/pets/find", name="Biscuit")
    connected.get("/pet-types")

    assert connected.get("/account").code == "RATE_LIMITED"


def test_other_connections_are_not_held_up(gpt: Connect) -> None:
    busy, another_person, same_person = gpt("emma"), gpt("olga"), gpt("emma")
    for _call in range(4):
        busy.get("/account")

    assert busy.get("/account").status == 429
    assert another_person.get("/account").status == 200
    assert same_person.get("/account").status == 200


def test_it_opens_again_after_the_seconds_it_told(gpt: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    connected = gpt("emma")
    for _call in range(3):
        connected.get("/account")
    wait = connected.get("/account").body["retry_after"]

    monkeypatch.setattr("oauthbridge.throttle.time.time", lambda: 1_800_000_030.0 + wait)

    assert connected.get("/account").status == 200


def test_refused_calls_do_not_count(gpt: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    connected = gpt("emma")
    for _call in range(20):
        wait = connected.get("/account").body.get("retry_after", 0)

    monkeypatch.setattr("oauthbridge.throttle.time.time", lambda: 1_800_000_030.0 + wait)

    assert connected.get("/account").status == 200


def test_of_the_refused_calls_one_a_minute_leaves_a_line(gpt: Connect, settings: Settings) -> None:
    """Staff see that somebody is held up; a noisy client can't fill the table."""
    settings.TOOL_CALL_LOG = "inline"
    noisy, another = gpt("emma"), gpt("olga")
    for connected in (noisy, another):
        for _call in range(8):
            connected.get("/account")

    for connected in (noisy, another):
        lines = ToolCall.objects.filter(connection=connected.connection).values_list("code", flat=True)
        assert sorted(lines) == ["", "", "", "RATE_LIMITED"]


def test_a_refusal_of_the_main_app_always_leaves_one(gpt: Connect, settings: Settings, sandbox: SandboxServer) -> None:
    settings.TOOL_CALL_LOG = "inline"
    sandbox.faults.add(throttle_429=True, retry_after=40)
    connected = gpt("emma")
    told = [connected.get("/pets") for _call in range(2)]

    assert [one.code for one in told] == [line.code for line in ToolCall.objects.order_by("pk")]
    assert all(one.upstream for one in told)


def test_calls_without_a_connection_count_for_nobody(gpt: Connect) -> None:
    connected = gpt("emma")
    stranger = type(connected.http)()
    for _call in range(5):
        assert stranger.get("/account").status_code == 401

    assert connected.get("/account").status == 200


def test_each_process_counts_for_itself_while_redis_is_away(gpt: Connect, settings: Settings) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    settings.CACHES = {
        "default": {
            "BACKEND": "django_redis.cache.RedisCache",
            "LOCATION": "redis://127.0.0.1:1/0",
            "OPTIONS": {"IGNORE_EXCEPTIONS": True, "SOCKET_CONNECT_TIMEOUT": 0.2, "SOCKET_TIMEOUT": 0.2},
        }
    }
    connected = gpt("emma")

    assert [connected.get("/account").status for _call in range(5)] == [200, 200, 200, 429, 429]
