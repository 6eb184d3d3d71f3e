"""The key goes only to versions that can take it together with a token (main-app.md §14)."""

import pytest

from mainapp import errors, routes, versions
from mainapp.versions import AppVersion, parse_version
from tests.mainapp.conftest import ME, client_of, http, ok

OLD_401 = {"success": False, "data": None, "message": "An idempotency key requires an authenticated user."}


def app(version: str, *, refuses_keys: bool = False, me: bytes | None = None):
    def play(request, conn):
        if request.path == "/api/version":
            return ok({"version": version}, version=version)
        if request.path == "/api/users/me":
            return me or ok(ME, version=version)
        if refuses_keys and request.header("Idempotency-Key"):
            return http(401, OLD_401, version=None)
        return ok({"id": 1}, 201, version=version)

    return play


def paths(server) -> list[str]:
    return [request.path for request in server.requests]


@pytest.mark.parametrize(
    ("version", "sent"),
    [("v1.18.5", True), ("v1.18.1", True), ("v2.0.0", True), ("v1.18.0", False), ("v1.15.0", False), ("v1.6", False)],
)
def test_it_asks_for_an_unknown_version_before_the_first_write(version, sent, serve) -> None:
    server = serve(app(version))
    client = client_of(server.url)

    client.call(routes.CREATE_PET, json={}, idempotency_key="k")
    client.call(routes.CREATE_PET, json={}, idempotency_key="k")

    assert paths(server) == ["/api/version", "/api/pets", "/api/pets"]
    assert [request.header("Idempotency-Key") for request in server.requests[1:]] == ["k" if sent else None] * 2
    assert client.calls == 3


def test_it_does_not_ask_when_any_answer_has_told_the_version(serve) -> None:
    server = serve(app("v1.18.5"))

    client_of(server.url).call(routes.ME)
    client_of(server.url).call(routes.CREATE_PET, json={}, idempotency_key="k")

    assert paths(server) == ["/api/users/me", "/api/pets"]


def test_it_notices_an_update_of_the_main_app(serve) -> None:
    server = serve(app("v1.18.5"))
    versions.seen[server.url] = AppVersion(1, 17, 0)
    client = client_of(server.url)

    client.call(routes.CREATE_PET, json={}, idempotency_key="k")
    client.call(routes.CREATE_PET, json={}, idempotency_key="k")

    assert [request.header("Idempotency-Key") for request in server.requests] == [None, "k"]


@pytest.mark.parametrize(
    "answer", [http(404, {"message": "x"}, version=None), ok({}, version=None), ok([], version="?")]
)
def test_an_app_that_tells_no_version_gets_no_key(answer, serve) -> None:
    server = serve(lambda request, conn: answer if request.path == "/api/version" else ok({}, 201, version=None))

    client_of(server.url).call(routes.CREATE_PET, json={}, idempotency_key="k")

    assert server.requests[-1].header("Idempotency-Key") is None


def test_nothing_is_written_when_the_version_cannot_be_asked(serve) -> None:
    server = serve(lambda request, conn: http(502, b"<html>", version=None))

    with pytest.raises(errors.ServerFault) as caught:
        client_of(server.url).call(routes.CREATE_PET, json={}, idempotency_key="k")

    assert set(paths(server)) == {"/api/version"}
    assert not caught.value.outcome_unknown


def test_a_key_refused_while_the_token_lives_is_left_out_once(serve) -> None:
    server = serve(app("v1.18.0", refuses_keys=True))
    versions.seen[server.url] = AppVersion(1, 18, 5)

    created = client_of(server.url).call(routes.CREATE_PET, json={}, idempotency_key="k")

    assert created == {"id": 1}
    assert paths(server) == ["/api/pets", "/api/users/me", "/api/pets"]
    assert server.requests[-1].header("Idempotency-Key") is None


def test_a_key_refused_because_the_token_is_dead_is_a_refused_token(serve) -> None:
    server = serve(app("v1.18.5", refuses_keys=True, me=http(401, {"message": "Unauthenticated."})))
    versions.seen[server.url] = AppVersion(1, 18, 5)

    with pytest.raises(errors.TokenRefused):
        client_of(server.url).call(routes.CREATE_PET, json={}, idempotency_key="k")

    assert paths(server) == ["/api/pets", "/api/users/me"]


def test_a_key_refused_when_nobody_can_say_why_breaks_no_connection(serve, settings) -> None:
    settings.MAIN_APP_MAX_ATTEMPTS = 1
    server = serve(app("v1.18.5", refuses_keys=True, me=http(502, b"<html>")))
    versions.seen[server.url] = AppVersion(1, 18, 5)

    with pytest.raises(errors.ServerFault) as caught:
        client_of(server.url).call(routes.CREATE_PET, json={}, idempotency_key="k")

    assert not caught.value.outcome_unknown


def test_a_key_refused_while_the_quota_is_used_up_breaks_no_connection(serve) -> None:
    used_up = http(429, {"success": False, "data": {"error_code": "API_DAILY_QUOTA_EXCEEDED"}, "message": "…"})
    server = serve(app("v1.18.5", refuses_keys=True, me=used_up))
    versions.seen[server.url] = AppVersion(1, 18, 5)

    with pytest.raises(errors.QuotaExceeded):
        client_of(server.url).call(routes.CREATE_PET, json={}, idempotency_key="k")


def test_a_lost_write_is_never_repeated_without_its_key(serve) -> None:
    """Its first try may be done: without the key the second would double it."""

    def play(request, conn):
        if request.path == "/api/users/me":
            return ok(ME)
        writes = [each for each in server.requests if each.path == "/api/pets"]
        return http(502, b"<html>") if len(writes) == 1 else http(401, OLD_401)

    server = serve(play)
    versions.seen[server.url] = AppVersion(1, 18, 5)

    with pytest.raises(errors.Refused) as caught:
        client_of(server.url).call(routes.CREATE_PET, json={}, idempotency_key="k")

    assert caught.value.outcome_unknown
    assert all(request.header("Idempotency-Key") == "k" for request in server.requests if request.method == "POST")


def test_a_route_without_support_refuses_a_key(serve) -> None:
    server = serve(app("v1.18.5"))

    with pytest.raises(ValueError, match="takes no Idempotency-Key"):
        client_of(server.url).call(routes.MY_PETS, idempotency_key="k")

    assert server.requests == []


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("v1.18.5", (1, 18, 5)),
        ("1.18", (1, 18, 0)),
        (" v1.18.5-rc1 ", (1, 18, 5)),
        ("v1.18.5+build", (1, 18, 5)),
        ("", None),
        (None, None),
        ("latest", None),
        ("v1", None),
        ("v1.x.3", None),
        ("v" + "9" * 50 + ".1.1", None),
        ("v١.١٨.٥", None),
    ],
)
def test_a_version_is_read_or_not_at_all(text, version) -> None:
    assert parse_version(text) == version


def test_versions_are_remembered_per_main_app() -> None:
    versions.seen["http://one"] = AppVersion(1, 18, 5)

    assert versions.seen.get("http://one") == (1, 18, 5)
    assert "http://two" not in versions.seen
