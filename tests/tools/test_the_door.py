"""The HTTP door in front of all tools: whatever arrives, the answer is one of the three kinds and never a 500."""

# ruff: noqa: F811 - fixtures that come from another module
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from oauthbridge import connections
from oauthbridge.models import AccessToken, Connection
from petstools.answers import Code
from petstools.catalog import TOOLS
from sandbox.server import SandboxServer
from tests.files.conftest import authority, file_host, names  # noqa: F401 - fixtures
from tests.tools.conftest import Gpt
from tests.tools.documented import departures
from tests.tools.samples import SAMPLES, Home, home, lasting_sandbox, sandbox  # noqa: F401 - fixtures

pytestmark = pytest.mark.once

Connect = Callable[..., Gpt]


@pytest.fixture
def at_home(home: Callable[..., Home]) -> Home:
    """One for all examples of a test: each example is a call, not a world."""
    return home()


def refused(response: Any, code: Code) -> dict[str, Any]:
    """The error in a response, after what holds for all of them."""
    assert response.headers["Content-Type"] == "application/json", response.content[:200]
    body: dict[str, Any] = response.json()
    assert departures(body, TOOLS[0].answer) == []
    assert (response.status_code, body["error"]) == (code.http_status, code), body
    assert body["request_id"] == response.headers["X-Request-ID"]
    return body


# --- Bodies --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"name=Miu",
        b"<pet/>",
        b"null",
        b"true",
        b"42",
        b'"Miu"',
        b"[]",
        b'[{"name": "Miu"}]',
        b'{"name": "Miu"} {"name": "Mun"}',
        b'{"name": "Miu", "name": "Mun"}',
        b'{"x": {"a": 1, "a": 2}}',
        b'{"name": NaN}',
        b'{"name": Infinity}',
        b'{"page": -Infinity}',
        b'{"name": "\xff\xfe"}',
        b"\xef\xbb\xbf{}",
        '{"name": "Míu"}'.encode("utf-16"),
        b"\x00\x00\x00",
        b"[" * 100_000,
        b'{"a":' * 50_000,
        b'{"page": ' + b"9" * 10_000 + b"}",
        b'{"name": "Miu",}',
        b"{'name': 'Miu'}",
        b'{"name": "a\nb"}',
    ],
    ids=lambda body: repr(body[:24]),
)
def test_a_body_that_is_no_json_object_is_refused_before_any_call(
    gpt: Connect, sandbox: SandboxServer, body: bytes
) -> None:
    response = gpt("mai").http.post("/pets/find", body, content_type="application/json")

    told = refused(response, Code.INVALID_INPUT)
    assert "Miu" not in told["message"]
    assert len(sandbox.requests) == 0


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "M\x00u"),
        ("name", "\ud800"),
        ("name", "a" * 501),
        ("name", ["Miu"]),
        ("name", {"is": "Miu"}),
        ("species", [[[]]]),
    ],
)
def test_a_field_that_cannot_be_used_is_named(gpt: Connect, sandbox: SandboxServer, field: str, value: Any) -> None:
    response = gpt("mai").http.post("/pets/find", json.dumps({field: value}), content_type="application/json")

    assert [one["name"] for one in refused(response, Code.INVALID_INPUT)["fields"]] == [field]
    assert len(sandbox.requests) == 0


@pytest.mark.parametrize("value", [1e308, 10**300, -1, 0.1, True, False, "1e400"])
def test_any_plain_value_is_an_answer(gpt: Connect, value: Any) -> None:
    assert gpt("mai").post("/pets/find", name=value).status == 200


@pytest.mark.parametrize("number", ["1e400", "-1e400", "1e-400"])
def test_a_number_beyond_all_numbers_is_no_500(gpt: Connect, number: str) -> None:
    connected = gpt("mai")
    for path, name in (("/pets/find", "name"), ("/pets/overview", "due_within_days"), ("/pets/1/weights", "weight_kg")):
        response = connected.http.post(path, f'{{"{name}": {number}}}', content_type="application/json")
        assert response.status_code < 500


