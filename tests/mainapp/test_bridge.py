"""The consent bridge, server to server (main-app.md §5)."""

import json
from urllib.parse import parse_qs, urlsplit

import pytest

from mainapp import bridge, errors
from mainapp.client import Deadline
from mainapp.secret import Secret
from tests.mainapp.conftest import TOKEN, http, ok

CODE = "0b0e7b52-9a0a-4a8e-9d3c-0a4e0f1d2c3b"


def exchange(server) -> bridge.Exchanged:
    return bridge.exchange(CODE, request_id="r-1", deadline=Deadline(5), base_url=server.url)


def test_it_signs_as_the_contracts_test_vector(settings) -> None:
    settings.HMAC_SHARED_SECRET = "example-shared-secret"

    signature = bridge.sign_session("7e8e7807-778f-489f-9407-bf64af1c8f10")

    assert signature == "de2938402528c547232df31a6cf08c68d5ed970c1748b4ddf381a9d72ae5b40f"


def test_the_consent_address_carries_session_and_signature(settings) -> None:
    settings.MAIN_APP_URL = "https://meo.example/"

    url = urlsplit(bridge.consent_url("7e8e7807-778f-489f-9407-bf64af1c8f10"))

    assert (url.scheme, url.netloc, url.path) == ("https", "meo.example", "/gpt-connect")
    assert parse_qs(url.query) == {
        "session_id": ["7e8e7807-778f-489f-9407-bf64af1c8f10"],
        "session_sig": [bridge.sign_session("7e8e7807-778f-489f-9407-bf64af1c8f10")],
    }


def test_a_code_becomes_a_token(serve) -> None:
    server = serve(lambda request, conn: ok({"sanctum_token": TOKEN, "user_id": 42}))

    token, user_id = exchange(server)

    assert token == Secret(TOKEN)
    assert user_id == 42
    assert server.requests[0].path == "/api/gpt-auth/exchange"
    assert json.loads(server.requests[0].body) == {"code": CODE}


@pytest.mark.parametrize(
    "data",
    [
        None,
        [],
        {},
        {"sanctum_token": TOKEN},
        {"sanctum_token": TOKEN, "user_id": "x"},
        {"sanctum_token": TOKEN, "user_id": 0},
        {"user_id": 42},
        {"sanctum_token": "", "user_id": 42},
        {"sanctum_token": "a\r\nb", "user_id": 42},
        {"sanctum_token": 5, "user_id": 42},
    ],
)
def test_an_exchange_that_is_not_understood_may_have_left_a_token_alive(data, serve) -> None:
    server = serve(lambda request, conn: ok(data))

    with pytest.raises(errors.BrokenAnswer) as caught:
        exchange(server)

    assert caught.value.outcome_unknown
    assert caught.value.__context__ is None


def test_a_code_is_sent_only_once_when_the_answer_is_lost(serve) -> None:
    server = serve(lambda request, conn: http(502, b"<html>"))

    with pytest.raises(errors.ServerFault) as caught:
        exchange(server)

    assert caught.value.outcome_unknown
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (400, {"success": False, "data": None, "message": "Invalid or expired code."}, errors.BadBridgeCode),
        (422, {"success": False, "data": None, "message": "…", "errors": {"code": ["…"]}}, errors.BadBridgeCode),
        (401, {"success": False, "data": None, "message": "Unauthorized."}, errors.BridgeKeyRefused),
        (503, {"success": False, "data": None, "message": "…"}, errors.BridgeNotConfigured),
        (503, {"message": "Service Unavailable"}, errors.Maintenance),
        (503, b"<html>", errors.Maintenance),
        (500, {"message": "Server Error"}, errors.ServerFault),
    ],
)
def test_each_refusal_has_its_name(status, body, kind, serve) -> None:
    server = serve(lambda request, conn: http(status, body))

    with pytest.raises(errors.MainAppError) as caught:
        exchange(server)

    assert type(caught.value) is kind


def test_a_connector_key_that_is_no_header_is_refused_before_anything_is_sent(serve, settings) -> None:
    settings.CONNECTOR_API_KEY = "two words"
    server = serve(lambda request, conn: ok({}))

    with pytest.raises(errors.BridgeKeyRefused, match="CONNECTOR_API_KEY") as caught:
        exchange(server)

    assert "two words" not in str(caught.value)
    assert server.requests == []


class TestARotationOfTheKey:
    """`CONNECTOR_API_KEY_FALLBACKS`: the main app compares with the one key that it has, whichever that is at the moment."""

    NEW, OLD = "n" * 40, "o" * 40

    @pytest.fixture
    def knows(self, serve, settings):
        """`knows(key)`: a main app that takes that key alone."""
        settings.CONNECTOR_API_KEY, settings.CONNECTOR_API_KEY_FALLBACKS = self.NEW, [self.OLD]

        def start(key: str):
            def answer(request, conn):
                if request.header("Authorization") != f"Bearer {key}":
                    return http(401, {"success": False, "data": None, "message": "Unauthorized."})
                return ok({"sanctum_token": TOKEN, "user_id": 42, "revoked": True})

            return serve(answer)

        return start

    @pytest.mark.parametrize(("known", "requests"), [(NEW, 1), (OLD, 2)])
    def test_both_work_in_turn(self, knows, known, requests) -> None:
        server = knows(known)

        assert exchange(server).user_id == 42
        assert len(server.requests) == requests
        bridge.revoke(Secret(TOKEN), request_id="r-1", deadline=Deadline(5), base_url=server.url)

    def test_a_third_is_refused(self, knows) -> None:
        with pytest.raises(errors.BridgeKeyRefused) as caught:
            exchange(knows("x" * 40))

        assert self.OLD not in repr(caught.value)

    def test_a_code_that_is_refused_is_not_tried_again(self, serve, settings) -> None:
        settings.CONNECTOR_API_KEY, settings.CONNECTOR_API_KEY_FALLBACKS = self.NEW, [self.OLD]
        server = serve(lambda request, conn: http(400, {"message": "Invalid or expired code."}))

        with pytest.raises(errors.BadBridgeCode):
            exchange(server)

        assert len(server.requests) == 1


def test_a_revocation_is_repeated_until_answered(serve) -> None:
    answers = [http(502, b"<html>"), http(504, b"<html>"), ok({"revoked": True})]
    server = serve(lambda request, conn: answers.pop(0))

    bridge.revoke(Secret(TOKEN), request_id="r-1", deadline=Deadline(5), base_url=server.url)

    assert [json.loads(request.body) for request in server.requests] == [{"token": TOKEN}] * 3


def test_a_revocation_that_fails_says_so(serve) -> None:
    server = serve(lambda request, conn: http(401, {"success": False, "data": None, "message": "Unauthorized."}))

    with pytest.raises(errors.BridgeKeyRefused):
        bridge.revoke(Secret(TOKEN), request_id="r-1", deadline=Deadline(5), base_url=server.url)
