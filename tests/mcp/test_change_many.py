"""change_many: several records corrected in one call, each as its own update tool does it."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from petstools.catalog import TOOLS
from sandbox.server import SandboxServer
from tests.mcp.conftest import Mcp

Connect = Callable[..., Mcp]
LIST = "GET /my-pets/sections"


@pytest.fixture
def cats(sandbox: SandboxServer) -> Any:
    noah = sandbox.world.user("noah")
    return [sandbox.world.add_pet(noah, name=name) for name in ("Nox", "Luna", "Míu")]


@pytest.fixture
def weights(sandbox: SandboxServer, cats: Any) -> Any:
    return [sandbox.world.add_weight(cat, 4.2, sandbox.world.today()) for cat in cats]


def rows(weights: Any) -> list[dict[str, Any]]:
    return [{"pet_id": one.pet_id, "record_id": one.id} for one in weights]


def test_the_weights_are_all_of_yesterday_and_one_call_takes_it_back(
    mcp: Connect, sandbox: SandboxServer, weights: Any
) -> None:
    client, today = mcp("noah"), sandbox.world.today()

    told = client.call(
        "change_many", records=rows(weights), set={"kind": "weight", "measured_at": "yesterday"}, time_zone="UTC"
    )

    yesterday = date.fromisoformat(told.content["today"]) - timedelta(days=1)
    assert told.content["status"] == "ok"
    assert [one.record_date for one in weights] == [yesterday] * 3
    assert [one["before"] for one in told.content["results"]] == [{"measured_at": today.isoformat()}] * 3
    # The pets are read once.
    assert told.upstream.count(LIST) == 1
    assert len(told.upstream) == 1 + 3 * 3
    assert not any("undo" in one for one in told.content["results"])

    undo = told.content["undo"]
    assert undo["operation"] == "change_many"
    assert client.call("change_many", **undo["arguments"]).content["status"] == "ok"
    assert [one.record_date for one in weights] == [today] * 3


@pytest.mark.parametrize("said", ["yesterday", "hôm qua", "вчера", "вчора"])
def test_in_the_words_of_four_languages(mcp: Connect, sandbox: SandboxServer, weights: Any, said: str) -> None:
    told = mcp("noah").call("change_many", records=rows(weights), set={"kind": "weight", "measured_at": said})

    assert told.content["summary"]["written"] == 3


def test_each_kind_with_a_change_of_its_own_and_pets_by_name(mcp: Connect, sandbox: SandboxServer, cats: Any) -> None:
    world, day = sandbox.world, sandbox.world.today() - timedelta(days=30)
    nox, luna, miu = cats
    weight, shot = world.add_weight(nox, 4.2, day), world.add_vaccination(luna, "Rabies", day)
    visit = world.add_medical_record(miu, "checkup", day)

    told = mcp("noah").call(
        "change_many",
        records=[
            {"kind": "weight", "pet_id": "nox", "weight_id": weight.id, "weight_kg": "4,3 kg"},
            {"kind": "vaccination", "pet_name": "Luna", "vaccination_id": shot.id, "add_notes": "Left leg"},
            {"kind": "medical_record", "pet_id": "miu", "record_id": visit.id, "vet_name": "Dr. Patel"},
        ],
    )

    assert told.content["status"] == "ok"
    assert (float(weight.weight_kg), shot.notes, visit.vet_name) == (4.3, "Left leg", "Dr. Patel")
    assert told.upstream.count(LIST) == 1


def test_a_record_says_otherwise_than_all(mcp: Connect, sandbox: SandboxServer, weights: Any) -> None:
    first, second, _third = weights
    day = (sandbox.world.today() - timedelta(days=9)).isoformat()

    mcp("noah").call(
        "change_many",
        records=[{**rows([first])[0], "measured_at": day}, *rows([second])],
        set={"kind": "weight", "measured_at": "yesterday"},
    )

    assert first.record_date.isoformat() == day
    assert second.record_date > first.record_date


def test_each_ends_on_its_own(mcp: Connect, sandbox: SandboxServer, weights: Any) -> None:
    good, unclear, gone = rows(weights)
    told = (
        mcp("noah")
        .call(
            "change_many",
            records=[
                {**good, "measured_at": "yesterday"},
                {**unclear, "weight_kg": "42 kg"},
                {**gone, "record_id": 999999, "measured_at": "yesterday"},
                {**good, "record_id": "the first"},
                {**good},
                {"kind": "microchip", **good},
                {"pet_id": "Nobody", "record_id": 1, "measured_at": "yesterday"},
            ],
            set={"kind": "weight"},
            time_zone="UTC",
        )
        .content
    )

    asked, failed = "clarification_needed", "error"
    assert told["status"] == "partial"
    assert [one["status"] for one in told["results"]] == ["ok", asked, failed, failed, asked, asked, asked]
    assert told["results"][1]["candidates"] == [{"weight_kg": "4.2 kg"}]
    assert told["results"][2]["error"] == "NOT_FOUND"
    assert told["results"][3]["fields"][0]["name"] == "record_id"
    assert told["undo"]["arguments"]["records"] == [
        {
            "kind": "weight",
            "pet_id": good["pet_id"],
            "record_id": good["record_id"],
            "again": True,
            "measured_at": sandbox.world.today().isoformat(),
        }
    ]


def test_what_is_no_longer_taken_is_handed_back_once_and_whole(
    mcp: Connect, sandbox: SandboxServer, weights: Any
) -> None:
    sandbox.faults.add(method="PUT", path=f"/weights/{weights[1].id}", outage=True, retry_after=9)

    told = (
        mcp("noah")
        .call("change_many", records=rows(weights), set={"kind": "weight", "measured_at": "2026-02-01"})
        .content
    )

    assert [one["status"] for one in told["results"]] == ["ok", "not_written", "not_written"]
    both = {"kind": "weight", "measured_at": "2026-02-01"}
    assert told["send_again"] == [{**both, **one} for one in rows(weights)[1:]]
    assert told["retry_after"] == 9


def test_the_same_call_again_changes_nothing_more(mcp: Connect, sandbox: SandboxServer, weights: Any) -> None:
    client, sent = mcp("noah"), {"set": {"kind": "weight", "measured_at": "2026-02-01"}}
    client.call("change_many", records=rows(weights), **sent)

    again = client.call("change_many", records=rows(weights), **sent)

    assert [one["before"] for one in again.content["results"]] == [{}] * 3
    assert "undo" not in again.content
    assert not any(one.startswith("PUT") for one in again.upstream)


def test_without_records_it_says_where_they_are(mcp: Connect, sandbox: SandboxServer) -> None:
    told = mcp("noah").call("change_many", records=[])

    assert (told.content["reason"], told.upstream) == ("missing", [])


@pytest.mark.parametrize("wrong", [{"records": "x"}, {"records": [1]}, {"records": [{}], "set": "yesterday"}])
def test_what_is_no_list_or_object_is_refused(mcp: Connect, sandbox: SandboxServer, wrong: Any) -> None:
    assert mcp("noah").call("change_many", **wrong).error["error"] == "INVALID_INPUT"


def test_a_gpt_has_no_such_operation() -> None:
    assert "change_many" not in {tool.name for tool in TOOLS}
