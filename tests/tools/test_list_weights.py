"""list_weights: GET /pets/{pet_id}/weights."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from petstools.tools import weights as catalog
from sandbox.server import SandboxServer
from tests.tools.conftest import Gpt
from tests.tools.documented import departures

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


def test_it_costs_one_call_and_one_query(
    gpt: Connect, sandbox: SandboxServer, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    connected, miu = gpt("mai"), sandbox.world.pet("Míu")

    with django_assert_num_queries(1):
        told = connected.get(f"/pets/{miu.id}/weights")

    assert told.upstream == [f"GET /pets/{miu.id}/weights"]


def test_a_pet_that_nobody_has_weighed_has_none(gpt: Connect, sandbox: SandboxServer) -> None:
    told = gpt("emma").get(f"/pets/{sandbox.world.pet('Leap').id}/weights")

    assert (told.ok["weights"], told.body["total"], told.body["next_page"]) == ([], 0, None)


def test_a_page_past_the_end_is_empty(gpt: Connect, sandbox: SandboxServer) -> None:
    told = gpt("emma").get(f"/pets/{sandbox.world.pet('Biscuit').id}/weights", page=9)

    assert (told.ok["weights"], told.body["next_page"]) == ([], None)


@pytest.mark.parametrize("role", ["viewer", "sitter", "foster"])
def test_trap_12_who_may_only_look_at_the_pet_is_told_so(gpt: Connect, sandbox: SandboxServer, role: str) -> None:
    sandbox.world.share(sandbox.world.pet("Biscuit"), sandbox.world.user("noah"), role)

    told = gpt("noah").get(f"/pets/{sandbox.world.pet('Biscuit').id}/weights")

    assert (told.status, told.code) == (403, "FORBIDDEN")


def test_an_editor_sees_them(gpt: Connect, sandbox: SandboxServer) -> None:
    assert gpt("olga").get(f"/pets/{sandbox.world.pet('Biscuit').id}/weights").ok["total"] == 30


def test_trap_11_another_persons_pet_and_none_are_told_alike(gpt: Connect, sandbox: SandboxServer) -> None:
    connected = gpt("taras")

    hidden = connected.get(f"/pets/{sandbox.world.pet('Biscuit').id}/weights")
    missing = connected.get("/pets/999999/weights")

    assert (hidden.status, hidden.code) == (404, "NOT_FOUND")
    assert {**hidden.body, "request_id": ""} == {**missing.body, "request_id": ""}


def test_trap_10_a_dead_token_in_a_bare_answer_ends_the_connection(gpt: Connect, sandbox: SandboxServer) -> None:
    token = sandbox.world.new_token(sandbox.world.user("mai"))
    connected = gpt("mai", token=token)
    sandbox.world.revoke(token)

    told = connected.get(f"/pets/{sandbox.world.pet('Míu').id}/weights")

    assert (told.status, told.code) == (401, "UNAUTHORIZED")
