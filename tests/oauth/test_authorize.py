"""GET /oauth/authorize: the beginning of a sign-in (RFC 6749 §4.1.1, RFC 9207, RFC 7636)."""

import hashlib
import hmac
import re
import uuid
from collections.abc import Callable
from datetime import timedelta
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import quote, urlencode

import httpx
import pytest
from django.utils import timezone
from pytest_django import Settings

from oauthbridge.models import Application, AuthorizationRequest
from sandbox.server import SandboxServer
from tests.oauth.pages import is_page
from tests.playing import ClientApp, Connector, Person, pkce, queries


def ask(app: ClientApp, **changes: str | None) -> httpx.Response:
    return app.connector.get(app.authorize_url(**changes))


def nothing_stored() -> bool:
    return not AuthorizationRequest.objects.exists()


def refusal(response: httpx.Response, app: ClientApp) -> dict[str, str]:
    """The parameters of an error redirect to the client (RFC 6749 §4.1.2.1)."""
    assert response.status_code == 302, response.text[:300]
    location = response.headers["Location"]
    assert location.startswith(app.redirect_uri + "?")
    told = queries(location)
    assert told.pop("iss") == app.connector.url
    assert "code" not in told
    return told


def test_it_sends_the_person_to_the_consent_page_with_a_signed_session(
    client_app: ClientApp, sandbox: SandboxServer, settings: Settings
) -> None:
    response = ask(client_app, state="xyz")

    assert response.status_code == 302
    location = response.headers["Location"]
    assert location.startswith(f"{sandbox.url}/gpt-connect?")
    told = queries(location)
    assert set(told) == {"session_id", "session_sig"}
    row = AuthorizationRequest.objects.get()
    assert told["session_id"] == str(row.pk) == str(uuid.UUID(told["session_id"], version=4))
    expected = hmac.new(settings.HMAC_SHARED_SECRET.encode(), told["session_id"].encode(), hashlib.sha256)
    assert told["session_sig"] == expected.hexdigest()
    assert response.headers["Cache-Control"] == "no-store"


def test_it_remembers_the_request_for_ten_minutes(client_app: ClientApp) -> None:
    before = timezone.now()

    ask(client_app, state="xyz")

    row = AuthorizationRequest.objects.get()
    assert (row.status, row.state, row.scope, row.redirect_uri) == ("pending", "xyz", "pets", client_app.redirect_uri)
    assert timedelta(minutes=10) <= row.expires_at - before < timedelta(minutes=10, seconds=5)
    assert row.code_digest is None


def test_the_browser_gets_one_cookie_that_scripts_and_other_sites_cannot_use(client_app: ClientApp) -> None:
    response = ask(client_app)

    cookie = SimpleCookie(response.headers["Set-Cookie"])
    assert list(cookie) == ["meo_browser"]
    morsel = cookie["meo_browser"]
    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", morsel.value)
    assert (morsel["httponly"], morsel["samesite"], morsel["path"], morsel["domain"]) == (True, "Lax", "/", "")
    assert morsel["max-age"] == "600"
    assert AuthorizationRequest.objects.get().browser_digest == hashlib.sha256(morsel.value.encode()).hexdigest()


def test_under_https_the_cookie_is_bound_to_host_and_https(client_app: ClientApp, settings: Settings) -> None:
    settings.SERVED_OVER_HTTPS = True

    response = ask(client_app)

    morsel = SimpleCookie(response.headers["Set-Cookie"])["__Host-meo_browser"]
    assert (morsel["secure"], morsel["path"], morsel["domain"]) == (True, "/", "")


def test_two_tabs_share_the_browser_id_and_have_a_row_each(
    client_app: ClientApp, person: Callable[..., Person]
) -> None:
    emma = person()

    emma.begin(client_app)
    emma.begin(client_app)

    first, second = AuthorizationRequest.objects.all()
    assert first.browser_digest == second.browser_digest


@pytest.mark.parametrize("value", ["short", "a" * 42, "a" * 44, "a" * 42 + "!", ""])
def test_a_cookie_that_is_not_ours_is_replaced(client_app: ClientApp, value: str) -> None:
    response = client_app.connector.get(client_app.authorize_url(), headers={"Cookie": f"meo_browser={value}"})

    assert SimpleCookie(response.headers["Set-Cookie"])["meo_browser"].value != value


