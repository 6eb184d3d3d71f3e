"""Main apps from v1.6.0 to v1.18.5 are served (contract §14): the stand-in plays each of them."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from petstools.tools import overview, pets, weights
from petstools.tools.delete_record import delete_record
from sandbox.records import Pet
from sandbox.server import SandboxServer
from sandbox.versions import CURRENT, Release
from tests.tools.conftest import Gpt
from tests.tools.documented import departures

pytestmark = pytest.mark.once

Connect = Callable[..., Gpt]
VERSIONS = ["v1.6.0", "v1.11.0", "v1.15.0", "v1.18.0", "v1.18.1", "v1.18.2", CURRENT]
KEYS_SINCE = (1, 18, 1)


@pytest.fixture(params=VERSIONS)
def release(request: pytest.FixtureRequest, sandbox: SandboxServer) -> Release:
    """The release that the stand-in plays."""
    sandbox.app.release = Release(request.param)
    return sandbox.app.release


@pytest.fixture
def nox(sandbox: SandboxServer) -> Pet:
    """Noah's cat with an overdue and a coming vaccination."""
    world = sandbox.world
    pet = world.add_pet(world.user("noah"), name="Nox", birthday="2020-05-12")
    long_ago = world.today() - timedelta(days=400)
    world.add_vaccination(pet, "Rabies", long_ago, world.today() - timedelta(days=3))
    world.add_vaccination(pet, "FVRCP", long_ago, world.today() + timedelta(days=9))
    return pet


def test_pets_are_listed_found_and_read(gpt: Connect, nox: Pet, release: Release) -> None:
    connected = gpt("noah")

    listed = connected.get("/pets")
    found = connected.post("/pets/find", name="nox", species="cat")
    read = connected.get(f"/pets/{nox.id}")

    for told, tool in ((listed, pets.list_pets), (found, pets.find_pet), (read, pets.get_pet)):
        assert departures(told.ok, tool.answer) == []
    for shown in (listed.ok["pets"][0], found.ok["candidates"][0], read.ok["data"]):
        assert (shown["id"], shown["role"], shown["can_edit"], shown["can_delete"]) == (nox.id, "owner", True, True)
    assert ("vaccination_status" in listed.ok["pets"][0]) is release.health_summary


def test_shared_pets_are_there_since_the_main_app_lists_them(gpt: Connect, release: Release) -> None:
    shown = {one["name"]: one["role"] for one in gpt("olga").get("/pets").ok["pets"]}

    assert shown.get("Biscuit") == ("editor" if release.shared_sections else None)


def test_a_fostered_pet_may_not_be_changed_on_any_of_them(
    gpt: Connect, nox: Pet, release: Release, sandbox: SandboxServer
) -> None:
    sandbox.world.share(nox, sandbox.world.user("taras"), "foster")
    (shown,) = (one for one in gpt("taras").get("/pets").ok["pets"] if one["name"] == "Nox")

    assert (shown["role"], shown["can_edit"], shown["can_delete"]) == ("foster", False, False)


def test_the_overview_tells_overdue_from_upcoming(
    gpt: Connect, nox: Pet, release: Release, sandbox: SandboxServer
) -> None:
    sandbox.world.add_pet(sandbox.world.user("noah"), name="Rex", species="dog")

    told = gpt("noah").post("/pets/overview", only_overdue=True, include_weights=True)

    assert departures(told.ok, overview.pets_overview.answer) == []
    (shown,) = told.ok["pets"]
    assert shown["overdue_since"] == (sandbox.world.today() - timedelta(days=3)).isoformat()
    assert shown["next_vaccination_due_at"] == (sandbox.world.today() + timedelta(days=9)).isoformat()
    assert [one["is_overdue"] for one in shown["active_vaccinations"]] == [True, False]
    assert told.body["incomplete"] is False


def test_a_weight_is_added_changed_and_deleted(
    gpt: Connect, nox: Pet, release: Release, sandbox: SandboxServer
) -> None:
    connected, path = gpt("noah"), f"/pets/{nox.id}/weights"

    added = connected.post(path, weight_kg="4.2 kg", measured_at="2026-01-15")
    changed = connected.patch(f"{path}/{added.ok['data']['id']}", weight_kg=4.5)
    deleted = connected.delete(f"/pets/{nox.id}/records/{added.ok['data']['id']}", kind="weight")

    assert (added.status, changed.ok["data"]["weight_kg"], deleted.ok["deleted"]["weight_kg"]) == (201, 4.5, 4.5)
    for told, tool in ((added, weights.add_weight), (changed, weights.update_weight), (deleted, delete_record)):
        assert departures(told.body, tool.answer) == []
    assert nox.weights == []
    keys = [one.idempotency_key for one in sandbox.requests if one.method != "GET"]
    assert [key is not None for key in keys] == [release.since(*KEYS_SINCE)] * 3


def test_a_weight_whose_answer_was_lost_is_not_doubled(
    gpt: Connect, nox: Pet, release: Release, sandbox: SandboxServer
) -> None:
    connected, body = gpt("noah"), {"weight_kg": "4.2 kg", "measured_at": "2026-01-15"}
    sandbox.faults.add(drop="after_commit", method="POST")
    lost = connected.post(f"/pets/{nox.id}/weights", **body)
    sandbox.faults.clear()

    again = connected.post(f"/pets/{nox.id}/weights", **body)

    assert lost.code == "OUTCOME_UNKNOWN"
    assert len(nox.weights) == 1
    shown: Any = again.body.get("data") or again.body["candidates"][0]
    assert shown["weight_kg"] == 4.2


def test_the_account_is_told(gpt: Connect, release: Release) -> None:
    assert gpt("emma").get("/account").ok["name"] == "Emma Clarke"


def test_a_connection_from_before_the_abilities_has_to_be_made_anew(gpt: Connect, sandbox: SandboxServer) -> None:
    """Tokens issued before v1.6.0 lack what `/my-pets` wants to this day (§14)."""
    token = sandbox.world.new_token(
        sandbox.world.user("emma"), ("pet:read", "pet:write", "health:read", "health:write", "profile:read")
    )

    told = gpt("emma", token=token).get("/pets")

    assert (told.status, told.code) == (401, "UNAUTHORIZED")
