"""What happens to a creation whose answer gets lost, shown on medical records: the main app itself would take them twice."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from pytest_django import Settings

from mainapp.errors import NotFound
from petstools.models import WriteAttempt
from petstools.tools import writing
from sandbox.server import SandboxServer
from sandbox.versions import Release
from tests.tools.conftest import Gpt

Connect = Callable[..., Gpt]
VISIT = {"record_type": "vet_visit", "record_date": "2026-01-15", "description": "Sốt nhẹ."}
KEYS, NO_KEYS = "v1.18.5", "v1.17.4"


@pytest.fixture
def path(cat: Any) -> str:
    return f"/pets/{cat.id}/medical-records"


def lost_answer(connected: Gpt, sandbox: SandboxServer, path: str, drop: str = "after_commit", **more: Any) -> None:
    sandbox.faults.add(drop=drop, method="POST", path="medical-records")
    assert connected.post(path, **VISIT, **more).code == "OUTCOME_UNKNOWN"
    sandbox.faults.clear()


@pytest.fixture
def process_dies(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """The process ends between the main app's answer and our note of it; `process_dies()` starts a new one."""
    really = writing._done

    def dies(*_given: Any) -> None:
        raise SystemError

    monkeypatch.setattr(writing, "_done", dies)
    return lambda: monkeypatch.setattr(writing, "_done", really)


@pytest.mark.parametrize("version", [KEYS, NO_KEYS, "v1.6.0"])
@pytest.mark.parametrize("drop", ["after_commit", "mid_body"])
def test_a_lost_answer_is_unknown_and_the_same_call_again_finds_the_record(
    gpt: Connect, cat: Any, path: str, sandbox: SandboxServer, version: str, drop: str
) -> None:
    sandbox.app.release = Release(version)
    connected = gpt("mai")
    lost_answer(connected, sandbox, path, drop)

    again = connected.post(path, **VISIT)

    assert again.status == 200
    assert again.ok["already_recorded"] is True
    assert again.body["data"]["id"] == cat.medical_records[0].id
    assert len(cat.medical_records) == 1


def test_a_rotation_of_the_secret_key_in_between_changes_nothing(
    gpt: Connect, cat: Any, path: str, sandbox: SandboxServer, settings: Settings
) -> None:
    """What tells the same call again is keyed with SECRET_KEY; the older one still counts while it is named."""
    connected = gpt("mai")
    lost_answer(connected, sandbox, path)
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "n" * 64, [settings.SECRET_KEY]

    assert connected.post(path, **VISIT).ok["already_recorded"] is True
    assert len(cat.medical_records) == 1


@pytest.mark.parametrize("fault", [{"invalid_json": True}, {"wrong_shape": True}])
@pytest.mark.parametrize("version", [KEYS, NO_KEYS])
def test_an_answer_that_can_not_be_read_is_as_good_as_lost(
    gpt: Connect, cat: Any, path: str, sandbox: SandboxServer, version: str, fault: dict[str, bool]
) -> None:
    sandbox.app.release = Release(version)
    connected = gpt("mai")
    sandbox.faults.add(**fault, method="POST", path="medical-records")
    assert connected.post(path, **VISIT).code == "OUTCOME_UNKNOWN"
    sandbox.faults.clear()

    assert connected.post(path, **VISIT).ok["already_recorded"] is True
    assert len(cat.medical_records) == 1


@pytest.mark.parametrize("version", [KEYS, NO_KEYS])
def test_one_that_never_arrived_is_written_by_the_same_call_again(
    gpt: Connect, cat: Any, path: str, sandbox: SandboxServer, version: str
) -> None:
    sandbox.app.release = Release(version)
    connected = gpt("mai")
    lost_answer(connected, sandbox, path, "before_headers")

    again = connected.post(path, **VISIT)

    assert again.status == 201
    assert len(cat.medical_records) == 1


def test_trap_17_a_deploy_that_empties_the_keys_doubles_nothing(
    gpt: Connect, cat: Any, path: str, sandbox: SandboxServer
) -> None:
    connected = gpt("mai")
    lost_answer(connected, sandbox, path)
    sandbox.world.idempotency.clear()

    assert connected.post(path, **VISIT).ok["already_recorded"] is True
    assert len(cat.medical_records) == 1


