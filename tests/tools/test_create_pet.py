"""create_pet: POST /pets."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from petstools.models import WriteAttempt
from petstools.serializers.pet_profile import CreatedPetAnswer
from sandbox.server import SandboxServer
from sandbox.versions import Release
from tests.tools.conftest import Gpt
from tests.tools.documented import departures

pytestmark = pytest.mark.once

Connect = Callable[..., Gpt]
KEM = {"name": "Kem", "species": "con mèo", "country": "Việt Nam"}


def pets_named(sandbox: SandboxServer, name: str) -> list[Any]:
    return [pet for pet in sandbox.world.pets.values() if pet.name == name and pet.deleted_at is None]


def test_it_makes_the_pet_that_was_told_of(gpt: Connect, sandbox: SandboxServer) -> None:
    told = gpt("mai").post(
        "/pets",
        **KEM,
        sex="bé gái",
        birth_date="12/5/2023",
        description="Hay ngủ.\nSợ sấm.",
        description_language="vi",
    )

    (kem,) = pets_named(sandbox, "Kem")
    assert told.status == 201
    assert told.ok["already_recorded"] is False
    assert (
        told.body["data"].items()
        >= {
            "id": kem.id,
            "name": "Kem",
            "species": "cat",
            "species_name": "Cat",
            "sex": "female",
            "status": "active",
            "birthday": "2023-05-12",
            "birthday_precision": "day",
            "country": "VN",
            "description": "Hay ngủ.\nSợ sấm.",
        }.items()
    )
    assert departures(told.body, CreatedPetAnswer) == []
    assert (kem.pet_type.slug, kem.country, kem.sex) == ("cat", "VN", "female")
    assert told.upstream == ["GET /pet-types", "POST /pets"]


@pytest.mark.parametrize("name", ["🐈‍⬛ Kuro", "👨‍👩‍👧", "❤️ Na", "می‌شو", "Đốm", "O'Malley"])
def test_rule_16_a_name_stays_as_written(gpt: Connect, sandbox: SandboxServer, name: str) -> None:
    told = gpt("mai").post("/pets", name=f" \u202e{name}\u200b\n", species="cat", country="VN")

    assert told.ok["data"]["name"] == name
    assert len(pets_named(sandbox, name)) == 1


def test_its_maker_owns_it_though_the_main_apps_reply_does_not_say_so(gpt: Connect) -> None:
    made = gpt("mai").post("/pets", **KEM).ok["data"]

    assert (made["role"], made["can_edit"], made["can_delete"]) == ("owner", True, True)


@pytest.mark.parametrize(
    ("said", "missing"),
    [
        ({}, ["name", "species", "country"]),
        ({"name": "Kem"}, ["species", "country"]),
        ({"name": None, "species": "  ", "country": "VN"}, ["name", "species"]),
        ({"species": "cat", "country": "VN"}, ["name"]),
    ],
)
def test_all_that_is_missing_is_asked_for_at_once(
    gpt: Connect, sandbox: SandboxServer, said: dict[str, Any], missing: list[str]
) -> None:
    before = len(sandbox.world.pets)

    told = gpt("noah").post("/pets", **said)

    assert told.reason == "missing"
    assert told.body["missing_fields"] == missing
    assert len(sandbox.world.pets) == before


@pytest.mark.parametrize(
    ("said", "reason", "field"),
    [
        ({"name": "x" * 300}, "not_understood", "name"),
        ({"species": "unicorn"}, "unknown", "species"),
        ({"species": "not a cat"}, "ambiguous", "species"),
        ({"sex": "maybe a boy or a girl"}, "ambiguous", "sex"),
        ({"country": "Atlantis"}, "unknown", "country"),
        ({"country": "Korea"}, "ambiguous", "country"),
        ({"birth_date": "2099-01-01"}, "future", "birth_date"),
        ({"birth_date": "2022-02-31"}, "impossible", "birth_date"),
        ({"birth_month_year": "2022-13"}, "impossible", "birth_month_year"),
        ({"age": "3"}, "ambiguous", "age"),
        ({"age": "80 years"}, "implausible", "age"),
        ({"age_months": -5}, "out_of_range", "age_months"),
        ({"birth_date": "2020-01-01", "age_months": 3}, "contradiction", "birth_date"),
        ({"birth_date": "today", "time_zone": "Middle-earth"}, "not_understood", "time_zone"),
    ],
)
def test_what_cannot_be_told_for_sure_is_asked_about(
    gpt: Connect, said: dict[str, Any], reason: str, field: str
) -> None:
    told = gpt("mai").post("/pets", **{**KEM, **said})

    assert told.reason == reason
    assert told.body["missing_fields"] == [field]
    assert "POST /pets" not in told.upstream


def test_several_questions_are_put_as_one(gpt: Connect) -> None:
    told = gpt("mai").post("/pets", species="unicorn", sex="yes and no", country="Atlantis", age="3")

    assert told.reason == "unknown"
    assert sorted(told.body["missing_fields"]) == ["age", "country", "name", "sex", "species"]


def test_without_a_country_it_is_that_of_the_persons_other_pets(gpt: Connect, sandbox: SandboxServer) -> None:
    told = gpt("mai").post("/pets", name="Kem", species="cat")

    assert told.ok["data"]["country"] == "VN"
    assert told.upstream == ["GET /my-pets/sections", "GET /pet-types", "POST /pets"]


def test_with_pets_in_two_countries_it_is_asked_about(gpt: Connect, sandbox: SandboxServer) -> None:
    sandbox.world.add_pet(sandbox.world.user("mai"), name="Abroad", country="DE")

    told = gpt("mai").post("/pets", name="Kem", species="cat")

    assert told.reason == "missing"
    assert told.body["missing_fields"] == ["country"]
    assert told.body["candidates"] == [{"country": "DE"}, {"country": "VN"}]


def test_other_peoples_pets_do_not_say_where_a_person_lives(gpt: Connect, sandbox: SandboxServer) -> None:
    sandbox.world.share(sandbox.world.pet("Biscuit"), sandbox.world.user("noah"), "viewer")

    told = gpt("noah").post("/pets", name="Kem", species="cat")

    assert told.body["missing_fields"] == ["country"]
    assert told.body["candidates"] == []


@pytest.mark.parametrize(
    ("said", "stored"),
    [
        ({"birth_date": "2023-05-12"}, ("day", 2023, 5, 12)),
        ({"birth_date": "2023-05"}, ("month", 2023, 5, None)),
        ({"birth_date": "2023"}, ("year", 2023, None, None)),
        ({"birth_month_year": "tháng 5 năm 2023"}, ("month", 2023, 5, None)),
        ({"age_months": 6}, ("month", 2025, 9, None)),
        ({"age": "6 months"}, ("month", 2025, 9, None)),
        ({"age": "3 года"}, ("year", 2023, None, None)),
        ({}, ("unknown", None, None, None)),
    ],
)
def test_trap_09_a_birthday_is_stored_with_the_precision_it_was_told_in(
    gpt: Connect, sandbox: SandboxServer, at: Callable[[str], None], said: dict[str, Any], stored: tuple[Any, ...]
) -> None:
    at("2026-03-10T12:00+00:00")

    gpt("mai").post("/pets", **KEM, **said)

    (kem,) = pets_named(sandbox, "Kem")
    assert (kem.birthday_precision, kem.birthday_year, kem.birthday_month, kem.birthday_day) == stored


@pytest.mark.parametrize("unknown", ["unknown", "không biết", "не знаю", "невідомо", "?"])
def test_a_birthday_that_nobody_knows_is_left_out(gpt: Connect, unknown: str) -> None:
    told = gpt("mai").post("/pets", **KEM, birth_date=unknown, age=unknown)

    assert told.status == 201
    assert told.ok["data"]["birthday"] is None


@pytest.mark.parametrize(
    ("moment", "said", "offered"),
    [
        ("2026-03-09T18:30+00:00", {"birth_date": "hôm nay"}, {"birth_date": "2026-03-09"}),
        ("2026-03-09T18:30+00:00", {"birth_date": "2026-03-10"}, {"birth_date": "2026-03-09"}),
        ("2026-02-28T18:30+00:00", {"birth_month_year": "2026-03"}, {"birth_month_year": "2026-02"}),
        ("2025-12-31T18:30+00:00", {"birth_date": "2026"}, {"birth_date": "2025"}),
    ],
)
def test_trap_06_a_birthday_that_utc_has_not_reached_is_asked_about(
    gpt: Connect, at: Callable[[str], None], moment: str, said: dict[str, Any], offered: dict[str, Any]
) -> None:
    at(moment)

    told = gpt("mai").post("/pets", **KEM, **said)

    assert told.reason == "not_yet"
    assert told.body["candidates"] == [offered]
    assert "POST /pets" not in told.upstream


def test_todays_birthday_is_the_persons_day(gpt: Connect, at: Callable[[str], None]) -> None:
    at("2026-03-10T03:30+00:00")

    told = gpt("mai").post("/pets", **KEM, birth_date="today", time_zone="America/New_York")

    assert told.ok["data"]["birthday"] == "2026-03-09"


def test_a_pet_of_the_same_name_and_kind_is_asked_about_not_made(gpt: Connect, sandbox: SandboxServer) -> None:
    told = gpt("mai").post("/pets", name="Míu", species="cat", country="VN")

    assert told.reason == "possible_duplicate"
    assert [one["id"] for one in told.body["candidates"]] == [sandbox.world.pet("Míu").id]
    assert told.body["candidates"][0]["status"] == "active"
    assert "confirm_duplicate" in told.body["message"]
    assert len(pets_named(sandbox, "Míu")) == 1
    assert told.upstream == ["GET /pet-types", "POST /pets", "GET /my-pets/sections"]


@pytest.mark.parametrize(("name", "existing", "status"), [("míu", "Míu", "active"), ("BÔNG", "Bông", "deceased")])
def test_trap_30_letter_case_makes_no_other_pet_and_the_dead_count_too(
    gpt: Connect, name: str, existing: str, status: str
) -> None:
    told = gpt("mai").post("/pets", name=name, species="cat", country="VN")

    assert told.reason == "possible_duplicate"
    assert [(one["name"], one["status"]) for one in told.body["candidates"]] == [(existing, status)]


def test_the_same_name_for_another_kind_is_no_duplicate(gpt: Connect) -> None:
    assert gpt("mai").post("/pets", name="Míu", species="dog", country="VN").status == 201


def test_a_confirmed_duplicate_is_made(gpt: Connect, sandbox: SandboxServer) -> None:
    told = gpt("mai").post("/pets", name="Míu", species="cat", country="VN", confirm_duplicate=True)

    assert told.status == 201
    assert len(pets_named(sandbox, "Míu")) == 2


def test_a_pet_given_away_still_blocks_its_name_and_is_not_shown(gpt: Connect, sandbox: SandboxServer) -> None:
    miu = sandbox.world.pet("Míu")
    miu.relationships.clear()
    sandbox.world.share(miu, sandbox.world.user("emma"), "owner")

    told = gpt("mai").post("/pets", name="Míu", species="cat", country="VN")

    assert told.reason == "possible_duplicate"
    assert told.body["candidates"] == []
    assert "no longer among their pets" in told.body["message"]


@pytest.mark.parametrize("version", ["v1.6.0", "v1.17.4", "v1.18.0"])
def test_an_older_main_app_that_makes_duplicates_is_not_let(gpt: Connect, sandbox: SandboxServer, version: str) -> None:
    sandbox.app.release = Release(version)
    connected = gpt("mai")

    asked = connected.post("/pets", name="míu", species="cat", country="VN")
    confirmed = connected.post("/pets", name="míu", species="cat", country="VN", confirm_duplicate=True)

    assert asked.reason == "possible_duplicate"
    assert [one["name"] for one in asked.body["candidates"]] == ["Míu"]
    assert "POST /pets" not in asked.upstream
    assert confirmed.status == 201


def test_the_same_call_again_finds_what_it_made(gpt: Connect, sandbox: SandboxServer) -> None:
    connected = gpt("mai")
    first = connected.post("/pets", **KEM)

    again = connected.post("/pets", **KEM)

    assert again.status == 200
    assert again.ok["already_recorded"] is True
    assert again.body["data"] == first.body["data"]
    assert len(pets_named(sandbox, "Kem")) == 1


def test_again_true_is_not_enough_for_a_second_pet_of_the_name(gpt: Connect, sandbox: SandboxServer) -> None:
    connected = gpt("mai")
    connected.post("/pets", **KEM)

    again = connected.post("/pets", **KEM, again=True)
    confirmed = connected.post("/pets", **KEM, again=True, confirm_duplicate=True)

    assert again.reason == "possible_duplicate"
    assert confirmed.status == 201
    assert len(pets_named(sandbox, "Kem")) == 2


def test_make_delete_make_writes_twice(gpt: Connect) -> None:
    connected = gpt("mai")
    first = connected.post("/pets", **KEM).ok["data"]
    connected.confirmed("delete", f"/pets/{first['id']}")

    again = connected.post("/pets", **KEM)

    assert again.status == 201
    assert again.ok["data"]["id"] != first["id"]


def test_an_answer_lost_after_the_commit_is_unknown_and_the_same_call_again_finds_it(
    gpt: Connect, sandbox: SandboxServer
) -> None:
    connected = gpt("mai")
    sandbox.faults.add(drop="after_commit", method="POST", path="/pets$")

    lost = connected.post("/pets", **KEM)
    sandbox.faults.clear()
    again = connected.post("/pets", **KEM)

    assert lost.code == "OUTCOME_UNKNOWN"
    assert again.ok["data"]["name"] == "Kem"
    assert len(pets_named(sandbox, "Kem")) == 1
    assert len({one.idempotency_key for one in sandbox.requests.of("POST", "/api/pets")}) == 1


def test_a_creation_told_in_an_unreadable_answer_is_found_by_the_same_call_again(
    gpt: Connect, sandbox: SandboxServer
) -> None:
    connected = gpt("mai")
    sandbox.faults.add(wrong_shape=True, method="POST", path="/pets$")

    lost = connected.post("/pets", **KEM)
    sandbox.faults.clear()
    again = connected.post("/pets", **KEM)

    assert lost.code == "OUTCOME_UNKNOWN"
    assert again.ok["data"]["name"] == "Kem"
    assert len(pets_named(sandbox, "Kem")) == 1


def test_an_older_main_app_without_keys_does_not_double_what_it_did_not_answer(
    gpt: Connect, sandbox: SandboxServer
) -> None:
    sandbox.app.release = Release("v1.17.4")
    connected = gpt("mai")
    sandbox.faults.add(drop="after_commit", method="POST", path="/pets$")

    lost = connected.post("/pets", **KEM, confirm_duplicate=True)
    sandbox.faults.clear()
    again = connected.post("/pets", **KEM, confirm_duplicate=True)

    assert lost.code == "OUTCOME_UNKNOWN"
    assert again.ok["already_recorded"] is True
    assert len(pets_named(sandbox, "Kem")) == 1


@pytest.mark.parametrize(
    ("language", "said", "stored"),
    [("en", "vi", "vi"), ("en", "UK", "uk"), ("ru", None, "ru"), ("ru", "French", "ru")],
)
def test_a_description_is_sent_in_its_own_language(
    gpt: Connect, sandbox: SandboxServer, language: str, said: str | None, stored: str
) -> None:
    gpt("mai", language=language).post("/pets", **KEM, description="Hay ngủ", description_language=said)

    (kem,) = pets_named(sandbox, "Kem")
    assert kem.description_locale == stored


def test_trap_26_the_answer_carries_nobodys_address(gpt: Connect) -> None:
    told = gpt("mai").post("/pets", **KEM)

    assert "@" not in json.dumps(told.body)
    assert not {"viewers", "editors", "user_id", "created_by", "media", "photos"} & told.body["data"].keys()


def test_what_the_main_app_refuses_comes_back_under_our_names(
    gpt: Connect, sandbox: SandboxServer, at: Callable[[str], None]
) -> None:
    at("2026-03-10T12:00+00:00")
    sandbox.world.travel(days=-400)  # a main app whose clock is wrong

    told = gpt("mai").post("/pets", **KEM, birth_date="2026")

    assert told.code == "VALIDATION_FAILED"
    assert [one["name"] for one in told.body["fields"]] == ["birth_date"]
    assert WriteAttempt.objects.count() == 0


@pytest.mark.parametrize(("key", "code"), [("uma", "EMAIL_NOT_VERIFIED"), ("bana", "ACCOUNT_BANNED")])
def test_people_who_may_not_write_are_told_why(gpt: Connect, key: str, code: str) -> None:
    told = gpt(key).post("/pets", **KEM)

    assert (told.status, told.code) == (403, code)


def test_it_costs_one_call_when_all_is_told_and_the_kinds_are_known(
    gpt: Connect, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    connected = gpt("mai")
    connected.get("/pet-types")

    with django_assert_num_queries(6):  # sign-in, earlier attempt, savepoint, insert, release, outcome
        told = connected.post("/pets", **KEM)

    assert told.upstream == ["POST /pets"]


def test_a_weight_of_the_new_pet_is_judged_by_its_kind(gpt: Connect) -> None:
    connected = gpt("mai")
    kem = connected.post("/pets", **KEM).ok["data"]

    assert connected.post(f"/pets/{kem['id']}/weights", weight_kg=450).reason == "implausible"


def test_two_of_one_name_and_of_different_sex_need_no_question(gpt: Connect, sandbox: SandboxServer) -> None:
    connected = gpt("noah")
    pet = {"name": "Momo", "species": "cat", "country": "GB"}
    first = connected.post("/pets", **pet, sex="male").ok["data"]["id"]

    second = connected.post("/pets", **pet, sex="female").ok["data"]

    assert second["id"] != first
    assert connected.post("/pets", **pet, sex="female").ok["already_recorded"] is True
    assert connected.post("/pets", **pet).reason == "possible_duplicate"


@pytest.mark.parametrize("said", ["unknown", "?", "no name yet", "chưa đặt tên", "без имени", "my cat", "con mèo"])
def test_what_names_nobody_is_asked_about_and_may_be_a_name_all_the_same(gpt: Connect, said: str) -> None:
    connected = gpt("noah")
    body = {"name": said, "species": "cat", "country": "VN"}

    asked = connected.post("/pets", **body)

    assert (asked.reason, asked.body["missing_fields"]) == ("missing", ["name"])
    assert connected.post("/pets", **body, again=True).ok["data"]["name"] == said


@pytest.mark.parametrize("name", ["Mèo", "Kitty", "Cat", "Bé Mèo", "Кот", "12", "Na"])
def test_what_an_animal_is_may_be_its_name(gpt: Connect, name: str) -> None:
    assert gpt("noah").post("/pets", name=name, species="cat", country="VN").ok["data"]["name"] == name
