"""find_pet: POST /pets/find."""

import unicodedata
from collections.abc import Callable
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from petstools.tools import pets as catalog
from sandbox.server import SandboxServer
from tests.tools.conftest import Gpt, Told
from tests.tools.documented import departures

pytestmark = pytest.mark.once

Connect = Callable[..., Gpt]


def found(told: Told) -> list[str]:
    return [one["name"] for one in told.ok["candidates"]]


def offered(told: Told) -> list[str]:
    return [one["name"] for one in told.body["candidates"]]


@pytest.mark.parametrize(
    "said",
    ["Míu", "miu", "MIU", "Miu", "  míu ", unicodedata.normalize("NFD", "Míu"), "con Miu", "my cat Miu", "bé míu"],
)
def test_a_name_is_found_however_it_is_spelled(gpt: Connect, said: str) -> None:
    told = gpt("mai").post("/pets/find", name=said)

    assert found(told) == ["Míu"]
    assert told.body["total"] == 1


def test_a_name_stored_in_pieces_is_found_whole(gpt: Connect, sandbox: SandboxServer) -> None:
    sandbox.world.pet("Míu").name = unicodedata.normalize("NFD", "Míu")

    assert len(found(gpt("mai").post("/pets/find", name="Míu"))) == 1


@pytest.mark.parametrize("said", ["Мурка", "мурка", "Мурку", "Murka", "murka"])
def test_a_cyrillic_name_is_found_in_both_alphabets_and_in_any_case(gpt: Connect, said: str) -> None:
    assert found(gpt("olga").post("/pets/find", name=said)) == ["Мурка"]


@pytest.mark.parametrize(
    ("said", "near"), [("mui", "Míu"), ("Miuu", "Míu"), ("Biscit", "Biscuit"), ("Мурака", "Мурка")]
)
def test_a_slip_of_the_fingers_is_asked_about(gpt: Connect, said: str, near: str) -> None:
    owner = {"Míu": "mai", "Biscuit": "emma", "Мурка": "olga"}[near]

    told = gpt(owner).post("/pets/find", name=said)

    assert told.reason == "no_match"
    assert near in offered(told)


@pytest.mark.parametrize("kind", ["cat", "cats", "Cat", "con mèo", "meo", "кошка", "кіт", "🐱", "kitten"])
def test_a_kind_alone_finds_all_of_it(gpt: Connect, kind: str) -> None:
    assert found(gpt("emma").post("/pets/find", species=kind)) == ["Biscuit", "Leap", "Мурка"]


def test_a_kind_narrows_a_name(gpt: Connect, sandbox: SandboxServer) -> None:
    noah = sandbox.world.user("noah")
    sandbox.world.add_pet(noah, name="Max", species="cat")
    dog = sandbox.world.add_pet(noah, name="Max", species="dog")

    both = gpt("noah").post("/pets/find", name="max")
    one = gpt("noah").post("/pets/find", name="max", species="dog")

    assert (found(both), both.body["total"]) == (["Max", "Max"], 2)
    assert [(shown["id"], shown["species"]) for shown in one.ok["candidates"]] == [(dog.id, "dog")]


def test_a_name_that_only_another_kind_has_is_asked_about(gpt: Connect) -> None:
    told = gpt("mai").post("/pets/find", name="Miu", species="dog")

    assert told.reason == "no_match"
    assert offered(told) == ["Míu"]
    assert "of this kind" in told.body["message"]


def test_a_kind_that_nobody_has_names_the_pets_there_are(gpt: Connect) -> None:
    told = gpt("taras").post("/pets/find", species="cat")

    assert told.reason == "no_match"
    assert offered(told) == []
    assert "Сірко" in told.body["message"]


def test_a_kind_that_does_not_exist_is_asked_about_with_the_list(gpt: Connect) -> None:
    told = gpt("emma").post("/pets/find", name="Biscuit", species="dragon")

    assert told.reason
    assert told.body["missing_fields"] == ["species"]
    assert {"cat", "dog"} <= {one["slug"] for one in told.body["candidates"]}


def test_the_best_match_stands_first(gpt: Connect, sandbox: SandboxServer) -> None:
    noah = sandbox.world.user("noah")
    for name in ("Big Max", "Maximus", "Máx", "max", "Max"):
        sandbox.world.add_pet(noah, name=name)

    assert found(gpt("noah").post("/pets/find", name="Max")) == ["Max", "max", "Máx", "Big Max", "Maximus"]


def test_more_than_ten_are_counted_and_not_all_shown(gpt: Connect, sandbox: SandboxServer) -> None:
    for number in range(14):
        sandbox.world.add_pet(sandbox.world.user("noah"), name=f"Max {number:02}")

    told = gpt("noah").post("/pets/find", name="max")

    assert found(told) == [f"Max {number:02}" for number in range(10)]
    assert told.body["total"] == 14