def test_an_older_twin_of_the_lost_record_is_not_taken_for_it(
    gpt: Connect, cat: Any, path: str, sandbox: SandboxServer
) -> None:
    twin = sandbox.world.add_medical_record(cat, "vet_visit", "2026-01-15", description="Sốt nhẹ.")
    twin.updated_at = twin.updated_at.replace(year=2026, month=1)
    connected = gpt("mai")
    lost_answer(connected, sandbox, path, "before_headers")

    assert connected.post(path, **VISIT).status == 201
    assert len(cat.medical_records) == 2


def test_the_lost_record_is_found_on_a_later_page(gpt: Connect, cat: Any, path: str, sandbox: SandboxServer) -> None:
    connected = gpt("mai")
    lost_answer(connected, sandbox, path)
    sandbox.world.idempotency.clear()
    for _number in range(30):
        sandbox.world.add_medical_record(cat, "checkup", "2026-02-01")

    assert connected.post(path, **VISIT).ok["already_recorded"] is True
    assert len(cat.medical_records) == 31


@pytest.mark.parametrize("version", [KEYS, NO_KEYS])
def test_two_lost_in_a_row_are_still_one(
    gpt: Connect, cat: Any, path: str, sandbox: SandboxServer, version: str
) -> None:
    sandbox.app.release = Release(version)
    connected = gpt("mai")
    lost_answer(connected, sandbox, path, "before_headers")
    lost_answer(connected, sandbox, path, "after_commit")

    assert connected.post(path, **VISIT).ok["already_recorded"] is True
    assert len(cat.medical_records) == 1


@pytest.mark.parametrize("version", [KEYS, NO_KEYS])
def test_a_try_while_the_main_app_is_away_settles_nothing(
    gpt: Connect, cat: Any, path: str, sandbox: SandboxServer, settings: Any, version: str
) -> None:
    sandbox.app.release = Release(version)
    connected = gpt("mai")
    lost_answer(connected, sandbox, path)
    here, settings.MAIN_APP_URL = settings.MAIN_APP_URL, "http://127.0.0.1:9"
    away = connected.post(path, **VISIT)
    settings.MAIN_APP_URL = here

    assert away.code == "OUTCOME_UNKNOWN"
    assert connected.post(path, **VISIT).ok["already_recorded"] is True
    assert len(cat.medical_records) == 1


@pytest.mark.parametrize("away", [True, False], ids=["not even read", "read and not written"])
def test_a_try_that_can_not_be_sent_settles_nothing_for_records_that_are_not_looked_for(
    gpt: Connect, cat: Any, sandbox: SandboxServer, settings: Any, away: bool
) -> None:
    connected = gpt("mai")
    body = {"weight_kg": 4.2, "measured_at": "2026-01-15"}
    sandbox.faults.add(drop="after_commit", method="POST", path="weights")
    connected.post(f"/pets/{cat.id}/weights", **body)
    sandbox.faults.clear()
    here = settings.MAIN_APP_URL
    if away:
        settings.MAIN_APP_URL = "http://127.0.0.1:9"
    else:
        sandbox.faults.add(outage=True, retry_after=1, method="POST", path="weights")
    refused = connected.post(f"/pets/{cat.id}/weights", **body)
    settings.MAIN_APP_URL = here
    sandbox.faults.clear()

    again = connected.post(f"/pets/{cat.id}/weights", **body)

    assert refused.code == "OUTCOME_UNKNOWN"
    assert again.ok["data"]["weight_kg"] == 4.2
    assert len(cat.weights) == 1


def test_the_two_minutes_count_from_the_success(
    gpt: Connect, cat: Any, path: str, sandbox: SandboxServer, travel: Callable[..., None]
) -> None:
    connected = gpt("mai")
    lost_answer(connected, sandbox, path, "before_headers")
    travel(minutes=3)
    assert connected.post(path, **VISIT).status == 201
    travel(minutes=1)

    assert connected.post(path, **VISIT).ok["already_recorded"] is True
    assert len(cat.medical_records) == 1


def test_again_after_a_lost_answer_is_that_call_come_again(
    gpt: Connect, cat: Any, path: str, sandbox: SandboxServer
) -> None:
    connected = gpt("mai")
    connected.post(path, **VISIT)
    lost_answer(connected, sandbox, path, again=True)
    sandbox.world.idempotency.clear()

    connected.post(path, **VISIT, again=True)

    assert len(cat.medical_records) == 2


