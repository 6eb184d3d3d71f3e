"""What add_weight and update_weight ask and tell about a number, and whose day a weighing has that names none."""

from collections.abc import Callable
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from sandbox.server import SandboxServer
from tests.tools.conftest import Gpt, Told
from tests.tools.kinds import SECTIONS

pytestmark = pytest.mark.once

Connect = Callable[..., Gpt]


@pytest.fixture(params=["add", "update"])
def say(request: pytest.FixtureRequest, gpt: Connect, cat: Any, sandbox: SandboxServer) -> Callable[..., Told]:
    """To one of the two."""
    connected, path = gpt("mai"), f"/pets/{cat.id}/weights"
    if request.param == "add":
        return lambda **said: connected.post(path, **said)
    weight = sandbox.world.add_weight(cat, 4.2, "2026-01-15")
    return lambda **said: connected.patch(f"{path}/{weight.id}", **said)


@pytest.mark.parametrize(
    ("weight", "reason"),
    [("heavy", "not_understood"), ("0", "out_of_range"), (-1, None), ("NaN", None), ("1e9 kg", None), (450, "implausible")],
)  # fmt: skip
def test_a_weight_that_is_none_is_asked_about(say: Callable[..., Told], weight: Any, reason: str | None) -> None:
    told = say(weight_kg=weight)

    assert told.reason == (reason or told.reason)
    assert told.body["missing_fields"] == ["weight_kg"]
    assert told.upstream == [SECTIONS]


@pytest.mark.parametrize("weight", [[4.2], {"kg": 4}])
def test_a_weight_that_is_no_plain_value_is_refused(say: Callable[..., Told], weight: Any) -> None:
    told = say(weight_kg=weight)

    assert (told.status, told.code) == (400, "INVALID_INPUT")
    assert told.body["fields"][0]["name"] == "weight_kg"
    assert told.upstream == []


@pytest.mark.parametrize("said", ["about 4.3 kg", "chừng 4,3 ký", "около 4,3 кг", "приблизно 4,3 кг"])
def test_a_weight_told_as_near_is_kept_and_told_so(say: Callable[..., Told], said: str) -> None:
    told = say(weight_kg=said)

    assert told.ok["data"]["weight_kg"] == 4.3
    assert "4.30 kg is stored" in told.body["note"]


def test_hours_ago_are_of_the_persons_day(say: Callable[..., Told], at: Callable[[str], None]) -> None:
    # 00:30 in Hanoi.
    at("2026-11-20T17:30+00:00")

    told = say(weight_kg="4.3 kg", measured_at="2 tiếng trước")

    assert told.ok["data"]["measured_at"] == "2026-11-20"


def test_a_zone_that_is_none_is_asked_about(say: Callable[..., Told]) -> None:
    told = say(weight_kg=4.2, measured_at="yesterday", time_zone="Mars/Base")

    assert (told.body["missing_fields"], told.upstream) == (["time_zone"], [])


@pytest.mark.parametrize("said", [{}, {"measured_at": "today"}, {"measured_at": "2026-03-10"}])
@pytest.mark.parametrize("moment", ["2026-03-10T12:00+00:00", "2026-03-09T20:30+00:00"])
def test_the_day_is_the_persons_today_at_any_hour(
    gpt: Connect, cat: Any, at: Callable[[str], None], moment: str, said: dict[str, str]
) -> None:
    """At 03:30 in Hanoi, too: unlike other records, a weight may have a day that the main app is not in yet (contract §8.2)."""
    at(moment)

    told = gpt("mai").post(f"/pets/{cat.id}/weights", weight_kg=4.2, **said)

    assert told.status == 201
    assert told.ok["data"]["measured_at"] == "2026-03-10"


def test_it_costs_one_call_where_the_person_has_confirmed(
    gpt: Connect, cat: Any, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    connected = gpt("mai")

    with django_assert_num_queries(6):  # sign-in, savepoint, insert, release, earlier attempt, outcome
        told = connected.post(f"/pets/{cat.id}/weights", weight_kg=4.2, measured_at="2026-01-15", again=True)

    assert told.upstream == [f"POST /pets/{cat.id}/weights"]
