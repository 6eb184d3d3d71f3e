"""delete_pet: DELETE /pets/{pet_id}?confirmation=…"""

from collections.abc import Callable
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from petstools.serializers.pet_profile import DeletedPetAnswer
from sandbox.server import SandboxServer
from sandbox.versions import Release
from tests.tools.conftest import Gpt
from tests.tools.documented import departures

pytestmark = pytest.mark.once

Connect = Callable[..., Gpt]


@pytest.mark.parametrize("confirm", [{}, {"confirm": "false"}, {"confirm": ""}, {"confirm": "true"}])
def test_unconfirmed_it_says_what_would_go_and_nothing_happens(
    gpt: Connect, cat: Any, sandbox: SandboxServer, confirm: dict[str, str]
) -> None:
    sandbox.world.add_photo(cat)
    sandbox.world.add_photo(cat)

    told = gpt("mai").delete(f"/pets/{cat.id}", **confirm)

    assert told.reason == "confirmation_needed"
    assert "Nếp" in told.body["message"]
    assert "2 photos" in told.body["message"]
    assert "can't be undone" in told.body["message"]
    assert told.body["missing_fields"] == ["confirmation"]
    assert told.body["candidates"] == [{"pet_id": cat.id, "name": "Nếp", "status": "active"}]
    assert cat.deleted_at is None
    assert told.upstream == [f"GET /pets/{cat.id}"]


def test_confirmed_it_deletes(gpt: Connect, cat: Any) -> None:
    told = gpt("mai").confirmed("delete", f"/pets/{cat.id}")

    assert told.ok["deleted"] == {"id": cat.id, "name": "Nếp"}
    assert told.body["already_deleted"] is False
    assert departures(told.body, DeletedPetAnswer) == []
    assert cat.deleted_at is not None
    assert told.upstream == [f"GET /pets/{cat.id}", f"DELETE /pets/{cat.id}"]


def test_a_confirmation_that_is_neither_yes_nor_no_is_refused(gpt: Connect, cat: Any) -> None:
    told = gpt("mai").delete(f"/pets/{cat.id}", confirm="perhaps")

    assert (told.status, told.code) == (400, "INVALID_INPUT")
    assert [one["name"] for one in told.body["fields"]] == ["confirm"]
    assert cat.deleted_at is None


def test_the_same_call_again_says_that_it_was_deleted(gpt: Connect, cat: Any) -> None:
    connected = gpt("mai")
    connected.confirmed("delete", f"/pets/{cat.id}")

    again = connected.confirmed("delete", f"/pets/{cat.id}")

    assert again.ok["already_deleted"] is True
    assert again.body["deleted"] is None
    assert departures(again.body, DeletedPetAnswer) == []


def test_an_answer_lost_after_the_commit_is_unknown_and_the_same_call_again_tells(
    gpt: Connect, cat: Any, sandbox: SandboxServer
) -> None:
    connected = gpt("mai")
    sandbox.faults.add(drop="after_commit", method="DELETE")

    lost = connected.confirmed("delete", f"/pets/{cat.id}")
    sandbox.faults.clear()
    again = connected.confirmed("delete", f"/pets/{cat.id}")

    assert lost.code == "OUTCOME_UNKNOWN"
    assert again.ok["already_deleted"] is True


def test_a_pet_that_never_was_is_not_called_deleted(gpt: Connect) -> None:
    told = gpt("mai").confirmed("delete", "/pets/999999")

    assert (told.status, told.code) == (404, "NOT_FOUND")


@pytest.mark.parametrize("confirm", ["", "true"])
def test_trap_11_somebody_elses_pet_is_as_unknown_as_one_that_is_not_there(
    gpt: Connect, sandbox: SandboxServer, confirm: str
) -> None:
    duchess = sandbox.world.pet("Duchess")

    told = gpt("mai").delete(f"/pets/{duchess.id}", confirm=confirm)

    assert (told.status, told.code) == (404, "NOT_FOUND")
    assert duchess.deleted_at is None


@pytest.mark.parametrize("confirm", ["", "true"])
@pytest.mark.parametrize(("key", "name", "role"), [("olga", "Biscuit", "editor"), ("emma", "Мурка", "viewer")])
def test_only_the_owner_may(gpt: Connect, sandbox: SandboxServer, key: str, name: str, role: str, confirm: str) -> None:
    pet = sandbox.world.pet(name)

    told = gpt(key).delete(f"/pets/{pet.id}", confirm=confirm)

    assert (told.status, told.code) == (403, "FORBIDDEN")
    assert "owner" in told.body["message"]
    assert role in told.body["message"]
    assert pet.deleted_at is None


@pytest.mark.parametrize("change", ["name", "status"])
def test_a_pet_that_changes_on_the_way_is_not_deleted(
    gpt: Connect, cat: Any, sandbox: SandboxServer, change: str
) -> None:
    shown = sandbox.requests.append

    def append(one: Any) -> None:
        shown(one)
        if one.method == "DELETE":
            setattr(cat, change, "lost")  # and no newer version: it counts seconds (trap 18)

    sandbox.requests.append = append  # type: ignore[method-assign]

    told = gpt("mai").confirmed("delete", f"/pets/{cat.id}")

    assert (told.status, told.code) == (409, "CONFLICT")
    assert cat.deleted_at is None


def test_a_stale_version_is_a_conflict(gpt: Connect, cat: Any, sandbox: SandboxServer) -> None:
    shown = sandbox.requests.append

    def append(one: Any) -> None:
        shown(one)
        if one.method == "DELETE":
            cat.updated_at = cat.updated_at.replace(year=2027)

    sandbox.requests.append = append  # type: ignore[method-assign]

    told = gpt("mai").confirmed("delete", f"/pets/{cat.id}")

    assert (told.status, told.code) == (409, "CONFLICT")
    assert cat.deleted_at is None


@pytest.mark.parametrize("status", ["active", "deceased"])
def test_what_keeps_the_memory_is_offered_instead(gpt: Connect, cat: Any, status: str) -> None:
    cat.status = status

    told = gpt("mai").delete(f"/pets/{cat.id}")

    assert ("set_pet_status" in told.body["message"]) is (status == "active")
    assert ("stay as it is" in told.body["message"]) is (status == "deceased")


def test_an_older_main_app_is_served(gpt: Connect, cat: Any, sandbox: SandboxServer) -> None:
    sandbox.app.release = Release("v1.6.0")
    connected = gpt("mai")

    asked = connected.delete(f"/pets/{cat.id}")
    told = connected.confirmed("delete", f"/pets/{cat.id}")

    assert asked.reason == "confirmation_needed"
    assert told.ok["already_deleted"] is False


def test_a_banned_person_is_told_so(gpt: Connect, sandbox: SandboxServer) -> None:
    told = gpt("bana").confirmed("delete", f"/pets/{sandbox.world.pet('Ban-Ban').id}")

    assert told.code == "ACCOUNT_BANNED"


def test_it_costs_two_calls(gpt: Connect, cat: Any, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    connected = gpt("mai")

    sealed = connected.delete(f"/pets/{cat.id}").body["confirmation"]

    with django_assert_num_queries(6):  # sign-in, earlier attempt, savepoint, insert, release, outcome
        told = connected.delete(f"/pets/{cat.id}", confirmation=sealed)

    assert len(told.upstream) == 2
