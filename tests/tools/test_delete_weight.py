"""delete_weight: DELETE /pets/{pet_id}/weights/{weight_id}."""

import json
from collections.abc import Callable

import pytest

from petstools.tools import weights as catalog
from sandbox.records import Pet
from sandbox.server import SandboxServer
from tests.tools.conftest import Gpt
from tests.tools.documented import departures
from tests.tools.meanwhile import meanwhile

Connect = Callable[..., Gpt]


@pytest.fixture
def nox(sandbox: SandboxServer) -> Pet:
    """Noah's cat, weighed once."""
    pet = sandbox.world.add_pet(sandbox.world.user("noah"), name="Nox")
    sandbox.world.add_weight(pet, 4.2, "2026-01-15")
    return pet


def path(pet: Pet) -> str:
    return f"/pets/{pet.id}/weights/{pet.weights[0].id}"


def test_it_deletes_and_tells_what_it_was(gpt: Connect, nox: Pet) -> None:
    weight = nox.weights[0]

    told = gpt("noah").delete(path(nox))

    expected = {"id": weight.id, "pet_id": nox.id, "weight_kg": 4.2, "measured_at": "2026-01-15"}
    assert (told.ok["deleted"], told.body["already_deleted"]) == (expected, False)
    assert nox.weights == []
    assert departures(told.body, catalog.delete_weight.answer) == []


def test_trap_02_it_is_read_first_and_its_guards_are_sent(gpt: Connect, nox: Pet) -> None:
    """The stand-in refuses a deletion without base_version, expected_weight_kg and expected_record_date."""
    address = path(nox)

    told = gpt("noah").delete(address)

    assert told.status == 200
    assert told.upstream == [f"GET {address}", f"DELETE {address}"]


def test_the_same_call_again_says_that_it_is_gone(gpt: Connect, nox: Pet) -> None:
    connected, address = gpt("noah"), path(nox)
    connected.delete(address)

    told = connected.delete(address)

    assert (told.ok["deleted"], told.body["already_deleted"]) == (None, True)
    assert departures(told.body, catalog.delete_weight.answer) == []


def test_what_never_was_is_not_found(gpt: Connect, nox: Pet) -> None:
    told = gpt("noah").delete(f"/pets/{nox.id}/weights/999999")

    assert (told.status, told.code) == (404, "NOT_FOUND")


def test_a_deletion_by_another_person_is_not_taken_for_ones_own(gpt: Connect, nox: Pet, sandbox: SandboxServer) -> None:
    sandbox.world.share(nox, sandbox.world.user("emma"), "editor")
    address = path(nox)
    gpt("emma").delete(address)

    assert gpt("noah").delete(address).code == "NOT_FOUND"


def test_an_answer_lost_after_the_commit_is_found_again(gpt: Connect, nox: Pet, sandbox: SandboxServer) -> None:
    sandbox.faults.add(drop="after_commit", method="DELETE", times=1)

    told = gpt("noah").delete(path(nox))

    assert told.ok["deleted"]["weight_kg"] == 4.2
    assert nox.weights == []


def test_lost_for_good_it_is_unknown_and_the_same_call_again_settles_it(
    gpt: Connect, nox: Pet, sandbox: SandboxServer
) -> None:
    connected, address = gpt("noah"), path(nox)
    sandbox.faults.add(drop="after_commit", method="DELETE")

    lost = connected.delete(address)
    sandbox.faults.clear()
    again = connected.delete(address)

    assert (lost.status, lost.code) == (504, "OUTCOME_UNKNOWN")
    assert (again.ok["deleted"], again.body["already_deleted"]) == (None, True)


def test_a_change_in_the_meantime_is_told_and_nothing_is_deleted(
    gpt: Connect, nox: Pet, sandbox: SandboxServer
) -> None:
    weight, address = nox.weights[0], path(nox)

    with meanwhile(sandbox, "DELETE", lambda: setattr(weight, "weight_kg", 4.9)):
        told = gpt("noah").delete(address)

    assert (told.status, told.code) == (409, "CONFLICT")
    assert nox.weights == [weight]


def test_a_body_is_not_looked_at(gpt: Connect, nox: Pet) -> None:
    response = gpt("noah").http.delete(path(nox), json.dumps({"again": "[[["}), content_type="application/json")

    assert response.status_code == 200


def test_a_viewer_may_not(gpt: Connect, nox: Pet, sandbox: SandboxServer) -> None:
    sandbox.world.share(nox, sandbox.world.user("emma"), "viewer")

    told = gpt("emma").delete(path(nox))

    assert (told.status, told.code) == (403, "FORBIDDEN")
    assert len(nox.weights) == 1