@pytest.mark.parametrize(
    "client_id",
    [None, "", "unknown", "MEO-GPT", "meo-gpt ", "meo-gpt\x00", "\x00", "ü", "x" * 5000, "https://evil.example/cimd"],
)
def test_an_unknown_client_gets_a_page(client_app: ClientApp, client_id: str | None) -> None:
    response = ask(client_app, client_id=client_id)

    assert is_page(response, "unknown_client")
    assert "Set-Cookie" not in response.headers
    assert nothing_stored()


def test_both_addresses_of_a_gpt_are_registered(client_app: ClientApp) -> None:
    for host in ("chatgpt.com", "chat.openai.com"):
        assert ask(client_app, redirect_uri=f"https://{host}/aip/g-meo123/oauth/callback").status_code == 302


def test_a_redirect_uri_may_be_left_out_only_where_there_is_one(client_app: ClientApp) -> None:
    assert is_page(ask(client_app, redirect_uri=None), "unknown_client")
    Application.objects.update(redirect_uris=client_app.redirect_uri)

    assert ask(client_app, redirect_uri=None).status_code == 302

    assert AuthorizationRequest.objects.get().redirect_uri == client_app.redirect_uri


@pytest.mark.parametrize("name", ["client_id", "redirect_uri", "response_type", "state", "scope"])
def test_a_parameter_twice_gets_a_page_or_an_error(client_app: ClientApp, name: str) -> None:
    parameters = client_app.request_parameters()

    response = client_app.connector.get(f"{client_app.authorize_url()}&{urlencode({name: parameters.get(name, '')})}")

    assert is_page(response, "unknown_client")
    assert nothing_stored()


@pytest.mark.parametrize("name", ["code_challenge", "code_challenge_method", "nonce", "foo"])
def test_any_other_parameter_twice_is_an_error_for_the_client(client_app: ClientApp, name: str) -> None:
    _verifier, challenge = pkce()
    url = client_app.authorize_url(code_challenge=challenge, code_challenge_method="S256", state="s")

    response = client_app.connector.get(f"{url}&{name}=1&{name}=2")

    assert refusal(response, client_app)["error"] == "invalid_request"
    assert nothing_stored()


@pytest.mark.parametrize(
    ("response_type", "error"),
    [
        (None, "invalid_request"),
        ("", "unsupported_response_type"),
        ("token", "unsupported_response_type"),
        ("none", "unsupported_response_type"),
        ("id_token", "unsupported_response_type"),
        ("code id_token", "unsupported_response_type"),
        ("code token", "unsupported_response_type"),
        ("CODE", "unsupported_response_type"),
        ("code ", "unsupported_response_type"),
        ("xcodex", "unsupported_response_type"),
        ("code\x00", "unsupported_response_type"),
    ],
)
def test_only_the_code_response_type_is_offered(client_app: ClientApp, response_type: str | None, error: str) -> None:
    response = ask(client_app, response_type=response_type, state="s-1")

    told = refusal(response, client_app)
    assert (told["error"], told["state"]) == (error, "s-1")
    assert nothing_stored()


@pytest.mark.parametrize("scope", ["unknown", "pets unknown", "PETS", "pets,other", "openid", "pets\x00", '"', "péts"])
def test_an_unknown_scope_is_an_error_for_the_client(client_app: ClientApp, scope: str) -> None:
    told = refusal(ask(client_app, scope=scope, state="s-2"), client_app)

    assert (told["error"], told["state"]) == ("invalid_scope", "s-2")
    assert nothing_stored()


@pytest.mark.parametrize("scope", [None, "", "pets", "pets pets"])
def test_no_scope_means_the_usual_one(client_app: ClientApp, person: Callable[..., Person], scope: str | None) -> None:
    assert person().connect(client_app, scope=scope)["scope"] == "pets"


