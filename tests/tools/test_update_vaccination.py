"""update_vaccination: PATCH /pets/{pet_id}/vaccinations/{vaccination_id}."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from petstools.serializers.vaccinations import VaccinationAnswer
from sandbox.images import drawn_picture
from sandbox.server import SandboxServer
from tests.tools.conftest import Gpt
from tests.tools.documented import departures

pytestmark = pytest.mark.once

Connect = Callable[..., Gpt]


@pytest.fixture
def rabies(cat: Any, sandbox: SandboxServer) -> Any:
    row = sandbox.world.add_vaccination(cat, "Dại", "2026-01-15", "2027-01-15", notes="lô A12")
    # The main app's versions are whole seconds: a change in the same one would not show.
    row.updated_at -= timedelta(minutes=5)
    return row


@pytest.fixture
def path(rabies: Any) -> str:
    return f"/pets/{rabies.pet_id}/vaccinations/{rabies.id}"


def puts(sandbox: SandboxServer) -> int:
    return len([one for one in sandbox.requests if one.method == "PUT"])


def test_only_what_was_sent_is_changed_and_what_is_stored_is_told(gpt: Connect, rabies: Any, path: str) -> None:
    told = gpt("mai").patch(path, due_at="2027-03-01")

    assert told.status == 200
    assert told.ok["data"] == {
        "id": rabies.id,
        "pet_id": rabies.pet_id,
        "vaccine_name": "Dại",
        "administered_at": "2026-01-15",
        "due_at": "2027-03-01",
        "is_overdue": False,
        "completed_at": None,
        "notes": "lô A12",
        "photo_url": None,
    }
    assert departures(told.body, VaccinationAnswer) == []


def test_all_fields_can_be_changed_at_once(gpt: Connect, rabies: Any, path: str) -> None:
    told = gpt("mai").patch(
        path, vaccine_name="Nobivac", administered_at="2026-01-16", due_at="2027-01-16", notes="đùi trái"
    )

    assert told.ok["data"]["vaccine_name"] == rabies.vaccine_name == "Nobivac"
    assert told.body["data"]["administered_at"] == "2026-01-16"
    assert told.body["data"]["notes"] == "đùi trái"


@pytest.mark.parametrize("clear", [["due_at", "notes"], ["notes", "due_at", "notes"]])
def test_trap_08_the_fields_that_can_be_emptied_are(gpt: Connect, rabies: Any, path: str, clear: list[str]) -> None:
    told = gpt("mai").patch(path, clear=clear)

    assert told.ok["data"]["due_at"] is None
    assert told.body["data"]["notes"] is None
    assert (rabies.due_at, rabies.notes) == (None, None)


def test_a_single_name_may_come_without_its_list(gpt: Connect, rabies: Any, path: str) -> None:
    assert gpt("mai").patch(path, clear="notes").ok["data"]["notes"] is None
    assert rabies.due_at is not None


def test_trap_08_what_cannot_be_emptied_is_said_and_nothing_is_done(
    gpt: Connect, rabies: Any, path: str, sandbox: SandboxServer
) -> None:
    told = gpt("mai").patch(path, clear=["notes", "administered_at"])

    assert told.reason == "cannot_clear"
    assert told.body["missing_fields"] == ["administered_at"]
    assert puts(sandbox) == 0
    assert rabies.notes == "lô A12"


def test_a_field_both_emptied_and_given_is_asked_about(gpt: Connect, path: str, sandbox: SandboxServer) -> None:
    told = gpt("mai").patch(path, clear=["notes"], notes="đùi trái")

    assert told.reason == "contradiction"
    assert puts(sandbox) == 0


@pytest.mark.parametrize(
    ("said", "refused"),
    [
        ({"due_at": "2026-01-14"}, True),
        ({"due_at": "2026-01-15"}, True),
        ({"due_at": "2026-01-16"}, False),
        ({"administered_at": "2026-02-01"}, False),
        ({"administered_at": "2026-02-01", "due_at": "2026-01-31"}, True),
        ({"administered_at": "2026-02-01", "clear": ["due_at"]}, False),
    ],
)
def test_the_two_days_are_compared_with_what_is_stored(
    gpt: Connect, path: str, sandbox: SandboxServer, said: dict[str, Any], refused: bool
) -> None:
    told = gpt("mai").patch(path, **said)

    if refused:
        assert told.reason == "contradiction"
        assert told.body["missing_fields"] == ["administered_at", "due_at"]
        assert puts(sandbox) == 0
    else:
        assert told.ok


def test_a_shot_moved_past_its_stored_due_day_is_asked_about(gpt: Connect, cat: Any, sandbox: SandboxServer) -> None:
    row = sandbox.world.add_vaccination(cat, "FeLV", "2025-01-01", "2025-06-01")

    told = gpt("mai").patch(f"/pets/{cat.id}/vaccinations/{row.id}", administered_at="2025-06-02")

    assert told.reason == "contradiction"
    assert "2025-06-01" in told.body["message"]
    assert puts(sandbox) == 0


def test_a_day_to_come_is_asked_about(gpt: Connect, path: str) -> None:
    told = gpt("mai").patch(path, administered_at="2099-01-01")

    assert told.reason == "future"
    assert told.upstream == ["GET /my-pets/sections"]


def test_trap_06_before_seven_in_hanoi_today_is_asked_about(gpt: Connect, path: str, at: Callable[[str], None]) -> None:
    at("2026-03-09T20:30+00:00")  # 03:30 on the 10th in Hanoi

    told = gpt("mai").patch(path, administered_at="today")

    assert told.reason == "not_yet"
    assert told.body["candidates"] == [{"administered_at": "2026-03-09"}]


@pytest.mark.parametrize("said", [{"vaccine_name": "FVRCP"}, {"vaccine_name": "FVRCP", "due_at": "2027-05-05"}])
def test_the_name_and_day_of_another_record_are_asked_about(
    gpt: Connect, cat: Any, path: str, sandbox: SandboxServer, said: dict[str, Any]
) -> None:
    other = sandbox.world.add_vaccination(cat, "FVRCP", "2026-01-15")

    told = gpt("mai").patch(path, **said)

    assert told.reason == "already_exists"
    assert [one["id"] for one in told.body["candidates"]] == [other.id]


def test_a_main_app_whose_day_is_behind_gives_its_own_reason(
    gpt: Connect, cat: Any, sandbox: SandboxServer, at: Callable[[str], None]
) -> None:
    at("2026-03-10T10:00+00:00")
    row = sandbox.world.add_vaccination(cat, "FeLV")
    sandbox.world.travel(days=-1)

    told = gpt("mai").patch(f"/pets/{cat.id}/vaccinations/{row.id}", administered_at="today", notes="đùi trái")

    assert told.code == "VALIDATION_FAILED"
    assert [one["name"] for one in told.body["fields"]] == ["administered_at"]


def test_the_main_apps_reasons_come_under_the_tools_names(gpt: Connect, rabies: Any, path: str) -> None:
    told = gpt("mai").patch(path, notes="n" * 1001)

    assert told.code == "VALIDATION_FAILED"
    assert [one["name"] for one in told.body["fields"]] == ["notes"]
    assert rabies.notes == "lô A12"


def test_the_photo_stays(gpt: Connect, rabies: Any, path: str, sandbox: SandboxServer) -> None:
    rabies.photo = sandbox.world.add_media("VaccinationRecord", rabies.id, "photo", drawn_picture())

    assert gpt("mai").patch(path, notes="đùi trái").ok["data"]["photo_url"].startswith("http")


@pytest.mark.parametrize("said", [{"notes": "x"}, {"due_at": "2027-02-02"}, {"administered_at": "2026-01-16"}])
def test_it_costs_three_calls_and_one_query(
    gpt: Connect, path: str, said: dict[str, str], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    connected = gpt("mai")
    connected.get("/pets")

    with django_assert_num_queries(1):
        told = connected.patch(path, **said)

    assert told.upstream == ["GET /my-pets/sections", f"GET {path}", f"PUT {path}", f"GET {path}"]
