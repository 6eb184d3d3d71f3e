"""What is changed is shown, before and after; texts are added to, and never cut by ourselves (docs/decisions/meaning.md, rule 9)."""

from collections.abc import Callable
from typing import Any

import pytest

from sandbox.server import SandboxServer
from tests.tools.conftest import Gpt

pytestmark = pytest.mark.once

Connect = Callable[..., Gpt]


@pytest.fixture
def shot(cat: Any, sandbox: SandboxServer) -> Any:
    return sandbox.world.add_vaccination(cat, "Dại", "2026-01-15", notes="lô A12")


@pytest.fixture
def path(shot: Any) -> str:
    return f"/pets/{shot.pet_id}/vaccinations/{shot.id}"


def test_the_old_values_of_the_changed_fields_and_no_others_are_told(gpt: Connect, path: str) -> None:
    told = gpt("mai").patch(path, notes="mild fever", due_at="2027-01-15", vaccine_name="Dại")

    assert told.ok["before"] == {"notes": "lô A12", "due_at": None}
    assert (told.body["data"]["notes"], told.body["data"]["due_at"]) == ("mild fever", "2027-01-15")


def test_where_nothing_changes_nothing_was(gpt: Connect, path: str) -> None:
    told = gpt("mai").patch(path, notes="lô A12")

    assert told.ok["before"] == {}
    assert "undo" not in told.body


def test_a_text_is_added_to_once(gpt: Connect, shot: Any, path: str) -> None:
    mai = gpt("mai")

    for _time in range(2):
        assert mai.patch(path, add_notes="mild fever").ok

    assert shot.notes == "lô A12\nmild fever"


def test_what_somebody_else_wrote_meanwhile_is_not_lost(
    gpt: Connect, shot: Any, path: str, sandbox: SandboxServer
) -> None:
    shown = sandbox.requests.append

    def append(one: Any) -> None:
        shown(one)
        if one.method == "PUT":
            shot.notes, shot.updated_at = "lô A13", shot.updated_at.replace(year=2027)

    sandbox.requests.append = append  # type: ignore[method-assign]

    assert gpt("mai").patch(path, add_notes="mild fever").code == "CONFLICT"
    assert shot.notes == "lô A13"


@pytest.mark.parametrize("text", ["A gentle old cat … (cut)", "A gentle old cat … (cut) Afraid of the vacuum."])
def test_a_text_that_these_tools_cut_is_not_taken_for_the_whole(
    gpt: Connect, cat: Any, path: str, sandbox: SandboxServer, text: str
) -> None:
    mai = gpt("mai")
    visit = sandbox.world.add_medical_record(cat, "checkup", "2026-01-15")

    for address, field in (
        (f"/pets/{cat.id}", "description"),
        (path, "notes"),
        (f"/pets/{cat.id}/medical-records/{visit.id}", "description"),
    ):
        told = mai.patch(address, **{field: text})
        assert told.code == "INVALID_INPUT"
        assert f"add_{field}" in told.body["message"]
        assert [one for one in told.upstream if not one.startswith("GET")] == []
