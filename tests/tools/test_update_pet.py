"""update_pet: PATCH /pets/{pet_id}."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from petstools.serializers.pet_profile import UpdatedPetAnswer
from sandbox.server import SandboxServer
from tests.tools.conftest import Gpt
from tests.tools.documented import departures

pytestmark = pytest.mark.once

Connect = Callable[..., Gpt]


@pytest.fixture
def miu(sandbox: SandboxServer) -> Any:
    """Mai's cat Míu: female, born on a known day, in Hanoi, described in Vietnamese."""
    return sandbox.world.pet("Míu")


def test_it_changes_what_was_said_and_nothing_else(gpt: Connect, miu: Any) -> None:
    told = gpt("mai").patch(f"/pets/{miu.id}", sex="đực", description="Đã triệt sản.")

    assert (miu.name, miu.sex, miu.description, miu.country) == ("Míu", "male", "Đã triệt sản.", "VN")
    assert (
        told.ok["data"].items()
        >= {"id": miu.id, "sex": "male", "description": "Đã triệt sản.", "role": "owner"}.items()
    )
    assert departures(told.body, UpdatedPetAnswer) == []
    assert told.upstream == [f"GET /pets/{miu.id}", f"PUT /pets/{miu.id}", f"GET /pets/{miu.id}"]


def test_the_answer_is_what_is_stored_not_what_was_sent(gpt: Connect, miu: Any) -> None:
    told = gpt("mai").patch(f"/pets/{miu.id}", name="  Míu   Míu ")

    assert told.ok["data"]["name"] == miu.name == "Míu Míu"


def test_what_stands_there_already_is_not_written_again(gpt: Connect, miu: Any) -> None:
    told = gpt("mai").patch(f"/pets/{miu.id}", sex="female", country="VN")

    assert told.ok["data"]["sex"] == "female"
    assert told.upstream == [f"GET /pets/{miu.id}"]


@pytest.mark.parametrize(
    "said", [{}, {"name": None}, {"age": "unknown"}, {"clear": []}, {"description": "  "}, {"colour": "x"}]
)
def test_a_call_that_changes_nothing_is_asked_about(gpt: Connect, miu: Any, said: dict[str, Any]) -> None:
    told = gpt("mai").patch(f"/pets/{miu.id}", **said)

    assert told.reason == "missing"
    assert "name" in told.body["missing_fields"]
    assert told.upstream == []


@pytest.mark.parametrize(
    ("said", "reason", "field"),
    [
        ({"name": "x" * 300}, "not_understood", "name"),
        ({"species": "unicorn"}, "unknown", "species"),
        ({"sex": "both"}, "not_understood", "sex"),
        ({"country": "Atlantis"}, "unknown", "country"),
        ({"birth_date": "2099-01-01"}, "future", "birth_date"),
        ({"age": "3"}, "ambiguous", "age"),
    ],
)
def test_what_cannot_be_told_for_sure_is_asked_about(
    gpt: Connect, miu: Any, said: dict[str, Any], reason: str, field: str
) -> None:
    told = gpt("mai").patch(f"/pets/{miu.id}", **said)

    assert told.reason == reason
    assert told.body["missing_fields"] == [field]
    assert not [one for one in told.upstream if one.startswith("PUT")]


@pytest.mark.parametrize("clear", [["description"], ["sex", "country"], "name", ["city"], ["photo"]])
def test_trap_08_what_cannot_be_emptied_is_said_never_answered_ok(gpt: Connect, miu: Any, clear: Any) -> None:
    told = gpt("mai").patch(f"/pets/{miu.id}", clear=clear, sex="male")

    assert told.reason == "cannot_clear"
    assert "sex" not in told.body["missing_fields"]
    assert (miu.sex, miu.description) == ("female", "Mèo tam thể, thích nằm cửa sổ.")
    assert told.upstream == []


@pytest.mark.parametrize("field", ["birth_date", "age", "birthday"])
def test_a_birthday_can_be_emptied_by_not_knowing_it(gpt: Connect, miu: Any, field: str) -> None:
    told = gpt("mai").patch(f"/pets/{miu.id}", clear=[field])

    assert miu.birthday_precision == "unknown"
    assert told.ok["data"]["birthday"] is None
    assert told.body["data"]["age"] is None