@pytest.mark.parametrize(
    "state",
    [
        "x",
        "a b",
        "a+b&c=d",
        "%41%zz%",
        "https://chatgpt.com/?a=1#b",
        "".join(map(chr, range(0x20, 0x7F))),
        "~" * 2000,
        '{"nonce":"…"}'.replace("…", "1"),
        "  two spaces around  ",
        "None",
    ],
)
def test_every_legal_state_comes_back_unchanged(
    client_app: ClientApp, person: Callable[..., Person], state: str
) -> None:
    assert person().sign_in_to(client_app, state=state)["state"] == state
    told = refusal(ask(client_app, state=state, scope="unknown"), client_app)
    assert told["state"] == state


def test_a_state_that_was_not_sent_does_not_come_back(client_app: ClientApp, person: Callable[..., Person]) -> None:
    assert "state" not in person().sign_in_to(
        client_app, state=None, code_challenge="a" * 43, code_challenge_method="S256"
    )


@pytest.mark.parametrize("state", [None, ""])
def test_without_pkce_a_state_is_demanded(client_app: ClientApp, state: str | None) -> None:
    """Or the client would take any answer that somebody slips to it (RFC 9700 §4.7.1)."""
    response = ask(client_app, state=state)

    assert refusal(response, client_app)["error"] == "invalid_request"
    assert not AuthorizationRequest.objects.exists()


@pytest.mark.parametrize("name", ["request", "request_uri"])
@pytest.mark.parametrize("value", ["eyJhbGciOiJub25lIn0.e30.", "https://client.example/request.jwt", ""])
def test_a_request_object_is_refused_and_not_ignored(client_app: ClientApp, name: str, value: str) -> None:
    """RFC 9101 §6, OpenID Connect Core §3.1.2.6."""
    response = ask(client_app, **{name: value}, state="its-own")

    told = refusal(response, client_app)
    assert (told["error"], told["state"]) == (f"{name}_not_supported", "its-own")
    assert not AuthorizationRequest.objects.exists()


@pytest.mark.parametrize(
    "state", ["\x00", "a\x00b", "\x7f", "tab\t", "line\nbreak", "Míu", "🐱", "~" * 2001, "x" * 50_000]
)
def test_a_state_outside_the_grammar_is_refused_without_echo(client_app: ClientApp, state: str) -> None:
    response = ask(client_app, state=state)

    told = refusal(response, client_app)
    assert told["error"] == "invalid_request"
    assert "state" not in told
    assert len(response.headers["Location"]) < 1000
    assert nothing_stored()


def test_bytes_that_are_no_utf8_are_refused(client_app: ClientApp) -> None:
    url = client_app.authorize_url(state=None)

    assert refusal(client_app.connector.get(f"{url}&state=%ff%fe"), client_app)["error"] == "invalid_request"
    assert nothing_stored()


def test_state_comes_back_with_errors_of_the_same_request_only(client_app: ClientApp) -> None:
    assert refusal(ask(client_app, state="mine", response_type="token"), client_app)["state"] == "mine"
    assert "state" not in refusal(ask(client_app, state=None, response_type="token"), client_app)


@pytest.mark.parametrize("raw", ["%zz", "a=%", "=&=&&", "a;b", "[]", "%00", "a=b=c", "?", "&" * 50, "a[]=1&a[0]=2"])
def test_a_broken_query_never_breaks_the_server(client_app: ClientApp, raw: str) -> None:
    for url in (f"/oauth/authorize?{raw}", f"{client_app.authorize_url()}&{raw}"):
        response = client_app.connector.get(url)

        assert response.status_code in (302, 400), response.text[:300]


def test_hundreds_of_parameters_are_refused(client_app: ClientApp) -> None:
    many = "&".join(f"p{number}=1" for number in range(500))

    response = client_app.connector.get(f"{client_app.authorize_url()}&{many}")

    assert response.status_code in (302, 400)
    assert "gpt-connect" not in response.headers.get("Location", "")
    assert nothing_stored()


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "HEAD", "PATCH", "TRACE"])
def test_no_other_method_begins_a_sign_in(client_app: ClientApp, method: str) -> None:
    response = client_app.connector.http.request(method, client_app.authorize_url())

    assert response.status_code == 405
    assert nothing_stored()


