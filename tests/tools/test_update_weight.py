"""update_weight: PATCH /pets/{pet_id}/weights/{weight_id}."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from petstools.tools import weights as catalog
from sandbox.records import Weight
from sandbox.server import SandboxServer
from tests.tools.conftest import Gpt
from tests.tools.documented import departures

pytestmark = pytest.mark.once

Connect = Callable[..., Gpt]


@pytest.fixture
def weight(sandbox: SandboxServer) -> Weight:
    """What Noah's cat weighed on 15 January 2026."""
    row = sandbox.world.add_weight(sandbox.world.add_pet(sandbox.world.user("noah"), name="Nox"), 4.2, "2026-01-15")
    row.updated_at -= timedelta(hours=1)
    return row


def path(weight: Weight) -> str:
    return f"/pets/{weight.pet_id}/weights/{weight.id}"


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"weight_kg": "4,5 kg"}, (4.5, "2026-01-15")),
        ({"weight_kg": 450, "unit": "g"}, (0.45, "2026-01-15")),
        ({"measured_at": "16 January 2026"}, (4.2, "2026-01-16")),
        ({"weight_kg": 4.333, "measured_at": "2026-01-16"}, (4.33, "2026-01-16")),
        ({"weight_kg": 4.5, "measured_at": None, "unit": "", "time_zone": None}, (4.5, "2026-01-15")),
    ],
)
def test_it_changes_what_was_said_and_tells_what_is_stored(
    gpt: Connect, weight: Weight, change: dict[str, Any], expected: tuple[float, str]
) -> None:
    told = gpt("noah").patch(path(weight), **change)

    assert told.status == 200
    assert (told.ok["data"]["weight_kg"], told.body["data"]["measured_at"]) == expected
    assert (weight.weight_kg, weight.record_date.isoformat()) == expected
    assert departures(told.body, catalog.update_weight.answer) == []


@pytest.mark.parametrize("body", [{}, {"weight_kg": None}, {"weight_kg": "", "measured_at": " "}, {"mood": 5}])
def test_without_a_change_it_is_asked_for(gpt: Connect, weight: Weight, body: dict[str, Any]) -> None:
    told = gpt("noah").patch(path(weight), **body)

    assert told.reason == "missing"
    assert told.body["missing_fields"] == ["weight_kg", "measured_at"]
    assert told.upstream == ["GET /my-pets/sections"]


@pytest.mark.parametrize(
    ("body", "reason", "field"),
    [
        ({"weight_kg": "heavy"}, "not_understood", "weight_kg"),
        ({"weight_kg": 0}, "out_of_range", "weight_kg"),
        ({"weight_kg": "1e9 kg"}, None, "weight_kg"),
        ({"measured_at": "2099-01-01"}, "future", "measured_at"),
        ({"measured_at": "31 February 2026", "time_zone": "UTC"}, None, "measured_at"),
        ({"measured_at": "yesterday", "time_zone": "Mars/Base"}, None, "time_zone"),
    ],
)
def test_what_is_not_understood_is_asked_about_before_any_call(
    gpt: Connect, weight: Weight, body: dict[str, Any], reason: str | None, field: str
) -> None:
    told = gpt("noah").patch(path(weight), **body)

    assert told.reason == (reason or told.reason)
    assert told.body["missing_fields"] == [field]
    assert told.upstream in ([], ["GET /my-pets/sections"])
    assert weight.weight_kg == 4.2


def test_grams_taken_for_kilograms_are_asked_about(gpt: Connect, weight: Weight) -> None:
    connected = gpt("noah")
    connected.get("/pets")

    assert connected.patch(path(weight), weight_kg=450).reason == "implausible"


def test_a_day_that_has_a_weight_already_is_asked_about(gpt: Connect, weight: Weight, sandbox: SandboxServer) -> None:
    other = sandbox.world.add_weight(sandbox.world.pets[weight.pet_id], 5, "2026-01-20")

    told = gpt("noah").patch(path(weight), measured_at="2026-01-20")

    assert told.reason == "already_exists"
    assert [one["id"] for one in told.body["candidates"]] == [other.id]
