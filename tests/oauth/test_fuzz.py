"""Junk of every kind to every OAuth endpoint: a standard error or a page, never a 500, and nothing stored."""

import http.client
from collections.abc import Callable
from typing import Any
from urllib.parse import quote_from_bytes, urlencode, urlsplit

import pytest
from hypothesis import HealthCheck, example, given
from hypothesis import settings as fuzz_settings
from hypothesis import strategies as st

from oauthbridge.models import AccessToken, AuthorizationRequest, Connection, Grant, RefreshToken, User
from tests.playing import ClientApp, Connector, Person, queries

lightly = fuzz_settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True
)

NAMES = [
    "response_type",
    "client_id",
    "redirect_uri",
    "scope",
    "state",
    "code_challenge",
    "code_challenge_method",
    "grant_type",
    "code",
    "client_secret",
    "refresh_token",
    "code_verifier",
    "token",
    "token_type_hint",
    "session_id",
    "username",
    "password",
    "device_code",
    "assertion",
    "resource",
    "nonce",
    "prompt",
    "request",
    "request_uri",
    "response_mode",
    "claims",
]
names = st.sampled_from(NAMES) | st.text(max_size=8)
texts = (
    st.text(max_size=40)
    | st.sampled_from(
        [
            "",
            "\x00",
            "a\x00b",
            "\ud83d\ude00",
            "‮",
            "code",
            "token",
            "none",
            "S256",
            "plain",
            "pets",
            "null",
            "[]",
            "' OR 1=1 --",
        ]
    )
    | st.text(alphabet=st.characters(max_codepoint=0x7F), max_size=300)
)
pairs = st.lists(st.tuples(names, texts), max_size=8)
raw_queries = st.binary(max_size=80).map(lambda raw: quote_from_bytes(raw, safe="%&=;+#[]\"'<>\\^`{|}"))
header_bytes = st.binary(max_size=60).map(
    lambda raw: bytes(byte if byte in range(0x20, 0x7F) or byte >= 0x80 else 0x21 for byte in raw)
)


def encoded(pairs: list[tuple[str, str]]) -> str:
    return urlencode(pairs, errors="replace")


class Raw:
    """An HTTP client that sends what it is told to, well-formed or not."""

    def __init__(self, connector: Connector) -> None:
        self._address = urlsplit(connector.url).netloc

    def ask(
        self, method: str, target: str, body: bytes | None = None, headers: dict[str, Any] | None = None
    ) -> http.client.HTTPResponse:
        connection = http.client.HTTPConnection(self._address, timeout=30)
        connection._validate_path = lambda _: None  # type: ignore[attr-defined]
        connection.request(method, target, body=body, headers=headers or {})
        answer = connection.getresponse()
        answer.text = answer.read().decode(errors="replace")  # type: ignore[attr-defined]
        connection.close()
        return answer


@pytest.fixture
def raw(connector: Connector) -> Raw:
    return Raw(connector)


def stored() -> list[int]:
    models: list[Any] = [AuthorizationRequest, Connection, Grant, AccessToken, RefreshToken, User]
    return [model.objects.count() for model in models]


NOTHING = [0] * 6


def is_fine(answer: http.client.HTTPResponse) -> bool:
    assert answer.status in (200, 302, 400, 401, 405), (answer.status, answer.text[:200])  # type: ignore[attr-defined]
    location = answer.headers.get("Location")
    assert location is None or "error=" in location
    return True


@lightly
@given(pairs=pairs)
def test_authorize_with_any_parameters(raw: Raw, client_app: ClientApp, pairs: list[tuple[str, str]]) -> None:
    assert is_fine(raw.ask("GET", f"/oauth/authorize?{encoded(pairs)}"))
    assert stored() == NOTHING


@lightly
@given(name=st.sampled_from(["response_type", "redirect_uri", "client_id", "code_challenge_method"]), text=texts)
def test_authorize_with_one_wrong(raw: Raw, client_app: ClientApp, name: str, text: str) -> None:
    parameters = client_app.request_parameters(code_challenge="A" * 43, code_challenge_method="S256")
    if text == parameters[name]:
        return

    assert is_fine(raw.ask("GET", f"/oauth/authorize?{encoded([*(parameters | {name: text}).items()])}"))
    assert stored() == NOTHING


@lightly
@given(query=raw_queries)
@example("%zz")
@example("a=%e0%a4%a")
@example("client_id=meo-gpt#&redirect_uri=x")
def test_authorize_and_callback_with_any_query(raw: Raw, client_app: ClientApp, query: str) -> None:
    assert is_fine(raw.ask("GET", f"/oauth/authorize?{query}"))
    assert is_fine(raw.ask("GET", f"/oauth/callback?{query}"))
    valid = urlsplit(client_app.authorize_url(scope="unknown")).query
    assert is_fine(raw.ask("GET", f"/oauth/authorize?{valid}&{query}"))
    assert stored() == NOTHING


