"""record_many: POST /records."""

from collections.abc import Callable
from typing import Any

import pytest
from pytest_django import Settings

from sandbox.server import SandboxServer
from tests.tools.conftest import Gpt

Connect = Callable[..., Gpt]

WEIGHT = {"kind": "weight", "weight_kg": "4.2 kg", "measured_at": "2026-01-15"}
SHOT = {"kind": "vaccination", "vaccine_name": "Rabies", "administered_at": "2026-01-15", "due_at": "2027-01-15"}
VISIT = {"kind": "medical_record", "record_type": "checkup", "record_date": "2026-01-15", "description": "All fine"}


@pytest.fixture
def cat(sandbox: SandboxServer) -> Any:
    return sandbox.world.add_pet(sandbox.world.user("mai"), name="Nếp Cẩm", species="cat")


def weights(cat: Any, count: int) -> list[dict[str, Any]]:
    return [
        {"kind": "weight", "pet_id": cat.id, "weight_kg": 4, "measured_at": f"2025-{1 + n // 28:02d}-{1 + n % 28:02d}"}
        for n in range(count)
    ]


def test_each_kind_is_saved(gpt: Connect, cat: Any) -> None:
    told = gpt("mai").post("/records", records=[{**one, "pet_id": cat.id} for one in (WEIGHT, SHOT, VISIT)])

    assert told.ok["summary"] == {"written": 3, "to_ask": 0, "failed": 0, "not_written": 0}
    assert [one["status"] for one in told.body["results"]] == ["ok"] * 3
    assert told.body["results"][1]["data"]["vaccine_name"] == "Rabies"
    assert (len(cat.weights), len(cat.vaccinations), len(cat.medical_records)) == (1, 1, 1)
    # The pets once, and what there is of vaccinations.
    assert len(told.upstream) == 5


def test_pets_are_found_by_name_with_one_call(gpt: Connect, cat: Any) -> None:
    told = gpt("mai").post("/records", records=[{**WEIGHT, "pet_name": "nep cam"}, {**SHOT, "pet_name": "Nếp"}])

    assert told.ok["summary"]["written"] == 2
    assert [one for one in told.upstream if "my-pets" in one] == ["GET /my-pets/sections"]


def test_a_name_is_of_the_living_one_where_another_has_died(gpt: Connect, sandbox: SandboxServer) -> None:
    owner = sandbox.world.user("mai")
    gone = sandbox.world.add_pet(owner, name="Tèo", status="deceased")
    alive = sandbox.world.add_pet(owner, name="Tèo")

    told = gpt("mai").post("/records", records=[{**WEIGHT, "pet_name": "Tèo"}])

    assert told.ok["summary"]["written"] == 1
    assert (len(gone.weights), len(alive.weights)) == (0, 1)


@pytest.mark.parametrize("said", ["Кузя the dog", "собака Кузя", "пса Кузю", "con chó Кузя"])
def test_the_kind_beside_the_name_tells_namesakes_apart(gpt: Connect, sandbox: SandboxServer, said: str) -> None:
    owner = sandbox.world.user("mai")
    cat, dog = (sandbox.world.add_pet(owner, name="Кузя", species=species) for species in ("cat", "dog"))

    told = gpt("mai").post("/records", records=[{**WEIGHT, "pet_name": one} for one in (said, "Кузя", "bird Кузя")])

    assert [one.get("reason") for one in told.body["results"]] == [None, "several_pets", "several_pets"]
    assert (len(cat.weights), len(dog.weights)) == (0, 1)


def test_nobody_says_of_one_that_died_that_there_is_no_such_pet(gpt: Connect, sandbox: SandboxServer) -> None:
    gone = sandbox.world.add_pet(sandbox.world.user("mai"), name="Пушок", status="deceased")

    told = gpt("mai").post("/records", records=[{**WEIGHT, "pet_name": "Пушка"}])

    assert told.body["results"][0]["reason"] == "deceased"
    assert gone.weights == []


@pytest.mark.parametrize("item", [{"weight": "4.2 kg"}, {"vaccine": "Dại", "date": "2026-03-01"}])
def test_a_kind_is_told_by_the_other_names_of_its_own_field(gpt: Connect, cat: Any, item: dict[str, str]) -> None:
    assert gpt("mai").post("/records", records=[{"pet_id": cat.id, **item}]).ok["summary"]["written"] == 1


def test_items_end_on_their_own_and_the_rest_goes_through(gpt: Connect, cat: Any) -> None:
    told = gpt("mai").post(
        "/records",
        records=[
            {**WEIGHT, "pet_id": cat.id},
            {"kind": "weight", "pet_id": cat.id, "weight_kg": "heavy"},
            {**SHOT, "pet_id": 999999},
            {**VISIT, "pet_name": "nobody at all"},
            {"kind": "horoscope", "pet_id": cat.id},
            {**WEIGHT, "pet_id": "-1"},
            {**WEIGHT, "pet_id": cat.id, "weight_kg": [1]},
            {**WEIGHT},
        ],
    )

    assert told.status == 200
    assert told.body["status"] == "partial"
    asked, failed = "clarification_needed", "error"
    statuses = [one["status"] for one in told.body["results"]]
    assert statuses == ["ok", asked, failed, asked, asked, failed, failed, asked]
    assert [one["index"] for one in told.body["results"]] == list(range(8))
    assert told.body["results"][2]["error"] == "NOT_FOUND"
    assert told.body["send_again"] == []


