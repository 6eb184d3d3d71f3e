"""Who may do what with a pet (main-app.md §11.1): every role against every kind of route."""

import httpx
import pytest

from sandbox.server import SandboxServer

from .conftest import Client

CAT = "Bé Ba"
READS = ("", "/weights", "/microchips", "/vaccinations", "/medical-records")

# show, weights, microchips, vaccinations, medical records, weight write, PUT, status, DELETE
MATRIX = {
    "owner": (200, 200, 200, 200, 200, 201, 200, 200, 204),
    "editor": (200, 200, 200, 200, 200, 201, 200, 200, 403),
    "viewer": (200, 403, 200, 403, 403, 403, 403, 403, 403),
    "foster": (200, 403, 200, 403, 403, 403, 403, 403, 403),
    "sitter": (200, 403, 200, 403, 403, 403, 403, 403, 403),
    "stranger": (403, 403, 403, 403, 403, 403, 403, 403, 403),
    "guest": (403, 401, 403, 403, 401, 401, 401, 401, 401),
}


@pytest.mark.parametrize("role", MATRIX)
def test_each_role_may_do_its_part(role: str, sandbox: SandboxServer, client_of: Client) -> None:
    world = sandbox.world
    pet = world.add_pet(world.user("noah" if role == "owner" else "emma"), name=CAT)
    if role in ("editor", "viewer", "foster", "sitter"):
        world.share(pet, world.user("noah"), role)
    api = client_of("noah")
    if role == "guest":
        api.headers["Authorization"] = "Bearer 999|dead"
    path = f"/pets/{pet.id}"

    answers = [api.get(f"{path}{read}") for read in READS]
    answers += [
        api.post(f"{path}/weights", json={"weight_kg": 4, "record_date": "2026-01-01"}),
        api.put(path, json={"state": "Hue"}),
        api.put(f"{path}/status", json={"status": "active"}),
        api.delete(path),
    ]

    assert tuple(answer.status_code for answer in answers) == MATRIX[role]


def test_a_lost_pet_is_public_but_its_health_is_not(sandbox: SandboxServer, client_of: Client) -> None:
    mun = sandbox.world.pet("Mun")
    stranger, nobody = client_of("noah"), httpx.Client(base_url=f"{sandbox.url}/api")
    path = f"/pets/{mun.id}"

    with nobody:
        shown = nobody.get(path).json()["data"]
        chips = nobody.get(f"{path}/microchips").status_code

    assert "viewer_permissions" not in shown
    assert shown["relationships"][0]["user"]["email"] == "mai@example.com"
    assert chips == 200
    assert stranger.get(f"{path}/vaccinations").json() == {"message": "Forbidden."}


def test_a_banned_person_reads_and_an_unverified_one_sees_the_profile(client_of: Client) -> None:
    banned, unverified = client_of("bana"), client_of("uma")

    assert banned.get("/my-pets").json()["data"][0]["name"] == "Ban-Ban"
    assert banned.get("/users/me").json()["data"]["is_banned"] is True
    assert unverified.get("/users/me").json()["data"]["email_verified_at"] is None
    assert unverified.get("/my-pets").status_code == 403


def test_sections_show_what_is_shared(client_of: Client) -> None:
    shared = client_of("emma").get("/my-pets/sections").json()["data"]["shared"]

    roles = {row["name"]: row["viewer_permissions"]["access_sources"][0]["role"] for row in shared}
    assert roles == {"Мурка": "viewer", "Vàng": "sitter"}


@pytest.mark.parametrize("feature", ["vaccinations", "medical-records"])
def test_only_cats_have_vaccinations_and_medical_records(
    feature: str, sandbox: SandboxServer, client_of: Client
) -> None:
    answer = client_of("emma").get(f"/pets/{sandbox.world.pet('Rex').id}/{feature}")

    assert (answer.status_code, answer.json()["error_code"]) == (422, "FEATURE_NOT_AVAILABLE_FOR_PET_TYPE")
    assert "success" not in answer.json()


def test_an_old_token_of_the_first_connector_fails_on_lists(sandbox: SandboxServer) -> None:
    token = sandbox.world.new_token(
        sandbox.world.user("emma"), ("pet:read", "pet:write", "health:read", "health:write", "profile:read")
    )
    headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}

    statuses = [httpx.get(f"{sandbox.url}/api{p}", headers=headers).status_code for p in ("/my-pets", "/users/me")]

    assert statuses == [403, 200]
