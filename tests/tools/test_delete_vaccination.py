"""delete_vaccination: DELETE /pets/{pet_id}/vaccinations/{vaccination_id}."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from mainapp.client import MainAppClient, Resource
from petstools.serializers.vaccinations import DeletedVaccinationAnswer
from petstools.tools.vaccinations import delete_vaccination
from sandbox.server import SandboxServer
from sandbox.versions import Release
from tests.tools.conftest import Gpt
from tests.tools.documented import departures

Connect = Callable[..., Gpt]


@pytest.fixture
def rabies(cat: Any, sandbox: SandboxServer) -> Any:
    return sandbox.world.add_vaccination(cat, "Dại", "2026-01-15", "2027-01-15", notes="lô A12")


@pytest.fixture
def path(rabies: Any) -> str:
    return f"/pets/{rabies.pet_id}/vaccinations/{rabies.id}"


def test_it_deletes_and_tells_what_it_was(gpt: Connect, cat: Any, rabies: Any, path: str) -> None:
    told = gpt("mai").delete(path)

    assert told.status == 200
    assert told.ok["deleted"]["id"] == rabies.id
    assert told.body["deleted"]["vaccine_name"] == "Dại"
    assert told.body["already_deleted"] is False
    assert cat.vaccinations == []
    assert departures(told.body, DeletedVaccinationAnswer) == []


def test_chatgpt_must_ask_first() -> None:
    assert delete_vaccination.consequential is True


@pytest.mark.parametrize("version", ["v1.6.0", "v1.18.0", "v1.18.5"])
def test_every_server_deletes(gpt: Connect, cat: Any, path: str, sandbox: SandboxServer, version: str) -> None:
    sandbox.app.release = Release(version)

    assert gpt("mai").delete(path).ok
    assert cat.vaccinations == []


def test_traps_02_and_34_it_passes_all_guards_and_keeps_what_it_cost(
    gpt: Connect, rabies: Any, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[dict[str, Any]] = []
    really = MainAppClient.call

    def call(self: MainAppClient, *asked: Any, **more: Any) -> Any:
        if more.get("json"):
            sent.append({name: str(value) for name, value in more["json"].items()})
        return really(self, *asked, **more)

    monkeypatch.setattr(MainAppClient, "call", call)

    gpt("mai").delete(path)

    assert sent == [
        {
            "base_version": f"{rabies.updated_at:%Y-%m-%dT%H:%M:%S}.000000Z",
            "expected_vaccine_name": "Dại",
            "expected_administered_at": "2026-01-15",
            "linked_transaction": "keep",
        }
    ]


def test_one_that_changed_in_between_is_not_deleted(
    gpt: Connect, cat: Any, rabies: Any, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    really = Resource.delete

    def delete(self: Resource[Any], *given: Any, **key: Any) -> None:
        rabies.updated_at += timedelta(seconds=5)
        really(self, *given, **key)

    monkeypatch.setattr(Resource, "delete", delete)

    told = gpt("mai").delete(path)

    assert told.code == "CONFLICT"
    assert cat.vaccinations == [rabies]


def test_the_same_call_again_says_that_it_is_gone(gpt: Connect, path: str) -> None:
    connected = gpt("mai")
    connected.delete(path)

    again = connected.delete(path)

    assert again.ok["already_deleted"] is True
    assert again.body["deleted"] is None
    assert departures(again.body, DeletedVaccinationAnswer) == []


def test_an_answer_lost_after_the_commit_is_unknown_and_the_same_call_again_says_that_it_is_gone(
    gpt: Connect, cat: Any, path: str, sandbox: SandboxServer
) -> None:
    connected = gpt("mai")
    sandbox.faults.add(drop="after_commit", method="DELETE")

    lost = connected.delete(path)
    sandbox.faults.clear()
    again = connected.delete(path)

    assert lost.code == "OUTCOME_UNKNOWN"
    assert again.ok["already_deleted"] is True
    assert cat.vaccinations == []


def test_a_record_that_never_was_is_not_found(gpt: Connect, cat: Any, sandbox: SandboxServer) -> None:
    others = sandbox.world.pet("Míu").vaccinations[0]
    connected = gpt("mai")

    assert connected.delete(f"/pets/{cat.id}/vaccinations/999999").code == "NOT_FOUND"
    assert connected.delete(f"/pets/{cat.id}/vaccinations/{others.id}").code == "NOT_FOUND"


def test_trap_12_a_viewer_may_not(gpt: Connect, cat: Any, rabies: Any, path: str) -> None:
    assert gpt("olga").delete(path).code == "FORBIDDEN"
    assert cat.vaccinations == [rabies]


def test_it_costs_two_calls_and_six_queries(
    gpt: Connect, path: str, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    connected = gpt("mai")
    connected.get("/pets")

    with django_assert_num_queries(6):  # sign-in, earlier attempt, savepoint, insert, release, outcome
        told = connected.delete(path)

    assert told.upstream == [f"GET {path}", f"DELETE {path}"]