def test_nothing_written_and_something_to_ask_is_a_question(gpt: Connect, cat: Any) -> None:
    told = gpt("mai").post("/records", records=[{"kind": "weight", "pet_id": cat.id}, {**SHOT, "pet_id": 999999}])

    assert told.reason == "records_unclear"
    assert told.body["results"][0]["missing_fields"] == ["weight_kg"]
    assert cat.weights == []


@pytest.mark.parametrize("records", [None, [], ""])
def test_no_records_are_asked_for(gpt: Connect, records: Any) -> None:
    told = gpt("mai").post("/records", records=records)

    assert told.reason == "missing"
    assert told.upstream == []


@pytest.mark.parametrize("records", ["x", "[{", [1], [WEIGHT] * 51])
def test_what_is_no_list_of_records_is_refused(gpt: Connect, records: Any) -> None:
    told = gpt("mai").post("/records", records=records)

    assert told.code == "INVALID_INPUT"
    assert told.body["fields"][0]["name"].startswith("records")


def test_two_pets_of_one_name_are_asked_about(gpt: Connect, cat: Any, sandbox: SandboxServer) -> None:
    sandbox.world.add_pet(sandbox.world.user("mai"), name="Nếp Cẩm", species="dog")
    connected = gpt("mai")

    asked = connected.post("/records", records=[{**WEIGHT, "pet_name": "Nếp Cẩm"}])
    told = connected.post("/records", records=[{**WEIGHT, "pet_name": "Nếp Cẩm", "species": "mèo"}])

    assert asked.body["results"][0]["reason"] == "several_pets"
    assert len(asked.body["results"][0]["candidates"]) == 2
    assert told.ok["results"][0]["data"]["pet_id"] == cat.id


def test_what_does_not_fit_the_minute_limit_is_handed_back_untried(
    gpt: Connect, cat: Any, sandbox: SandboxServer, settings: Settings
) -> None:
    with SandboxServer(environment="production", world=sandbox.world) as strict:
        settings.MAIN_APP_URL = strict.url
        connected = gpt("mai")
        connected.sandbox = strict
        records = [*weights(cat, 20), {**SHOT, "pet_id": cat.id}]

        told = connected.post("/records", records=records)

    assert told.body["status"] == "partial"
    assert told.body["summary"] == {"written": 16, "to_ask": 0, "failed": 0, "not_written": 5}
    assert told.body["send_again"] == records[15:20]
    assert 0 < told.body["retry_after"] <= 60
    assert len([one for one in told.upstream if one.startswith("POST") and "weights" in one]) == 15


def test_a_refusal_for_now_hands_back_the_rest_of_its_kind(gpt: Connect, cat: Any, sandbox: SandboxServer) -> None:
    sandbox.faults.add(throttle_429=True, retry_after=17, path="/weights")

    told = gpt("mai").post("/records", records=[*weights(cat, 3), {**SHOT, "pet_id": cat.id}])

    assert [one["status"] for one in told.body["results"]] == ["not_written"] * 3 + ["ok"]
    assert told.body["send_again"] == weights(cat, 3)
    assert told.body["retry_after"] == 17
    assert told.body["results"][0]["error"] == "RATE_LIMITED"
    assert "message" in told.body


def test_weights_sent_again_within_the_minute_are_all_handed_back(
    gpt: Connect, cat: Any, sandbox: SandboxServer, settings: Settings
) -> None:
    with SandboxServer(environment="production", world=sandbox.world) as strict:
        settings.MAIN_APP_URL = strict.url
        connected = gpt("mai")
        connected.sandbox = strict
        first = connected.post("/records", records=weights(cat, 20))

        again = connected.post("/records", records=first.body["send_again"])

    assert again.body["summary"] == {"written": 0, "to_ask": 0, "failed": 0, "not_written": 5}
    assert again.body["send_again"] == weights(cat, 20)[15:]
    assert 0 < again.body["retry_after"] <= 60


@pytest.mark.parametrize(
    ("faults", "message"),
    [({"quota_exceeded": True}, "requests to Meo Mai Moi for today"), ({"outage": True}, "is not reachable")],
    ids=["quota", "maintenance"],
)
def test_whatever_stops_a_batch_hands_the_rest_back_once(
    gpt: Connect, cat: Any, sandbox: SandboxServer, faults: dict[str, Any], message: str
) -> None:
    connected = gpt("mai")
    connected.post("/records", records=weights(cat, 1))
    sandbox.faults.add(**faults)

    told = connected.post("/records", records=weights(cat, 6)[1:])

    assert told.body["summary"] == {"written": 0, "to_ask": 0, "failed": 0, "not_written": 5}
    assert told.body["send_again"] == weights(cat, 6)[1:]
    assert message in told.body["message"]
    assert "message" not in told.body["results"][4]


