"""list_microchips: GET /pets/{pet_id}/microchips."""

from collections.abc import Callable
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from petstools.serializers.microchips import MicrochipsAnswer
from sandbox.server import SandboxServer
from tests.tools.conftest import Gpt
from tests.tools.documented import departures

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


def test_trap_12_a_viewer_may_see_them(gpt: Connect, cat: Any, sandbox: SandboxServer) -> None:
    sandbox.world.add_microchip(cat, "982000555555555")

    told = gpt("olga").get(f"/pets/{cat.id}/microchips")

    assert [one["chip_number"] for one in told.ok["microchips"]] == ["982000555555555"]


def test_trap_03_more_than_a_page_can_be_walked_to_the_end(gpt: Connect, cat: Any, sandbox: SandboxServer) -> None:
    for number in range(27):
        sandbox.world.add_microchip(cat, f"98200055555{number:04d}")
    connected = gpt("mai")

    first = connected.get(f"/pets/{cat.id}/microchips")
    second = connected.get(f"/pets/{cat.id}/microchips", page=first.ok["next_page"])

    assert (len(first.body["microchips"]), first.body["total"], first.body["next_page"]) == (25, 27, 2)
    assert (len(second.ok["microchips"]), second.body["next_page"]) == (2, None)


def test_a_kind_without_chips_is_answered_with_what_is_possible(gpt: Connect, sandbox: SandboxServer) -> None:
    hamster = sandbox.world.add_pet(sandbox.world.user("mai"), name="Bông Gòn", species="hamster")

    told = gpt("mai").get(f"/pets/{hamster.id}/microchips")

    assert (told.status, told.code) == (422, "FEATURE_NOT_AVAILABLE")
    assert "Hamster (hamster)" in told.body["message"]
    assert "add_weight" in told.body["message"]
    assert "add_microchip" not in told.body["message"]


def test_trap_11_somebody_elses_pet_is_as_unknown_as_one_that_is_not_there(
    gpt: Connect, sandbox: SandboxServer
) -> None:
    told = gpt("mai").get(f"/pets/{sandbox.world.pet('Duchess').id}/microchips")

    assert (told.status, told.code) == (404, "NOT_FOUND")


def test_a_pet_that_is_not_there_is_told(gpt: Connect) -> None:
    assert gpt("mai").get("/pets/999999/microchips").code == "NOT_FOUND"


@pytest.mark.parametrize("pet_id", ["0", "-1", "abc", "1.5", "9" * 19])
def test_trap_29_an_id_that_is_none_is_refused_before_any_call(gpt: Connect, pet_id: str) -> None:
    told = gpt("mai").get(f"/pets/{pet_id}/microchips")

    assert (told.status, told.code) == (400, "INVALID_INPUT")
    assert told.upstream == []


def test_it_costs_one_call_and_one_query(
    gpt: Connect, cat: Any, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    connected = gpt("mai")

    with django_assert_num_queries(1):  # sign-in
        told = connected.get(f"/pets/{cat.id}/microchips")

    assert told.upstream == [f"GET /pets/{cat.id}/microchips"]
