"""renew_vaccination: POST /pets/{pet_id}/vaccinations/{vaccination_id}/renew."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from petstools.serializers.vaccinations import RenewedVaccinationAnswer
from sandbox.images import drawn_picture
from sandbox.server import SandboxServer
from sandbox.versions import Release
from tests.tools.conftest import Gpt
from tests.tools.documented import departures
from tests.tools.meanwhile import meanwhile

pytestmark = pytest.mark.once

Connect = Callable[..., Gpt]


@pytest.fixture
def rabies(cat: Any, sandbox: SandboxServer) -> Any:
    """Last year's shot."""
    return sandbox.world.add_vaccination(cat, "Dại", "2025-01-15", "2026-01-15", notes="lô A12")


@pytest.fixture
def renew(rabies: Any) -> str:
    return f"/pets/{rabies.pet_id}/vaccinations/{rabies.id}/renew"


def test_it_records_the_new_shot_and_completes_the_old_one(gpt: Connect, cat: Any, rabies: Any, renew: str) -> None:
    told = gpt("mai").post(renew, administered_at="2026-02-01", due_at="2027-02-01")

    new = cat.vaccinations[1]
    assert told.status == 201
    assert told.ok["data"] == {
        "id": new.id,
        "pet_id": cat.id,
        "vaccine_name": "Dại",
        "administered_at": "2026-02-01",
        "due_at": "2027-02-01",
        "is_overdue": False,
        "completed_at": None,
        "notes": None,
        "photo_url": None,
    }
    assert told.body["renewed_id"] == rabies.id
    assert rabies.completed_at is not None
    assert departures(told.body, RenewedVaccinationAnswer) == []


def test_miu_got_her_booster_today(gpt: Connect, renew: str, at: Callable[[str], None]) -> None:
    at("2026-03-10T10:00+00:00")

    told = gpt("mai").post(renew)

    assert told.ok["data"]["vaccine_name"] == "Dại"
    assert told.body["data"]["administered_at"] == "2026-03-10"


def test_another_vaccine_may_take_its_place(gpt: Connect, renew: str) -> None:
    told = gpt("mai").post(renew, vaccine_name="Nobivac Rabies", administered_at="2026-02-01")

    assert told.ok["data"]["vaccine_name"] == "Nobivac Rabies"


@pytest.mark.parametrize("version", ["v1.6.0", "v1.18.0"])
def test_an_older_server_renews_as_well(gpt: Connect, renew: str, sandbox: SandboxServer, version: str) -> None:
    sandbox.app.release = Release(version)

    assert gpt("mai").post(renew, administered_at="2026-02-01").status == 201


def test_trap_32_the_very_day_and_name_of_the_old_record_is_asked_about_and_never_sent(
    gpt: Connect, rabies: Any, renew: str
) -> None:
    told = gpt("mai").post(renew, administered_at="2025-01-15")

    assert told.reason == "already_exists"
    assert told.body["candidates"][0]["id"] == rabies.id
    assert "very record" in told.body["message"]
    assert told.upstream == ["GET /my-pets/sections", f"GET /pets/{rabies.pet_id}/vaccinations/{rabies.id}"]
    assert rabies.completed_at is None


@pytest.mark.parametrize("completed", [True, False])
def test_trap_32_so_is_that_of_any_other_record(
    gpt: Connect, cat: Any, rabies: Any, renew: str, sandbox: SandboxServer, completed: bool
) -> None:
    done = sandbox.world.timestamp() if completed else None
    other = sandbox.world.add_vaccination(cat, "Dại", "2026-02-01", completed_at=done)

    told = gpt("mai").post(renew, administered_at="2026-02-01")

    assert told.reason == "already_exists"
    assert told.body["candidates"][0]["id"] == other.id
    assert not any(one.startswith("POST") for one in told.upstream)


def test_one_that_was_renewed_already_points_to_the_newer_record(
    gpt: Connect, cat: Any, rabies: Any, renew: str, sandbox: SandboxServer
) -> None:
    rabies.completed_at = sandbox.world.timestamp()
    newer = sandbox.world.add_vaccination(cat, "Dại", "2026-01-20", "2027-01-20")
    sandbox.world.add_vaccination(cat, "FVRCP", "2026-01-21")

    told = gpt("mai").post(renew, administered_at="2026-02-01")

    assert told.reason == "already_completed"
    assert [one["id"] for one in told.body["candidates"]] == [newer.id]
    assert len(cat.vaccinations) == 3


def test_one_that_is_renewed_while_this_call_runs_points_to_the_newer_record(
    gpt: Connect, cat: Any, rabies: Any, renew: str, sandbox: SandboxServer
) -> None:
    def somebody_is_faster() -> None:
        rabies.completed_at = sandbox.world.timestamp()
        rabies.updated_at = sandbox.world.timestamp() + timedelta(seconds=5)
        sandbox.world.add_vaccination(cat, "Dại", "2026-01-31")

    with meanwhile(sandbox, "POST", somebody_is_faster):
        told = gpt("mai").post(renew, administered_at="2026-02-01")

    assert told.reason == "already_completed"
    assert told.body["candidates"][0]["administered_at"] == "2026-01-31"
    assert len(cat.vaccinations) == 2


