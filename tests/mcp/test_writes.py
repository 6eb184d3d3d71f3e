"""Clients repeat requests, and a server without state can't tell: what comes twice is written once, as at the other door."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connections

from petstools.models import WriteAttempt
from sandbox.server import SandboxServer
from tests.mcp.conftest import Mcp, connected
from tests.playing import Connector
from tests.tools.conftest import cat, gpt  # noqa: F401 - fixtures

Connect = Callable[..., Mcp]
WEIGHT = {"weight_kg": "4.2 kg", "measured_at": "2026-02-01"}
VISIT = {"record_type": "checkup", "record_date": "2026-02-01"}


def test_the_same_call_twice_is_one_record(mcp: Connect, cat: Any) -> None:  # noqa: F811
    client = mcp("mai")

    first, second = (client.call("add_weight", pet_id=cat.id, **WEIGHT).content for _ in range(2))

    assert first["data"] == second["data"]
    assert second["already_recorded"] is True
    assert WriteAttempt.objects.count() == 1


def test_in_either_era_and_however_its_id_is_written(mcp: Connect, cat: Any) -> None:  # noqa: F811
    client = mcp("mai")
    client.call("add_weight", pet_id=cat.id, **WEIGHT)

    told = client.legacy("tools/call", {"name": "add_weight", "arguments": {**WEIGHT, "pet_id": str(cat.id)}})

    assert told.content["already_recorded"] is True


def test_again_makes_a_second_one(mcp: Connect, cat: Any) -> None:  # noqa: F811
    client = mcp("mai")
    first = client.call("add_medical_record", pet_id=cat.id, **VISIT).content

    second = client.call("add_medical_record", pet_id=cat.id, again=True, **VISIT).content

    assert first["data"]["id"] != second["data"]["id"]


def test_what_was_lost_on_the_way_goes_out_under_the_same_key(
    mcp: Connect,
    cat: Any,  # noqa: F811
    sandbox: SandboxServer,
) -> None:
    client = mcp("mai")
    sandbox.faults.add(method="POST", drop="after_commit")

    lost = client.call("add_weight", pet_id=cat.id, **WEIGHT)
    sandbox.faults.clear()
    told = client.call("add_weight", pet_id=cat.id, **WEIGHT)

    assert lost.error["error"] == "OUTCOME_UNKNOWN"
    assert told.content["data"]["weight_kg"] == 4.2
    assert len(client.call("list_weights", pet_id=cat.id).content["weights"]) == 1


def test_each_connection_writes_for_itself(mcp: Connect, gpt: Any, cat: Any) -> None:  # noqa: F811
    """What a person says in ChatGPT and again in Claude may be two things; each connection's own repeats are not."""
    claude, cursor, chatgpt = mcp("mai"), mcp("mai", client_id="https://cursor.com/x.json"), gpt("mai")
    for _ in range(2):
        claude.call("add_medical_record", pet_id=cat.id, **VISIT)
        cursor.call("add_medical_record", pet_id=cat.id, **VISIT)
        chatgpt.post(f"/pets/{cat.id}/medical-records", **VISIT)

    assert len(claude.call("list_medical_records", pet_id=cat.id).content["medical_records"]) == 3


def test_deleting_twice_deletes_once(mcp: Connect, cat: Any) -> None:  # noqa: F811
    client = mcp("mai")
    made = client.call("add_weight", pet_id=cat.id, **WEIGHT).content["data"]["id"]

    first, second = (
        client.call("delete_record", kind="weight", pet_id=cat.id, record_id=made).content for _ in range(2)
    )

    assert (first["deleted"]["id"], first["already_deleted"]) == (made, False)
    assert ("deleted" in second, second["already_deleted"]) == (False, True)


@pytest.mark.django_db(transaction=True)
def test_at_the_same_moment_too(connector: Connector, sandbox: SandboxServer) -> None:
    pet = sandbox.world.add_pet(sandbox.world.user("mai"), name="Nếp", species="cat")
    client = connected(sandbox, "mai")

    def call(_number: int) -> Any:
        try:
            return client.call("add_weight", pet_id=pet.id, **WEIGHT)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as together:
        told = list(together.map(call, range(4)))

    assert {one.status for one in told} == {200}
    assert len(client.call("list_weights", pet_id=pet.id).content["weights"]) == 1
