"""Whose day it is, in every tool: what the call says, what this connection said last, where the pet lives, the setting."""

from collections.abc import Callable
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from oauthbridge.models import Connection
from sandbox.server import SandboxServer
from tests.tools.conftest import Gpt

pytestmark = pytest.mark.once

Connect = Callable[..., Gpt]
At = Callable[[str], Any]

# The 29th in London, the 30th in Hanoi.
EVENING = "2026-11-29T20:24+00:00"


def pet(sandbox: SandboxServer, country: str, **fields: Any) -> Any:
    return sandbox.world.add_pet(sandbox.world.user("noah"), **{"name": "Rex", "country": country, **fields})


def weigh(gpt: Gpt, rex: Any, **said: Any) -> Any:
    return gpt.post(f"/pets/{rex.id}/weights", weight_kg="4 kg", **said)


@pytest.mark.parametrize(
    ("country", "day", "zone"),
    [
        ("GB", "2026-11-29", "Europe/London"),
        ("UA", "2026-11-29", "Europe/Kyiv"),
        ("VN", "2026-11-30", "Asia/Ho_Chi_Minh"),
        # More than one clock, and the same day by all of them.
        ("US", "2026-11-29", "America/New_York"),
        # Where nobody knows of a clock: the setting's.
        ("BV", "2026-11-30", "Asia/Ho_Chi_Minh"),
    ],
)
@pytest.mark.parametrize("seen", [True, False])
def test_where_nobody_said_a_zone_the_pets_country_does(
    gpt: Connect, sandbox: SandboxServer, at: At, country: str, day: str, zone: str, seen: bool
) -> None:
    at(EVENING)
    rex, connected = pet(sandbox, country), gpt("noah")
    if seen:
        connected.post("/pets/find", name="Rex")

    told = weigh(connected, rex)

    assert told.ok["data"]["measured_at"] == day
    assert (told.body["today"], told.body["time_zone"]) == (day, zone)
    # The list of pets, by which the weight is judged, knows the country too.
    assert told.upstream == ["GET /my-pets/sections", f"POST /pets/{rex.id}/weights"]


@pytest.mark.parametrize("seen", [True, False])
def test_somebody_elses_pet_does_not_say_where_the_person_is(
    gpt: Connect, sandbox: SandboxServer, at: At, seen: bool
) -> None:
    at(EVENING)
    world = sandbox.world
    pet(sandbox, "GB")
    theirs = world.add_pet(world.user("taras"), name="Shadow", species="cat", country="VN")
    world.share(theirs, world.user("noah"), "editor")
    connected = gpt("noah")
    if seen:
        connected.post("/pets/find", name="Shadow")
        assert connected.get(f"/pets/{theirs.id}").ok["time_zone"] == "Europe/London"

    told = weigh(connected, theirs)

    assert (told.ok["today"], told.body["time_zone"]) == ("2026-11-29", "Europe/London")


@pytest.mark.parametrize(
    ("country", "at_utc", "days"),
    [
        ("RU", EVENING, ["2026-11-29", "2026-11-30"]),
        ("US", "2026-11-30T06:00+00:00", ["2026-11-29", "2026-11-30"]),
        ("ES", "2026-11-30T23:30+00:00", ["2026-11-30", "2026-12-01"]),
    ],
)
def test_where_midnight_lies_between_a_countrys_clocks_it_is_asked_once(
    gpt: Connect, sandbox: SandboxServer, at: At, country: str, at_utc: str, days: list[str]
) -> None:
    at(at_utc)
    rex, connected = pet(sandbox, country), gpt("noah")

    asked = weigh(connected, rex)
    many = connected.post("/records", records=[{"kind": "weight", "pet_id": rex.id, "weight_kg": "4 kg"}])

    assert (asked.reason, asked.body["missing_fields"]) == ("missing", ["time_zone"])
    assert [one["measured_at"] for one in asked.body["candidates"]] == days
    assert (many.body["results"][0]["reason"], rex.weights) == ("missing", [])
    told = weigh(connected, rex, time_zone="America/New_York")
    assert told.ok["data"]["measured_at"] == told.body["today"]
    assert weigh(connected, rex, measured_at="yesterday").ok


def test_what_is_the_same_day_by_all_its_clocks_is_not_asked(gpt: Connect, sandbox: SandboxServer, at: At) -> None:
    at("2026-11-30T10:00+00:00")
    rex = pet(sandbox, "RU")

    assert weigh(gpt("noah"), rex, measured_at="вчера").ok["data"]["measured_at"] == "2026-11-29"


def test_a_zone_once_said_is_remembered_until_another_is(gpt: Connect, sandbox: SandboxServer, at: At) -> None:
    at(EVENING)
    rex, connected = pet(sandbox, "VN"), gpt("noah")

    in_london = connected.get("/pets", time_zone="Europe/London")
    still = weigh(connected, rex)
    in_tokyo = weigh(connected, rex, time_zone="asia/tokyo")
    another = gpt("noah").get("/pets")

    assert (in_london.body["today"], in_london.body["time_zone"]) == ("2026-11-29", "Europe/London")
    assert still.ok["data"]["measured_at"] == "2026-11-29"
    assert in_tokyo.ok["data"]["measured_at"] == "2026-11-30"
    assert another.body["time_zone"] == "Asia/Ho_Chi_Minh"