def test_a_photo_added_in_between_does_not_stop_it(
    gpt: Connect, cat: Any, rabies: Any, renew: str, sandbox: SandboxServer
) -> None:
    def a_photo_comes() -> None:
        rabies.photo = sandbox.world.add_media("VaccinationRecord", rabies.id, "photo", drawn_picture())
        rabies.updated_at += timedelta(seconds=5)

    with meanwhile(sandbox, "POST", a_photo_comes):
        assert gpt("mai").post(renew, administered_at="2026-02-01").status == 201
    assert len(cat.vaccinations) == 2


def test_an_old_record_changed_in_between_stops_it(
    gpt: Connect, cat: Any, rabies: Any, renew: str, sandbox: SandboxServer
) -> None:
    def somebody_renames() -> None:
        rabies.vaccine_name = "FVRCP"
        rabies.updated_at += timedelta(seconds=5)

    with meanwhile(sandbox, "POST", somebody_renames):
        told = gpt("mai").post(renew, administered_at="2026-02-01")

    assert told.code == "CONFLICT"
    assert len(cat.vaccinations) == 1


def test_the_same_call_again_finds_the_new_record_and_never_renews_twice(gpt: Connect, cat: Any, renew: str) -> None:
    connected = gpt("mai")
    first = connected.post(renew, administered_at="2026-02-01", due_at="2027-02-01")

    again = connected.post(renew, administered_at="2026-02-01", due_at="2027-02-01")

    assert again.status == 200
    assert again.ok["already_recorded"] is True
    assert again.body["data"] == first.body["data"]
    assert again.body["renewed_id"] == first.body["renewed_id"]
    assert len(cat.vaccinations) == 2


def test_the_same_call_an_hour_later_still_finds_it(
    gpt: Connect, cat: Any, renew: str, travel: Callable[..., None]
) -> None:
    connected = gpt("mai")
    connected.post(renew, administered_at="2026-02-01")
    travel(minutes=50)

    assert connected.post(renew, administered_at="2026-02-01").ok["already_recorded"] is True
    assert len(cat.vaccinations) == 2


def test_another_due_day_is_no_repetition(gpt: Connect, cat: Any, renew: str) -> None:
    connected = gpt("mai")
    first = connected.post(renew, administered_at="2026-02-01").ok["data"]

    told = connected.post(renew, administered_at="2026-02-01", due_at="2027-02-01")

    assert told.reason == "already_completed"
    assert told.body["candidates"][0]["id"] == first["id"]
    assert len(cat.vaccinations) == 2


@pytest.mark.parametrize("version", ["v1.18.5", "v1.11.0"])
def test_an_answer_lost_after_the_commit_is_unknown_and_the_same_call_again_finds_it(
    gpt: Connect, cat: Any, renew: str, sandbox: SandboxServer, version: str
) -> None:
    sandbox.app.release = Release(version)
    connected = gpt("mai")
    sandbox.faults.add(drop="after_commit", method="POST", path="renew")

    lost = connected.post(renew, administered_at="2026-02-01")
    sandbox.faults.clear()
    again = connected.post(renew, administered_at="2026-02-01")

    assert lost.code == "OUTCOME_UNKNOWN"
    assert again.ok["already_recorded"] is True
    assert again.body["data"]["id"] == cat.vaccinations[1].id
    assert len(cat.vaccinations) == 2


def test_one_that_never_arrived_goes_out_again_under_the_same_key(
    gpt: Connect, cat: Any, renew: str, sandbox: SandboxServer
) -> None:
    connected = gpt("mai")
    sandbox.faults.add(drop="before_headers", method="POST", path="renew")

    lost = connected.post(renew, administered_at="2026-02-01")
    sandbox.faults.clear()
    again = connected.post(renew, administered_at="2026-02-01")

    assert lost.code == "OUTCOME_UNKNOWN"
    assert again.status == 201
    assert len({one.idempotency_key for one in sandbox.requests if one.method == "POST"}) == 1
    assert len(cat.vaccinations) == 2


def test_a_due_day_before_the_shot_is_asked_about(gpt: Connect, renew: str) -> None:
    told = gpt("mai").post(renew, administered_at="2026-02-01", due_at="2026-01-31")

    assert told.reason == "contradiction"
    assert told.upstream == ["GET /my-pets/sections"]


def test_it_costs_three_calls_and_six_queries(
    gpt: Connect, rabies: Any, renew: str, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    connected = gpt("mai")
    connected.get("/pets")

    with django_assert_num_queries(6):  # sign-in, earlier attempt, savepoint, insert, release, outcome
        told = connected.post(renew, administered_at="2026-02-01")

    pet = f"/pets/{rabies.pet_id}/vaccinations"
    assert told.upstream == ["GET /my-pets/sections", f"GET {pet}/{rabies.id}", f"GET {pet}", f"POST {renew}"]


@pytest.mark.parametrize("said", ["booster", "mũi 2", "ревакцинация"])
def test_a_shot_without_its_name_is_of_the_vaccine_that_is_renewed(
    gpt: Connect, cat: Any, sandbox: SandboxServer, said: str
) -> None:
    old = sandbox.world.add_vaccination(cat, "Dại", "2025-01-15", "2026-01-15")

    told = gpt("mai").post(
        f"/pets/{cat.id}/vaccinations/{old.id}/renew", vaccine_name=said, administered_at="2026-01-15"
    )

    assert told.ok["data"]["vaccine_name"] == "Dại"
