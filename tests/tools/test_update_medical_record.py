"""update_medical_record: PATCH /pets/{pet_id}/medical-records/{record_id}."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from petstools.serializers.medical_records import MedicalRecordAnswer
from sandbox.server import SandboxServer
from tests.tools.conftest import Gpt
from tests.tools.documented import departures

pytestmark = pytest.mark.once

Connect = Callable[..., Gpt]


@pytest.fixture
def visit(cat: Any, sandbox: SandboxServer) -> Any:
    row = sandbox.world.add_medical_record(cat, "vet_visit", "2026-01-15", description="Sốt nhẹ.", vet_name="BS. Hùng")
    # The main app's versions are whole seconds: a change in the same one would not show.
    row.updated_at -= timedelta(minutes=5)
    return row


@pytest.fixture
def path(visit: Any) -> str:
    return f"/pets/{visit.pet_id}/medical-records/{visit.id}"


def puts(sandbox: SandboxServer) -> int:
    return len([one for one in sandbox.requests if one.method == "PUT"])


def test_only_what_was_sent_is_changed_and_what_is_stored_is_told(gpt: Connect, visit: Any, path: str) -> None:
    told = gpt("mai").patch(path, vet_name="BS. Lan")

    assert told.status == 200
    assert told.ok["data"] == {
        "id": visit.id,
        "pet_id": visit.pet_id,
        "record_type": "vet_visit",
        "record_date": "2026-01-15",
        "description": "Sốt nhẹ.",
        "vet_name": "BS. Lan",
        "photo_count": 0,
        "photos": [],
    }
    assert departures(told.body, MedicalRecordAnswer) == []


def test_all_fields_can_be_changed_at_once(gpt: Connect, visit: Any, path: str) -> None:
    told = gpt("mai").patch(
        path, record_type="phẫu thuật", record_date="16/01/2026", description="Đã mổ.", vet_name="BS. Lan"
    )

    assert told.ok["data"]["record_type"] == visit.record_type == "surgery"
    assert told.body["data"]["record_date"] == "2026-01-16"
    assert told.body["data"]["description"] == "Đã mổ."


def test_trap_08_the_fields_that_can_be_emptied_are(gpt: Connect, visit: Any, path: str) -> None:
    told = gpt("mai").patch(path, clear=["vet_name", "description"])

    assert told.ok["data"]["vet_name"] is None
    assert told.body["data"]["description"] is None
    assert (visit.vet_name, visit.description) == (None, None)


@pytest.mark.parametrize("field", ["record_date", "record_type", "photos"])
def test_trap_08_what_cannot_be_emptied_is_said_and_nothing_is_done(
    gpt: Connect, visit: Any, path: str, sandbox: SandboxServer, field: str
) -> None:
    told = gpt("mai").patch(path, clear=["vet_name", field])

    assert told.reason == "cannot_clear"
    assert told.body["missing_fields"] == [field]
    assert puts(sandbox) == 0
    assert visit.vet_name == "BS. Hùng"


def test_a_field_both_emptied_and_given_is_asked_about(gpt: Connect, path: str, sandbox: SandboxServer) -> None:
    told = gpt("mai").patch(path, clear=["vet_name"], vet_name="BS. Lan")

    assert told.reason == "contradiction"
    assert puts(sandbox) == 0


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ({}, "grooming: Sốt nhẹ."),
        ({"description": "nails"}, "grooming: nails"),
        ({"clear": ["description"]}, "grooming"),
    ],
)
def test_an_unknown_type_becomes_other_and_its_word_is_kept(
    gpt: Connect, path: str, said: dict[str, Any], kept: str
) -> None:
    told = gpt("mai").patch(path, record_type="grooming", **said)

    assert told.ok["data"]["record_type"] == "other"
    assert told.body["data"]["description"] == kept


def test_the_same_call_again_keeps_the_word_once(gpt: Connect, path: str, sandbox: SandboxServer) -> None:
    connected = gpt("mai")
    connected.patch(path, record_type="grooming")

    told = connected.patch(path, record_type="grooming")

    assert told.ok["data"]["description"] == "grooming: Sốt nhẹ."
    assert puts(sandbox) == 1


def test_a_type_that_another_program_has_stored_is_left_alone(
    gpt: Connect, visit: Any, path: str, sandbox: SandboxServer
) -> None:
    visit.record_type = "Grooming"

    told = gpt("mai").patch(path, record_type="grooming", vet_name="BS. Lan")

    assert told.ok["data"]["record_type"] == "Grooming"
    assert told.body["data"]["description"] == "Sốt nhẹ."
    assert told.body["data"]["vet_name"] == "BS. Lan"


def test_trap_27_a_vaccination_is_asked_about(gpt: Connect, path: str) -> None:
    told = gpt("mai").patch(path, record_type="tiêm phòng")

    assert told.reason == "vaccination_record"
    assert told.upstream == ["GET /my-pets/sections"]


def test_several_questions_are_one(gpt: Connect, path: str) -> None:
    told = gpt("mai").patch(path, record_type="прививка", record_date="2099-01-01", clear=["record_date"])

    assert told.body["missing_fields"] == ["record_type", "record_date"]
    assert told.upstream == ["GET /my-pets/sections"]


def test_trap_06_before_seven_in_hanoi_today_is_asked_about(gpt: Connect, path: str, at: Callable[[str], None]) -> None:
    at("2026-03-09T20:30+00:00")  # 03:30 on the 10th in Hanoi

    told = gpt("mai").patch(path, record_date="today")

    assert told.reason == "not_yet"
    assert told.body["candidates"] == [{"record_date": "2026-03-09"}]


def test_the_main_apps_reasons_come_under_the_tools_names(gpt: Connect, visit: Any, path: str) -> None:
    told = gpt("mai").patch(path, description="d" * 2001)

    assert told.code == "VALIDATION_FAILED"
    assert [one["name"] for one in told.body["fields"]] == ["description"]
    assert visit.description == "Sốt nhẹ."


@pytest.mark.parametrize("said", [{"vet_name": "BS. Lan"}, {"record_type": "grooming"}])
def test_it_costs_three_calls_and_one_query(
    gpt: Connect, path: str, said: dict[str, str], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    connected = gpt("mai")
    connected.get("/pets")

    with django_assert_num_queries(1):
        told = connected.patch(path, **said)

    assert told.upstream == ["GET /my-pets/sections", f"GET {path}", f"PUT {path}", f"GET {path}"]
