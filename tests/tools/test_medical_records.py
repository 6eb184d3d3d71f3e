"""The kind of a medical record, as add_medical_record and update_medical_record understand it."""

from collections.abc import Callable
from typing import Any

import pytest

from sandbox.server import SandboxServer
from tests.tools.conftest import Gpt

pytestmark = pytest.mark.once

Connect = Callable[..., Gpt]


@pytest.fixture
def visit(cat: Any, sandbox: SandboxServer) -> Any:
    """What is corrected."""
    return sandbox.world.add_medical_record(cat, "vet_visit", "2026-01-15", description="Sốt nhẹ.", vet_name="BS. Hùng")


@pytest.fixture
def path(visit: Any) -> str:
    return f"/pets/{visit.pet_id}/medical-records/{visit.id}"


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
def test_trap_27_a_vaccination_is_asked_about(gpt: Connect, path: str, said: str) -> None:
    connected, many = gpt("mai"), path.rpartition("/")[0]
    for told in (
        connected.post(many, record_type=said, record_date="2026-01-15"),
        connected.patch(path, record_type=said),
    ):
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


@pytest.mark.parametrize("said", ["unknown", "не помню", "chưa rõ"])
def test_a_vet_that_nobody_knows_is_none(gpt: Connect, cat: Any, said: str) -> None:
    told = gpt("mai").post(
        f"/pets/{cat.id}/medical-records", record_type="checkup", record_date="2026-01-15", vet_name=said
    )

    assert told.ok["data"]["vet_name"] is None


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ({}, "grooming: Sốt nhẹ."),
        ({"description": "nails"}, "grooming: nails"),
        ({"clear": ["description"]}, "grooming"),
    ],
)
def test_a_correction_to_an_unknown_type_becomes_other_and_its_word_is_kept(
    gpt: Connect, path: str, said: dict[str, Any], kept: str
) -> None:
    told = gpt("mai").patch(path, record_type="grooming", **said)

    assert told.ok["data"]["record_type"] == "other"
    assert told.body["data"]["description"] == kept


def test_the_same_call_again_keeps_the_word_once(gpt: Connect, path: str) -> None:
    connected = gpt("mai")
    connected.patch(path, record_type="grooming")

    told = connected.patch(path, record_type="grooming")

    assert told.ok["data"]["description"] == "grooming: Sốt nhẹ."
    assert not [one for one in told.upstream if not one.startswith("GET")]


def test_a_type_that_another_program_has_stored_is_left_alone(gpt: Connect, visit: Any, path: str) -> None:
    visit.record_type = "Grooming"

    told = gpt("mai").patch(path, record_type="grooming", vet_name="BS. Lan")

    assert told.ok["data"]["record_type"] == "Grooming"
    assert told.body["data"]["description"] == "Sốt nhẹ."
    assert told.body["data"]["vet_name"] == "BS. Lan"


def test_several_questions_are_one(gpt: Connect, path: str) -> None:
    told = gpt("mai").patch(path, record_type="прививка", record_date="2099-01-01", clear=["record_date"])

    assert told.body["missing_fields"] == ["record_type", "record_date"]
    assert told.upstream == ["GET /my-pets/sections"]
