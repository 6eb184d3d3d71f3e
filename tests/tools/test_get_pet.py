"""get_pet: GET /pets/{pet_id}."""

from collections.abc import Callable

import pytest
from pytest_django import DjangoAssertNumQueries

from oauthbridge.models import Connection
from petstools.tools import pets as catalog
from sandbox.server import SandboxServer
from tests.tools.conftest import Gpt
from tests.tools.documented import departures

pytestmark = pytest.mark.once

Connect = Callable[..., Gpt]


def test_it_shows_the_whole_pet(gpt: Connect, sandbox: SandboxServer) -> None:
    biscuit = sandbox.world.pet("Biscuit")

    shown = gpt("emma").get(f"/pets/{biscuit.id}").ok["data"]

    assert (shown["id"], shown["name"], shown["species"], shown["sex"]) == (biscuit.id, "Biscuit", "cat", "male")
    assert (shown["role"], shown["can_edit"], shown["can_delete"]) == ("owner", True, True)
    assert shown["description"] == "Ginger, talks a lot."
    assert shown["photo_url"].startswith("http")


def test_what_only_lists_carry_is_absent_and_not_empty(gpt: Connect, sandbox: SandboxServer) -> None:
    shown = gpt("emma").get(f"/pets/{sandbox.world.pet('Biscuit').id}").ok["data"]

    assert not {"latest_weight_kg", "latest_weight_on", "vaccination_status"} & shown.keys()


def test_it_costs_one_call_and_one_query(
    gpt: Connect, sandbox: SandboxServer, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    connected, pet = gpt("mai"), sandbox.world.pet("Míu")

    with django_assert_num_queries(1):
        told = connected.get(f"/pets/{pet.id}")

    assert told.upstream == [f"GET /pets/{pet.id}"]


def test_every_pet_of_every_person_is_shown_as_documented(gpt: Connect, sandbox: SandboxServer) -> None:
    for key in ("emma", "mai", "olga", "taras", "pia", "bana"):
        connected = gpt(key)
        # Alone a pet is of its own country's day, among others of one that fits all.
        for listed in connected.get("/pets", time_zone="UTC").ok["pets"]:
            told = connected.get(f"/pets/{listed['id']}")
            assert departures(told.ok, catalog.get_pet.answer) == []
            health = {"latest_weight_kg", "latest_weight_on", "vaccination_status"}
            # What only one pet alone tells, of somebody else's and of photos.
            alone = ("owner_name", "text_by_others", "photos", "photo_count")
            shown = {name: value for name, value in told.body["data"].items() if name not in alone}
            not_alone = {*health, "has_text_by_others"}
            assert shown == {name: value for name, value in listed.items() if name not in not_alone}
            assert ("text_by_others" in told.body["data"]) is (listed["role"] != "owner")


def test_trap_07_the_city_has_one_form(gpt: Connect, sandbox: SandboxServer) -> None:
    connected, miu = gpt("mai", language="vi"), sandbox.world.pet("Míu")

    alone = connected.get(f"/pets/{miu.id}").ok["data"]["city"]
    listed = next(one for one in connected.get("/pets").ok["pets"] if one["id"] == miu.id)["city"]

    assert isinstance(alone, str)
    assert isinstance(listed, str)


def test_a_longer_text_than_in_lists_is_shown(gpt: Connect, sandbox: SandboxServer) -> None:
    pet = sandbox.world.add_pet(sandbox.world.user("noah"), name="Nox", description="x" * 2900)
    endless = sandbox.world.add_pet(sandbox.world.user("noah"), name="Nyx", description="x" * 9000)
    connected = gpt("noah")

    assert connected.get(f"/pets/{pet.id}").ok["data"]["description"] == "x" * 2900
    cut = connected.get(f"/pets/{endless.id}").ok["data"]["description"]
    assert len(cut) <= 3000
    assert cut.endswith("(cut)")


def test_trap_11_another_persons_pet_and_none_are_told_alike(gpt: Connect, sandbox: SandboxServer) -> None:
    connected = gpt("taras")

    hidden = connected.get(f"/pets/{sandbox.world.pet('Biscuit').id}")
    missing = connected.get("/pets/999999")

    assert (hidden.status, hidden.code) == (404, "NOT_FOUND")
    assert {**hidden.body, "request_id": ""} == {**missing.body, "request_id": ""}


def test_a_lost_pet_of_another_person_is_public_and_shows_nothing_more(gpt: Connect, sandbox: SandboxServer) -> None:
    shown = gpt("taras").get(f"/pets/{sandbox.world.pet('Mun').id}").ok["data"]

    assert (shown["name"], shown["role"], shown["can_edit"], shown["can_delete"]) == ("Mun", "none", False, False)


def test_trap_11_a_dead_token_that_looks_like_a_missing_pet_is_told_as_what_it_is(
    gpt: Connect, sandbox: SandboxServer
) -> None:
    token = sandbox.world.new_token(sandbox.world.user("mai"))
    connected = gpt("mai", token=token)
    sandbox.world.revoke(token)

    told = connected.get(f"/pets/{sandbox.world.pet('Míu').id}")

    assert (told.status, told.code) == (401, "UNAUTHORIZED")
    connected.connection.refresh_from_db()
    assert connected.connection.status == Connection.Status.BROKEN


def test_a_token_without_the_ability_has_to_be_renewed_and_is_no_missing_pet(
    gpt: Connect, sandbox: SandboxServer
) -> None:
    token = sandbox.world.new_token(sandbox.world.user("mai"), ("health:read",))

    told = gpt("mai", token=token).get(f"/pets/{sandbox.world.pet('Míu').id}")

    assert (told.status, told.code) == (401, "UNAUTHORIZED")


def test_a_deleted_pet_is_gone(gpt: Connect, sandbox: SandboxServer) -> None:
    pet = sandbox.world.pet("Míu")
    pet.deleted_at = sandbox.world.timestamp()

    assert gpt("mai").get(f"/pets/{pet.id}").code == "NOT_FOUND"


@pytest.mark.parametrize(
    "pet_id",
    [
        "0",
        "-1",
        "+1",
        "01",
        "1.0",
        "1e3",
        "x",
        "NaN",
        "null",
        "９",
        "٣",
        "1%20",
        "%00",
        "9223372036854775808",
        "9" * 400,
    ],
)
def test_trap_29_an_id_that_is_none_is_refused_before_any_call(gpt: Connect, pet_id: str) -> None:
    told = gpt("mai").get(f"/pets/{pet_id}")

    assert (told.status, told.code) == (400, "INVALID_INPUT")
    assert [one["name"] for one in told.body["fields"]] == ["pet_id"]
    assert told.upstream == []


def test_the_largest_id_is_asked_for(gpt: Connect) -> None:
    assert gpt("mai").get("/pets/9223372036854775807").code == "NOT_FOUND"
