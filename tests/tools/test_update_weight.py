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
from tests.tools.meanwhile import meanwhile

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


def test_it_is_read_changed_and_read_again(gpt: Connect, weight: Weight) -> None:
    told = gpt("noah").patch(path(weight), weight_kg=4.5)

    assert told.upstream == [
        "GET /my-pets/sections",
        f"GET {path(weight)}",
        f"PUT {path(weight)}",
        f"GET {path(weight)}",
    ]


def test_what_stands_there_already_is_not_written_again(gpt: Connect, weight: Weight) -> None:
    told = gpt("noah").patch(path(weight), weight_kg="4.20", measured_at="2026-01-15")

    assert told.ok["data"]["weight_kg"] == 4.2
    assert told.upstream == ["GET /my-pets/sections", f"GET {path(weight)}"]


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


def test_a_change_of_another_field_in_the_meantime_is_kept(
    gpt: Connect, weight: Weight, sandbox: SandboxServer
) -> None:
    with meanwhile(sandbox, "PUT", lambda: changed(sandbox, weight)):
        told = gpt("noah").patch(path(weight), measured_at="2026-01-16")

    assert (told.ok["data"]["weight_kg"], told.body["data"]["measured_at"]) == (4.9, "2026-01-16")


def test_a_change_of_the_same_field_in_the_meantime_is_told(
    gpt: Connect, weight: Weight, sandbox: SandboxServer
) -> None:
    with meanwhile(sandbox, "PUT", lambda: changed(sandbox, weight)):
        told = gpt("noah").patch(path(weight), weight_kg=4.5)

    assert (told.status, told.code) == (409, "CONFLICT")
    assert weight.weight_kg == 4.9


def changed(sandbox: SandboxServer, weight: Weight) -> None:
    weight.weight_kg = 4.9
    weight.updated_at = sandbox.world.timestamp()


def test_an_answer_lost_after_the_commit_is_found_again(gpt: Connect, weight: Weight, sandbox: SandboxServer) -> None:
    """The key goes out again within the call, and the main app replays its answer."""
    sandbox.faults.add(drop="after_commit", method="PUT", times=1)

    told = gpt("noah").patch(path(weight), weight_kg=4.5)

    assert told.ok["data"]["weight_kg"] == 4.5
    keys = [one.idempotency_key for one in sandbox.requests if one.method == "PUT"]
    assert len(keys) == 2
    assert len(set(keys)) == 1


def test_a_weight_of_another_pet_is_not_found(gpt: Connect, weight: Weight, sandbox: SandboxServer) -> None:
    other = sandbox.world.add_pet(sandbox.world.user("noah"), name="Nyx")

    told = gpt("noah").patch(f"/pets/{other.id}/weights/{weight.id}", weight_kg=4.5)

    assert (told.status, told.code) == (404, "NOT_FOUND")
    assert weight.weight_kg == 4.2


def test_a_viewer_may_not(gpt: Connect, weight: Weight, sandbox: SandboxServer) -> None:
    sandbox.world.share(sandbox.world.pets[weight.pet_id], sandbox.world.user("emma"), "viewer")

    told = gpt("emma").patch(path(weight), weight_kg=4.5)

    assert (told.status, told.code) == (403, "FORBIDDEN")


@pytest.mark.parametrize("ids", [("0", "1"), ("1", "0"), ("x", "y"), ("1", "9" * 30)])
def test_ids_that_are_none_are_refused_before_any_call(gpt: Connect, ids: tuple[str, str]) -> None:
    told = gpt("noah").patch(f"/pets/{ids[0]}/weights/{ids[1]}", weight_kg=4.5)

    assert (told.status, told.code) == (400, "INVALID_INPUT")
    assert told.upstream == []