def test_a_sex_can_be_emptied(gpt: Connect, miu: Any) -> None:
    assert gpt("mai").patch(f"/pets/{miu.id}", clear="sex").ok["data"]["sex"] == "not_specified"


def test_a_value_and_emptying_it_contradict_each_other(gpt: Connect, miu: Any) -> None:
    told = gpt("mai").patch(f"/pets/{miu.id}", clear=["birth_date"], age="2 years")

    assert told.reason == "contradiction"
    assert told.upstream == []


@pytest.mark.parametrize(
    ("said", "shown", "precision"),
    [
        ({"birth_month_year": "2022-03"}, "2022-03", "month"),
        ({"birth_date": "2021"}, "2021", "year"),
        ({"birth_date": "2022-03-01"}, "2022-03-01", "day"),
    ],
)
def test_trap_09_another_precision_leaves_nothing_old_in_the_answer(
    gpt: Connect, miu: Any, said: dict[str, Any], shown: str, precision: str
) -> None:
    told = gpt("mai").patch(f"/pets/{miu.id}", **said)

    assert (told.ok["data"]["birthday"], told.body["data"]["birthday_precision"]) == (shown, precision)
    assert miu.birthday_day  # the main app keeps the old day in its JSON


def test_trap_06_a_birthday_that_utc_has_not_reached_is_asked_about(
    gpt: Connect, miu: Any, at: Callable[[str], None]
) -> None:
    at("2026-03-09T18:30+00:00")

    told = gpt("mai").patch(f"/pets/{miu.id}", birth_date="hôm nay")

    assert told.reason == "not_yet"
    assert told.body["candidates"] == [{"birth_date": "2026-03-09"}]


def test_a_name_that_another_pet_of_the_kind_has_is_asked_about(gpt: Connect, miu: Any, sandbox: SandboxServer) -> None:
    connected = gpt("mai")

    asked = connected.patch(f"/pets/{miu.id}", name="mướp")
    named = miu.name
    confirmed = connected.patch(f"/pets/{miu.id}", name="mướp", confirm_duplicate=True)

    assert asked.reason == "possible_duplicate"
    assert [one["name"] for one in asked.body["candidates"]] == ["Mướp"]
    assert asked.upstream == ["GET /my-pets/sections"]
    assert named == "Míu"
    assert confirmed.ok["data"]["name"] == "mướp"


def test_becoming_another_kind_can_make_a_duplicate_too(gpt: Connect, sandbox: SandboxServer) -> None:
    dog = sandbox.world.add_pet(sandbox.world.user("mai"), name="Míu", species="dog")

    assert gpt("mai").patch(f"/pets/{dog.id}", species="mèo").reason == "possible_duplicate"


def test_another_spelling_of_its_own_name_is_no_duplicate(gpt: Connect, miu: Any) -> None:
    assert gpt("mai").patch(f"/pets/{miu.id}", name="MÍU").ok["data"]["name"] == "MÍU"


def test_the_kind_can_be_corrected(gpt: Connect, miu: Any) -> None:
    told = gpt("mai").patch(f"/pets/{miu.id}", species="con thỏ")

    assert told.ok["data"]["species"] == "rabbit"
    assert miu.pet_type.slug == "rabbit"


def test_another_country_leaves_the_city_and_says_so(gpt: Connect, miu: Any) -> None:
    told = gpt("mai").patch(f"/pets/{miu.id}", country="Đức", city="unknown")

    assert told.ok["data"]["country"] == "DE"
    assert "Hanoi" in told.body["note"]
    assert departures(told.body, UpdatedPetAnswer) == []


def test_a_description_is_sent_in_its_own_language(gpt: Connect, miu: Any) -> None:
    gpt("mai", language="en").patch(f"/pets/{miu.id}", description="Рыжая", description_language="ru")

    assert miu.description_locale == "ru"


def test_an_editor_may_change_it(gpt: Connect, sandbox: SandboxServer) -> None:
    biscuit = sandbox.world.pet("Biscuit")

    told = gpt("olga").patch(f"/pets/{biscuit.id}", description="Fat.")

    assert told.ok["data"]["role"] == "editor"
    assert biscuit.description == "Fat."


