"""Redirect URIs on the person's own machine (RFC 8252 §7.3): any port there, and nothing else of it."""

from collections.abc import Callable

import pytest

from oauthbridge.models import Application, AuthorizationRequest
from oauthbridge.redirects import is_loopback, is_registered, is_relay, may_be_registered
from tests.oauth.pages import is_page
from tests.oauth.token_endpoint import refused
from tests.playing import ClientApp, Connector, Person, pkce

OpenBrowser = Callable[..., Person]

REGISTERED = (
    "http://localhost/callback",
    "http://127.0.0.1:8787/a?b=c",
    "http://[::1]/",
    "https://tool.example/callback",
)
ALLOWED = (
    *REGISTERED,
    "http://localhost:1/callback",
    "http://localhost:65535/callback",
    "http://127.0.0.1/a?b=c",
    "http://127.0.0.1:33418/a?b=c",
    "http://[::1]:49152/",
)
REFUSED = (
    "http://localhost:8080/other",
    "http://localhost:8080/callback/",
    "http://localhost:8080/callback?x=1",
    "http://localhost:8080/callback#x",
    "http://localhost:8080/CALLBACK",
    "http://localhost:8080",
    "http://LOCALHOST:8080/callback",
    "http://localhost.:8080/callback",
    "http://localhost:0/callback",
    "http://localhost:65536/callback",
    "http://localhost:/callback",
    "http://localhost:8o/callback",
    "http://localhost:８０/callback",
    "http://localhost.evil.example/callback",
    "http://localhost:80@evil.example/callback",
    "http://evil.example@localhost:80/callback",
    "http://evil.example/callback",
    "https://localhost:8080/callback",
    "http://127.0.0.1:8080/callback",
    "http://127.1/a?b=c",
    "http://0.0.0.0:8787/a?b=c",
    "http://2130706433/a?b=c",
    "http://[::ffff:127.0.0.1]/a?b=c",
    "http://[0:0:0:0:0:0:0:1]/",
    "http://localhost:80\\@evil.example/callback",
    "http://localhost:80\n/callback",
    " http://localhost:80/callback",
    "https://tool.example:444/callback",
    "https://tool.example/callback/",
    "",
)


def test_only_the_port_may_differ_and_only_on_the_loopback() -> None:
    assert [uri for uri in ALLOWED if not is_registered(uri, REGISTERED, any_loopback_port=True)] == []
    assert [uri for uri in REFUSED if is_registered(uri, REGISTERED, any_loopback_port=True)] == []


def test_without_that_nothing_may() -> None:
    assert [uri for uri in (*ALLOWED, *REFUSED) if is_registered(uri, REGISTERED, any_loopback_port=False)] == [
        *REGISTERED
    ]


def test_an_unusable_registered_one_lets_nothing_in() -> None:
    for registered in ("http://localhost:0/cb", "http://localhost:99999/cb", "nonsense", ""):
        assert not is_registered("https://evil.example/", [registered], any_loopback_port=True)
        assert not may_be_registered(registered, loopback=True)


def test_no_more_than_this_machine_is_loopback() -> None:
    assert is_loopback("http://localhost:8787/callback?code=1&state=%2F")
    assert not any(is_loopback(uri) for uri in REFUSED if "evil" in uri)


@pytest.fixture
def desktop(connector: Connector) -> ClientApp:
    return ClientApp.made_for_mcp(connector, "Claude Code", "--for", "claude-code")


def begin(app: ClientApp, redirect_uri: str) -> str:
    return app.authorize_url(redirect_uri=redirect_uri, code_challenge=pkce()[1], code_challenge_method="S256")


def test_an_app_takes_whatever_port_is_free(desktop: ClientApp, person: OpenBrowser) -> None:
    verifier, challenge = pkce()
    asked = {"code_challenge": challenge, "code_challenge_method": "S256"}
    desktop.redirect_uri = "http://localhost:49731/callback"
    code = person().sign_in_to(desktop, **asked)["code"]

    other_port = "http://localhost:49732/callback"
    assert refused(desktop.exchange(code, code_verifier=verifier, redirect_uri=other_port), "invalid_grant")
    assert desktop.exchange(code, code_verifier=verifier).status_code == 200


def test_another_address_gets_a_page_and_no_redirect(desktop: ClientApp, connector: Connector) -> None:
    for uri in ("http://localhost:1/other", "http://127.0.0.1/callback", "http://localhost:80@evil.example/callback"):
        assert is_page(connector.get(begin(desktop, uri)), "unknown_client")
    assert not AuthorizationRequest.objects.exists()


@pytest.mark.parametrize("change", [{"client_type": "confidential"}, {"door": "actions"}], ids=str)
def test_it_is_for_public_clients_of_the_mcp_door_only(
    desktop: ClientApp, connector: Connector, change: dict[str, str]
) -> None:
    Application.objects.update(**change)

    assert is_page(connector.get(begin(desktop, "http://localhost:5000/callback")), "unknown_client")


@pytest.mark.parametrize(
    ("uri", "relays"),
    [
        ("https://vscode.dev/redirect", True),
        ("https://INSIDERS.vscode.dev/redirect?a=1", True),
        ("https://vscode.dev:443/redirect", True),
        ("https://vscode.dev./redirect", True),
        ("https://vscode.dev/%72edirect/", True),
        ("https://vscode.dev//./redirect", True),
        ("https://vscode.dev/redirected", False),
        ("https://vscode.dev.example/redirect", False),
        ("https://[vscode.dev/redirect", False),
    ],
)
def test_a_relay_is_known_however_it_is_spelled(uri: str, relays: bool) -> None:
    assert is_relay(uri) is relays
