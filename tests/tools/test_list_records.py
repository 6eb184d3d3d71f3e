"""What list_weights, list_vaccinations, list_medical_records and list_microchips have in common: GET /pets/{pet_id}/{kind}."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from petstools.tools.base import Tool
from petstools.tools.medical_records import list_medical_records
from petstools.tools.microchips import list_microchips
from petstools.tools.vaccinations import list_vaccinations
from petstools.tools.weights import list_weights
from sandbox.records import Pet
from sandbox.server import SandboxServer
from tests.tools.conftest import Gpt
from tests.tools.documented import departures

pytestmark = pytest.mark.once

Connect = Callable[..., Gpt]
Add = Callable[[Any, Pet, int], Any]


def _day(number: int) -> date:
    return date(2025, 1, 1) + timedelta(days=number)


# Tool, the last part of its address, and how the stand-in gets one record of each number.
KINDS: tuple[tuple[Tool, str, Add], ...] = (
    (list_weights, "weights", lambda world, pet, number: world.add_weight(pet, 4, _day(number))),
    (
        list_vaccinations,
        "vaccinations",
        lambda world, pet, number: world.add_vaccination(pet, f"V{number}", _day(number)),
    ),
    (
        list_medical_records,
        "medical-records",
        lambda world, pet, number: world.add_medical_record(pet, "checkup", _day(number)),
    ),
    (list_microchips, "microchips", lambda world, pet, number: world.add_microchip(pet, f"98200055555{number:04d}")),
)
of_each_kind = pytest.mark.parametrize(("tool", "kind", "add"), KINDS, ids=[kind for _tool, kind, _add in KINDS])
by_address = pytest.mark.parametrize("kind", [kind for _tool, kind, _add in KINDS])


def rows(answer: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = answer[kind.replace("-", "_")]
    return listed


@of_each_kind
def test_trap_03_all_pages_can_be_walked(
    gpt: Connect, cat: Pet, sandbox: SandboxServer, tool: Tool, kind: str, add: Add
) -> None:
    added = {add(sandbox.world, cat, number).id for number in range(27)}
    connected = gpt("mai")

    first = connected.get(f"/pets/{cat.id}/{kind}").ok
    second = connected.get(f"/pets/{cat.id}/{kind}", page=first["next_page"]).ok
    beyond = connected.get(f"/pets/{cat.id}/{kind}", page=9).ok

    assert (len(rows(first, kind)), first["total"], first["page"], first["next_page"]) == (25, 27, 1, 2)
    assert (len(rows(second, kind)), second["page"], second["next_page"]) == (2, 2, None)
    assert (rows(beyond, kind), beyond["next_page"]) == ([], None)
    assert {one["id"] for one in rows(first, kind) + rows(second, kind)} == added
    assert departures(first, tool.answer) == []


@by_address
def test_a_pet_without_any_has_none(gpt: Connect, cat: Pet, kind: str) -> None:
    told = gpt("mai").get(f"/pets/{cat.id}/{kind}").ok

    assert (rows(told, kind), told["total"], told["next_page"]) == ([], 0, None)


@by_address
@pytest.mark.parametrize("page", ["0", "-1", "two", "1.5"])
def test_a_page_that_is_none_is_refused_before_any_call(gpt: Connect, cat: Pet, kind: str, page: str) -> None:
    told = gpt("mai").get(f"/pets/{cat.id}/{kind}", page=page)

    assert (told.code, told.body["fields"][0]["name"], told.upstream) == ("INVALID_INPUT", "page", [])


@by_address
@pytest.mark.parametrize("pet_id", ["0", "-1", "abc", "1.5", "9" * 19])
def test_trap_29_an_id_that_is_none_is_refused_before_any_call(gpt: Connect, kind: str, pet_id: str) -> None:
    told = gpt("mai").get(f"/pets/{pet_id}/{kind}")

    assert (told.status, told.code, told.upstream) == (400, "INVALID_INPUT", [])


@by_address
def test_trap_11_another_persons_pet_and_none_are_told_alike(gpt: Connect, sandbox: SandboxServer, kind: str) -> None:
    connected = gpt("taras")

    hidden = connected.get(f"/pets/{sandbox.world.pet('Biscuit').id}/{kind}")
    missing = connected.get(f"/pets/999999/{kind}")

    assert (hidden.status, hidden.code) == (404, "NOT_FOUND")
    assert {**hidden.body, "request_id": ""} == {**missing.body, "request_id": ""}


@of_each_kind
@pytest.mark.parametrize("role", ["viewer", "sitter", "foster"])
def test_trap_12_who_may_only_look_at_the_pet_is_told_so_but_sees_its_chips(
    gpt: Connect, cat: Pet, sandbox: SandboxServer, tool: Tool, kind: str, add: Add, role: str
) -> None:
    add(sandbox.world, cat, 1)
    sandbox.world.share(cat, sandbox.world.user("noah"), role)

    told = gpt("noah").get(f"/pets/{cat.id}/{kind}")

    if kind == "microchips":
        assert len(rows(told.ok, kind)) == 1
    else:
        assert (told.status, told.code) == (403, "FORBIDDEN")
        assert "editor" in told.body["message"]


@of_each_kind
def test_an_editor_sees_them(gpt: Connect, cat: Pet, sandbox: SandboxServer, tool: Tool, kind: str, add: Add) -> None:
    add(sandbox.world, cat, 1)
    sandbox.world.share(cat, sandbox.world.user("noah"), "editor")

    assert gpt("noah").get(f"/pets/{cat.id}/{kind}").ok["total"] == 1


@by_address
def test_trap_10_a_dead_token_is_no_matter_of_permission(
    gpt: Connect, cat: Pet, sandbox: SandboxServer, kind: str
) -> None:
    token = sandbox.world.new_token(sandbox.world.user("mai"))
    connected = gpt("mai", token=token)
    sandbox.world.revoke(token)

    told = connected.get(f"/pets/{cat.id}/{kind}")

    assert (told.status, told.code) == (401, "UNAUTHORIZED")


@by_address
def test_it_costs_one_call_and_one_query(
    gpt: Connect, cat: Pet, kind: str, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    connected = gpt("mai")

    with django_assert_num_queries(1):  # sign-in
        told = connected.get(f"/pets/{cat.id}/{kind}")

    assert told.upstream == [f"GET /pets/{cat.id}/{kind}"]