def test_an_editors_own_pets_are_no_duplicates_of_other_peoples(gpt: Connect, sandbox: SandboxServer) -> None:
    biscuit = sandbox.world.pet("Biscuit")

    assert gpt("olga").patch(f"/pets/{biscuit.id}", name="Барсик").ok["data"]["name"] == "Барсик"


def test_trap_12_a_viewer_may_not(gpt: Connect, cat: Any) -> None:
    told = gpt("olga").patch(f"/pets/{cat.id}", description="Mine now.")

    assert (told.status, told.code) == (403, "FORBIDDEN")


@pytest.mark.parametrize("pet", ["private", "none"])
def test_trap_11_somebody_elses_pet_is_as_unknown_as_one_that_is_not_there(
    gpt: Connect, sandbox: SandboxServer, pet: str
) -> None:
    pet_id = sandbox.world.pet("Duchess").id if pet == "private" else 999_999

    told = gpt("mai").patch(f"/pets/{pet_id}", description="x")

    assert (told.status, told.code) == (404, "NOT_FOUND")


def test_somebody_else_changing_another_field_does_no_harm(gpt: Connect, miu: Any, sandbox: SandboxServer) -> None:
    changed_between(sandbox, miu, lambda: setattr(miu, "description", "Từ trình duyệt"))

    told = gpt("mai").patch(f"/pets/{miu.id}", sex="male")

    assert told.ok["data"].items() >= {"sex": "male", "description": "Từ trình duyệt"}.items()
    assert [one.status for one in sandbox.requests if one.method == "PUT"] == [409, 200]


def test_somebody_else_changing_the_same_field_is_a_conflict(gpt: Connect, miu: Any, sandbox: SandboxServer) -> None:
    changed_between(sandbox, miu, lambda: setattr(miu, "sex", "not_specified"))

    told = gpt("mai").patch(f"/pets/{miu.id}", sex="male")

    assert (told.status, told.code) == (409, "CONFLICT")
    assert miu.sex == "not_specified"


def test_what_the_main_app_refuses_comes_back_under_our_names(
    gpt: Connect, miu: Any, sandbox: SandboxServer, at: Callable[[str], None]
) -> None:
    at("2026-03-10T12:00+00:00")
    sandbox.world.travel(days=-400)  # a main app whose clock is wrong

    told = gpt("mai").patch(f"/pets/{miu.id}", birth_date="2026-03-01")

    assert told.code == "VALIDATION_FAILED"
    assert {one["name"] for one in told.body["fields"]} == {"birth_date"}


def test_an_answer_lost_after_the_commit_does_no_harm_when_sent_again(
    gpt: Connect, miu: Any, sandbox: SandboxServer
) -> None:
    connected = gpt("mai")
    sandbox.faults.add(drop="after_commit", method="PUT")

    lost = connected.patch(f"/pets/{miu.id}", sex="male")
    sandbox.faults.clear()
    again = connected.patch(f"/pets/{miu.id}", sex="male")

    assert lost.code == "OUTCOME_UNKNOWN"
    assert again.ok["data"]["sex"] == "male"
    assert again.upstream == [f"GET /pets/{miu.id}"]


def test_trap_26_the_answer_carries_nobodys_address(gpt: Connect, sandbox: SandboxServer) -> None:
    told = gpt("olga").patch(f"/pets/{sandbox.world.pet('Biscuit').id}", description="Fat.")

    assert "@" not in json.dumps(told.body)


def test_it_costs_three_calls_and_one_query(
    gpt: Connect, miu: Any, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    connected = gpt("mai")

    with django_assert_num_queries(1):  # sign-in
        told = connected.patch(f"/pets/{miu.id}", sex="male")

    assert len(told.upstream) == 3


def changed_between(sandbox: SandboxServer, pet: Any, change: Callable[[], None]) -> None:
    """Let somebody change the pet when it has been read once, as a person in their browser may."""
    later = sandbox.world.timestamp().replace(year=2027)
    shown = sandbox.app.requests.append

    def append(one: Any) -> None:
        shown(one)
        if one.method == "PUT" and pet.updated_at != later:
            change()
            pet.updated_at = later

    sandbox.app.requests.append = append  # type: ignore[method-assign]
