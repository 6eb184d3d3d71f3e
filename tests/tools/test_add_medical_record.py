"""add_medical_record: POST /pets/{pet_id}/medical-records."""

from collections.abc import Callable
from typing import Any

import pytest

from petstools.serializers.medical_records import MedicalRecordAnswer
from sandbox.server import SandboxServer
from tests.tools.conftest import Gpt
from tests.tools.documented import departures

pytestmark = pytest.mark.once

Connect = Callable[..., Gpt]
VISIT = {
    "record_type": "vet_visit",
    "record_date": "2026-01-15",
    "description": "Sốt nhẹ, uống nhiều nước.",
    "vet_name": "BS. Hùng",
}


def test_it_records_what_was_said(gpt: Connect, cat: Any) -> None:
    told = gpt("mai").post(f"/pets/{cat.id}/medical-records", **VISIT)

    assert told.status == 201
    assert told.ok["data"] == {
        "id": cat.medical_records[0].id,
        "pet_id": cat.id,
        **VISIT,
        "photo_count": 0,
        "photos": [],
    }
    assert told.body["already_recorded"] is False
    assert told.upstream == ["GET /my-pets/sections", f"POST /pets/{cat.id}/medical-records"]
    assert departures(told.body, MedicalRecordAnswer) == []


def test_trap_15_what_was_not_sent_is_null_in_the_answer(gpt: Connect, cat: Any) -> None:
    told = gpt("mai").post(f"/pets/{cat.id}/medical-records", record_type="surgery", record_date="2026-01-15")

    assert told.ok["data"]["description"] is None
    assert told.body["data"]["vet_name"] is None
    assert departures(told.body, MedicalRecordAnswer) == []


@pytest.mark.parametrize(
    ("said", "stored"),
    [("triệt sản", "surgery"), ("прогнали глистов", "deworming"), ("щось", "other"), ("Blood test", "test")],
)
def test_the_type_is_understood_in_four_languages(gpt: Connect, cat: Any, said: str, stored: str) -> None:
    told = gpt("mai").post(f"/pets/{cat.id}/medical-records", record_type=said, record_date="2026-01-15")

    assert told.ok["data"]["record_type"] == stored


@pytest.mark.parametrize("said", ["deworming Milbemax", "triệt sản", "УЗИ", "тест на ВИЧ", "xổ giun tim", "khám tai"])
def test_rule_7_the_persons_own_word_is_kept(gpt: Connect, cat: Any, said: str) -> None:
    record = {"record_type": said, "record_date": "2026-01-15"}
    alone = gpt("mai").post(f"/pets/{cat.id}/medical-records", **record)
    beside = gpt("mai").post(f"/pets/{cat.id}/medical-records", **record, description="Bé ngoan")
    many = gpt("mai").post(
        "/records", records=[{"kind": "medical_record", "pet_id": cat.id, **record, "vet_name": "BS"}]
    )

    assert alone.ok["data"]["description"] == said
    assert beside.ok["data"]["description"] == f"{said}: Bé ngoan"
    assert many.ok["results"][0]["data"]["description"] == said


@pytest.mark.parametrize(
    ("description", "kept"),
    [
        (None, "grooming"),
        ("nails and fur", "grooming: nails and fur"),
        ("Grooming, nails and fur", "Grooming, nails and fur"),
    ],
)
def test_an_unknown_type_becomes_other_and_its_word_is_kept(
    gpt: Connect, cat: Any, description: str | None, kept: str
) -> None:
    told = gpt("mai").post(
        f"/pets/{cat.id}/medical-records",
        record_type="grooming",
        record_date="2026-01-15",
        description=description,
    )

    assert told.ok["data"]["record_type"] == "other"
    assert told.body["data"]["description"] == kept


@pytest.mark.parametrize("said", ["vaccination", "tiêm phòng", "прививка", "щеплення"])
def test_trap_27_a_vaccination_is_asked_about(gpt: Connect, cat: Any, said: str) -> None:
    told = gpt("mai").post(f"/pets/{cat.id}/medical-records", record_type=said, record_date="2026-01-15")

    assert told.reason == "vaccination_record"
    assert "add_vaccination" in told.body["message"]
    assert told.upstream == ["GET /my-pets/sections"]


