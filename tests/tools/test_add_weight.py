"""add_weight: POST /pets/{pet_id}/weights."""

from collections.abc import Callable
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from sandbox.server import SandboxServer
from tests.tools.conftest import Gpt

pytestmark = pytest.mark.once

Connect = Callable[..., Gpt]


@pytest.fixture
def miu(sandbox: SandboxServer) -> Any:
    """A cat of Mai's that nobody has weighed."""
    return sandbox.world.add_pet(sandbox.world.user("mai"), name="Nếp", species="cat")


def test_it_records_what_was_said(gpt: Connect, miu: Any) -> None:
    told = gpt("mai").post(f"/pets/{miu.id}/weights", weight_kg="4kg2", measured_at="2026-01-15")

    assert told.status == 201
    assert told.ok["data"] == {
        "id": told.body["data"]["id"],
        "pet_id": miu.id,
        "weight_kg": 4.2,
        "measured_at": "2026-01-15",
    }
    assert told.body["already_recorded"] is False
    assert told.upstream == ["GET /my-pets/sections", f"POST /pets/{miu.id}/weights"]


@pytest.mark.parametrize("said", [{}, {"measured_at": "today"}, {"measured_at": "2026-03-10"}])
@pytest.mark.parametrize("moment", ["2026-03-10T12:00+00:00", "2026-03-09T20:30+00:00"])
def test_the_day_is_the_persons_today_at_any_hour(
    gpt: Connect, miu: Any, at: Callable[[str], None], moment: str, said: dict[str, str]
) -> None:
    """At 03:30 in Hanoi, too: unlike other records, a weight may have a day that the main app is not in yet (contract §8.2)."""
    at(moment)

    told = gpt("mai").post(f"/pets/{miu.id}/weights", weight_kg=4.2, **said)

    assert told.status == 201
    assert told.ok["data"]["measured_at"] == "2026-03-10"


def test_the_day_is_put_right_at_night_too(gpt: Connect, miu: Any, at: Callable[[str], None]) -> None:
    at("2026-03-09T20:30+00:00")  # 03:30 on the 10th in Hanoi
    connected = gpt("mai")
    made = connected.post(f"/pets/{miu.id}/weights", weight_kg=4.2, measured_at="2026-03-01").ok["data"]

    told = connected.patch(f"/pets/{miu.id}/weights/{made['id']}", measured_at="today")

    assert told.ok["data"]["measured_at"] == "2026-03-10"


@pytest.mark.parametrize("weight", [None, "", "heavy", "0", -1, "NaN", [4.2], {"kg": 4}])
def test_a_weight_that_is_none_is_asked_about_or_refused(gpt: Connect, miu: Any, weight: Any) -> None:
    told = gpt("mai").post(f"/pets/{miu.id}/weights", weight_kg=weight)

    assert told.upstream == ([] if isinstance(weight, list | dict) else ["GET /my-pets/sections"])
    if isinstance(weight, list | dict):
        assert told.status == 400
        assert told.code == "INVALID_INPUT"
        assert told.body["fields"][0]["name"] == "weight_kg"
    else:
        assert told.reason
        assert told.body["missing_fields"] == ["weight_kg"]


def test_grams_taken_for_kilograms_are_asked_about(gpt: Connect, miu: Any) -> None:
    told = gpt("mai").post(f"/pets/{miu.id}/weights", weight_kg=450)

    assert told.reason == "implausible"
    assert told.upstream == ["GET /my-pets/sections"]


@pytest.mark.parametrize("said", ["about 4.3 kg", "chừng 4,3 ký", "около 4,3 кг", "приблизно 4,3 кг"])
def test_a_weight_told_as_near_is_kept_and_told_so(gpt: Connect, miu: Any, said: str) -> None:
    told = gpt("mai").post(f"/pets/{miu.id}/weights", weight_kg=said)

    assert told.ok["data"]["weight_kg"] == 4.3
    assert "4.30 kg is stored" in told.body["note"]


def test_hours_ago_are_of_the_persons_day(gpt: Connect, miu: Any, at: Callable[[str], None]) -> None:
    # 00:30 in Hanoi.
    at("2026-11-20T17:30+00:00")

    told = gpt("mai").post(f"/pets/{miu.id}/weights", weight_kg="4.3 kg", measured_at="2 tiếng trước")

    assert told.ok["data"]["measured_at"] == "2026-11-20"


def test_a_day_to_come_is_asked_about(gpt: Connect, miu: Any) -> None:
    told = gpt("mai").post(f"/pets/{miu.id}/weights", weight_kg=4.2, measured_at="2099-01-01")

    assert told.reason == "future"


def test_a_second_weight_on_one_day_is_asked_about(gpt: Connect, miu: Any, sandbox: SandboxServer) -> None:
    connected = gpt("mai")
    first = connected.post(f"/pets/{miu.id}/weights", weight_kg=4.2, measured_at="2026-01-15").ok["data"]

    told = connected.post(f"/pets/{miu.id}/weights", weight_kg=4.5, measured_at="2026-01-15")

    assert told.reason == "already_exists"
    assert told.body["candidates"] == [first]


@pytest.mark.parametrize("confirmed", [{}, {"again": True}])
def test_it_costs_two_calls_and_one_where_the_person_has_confirmed(
    gpt: Connect, miu: Any, django_assert_num_queries: DjangoAssertNumQueries, confirmed: dict[str, bool]
) -> None:
    connected = gpt("mai")

    with django_assert_num_queries(6):  # sign-in, savepoint, insert, release, earlier attempt, outcome
        told = connected.post(f"/pets/{miu.id}/weights", weight_kg=4.2, measured_at="2026-01-15", **confirmed)

    look = [] if confirmed else ["GET /my-pets/sections"]
    assert told.upstream == [*look, f"POST /pets/{miu.id}/weights"]
