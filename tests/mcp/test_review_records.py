"""review_records: the table of what was read from a card, judged as record_many judges it, and nothing written."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext

from petstools.mcp.tools import OFFERS
from petstools.serializers.review_records import ReadRecord
from petstools.tools.vaccine_history import PASSING_NAME
from sandbox.server import SandboxServer
from tests.mcp.conftest import Mcp
from tests.tools.documented import departures
from tests.tools.samples import tool_named

pytestmark = pytest.mark.once

Connect = Callable[..., Mcp]
WEIGHT = {"kind": "weight", "weight_kg": "4,2 kg", "measured_at": "15.01.2026"}
SHOT = {"kind": "vaccination", "vaccine_name": "Rabies", "administered_at": "2026-01-15", "due_at": "in a year"}
VISIT = {"kind": "medical_record", "record_type": "tẩy giun", "record_date": "2026-01-15", "description": "Milbemax"}
CARD = [WEIGHT, SHOT, VISIT]


@pytest.fixture
def cat(sandbox: SandboxServer) -> Any:
    return sandbox.world.add_pet(sandbox.world.user("mai"), name="Nếp Cẩm", species="cat", birthday="2020-05-12")


def of(cat: Any, *rows: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"pet_id": "Nếp Cẩm", **row} for row in rows]


def shot(day: str, due: str | None = None, name: str = "Rabies", **more: Any) -> dict[str, Any]:
    return {
        "kind": "vaccination",
        "vaccine_name": name,
        "administered_at": day,
        **({"due_at": due} if due else {}),
        **more,
    }


def stored(cat: Any) -> list[int]:
    return [len(cat.weights), len(cat.vaccinations), len(cat.medical_records)]


def test_the_table_and_the_records_as_record_many_takes_them(mcp: Connect, cat: Any) -> None:
    told = mcp("mai").call("review_records", records=of(cat, *CARD)).content

    assert [(one["pet"], one["what"], one["day"], one.get("due"), one["status"]) for one in told["rows"]] == [
        ("Nếp Cẩm", "4.2 kg", "2026-01-15", None, "ready"),
        ("Nếp Cẩm", "Rabies", "2026-01-15", "2027-01-15", "ready"),
        ("Nếp Cẩm", "deworming", "2026-01-15", None, "ready"),
    ]
    assert told["records"][1] == {"kind": "vaccination", "pet_id": cat.id, **shot("2026-01-15", "2027-01-15")}
    assert told["summary"] == {"ready": 3, "duplicate": 0, "to_ask": 0, "failed": 0}
    assert departures(told, tool_named("review_records").answer, short=True) == []


def test_it_reads_each_kind_of_a_pet_once_and_writes_nothing(mcp: Connect, cat: Any) -> None:
    connected = mcp("mai")
    connected.call("list_pets")

    with CaptureQueriesContext(database) as queries:
        told = connected.call("review_records", records=of(cat, *CARD, *CARD, shot("2025-01-10")))

    base = f"GET /pets/{cat.id}"
    assert sorted(told.upstream) == [
        "GET /my-pets/sections",
        f"{base}/medical-records",
        f"{base}/vaccinations",
        f"{base}/weights",
    ]
    assert len(queries) == 1
    assert stored(cat) == [0, 0, 0]


def test_what_it_calls_ready_is_written_and_is_then_there(mcp: Connect, cat: Any) -> None:
    connected = mcp("mai")
    rows = of(cat, *CARD, shot("2025-01-10", "2026-01-10"), {**VISIT, "record_type": "стрижка когтей"})

    ready = connected.call("review_records", records=rows).content["records"]
    again = connected.call("review_records", records=ready).content
    written = connected.call("record_many", records=ready).content
    after = connected.call("review_records", records=ready).content

    assert again["records"] == ready
    assert written["summary"]["written"] == len(rows)
    assert [one["status"] for one in after["rows"]] == ["duplicate"] * len(rows)
    assert after["records"] == []


@pytest.mark.parametrize("turned", [False, True])
def test_of_one_vaccine_only_the_newest_stays_open(mcp: Connect, cat: Any, turned: bool) -> None:
    connected = mcp("mai")
    rows = [shot("2024-01-15", "2025-01-15", "Dại"), shot("2025-01-10", "2026-01-10"), shot("2026-01-08", "2027-01-08")]
    rows = of(cat, *(reversed(rows) if turned else rows))

    told = connected.call("review_records", records=rows).content

    newest = {"vaccine_name": "Rabies", "administered_at": "2026-01-08"}
    by_day = sorted(told["rows"], key=lambda one: one["day"])
    assert [one.get("followed_by") for one in by_day] == [newest, newest, None]
    connected.call("record_many", records=told["records"])
    assert [one.completed_at is None for one in sorted(cat.vaccinations, key=lambda one: one.administered_at)] == [
        False,
        False,
        True,
    ]


def test_an_open_shot_that_is_there_is_completed_by_the_row(mcp: Connect, cat: Any, sandbox: SandboxServer) -> None:
    sandbox.world.add_vaccination(cat, "Dại", "2025-01-10", "2026-01-10")

    (row,) = mcp("mai").call("review_records", records=of(cat, shot("2026-01-08"))).content["rows"]

    assert row["completes"] == [{"vaccine_name": "Dại", "administered_at": "2025-01-10"}]


def test_a_row_older_than_what_is_there_is_history(mcp: Connect, cat: Any, sandbox: SandboxServer) -> None:
    sandbox.world.add_vaccination(cat, "Rabies", "2026-01-08", "2027-01-08")

    (row,) = mcp("mai").call("review_records", records=of(cat, shot("2025-01-10", "2026-01-10"))).content["rows"]

    assert (row["status"], row["followed_by"]["administered_at"]) == ("ready", "2026-01-08")


def test_what_is_there_is_a_duplicate(mcp: Connect, cat: Any, sandbox: SandboxServer) -> None:
    world = sandbox.world
    there = [
        world.add_weight(cat, 4.2, "2026-01-15"),
        world.add_vaccination(cat, "RABIES", "2026-01-15"),
        world.add_medical_record(cat, "deworming", "2026-01-15", description="Milbemax, half a tablet"),
    ]

    told = mcp("mai").call("review_records", records=of(cat, *CARD)).content

    assert [(one["status"], one["already"]["id"]) for one in told["rows"]] == [("duplicate", one.id) for one in there]
    assert told["rows"][0]["record"]["weight_kg"] == "4.2 kg"
    assert told["records"] == []


def test_a_row_twice_is_marked_as_the_other(mcp: Connect, cat: Any) -> None:
    told = mcp("mai").call("review_records", records=of(cat, *CARD, *CARD)).content

    assert [one.get("already") for one in told["rows"]] == [None, None, None, {"row": 0}, {"row": 1}, {"row": 2}]
    assert len(told["records"]) == 3


def test_another_record_of_the_kind_and_day_is_told(mcp: Connect, cat: Any, sandbox: SandboxServer) -> None:
    sandbox.world.add_medical_record(cat, "deworming", "2026-01-15", description="Drontal")

    (row,) = mcp("mai").call("review_records", records=of(cat, VISIT)).content["rows"]

    assert (row["status"], "Drontal" in row["note"]) == ("ready", True)


@pytest.mark.parametrize(
    ("row", "reason", "field"),
    [
        ({"kind": "weight", "measured_at": "2026-01-15"}, "missing", "weight_kg"),
        ({**WEIGHT, "weight_kg": "42 kg"}, "implausible", "weight_kg"),
        (shot("2099-05-01"), "future", "administered_at"),
        (shot("2019-01-01"), "implausible", "administered_at"),
        ({**WEIGHT, "pet_id": "Nobody"}, "no_match", ""),
        ({"kind": "horoscope"}, "missing", "kind"),
    ],
)
def test_a_row_with_a_question_is_marked_with_it(
    mcp: Connect, cat: Any, row: dict[str, Any], reason: str, field: str
) -> None:
    connected, rows = mcp("mai"), of(cat, row, SHOT)

    told = connected.call("review_records", records=rows).content
    asked = connected.call("record_many", records=rows[:1]).content["results"][0]

    marked = told["rows"][0]
    assert (marked["status"], marked["reason"]) == ("clarification_needed", reason)
    assert (marked["message"], marked["missing_fields"]) == (asked["message"], asked["missing_fields"])
    assert not field or field in marked["missing_fields"]
    assert [one["kind"] for one in told["records"]] == ["vaccination"]
    assert marked["record"]["kind"] == row["kind"]


@pytest.mark.parametrize(
    ("other", "reason"),
    [
        ({**WEIGHT, "weight_kg": "4.3 kg"}, "already_exists"),
        (shot("2026-01-18"), "already_exists"),
    ],
)
def test_rows_that_contradict_each_other_are_asked_about(
    mcp: Connect, cat: Any, other: dict[str, Any], reason: str
) -> None:
    rows = of(cat, WEIGHT if other["kind"] == "weight" else SHOT, other)

    told = mcp("mai").call("review_records", records=rows).content

    assert [one["status"] for one in told["rows"]] == ["ready", "clarification_needed"]
    assert (told["rows"][1]["reason"], told["rows"][1]["candidates"]) == (reason, [{"row": 0}])


def test_a_weight_of_the_day_that_is_another_is_asked_about(mcp: Connect, cat: Any, sandbox: SandboxServer) -> None:
    there = sandbox.world.add_weight(cat, 4.3, "2026-01-15")

    (row,) = mcp("mai").call("review_records", records=of(cat, WEIGHT)).content["rows"]

    assert (row["reason"], row["candidates"][0]["id"]) == ("already_exists", there.id)


def test_unsure_cells_are_marked_by_their_fields(mcp: Connect, cat: Any) -> None:
    rows = of(
        cat, {**SHOT, "unsure": ["date", "due"]}, {**WEIGHT, "unsure": "weight_kg"}, {**VISIT, "unsure": ["stamp"]}
    )

    told = mcp("mai").call("review_records", records=rows).content

    assert [one["unsure"] for one in told["rows"]] == [["administered_at", "due_at"], ["weight_kg"], ["stamp"]]
    assert all("unsure" not in one for one in told["records"])


def test_a_pet_that_can_have_none_is_said_so(mcp: Connect, sandbox: SandboxServer) -> None:
    sandbox.world.add_pet(sandbox.world.user("mai"), name="Vện", species="dog")

    (row,) = mcp("mai").call("review_records", records=[{**SHOT, "pet_id": "Vện"}]).content["rows"]

    assert (row["status"], row["error"]) == ("error", "FEATURE_NOT_AVAILABLE")


def test_a_field_under_two_names_is_the_rows_own_error(mcp: Connect, cat: Any) -> None:
    (row,) = mcp("mai").call("review_records", records=of(cat, {**WEIGHT, "weight": "5 kg"})).content["rows"]

    assert (row["status"], row["error"]) == ("error", "INVALID_INPUT")


def test_what_a_dead_call_left_is_not_cleared_away_here(mcp: Connect, cat: Any, sandbox: SandboxServer) -> None:
    sandbox.world.add_vaccination(cat, PASSING_NAME, "2025-01-10")

    mcp("mai").call("review_records", records=of(cat, SHOT))

    assert stored(cat) == [0, 1, 0]


def test_a_main_app_that_is_away_is_no_rows_fault(mcp: Connect, cat: Any, sandbox: SandboxServer) -> None:
    sandbox.faults.add(outage=True, retry_after=9)

    told = mcp("mai").call("review_records", records=of(cat, *CARD))

    assert told.error["error"] == "UPSTREAM_UNAVAILABLE"


@pytest.mark.parametrize("records", [None, [], ""])
def test_no_records_are_asked_for(mcp: Connect, records: Any) -> None:
    assert mcp("mai").call("review_records", records=records).content["reason"] == "missing"


def test_the_list_names_the_fields_of_the_form() -> None:
    listed = OFFERS["review_records"].input_schema()["properties"]["records"]["items"]["properties"]

    assert set(ReadRecord().fields) - set(listed) == {"pet_name", "species", "unit", "time_zone", "again"}
    assert set(listed) <= set(ReadRecord().fields)


@pytest.mark.parametrize("field", ["weight_kg", "unknown", "kind", "pet_id", "pet_name", "unsure"])
def test_what_is_nested_too_deep_to_be_repeated_is_not(mcp: Connect, cat: Any, field: str) -> None:
    deep: dict[str, Any] = {}
    for _ in range(35):
        deep = {"a": deep}

    told = mcp("mai").call("review_records", records=of(cat, {"kind": "weight", field: [deep]}))

    (row,) = told.content["rows"]
    assert row["status"] in ("error", "clarification_needed")
