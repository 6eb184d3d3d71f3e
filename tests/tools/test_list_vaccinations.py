"""list_vaccinations: GET /pets/{pet_id}/vaccinations."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from petstools.serializers.vaccinations import VaccinationsAnswer
from sandbox.images import drawn_picture
from sandbox.server import SandboxServer
from sandbox.versions import Release
from tests.tools.conftest import Gpt
from tests.tools.documented import departures

pytestmark = pytest.mark.once

Connect = Callable[..., Gpt]


@pytest.fixture
def history(cat: Any, sandbox: SandboxServer) -> Any:
    """One overdue, one due next month, one without a due day, one renewed."""
    world, today = sandbox.world, sandbox.world.today()
    world.add_vaccination(cat, "Dại", today - timedelta(days=400), today - timedelta(days=35))
    world.add_vaccination(cat, "FVRCP", today - timedelta(days=300), today + timedelta(days=30), notes="chân trái")
    world.add_vaccination(cat, "FeLV", today - timedelta(days=200))
    world.add_vaccination(
        cat, "Dại", today - timedelta(days=800), today - timedelta(days=435), completed_at=world.timestamp()
    )
    return cat


def names(told: Any) -> list[str]:
    return [one["vaccine_name"] for one in told.ok["vaccinations"]]


def test_it_shows_those_that_count_last_given_first(gpt: Connect, history: Any, sandbox: SandboxServer) -> None:
    today = sandbox.world.today()

    told = gpt("mai").get(f"/pets/{history.id}/vaccinations")

    assert names(told) == ["FeLV", "FVRCP", "Dại"]
    assert told.body["vaccinations"][1] == {
        "id": history.vaccinations[1].id,
        "pet_id": history.id,
        "vaccine_name": "FVRCP",
        "administered_at": (today - timedelta(days=300)).isoformat(),
        "due_at": (today + timedelta(days=30)).isoformat(),
        "is_overdue": False,
        "completed_at": None,
        "notes": "chân trái",
        "photo_url": None,
    }
    assert (told.body["total"], told.body["page"], told.body["next_page"]) == (3, 1, None)
    assert departures(told.body, VaccinationsAnswer) == []


@pytest.mark.parametrize(
    ("status", "shown"),
    [
        ("active", ["FeLV", "FVRCP", "Dại"]),
        ("overdue", ["Dại"]),
        ("completed", ["Dại"]),
        ("all", ["FeLV", "FVRCP", "Dại", "Dại"]),
        ("", ["FeLV", "FVRCP", "Dại"]),
    ],
)
def test_it_filters_by_status(gpt: Connect, history: Any, status: str, shown: list[str]) -> None:
    told = gpt("mai").get(f"/pets/{history.id}/vaccinations", status=status)

    assert names(told) == shown
    assert told.upstream == [f"GET /pets/{history.id}/vaccinations"]


def test_overdue_and_completed_are_told_apart(gpt: Connect, history: Any) -> None:
    shown = gpt("mai").get(f"/pets/{history.id}/vaccinations", status="all").ok["vaccinations"]

    assert [(one["is_overdue"], one["completed_at"] is not None) for one in shown] == [
        (False, False),
        (False, False),
        (True, False),
        (False, True),
    ]


def test_an_unknown_status_is_refused_before_any_call(gpt: Connect, history: Any) -> None:
    told = gpt("mai").get(f"/pets/{history.id}/vaccinations", status="weird")

    assert told.code == "INVALID_INPUT"
    assert told.body["fields"][0]["name"] == "status"
    assert told.upstream == []


@pytest.mark.parametrize("version", ["v1.6.0", "v1.18.1"])
def test_an_older_server_is_not_asked_for_overdue_and_the_answer_is_the_same(
    gpt: Connect, history: Any, sandbox: SandboxServer, version: str
) -> None:
    sandbox.app.release = Release(version)

    told = gpt("mai").get(f"/pets/{history.id}/vaccinations", status="overdue")

    assert names(told) == ["Dại"]
    assert told.body["vaccinations"][0]["is_overdue"] is True
    assert told.body["total"] == 1
    assert [one.query for one in sandbox.requests if one.path.endswith("/vaccinations")] == ["page=1&status=active"]


@pytest.mark.parametrize("version", ["v1.18.1", "v1.18.2"])
def test_due_today_is_not_overdue_for_the_person(
    gpt: Connect, cat: Any, sandbox: SandboxServer, version: str, at: Callable[[str], Any]
) -> None:
    at("2026-12-04T18:00+00:00")  # 01:00 on the 5th in Hanoi
    sandbox.app.release = Release(version)
    today = date(2026, 12, 5)
    sandbox.world.add_vaccination(cat, "Today", today - timedelta(days=365), today)
    sandbox.world.add_vaccination(cat, "Yesterday", today - timedelta(days=366), today - timedelta(days=1))

    told = gpt("mai").get(f"/pets/{cat.id}/vaccinations", status="overdue")

    assert names(told) == ["Yesterday"]


def test_an_older_servers_many_overdue_ones_can_be_walked(gpt: Connect, cat: Any, sandbox: SandboxServer) -> None:
    sandbox.app.release = Release("v1.18.1")
    today = sandbox.world.today()
    for number in range(60):
        due = today - timedelta(days=3) if number % 2 == 0 else None
        sandbox.world.add_vaccination(cat, f"V{number}", today - timedelta(days=400 + number), due)
    connected = gpt("mai")

    first = connected.get(f"/pets/{cat.id}/vaccinations", status="overdue").ok
    second = connected.get(f"/pets/{cat.id}/vaccinations", status="overdue", page=2).ok

    assert (len(first["vaccinations"]), first["total"], first["next_page"]) == (25, 30, 2)
    assert (len(second["vaccinations"]), second["next_page"]) == (5, None)
    assert len({one["id"] for one in first["vaccinations"] + second["vaccinations"]}) == 30


@pytest.mark.parametrize("status", ["active", "all"])
def test_trap_16_every_page_keeps_the_filter(gpt: Connect, cat: Any, sandbox: SandboxServer, status: str) -> None:
    today = sandbox.world.today()
    for number in range(30):
        sandbox.world.add_vaccination(cat, f"V{number}", today - timedelta(days=number))
        done = sandbox.world.timestamp()
        sandbox.world.add_vaccination(cat, f"Old{number}", today - timedelta(days=number), completed_at=done)
    connected = gpt("mai")

    seen, page = [], 1
    while page is not None:
        told = connected.get(f"/pets/{cat.id}/vaccinations", status=status, page=page).ok
        seen += [one["vaccine_name"] for one in told["vaccinations"]]
        page = told["next_page"]

    assert len(seen) == len(set(seen)) == told["total"] == (30 if status == "active" else 60)
    assert status == "all" or not any(name.startswith("Old") for name in seen)


def test_trap_35_no_address_of_the_main_apps_links_is_followed(gpt: Connect, cat: Any, sandbox: SandboxServer) -> None:
    for number in range(26):
        sandbox.world.add_vaccination(cat, f"V{number}")

    told = gpt("mai").get(f"/pets/{cat.id}/vaccinations", page=2)

    assert told.upstream == [f"GET /pets/{cat.id}/vaccinations"]
    assert sandbox.requests[-1].query == "page=2&status=active"


def test_trap_26_a_photo_is_one_address_and_nothing_else(gpt: Connect, cat: Any, sandbox: SandboxServer) -> None:
    row = sandbox.world.add_vaccination(cat, "Dại")
    row.photo = sandbox.world.add_media("VaccinationRecord", row.id, "photo", drawn_picture())

    told = gpt("mai").get(f"/pets/{cat.id}/vaccinations")

    assert told.body["vaccinations"][0]["photo_url"].startswith("http")
    assert departures(told.body, VaccinationsAnswer) == []
    assert "data:image" not in str(told.body)
