"""`POST /oauth/register` (RFC 7591): programs on a person's own computer, and nothing stored before somebody agrees."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from pytest_django import Settings

from oauthbridge import registration
from oauthbridge.models import Application, AuthorizationRequest, Connection
from tests.oauth.documents import McpApp
from tests.oauth.test_consent_page import said
from tests.playing import Connector, Person, form_fields

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.once]

LOOPBACK = "http://127.0.0.1:49152/callback"
Open = Callable[..., Person]


def register(connector: Connector, *redirect_uris: str, path: str = "/oauth/register", **fields: Any) -> Any:
    return connector.post(path, json={"redirect_uris": list(redirect_uris), "client_name": "Gemini CLI"} | fields)


def registered(connector: Connector, *redirect_uris: str, **fields: Any) -> McpApp:
    uris = redirect_uris or (LOOPBACK,)
    answer = register(connector, *uris, **fields)
    assert answer.status_code == 201, answer.text
    return McpApp(connector, answer.json()["client_id"], None, uris[0])


def test_the_answer_is_what_was_registered_and_nothing_is_stored(connector: Connector) -> None:
    answer = register(
        connector,
        LOOPBACK,
        token_endpoint_auth_method="client_secret_post",
        scope="pets:read",
        logo_uri="https://x.example",
    )

    assert answer.status_code == 201
    assert answer.headers["Cache-Control"] == "no-store"
    told = answer.json()
    assert isinstance(told.pop("client_id"), str)
    assert isinstance(told.pop("client_id_issued_at"), int)
    assert told == {
        "client_name": "Gemini CLI",
        "redirect_uris": [LOOPBACK],
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        "token_endpoint_auth_method": "none",
    }
    assert not Application.objects.exists()


def test_the_whole_way_from_any_port(connector: Connector, person: Open) -> None:
    app = registered(connector, "http://localhost:7777/oauth/callback")
    app.redirect_uri = "http://localhost:51234/oauth/callback"
    emma = person()

    tokens = app.exchange(emma.sign_in_to(app)["code"], code_verifier=app.verifier).json()

    again = app.refresh(tokens["refresh_token"])
    assert again.status_code == 200, again.text
    client = Application.objects.get()
    assert (client.name, client.door, client.client_type, client.registration_source) == (
        "Gemini CLI",
        "mcp",
        "public",
        "dcr",
    )
    assert len(client.client_id) <= 60
    assert app.revoke(again.json()["refresh_token"]).status_code == 200
    assert Connection.objects.get().status == "ended"


def test_two_installs_of_a_program_are_one_client(connector: Connector, person: Open) -> None:
    for key, port in (("emma", 50001), ("noah", 50002)):
        app = registered(connector, f"http://127.0.0.1:{port}/callback")
        assert app.exchange(person(key).sign_in_to(app)["code"], code_verifier=app.verifier).status_code == 200

    assert Application.objects.count() == 1
    assert Connection.objects.active().count() == 2


def test_the_page_says_that_nobody_has_checked_it(connector: Connector, person: Open) -> None:
    page = person().open(registered(connector, client_name="Claude").authorize_url())

    text = said(page.text)
    assert "a program on your computer that calls itself Claude" in text
    assert "nobody has checked it" in text
    assert "Where the access goes to a program on this computer, 127.0.0.1:49152" in text


def test_one_without_a_name_is_called_so(connector: Connector, person: Open) -> None:
    page = person().open(registered(connector, client_name="\u202e").authorize_url())

    assert "an app without a name" in said(page.text)


NOT_ON_THIS_COMPUTER = [
    "https://evil.example/callback",
    "http://evil.example/callback",
    "http://localhost.evil.example/callback",
    "http://localhost.evil/callback",
    "http://localhost@evil.example/callback",
    "http://127.0.0.1@evil.example/",
    "http://127.0.0.1.evil.example/",
    "http://127.0.0.1:80@evil.example/",
    "http://127.0.0.1:99999/callback",
    "http://127.0.0.2/callback",
    "http://127.1/callback",
    "http://2130706433/callback",
    "http://0.0.0.0/callback",
    "http://[::]/callback",
    "http://[::ffff:127.0.0.1]/callback",
    "http://localhost./callback",
    "http://LOCALHOST/callback",
    "http://localhost/callback#fragment",
    "http://localhost/call back",
    "http://localhost/callback http://evil.example/",
    "http://localhost\\@evil.example/",
    "https://localhost/callback",
    "cursor://anysphere.cursor-mcp/oauth/callback",
    "javascript:alert(1)",
    "//localhost/callback",
    "",
]


@pytest.mark.parametrize("uri", NOT_ON_THIS_COMPUTER)
def test_no_redirect_beyond_this_computer(connector: Connector, uri: str) -> None:
    for uris in ([uri], [LOOPBACK, uri]):
        answer = register(connector, *uris)
        assert answer.status_code == 400
        assert answer.json()["error"] == "invalid_redirect_uri"
        assert "http://127.0.0.1" in answer.json()["error_description"]


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (b"", "invalid_client_metadata"),
        (b"{", "invalid_client_metadata"),
        (b"[" * 9000, "invalid_client_metadata"),
        (b"[]", "invalid_client_metadata"),
        (b"\xff", "invalid_client_metadata"),
        (b"{}", "invalid_redirect_uri"),
        (b'{"redirect_uris": "http://localhost/"}', "invalid_redirect_uri"),
        (b'{"redirect_uris": []}', "invalid_redirect_uri"),
        (b'{"redirect_uris": [1]}', "invalid_redirect_uri"),
        (json.dumps({"redirect_uris": [f"http://localhost/{n}" for n in range(11)]}).encode(), "invalid_redirect_uri"),
        (json.dumps({"redirect_uris": ["http://localhost/" + "a" * 700]}).encode(), "invalid_redirect_uri"),
        (b'{"redirect_uris": ["http://localhost/"], "grant_types": ["client_credentials"]}', "invalid_client_metadata"),
        (b'{"redirect_uris": ["http://localhost/"], "response_types": ["token"]}', "invalid_client_metadata"),
        (b'{"redirect_uris": ["http://localhost/"], "response_types": "code"}', "invalid_client_metadata"),
        (b" " * 30_000 + b"{}", "invalid_client_metadata"),
    ],
)
def test_what_is_no_registration_is_refused_in_the_rfcs_shape(connector: Connector, body: bytes, error: str) -> None:
    answer = connector.post("/oauth/register", content=body, headers={"Content-Type": "application/json"})

    assert answer.status_code == 400
    assert set(answer.json()) == {"error", "error_description"}
    assert answer.json()["error"] == error


@pytest.mark.parametrize("path", ["/oauth/register", "/register"])
def test_where_it_is_off_it_says_what_to_do_instead(connector: Connector, settings: Settings, path: str) -> None:
    settings.MCP_REGISTRATION = "off"

    answer = register(connector, LOOPBACK, path=path)

    assert answer.status_code == 403
    assert set(answer.json()) == {"error", "error_description"}
    assert "operator" in answer.json()["error_description"]
    assert "registration_endpoint" not in connector.get("/.well-known/oauth-authorization-server").json()


def test_turning_it_off_lets_nobody_begin_and_everybody_stay(
    connector: Connector, person: Open, settings: Settings
) -> None:
    app = registered(connector)
    tokens = app.exchange(person().sign_in_to(app)["code"], code_verifier=app.verifier).json()
    settings.MCP_REGISTRATION = "off"

    assert not app.is_known()
    assert app.refresh(tokens["refresh_token"]).status_code == 200


def test_open_takes_web_apps_too_and_loopback_forgets_them(connector: Connector, settings: Settings) -> None:
    settings.MCP_REGISTRATION = "open"
    app = registered(connector, "https://chat.example/callback")
    assert app.is_known()
    for uri in ("http://chat.example/callback", "https://vscode.dev/redirect", "cursor://x/callback"):
        assert register(connector, uri).json()["error"] == "invalid_redirect_uri", uri

    settings.MCP_REGISTRATION = "loopback"
    assert not app.is_known()


class TestForgedIds:
    def test_a_changed_one_is_unknown(self, connector: Connector) -> None:
        app = registered(connector)
        prefix, _dot, rest = app.client_id.partition(".")
        payload, _dot, signature = rest.rpartition(".")
        flipped = signature[:-2] + ("AA" if signature[-2:] != "AA" else "BB")
        forged = [
            f"{prefix}.{payload}.{flipped}",
            f"{prefix}.{payload}.",
            f"{prefix}.{payload}",
            f"{prefix}.{payload[:-2]}.{signature}",
            f"{prefix}..{payload}.{signature}",
            f"{prefix}.",
            app.client_id + "A",
            app.client_id + "\x00",
            "x" + app.client_id,
            "reg." + "A" * 5000,
        ]
        assert app.is_known()
        assert [each for each in forged if McpApp(connector, each, None, LOOPBACK).is_known()] == []

    def test_one_signed_by_another_secret_is_unknown(self, connector: Connector, settings: Settings) -> None:
        app = registered(connector)
        settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "n" * 64, [settings.SECRET_KEY]
        assert app.is_known(), "an older secret that is still named counts"

        settings.SECRET_KEY_FALLBACKS = []
        assert not app.is_known()

    def test_who_is_connected_outlives_the_secret(self, connector: Connector, person: Open, settings: Settings) -> None:
        app = registered(connector)
        tokens = app.exchange(person().sign_in_to(app)["code"], code_verifier=app.verifier).json()
        settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "n" * 64, []

        assert app.refresh(tokens["refresh_token"]).status_code == 200

    def test_the_name_of_a_row_that_there_is_not_yet_is_no_id(self, connector: Connector) -> None:
        app = registered(connector)

        assert not McpApp(connector, registration.row_id(app.client_id), None, LOOPBACK).is_known()


class TestFloods:
    def test_ten_thousand_would_cost_nothing(self, connector: Connector, settings: Settings) -> None:
        settings.REGISTRATION_LIMIT_PER_MINUTE = 100_000
        for number in range(60):
            app = registered(connector, f"http://127.0.0.1/{number}")
            assert app.ask().status_code == 200
        assert not Application.objects.exists()
        assert AuthorizationRequest.objects.count() == 60

    def test_each_address_has_its_own_measure(self, connector: Connector, settings: Settings) -> None:
        settings.REGISTRATION_LIMIT_PER_MINUTE = 3

        answers = [register(connector, LOOPBACK) for _ in range(4)]

        assert [answer.status_code for answer in answers] == [201] * 3 + [429]
        assert answers[-1].json()["error"] == "temporarily_unavailable"
        assert int(answers[-1].headers["Retry-After"]) > 0


def test_a_code_of_one_registration_is_nothing_to_another(connector: Connector, person: Open) -> None:
    """RFC 9700 §4.5 through a client that anybody may register."""
    mine, theirs = registered(connector, "http://127.0.0.1/a"), registered(connector, "http://127.0.0.1/b")
    person("noah").sign_in_to(mine)
    code = person().sign_in_to(theirs)["code"]

    answer = mine.exchange(code, code_verifier=theirs.verifier, redirect_uri=theirs.redirect_uri)

    assert answer.json()["error"] == "invalid_grant"
    assert theirs.exchange(code, code_verifier=theirs.verifier).status_code == 200


def test_without_pkce_it_is_sent_back(connector: Connector, person: Open) -> None:
    app = registered(connector)

    answer = person().open(app.authorize_url(code_challenge=None, code_challenge_method=None))

    assert answer.status_code == 302
    assert "error=invalid_request" in answer.headers["Location"]


def test_a_disabled_one_stays_so_however_often_it_registers(connector: Connector, person: Open) -> None:
    app = registered(connector)
    person().sign_in_to(app)
    Application.objects.update(disabled_at="2026-01-01T00:00:00Z")

    assert not registered(connector).is_known()


class TestConfusedDeputy:
    """MCP Security Best Practices, "Confused Deputy Problem": anybody may register, so a yes to one program is a yes to no other."""

    def test_who_has_agreed_to_one_is_asked_again_for_another(self, connector: Connector, person: Open) -> None:
        emma = person()
        emma.sign_in_to(registered(connector, client_name="Gemini CLI"))
        theirs = registered(connector, "http://127.0.0.1:9999/steal", client_name="Gemini CLI")

        page = emma.open(theirs.authorize_url())

        assert page.status_code == 200
        assert "127.0.0.1:9999" in said(page.text)

    def test_also_for_the_very_same_one(self, connector: Connector, person: Open) -> None:
        app, emma = registered(connector), person()
        emma.sign_in_to(app)

        assert emma.open(app.authorize_url()).status_code == 200

    def test_a_yes_on_one_page_answers_no_other(self, connector: Connector, person: Open) -> None:
        mine, emma = registered(connector), person()
        theirs = registered(connector, "http://127.0.0.1:9999/steal")
        page, other = (emma.open(app.authorize_url()).text for app in (mine, theirs))

        assert emma.answer(other, token=form_fields(page)["token"]).status_code == 400
        assert not AuthorizationRequest.objects.exclude(consented_at=None).exists()
