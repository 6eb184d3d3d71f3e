"""Breed and city on create_pet and update_pet: the main app's lists by name, in four languages (contract §7.3)."""

from collections.abc import Callable
from typing import Any

import pytest

from sandbox.records import Pet
from sandbox.server import SandboxServer
from tests.tools.conftest import Gpt

pytestmark = pytest.mark.once

Connect = Callable[..., Gpt]


@pytest.fixture
def nox(sandbox: SandboxServer) -> Pet:
    return sandbox.world.add_pet(sandbox.world.user("noah"), name="Nox", country="VN")


def breeds(pet: Pet) -> list[str]:
    return [one.names["en"] for one in pet.categories]


def test_of_several_breeds_the_list_is_asked_for_once(gpt: Connect, nox: Pet) -> None:
    """Each request counts in the person's day (contract §2.2)."""
    told = gpt("noah").patch(f"/pets/{nox.id}", breed="Siamese, Persian, Siamese")

    assert sorted(breeds(nox)) == ["Persian", "Siamese"]
    assert told.upstream.count("GET /categories") == 1


@pytest.mark.parametrize(
    "said",
    ["Siamese", "siamese cat", "Сиамская", "сиамский кот", "Сіамська кішка", "mèo xiêm", "Mèo Xiêm"],
)
def test_a_breed_is_known_in_four_languages(gpt: Connect, nox: Pet, said: str) -> None:
    told = gpt("noah").patch(f"/pets/{nox.id}", breed=said)

    assert (told.ok["data"]["breed"], breeds(nox)) == ("Siamese", ["Siamese"])


def test_in_the_persons_own_language_it_is_one_call_more(gpt: Connect, nox: Pet) -> None:
    told = gpt("noah").patch(f"/pets/{nox.id}", breed="Siamese")

    assert [one.partition("?")[0] for one in told.upstream] == [
        f"GET /pets/{nox.id}",
        "GET /categories",
        f"PUT /pets/{nox.id}",
        f"GET /pets/{nox.id}",
    ]


@pytest.mark.parametrize("said", ["shorthair", "haired", "British", "Xiêm La tinh", "qqq"])
def test_what_may_be_several_or_none_is_asked(gpt: Connect, nox: Pet, said: str) -> None:
    told = gpt("noah").patch(f"/pets/{nox.id}", breed=said)

    assert told.reason in ("ambiguous", "unknown")
    assert told.body["missing_fields"] == ["breed"]
    assert breeds(nox) == []


def test_another_breed_takes_its_place_traits_stay_and_it_can_be_taken_back(
    gpt: Connect, nox: Pet, sandbox: SandboxServer
) -> None:
    nox.categories += [
        one
        for one in sandbox.world.categories
        if one.names["en"] in ("Indoor", "Persian") and one.pet_type.slug == "cat"
    ]
    noah = gpt("noah")

    told = noah.patch(f"/pets/{nox.id}", breed="Bengal")

    assert sorted(breeds(nox)) == ["Bengal", "Indoor"]
    assert told.ok["before"] == {"breed": "Persian"}
    noah.patch(f"/pets/{nox.id}", **{k: v for k, v in told.ok["undo"]["arguments"].items() if k != "pet_id"})
    assert sorted(breeds(nox)) == ["Indoor", "Persian"]


def test_trap_57_another_kind_loses_the_breed_of_the_old_one(gpt: Connect, nox: Pet) -> None:
    noah = gpt("noah")
    noah.patch(f"/pets/{nox.id}", breed="Siamese")

    noah.patch(f"/pets/{nox.id}", species="dog", confirm_duplicate=True)

    assert (nox.pet_type.slug, breeds(nox)) == ("dog", [])


@pytest.mark.parametrize("said", ["Hanoi", "Hà Nội", "ha noi", "Ханой"])
def test_a_city_is_known_by_its_names(gpt: Connect, nox: Pet, said: str) -> None:
    told = gpt("noah").patch(f"/pets/{nox.id}", city=said)

    assert nox.city is not None
    assert nox.city.slug == "hanoi"
    assert "can replace city" in told.ok["note"]


def test_a_city_of_another_country_is_asked_about(gpt: Connect, nox: Pet) -> None:
    assert gpt("noah").patch(f"/pets/{nox.id}", city="Moscow").body["missing_fields"] == ["city"]


def test_moved_to_germany_asks_about_the_city(gpt: Connect, sandbox: SandboxServer) -> None:
    miu, mai = sandbox.world.pet("Míu"), gpt("mai")

    asked = mai.patch(f"/pets/{miu.id}", country="Đức")
    anyway = mai.patch(f"/pets/{miu.id}", country="Đức", city="unknown")

    assert (asked.reason, asked.body["missing_fields"]) == ("missing", ["city"])
    assert "still Hanoi" in asked.body["message"]
    assert (anyway.ok["data"]["country"], "still" in anyway.ok["note"]) == ("DE", True)


def test_a_new_pet_has_both(gpt: Connect, sandbox: SandboxServer) -> None:
    told = gpt("noah").post("/pets", name="Nyx", species="cat", country="VN", city="Hà Nội", breed="mèo Ba Tư")

    assert told.status == 201
    made = sandbox.world.pets[told.ok["data"]["id"]]
    assert (breeds(made), made.city.slug if made.city else None) == (["Persian"], "hanoi")
    assert told.ok["data"]["breed"]


def test_an_unknown_breed_makes_no_pet(gpt: Connect, sandbox: SandboxServer) -> None:
    before = len(sandbox.world.pets)

    told = gpt("noah").post("/pets", name="Nyx", species="cat", country="VN", breed="qqq")

    assert (told.reason, len(sandbox.world.pets)) == ("unknown", before)


def test_a_breed_is_emptied(gpt: Connect, nox: Pet) -> None:
    noah = gpt("noah")
    noah.patch(f"/pets/{nox.id}", breed="Siamese")

    told: Any = noah.patch(f"/pets/{nox.id}", clear=["breed"])

    assert (breeds(nox), told.ok["before"]) == ([], {"breed": "Siamese"})
