"""list_pet_types: GET /pet-types, and the kept list behind it (contract §7.1; trap 20: throttled by our address)."""

import time
from collections.abc import Callable, Iterator

import pytest
from django.core.cache import cache
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from petstools import pet_types
from sandbox.server import SandboxServer
from tests.tools.conftest import Gpt

pytestmark = pytest.mark.once

Connect = Callable[..., Gpt]


@pytest.fixture(autouse=True)
def _a_fresh_process() -> Iterator[None]:
    pet_types.forget_near()
    yield
    pet_types.forget_near()


def asked_for(sandbox: SandboxServer) -> int:
    return len(sandbox.requests.of("GET", "/api/pet-types"))


def names(connected: Gpt) -> dict[str, str]:
    return {one["slug"]: one["name"] for one in connected.get("/pet-types").ok["pet_types"]}


def test_it_names_every_kind(gpt: Connect, sandbox: SandboxServer) -> None:
    told = gpt("emma").get("/pet-types")

    assert told.ok["pet_types"][0] == {"id": sandbox.world.pet_type("cat").id, "slug": "cat", "name": "Cat"}
    assert len(told.body["pet_types"]) == len(sandbox.world.pet_types)
    assert told.upstream == ["GET /pet-types"]


def test_nobody_has_to_be_signed_in(
    sandbox: SandboxServer, db: None, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(0):
        response = Client().get("/pet-types")

    assert response.status_code == 200
    assert response.json()["pet_types"]


def test_nobodys_daily_quota_pays_for_it(gpt: Connect, sandbox: SandboxServer) -> None:
    gpt("emma").get("/pet-types")

    (request,) = sandbox.requests.of("GET", "/api/pet-types")
    assert "Authorization" not in request.headers


def test_the_names_are_in_the_persons_language(gpt: Connect, sandbox: SandboxServer) -> None:
    in_english, in_vietnamese = gpt("emma", language="en"), gpt("mai", language="vi")

    assert names(in_english)["cat"] == "Cat"
    assert names(in_vietnamese)["cat"] == "Mèo"
    assert names(in_english)["cat"] == "Cat"
    assert asked_for(sandbox) == 2


def test_many_calls_of_many_people_ask_once(gpt: Connect, sandbox: SandboxServer) -> None:
    for key in ("emma", "olga", "taras"):
        connected = gpt(key)
        for _again in range(3):
            connected.get("/pet-types")
            connected.post("/pets/find", species="cat")
            connected.post("/pets/overview", species="dog")

    assert asked_for(sandbox) == 1


def test_another_process_finds_the_list_in_the_cache(gpt: Connect, sandbox: SandboxServer) -> None:
    gpt("emma").get("/pet-types")

    pet_types.forget_near()
    gpt("emma").get("/pet-types")

    assert asked_for(sandbox) == 1


def test_it_is_right_after_a_restart_with_an_empty_cache(gpt: Connect, sandbox: SandboxServer) -> None:
    before = names(gpt("emma"))

    pet_types.forget_near()
    cache.clear()

    assert names(gpt("emma")) == before
    assert asked_for(sandbox) == 2


def test_it_is_refreshed_when_its_time_is_over(
    gpt: Connect, sandbox: SandboxServer, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.PET_TYPES_CACHE_SECONDS = 600
    connected = gpt("emma")
    assert names(connected)["cat"] == "Cat"
    sandbox.world.pet_type("cat").names["en"] = "House cat"
    real = time.time
    pet_types.forget_near()

    monkeypatch.setattr("petstools.pet_types.time.time", lambda: real() + 599)
    assert names(connected)["cat"] == "Cat"
    pet_types.forget_near()
    monkeypatch.setattr("petstools.pet_types.time.time", lambda: real() + 601)
    assert names(connected)["cat"] == "House cat"


def test_a_process_keeps_its_own_copy_for_a_minute_at_most(
    gpt: Connect, sandbox: SandboxServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    connected = gpt("emma")
    names(connected)
    sandbox.world.pet_type("cat").names["en"] = "House cat"
    cache.clear()
    assert names(connected)["cat"] == "Cat"
    real = time.monotonic

    monkeypatch.setattr("petstools.pet_types.time.monotonic", lambda: real() + 61)

    assert names(connected)["cat"] == "House cat"


def test_a_short_setting_is_not_outlived_by_the_process(
    gpt: Connect, sandbox: SandboxServer, settings: Settings
) -> None:
    settings.PET_TYPES_CACHE_SECONDS = 0
    connected = gpt("emma")

    connected.get("/pet-types")
    connected.get("/pet-types")

    assert asked_for(sandbox) == 2


@pytest.mark.parametrize(
    "fault",
    [{"outage": True}, {"error_rate": 1.0}, {"html_errors": True}, {"throttle_429": True}, {"wrong_shape": True}],
)
def test_an_old_list_serves_while_the_main_app_is_away(
    gpt: Connect, sandbox: SandboxServer, settings: Settings, fault: dict[str, object]
) -> None:
    settings.MAIN_APP_MAX_ATTEMPTS = 1
    before = names(gpt("emma"))
    settings.PET_TYPES_CACHE_SECONDS = 0
    sandbox.faults.add(**fault)

    assert names(gpt("emma")) == before


def test_without_any_list_the_fault_is_told(gpt: Connect, sandbox: SandboxServer, settings: Settings) -> None:
    settings.MAIN_APP_MAX_ATTEMPTS = 1
    sandbox.faults.add(outage=True)

    told = gpt("emma").get("/pet-types")

    assert (told.status, told.code) == (503, "UPSTREAM_UNAVAILABLE")


def test_pets_are_shown_when_only_the_list_of_kinds_is_away(
    gpt: Connect, sandbox: SandboxServer, settings: Settings
) -> None:
    settings.MAIN_APP_MAX_ATTEMPTS = 1
    sandbox.faults.add(outage=True, path="pet-types")

    told = gpt("emma").get("/pets")

    assert {one["species"] for one in told.ok["pets"]} == {"cat", "dog", "bird"}
    assert told.upstream == ["GET /my-pets/sections"]


def test_a_weight_is_recorded_when_the_list_of_kinds_is_away(
    gpt: Connect, sandbox: SandboxServer, settings: Settings
) -> None:
    settings.MAIN_APP_MAX_ATTEMPTS = 1
    sandbox.faults.add(outage=True, path="pet-types")
    connected = gpt("emma")
    connected.get("/pets")

    told = connected.post(f"/pets/{sandbox.world.pet('Leap').id}/weights", weight_kg="4 kg")

    assert told.status == 201


def test_kinds_with_other_ids_are_still_told_apart(gpt: Connect, sandbox: SandboxServer) -> None:
    """The main app moved to another database: an hour long our list has the old ids."""
    connected = gpt("emma")
    names(connected)
    for pet_type in sandbox.world.pet_types:
        pet_type.id += 100

    species = {one["name"]: one["species"] for one in connected.get("/pets").ok["pets"]}
    dogs = connected.post("/pets/find", species="dog").ok["candidates"]
    birds = connected.post("/pets/overview", species="bird").ok["pets"]

    assert (species["Biscuit"], species["Rex"], species["Captain Flint"]) == ("cat", "dog", "bird")
    assert [one["name"] for one in dogs] == ["Rex", "Vàng"]
    assert [one["name"] for one in birds] == ["Captain Flint"]


def test_it_works_with_redis_away(gpt: Connect, sandbox: SandboxServer, settings: Settings) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    settings.CACHES = {
        "default": {
            "BACKEND": "django_redis.cache.RedisCache",
            "LOCATION": settings.REDIS_URL,
            "OPTIONS": {"IGNORE_EXCEPTIONS": True, "SOCKET_CONNECT_TIMEOUT": 0.2, "SOCKET_TIMEOUT": 0.2},
        }
    }
    connected = gpt("emma")

    kinds = names(connected)
    told = connected.post("/pets/find", name="biscuit", species="cat")

    assert kinds["cat"] == "Cat"
    assert [one["name"] for one in told.ok["candidates"]] == ["Biscuit"]
    assert asked_for(sandbox) == 1
