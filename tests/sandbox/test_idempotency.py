"""Idempotency-Key beyond the recordings: races, lifetime, what frees a key (main-app.md §3)."""

from concurrent.futures import ThreadPoolExecutor

import httpx

from sandbox.server import SandboxServer

from .conftest import Client

KEY = {"Idempotency-Key": "one-key"}


def create(api: httpx.Client, name: str = "Racer", **headers: str) -> httpx.Response:
    return api.post("/pets", json={"name": name, "country": "VN"}, headers={**KEY, **headers})


def test_of_ten_simultaneous_requests_one_creates_and_nine_are_told_to_wait(
    sandbox: SandboxServer, client_of: Client
) -> None:
    api = client_of("noah")
    sandbox.faults.latency_ms = 400

    with ThreadPoolExecutor(10) as pool:
        statuses = [answer.status_code for answer in pool.map(lambda _: create(api), range(10))]

    assert sorted(statuses) == [201] + [425] * 9
    assert [pet.name for pet in sandbox.world.pets.values()].count("Racer") == 1


def test_a_replay_is_the_stored_answer_even_after_the_record_changed(sandbox: SandboxServer, client_of: Client) -> None:
    api = client_of("noah")
    first = create(api)
    api.put(f"/pets/{first.json()['data']['id']}", json={"name": "Renamed"})

    again = create(api)

    assert (again.status_code, again.json()) == (201, first.json())
    assert not {"x-ratelimit-limit", "x-app-version"} & set(again.headers)


def test_a_key_works_with_every_token_of_the_person(sandbox: SandboxServer, client_of: Client) -> None:
    first = create(client_of("noah"))

    other_token = create(client_of("noah"))

    assert other_token.json() == first.json()


def test_a_key_is_forgotten_after_a_day(sandbox: SandboxServer, client_of: Client) -> None:
    api = client_of("noah")
    create(api)
    sandbox.world.travel(hours=24, seconds=1)

    late = create(api)

    assert late.status_code == 409  # the duplicate guard: it was processed anew
    assert late.json()["error"] == "duplicate_pet"


def test_an_answer_lost_after_the_work_can_be_fetched_with_the_same_key(
    sandbox: SandboxServer, client_of: Client
) -> None:
    api = client_of("noah")
    sandbox.faults.add(drop="after_commit", method="POST", times=1)
    try:
        create(api)
    except httpx.TransportError:
        lost = True

    again = create(api)

    assert lost
    assert again.status_code == 201
    assert again.headers.get("x-ratelimit-limit") is None  # a replay
    assert [pet.name for pet in sandbox.world.pets.values()].count("Racer") == 1


def test_a_number_written_otherwise_is_another_request(sandbox: SandboxServer, client_of: Client) -> None:
    api, pet = client_of("emma"), sandbox.world.pet("Rex")
    path, body = f"/pets/{pet.id}/weights", {"record_date": "2020-01-01"}
    api.post(path, json={"weight_kg": 4, **body}, headers=KEY)

    answer = api.post(path, json={"weight_kg": 4.0, **body}, headers=KEY)

    assert (answer.status_code, answer.json()["data"]) == (409, {"code": "idempotency_conflict"})


def test_a_repeated_upload_is_recognised_by_its_content(sandbox: SandboxServer, client_of: Client) -> None:
    api, pet = client_of("emma"), sandbox.world.pet("Leap")
    picture = sandbox.world.pet("Biscuit").photos[0].content
    path = f"/pets/{pet.id}/photos"
    api.post(path, files={"photo": ("one.jpg", picture, "image/jpeg")}, headers=KEY)

    same = api.post(path, files={"photo": ("other-name.jpg", picture, "image/jpeg")}, headers=KEY)
    other = api.post(path, files={"photo": ("one.jpg", picture + b" ", "image/jpeg")}, headers=KEY)

    assert (same.status_code, other.status_code) == (200, 409)
    assert len(pet.photos) == 1
