"""The server around the stand-in: connections, limits of the web server, the request log."""

import socket
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from sandbox.server import SandboxServer

from .conftest import Client
from .stage import NO_TLS


def test_one_connection_serves_many_requests(sandbox: SandboxServer) -> None:
    host, port = sandbox.url.removeprefix("http://").split(":")
    request = b"GET /api/version HTTP/1.1\r\nHost: here\r\n\r\n"
    with socket.create_connection((host, int(port)), timeout=5) as connection:
        answers = []
        for _ in range(3):
            connection.sendall(request)
            answers.append(connection.recv(65536))

    assert all(answer.startswith(b"HTTP/1.1 200 OK") for answer in answers)


def test_two_hundred_connections_at_once(sandbox: SandboxServer) -> None:
    sandbox.faults.latency_ms = 500  # so that all are open together

    def ask(_: int) -> int:
        return httpx.get(f"{sandbox.url}/api/version", timeout=30, verify=NO_TLS).status_code

    with ThreadPoolExecutor(200) as pool:
        statuses = list(pool.map(ask, range(200)))

    assert statuses == [200] * 200


def test_after_its_end_nobody_is_served_on_a_kept_connection() -> None:
    server = SandboxServer(api_key="k", hmac_secret="s").start()
    with httpx.Client(base_url=server.url) as client:
        client.get("/api/version")
        server.stop()

        with pytest.raises(httpx.TransportError):
            client.get("/api/version")


def test_a_body_over_ten_megabytes_is_refused_by_the_web_server(sandbox: SandboxServer, client_of: Client) -> None:
    api = client_of("emma")
    too_much = b"\xff\xd8\xff" + b"0" * (10 * 1024 * 1024)

    answer = api.post(f"/pets/{sandbox.world.pet('Leap').id}/photos", files={"photo": ("a.jpg", too_much)})

    assert (answer.status_code, answer.headers["content-type"]) == (413, "text/html")
    assert api.get("/version").status_code == 200


def test_a_photo_just_below_the_limit_is_taken(sandbox: SandboxServer, client_of: Client) -> None:
    photo = sandbox.world.pet("Biscuit").photos[0].content.ljust(9 * 1024 * 1024, b"0")

    answer = client_of("emma").post(f"/pets/{sandbox.world.pet('Leap').id}/photos", files={"photo": ("a.jpg", photo)})

    assert answer.status_code == 200


def test_a_chunked_body_is_refused_and_the_connection_ends(sandbox: SandboxServer, client_of: Client) -> None:
    api = client_of("emma")

    answer = api.post("/pets", content=iter([b'{"name": ', b'"Chunk"}']), headers={"Content-Type": "application/json"})

    assert answer.status_code == 411
    assert api.get("/version").status_code == 200


def test_the_stored_image_can_be_fetched_without_a_token(sandbox: SandboxServer, client_of: Client) -> None:
    pet = client_of("emma").get(f"/pets/{sandbox.world.pet('Biscuit').id}").json()["data"]

    image = httpx.get(pet["photos"][0]["url"])

    assert (image.status_code, image.headers["content-type"]) == (200, "image/jpeg")
    assert image.content == sandbox.world.pet("Biscuit").photos[0].content


def test_requests_are_counted_with_status_and_key(sandbox: SandboxServer, client_of: Client) -> None:
    api = client_of("emma")
    api.get("/my-pets", params={"pet_type": "cat"})
    api.post("/pets", json={}, headers={"Idempotency-Key": "k-1"})

    first, second = sandbox.requests

    assert (first.method, first.path, first.query, first.status) == ("GET", "/api/my-pets", "pet_type=cat", 200)
    assert (second.idempotency_key, second.status) == ("k-1", 422)
    assert len(sandbox.requests.of("POST", "/api/pets")) == 1


def test_the_request_list_over_http_shows_no_token(sandbox: SandboxServer, client_of: Client) -> None:
    api = client_of("emma")
    api.get("/my-pets")

    listed = httpx.get(f"{sandbox.url}/__sandbox/requests")

    assert listed.json()["requests"][0]["path"] == "/api/my-pets"
    assert api.headers["Authorization"].removeprefix("Bearer ") not in listed.text


def test_reset_brings_the_first_state_back(sandbox: SandboxServer, client_of: Client) -> None:
    api = client_of("emma")
    sandbox.world.add_pet(sandbox.world.user("emma"), name="Passing")
    sandbox.faults.latency_ms = 1

    httpx.post(f"{sandbox.url}/__sandbox/reset")

    assert "Passing" not in {pet.name for pet in sandbox.world.pets.values()}
    assert (api.get("/users/me").status_code, sandbox.faults.latency_ms) == (401, 0)
