"""Rules about habits that no recording shows (main-app.md §10.2, §14)."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from sandbox.server import SandboxServer

from .conftest import Client
from .stage import NO_TLS


@pytest.mark.parametrize(
    ("mode", "shown"), [("average_scored_pets", 4), ("average_all_pets", 2), ("sum", 4)], ids=lambda value: str(value)
)
def test_a_day_is_summed_up_as_asked(mode: str, shown: int, sandbox: SandboxServer, client_of: Client) -> None:
    world = sandbox.world
    pets = [world.pet("Biscuit"), world.pet("Rex")]
    scale: dict[str, Any] = {"value_type": "integer_scale", "scale_min": 0, "scale_max": 8}
    habit = world.add_habit(world.user("emma"), "Appetite", pets, day_summary_mode=mode, **scale)
    path = f"/habits/{habit.id}"
    client_of("emma").put(f"{path}/entries/{world.today()}", json={"entries": [{"pet_id": pets[0].id, "value_int": 4}]})

    days = client_of("emma").get(f"{path}/heatmap", params={"weeks": 1}).json()["data"]

    assert (days[-1]["display_value"], days[-1]["normalized_intensity"]) == (shown, 0.5)


def test_a_lost_pet_leaves_and_a_deleted_one_takes_its_entries_along(sandbox: SandboxServer, client_of: Client) -> None:
    world, api = sandbox.world, client_of("emma")
    lost, deleted = world.pet("Biscuit"), world.pet("Leap")
    habit = world.add_habit(world.user("emma"), "Brushed", [lost, deleted])
    yesterday = world.today() - timedelta(days=1)
    path = f"/habits/{habit.id}/entries/{yesterday}"
    api.put(path, json={"entries": [{"pet_id": pet.id, "value_int": 1} for pet in (lost, deleted)]})

    api.put(f"/pets/{lost.id}/status", json={"status": "lost"})
    api.delete(f"/pets/{deleted.id}")
    shown = api.get(path).json()["data"]

    assert shown["habit"]["pets"] == []
    assert [(row["pet_id"], row["is_current_pet"]) for row in shown["entries"]] == [(lost.id, False)]


def test_there_are_none_before_v1_10() -> None:
    with SandboxServer(version="v1.9.9", api_key="key", hmac_secret="secret") as server:
        token = server.world.new_token(server.world.user("emma"))
        headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}

        assert httpx.get(f"{server.url}/api/habits", headers=headers, verify=NO_TLS).status_code == 404
