"""list_pets: GET /pets."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from petstools.tools import pets as catalog
from sandbox.server import SandboxServer
from tests.tools.conftest import Gpt
from tests.tools.documented import departures

pytestmark = pytest.mark.once

Connect = Callable[..., Gpt]


def test_own_pets_come_first_then_fostered_then_shared_each_by_name(gpt: Connect, sandbox: SandboxServer) -> None:
    world = sandbox.world
    world.share(world.pet("Сірко"), world.user("emma"), "foster")

    told = gpt("emma").get("/pets")

    assert [(one["name"], one["role"]) for one in told.ok["pets"]] == [
        ("Biscuit", "owner"),
        ("Captain Flint", "owner"),
        ("Leap", "owner"),
        ("Rex", "owner"),
        ("Сірко", "foster"),
        ("Vàng", "sitter"),
        ("Мурка", "viewer"),
    ]
    assert (told.body["total"], told.body["page"], told.body["next_page"]) == (7, 1, None)


def test_it_costs_one_call_and_one_query(gpt: Connect, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    connected = gpt("mai")

    with django_assert_num_queries(1):
        told = connected.get("/pets")

    assert told.upstream == ["GET /my-pets/sections"]


@pytest.mark.parametrize(
    ("role", "can_edit", "can_delete"),
    [
        ("owner", True, True),
        ("editor", True, False),
        ("viewer", False, False),
        ("sitter", False, False),
        ("foster", False, False),
    ],
)
def test_each_pet_says_what_the_person_may_do(
    gpt: Connect, sandbox: SandboxServer, role: str, can_edit: bool, can_delete: bool
) -> None:
    world = sandbox.world
    if role == "owner":
        pet = world.add_pet(world.user("noah"), name="Nox")
    else:
        pet = world.pet("Leap")
        world.share(pet, world.user("noah"), role)

    (shown,) = gpt("noah").get("/pets").ok["pets"]

    assert (shown["id"], shown["role"]) == (pet.id, role)
    assert (shown["can_edit"], shown["can_delete"]) == (can_edit, can_delete)


def test_the_answer_is_what_its_documentation_says(gpt: Connect) -> None:
    for key in ("emma", "mai", "olga", "taras", "noah", "pia", "bana"):
        assert departures(gpt(key).get("/pets").ok, catalog.list_pets.answer) == []


def test_the_newest_weight_and_the_state_of_vaccinations_are_there(gpt: Connect, sandbox: SandboxServer) -> None:
    shown = {one["name"]: one for one in gpt("mai").get("/pets").ok["pets"]}

    three_days_ago = sandbox.world.today() - timedelta(days=3)
    assert (shown["Míu"]["latest_weight_kg"], shown["Míu"]["latest_weight_on"]) == (4.1, three_days_ago.isoformat())
    assert shown["Míu"]["vaccination_status"] == "due_soon"
    assert (shown["Vàng"]["latest_weight_kg"], shown["Vàng"]["vaccination_status"]) == (None, "unknown")


def test_age_and_next_birthday_follow_what_is_known(gpt: Connect, sandbox: SandboxServer) -> None:
    world, mai = sandbox.world, sandbox.world.user("noah")
    today = timezone.now().date()
    world.add_pet(mai, name="Day", birthday=f"{today.year - 3}-01-01")
    world.add_pet(mai, name="Month", birthday=f"{today.year - 3}-01")
    world.add_pet(mai, name="Year", birthday=str(today.year - 3))
    world.add_pet(mai, name="Unknown")

    shown = {one["name"]: one for one in gpt("noah").get("/pets").ok["pets"]}

    told = {
        name: (
            one["birthday"],
            one["birthday_precision"],
            one["age_is_approximate"],
            one["next_birthday_is_approximate"],
        )
        for name, one in shown.items()
    }
    assert told == {
        "Day": (f"{today.year - 3}-01-01", "day", False, False),
        "Month": (f"{today.year - 3}-01", "month", True, True),
        "Year": (str(today.year - 3), "year", True, None),
        "Unknown": (None, "unknown", None, None),
    }
    assert shown["Month"]["next_birthday_at"] in (f"{today.year}-01", f"{today.year + 1}-01")
    assert shown["Year"]["age_months"] is None
    assert shown["Unknown"]["age"] is None


def test_trap_09_stale_parts_of_a_birthday_are_not_shown(gpt: Connect, sandbox: SandboxServer) -> None:
    pet = sandbox.world.add_pet(sandbox.world.user("noah"), name="Nox", birthday="2020-05-12")
    pet.birthday_precision = "year"

    (shown,) = gpt("noah").get("/pets").ok["pets"]

    assert (shown["birthday"], shown["birthday_precision"], shown["next_birthday_at"]) == ("2020", "year", None)


def test_trap_09_an_impossible_day_is_shown_as_its_month(gpt: Connect, sandbox: SandboxServer) -> None:
    pet = sandbox.world.add_pet(sandbox.world.user("noah"), name="Nox", birthday="2022-02-01")
    pet.birthday_day = 31

    (shown,) = gpt("noah").get("/pets").ok["pets"]

    assert (shown["birthday"], shown["birthday_precision"]) == ("2022-02", "month")


def test_a_pet_that_has_died_has_a_birthday_and_neither_an_age_nor_a_next_one(gpt: Connect) -> None:
    (shown,) = (one for one in gpt("mai").get("/pets").ok["pets"] if one["status"] == "deceased")

    assert shown["birthday"]
    assert [shown[name] for name in ("age", "age_months", "next_birthday_at", "days_until_birthday", "turns")] == [
        None
    ] * 5


def test_trap_13_the_order_does_not_follow_the_main_apps(gpt: Connect, sandbox: SandboxServer) -> None:
    connected = gpt("mai")
    before = [one["name"] for one in connected.get("/pets").ok["pets"]]
    for pet in sandbox.world.pets.values():
        pet.relationships.sort(key=lambda link: -link.id)
        for link in pet.relationships:
            link.id = 10_000 - link.id

    assert [one["name"] for one in connected.get("/pets").ok["pets"]] == before == sorted(before, key=str.casefold)


def test_a_long_list_is_walked_to_its_end(gpt: Connect, sandbox: SandboxServer) -> None:
    noah = sandbox.world.user("noah")
    for number in range(101):
        sandbox.world.add_pet(noah, name=f"Pet {number:03}", description="long " * 800)
    connected = gpt("noah")

    seen: list[str] = []
    page: int | None = 1
    while page is not None:
        response = connected.http.get("/pets", {"page": page})
        assert len(response.content.decode()) < 100_000
        seen += [one["name"] for one in response.json()["pets"]]
        assert response.json()["total"] == 101
        page = response.json()["next_page"]

    assert seen == [f"Pet {number:03}" for number in range(101)]


def test_a_page_past_the_end_is_empty(gpt: Connect) -> None:
    told = gpt("emma").get("/pets", page=9)

    assert (told.ok["pets"], told.body["total"], told.body["next_page"]) == ([], 6, None)


@pytest.mark.parametrize("page", ["0", "-1", "x", "1.5", "100001", "9" * 400, "٣x", "1e3", "\x00"])
def test_a_page_that_is_none_is_refused_before_any_call(gpt: Connect, page: str) -> None:
    told = gpt("emma").get("/pets", page=page)

    assert (told.status, told.code) == (400, "INVALID_INPUT")
    assert [one["name"] for one in told.body["fields"]] == ["page"]
    assert told.upstream == []


@pytest.mark.parametrize("page", ["", " ", "1", "01"])
def test_an_empty_page_is_the_first(gpt: Connect, page: str) -> None:
    assert gpt("emma").get("/pets", page=page).ok["page"] == 1


def test_a_long_text_is_cut_and_marked(gpt: Connect, sandbox: SandboxServer) -> None:
    sandbox.world.add_pet(sandbox.world.user("noah"), name="Nox", description="word " * 1000)

    (shown,) = gpt("noah").get("/pets").ok["pets"]

    assert len(shown["description"]) <= 200
    assert shown["description"].endswith("… (cut)")


def test_a_person_without_pets_gets_an_empty_list(gpt: Connect) -> None:
    assert gpt("noah").get("/pets").ok["pets"] == []


def test_the_kind_is_named_in_the_persons_language(gpt: Connect) -> None:
    shown = gpt("mai", language="vi").get("/pets").ok["pets"]

    assert {one["species"]: one["species_name"] for one in shown} == {"cat": "Mèo", "dog": "Chó"}


def test_today_is_the_persons_day_and_not_the_servers(
    gpt: Connect, sandbox: SandboxServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """20:00 UTC on the 11th is 03:00 on the 12th in Hanoi."""
    moment = timezone.now().replace(year=2027, month=5, day=11, hour=20)
    monkeypatch.setattr("petstools.execution.datetime", type("Clock", (), {"now": staticmethod(lambda zone: moment)}))
    sandbox.world.add_pet(sandbox.world.user("noah"), name="Nox", birthday="2020-05-12")

    (shown,) = gpt("noah").get("/pets").ok["pets"]

    assert (shown["next_birthday_at"], shown["days_until_birthday"], shown["turns"]) == ("2027-05-12", 0, 7)
    assert shown["age_months"] == 84
