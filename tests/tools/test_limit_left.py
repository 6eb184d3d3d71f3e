"""What is left of a minute limit is told while it can still be minded (contract §2.1)."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pytest_django import Settings

from sandbox.server import SandboxServer
from tests.tools.conftest import Gpt

Connect = Callable[..., Gpt]


@pytest.fixture
def sandbox(settings: Settings) -> Iterator[SandboxServer]:
    """With production's limits: fifteen weights a minute, three hundred requests."""
    with SandboxServer(environment="production") as server:
        settings.MAIN_APP_URL = server.url
        settings.RATE_LIMIT_PER_MINUTE = 100_000
        yield server


@pytest.fixture
def weigh(gpt: Connect, sandbox: SandboxServer) -> Callable[[int], Any]:
    """`weigh(3)`: a weight on the third day of the month, added by Mai's GPT."""
    connected, cat = gpt("mai"), sandbox.world.add_pet(sandbox.world.user("mai"), name="Nox")
    return lambda day: connected.post(f"/pets/{cat.id}/weights", weight_kg=4, measured_at=f"2026-01-{day:02}")


def test_it_is_told_when_little_is_left_and_not_before(weigh: Callable[[int], Any]) -> None:
    told = [weigh(day).ok.get("limit_left") for day in range(1, 16)]

    assert told[:11] == [None] * 11
    assert told[11:] == [{"calls": left, "per_minute": 15} for left in (3, 2, 1, 0)]


def test_who_goes_on_is_told_how_long_to_wait(weigh: Callable[[int], Any]) -> None:
    for day in range(1, 16):
        weigh(day)

    told = weigh(16)

    assert (told.status, told.code) == (429, "RATE_LIMITED")
    assert 1 <= told.body["retry_after"] <= 60


def test_other_calls_of_the_person_are_not_bothered(weigh: Callable[[int], Any], gpt: Connect) -> None:
    for day in range(1, 16):
        weigh(day)

    assert "limit_left" not in gpt("mai").get("/pets").ok
