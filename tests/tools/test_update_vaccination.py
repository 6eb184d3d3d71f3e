"""update_vaccination: PATCH /pets/{pet_id}/vaccinations/{vaccination_id}."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from sandbox.images import drawn_picture
from sandbox.server import SandboxServer
from tests.tools.conftest import Gpt

pytestmark = pytest.mark.once

Connect = Callable[..., Gpt]


@pytest.fixture
def rabies(cat: Any, sandbox: SandboxServer) -> Any:
    row = sandbox.world.add_vaccination(cat, "Dại", "2026-01-15", "2027-01-15", notes="lô A12")
    # The main app's versions are whole seconds: a change in the same one would not show.
    row.updated_at -= timedelta(minutes=5)
    return row


@pytest.fixture
def path(rabies: Any) -> str:
    return f"/pets/{rabies.pet_id}/vaccinations/{rabies.id}"


@pytest.mark.parametrize(
    ("said", "refused"),
    [
        ({"due_at": "2026-01-14"}, True),
        ({"due_at": "2026-01-15"}, True),
        ({"due_at": "2026-01-16"}, False),
        ({"administered_at": "2026-02-01"}, False),
        ({"administered_at": "2026-02-01", "due_at": "2026-01-31"}, True),
        ({"administered_at": "2026-02-01", "clear": ["due_at"]}, False),
    ],
)
def test_the_two_days_are_compared_with_what_is_stored(
    gpt: Connect, path: str, said: dict[str, Any], refused: bool
) -> None:
    told = gpt("mai").patch(path, **said)

    if refused:
        assert told.reason == "contradiction"
        assert told.body["missing_fields"] == ["administered_at", "due_at"]
        assert [one for one in told.upstream if not one.startswith("GET")] == []
    else:
        assert told.ok


def test_a_shot_moved_past_its_stored_due_day_is_asked_about(gpt: Connect, cat: Any, sandbox: SandboxServer) -> None:
    row = sandbox.world.add_vaccination(cat, "FeLV", "2025-01-01", "2025-06-01")

    told = gpt("mai").patch(f"/pets/{cat.id}/vaccinations/{row.id}", administered_at="2025-06-02")

    assert told.reason == "contradiction"
    assert "2025-06-01" in told.body["message"]
    assert [one for one in told.upstream if not one.startswith("GET")] == []


def test_the_photo_stays(gpt: Connect, rabies: Any, path: str, sandbox: SandboxServer) -> None:
    rabies.photo = sandbox.world.add_media("VaccinationRecord", rabies.id, "photo", drawn_picture())

    assert gpt("mai").patch(path, notes="đùi trái").ok["data"]["photo_url"].startswith("http")
