"""set_pet_status: POST /pets/{pet_id}/status."""

from collections.abc import Callable
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from petstools.serializers.pet_profile import PetStatusAnswer
from sandbox.server import SandboxServer
from sandbox.versions import Release
from tests.tools.conftest import Gpt
from tests.tools.documented import departures

pytestmark = pytest.mark.once

Connect = Callable[..., Gpt]


@pytest.mark.parametrize(("said", "status"), [("đi lạc", "lost"), ("умерла", "deceased"), ("lost", "lost")])
def test_it_sets_what_was_confirmed(gpt: Connect, cat: Any, said: str, status: str) -> None:
    told = gpt("mai").confirmed("post", f"/pets/{cat.id}/status", status=said)

    assert cat.status == status
    assert told.ok["changed"] is True
    assert told.body["data"].items() >= {"id": cat.id, "status": status, "role": "owner"}.items()
    assert departures(told.body, PetStatusAnswer) == []
    assert told.upstream == [f"GET /pets/{cat.id}", f"PUT /pets/{cat.id}/status", f"GET /pets/{cat.id}"]


def test_trap_31_that_lost_makes_the_profile_public_is_said_before(gpt: Connect, cat: Any) -> None:
    told = gpt("mai").post(f"/pets/{cat.id}/status", status="missing")

    assert told.reason == "confirmation_needed"
    assert "public" in told.body["message"]
    assert "microchip" in told.body["message"]
    assert told.body["missing_fields"] == ["confirmation"]
    assert told.body["candidates"] == [{"pet_id": cat.id, "name": "Nếp", "status": "lost"}]
    assert cat.status == "active"
    assert told.upstream == [f"GET /pets/{cat.id}"]


def test_a_death_is_asked_about_with_care(gpt: Connect, cat: Any) -> None:
    told = gpt("mai").post(f"/pets/{cat.id}/status", status="passed away", confirm=False)

    assert told.reason == "confirmation_needed"
    assert "sorry" in told.body["message"]
    assert "stay as they are" in told.body["message"]
    assert cat.status == "active"


@pytest.mark.parametrize(("before", "what_follows"), [("lost", "public page"), ("deceased", "habits")])
def test_being_back_needs_no_question_and_says_what_follows(
    gpt: Connect, cat: Any, before: str, what_follows: str
) -> None:
    cat.status = before

    told = gpt("mai").post(f"/pets/{cat.id}/status", status="đã về nhà")

    assert told.ok["data"]["status"] == "active"
    assert what_follows in told.body["note"]


def test_the_page_that_finders_see_is_named(gpt: Connect, cat: Any) -> None:
    told = gpt("mai").confirmed("post", f"/pets/{cat.id}/status", status="lost")

    assert told.ok["data"]["status"] == "lost"
    assert f"/pets/{cat.id}/view" in told.body["note"]


@pytest.mark.parametrize(
    ("status", "reason"),
    [(None, "missing"), ("mất", "ambiguous"), ("deleted", "not_understood"), (7, "not_understood")],
)
def test_a_status_that_is_none_or_two_is_asked_about(gpt: Connect, cat: Any, status: Any, reason: str) -> None:
    told = gpt("mai").confirmed("post", f"/pets/{cat.id}/status", status=status)

    assert told.reason == reason
    assert told.body["missing_fields"] == ["status"]
    assert {"status": "deceased"} in told.body["candidates"]
    assert told.upstream == []


@pytest.mark.parametrize(
    "status",
    ["we lost her last night", "almost died", "suýt chết", "lost weight", "пропал аппетит", "her kitten died", "lost?"],
)
def test_rule_1_whatever_else_is_said_is_asked_about(gpt: Connect, cat: Any, status: str) -> None:
    told = gpt("mai").confirmed("post", f"/pets/{cat.id}/status", status=status)

    assert told.reason == "ambiguous"
    assert cat.status == "active"


@pytest.mark.parametrize("status", ["not dead", "alive", "он жив", "chưa chết", "не помер"])
def test_rule_1_a_lost_pets_page_is_not_closed_by_what_it_is_not(gpt: Connect, cat: Any, status: str) -> None:
    cat.status = "lost"

    told = gpt("mai").post(f"/pets/{cat.id}/status", status=status)

    assert told.reason == "ambiguous"
    assert told.body["candidates"] == [{"status": "active"}, {"status": "lost"}]
    assert cat.status == "lost"


