"""Older releases of the main app, as a client can meet them (main-app.md §14)."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

from sandbox.server import SandboxServer
from sandbox.versions import Release

from .stage import NO_TLS


@contextmanager
def release(version: str) -> Iterator[tuple[SandboxServer, httpx.Client]]:
    with SandboxServer(version=version, api_key="k", hmac_secret="s") as server:
        token = server.world.new_token(server.world.user("emma"))
        headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
        with httpx.Client(base_url=f"{server.url}/api", headers=headers, verify=NO_TLS) as api:
            yield server, api


def test_the_version_is_told_in_route_and_header() -> None:
    with release("v1.11.2") as (_, api):
        answer = api.get("/version")

    assert (answer.json()["data"]["version"], answer.headers["x-app-version"]) == ("v1.11.2", "v1.11.2")


@pytest.mark.parametrize("version", ["v1.4.0", "1.2", "latest", "v1.18"])
def test_a_version_without_a_bridge_or_no_version_is_refused(version: str) -> None:
    with pytest.raises(ValueError, match="version"):
        Release(version)


@pytest.mark.parametrize(("version", "enveloped"), [("v1.5.9", False), ("v1.6.0", True)])
def test_errors_got_their_envelope_in_1_6_0(version: str, enveloped: bool) -> None:
    with release(version) as (_, api):
        missing, invalid = api.get("/pets/99999").json(), api.post("/pets", json={}).json()

    assert ("success" in missing, "success" in invalid) == (enveloped, enveloped)
    assert set(invalid["errors"]) == {"name", "country"}


def test_the_telegram_link_came_with_1_6_1() -> None:
    with release("v1.6.0") as (_, older), release("v1.6.1") as (_, newer):
        statuses = [api.post("/gpt-auth/telegram-link", json={}).status_code for api in (older, newer)]

    assert statuses == [404, 419]


@pytest.mark.parametrize(
    ("version", "status"), [("v1.14.0", 201), ("v1.15.0", 401), ("v1.18.0", 401), ("v1.18.1", 201)]
)
def test_idempotency_keys_with_tokens(version: str, status: int) -> None:
    with release(version) as (_, api):
        answers = [
            api.post("/pets", json={"name": "Key", "country": "VN"}, headers={"Idempotency-Key": "k"}) for _ in range(2)
        ]

    assert [answer.status_code for answer in answers] == [status] * 2
    if status == 401:
        assert answers[0].json()["message"] == "An idempotency key requires an authenticated user."
    else:
        same = answers[0].json()["data"]["id"] == answers[1].json()["data"]["id"]
        assert same is (version == "v1.18.1")


@pytest.mark.parametrize(("version", "statuses"), [("v1.18.0", [201, 201]), ("v1.18.1", [201, 409])])
def test_the_duplicate_guard(version: str, statuses: list[int]) -> None:
    with release(version) as (_, api):
        answers = [api.post("/pets", json={"name": "Twin", "country": "VN"}) for _ in range(2)]

    assert [answer.status_code for answer in answers] == statuses


@pytest.mark.parametrize(("version", "status"), [("v1.18.0", 200), ("v1.18.1", 422)])
def test_deletes_needed_no_guards_before_1_18_1(version: str, status: int) -> None:
    with release(version) as (server, api):
        pet = server.world.pet("Biscuit")
        answer = api.delete(f"/pets/{pet.id}/weights/{pet.weights[0].id}")

    assert answer.status_code == status


@pytest.mark.parametrize(
    ("version", "weight", "pet"),
    [("v1.14.0", 200, 200), ("v1.15.0", 409, 200), ("v1.18.0", 409, 200), ("v1.18.1", 409, 409)],
)
def test_base_version_was_ignored_before(version: str, weight: int, pet: int) -> None:
    with release(version) as (server, api):
        row, stale = server.world.pet("Biscuit"), {"base_version": "2020-01-01T00:00:00.000000Z"}
        statuses = (
            api.put(f"/pets/{row.id}/weights/{row.weights[0].id}", json=stale).status_code,
            api.put(f"/pets/{row.id}", json=stale).status_code,
        )

    assert statuses == (weight, pet)


def test_unknown_vaccination_status_meant_all_before_1_18_2() -> None:
    with release("v1.18.1") as (server, api):
        rows = api.get(f"/pets/{server.world.pet('Biscuit').id}/vaccinations?status=overdue").json()["data"]["data"]

    assert len(rows) == 3
    assert "is_overdue" not in rows[0]


def test_status_deleted_deleted_the_pet_before_1_18_1() -> None:
    with release("v1.18.0") as (server, api):
        path = f"/pets/{server.world.pet('Leap').id}"
        answer = api.put(f"{path}/status", json={"status": "deleted"})

        assert (answer.status_code, api.get(path).status_code) == (200, 404)


def keys(row: Any) -> set[str]:
    return set(row)


def test_lists_grew_with_the_releases() -> None:
    found: dict[str, tuple[set[str], set[str]]] = {}
    for version in ("v1.10.0", "v1.11.0", "v1.16.3", "v1.17.0", "v1.18.0"):
        with release(version) as (_, api):
            sections = api.get("/my-pets/sections").json()["data"]
            found[version] = keys(sections), keys(sections["owned"][0])

    assert "transferred_away" in found["v1.11.0"][0] - found["v1.16.3"][0]
    assert {"shared", "context"} == found["v1.18.0"][0] - found["v1.17.0"][0]
    assert "health_summary" in found["v1.11.0"][1] - found["v1.10.0"][1]
    assert found["v1.17.0"][1] - found["v1.16.3"][1] == {"description_locale"}
    assert found["v1.18.0"][1] - found["v1.17.0"][1] == {"viewer_permissions"}


def test_images_grew_with_the_releases() -> None:
    found = {}
    for version in ("v1.17.3", "v1.17.4", "v1.18.0"):
        with release(version) as (server, api):
            found[version] = keys(api.get(f"/pets/{server.world.pet('Biscuit').id}").json()["data"]["photos"][0])

    assert found["v1.17.3"] == {"id", "url", "thumb_url", "is_primary"}
    assert found["v1.18.0"] - found["v1.17.4"] == {"srcset", "sources", "width", "height"}


@pytest.mark.parametrize(("version", "status"), [("v1.5.9", 200), ("v1.6.0", 403)])
def test_abilities_were_not_enforced_before_1_6_0(version: str, status: int) -> None:
    with release(version) as (server, api):
        narrow = server.world.new_token(server.world.user("emma"), ("pet:read", "profile:read"))
        answer = api.get("/my-pets", headers={"Authorization": f"Bearer {narrow}"})

    assert answer.status_code == status


@pytest.mark.parametrize(("version", "status"), [("v1.11.0", 401), ("v1.11.1", 503)])
def test_an_unset_connector_key(version: str, status: int) -> None:
    with SandboxServer(version=version, api_key="", hmac_secret="s") as server:
        answer = httpx.post(f"{server.url}/api/gpt-auth/revoke", json={"token": "x"})

    assert answer.status_code == status


@pytest.mark.parametrize(("version", "limit"), [("v1.7.0", "60"), ("v1.8.0", "300")])
def test_the_minute_limit_of_reads(version: str, limit: str) -> None:
    with release(version) as (_, api):
        assert api.get("/users/me").headers["x-ratelimit-limit"] == limit


@pytest.mark.parametrize(("version", "status"), [("v1.18.4", 401), ("v1.18.5", 200)])
def test_countries_without_login(version: str, status: int) -> None:
    with release(version) as (server, _):
        assert httpx.get(f"{server.url}/api/countries").status_code == status
