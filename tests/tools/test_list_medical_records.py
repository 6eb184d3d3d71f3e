"""list_medical_records: GET /pets/{pet_id}/medical-records."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from petstools.serializers.medical_records import MedicalRecordsAnswer
from sandbox.images import drawn_picture
from sandbox.server import SandboxServer
from tests.tools.conftest import Gpt
from tests.tools.documented import departures

pytestmark = pytest.mark.once

Connect = Callable[..., Gpt]


@pytest.fixture
def history(cat: Any, sandbox: SandboxServer) -> Any:
    world = sandbox.world
    world.add_medical_record(cat, "surgery", "2024-05-01", description="Triệt sản.", vet_name="BS. Hùng")
    world.add_medical_record(cat, "checkup", "2025-05-01")
    world.add_medical_record(cat, "other", "2025-06-01", description="grooming: nails")
    return cat


def types(told: Any) -> list[str]:
    return [one["record_type"] for one in told.ok["medical_records"]]


def test_it_shows_all_newest_day_first(gpt: Connect, history: Any) -> None:
    told = gpt("mai").get(f"/pets/{history.id}/medical-records")

    assert types(told) == ["other", "checkup", "surgery"]
    assert told.body["medical_records"][2] == {
        "id": history.medical_records[0].id,
        "pet_id": history.id,
        "record_type": "surgery",
        "record_date": "2024-05-01",
        "description": "Triệt sản.",
        "vet_name": "BS. Hùng",
        "photo_count": 0,
        "photos": [],
    }
    assert (told.body["record_type"], told.body["total"], told.body["next_page"]) == (None, 3, None)
    assert departures(told.body, MedicalRecordsAnswer) == []


@pytest.mark.parametrize(
    ("said", "wanted", "shown"),
    [
        ("surgery", "surgery", ["surgery"]),
        ("triệt sản", "surgery", ["surgery"]),
        ("other", "other", ["other"]),
        ("xét nghiệm", "test", []),
        ("grooming", "other", ["other"]),
        ("  ", None, ["other", "checkup", "surgery"]),
    ],
)
def test_it_filters_by_type_as_said(
    gpt: Connect, history: Any, said: str, wanted: str | None, shown: list[str]
) -> None:
    told = gpt("mai").get(f"/pets/{history.id}/medical-records", record_type=said)

    assert types(told) == shown
    assert told.body["record_type"] == wanted
    # A word that is no kind may be one that another program wrote: asked for before what it would be here.
    assert len(told.upstream) == (2 if said == "grooming" else 1)


def test_trap_27_types_that_other_programs_stored_are_found_by_their_name(
    gpt: Connect, history: Any, sandbox: SandboxServer
) -> None:
    for record_type in ("vaccination", "grooming"):
        sandbox.world.add_medical_record(history, record_type, "2025-07-01")
    connected = gpt("mai")

    for record_type in ("vaccination", "grooming"):
        told = connected.get(f"/pets/{history.id}/medical-records", record_type=record_type)
        assert types(told) == [record_type]
        assert told.body["record_type"] == record_type


def test_trap_16_every_page_keeps_the_filter(gpt: Connect, cat: Any, sandbox: SandboxServer) -> None:
    today = sandbox.world.today()
    for number in range(55):
        sandbox.world.add_medical_record(cat, "checkup", today - timedelta(days=number), description=f"{number}")
        sandbox.world.add_medical_record(cat, "surgery", today - timedelta(days=number))
    connected = gpt("mai")

    seen, page = [], 1
    while page is not None:
        told = connected.get(f"/pets/{cat.id}/medical-records", record_type="checkup", page=page).ok
        seen += [one["description"] for one in told["medical_records"]]
        page = told["next_page"]

    assert seen == [str(number) for number in range(55)]
    assert told["total"] == 55


def test_texts_are_whole_as_long_as_they_fit(gpt: Connect, cat: Any, sandbox: SandboxServer) -> None:
    for _number in range(19):
        sandbox.world.add_medical_record(cat, "checkup", "2026-01-15", description="d" * 2000)

    shown = gpt("mai").get(f"/pets/{cat.id}/medical-records").ok["medical_records"]

    assert {len(one["description"]) for one in shown} == {2000}


def test_the_longest_page_stays_far_below_the_limit_and_says_what_is_cut(
    gpt: Connect, cat: Any, sandbox: SandboxServer
) -> None:
    world = sandbox.world
    for _number in range(25):
        row = world.add_medical_record(cat, "x" * 100, "2026-01-15", description="ệ" * 2000, vet_name="v" * 255)
        row.photos = [world.add_media("MedicalRecord", row.id, "photos", drawn_picture()) for _each in range(6)]

    told = gpt("mai").get(f"/pets/{cat.id}/medical-records")

    shown = told.ok["medical_records"]
    assert len(shown) == 25
    assert all(one["description"].endswith("… (cut)") for one in shown)
    assert len(str(told.body)) < 80_000


def test_trap_26_photos_are_a_count_and_public_addresses(gpt: Connect, cat: Any, sandbox: SandboxServer) -> None:
    row = sandbox.world.add_medical_record(cat, "checkup", "2026-01-15")
    row.photos = [sandbox.world.add_media("MedicalRecord", row.id, "photos", drawn_picture()) for _each in range(6)]

    told = gpt("mai").get(f"/pets/{cat.id}/medical-records")

    shown = told.ok["medical_records"][0]
    assert shown["photo_count"] == 6
    assert [one["id"] for one in shown["photos"]] == [photo.id for photo in row.photos[:4]]
    assert all(set(one) == {"id", "url"} and one["url"].startswith("http") for one in shown["photos"])
    assert "data:image" not in str(told.body)
    assert departures(told.body, MedicalRecordsAnswer) == []
