"""What add_microchip and update_microchip ask about a number."""

from collections.abc import Callable
from typing import Any

import pytest

from sandbox.server import SandboxServer
from tests.tools.conftest import Gpt, Told
from tests.tools.kinds import SECTIONS

pytestmark = pytest.mark.once

Connect = Callable[..., Gpt]
NUMBER = "001000123456789"


@pytest.fixture(params=["add", "update"])
def say(request: pytest.FixtureRequest, gpt: Connect, cat: Any, sandbox: SandboxServer) -> Callable[..., Told]:
    """To one of the two."""
    connected, path = gpt("mai"), f"/pets/{cat.id}/microchips"
    if request.param == "add":
        return lambda **said: connected.post(path, **said)
    chip = sandbox.world.add_microchip(cat, "982000555555555", "HomeAgain", "2024-01-02")
    return lambda **said: connected.patch(f"{path}/{chip.id}", **said)


@pytest.mark.parametrize(
    ("said", "reason", "fields"),
    [
        ({"chip_number": "12345"}, "out_of_range", ["chip_number"]),
        ({"chip_number": "9" * 21}, "out_of_range", ["chip_number"]),
        ({"chip_number": "no idea"}, "not_understood", ["chip_number"]),
        ({"chip_number": 1000123456789}, "not_understood", ["chip_number"]),
        ({"chip_number": "no idea", "implanted_at": "once"}, "not_understood", ["chip_number", "implanted_at"]),
    ],
)
def test_what_cannot_be_told_for_sure_is_asked_about(
    say: Callable[..., Told], said: dict[str, Any], reason: str, fields: list[str]
) -> None:
    told = say(**said)

    assert (told.reason, told.body["missing_fields"]) == (reason, fields)
    assert told.upstream == [SECTIONS]


def test_a_missing_number_and_an_unclear_day_are_one_question(gpt: Connect, cat: Any) -> None:
    told = gpt("mai").post(f"/pets/{cat.id}/microchips", implanted_at="once")

    assert told.body["missing_fields"] == ["chip_number", "implanted_at"]


@pytest.mark.parametrize("other", ["Biscuit", "Míu"])
def test_trap_33_a_number_that_is_taken_gives_nothing_away(
    say: Callable[..., Told], cat: Any, sandbox: SandboxServer, other: str
) -> None:
    sandbox.world.add_microchip(sandbox.world.pet(other), NUMBER, "SomebodysIssuer")

    told = say(chip_number=NUMBER)

    assert told.reason == "chip_number_not_accepted"
    assert told.body["candidates"] == []
    for secret in (other, "SomebodysIssuer", "account", "another", "taken"):
        assert secret not in told.body["message"]
    assert NUMBER not in [chip.chip_number for chip in cat.microchips]