@pytest.mark.parametrize(
    ("said", "tool"), [("weight", "add_weight"), ("микрочип", "add_microchip"), ("cân nặng", "add_weight")]
)
def test_what_has_a_list_of_its_own_is_not_stored_here(gpt: Connect, cat: Any, said: str, tool: str) -> None:
    told = gpt("mai").post(f"/pets/{cat.id}/medical-records", record_type=said, record_date="2026-01-15")

    assert (told.reason, tool in told.body["message"]) == ("ambiguous", True)
    assert told.upstream == ["GET /my-pets/sections"]


@pytest.mark.parametrize("body", [{}, {"record_type": "", "record_date": None}, {"description": "Sốt nhẹ"}])
def test_all_that_is_missing_is_asked_for_at_once(gpt: Connect, cat: Any, body: dict[str, Any]) -> None:
    told = gpt("mai").post(f"/pets/{cat.id}/medical-records", **body)

    assert told.reason == "missing"
    assert told.body["missing_fields"] == ["record_type", "record_date"]
    assert told.upstream == ["GET /my-pets/sections"]
    assert departures(told.body, MedicalRecordAnswer) == []


def test_no_day_is_made_up(gpt: Connect, cat: Any) -> None:
    told = gpt("mai").post(f"/pets/{cat.id}/medical-records", record_type="checkup")

    assert told.reason == "missing"
    assert told.body["missing_fields"] == ["record_date"]


def test_a_day_to_come_is_asked_about(gpt: Connect, cat: Any) -> None:
    told = gpt("mai").post(f"/pets/{cat.id}/medical-records", record_type="checkup", record_date="2099-01-01")

    assert told.reason == "future"
    assert told.upstream == ["GET /my-pets/sections"]


def test_trap_06_before_seven_in_hanoi_today_is_asked_about_and_yesterday_offered(
    gpt: Connect, cat: Any, at: Callable[[str], None]
) -> None:
    at("2026-03-09T20:30+00:00")  # 03:30 on the 10th in Hanoi

    told = gpt("mai").post(f"/pets/{cat.id}/medical-records", record_type="checkup", record_date="hôm nay")

    assert told.reason == "not_yet"
    assert told.body["candidates"] == [{"record_date": "2026-03-09"}]
    assert told.upstream == ["GET /my-pets/sections"]


def test_the_main_apps_reasons_come_under_the_tools_names(gpt: Connect, cat: Any) -> None:
    told = gpt("mai").post(
        f"/pets/{cat.id}/medical-records", **{**VISIT, "description": "d" * 2001, "vet_name": "v" * 256}
    )

    assert told.code == "VALIDATION_FAILED"
    assert {one["name"] for one in told.body["fields"]} == {"description", "vet_name"}
    assert cat.medical_records == []


def test_again_writes_a_second_identical_record(gpt: Connect, cat: Any) -> None:
    connected = gpt("mai")
    connected.post(f"/pets/{cat.id}/medical-records", **VISIT)

    again = connected.post(f"/pets/{cat.id}/medical-records", **VISIT, again=True)

    assert again.status == 201
    assert again.ok["already_recorded"] is False
    assert len(cat.medical_records) == 2


def test_after_two_minutes_an_identical_call_is_a_new_one(gpt: Connect, cat: Any, travel: Callable[..., None]) -> None:
    connected = gpt("mai")
    connected.post(f"/pets/{cat.id}/medical-records", **VISIT)
    travel(minutes=2, seconds=1)

    assert connected.post(f"/pets/{cat.id}/medical-records", **VISIT).status == 201
    assert len(cat.medical_records) == 2


def test_another_persons_identical_call_is_their_own(gpt: Connect, cat: Any, sandbox: SandboxServer) -> None:
    sandbox.world.share(cat, sandbox.world.user("emma"), "editor")
    gpt("mai").post(f"/pets/{cat.id}/medical-records", **VISIT)

    assert gpt("emma").post(f"/pets/{cat.id}/medical-records", **VISIT).status == 201
    assert len(cat.medical_records) == 2


@pytest.mark.parametrize("said", ["unknown", "не помню", "chưa rõ"])
def test_a_vet_that_nobody_knows_is_none(gpt: Connect, cat: Any, said: str) -> None:
    told = gpt("mai").post(
        f"/pets/{cat.id}/medical-records", record_type="checkup", record_date="2026-01-15", vet_name=said
    )

    assert told.ok["data"]["vet_name"] is None
