"""add_microchip: POST /pets/{pet_id}/microchips."""

from collections.abc import Callable
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from petstools.serializers.microchips import MicrochipAnswer
from sandbox.server import SandboxServer
from sandbox.versions import Release
from tests.tools.conftest import Gpt
from tests.tools.documented import departures

pytestmark = pytest.mark.once

Connect = Callable[..., Gpt]
NUMBER = "001000123456789"


def test_it_records_what_was_said(gpt: Connect, cat: Any) -> None:
    told = gpt("mai").post(
        f"/pets/{cat.id}/microchips", chip_number="001 000-123 456 789", issuer=" HomeAgain ", implanted_at="2/1/2024"
    )

    (chip,) = cat.microchips
    assert told.status == 201
    assert told.ok["data"] == {
        "id": chip.id,
        "pet_id": cat.id,
        "chip_number": NUMBER,
        "issuer": "HomeAgain",
        "implanted_at": "2024-01-02",
    }
    assert told.body["already_recorded"] is False
    assert departures(told.body, MicrochipAnswer) == []
    assert (chip.chip_number, chip.issuer) == (NUMBER, "HomeAgain")
    assert told.upstream == [
        "GET /my-pets/sections",
        f"GET /pets/{cat.id}/microchips",
        f"POST /pets/{cat.id}/microchips",
    ]


def test_trap_15_what_was_not_sent_is_null_in_the_answer(gpt: Connect, cat: Any) -> None:
    data = gpt("mai").post(f"/pets/{cat.id}/microchips", chip_number=NUMBER).ok["data"]

    assert (data["issuer"], data["implanted_at"]) == (None, None)


@pytest.mark.parametrize(
    ("said", "reason", "fields"),
    [
        ({}, "missing", ["chip_number"]),
        ({"chip_number": "12345"}, "out_of_range", ["chip_number"]),
        ({"chip_number": "9" * 21}, "out_of_range", ["chip_number"]),
        ({"chip_number": "no idea"}, "not_understood", ["chip_number"]),
        ({"chip_number": 1000123456789}, "not_understood", ["chip_number"]),
        ({"chip_number": NUMBER, "implanted_at": "2099-01-01"}, "future", ["implanted_at"]),
        ({"chip_number": NUMBER, "implanted_at": "31/2/2024"}, "impossible", ["implanted_at"]),
        ({"implanted_at": "once"}, "not_understood", ["chip_number", "implanted_at"]),
    ],
)
def test_what_cannot_be_told_for_sure_is_asked_about(
    gpt: Connect, cat: Any, said: dict[str, Any], reason: str, fields: list[str]
) -> None:
    told = gpt("mai").post(f"/pets/{cat.id}/microchips", **said)

    assert told.reason == reason
    assert told.body["missing_fields"] == fields
    assert told.upstream == ["GET /my-pets/sections"]


def test_trap_06_a_day_that_utc_has_not_reached_is_asked_about(
    gpt: Connect, cat: Any, at: Callable[[str], None]
) -> None:
    at("2026-03-09T18:30+00:00")

    told = gpt("mai").post(f"/pets/{cat.id}/microchips", chip_number=NUMBER, implanted_at="hôm nay")

    assert told.reason == "not_yet"
    assert told.body["candidates"] == [{"implanted_at": "2026-03-09"}]
    assert cat.microchips == []


@pytest.mark.parametrize("other", ["Biscuit", "Míu"])
def test_trap_33_a_number_that_is_taken_gives_nothing_away(
    gpt: Connect, cat: Any, sandbox: SandboxServer, other: str
) -> None:
    sandbox.world.add_microchip(sandbox.world.pet(other), NUMBER, "SomebodysIssuer")

    told = gpt("mai").post(f"/pets/{cat.id}/microchips", chip_number=NUMBER)

    assert told.reason == "chip_number_not_accepted"
    assert told.body["candidates"] == []
    for secret in (other, "SomebodysIssuer", "account", "another", "taken"):
        assert secret not in told.body["message"]


