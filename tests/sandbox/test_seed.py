"""The people and pets of a fresh stand-in, today and years from now."""

from datetime import UTC, date, datetime

import httpx
import pytest

from sandbox.seed import seed
from sandbox.server import SandboxServer
from sandbox.world import World

from .stage import NO_TLS


@pytest.mark.parametrize("year", [2026, 2028, 2035, 2103])
def test_it_never_ages(year: int) -> None:
    world = World(seed=seed, now=lambda: datetime(year, 3, 1, 12, tzinfo=UTC))
    today, biscuit = world.today(), world.pet("Biscuit")

    due = {row.vaccine_name: (row.is_overdue(today), row.due_at) for row in biscuit.vaccinations}

    assert due["Rabies"][0] is True
    assert due["FVRCP"][1] is not None
    assert 0 < (due["FVRCP"][1] - today).days < 30
    assert len(biscuit.weights) > 25
    assert world.pet("Leap").birthday == date(world.pet("Leap").birthday_year or 0, 2, 29)


def test_everybody_can_sign_in_with_what_is_printed(sandbox: SandboxServer) -> None:
    people = httpx.get(f"{sandbox.url}/__sandbox/people").json()["people"]
    statuses = []
    for person in people:
        sandbox.world.throttles.clear()
        with httpx.Client(base_url=sandbox.url, headers={"Origin": sandbox.url}, verify=NO_TLS) as browser:
            browser.get("/sanctum/csrf-cookie")
            body = {"email": person["email"], "password": person["password"]}
            xsrf = {"X-XSRF-TOKEN": browser.cookies["XSRF-TOKEN"]}
            statuses.append(browser.post("/login", json=body, headers=xsrf).status_code)

    assert len(people) == 10
    assert set(statuses) == {200}


def test_every_kind_of_pet_is_there() -> None:
    world = World(seed=seed)
    pets = world.pets.values()

    assert {pet.birthday_precision for pet in pets} == {"day", "month", "year", "unknown"}
    assert {pet.status for pet in pets} == {"active", "lost", "deceased"}
    assert {pet.pet_type.slug for pet in pets} == {"cat", "dog", "bird"}
    assert {"Míu", "Mướp", "Vàng", "Мурка", "Барсик"} <= {pet.name for pet in pets}


def test_an_empty_world_has_reference_data_only() -> None:
    world = World()

    assert (len(world.users), len(world.pets), len(world.pet_types), len(world.countries)) == (0, 0, 31, 264)
