"""update_medical_record: PATCH /pets/{pet_id}/medical-records/{record_id}."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from mainapp.client import Resource
from petstools.serializers.medical_records import MedicalRecordAnswer
from sandbox.server import SandboxServer
from sandbox.versions import Release
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


def test_nothing_sent_is_asked_about(gpt: Connect, path: str) -> None:
    told = gpt("mai").patch(path, description="", record_date=None)

    assert told.reason == "missing"
    assert told.body["missing_fields"] == ["record_type", "record_date", "description", "vet_name"]
    assert told.upstream == ["GET /my-pets/sections"]


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


def test_what_stands_there_already_is_not_written_again(gpt: Connect, path: str, sandbox: SandboxServer) -> None:
    told = gpt("mai").patch(path, record_type="vet visit", record_date="15.01.2026", description="Sốt nhẹ.")

    assert told.ok
    assert puts(sandbox) == 0


def meanwhile(monkeypatch: pytest.MonkeyPatch, row: Any, **changes: Any) -> None:
    """Change the record between this call's read and its write."""
    really, waiting = Resource.update, [True]

    def update(self: Resource[Any], *given: Any, **more: Any) -> Any:
        if waiting:
            waiting.clear()
            for name, value in changes.items():
                setattr(row, name, value)
            row.updated_at += timedelta(minutes=1)
        return really(self, *given, **more)

    monkeypatch.setattr(Resource, "update", update)


def test_a_change_by_somebody_else_in_another_field_is_no_conflict(
    gpt: Connect, visit: Any, path: str, sandbox: SandboxServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    meanwhile(monkeypatch, visit, vet_name="BS. Lan")

    told = gpt("mai").patch(path, description="Khỏi rồi.")

    assert told.ok["data"]["description"] == "Khỏi rồi."
    assert told.body["data"]["vet_name"] == "BS. Lan"
    assert puts(sandbox) == 2


def test_a_change_by_somebody_else_in_the_same_field_is_a_conflict(
    gpt: Connect, visit: Any, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    meanwhile(monkeypatch, visit, description="somebody else's")

    told = gpt("mai").patch(path, description="Khỏi rồi.")

    assert told.status == 409
    assert told.code == "CONFLICT"
    assert visit.description == "somebody else's"


@pytest.mark.parametrize("version", ["v1.6.0", "v1.15.0"])
def test_an_older_server_is_updated_as_well(gpt: Connect, path: str, sandbox: SandboxServer, version: str) -> None:
    sandbox.app.release = Release(version)

    assert gpt("mai").patch(path, vet_name="BS. Lan").ok["data"]["vet_name"] == "BS. Lan"


def test_an_answer_lost_for_good_is_unknown_and_the_same_call_again_does_no_harm(
    gpt: Connect, path: str, sandbox: SandboxServer
) -> None:
    connected = gpt("mai")
    sandbox.faults.add(drop="after_commit", method="PUT")

    lost = connected.patch(path, vet_name="BS. Lan")
    sandbox.faults.clear()
    again = connected.patch(path, vet_name="BS. Lan")

    assert lost.code == "OUTCOME_UNKNOWN"
    assert again.ok["data"]["vet_name"] == "BS. Lan"


def test_the_main_apps_reasons_come_under_the_tools_names(gpt: Connect, visit: Any, path: str) -> None:
    told = gpt("mai").patch(path, description="d" * 2001)

    assert told.code == "VALIDATION_FAILED"
    assert [one["name"] for one in told.body["fields"]] == ["description"]
    assert visit.description == "Sốt nhẹ."


def test_a_record_that_is_not_there_or_of_another_pet_is_not_found(
    gpt: Connect, cat: Any, sandbox: SandboxServer
) -> None:
    others = sandbox.world.pet("Míu").medical_records[0]
    connected = gpt("mai")

    assert connected.patch(f"/pets/{cat.id}/medical-records/999999", vet_name="x").code == "NOT_FOUND"
    assert connected.patch(f"/pets/{cat.id}/medical-records/{others.id}", vet_name="x").code == "NOT_FOUND"
    assert others.vet_name == "BS. Hùng"


def test_trap_29_an_id_that_is_none_is_refused_before_any_call(gpt: Connect, cat: Any) -> None:
    told = gpt("mai").patch(f"/pets/{cat.id}/medical-records/abc", vet_name="x")

    assert told.code == "INVALID_INPUT"
    assert told.body["fields"][0]["name"] == "record_id"
    assert told.upstream == []


def test_trap_12_a_viewer_may_not(gpt: Connect, visit: Any, path: str) -> None:
    assert gpt("olga").patch(path, vet_name="x").code == "FORBIDDEN"
    assert visit.vet_name == "BS. Hùng"


@pytest.mark.parametrize("said", [{"vet_name": "BS. Lan"}, {"record_type": "grooming"}])
def test_it_costs_three_calls_and_one_query(
    gpt: Connect, path: str, said: dict[str, str], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    connected = gpt("mai")
    connected.get("/pets")

    with django_assert_num_queries(1):
        told = connected.patch(path, **said)

    assert told.upstream == ["GET /my-pets/sections", f"GET {path}", f"PUT {path}", f"GET {path}"]
