"""list_weights: GET /pets/{pet_id}/weights."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from petstools.tools import weights as catalog
from sandbox.server import SandboxServer
from tests.tools.conftest import Gpt
from tests.tools.documented import departures

pytestmark = pytest.mark.once

Connect = Callable[..., Gpt]


def test_trap_03_the_newest_come_first_and_all_pages_can_be_walked(gpt: Connect, sandbox: SandboxServer) -> None:
    connected, biscuit = gpt("emma"), sandbox.world.pet("Biscuit")

    first = connected.get(f"/pets/{biscuit.id}/weights")
    second = connected.get(f"/pets/{biscuit.id}/weights", page=first.ok["next_page"])

    days = [one["measured_at"] for told in (first, second) for one in told.ok["weights"]]
    assert days == [(sandbox.world.today() - timedelta(weeks=week)).isoformat() for week in range(30)]
    assert (len(first.body["weights"]), first.body["total"], first.body["next_page"]) == (25, 30, 2)
    assert (second.body["page"], second.body["next_page"]) == (2, None)


def test_trap_04_a_weight_is_a_number(gpt: Connect, sandbox: SandboxServer) -> None:
    miu = sandbox.world.pet("Míu")

    told = gpt("mai").get(f"/pets/{miu.id}/weights")

    assert [one["weight_kg"] for one in told.ok["weights"]] == [4.1, 3.85]
    assert departures(told.ok, catalog.list_weights.answer) == []


def test_trap_05_a_day_is_a_day_wherever_the_person_is(gpt: Connect, sandbox: SandboxServer) -> None:
    pet = sandbox.world.add_pet(sandbox.world.user("noah"), name="Nox")
    sandbox.world.add_weight(pet, 4, "2026-01-01")

    assert gpt("noah").get(f"/pets/{pet.id}/weights").ok["weights"][0]["measured_at"] == "2026-01-01"
