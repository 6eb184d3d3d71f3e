"""update_…: what is the same for a weight, a vaccination, a medical record and a microchip."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from sandbox.records import Pet
from sandbox.server import SandboxServer
from sandbox.versions import Release
from tests.tools.conftest import Gpt
from tests.tools.kinds import Kind, kind, record
from tests.tools.meanwhile import meanwhile

__all__ = ["kind", "record"]

pytestmark = pytest.mark.once

Connect = Callable[..., Gpt]


@pytest.fixture
def path(kind: Kind, cat: Pet, record: Any) -> str:
    return f"{kind.at(cat)}/{record.id}"


def puts(sandbox: SandboxServer) -> list[str | None]:
    return [one.idempotency_key for one in sandbox.requests if one.method == "PUT"]


def changed(sandbox: SandboxServer, record: Any, **columns: Any) -> None:
    """By somebody else."""
    for name, value in columns.items():
        is_day = isinstance(getattr(record, name), date)
        setattr(record, name, date.fromisoformat(value) if is_day else value)
    record.updated_at = sandbox.world.timestamp()


def test_nothing_sent_is_asked_about(gpt: Connect, kind: Kind, path: str) -> None:
    told = gpt("mai").patch(path, **dict.fromkeys(kind.change))

    assert told.reason == "missing"
    assert told.body["missing_fields"] == list(kind.fields)
    assert told.upstream == ["GET /my-pets/sections"]


def test_what_stands_there_already_is_not_written_again(
    gpt: Connect, kind: Kind, path: str, sandbox: SandboxServer
) -> None:
    told = gpt("mai").patch(path, **kind.twice)

    assert {name: told.ok["data"][name] for name in kind.shown} == kind.shown
    assert puts(sandbox) == []


def test_a_change_by_somebody_else_in_another_field_is_no_conflict(
    gpt: Connect, kind: Kind, path: str, record: Any, sandbox: SandboxServer
) -> None:
    with meanwhile(sandbox, "PUT", lambda: changed(sandbox, record, **kind.elsewhere)):
        told = gpt("mai").patch(path, **kind.change)

    assert told.ok["data"] == {**told.body["data"], **kind.change}
    assert {name: str(getattr(record, name)) for name in kind.elsewhere} == kind.elsewhere
    assert len(puts(sandbox)) == 2


def test_a_change_by_somebody_else_in_the_same_field_is_a_conflict(
    gpt: Connect, kind: Kind, path: str, record: Any, sandbox: SandboxServer
) -> None:
    (name,) = kind.change
    theirs = {name: 4.9 if name == "weight_kg" else "somebody else's"}
    with meanwhile(sandbox, "PUT", lambda: changed(sandbox, record, **theirs)):
        told = gpt("mai").patch(path, **kind.change)

    assert (told.status, told.code) == (409, "CONFLICT")
    assert {name: getattr(record, name)} == theirs


@pytest.mark.parametrize("version", ["v1.6.0", "v1.15.0"])
def test_an_older_server_is_updated_as_well(
    gpt: Connect, kind: Kind, path: str, sandbox: SandboxServer, version: str
) -> None:
    sandbox.app.release = Release(version)

    assert gpt("mai").patch(path, **kind.change).ok["data"].items() >= kind.change.items()


def test_a_lost_answer_is_asked_for_again_under_the_same_key(
    gpt: Connect, kind: Kind, path: str, sandbox: SandboxServer
) -> None:
    """Within the call, and the main app replays its answer."""
    sandbox.faults.add(drop="after_commit", method="PUT", times=1)

    told = gpt("mai").patch(path, **kind.change)

    assert told.ok["data"].items() >= kind.change.items()
    assert (len(puts(sandbox)), len(set(puts(sandbox)))) == (2, 1)


def test_an_answer_lost_for_good_is_unknown_and_the_same_call_again_does_no_harm(
    gpt: Connect, kind: Kind, path: str, sandbox: SandboxServer
) -> None:
    connected = gpt("mai")
    sandbox.faults.add(drop="after_commit", method="PUT")

    lost = connected.patch(path, **kind.change)
    sandbox.faults.clear()
    again = connected.patch(path, **kind.change)

    assert lost.code == "OUTCOME_UNKNOWN"
    assert again.ok["data"].items() >= kind.change.items()
    assert again.upstream == ["GET /my-pets/sections", f"GET {path}"]


def test_a_record_that_is_not_there_or_of_another_pet_is_not_found(
    gpt: Connect, kind: Kind, cat: Pet, sandbox: SandboxServer
) -> None:
    other = sandbox.world.add_pet(sandbox.world.user("mai"), name="Mực", species="cat")
    others, connected = kind.add(sandbox.world, other), gpt("mai")

    for number in (999_999, others.id):
        told = connected.patch(f"{kind.at(cat)}/{number}", **kind.change)
        assert (told.status, told.code) == (404, "NOT_FOUND")
    assert puts(sandbox) == []


@pytest.mark.parametrize("number", ["0", "-1", "abc", "1.5", "9223372036854775808", "9" * 30])
def test_an_id_that_is_none_is_refused_before_any_call(gpt: Connect, kind: Kind, cat: Pet, number: str) -> None:
    """Trap 29."""
    for path, name in (
        (f"{kind.at(cat)}/{number}", kind.id_name),
        (f"/pets/{number}/{kind.path}/1", "pet_id"),
    ):
        told = gpt("mai").patch(path, **kind.change)

        assert (told.status, told.code) == (400, "INVALID_INPUT")
        assert told.body["fields"][0]["name"] == name
        assert told.upstream == []


def test_a_viewer_may_not(gpt: Connect, kind: Kind, path: str, sandbox: SandboxServer) -> None:
    """Trap 12."""
    told = gpt("olga").patch(path, **kind.change)

    assert (told.status, told.code) == (403, "FORBIDDEN")
    assert gpt("mai").patch(path, **kind.twice).ok["data"].items() >= kind.shown.items()


def test_it_costs_three_calls_and_one_query(
    gpt: Connect, kind: Kind, path: str, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    connected = gpt("mai")

    with django_assert_num_queries(1):
        told = connected.patch(path, **kind.change)

    assert told.upstream == ["GET /my-pets/sections", f"GET {path}", f"PUT {path}", f"GET {path}"]
