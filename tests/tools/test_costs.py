"""What makes a call cheap, counted: its trips to Redis, and that it opens no connection (SQL and upstream: `test_every_tool`)."""

# ruff: noqa: F811 - fixtures that come from another module
from collections.abc import Callable
from typing import Any

import pytest
import redis
from django.conf import settings

from mainapp.http import connection as http_connections
from tests.files.conftest import authority, file_host, names  # noqa: F401 - fixtures
from tests.tools.samples import NAMES, SAMPLES, Home, home, lasting_sandbox, sandbox  # noqa: F401

# Beside the throttle's one: what is remembered of pets, kinds or the quota, each time for a connection that is new.
TRIPS = {
    "get_account": 1,
    "list_pet_types": 1,
    "list_pets": 1,
    "find_pet": 1,
    "pets_overview": 1,
    "pet_history": 1,
    "review_records": 1,
    "save_habit": 1,
    "create_pet": 3,
    "update_pet": 2,
}


def counted(monkeypatch: pytest.MonkeyPatch, owner: object, name: str) -> list[str]:
    """A mark for each time a call uses the function or method from now on; it still does its work."""
    calls: list[str] = []
    real = getattr(owner, name)

    def counting(*arguments: Any, **options: Any) -> Any:
        calls.append(name)
        return real(*arguments, **options)

    monkeypatch.setattr(owner, name, counting)
    return calls


@pytest.mark.parametrize("name", NAMES)
def test_a_call_opens_no_connection_that_is_open_already(
    name: str,
    home: Callable[..., Home],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # The connection was another person's a moment ago.
    monkeypatch.setattr(http_connections, "REST_SECONDS", 0.0)
    home().call(name)
    at_home = home()
    opened = counted(monkeypatch, http_connections, "connect")

    assert at_home.call(name).status < 300

    # What asks for several things at once may find that fewer connections were open.
    assert len(opened) <= (7 if SAMPLES[name].upstream.count(SAMPLES[name].upstream[-1]) > 1 else 0)


@pytest.mark.skipif(not settings.REDIS_URL, reason="counts trips to Redis")
@pytest.mark.parametrize("name", NAMES)
def test_its_trips_to_redis(
    name: str,
    home: Callable[..., Home],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    home().call(name)
    at_home = home()
    trips = counted(monkeypatch, redis.Connection, "send_packed_command")

    assert at_home.call(name).status < 300

    assert len(trips) == 1 + TRIPS.get(name, 0)