def test_remembering_costs_a_read_nothing(
    gpt: Connect, sandbox: SandboxServer, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    pet(sandbox, "VN")
    connected = gpt("noah")
    connected.get("/pets", time_zone="Europe/London")

    with django_assert_num_queries(1):
        connected.get("/pets", time_zone="Europe/London")
    with django_assert_num_queries(1):
        connected.get("/pets")
    assert Connection.objects.get().time_zone == "Europe/London"


def test_a_zone_that_is_none_is_not_remembered(gpt: Connect, sandbox: SandboxServer) -> None:
    rex, connected = pet(sandbox, "VN"), gpt("noah")

    asked = weigh(connected, rex, time_zone="Mars/Base")
    refused = connected.get(f"/pets/{rex.id}", time_zone="Mars/Base")

    assert (asked.reason, asked.body["missing_fields"]) == ("not_understood", ["time_zone"])
    assert (refused.code, refused.body["fields"][0]["name"]) == ("INVALID_INPUT", "time_zone")
    assert Connection.objects.get().time_zone is None


@pytest.mark.parametrize(
    ("path", "body"), [("/pets", None), ("/pets/{id}", None), ("/pets/find", {"name": "Rex"}), ("/pets/overview", {})]
)
def test_a_birthday_is_counted_by_the_persons_day(
    gpt: Connect, sandbox: SandboxServer, at: At, path: str, body: dict[str, Any] | None
) -> None:
    at("2026-12-04T17:30+00:00")
    rex = pet(sandbox, "VN", birthday_precision="day", birthday_year=2023, birthday_month=12, birthday_day=5)
    connected = gpt("noah")

    def until(**zone: str) -> tuple[int, str]:
        at_pet = path.format(id=rex.id)
        told = connected.get(at_pet, **zone) if body is None else connected.post(at_pet, **body, **zone)
        shown = told.ok.get("data") or (told.body.get("pets") or told.body["candidates"])[0]
        return shown["days_until_birthday"], told.body["today"]

    assert until() == (0, "2026-12-05")
    assert until(time_zone="Europe/London") == (1, "2026-12-04")


def test_not_yet_is_said_only_where_the_main_app_would_refuse(gpt: Connect, sandbox: SandboxServer, at: At) -> None:
    at(EVENING)
    rex = pet(sandbox, "GB")

    told = gpt("noah").post(f"/pets/{rex.id}/vaccinations", vaccine_name="Rabies", administered_at="today")

    assert told.ok["data"]["administered_at"] == "2026-11-29"


@pytest.mark.parametrize("day", ["2026-11-30", "tomorrow"])
def test_a_day_that_has_not_begun_for_the_person_is_to_come(
    gpt: Connect, sandbox: SandboxServer, at: At, day: str
) -> None:
    at("2026-11-30T02:00+00:00")
    rex = pet(sandbox, "VN")

    told = weigh(gpt("noah"), rex, measured_at=day, time_zone="America/New_York")

    assert told.reason == "future"
    assert rex.weights == []


def test_words_may_name_the_zone(gpt: Connect, sandbox: SandboxServer, at: At) -> None:
    at(EVENING)
    rex = pet(sandbox, "VN")

    told = weigh(gpt("noah"), rex, measured_at="yesterday evening london time")

    assert told.ok["data"]["measured_at"] == "2026-11-28"


def test_an_instant_keeps_its_offset(gpt: Connect, sandbox: SandboxServer) -> None:
    rex, connected = pet(sandbox, "VN"), gpt("noah")

    told = weigh(connected, rex, measured_at="2026-03-28T17:00:00.000Z")
    born = connected.patch(f"/pets/{rex.id}", birth_date="2026-01-28T17:00:00.000Z")

    assert told.ok["data"]["measured_at"] == "2026-03-29"
    assert born.ok["data"]["birthday"] == "2026-01-29"


@pytest.mark.parametrize(("country", "zone"), [("US", {}), ("VN", {"time_zone": "America/New_York"})])
def test_where_the_month_is_written_first_both_days_are_on_offer(
    gpt: Connect, sandbox: SandboxServer, country: str, zone: dict[str, str]
) -> None:
    rex = pet(sandbox, country)

    told = weigh(gpt("noah"), rex, measured_at="03/04/2025", **zone)

    assert told.reason == "ambiguous"
    assert told.body["candidates"] == [{"measured_at": "2025-04-03"}, {"measured_at": "2025-03-04"}]


def test_each_of_many_records_has_the_day_where_its_pet_lives(gpt: Connect, sandbox: SandboxServer, at: At) -> None:
    at(EVENING)
    here, there = pet(sandbox, "GB", name="Rex"), pet(sandbox, "VN", name="Míu")
    records = [{"kind": "weight", "pet_name": one.name, "weight_kg": "4 kg"} for one in (here, there)]

    told = gpt("noah").post("/records", records=records)
    said = gpt("noah").post("/records", records=[{**records[0], "measured_at": "yesterday", "time_zone": "Asia/Tokyo"}])

    assert [one["data"]["measured_at"] for one in told.ok["results"]] == ["2026-11-29", "2026-11-30"]
    assert said.body["results"][0]["reason"] == "already_exists"
    assert (said.body["today"], said.body["time_zone"]) == ("2026-11-30", "Asia/Tokyo")


def test_an_answer_that_needed_no_day_says_none(gpt: Connect, sandbox: SandboxServer) -> None:
    rex = pet(sandbox, "VN")

    told = weigh(gpt("noah"), rex, measured_at="2025-03-04")

    assert "today" not in told.ok
    assert told.upstream == ["GET /my-pets/sections", f"POST /pets/{rex.id}/weights"]