def test_rule_26_when_nothing_is_meant_here_a_line_says_so(gpt: Connect, sandbox: SandboxServer) -> None:
    for number in range(60):
        sandbox.world.add_pet(sandbox.world.user("noah"), name=f"Max {number:02}")

    told = gpt("noah").post("/pets/find", name="Zebedee")

    assert told.reason == "no_match"
    assert offered(told) == []
    assert "Max 00" in told.body["message"]
    assert len(told.body["message"]) < 500


@pytest.mark.parametrize("said", ["Бисквит", "нашего Бисквита", "бисквит"])
def test_rule_26_a_name_is_found_as_it_sounds(gpt: Connect, sandbox: SandboxServer, said: str) -> None:
    sandbox.world.add_pet(sandbox.world.user("noah"), name="Biscuit")

    assert found(gpt("noah").post("/pets/find", name=said)) == ["Biscuit"]


def test_rule_17_a_pet_that_died_is_never_offered_first(gpt: Connect, sandbox: SandboxServer) -> None:
    noah = sandbox.world.user("noah")
    sandbox.world.add_pet(noah, name="Max").status = "deceased"
    sandbox.world.add_pet(noah, name="Maxine")

    assert found(gpt("noah").post("/pets/find", name="Max")) == ["Maxine", "Max"]


@pytest.mark.parametrize("body", [{"name": "Míu"}, {"species": "cat"}, {"name": "Míu", "species": "cat"}])
def test_a_person_without_pets_is_told_so(gpt: Connect, body: dict[str, str]) -> None:
    told = gpt("noah").post("/pets/find", **body)

    assert told.reason == "no_pets"
    assert "create_pet" in told.body["message"]


@pytest.mark.parametrize(
    "body", [{}, {"name": None}, {"name": ""}, {"name": "  ", "species": None}, {"species": ""}, {"title": "Míu"}]
)
def test_without_a_name_and_a_kind_the_name_is_asked_for(gpt: Connect, body: dict[str, Any]) -> None:
    told = gpt("mai").post("/pets/find", **body)

    assert told.reason == "missing"
    assert told.body["missing_fields"] == ["name"]
    assert told.upstream == []


def test_deceased_and_lost_pets_are_found_too(gpt: Connect) -> None:
    connected = gpt("mai")

    assert [one["status"] for one in connected.post("/pets/find", name="bông").ok["candidates"]] == ["deceased"]
    assert [one["status"] for one in connected.post("/pets/find", name="mun").ok["candidates"]] == ["lost"]


@pytest.mark.parametrize("name", ["...", "🐈", "%", "_", "\\", "'; DROP TABLE pets; --", "a" * 500, 4.2, True, 10**300])
def test_a_name_of_any_kind_is_an_answer(gpt: Connect, name: Any) -> None:
    assert gpt("mai").post("/pets/find", name=name).status == 200


@pytest.mark.parametrize("name", [["Míu"], {"is": "Míu"}, "a" * 501, "M\x00u", "M\ud800u"])
def test_what_is_no_name_is_refused_before_any_call(gpt: Connect, name: Any) -> None:
    told = gpt("mai").post("/pets/find", name=name)

    assert (told.status, told.code) == (400, "INVALID_INPUT")
    assert [one["name"] for one in told.body["fields"]] == ["name"]
    assert told.upstream == []


def test_it_costs_one_call_and_one_query(gpt: Connect, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    connected = gpt("mai")

    with django_assert_num_queries(1):
        told = connected.post("/pets/find", name="Míu")

    assert told.upstream == ["GET /my-pets/sections"]


def test_a_kind_costs_the_list_of_kinds_once(gpt: Connect) -> None:
    connected = gpt("mai")

    first = connected.post("/pets/find", species="mèo")
    second = connected.post("/pets/find", species="mèo")

    assert first.upstream == ["GET /my-pets/sections", "GET /pet-types"]
    assert second.upstream == ["GET /my-pets/sections"]


def test_the_answers_are_what_their_documentation_says(gpt: Connect) -> None:
    connected = gpt("emma")

    for body in ({"name": "b"}, {"name": "biscit"}, {"species": "cat"}, {"species": "dragon"}, {}, {"name": "Zebedee"}):
        assert departures(connected.post("/pets/find", **body).body, catalog.find_pet.answer) == []


@pytest.mark.parametrize(("due_in", "told"), [((-3, 200), True), ((10,), True), ((200,), False), ((None,), False)])
def test_where_something_is_due_it_says_where_to_look_for_what(
    gpt: Connect, cat_due: Callable[..., Any], due_in: tuple[int | None, ...], told: bool
) -> None:
    cat_due("Zorro", *due_in)
    connected = gpt("noah")

    note = connected.post("/pets/find", name="Zorro").ok.get("note", "")

    assert ("list_vaccinations" in note) == told
