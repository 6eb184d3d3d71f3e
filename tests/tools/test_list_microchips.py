"""list_microchips: GET /pets/{pet_id}/microchips."""

from collections.abc import Callable
from typing import Any

import pytest

from petstools.serializers.microchips import MicrochipsAnswer
from sandbox.server import SandboxServer
from tests.tools.conftest import Gpt
from tests.tools.documented import departures

pytestmark = pytest.mark.once

Connect = Callable[..., Gpt]


def test_it_shows_every_chip_as_text(gpt: Connect, cat: Any, sandbox: SandboxServer) -> None:
    dated = sandbox.world.add_microchip(cat, "001000123456789", "HomeAgain", "2024-01-02")
    undated = sandbox.world.add_microchip(cat, "AVID*012*345")

    told = gpt("mai").get(f"/pets/{cat.id}/microchips")

    assert told.ok["microchips"] == [
        {"id": undated.id, "pet_id": cat.id, "chip_number": "AVID*012*345", "issuer": None, "implanted_at": None},
        {
            "id": dated.id,
            "pet_id": cat.id,
            "chip_number": "001000123456789",
            "issuer": "HomeAgain",
            "implanted_at": "2024-01-02",
        },
    ]
    assert (told.body["total"], told.body["page"], told.body["next_page"]) == (2, 1, None)
    assert departures(told.body, MicrochipsAnswer) == []