@pytest.mark.parametrize("body", [b"", b"{}", b" {} \n", b'{"nothing": {"of": ["ours"]}, "\xc4\x91": null}'])
def test_nothing_and_unknown_fields_are_as_good_as_nothing(gpt: Connect, body: bytes) -> None:
    response = gpt("mai").http.post("/pets/find", body, content_type="application/json")

    assert (response.status_code, response.json()["reason"]) == (200, "missing")


def test_a_body_that_is_too_large_is_refused_before_any_call(gpt: Connect, sandbox: SandboxServer) -> None:
    body = json.dumps({"name": "Miu", "padding": "x" * 300_000})

    refused(gpt("mai").http.post("/pets/find", body, content_type="application/json"), Code.TOO_LARGE)
    assert len(sandbox.requests) == 0


def test_a_body_of_100_000_vietnamese_letters_is_not_too_large(gpt: Connect) -> None:
    body = json.dumps({"name": "Míu", "padding": "ế" * 95_000}, ensure_ascii=False)

    assert gpt("mai").http.post("/pets/find", body, content_type="application/json").status_code == 200


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "x", ""]
)
def test_another_content_type_is_refused(gpt: Connect, content_type: str) -> None:
    response = gpt("mai").http.post("/pets/find", b'{"name": "Miu"}', content_type=content_type)

    refused(response, Code.UNSUPPORTED_MEDIA_TYPE)


@pytest.mark.parametrize("content_type", ["application/json", "application/json; charset=utf-8", "APPLICATION/JSON"])
def test_json_is_taken_under_its_names(gpt: Connect, content_type: str) -> None:
    response = gpt("mai").http.post("/pets/find", '{"name": "Míu"}'.encode(), content_type=content_type)

    assert response.json()["total"] == 1


JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**30), 10**30)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=30)
    | st.sampled_from(
        ["today", "2026-02-30", "2099-01-01", "450", "4kg2", "cat", "con mèo", "1e999", "٣", "\x00", "all"]
    ),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@pytest.mark.parametrize("name", [tool.name for tool in TOOLS if tool.request is not None])
@settings(max_examples=12)
@given(data=st.data())
def test_any_values_in_any_field_are_answered(name: str, data: st.DataObject, at_home: Home) -> None:
    tool = next(tool for tool in TOOLS if tool.name == name)
    assert tool.request is not None
    fields = list(tool.request().fields)
    body = data.draw(st.dictionaries(st.sampled_from(fields), JSON_VALUES, max_size=len(fields)))
    send = at_home.gpt.http.patch if SAMPLES[name].method == "patch" else at_home.gpt.http.post

    response = send(at_home.filled(SAMPLES[name].path), json.dumps(body), content_type="application/json")

    assert response.status_code < 500, response.content
    assert departures(response.json(), tool.answer) == []


@pytest.mark.parametrize("name", [tool.name for tool in TOOLS if tool.query is not None])
@settings(max_examples=12)
@given(data=st.data())
def test_any_values_in_any_query_are_answered(name: str, data: st.DataObject, at_home: Home) -> None:
    tool = next(tool for tool in TOOLS if tool.name == name)
    assert tool.query is not None
    values = st.text(max_size=20) | st.integers().map(str) | st.sampled_from(["all", "true", "-1", "1e3", "٣"])
    query = data.draw(st.dictionaries(st.sampled_from(list(tool.query().fields)), values))
    path = at_home.filled(SAMPLES[name].path)
    http = at_home.gpt.http

    response = (http.delete if SAMPLES[name].method == "delete" else http.get)(path, query_params=query)

    assert response.status_code < 500, response.content
    assert departures(response.json(), tool.answer) == []


# --- Addresses and methods -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "path", ["/pets/", "/pets/find/", "/pet", "/pets/1/2/3/4", "/account/x", "/pets//weights", "/%00", "/é"]
)
def test_an_address_that_is_none_is_told_as_json(gpt: Connect, path: str) -> None:
    refused(gpt("mai").http.get(path), Code.NOT_FOUND)


@pytest.mark.parametrize(
    ("method", "path"),
    [("post", "/account"), ("delete", "/pets"), ("put", "/pets/1"), ("get", "/pets/find"), ("options", "/pets/find"),
     ("options", "/pets"), ("trace", "/pets"), ("patch", "/pets/1/weights"), ("post", "/pet-types")],
)  # fmt: skip
def test_a_method_that_is_not_taken_is_told_as_json(gpt: Connect, method: str, path: str) -> None:
    response = getattr(gpt("mai").http, method)(path)

    refused(response, Code.METHOD_NOT_ALLOWED)
    assert response.headers["Allow"]


