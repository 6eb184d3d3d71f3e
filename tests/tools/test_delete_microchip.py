"""delete_microchip: DELETE /pets/{pet_id}/microchips/{microchip_id}."""

from collections.abc import Callable
from typing import Any

import pytest

from mainapp.client import MainAppClient
from petstools.serializers.microchips import DeletedMicrochipAnswer
from sandbox.server import SandboxServer
from sandbox.versions import Release
from tests.tools.conftest import Gpt
from tests.tools.documented import departures

Connect = Callable[..., Gpt]


@pytest.fixture
def chip(cat: Any, sandbox: SandboxServer) -> Any:
    return sandbox.world.add_microchip(cat, "982000555555555", "HomeAgain", "2024-01-02")


@pytest.fixture
def path(cat: Any, chip: Any) -> str:
    return f"/pets/{cat.id}/microchips/{chip.id}"


@pytest.mark.parametrize("version", ["v1.18.5", "v1.18.0", "v1.6.0"])
def test_it_deletes_and_tells_what_was_there(
    gpt: Connect, cat: Any, chip: Any, path: str, sandbox: SandboxServer, version: str
) -> None:
    sandbox.app.release = Release(version)

    told = gpt("mai").delete(path)

    assert told.ok["deleted"] == {
        "id": chip.id,
        "pet_id": cat.id,
        "chip_number": "982000555555555",
        "issuer": "HomeAgain",
        "implanted_at": "2024-01-02",
    }
    assert told.body["already_deleted"] is False
    assert departures(told.body, DeletedMicrochipAnswer) == []
    assert cat.microchips == []
    assert told.upstream == [f"GET {path}", f"DELETE {path}"]


def test_the_same_call_again_says_that_it_was_deleted(gpt: Connect, path: str) -> None:
    connected = gpt("mai")
    connected.delete(path)

    again = connected.delete(path)

    assert again.ok["already_deleted"] is True
    assert again.body["deleted"] is None


def test_a_chip_that_never_was_is_not_called_deleted(gpt: Connect, cat: Any) -> None:
    told = gpt("mai").delete(f"/pets/{cat.id}/microchips/999999")

    assert (told.status, told.code) == (404, "NOT_FOUND")


def test_an_answer_lost_after_the_commit_is_unknown_and_the_same_call_again_tells(
    gpt: Connect, path: str, sandbox: SandboxServer
) -> None:
    connected = gpt("mai")
    sandbox.faults.add(drop="after_commit", method="DELETE")

    lost = connected.delete(path)
    sandbox.faults.clear()
    again = connected.delete(path)

    assert lost.code == "OUTCOME_UNKNOWN"
    assert again.ok["already_deleted"] is True


def test_a_viewer_may_not(gpt: Connect, cat: Any, path: str) -> None:
    told = gpt("olga").delete(path)

    assert (told.status, told.code) == (403, "FORBIDDEN")
    assert len(cat.microchips) == 1


def test_a_chip_that_changes_on_the_way_is_not_deleted(
    gpt: Connect, cat: Any, chip: Any, path: str, sandbox: SandboxServer
) -> None:
    shown = sandbox.requests.append

    def append(one: Any) -> None:
        shown(one)
        if one.method == "DELETE":
            chip.updated_at = chip.updated_at.replace(year=2027)

    sandbox.requests.append = append  # type: ignore[method-assign]

    told = gpt("mai").delete(path)

    assert (told.status, told.code) == (409, "CONFLICT")
    assert len(cat.microchips) == 1


def test_trap_34_a_linked_expense_is_kept(gpt: Connect, path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[Any] = []
    call = MainAppClient.call

    def listened(self: MainAppClient, *asked: Any, **more: Any) -> Any:
        if more.get("json"):
            sent.append(more["json"])
        return call(self, *asked, **more)

    monkeypatch.setattr(MainAppClient, "call", listened)

    gpt("mai").delete(path)

    assert sent[0]["linked_transaction"] == "keep"
    assert sent[0]["base_version"].endswith("Z")


def test_a_kind_without_chips_is_answered_with_what_is_possible(gpt: Connect, sandbox: SandboxServer) -> None:
    bird = sandbox.world.add_pet(sandbox.world.user("mai"), name="Vẹt", species="bird")
    chip = sandbox.world.add_microchip(bird, "982000999999999")

    told = gpt("mai").delete(f"/pets/{bird.id}/microchips/{chip.id}")

    assert (told.status, told.code) == (422, "FEATURE_NOT_AVAILABLE")