class TestPkce:
    def test_a_challenge_is_kept(self, client_app: ClientApp) -> None:
        _verifier, challenge = pkce()

        ask(client_app, code_challenge=challenge, code_challenge_method="S256")

        row = AuthorizationRequest.objects.get()
        assert (row.code_challenge, row.code_challenge_method) == (challenge, "S256")

    @pytest.mark.parametrize("method", ["plain", None, "", "s256", "S512", "S256 "])
    def test_any_method_but_s256_is_refused(self, client_app: ClientApp, method: str | None) -> None:
        _verifier, challenge = pkce()

        told = refusal(ask(client_app, code_challenge=challenge, code_challenge_method=method, state="s"), client_app)

        assert (told["error"], told["state"]) == ("invalid_request", "s")
        assert nothing_stored()

    @pytest.mark.parametrize(
        "challenge", ["", "x", "A" * 42, "A" * 44, "A" * 43 + "=", "A" * 42 + "+", "é" * 43, "A" * 42 + "\x00"]
    )
    def test_a_challenge_that_no_sha256_gives_is_refused(self, client_app: ClientApp, challenge: str) -> None:
        told = refusal(ask(client_app, code_challenge=challenge, code_challenge_method="S256"), client_app)

        assert told["error"] == "invalid_request"
        assert nothing_stored()

    def test_a_method_without_challenge_is_refused(self, client_app: ClientApp) -> None:
        told = refusal(ask(client_app, code_challenge_method="S256"), client_app)

        assert told["error"] == "invalid_request"

    def test_public_clients_must_send_one(self, connector: Connector) -> None:
        app = ClientApp.made_public(connector)

        assert refusal(ask(app), app)["error"] == "invalid_request"

        assert nothing_stored()


def test_a_redirect_uri_with_a_query_keeps_it(client_app: ClientApp, person: Callable[..., Person]) -> None:
    uri = "https://app.example.com/cb?tenant=a%20b&x="
    Application.objects.update(redirect_uris=uri)
    app = ClientApp(client_app.connector, client_app.client_id, client_app.secret, uri)

    good, bad = person().sign_in_to_raw(app), ask(app, scope="unknown").headers["Location"]

    for location in (good, bad):
        told = queries(location)
        assert (told["tenant"], told["x"], told["iss"]) == ("a b", "", app.connector.url)


def test_begging_too_often_gets_a_page_with_a_time(client_app: ClientApp, settings: Settings) -> None:
    settings.AUTHORIZE_LIMIT_PER_MINUTE = 3
    answers = [ask(client_app) for _ in range(5)]

    assert [each.status_code for each in answers] == [302, 302, 302, 429, 429]
    assert is_page(answers[-1], "too_many")
    assert 1 <= int(answers[-1].headers["Retry-After"]) <= 120
    assert AuthorizationRequest.objects.count() == 3


def test_a_made_up_forwarded_address_does_not_escape_the_throttle(client_app: ClientApp, settings: Settings) -> None:
    settings.AUTHORIZE_LIMIT_PER_MINUTE = 2
    settings.TRUSTED_PROXY_COUNT = 1

    def ask_as(forwarded: str) -> int:
        headers = {"X-Forwarded-For": forwarded}
        return client_app.connector.get(client_app.authorize_url(), headers=headers).status_code

    assert [ask_as(f"10.0.0.{n}, 203.0.113.7") for n in range(4)] == [302, 302, 429, 429]
    assert ask_as("203.0.113.8") == 302


def test_the_page_speaks_the_browsers_language(client_app: ClientApp, person: Callable[..., Any]) -> None:
    response = client_app.connector.get("/oauth/authorize", headers={"Accept-Language": "vi"})

    assert response.headers["Content-Language"] == "vi"
    assert "Accept-Language" in response.headers["Vary"]


def test_the_client_is_never_told_by_the_host_header_where_it_is(client_app: ClientApp) -> None:
    response = client_app.connector.get(client_app.authorize_url(scope="unknown"), headers={"Host": "localhost"})

    assert queries(response.headers["Location"])["iss"] == client_app.connector.url


def test_quoting_of_the_address_does_not_matter(client_app: ClientApp) -> None:
    parameters = client_app.request_parameters()
    query = "&".join(f"{name}={quote(value, safe='')}" for name, value in parameters.items())

    assert client_app.connector.get(f"/oauth/authorize?{query}").status_code == 302