def test_head_is_get_without_a_body(gpt: Connect) -> None:
    response = gpt("mai").http.head("/pets")

    assert (response.status_code, response.content) == (200, b"")


@pytest.mark.parametrize("accept", ["text/html", "text/html,*/*;q=0.8", "image/png", "", "nonsense", "application/xml"])
def test_the_answer_is_json_whatever_is_asked_for(gpt: Connect, accept: str) -> None:
    connected = gpt("mai")

    well = connected.http.get("/pets", headers={"Accept": accept})
    badly = connected.http.get("/pets/x", headers={"Accept": accept})

    assert well.headers["Content-Type"] == "application/json"
    refused(badly, Code.INVALID_INPUT)


@pytest.mark.parametrize(
    "query", ["format=html", "format=api", "_method=DELETE", "page=%FF%FE", "page=1&page=2", "&&&=="]
)
def test_a_query_of_any_kind_is_answered(gpt: Connect, query: str) -> None:
    response = gpt("mai").http.get(f"/pets?{query}")

    assert response.status_code in (200, 400)
    assert response.headers["Content-Type"] == "application/json"


def test_very_many_query_fields_are_refused(gpt: Connect) -> None:
    refused(gpt("mai").http.get("/pets?" + "&".join(f"a{n}=1" for n in range(500))), Code.INVALID_INPUT)


# --- Who is calling ------------------------------------------------------------------------------


def challenged(response: Any) -> str:
    body = refused(response, Code.UNAUTHORIZED)
    assert "sign in" in body["message"].lower()
    assert body["retryable"] is False
    return str(response.headers["WWW-Authenticate"])