@lightly
@given(pairs=pairs, cookie=header_bytes, language=header_bytes)
def test_callback_with_anything(
    raw: Raw, client_app: ClientApp, pairs: list[tuple[str, str]], cookie: bytes, language: bytes
) -> None:
    headers = {"Cookie": b"meo_browser=" + cookie, "Accept-Language": language}

    assert is_fine(raw.ask("GET", f"/oauth/callback?{encoded(pairs)}", headers=headers))
    assert stored() == NOTHING


@lightly
@given(cookie=header_bytes, language=header_bytes, forwarded=header_bytes)
def test_authorize_with_any_headers(
    raw: Raw, client_app: ClientApp, cookie: bytes, language: bytes, forwarded: bytes
) -> None:
    headers = {
        "Cookie": cookie,
        "Accept-Language": language,
        "X-Forwarded-For": forwarded,
        "X-Request-ID": cookie,
        "Authorization": language,
        "Referer": forwarded,
    }

    assert is_fine(raw.ask("GET", "/oauth/authorize", headers=headers))
    assert (
        raw.ask("GET", client_app.authorize_url().removeprefix(client_app.connector.url), headers=headers).status == 302
    )


@lightly
@given(pairs=pairs, path=st.sampled_from(["/oauth/token", "/oauth/revoke"]), known=st.booleans())
def test_token_and_revoke_with_any_form(
    raw: Raw, client_app: ClientApp, pairs: list[tuple[str, str]], path: str, known: bool
) -> None:
    if known:
        taken = {name for name, _ in pairs}
        pairs = [*pairs, *((name, value) for name, value in client_app.credentials.items() if name not in taken)]

    answer = raw.ask("POST", path, encoded(pairs).encode(), {"Content-Type": "application/x-www-form-urlencoded"})

    assert is_fine(answer)
    assert answer.headers["Cache-Control"] == "no-store"
    assert stored() == NOTHING


@lightly
@given(
    body=st.binary(max_size=200),
    content_type=st.sampled_from(
        [b"application/x-www-form-urlencoded", b"application/json", b"multipart/form-data; boundary=a", b""]
    )
    | header_bytes,
    authorization=header_bytes | header_bytes.map(lambda raw: b"Basic " + raw),
    path=st.sampled_from(["/oauth/token", "/oauth/revoke"]),
)
@example(b"\xff", b"application/x-www-form-urlencoded; charset=utf-7", b"Basic Og==", "/oauth/token")
def test_token_and_revoke_with_any_bytes(
    raw: Raw, client_app: ClientApp, body: bytes, content_type: bytes, authorization: bytes, path: str
) -> None:
    headers = {"Content-Type": content_type, "Authorization": authorization}

    answer = raw.ask("POST", path, body, headers)

    assert answer.status in (400, 401), (answer.status, answer.text[:200])  # type: ignore[attr-defined]
    assert "error" in answer.text  # type: ignore[attr-defined]
    assert stored() == NOTHING


@lightly
@given(code=texts, verifier=texts, redirect_uri=texts)
def test_no_junk_opens_or_harms_a_real_code(
    raw: Raw, connected: tuple[ClientApp, str], code: str, verifier: str, redirect_uri: str
) -> None:
    app, real = connected
    for junk in (
        {"code": code},
        {"code": real, "code_verifier": verifier or "x"},
        {"code": real, "redirect_uri": redirect_uri},
    ):
        form = {"grant_type": "authorization_code", "redirect_uri": app.redirect_uri, **app.credentials} | junk
        answer = raw.ask(
            "POST",
            "/oauth/token",
            encoded([*form.items()]).encode(),
            {"Content-Type": "application/x-www-form-urlencoded"},
        )
        assert answer.status == 400

    assert not AccessToken.objects.exists()
    assert Connection.objects.active().count() == 1


@pytest.fixture
def connected(client_app: ClientApp, person: Callable[..., Person]) -> tuple[ClientApp, str]:
    """A client and a code of its own that is not spent yet."""
    return client_app, person().sign_in_to(client_app)["code"]


@lightly
@given(code=texts, session_id=texts)
def test_no_junk_spends_a_real_sign_in(raw: Raw, under_way: dict[str, str], code: str, session_id: str) -> None:
    for junk in ({"code": code}, {"session_id": session_id}):
        assert is_fine(raw.ask("GET", f"/oauth/callback?{encoded([*(under_way | junk).items()])}"))

    assert AuthorizationRequest.objects.get().status == "pending"


@pytest.fixture
def under_way(client_app: ClientApp, person: Callable[..., Person]) -> dict[str, str]:
    emma = person()
    return queries(emma.agree(emma.begin(client_app)))
