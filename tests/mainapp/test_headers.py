"""What goes over the wire with each call, to the letter."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from mainapp import errors, routes, versions
from mainapp.client import Deadline, MainAppClient
from mainapp.messages import Rate
from mainapp.secret import Secret
from mainapp.versions import AppVersion
from tests.mainapp.conftest import TOKEN, RawServer, client_of, http, ok


def headers_of(server: RawServer) -> dict[str, str]:
    return dict(server.requests[-1].headers)


def test_a_read_sends_exactly_these_headers(serve) -> None:
    server = serve(lambda request, conn: ok([]))

    client_of(server.url).call(routes.MY_PETS)

    assert headers_of(server) == {
        "Host": f"127.0.0.1:{server.port}",
        "Accept": "application/json",
        "Accept-Encoding": "identity",
        "Accept-Language": "vi",
        "User-Agent": "MeoConnector/2.1.0",
        "X-Request-ID": "req-1",
        "Authorization": f"Bearer {TOKEN}",
    }


def test_a_write_adds_type_length_and_key(serve) -> None:
    server = serve(lambda request, conn: ok({}, 201))
    versions.seen[server.url] = AppVersion(1, 18, 5)

    client_of(server.url).call(routes.CREATE_PET, json={"name": "Míu"}, idempotency_key="k-1")

    assert headers_of(server) == {
        "Host": f"127.0.0.1:{server.port}",
        "Accept": "application/json",
        "Accept-Encoding": "identity",
        "Accept-Language": "vi",
        "User-Agent": "MeoConnector/2.1.0",
        "X-Request-ID": "req-1",
        "Content-Type": "application/json",
        "Idempotency-Key": "k-1",
        "Authorization": f"Bearer {TOKEN}",
        "Content-Length": "16",
    }
    assert json.loads(server.requests[-1].body) == {"name": "Míu"}


def test_public_routes_go_without_the_token_so_that_no_quota_pays(serve) -> None:
    server = serve(lambda request, conn: ok([]))

    client_of(server.url).call(routes.PET_TYPES)

    assert "Authorization" not in headers_of(server)


def test_bridge_routes_carry_the_connector_key_not_the_persons_token(serve, settings) -> None:
    settings.CONNECTOR_API_KEY = "bridge-key"
    server = serve(lambda request, conn: ok({"revoked": True}))

    client_of(server.url).call(routes.REVOKE_TOKEN, json={"token": "x"})

    assert headers_of(server)["Authorization"] == "Bearer bridge-key"


def test_one_call_may_speak_another_language(serve) -> None:
    server = serve(lambda request, conn: ok([]))

    client_of(server.url).call(routes.PET_TYPES, language="uk")

    assert headers_of(server)["Accept-Language"] == "uk"


def test_it_neither_keeps_nor_sends_cookies(serve) -> None:
    server = serve(lambda request, conn: ok([], headers={"Set-Cookie": "laravel_session=abc; Path=/"}))

    client_of(server.url).call(routes.MY_PETS)
    client_of(server.url).call(routes.MY_PETS)

    assert "Cookie" not in headers_of(server)


def test_a_file_travels_as_multipart_with_its_guards_as_fields(serve) -> None:
    server = serve(lambda request, conn: ok({}))
    guards = {"base_version": "2026-08-01T09:00:00.000000Z", "expected_photo_id": None}
    photo = ("photo.jpg", b"\xff\xd8\xff", "image/jpeg")

    client_of(server.url).call(routes.SET_VACCINATION_PHOTO, 1, 2, json=guards, files={"photo": photo})

    request = server.requests[-1]
    assert request.header("Content-Type").startswith("multipart/form-data; boundary=")
    assert b'name="base_version"\r\n\r\n2026-08-01T09:00:00.000000Z\r\n' in request.body
    assert b'name="expected_photo_id"\r\n\r\n\r\n' in request.body
    assert b'name="photo"; filename="photo.jpg"\r\nContent-Type: image/jpeg\r\n\r\n\xff\xd8\xff\r\n' in request.body


def test_the_query_is_part_of_the_address(serve) -> None:
    server = serve(lambda request, conn: ok({}))

    client_of(server.url).call(routes.VACCINATIONS, 7, query={"page": 2, "status": "all"})

    assert server.requests[-1].path == "/api/pets/7/vaccinations?page=2&status=all"


@pytest.mark.parametrize("key", ["", "a:b", "a b", "x" * 129, "a\r\nX: y", "é"])
def test_it_refuses_an_idempotency_key_the_main_app_would_refuse(key, serve) -> None:
    server = serve(lambda request, conn: ok({}))

    with pytest.raises(ValueError, match="Idempotency-Key"):
        client_of(server.url).call(routes.CREATE_PET, json={}, idempotency_key=key)

    assert server.requests == []


@pytest.mark.parametrize("request_id", ["", "a\r\nX-Evil: 1", "a b", "x" * 129])
def test_it_refuses_a_request_id_that_could_not_be_a_header(request_id) -> None:
    with pytest.raises(ValueError, match="request id"):
        MainAppClient(Secret("t"), language="en", request_id=request_id, deadline=Deadline(1))


def test_it_refuses_a_language_the_main_app_does_not_speak() -> None:
    with pytest.raises(ValueError, match="speaks"):
        MainAppClient(Secret("t"), language="de", request_id="r", deadline=Deadline(1)).call(routes.MY_PETS)


def test_the_environment_names_no_proxy(serve, monkeypatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    server = serve(lambda request, conn: ok([]))

    assert client_of(server.url).call(routes.MY_PETS) == []


def test_a_redirect_is_not_followed(serve) -> None:
    elsewhere = serve(lambda request, conn: ok([]))
    server = serve(lambda request, conn: http(302, None, {"Location": f"{elsewhere.url}/api/my-pets"}))

    with pytest.raises(errors.BrokenAnswer) as caught:
        client_of(server.url).call(routes.MY_PETS)

    assert caught.value.status == 302
    assert elsewhere.requests == []


def test_an_answer_tells_version_and_what_is_left_of_the_minute(serve) -> None:
    server = serve(lambda request, conn: ok([], headers={"X-RateLimit-Limit": "300", "X-RateLimit-Remaining": "299"}))

    client = client_of(server.url)

    client.call(routes.MY_PETS)

    assert client.app_version() == AppVersion(1, 18, 5)
    assert client.rates[routes.MY_PETS] == Rate(300, 299)
    assert routes.SECTIONS not in client.rates


def test_eight_threads_may_share_one_client(serve) -> None:
    server = serve(lambda request, conn: ok({"path": request.path}))
    client = client_of(server.url)

    def ask(pet: int) -> set[str]:
        return {client.call(routes.PET, pet)["path"] for _ in range(20)}

    with ThreadPoolExecutor(8) as threads:
        told = list(threads.map(ask, range(1, 9)))

    assert told == [{f"/api/pets/{pet}"} for pet in range(1, 9)]
    assert client.calls == 160
    assert server.connections <= 8