def test_the_same_call_again_writes_nothing_twice(gpt: Connect, cat: Any) -> None:
    connected = gpt("mai")
    records = [{**one, "pet_id": cat.id} for one in (WEIGHT, SHOT, VISIT)]
    connected.post("/records", records=records)

    again = connected.post("/records", records=records)

    assert [one["already_recorded"] for one in again.ok["results"]] == [True] * 3
    assert (len(cat.weights), len(cat.vaccinations), len(cat.medical_records)) == (1, 1, 1)


def test_an_answer_lost_in_the_middle_is_found_when_sent_again(gpt: Connect, cat: Any, sandbox: SandboxServer) -> None:
    connected = gpt("mai")
    records = [{**one, "pet_id": cat.id} for one in (WEIGHT, VISIT, SHOT)]
    sandbox.faults.add(drop="after_commit", method="POST", path="/medical-records")

    lost = connected.post("/records", records=records)
    sandbox.faults.clear()
    again = connected.post("/records", records=records)

    assert [one["status"] for one in lost.body["results"]] == ["ok", "error", "ok"]
    assert lost.body["results"][1]["error"] == "OUTCOME_UNKNOWN"
    assert again.ok["summary"]["written"] == 3
    assert (len(cat.weights), len(cat.vaccinations), len(cat.medical_records)) == (1, 1, 1)


def test_a_token_that_dies_in_the_middle_does_not_hide_what_was_written(
    gpt: Connect, cat: Any, sandbox: SandboxServer
) -> None:
    token = sandbox.world.new_token(sandbox.world.user("mai"))
    connected = gpt("mai", token=token)
    sandbox.faults.add(error_rate=1.0, error_status=401, path="/vaccinations", method="POST")

    told = connected.post("/records", records=[{**one, "pet_id": cat.id} for one in (WEIGHT, SHOT, VISIT)])

    assert [one["status"] for one in told.body["results"]] == ["ok", "not_written", "not_written"]
    assert "sign" in told.body["message"]


def test_a_dead_token_is_told_as_such(gpt: Connect, cat: Any, sandbox: SandboxServer) -> None:
    token = sandbox.world.new_token(sandbox.world.user("mai"))
    connected = gpt("mai", token=token)
    sandbox.world.revoke(token)

    told = connected.post("/records", records=[{**WEIGHT, "pet_id": cat.id}])

    assert told.status == 401
    connected.connection.refresh_from_db()
    assert connected.connection.status == "broken"


def test_no_time_left_hands_the_rest_back(gpt: Connect, cat: Any, settings: Settings) -> None:
    settings.TOOL_DEADLINE_SECONDS = 1

    told = gpt("mai").post("/records", records=weights(cat, 2))

    assert [one["status"] for one in told.body["results"]] == ["not_written"] * 2
    assert told.body["retry_after"] == 0


def test_a_kind_that_has_no_such_records_is_told_what_is_possible(gpt: Connect, sandbox: SandboxServer) -> None:
    dog = sandbox.world.add_pet(sandbox.world.user("mai"), name="Vện", species="dog")

    told = gpt("mai").post("/records", records=[{**SHOT, "pet_id": dog.id}, {**WEIGHT, "pet_id": dog.id}])

    assert told.body["results"][0]["error"] == "FEATURE_NOT_AVAILABLE"
    assert "add_weight" in told.body["results"][0]["message"]
    assert told.body["results"][1]["status"] == "ok"


@pytest.mark.parametrize(
    ("record", "kind"),
    [
        ({**SHOT, "kind": "Vaccine"}, "vaccination"),
        ({**WEIGHT, "kind": "weights"}, "weight"),
        ({name: value for name, value in WEIGHT.items() if name != "kind"}, "weight"),
        ({name: value for name, value in VISIT.items() if name != "kind"}, "medical_record"),
        ({**SHOT, "kind": None}, "vaccination"),
    ],
)
def test_a_kind_is_known_by_another_word_or_by_its_own_field(
    gpt: Connect, cat: Any, record: dict[str, Any], kind: str
) -> None:
    told = gpt("mai").post("/records", records=[{**record, "pet_id": cat.id}])

    assert told.ok["results"][0]["kind"] == kind
    assert told.body["summary"]["written"] == 1


def test_what_may_be_two_kinds_is_asked_about(gpt: Connect, cat: Any) -> None:
    both = {**WEIGHT, **SHOT, "pet_id": cat.id, "kind": None}

    told = gpt("mai").post("/records", records=[both])

    assert told.body["results"][0]["missing_fields"] == ["kind"]