def test_without_a_token_nothing_but_the_kinds_is_told(
    sandbox: SandboxServer, db: None, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(0):
        challenge = challenged(Client().get("/pets"))

    assert challenge == 'Bearer realm="Meo Connector"'
    assert len(sandbox.requests) == 0


@pytest.mark.parametrize(
    "path", ["/pets?access_token={token}", "/pets?token={token}", "/pets?authorization=Bearer+{token}"]
)
def test_a_token_in_the_query_counts_for_nothing(gpt: Connect, path: str) -> None:
    token = token_of(gpt("mai"))

    assert challenged(Client().get(path.format(token=token)))


def test_a_token_in_the_body_counts_for_nothing(gpt: Connect) -> None:
    token = token_of(gpt("mai"))

    challenged(Client().post("/pets/find", {"access_token": token, "name": "Miu"}, content_type="application/json"))


@pytest.mark.parametrize(
    "header",
    [
        "Bearer",
        "Bearer ",
        "Bearer  {token}",
        "Bearer {token} ",
        "Bearer {token},",
        "Bearer {token}x",
        "Bearer {token} {token}",
        "Bearer=\t{token}",
        "{token}",
        "Basic {token}",
        "Token {token}",
        "Bearerx {token}",
        "Bearer " + "a" * 10_000,
        "Bearer \x00",
        "Bearer ééé",
        "Bearer null",
        "Bearer ' OR 1=1 --",
    ],
)
def test_a_header_that_holds_no_live_token_is_refused(gpt: Connect, header: str, sandbox: SandboxServer) -> None:
    token = token_of(gpt("mai"))

    response = Client().get("/pets", headers={"Authorization": header.format(token=token)})

    assert challenged(response) == 'Bearer realm="Meo Connector", error="invalid_token"'
    assert token not in response.content.decode()
    assert len(sandbox.requests) == 0


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_the_scheme_is_taken_in_any_letter_case(gpt: Connect, scheme: str) -> None:
    token = token_of(gpt("mai"))

    assert Client().get("/pets", headers={"Authorization": f"{scheme} {token}"}).status_code == 200


def test_an_expired_token_is_refused(gpt: Connect) -> None:
    connected = gpt("mai")
    AccessToken.objects.filter(connection=connected.connection).update(expires=timezone.now() - timedelta(seconds=1))

    assert "invalid_token" in challenged(connected.http.get("/pets"))


@pytest.mark.parametrize("status", [Connection.Status.ENDED, Connection.Status.BROKEN])
def test_a_token_of_a_connection_that_has_ended_is_refused(gpt: Connect, status: Connection.Status) -> None:
    connected = gpt("mai")
    connections.end(connected.connection.pk, Connection.EndReason.TOKEN_REFUSED, status=status)

    assert "invalid_token" in challenged(connected.http.get("/pets"))


def test_a_token_left_over_from_an_ended_connection_is_refused(gpt: Connect) -> None:
    """Ending deletes the tokens; this one would have been made by a refresh that raced it."""
    connected = gpt("mai")
    Connection.objects.filter(pk=connected.connection.pk).update(
        status=Connection.Status.ENDED, sanctum_token=None, ended_at=timezone.now()
    )

    assert "invalid_token" in challenged(connected.http.get("/pets"))


def test_a_staff_session_is_no_connection(db: None, sandbox: SandboxServer, django_user_model: Any) -> None:
    browser = Client()
    browser.force_login(django_user_model.objects.create(username="staff", is_staff=True, is_superuser=True))

    challenged(browser.get("/pets"))


def test_a_token_that_cannot_be_decrypted_is_our_fault_and_ends_nothing(gpt: Connect) -> None:
    connected = gpt("mai")
    Connection.objects.filter(pk=connected.connection.pk).update(key_id="00000000")

    body = refused(connected.http.get("/pets"), Code.SERVICE_UNAVAILABLE)

    assert body["retry_after"] == 300
    assert Connection.objects.get(pk=connected.connection.pk).is_active


def test_without_its_database_the_service_says_when_to_try_again(gpt: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(_token: str) -> str:
        raise OperationalError("connection to server at 10.0.0.1 refused")

    connected = gpt("mai")
    monkeypatch.setattr("oauthbridge.authentication.digest", away)

    body = refused(connected.http.get("/pets"), Code.SERVICE_UNAVAILABLE)

    assert body["retry_after"] == 5
    assert "10.0.0.1" not in json.dumps(body)


# --- Headers -------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/pets", "/pets/x", "/pets/999999", "/account/x"])
def test_what_every_answer_says_about_itself(gpt: Connect, path: str) -> None:
    headers = gpt("mai").http.get(path).headers

    assert headers["Content-Type"] == "application/json"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Request-ID"]
    assert "Set-Cookie" not in headers
    if path != "/account/x":
        assert headers["Cache-Control"] == "no-store"


def test_a_request_id_that_came_along_is_kept(gpt: Connect, sandbox: SandboxServer) -> None:
    response = gpt("mai").http.get("/pets/x", headers={"X-Request-ID": "from-the-proxy-1"})

    assert response.json()["request_id"] == response.headers["X-Request-ID"] == "from-the-proxy-1"


def test_the_main_app_is_told_the_request_id_and_the_language_and_nothing_else_of_the_caller(
    gpt: Connect, sandbox: SandboxServer
) -> None:
    headers = {
        "X-Request-ID": "from-the-proxy-1",
        "Cookie": "a=b",
        "Accept-Language": "fr",
        "User-Agent": "ChatGPT-User",
    }
    gpt("mai", language="vi").http.get("/pets", headers=headers)

    (sent,) = sandbox.requests.of("GET", "/api/my-pets/sections")
    assert (sent.headers["X-Request-Id"], sent.headers["Accept-Language"]) == ("from-the-proxy-1", "vi")
    assert "Cookie" not in sent.headers
    assert "ChatGPT" not in sent.headers["User-Agent"]


def test_a_bug_in_a_tool_is_a_plain_error_without_its_text(gpt: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_args: Any, **_given: Any) -> None:
        raise RuntimeError("the secret is purring")

    monkeypatch.setattr("petstools.tools.pets.own_and_shared", broken)

    body = refused(gpt("mai").http.get("/pets"), Code.INTERNAL_ERROR)

    assert "purring" not in json.dumps(body)


def token_of(connected: Gpt) -> str:
    return str(connected.http.defaults["HTTP_AUTHORIZATION"]).removeprefix("Bearer ")
