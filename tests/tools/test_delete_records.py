"""delete_record: DELETE /pets/{pet_id}/records/{record_id}?kind=…, and the four operations in whose place it stands."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from mainapp.client import MainAppClient
from petstools.tools.delete_record import delete_record
from sandbox.records import Pet
from sandbox.server import SandboxServer
from sandbox.versions import Release
from tests.tools.conftest import Gpt
from tests.tools.documented import departures
from tests.tools.kinds import Kind, kind, record
from tests.tools.meanwhile import meanwhile

__all__ = ["kind", "record"]

pytestmark = pytest.mark.once

Connect = Callable[..., Gpt]


@pytest.fixture
def path(kind: Kind, cat: Pet, record: Any) -> str:
    return f"/pets/{cat.id}/records/{record.id}?kind={kind.name}"


@pytest.mark.parametrize("version", ["v1.18.5", "v1.18.0", "v1.6.0"])
def test_it_deletes_and_tells_what_it_was(
    gpt: Connect, cat: Pet, kind: Kind, record: Any, path: str, sandbox: SandboxServer, version: str
) -> None:
    sandbox.app.release = Release(version)

    told = gpt("mai").delete(path)

    deleted = told.ok["deleted"]
    assert (deleted["id"], deleted["pet_id"], told.body["already_deleted"]) == (record.id, cat.id, False)
    assert {name: deleted[name] for name in kind.shown} == kind.shown
    assert departures(told.body, delete_record.answer) == []
    assert kind.rows(cat) == []
    assert [one for one in told.upstream if one != "GET /version"] == kind.upstream(cat, record)


def test_chatgpt_must_ask_first() -> None:
    assert delete_record.consequential is True


def test_a_gpt_that_knows_the_older_operations_is_served(gpt: Connect, cat: Pet, kind: Kind, record: Any) -> None:
    """They are told to nobody any more: 2.0.0 had them."""
    response = gpt("mai").http.delete(f"/pets/{cat.id}/{kind.path}/{record.id}")

    assert (response.status_code, response.json()["deleted"]["id"], kind.rows(cat)) == (200, record.id, [])


@pytest.mark.parametrize("sent", [{}, {"kind": "pet"}, {"kind": "x"}])
def test_without_its_kind_nothing_is_deleted(gpt: Connect, cat: Pet, sent: dict[str, str]) -> None:
    told = gpt("mai").delete(f"/pets/{cat.id}/records/1", **sent)

    assert (told.code, told.body["fields"][0]["name"], told.upstream) == ("INVALID_INPUT", "kind", [])
    assert "medical_record" in told.body["fields"][0]["reason"]


def test_traps_02_and_34_it_passes_all_guards_and_keeps_what_it_cost(
    gpt: Connect, kind: Kind, record: Any, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[dict[str, Any]] = []
    really = MainAppClient.call

    def call(self: MainAppClient, *asked: Any, **more: Any) -> Any:
        if more.get("json"):
            sent.append({name: str(value) for name, value in more["json"].items()})
        return really(self, *asked, **more)

    monkeypatch.setattr(MainAppClient, "call", call)

    gpt("mai").delete(path)

    assert sent == [{"base_version": f"{record.updated_at:%Y-%m-%dT%H:%M:%S}.000000Z", **kind.guards}]


def test_one_that_changes_on_the_way_is_not_deleted(
    gpt: Connect, cat: Pet, kind: Kind, record: Any, path: str, sandbox: SandboxServer
) -> None:
    later = record.updated_at + timedelta(seconds=5)

    with meanwhile(sandbox, "DELETE", lambda: setattr(record, "updated_at", later)):
        told = gpt("mai").delete(path)

    assert (told.status, told.code) == (409, "CONFLICT")
    assert kind.rows(cat) == [record]


def test_a_weight_that_changes_within_the_second_is_not_deleted(gpt: Connect, cat: Pet, sandbox: SandboxServer) -> None:
    """Its version counts whole seconds (trap 18); the weight that is expected does not."""
    weight = sandbox.world.add_weight(cat, 4.2)

    with meanwhile(sandbox, "DELETE", lambda: setattr(weight, "weight_kg", 4.9)):
        told = gpt("mai").delete(f"/pets/{cat.id}/records/{weight.id}", kind="weight")

    assert (told.status, told.code) == (409, "CONFLICT")
    assert cat.weights == [weight]


def test_the_same_call_again_says_that_it_is_gone(gpt: Connect, kind: Kind, path: str) -> None:
    connected = gpt("mai")
    connected.delete(path)

    again = connected.delete(path)

    assert (again.ok["deleted"], again.body["already_deleted"]) == (None, True)
    assert departures(again.body, delete_record.answer) == []


def test_an_answer_lost_after_the_commit_is_found_again(
    gpt: Connect, cat: Pet, kind: Kind, record: Any, path: str, sandbox: SandboxServer
) -> None:
    sandbox.faults.add(drop="after_commit", method="DELETE", times=1)

    assert gpt("mai").delete(path).ok["deleted"]["id"] == record.id
    assert kind.rows(cat) == []


@pytest.mark.parametrize("version", ["v1.17.4", "v1.18.5"])
def test_lost_for_good_it_is_unknown_and_the_same_call_again_says_that_it_is_gone(
    gpt: Connect, cat: Pet, kind: Kind, path: str, sandbox: SandboxServer, version: str
) -> None:
    sandbox.app.release = Release(version)
    connected = gpt("mai")
    sandbox.faults.add(drop="after_commit", method="DELETE")

    lost = connected.delete(path)
    sandbox.faults.clear()
    again = connected.delete(path)

    assert (lost.status, lost.code) == (504, "OUTCOME_UNKNOWN")
    assert (again.ok["deleted"], again.body["already_deleted"]) == (None, True)
    assert kind.rows(cat) == []


def test_a_deletion_by_another_person_is_not_taken_for_ones_own(
    gpt: Connect, cat: Pet, path: str, sandbox: SandboxServer
) -> None:
    sandbox.world.share(cat, sandbox.world.user("emma"), "editor")
    gpt("emma").delete(path)

    assert gpt("mai").delete(path).code == "NOT_FOUND"


def test_a_body_is_not_looked_at(gpt: Connect, path: str) -> None:
    response = gpt("mai").http.delete(path, json.dumps({"again": "[[["}), content_type="application/json")

    assert response.status_code == 200


def test_it_costs_its_reads_one_call_more_and_six_queries(
    gpt: Connect, cat: Pet, kind: Kind, record: Any, path: str, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    connected = gpt("mai")
    connected.get("/pets")

    with django_assert_num_queries(6):  # sign-in, earlier attempt, savepoint, insert, release, outcome
        told = connected.delete(path)

    assert told.upstream == kind.upstream(cat, record)
