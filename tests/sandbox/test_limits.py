"""Minute throttles and the daily quota beyond the recordings (main-app.md §2)."""

import httpx

from sandbox.server import SandboxServer

from .conftest import Client


def test_a_minute_later_the_throttle_is_open_again(sandbox: SandboxServer, client_of: Client) -> None:
    api = client_of("noah")
    statuses = [api.post("/pets", json={}).status_code for _ in range(11)]
    sandbox.world.travel(seconds=61)

    assert statuses == [422] * 10 + [429]
    assert api.post("/pets", json={}).status_code == 422


def test_all_pets_of_a_person_share_a_counter_per_operation(sandbox: SandboxServer, client_of: Client) -> None:
    api, world = client_of("emma"), sandbox.world
    paths = [f"/pets/{world.pet(name).id}/weights" for name in ("Biscuit", "Rex")]
    statuses = [api.post(paths[turn % 2], json={}).status_code for turn in range(16)]

    assert statuses[14:] == [422, 429]
    assert client_of("mai").post(f"/pets/{world.pet('Míu').id}/weights", json={}).status_code == 422


def test_development_has_wide_throttles_and_no_quota(client_of: Client) -> None:
    with SandboxServer(api_key="k", hmac_secret="s", environment="development") as server:
        server.world.quota.limit = 2
        token = server.world.new_token(server.world.user("noah"))
        with httpx.Client(base_url=f"{server.url}/api", headers={"Authorization": f"Bearer {token}"}) as api:
            answers = [api.post("/pets", json={}, headers={"Accept": "application/json"}) for _ in range(12)]

    assert {answer.status_code for answer in answers} == {422}
    assert answers[-1].headers["x-ratelimit-limit"] == "300"


def test_the_quota_ends_at_midnight_utc(sandbox: SandboxServer, client_of: Client) -> None:
    api = client_of("quinn")
    statuses = [api.get("/users/me").status_code for _ in range(11)]
    public = api.get("/pet-types").status_code
    sandbox.world.travel(days=1)

    assert statuses == [200] * 10 + [429]
    assert public == 429
    assert api.get("/users/me").status_code == 200


def test_premium_people_have_no_quota_and_more_storage(sandbox: SandboxServer, client_of: Client) -> None:
    sandbox.world.quota.limit = 1
    api = client_of("pia")

    answers = [api.get("/users/me") for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200] * 3
    assert answers[0].json()["data"]["storage_limit_bytes"] == 5 * 1024**3


def test_a_missing_pet_costs_no_quota(sandbox: SandboxServer, client_of: Client) -> None:
    api, emma = client_of("emma"), sandbox.world.user("emma")
    api.put("/pets/999999", json={})

    assert sandbox.world.quota.used(emma, sandbox.world.now()) == 0
