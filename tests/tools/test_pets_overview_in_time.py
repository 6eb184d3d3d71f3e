"""pets_overview: many pets read at once, within the deadline, and what is told when one of them can't be read."""

import threading
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from pytest_django import Settings

from oauthbridge.models import Connection
from petstools.tools import overview as catalog
from petstools.tools.fan_out import AT_ONCE
from sandbox.records import Pet
from sandbox.server import SandboxServer
from tests.tools.conftest import Gpt
from tests.tools.documented import departures

pytestmark = pytest.mark.once

Connect = Callable[..., Gpt]
Cat = Callable[..., Pet]


def test_at_most_eight_are_asked_for_at_once(
    gpt: Connect, cat_due: Cat, sandbox: SandboxServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(20):
        cat_due(f"Cat {number}", 3)
    busy = Busy()
    monkeypatch.setattr("sandbox.pipeline.time", busy)
    sandbox.faults.add(latency_ms=60, path="vaccinations")

    told = gpt("noah").post("/pets/overview")

    assert len(told.ok["pets"]) == 20
    assert busy.most == AT_ONCE == 8


class Busy:
    """Stands for the stand-in's `time`: counts how many of its requests are at work at one moment."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._now = 0
        self.most = 0

    def sleep(self, seconds: float) -> None:
        with self._lock:
            self._now += 1
            self.most = max(self.most, self._now)
        time.sleep(seconds)
        with self._lock:
            self._now -= 1


def test_one_pet_that_hangs_is_marked_and_the_deadline_is_kept(
    gpt: Connect, cat_due: Cat, sandbox: SandboxServer, settings: Settings
) -> None:
    hanging = cat_due("Hangs", 3)
    for number in range(10):
        cat_due(f"Cat {number}", 5)
    settings.TOOL_DEADLINE_SECONDS = 1.5
    sandbox.faults.add(hang_s=10, path=f"/pets/{hanging.id}/")

    started = time.monotonic()
    told = gpt("noah").post("/pets/overview")

    assert time.monotonic() - started < 6
    details = {shown["name"]: shown["vaccination_details"] for shown in told.ok["pets"]}
    assert details.pop("Hangs") == "unavailable"
    assert set(details.values()) == {"complete"}
    assert told.body["incomplete"] is True


@pytest.mark.parametrize(
    "fault",
    [{"error_rate": 1.0}, {"html_errors": True}, {"wrong_shape": True}, {"invalid_json": True}, {"drop": "mid_body"}],
)
def test_one_pet_that_cannot_be_read_is_marked(
    gpt: Connect, cat_due: Cat, sandbox: SandboxServer, settings: Settings, fault: dict[str, Any]
) -> None:
    settings.MAIN_APP_MAX_ATTEMPTS = 1
    broken, _well = cat_due("Broken", -3), cat_due("Well", -4)
    sandbox.faults.add(**fault, path=f"/pets/{broken.id}/vaccinations")

    told = gpt("noah").post("/pets/overview", only_overdue=True, sort_by="next_vaccination_due_at")

    assert [(shown["name"], shown["vaccination_details"]) for shown in told.ok["pets"]] == [
        ("Well", "complete"),
        ("Broken", "unavailable"),
    ]
    assert told.body["incomplete"] is True
    assert departures(told.body, catalog.pets_overview.answer) == []


def test_weights_that_cannot_be_read_leave_the_vaccinations_as_they_are(
    gpt: Connect, cat_due: Cat, sandbox: SandboxServer, settings: Settings
) -> None:
    settings.MAIN_APP_MAX_ATTEMPTS = 1
    pet = cat_due("Nox", 3)
    sandbox.world.add_weight(pet, 4.2)
    sandbox.faults.add(error_rate=1.0, path="weights")

    told = gpt("noah").post("/pets/overview", include_weights=True)

    (shown,) = (pet for pet in told.ok["pets"] if pet["name"] == "Nox")
    assert (shown["vaccination_details"], shown["recent_weights"]) == ("complete", None)
    assert told.body["incomplete"] is True


def test_a_limit_met_on_the_way_is_not_run_into_again(
    gpt: Connect, cat_due: Cat, sandbox: SandboxServer, settings: Settings
) -> None:
    settings.MAIN_APP_MAX_ATTEMPTS = 1
    for number in range(40):
        cat_due(f"Cat {number}", 3)
    sandbox.faults.add(throttle_429=True, retry_after=30, path="vaccinations")

    told = gpt("noah").post("/pets/overview")

    assert {shown["vaccination_details"] for shown in told.ok["pets"]} == {"unavailable"}
    assert len(told.upstream) <= 1 + AT_ONCE


def test_a_token_that_dies_on_the_way_ends_the_connection(gpt: Connect, cat_due: Cat, sandbox: SandboxServer) -> None:
    for number in range(5):
        cat_due(f"Cat {number}", 3)
    token = sandbox.world.new_token(sandbox.world.user("noah"))
    connected = gpt("noah", token=token)
    sandbox.world.throttles = DiesAfterTheList(sandbox, token)  # type: ignore[assignment]

    told = connected.post("/pets/overview")

    assert (told.status, told.code) == (401, "UNAUTHORIZED")
    connected.connection.refresh_from_db()
    assert connected.connection.status == Connection.Status.BROKEN


class DiesAfterTheList:
    """Stands where the minute limits are counted: the token is revoked with the first request that is counted."""

    def __init__(self, sandbox: SandboxServer, token: str) -> None:
        self._sandbox, self._token = sandbox, token

    def hit(self, key: str, limit: int, now: datetime) -> int:
        self._sandbox.world.revoke(self._token)
        return limit