@pytest.mark.parametrize(
    ("before", "status"), [("lost", "he is not lost"), ("deceased", "alive"), ("lost", "không còn lạc")]
)
def test_what_it_is_not_any_more_needs_no_question(gpt: Connect, cat: Any, before: str, status: str) -> None:
    cat.status = before

    assert gpt("mai").post(f"/pets/{cat.id}/status", status=status).ok["data"]["status"] == "active"


def test_the_pets_own_name_may_stand_beside_its_status(gpt: Connect, cat: Any) -> None:
    assert gpt("mai").post(f"/pets/{cat.id}/status", status=f"{cat.name} đi lạc rồi").reason == "confirmation_needed"


@pytest.mark.parametrize("confirm", [True, False])
def test_a_status_that_stands_already_needs_nothing(gpt: Connect, cat: Any, confirm: bool) -> None:
    told = gpt("mai").post(f"/pets/{cat.id}/status", status="active", confirm=confirm)

    assert told.ok["changed"] is False
    assert told.upstream == [f"GET /pets/{cat.id}"]


def test_lost_active_lost_ends_lost(gpt: Connect, cat: Any, sandbox: SandboxServer) -> None:
    connected = gpt("mai")

    for status in ("lost", "active", "lost"):
        assert connected.confirmed("post", f"/pets/{cat.id}/status", status=status).ok["changed"] is True

    assert cat.status == "lost"
    keys = [one.idempotency_key for one in sandbox.requests.of("PUT", f"/api/pets/{cat.id}/status")]
    assert len(set(keys)) == 3


def test_an_answer_lost_after_the_commit_does_no_harm_when_sent_again(
    gpt: Connect, cat: Any, sandbox: SandboxServer
) -> None:
    connected = gpt("mai")
    sandbox.faults.add(drop="after_commit", method="PUT")

    lost = connected.confirmed("post", f"/pets/{cat.id}/status", status="lost")
    sandbox.faults.clear()
    again = connected.confirmed("post", f"/pets/{cat.id}/status", status="lost")

    assert lost.code == "OUTCOME_UNKNOWN"
    assert again.ok["changed"] is False
    assert cat.status == "lost"


@pytest.mark.parametrize("confirm", [True, False])
def test_trap_12_a_viewer_is_refused_before_being_asked(gpt: Connect, cat: Any, confirm: bool) -> None:
    told = gpt("olga").post(f"/pets/{cat.id}/status", status="lost", confirm=confirm)

    assert (told.status, told.code) == (403, "FORBIDDEN")
    assert "viewer" in told.body["message"]
    assert told.upstream == [f"GET /pets/{cat.id}"]


def test_an_editor_may(gpt: Connect, sandbox: SandboxServer) -> None:
    biscuit = sandbox.world.pet("Biscuit")

    assert gpt("olga").confirmed("post", f"/pets/{biscuit.id}/status", status="lost").ok["data"]["role"] == "editor"


@pytest.mark.parametrize("pet", ["private", "none"])
def test_trap_11_somebody_elses_pet_is_as_unknown_as_one_that_is_not_there(
    gpt: Connect, sandbox: SandboxServer, pet: str
) -> None:
    pet_id = sandbox.world.pet("Duchess").id if pet == "private" else 999_999

    told = gpt("mai").confirmed("post", f"/pets/{pet_id}/status", status="lost")

    assert (told.status, told.code) == (404, "NOT_FOUND")


def test_trap_18_a_status_changed_within_the_same_second_is_a_conflict(
    gpt: Connect, cat: Any, sandbox: SandboxServer
) -> None:
    shown = sandbox.requests.append

    def append(one: Any) -> None:
        shown(one)
        if one.method == "PUT":
            cat.status = "deceased"  # and no newer version: it counts seconds

    sandbox.requests.append = append  # type: ignore[method-assign]

    told = gpt("mai").confirmed("post", f"/pets/{cat.id}/status", status="lost")

    assert (told.status, told.code) == (409, "CONFLICT")
    assert cat.status == "deceased"


def test_an_older_main_app_is_served(gpt: Connect, cat: Any, sandbox: SandboxServer) -> None:
    sandbox.app.release = Release("v1.6.0")

    assert gpt("mai").confirmed("post", f"/pets/{cat.id}/status", status="lost").ok["data"]["status"] == "lost"


def test_it_costs_three_calls_and_one_query(
    gpt: Connect, cat: Any, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    connected = gpt("mai")

    sealed = connected.post(f"/pets/{cat.id}/status", status="lost").body["confirmation"]

    with django_assert_num_queries(1):  # sign-in
        told = connected.post(f"/pets/{cat.id}/status", status="lost", confirmation=sealed)

    assert len(told.upstream) == 3
