"""What a call's line says of pets and records: numbers, and saved, already there and taken back told apart."""

from collections.abc import Callable
from typing import Any

import pytest
from pytest_django import Settings

from petstools.models import ToolCall
from petstools.tool_calls import _joined
from sandbox.server import SandboxServer
from tests.tools.conftest import Gpt

pytestmark = pytest.mark.django_db
Connect = Callable[..., Gpt]


@pytest.fixture(autouse=True)
def _lines_at_once(settings: Settings) -> None:
    settings.TOOL_CALL_LOG = "inline"


@pytest.fixture
def miu(sandbox: SandboxServer) -> Any:
    return sandbox.world.add_pet(sandbox.world.user("mai"), name="Nếp", species="cat")


def last() -> tuple[str, str, str, str]:
    line = ToolCall.objects.latest("pk")
    return line.outcome, line.effect, line.pet_ids, line.record_ids


def test_saved_already_there_and_taken_back_are_told_apart(gpt: Connect, miu: Any) -> None:
    connected, pet = gpt("mai"), str(miu.id)
    path = f"/pets/{miu.id}/weights"
    record = str(connected.post(path, weight_kg=4.2).ok["data"]["id"])
    assert last() == ("ok", "saved", pet, record)

    connected.post(path, weight_kg=4.2)
    assert last() == ("ok", "already", pet, record)

    connected.patch(f"{path}/{record}", weight_kg=4.3)
    assert last() == ("ok", "saved", pet, record)

    connected.delete(f"/pets/{miu.id}/records/{record}", kind="weight")
    assert last() == ("ok", "taken_back", pet, record)

    connected.delete(f"/pets/{miu.id}/records/{record}", kind="weight")
    assert last() == ("ok", "already", pet, record)


def test_a_question_and_an_error_name_the_pet_and_did_nothing(gpt: Connect, miu: Any) -> None:
    connected = gpt("mai")
    connected.post(f"/pets/{miu.id}/weights")
    assert last() == ("asked", "", str(miu.id), "")

    connected.get("/pets/987654321/weights")
    assert last() == ("error", "", "987654321", "")


def test_what_only_reads_did_nothing(gpt: Connect, miu: Any) -> None:
    connected = gpt("mai")
    connected.get(f"/pets/{miu.id}")
    assert last() == ("ok", "", str(miu.id), "")
    connected.get("/pets")
    assert last() == ("ok", "", "", "")


def test_many_records_and_a_new_pet_are_all_named(gpt: Connect, miu: Any) -> None:
    connected = gpt("mai")
    told = connected.post(
        "/records",
        records=[
            {"kind": "weight", "pet_id": miu.id, "weight_kg": 4.2, "measured_at": "2026-01-15"},
            {"kind": "weight", "pet_id": miu.id, "weight_kg": 4.3, "measured_at": "2026-01-16"},
        ],
    )
    records = [str(one["data"]["id"]) for one in told.body["results"]]
    assert last() == ("ok", "saved", str(miu.id), ", ".join(records))

    made = connected.post("/pets", name="Bắp", species="cat", country="VN", birthday="2024").body
    assert last()[1:] == ("saved", str(made["data"]["id"]), "")


def test_as_many_numbers_as_there_is_room_for() -> None:
    assert _joined(dict.fromkeys([1, 22]), 20) == "1, 22"
    short = _joined(dict.fromkeys(range(1000, 1100)), 100)
    assert len(short) <= 100
    assert short.startswith("1000, 1001")
    assert short.endswith(", …")
