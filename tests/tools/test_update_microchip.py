"""update_microchip: PATCH /pets/{pet_id}/microchips/{microchip_id}."""

from collections.abc import Callable
from typing import Any

import pytest

from petstools.serializers.microchips import MicrochipAnswer
from sandbox.server import SandboxServer
from tests.tools.conftest import Gpt
from tests.tools.documented import departures

pytestmark = pytest.mark.once

Connect = Callable[..., Gpt]


@pytest.fixture
def chip(cat: Any, sandbox: SandboxServer) -> Any:
    return sandbox.world.add_microchip(cat, "982000555555555", "HomeAgain", "2024-01-02")


@pytest.fixture
def path(cat: Any, chip: Any) -> str:
    return f"/pets/{cat.id}/microchips/{chip.id}"


def test_it_changes_what_was_said_and_nothing_else(gpt: Connect, chip: Any, path: str) -> None:
    told = gpt("mai").patch(path, chip_number="001 000 555 555 555", implanted_at="2024-01-03")

    assert (chip.chip_number, chip.issuer, chip.implanted_at.isoformat()) == (
        "001000555555555",
        "HomeAgain",
        "2024-01-03",
    )
    assert told.ok["data"]["chip_number"] == "001000555555555"
    assert departures(told.body, MicrochipAnswer) == []
    assert told.upstream == ["GET /my-pets/sections", f"GET {path}", f"PUT {path}", f"GET {path}"]


@pytest.mark.parametrize("clear", [["issuer", "implanted_at"], ["issuer"], "implanted_at"])
def test_issuer_and_day_can_be_emptied(gpt: Connect, chip: Any, path: str, clear: Any) -> None:
    told = gpt("mai").patch(path, clear=clear)

    for name in ("issuer", "implanted_at"):
        assert (told.ok["data"][name] is None) is (name in clear)
        assert (getattr(chip, name) is None) is (name in clear)


def test_a_number_cannot_be_emptied(gpt: Connect, chip: Any, path: str) -> None:
    told = gpt("mai").patch(path, clear=["chip_number", "issuer"])

    assert told.reason == "cannot_clear"
    assert told.body["missing_fields"] == ["chip_number"]
    assert chip.issuer == "HomeAgain"


def test_a_value_and_emptying_it_contradict_each_other(gpt: Connect, path: str) -> None:
    told = gpt("mai").patch(path, clear=["issuer"], issuer="Datamars")

    assert told.reason == "contradiction"
    assert told.upstream == ["GET /my-pets/sections"]


@pytest.mark.parametrize(
    ("said", "reason"),
    [({"chip_number": "5"}, "out_of_range"), ({"implanted_at": "2099-01-01"}, "future")],
)
def test_what_cannot_be_right_is_asked_about(gpt: Connect, path: str, said: dict[str, Any], reason: str) -> None:
    assert gpt("mai").patch(path, **said).reason == reason


def test_trap_06_a_day_that_utc_has_not_reached_is_asked_about(
    gpt: Connect, path: str, at: Callable[[str], None]
) -> None:
    at("2026-03-09T18:30+00:00")

    assert gpt("mai").patch(path, implanted_at="today").reason == "not_yet"


def test_trap_33_a_number_that_is_taken_gives_nothing_away(gpt: Connect, chip: Any, path: str) -> None:
    told = gpt("mai").patch(path, chip_number="982000123456789")  # Emma's Biscuit

    assert told.reason == "chip_number_not_accepted"
    assert "Biscuit" not in told.body["message"]
    assert chip.chip_number == "982000555555555"