def test_ten_minutes_later_a_lost_one_is_given_up_and_the_call_is_a_new_one(
    gpt: Connect, cat: Any, path: str, sandbox: SandboxServer, travel: Callable[..., None]
) -> None:
    connected = gpt("mai")
    lost_answer(connected, sandbox, path, "before_headers")
    travel(minutes=11)

    assert connected.post(path, **VISIT).status == 201
    keys = [one.idempotency_key for one in sandbox.requests if one.method == "POST"]
    assert len(set(keys)) == 2


@pytest.mark.parametrize("flushed", [True, False])
def test_a_process_that_dies_before_its_note_leaves_the_record_to_be_found(
    gpt: Connect, cat: Any, path: str, sandbox: SandboxServer, process_dies: Callable[[], None], flushed: bool
) -> None:
    connected = gpt("mai")
    assert connected.post(path, **VISIT).code == "INTERNAL_ERROR"
    process_dies()
    if flushed:
        sandbox.world.idempotency.clear()

    assert connected.post(path, **VISIT).ok["already_recorded"] is True
    assert len(cat.medical_records) == 1


def test_a_server_without_keys_makes_an_identical_call_wait_for_the_first_one(
    gpt: Connect,
    cat: Any,
    path: str,
    sandbox: SandboxServer,
    process_dies: Callable[[], None],
    travel: Callable[..., None],
) -> None:
    sandbox.app.release = Release(NO_KEYS)
    connected = gpt("mai")
    connected.post(path, **VISIT)
    process_dies()

    while_open = connected.post(path, **VISIT)
    travel(minutes=2)
    later = connected.post(path, **VISIT)

    assert while_open.code == "STILL_PROCESSING"
    assert while_open.body["retry_after"] == 60
    assert later.ok["already_recorded"] is True
    assert len(cat.medical_records) == 1


def test_a_record_deleted_after_its_lost_answer_is_written_anew(
    gpt: Connect, cat: Any, path: str, sandbox: SandboxServer
) -> None:
    connected = gpt("mai")
    lost_answer(connected, sandbox, path)
    cat.medical_records.clear()

    again = connected.post(path, **VISIT)

    assert again.status == 201
    assert [one.id for one in cat.medical_records] == [again.body["data"]["id"]]


def test_a_refusal_frees_the_key_and_leaves_nothing_behind(gpt: Connect, cat: Any, path: str) -> None:
    connected = gpt("mai")

    assert connected.post(path, **{**VISIT, "description": "d" * 2001}).code == "VALIDATION_FAILED"
    assert not WriteAttempt.objects.exists()


@pytest.mark.parametrize("fault", [{"throttle_429": True, "retry_after": 30}, {"quota_exceeded": True}])
def test_a_limit_is_no_unknown_outcome(
    gpt: Connect, cat: Any, path: str, sandbox: SandboxServer, fault: dict[str, Any]
) -> None:
    connected = gpt("mai")
    sandbox.faults.add(**fault, method="POST", path="medical-records")

    told = connected.post(path, **VISIT)

    assert told.status == 429
    assert told.code in ("RATE_LIMITED", "QUOTA_EXCEEDED")
    assert cat.medical_records == []
    assert not WriteAttempt.objects.exists()


def test_a_twin_that_fails_does_not_undo_what_the_other_has_settled(
    gpt: Connect, cat: Any, path: str, sandbox: SandboxServer
) -> None:
    connected = gpt("mai")
    connected.post(path, **VISIT)
    attempt = WriteAttempt.objects.get()

    writing._failed(attempt, NotFound(status=404))

    assert connected.post(path, **VISIT).ok["already_recorded"] is True
    assert len(cat.medical_records) == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("version", [KEYS, NO_KEYS])
def test_two_identical_calls_at_the_same_moment_write_once(
    gpt: Connect, cat: Any, path: str, sandbox: SandboxServer, version: str
) -> None:
    sandbox.app.release = Release(version)
    connected = gpt("mai")
    connected.get("/pets")
    sandbox.faults.add(latency_ms=700, method="POST", path="medical-records")
    told: list[Any] = []

    def post() -> None:
        try:
            told.append(connected.post(path, **VISIT))
        finally:
            connection.close()

    calls = [threading.Thread(target=post) for _number in range(3)]
    for call in calls:
        call.start()
    for call in calls:
        call.join()

    assert len(cat.medical_records) == 1
    assert 201 in {one.status for one in told}
    assert {one.status for one in told} <= {200, 201, 409, 504}