def test_a_number_that_this_pet_has_is_shown(gpt: Connect, cat: Any, sandbox: SandboxServer) -> None:
    chip = sandbox.world.add_microchip(cat, NUMBER, "HomeAgain")

    told = gpt("mai").post(f"/pets/{cat.id}/microchips", chip_number=NUMBER)

    assert told.reason == "already_exists"
    assert [one["id"] for one in told.body["candidates"]] == [chip.id]
    assert len(cat.microchips) == 1


def test_the_same_call_again_finds_what_it_recorded(gpt: Connect, cat: Any) -> None:
    connected = gpt("mai")
    first = connected.post(f"/pets/{cat.id}/microchips", chip_number=NUMBER)

    again = connected.post(f"/pets/{cat.id}/microchips", chip_number="001-000-123456789")

    assert again.status == 200
    assert again.ok["already_recorded"] is True
    assert again.body["data"] == first.body["data"]


def test_add_delete_add_writes_twice(gpt: Connect, cat: Any) -> None:
    connected = gpt("mai")
    first = connected.post(f"/pets/{cat.id}/microchips", chip_number=NUMBER).ok["data"]
    connected.delete(f"/pets/{cat.id}/records/{first['id']}", kind="microchip")

    again = connected.post(f"/pets/{cat.id}/microchips", chip_number=NUMBER)

    assert again.status == 201
    assert again.ok["data"]["id"] != first["id"]


@pytest.mark.parametrize("version", ["v1.18.5", "v1.18.0", "v1.6.0"])
def test_an_answer_lost_after_the_commit_is_unknown_and_the_same_call_again_finds_it(
    gpt: Connect, cat: Any, sandbox: SandboxServer, version: str
) -> None:
    sandbox.app.release = Release(version)
    connected = gpt("mai")
    sandbox.faults.add(drop="after_commit", method="POST", path="microchips")

    lost = connected.post(f"/pets/{cat.id}/microchips", chip_number=NUMBER)
    sandbox.faults.clear()
    again = connected.post(f"/pets/{cat.id}/microchips", chip_number=NUMBER)

    assert lost.code == "OUTCOME_UNKNOWN"
    assert again.ok["data"]["chip_number"] == NUMBER
    assert len(cat.microchips) == 1


def test_a_viewer_may_not_add(gpt: Connect, cat: Any) -> None:
    told = gpt("olga").post(f"/pets/{cat.id}/microchips", chip_number=NUMBER)

    assert (told.status, told.code) == (403, "FORBIDDEN")
    assert cat.microchips == []


def test_a_kind_without_chips_is_answered_with_what_is_possible(gpt: Connect, sandbox: SandboxServer) -> None:
    bird = sandbox.world.add_pet(sandbox.world.user("mai"), name="Vẹt", species="bird")

    told = gpt("mai").post(f"/pets/{bird.id}/microchips", chip_number=NUMBER)

    assert (told.status, told.code) == (422, "FEATURE_NOT_AVAILABLE")
    assert "Vẹt" in told.body["message"]
    assert "Bird (bird)" in told.body["message"]
    assert "description" in told.body["message"]


def test_what_the_main_app_refuses_comes_back_by_field(
    gpt: Connect, cat: Any, sandbox: SandboxServer, at: Callable[[str], None]
) -> None:
    at("2026-03-10T12:00+00:00")
    sandbox.world.travel(days=-5)  # a main app whose clock is wrong

    told = gpt("mai").post(f"/pets/{cat.id}/microchips", chip_number=NUMBER, implanted_at="2026-03-09")

    assert (told.status, told.code) == (422, "VALIDATION_FAILED")
    assert [one["name"] for one in told.body["fields"]] == ["implanted_at"]


def test_it_costs_three_calls(gpt: Connect, cat: Any, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    connected = gpt("mai")

    with django_assert_num_queries(6):  # sign-in, earlier attempt, savepoint, insert, release, outcome
        told = connected.post(f"/pets/{cat.id}/microchips", chip_number=NUMBER)

    assert len(told.upstream) == 3
