"""add_vaccination: POST /pets/{pet_id}/vaccinations."""

from collections.abc import Callable
from typing import Any

import pytest

from sandbox.server import SandboxServer
from tests.tools.conftest import Gpt

pytestmark = pytest.mark.once

Connect = Callable[..., Gpt]
RABIES = {"vaccine_name": "Dại", "administered_at": "2026-01-15", "due_at": "2027-01-15", "notes": "lô A12"}


def test_one_that_is_overdue_already_is_shown_so(gpt: Connect, cat: Any) -> None:
    told = gpt("mai").post(
        f"/pets/{cat.id}/vaccinations", vaccine_name="Dại", administered_at="2024-01-15", due_at="2025-01-15"
    )

    assert told.ok["data"]["is_overdue"] is True


def test_days_are_understood_as_said(gpt: Connect, cat: Any, at: Callable[[str], None]) -> None:
    at("2026-03-10T10:00+00:00")

    told = gpt("mai").post(
        f"/pets/{cat.id}/vaccinations", vaccine_name="Dại", administered_at="hôm qua", due_at="in a year"
    )

    assert told.ok["data"]["administered_at"] == "2026-03-09"
    assert told.body["data"]["due_at"] == "2027-03-09"


@pytest.mark.parametrize(
    ("given", "due", "stored"),
    [
        ("2026-03-10", "in a year", "2027-03-10"),
        ("2026-03-10", "sau 1 năm", "2027-03-10"),
        ("2026-03-10", "через рік", "2027-03-10"),
        ("2026-03-10", "hẹn 1 năm", "2027-03-10"),
        ("2026-03-10", "годен 3 года", "2029-03-10"),
        ("10 марта", "4 weeks", "2026-04-07"),
        ("3 March", "in 4 weeks", "2026-03-31"),
        ("2026-03-10", "4 weeks from now", "2026-12-27"),
    ],
)
def test_a_due_day_in_words_counts_from_the_day_of_the_shot(
    gpt: Connect, cat: Any, at: Callable[[str], None], given: str, due: str, stored: str
) -> None:
    at("2026-11-29T05:00+00:00")

    told = gpt("mai").post(f"/pets/{cat.id}/vaccinations", vaccine_name="Dại", administered_at=given, due_at=due)

    assert told.ok["data"]["due_at"] == stored


def test_a_missing_name_and_an_unclear_day_are_one_question(gpt: Connect, cat: Any) -> None:
    told = gpt("mai").post(f"/pets/{cat.id}/vaccinations", administered_at="blue", due_at="31/02/2027")

    assert told.reason == "not_understood"
    assert told.body["missing_fields"] == ["vaccine_name", "administered_at", "due_at"]


@pytest.mark.parametrize("due", ["2026-01-14", "2026-01-15"])
def test_a_due_day_not_after_the_shot_is_asked_about(gpt: Connect, cat: Any, due: str) -> None:
    told = gpt("mai").post(f"/pets/{cat.id}/vaccinations", **{**RABIES, "due_at": due})

    assert told.reason == "contradiction"
    assert told.body["missing_fields"] == ["administered_at", "due_at"]
    assert told.upstream == ["GET /my-pets/sections"]


def test_it_is_found_among_completed_ones_and_on_a_later_page_too(
    gpt: Connect, cat: Any, sandbox: SandboxServer
) -> None:
    done = sandbox.world.timestamp()
    row = sandbox.world.add_vaccination(cat, "Dại", "2026-01-15", completed_at=done)
    for number in range(30):
        sandbox.world.add_vaccination(cat, f"V{number}", "2026-02-01")

    told = gpt("mai").post(f"/pets/{cat.id}/vaccinations", **RABIES)

    assert told.reason == "already_exists"
    assert told.body["candidates"][0]["id"] == row.id


def test_a_spider_is_told_only_what_its_kind_has(gpt: Connect, sandbox: SandboxServer) -> None:
    spider = sandbox.world.add_pet(sandbox.world.user("mai"), name="Peter", species="spider")

    told = gpt("mai").post(f"/pets/{spider.id}/vaccinations", **RABIES)

    assert told.code == "FEATURE_NOT_AVAILABLE"
    assert "spider" in told.body["message"]
    assert ("add_weight" in told.body["message"]) is spider.pet_type.weight_tracking_allowed
    assert ("add_microchip" in told.body["message"]) is spider.pet_type.microchips_allowed


@pytest.mark.parametrize("said", ["unknown", "không biết", "yes", "1", True, "null"])
def test_what_names_no_vaccine_is_asked_about(gpt: Connect, cat: Any, said: object) -> None:
    told = gpt("mai").post(f"/pets/{cat.id}/vaccinations", vaccine_name=said, administered_at="2026-01-02")

    assert "ok" not in (told.body.get("status"),)
    assert cat.vaccinations == []


@pytest.mark.parametrize(
    ("said", "reason", "told"),
    [
        ("tẩy giun", "ambiguous", "add_medical_record"),
        ("стерилизация", "ambiguous", "add_medical_record"),
        ("FIV test", "ambiguous", "add_medical_record"),
        ("чіпування", "ambiguous", "add_microchip"),
        ("not vaccinated against rabies", "ambiguous", "was given"),
        ("chưa tiêm dại", "ambiguous", "was given"),
        ("Нобивак?", "ambiguous", "was given"),
        ("FVRCP hoặc dại", "ambiguous", "was given"),
        ("hẹn 4 bệnh", "ambiguous", "was given"),
        ("mũi 3", "missing", "which vaccine"),
        ("second shot", "missing", "which vaccine"),
        ("очередная прививка", "missing", "which vaccine"),
    ],
)
def test_what_is_no_vaccine_that_was_given_is_asked_about(
    gpt: Connect, cat: Any, said: str, reason: str, told: str
) -> None:
    sent = {"vaccine_name": said, "administered_at": "2026-01-15"}

    asked = gpt("mai").post(f"/pets/{cat.id}/vaccinations", **sent)
    insisted = gpt("mai").post(f"/pets/{cat.id}/vaccinations", **sent, again=True)

    assert asked.reason == reason
    assert told in asked.body["message"]
    assert insisted.ok["data"]["vaccine_name"] == said


@pytest.mark.parametrize(
    "said",
    ["viêm gan", "mũi 4 bệnh", "Rabies No. 3", "dại mũi 1", "first puppy shot", "вакцина от лишая", "Quadrivalent"],
)
def test_any_other_name_is_kept_as_it_is_said(gpt: Connect, cat: Any, said: str) -> None:
    told = gpt("mai").post(f"/pets/{cat.id}/vaccinations", vaccine_name=said, administered_at="2026-01-15")

    assert told.ok["data"]["vaccine_name"] == said


@pytest.mark.parametrize(
    "said", ["unknown", "không rõ", "none", "no booster needed", "chưa có lịch", "пока не назначили"]
)
def test_no_day_is_due_where_none_is_known_or_needed(gpt: Connect, cat: Any, said: str) -> None:
    told = gpt("mai").post(f"/pets/{cat.id}/vaccinations", **{**RABIES, "due_at": said, "notes": "n/a"})

    assert (told.ok["data"]["due_at"], told.body["data"]["notes"]) == (None, None)
