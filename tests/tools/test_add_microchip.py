"""add_microchip: POST /pets/{pet_id}/microchips."""

from collections.abc import Callable
from typing import Any

import pytest

from petstools.serializers.microchips import MicrochipAnswer
from sandbox.server import SandboxServer
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


def test_what_the_main_app_refuses_comes_back_by_field(
    gpt: Connect, cat: Any, sandbox: SandboxServer, at: Callable[[str], None]
) -> None:
    at("2026-03-10T12:00+00:00")
    sandbox.world.travel(days=-5)  # a main app whose clock is wrong

    told = gpt("mai").post(f"/pets/{cat.id}/microchips", chip_number=NUMBER, implanted_at="2026-03-09")

    assert (told.status, told.code) == (422, "VALIDATION_FAILED")
    assert [one["name"] for one in told.body["fields"]] == ["implanted_at"]
