"""RFC 9700 §4.1, insufficient redirect URI validation: a code goes to a registered address, compared letter by letter."""

from collections.abc import Callable

import httpx
import pytest

from oauthbridge.models import Application, AuthorizationRequest
from tests.oauth.pages import is_page
from tests.playing import ClientApp, Person

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.once]

EVIL = "https://evil.example"


def ask(app: ClientApp, **changes: str | None) -> httpx.Response:
    return app.connector.get(app.authorize_url(**changes))


REGISTERED = "https://chatgpt.com/aip/g-meo123/oauth/callback"


@pytest.mark.parametrize(
    "uri",
    [
        "",
        EVIL,
        "HTTPS://chatgpt.com/aip/g-meo123/oauth/callback",
        "https://ChatGPT.com/aip/g-meo123/oauth/callback",
        "https://chatgpt.com/aip/g-MEO123/oauth/callback",
        "http://chatgpt.com/aip/g-meo123/oauth/callback",
        REGISTERED + "/",
        REGISTERED + "?",
        REGISTERED + "?x=1",
        REGISTERED + "#",
        REGISTERED + "#x",
        REGISTERED + " ",
        " " + REGISTERED,
        "\t" + REGISTERED,
        REGISTERED + "\n",
        REGISTERED + "\r\nSet-Cookie: a=b",
        REGISTERED + "\x00",
        REGISTERED + "%00",
        REGISTERED + " " + EVIL,
        "https://chatgpt.com:443/aip/g-meo123/oauth/callback",
        "https://chatgpt.com./aip/g-meo123/oauth/callback",
        "https://chatgpt.com@evil.example/aip/g-meo123/oauth/callback",
        "https://user@chatgpt.com/aip/g-meo123/oauth/callback",
        "https://chatgpt.com.evil.example/aip/g-meo123/oauth/callback",
        "https://evil.example/https://chatgpt.com/aip/g-meo123/oauth/callback",
        "https://chatgpt.com/aip/g-meo123/oauth/callback/../callback",
        "https://chatgpt.com/aip/./g-meo123/oauth/callback",
        "https://chatgpt.com/aip/g-other/../g-meo123/oauth/callback",
        "https://chatgpt.com/aip/g-meo123/oauth/%63allback",
        "https://chatgpt.com//aip/g-meo123/oauth/callback",
        "https:/chatgpt.com/aip/g-meo123/oauth/callback",
        "https:\\\\chatgpt.com/aip/g-meo123/oauth/callback",
        "//chatgpt.com/aip/g-meo123/oauth/callback",
        "/aip/g-meo123/oauth/callback",
        "chatgpt.com/aip/g-meo123/oauth/callback",
        "javascript:alert(1)",
        "data:text/html,x",
        "https://[chatgpt.com/aip/g-meo123/oauth/callback",
        "https://chatgpt.com:x/aip/g-meo123/oauth/callback",
        "https://chatgpt.com/aip/g-meo124/oauth/callback",
        "https://сhatgpt.com/aip/g-meo123/oauth/callback",
        "https://*.com/aip/g-meo123/oauth/callback",
        "x" * 20_000,
    ],
)
def test_a_redirect_uri_that_is_not_the_registered_text_gets_a_page(client_app: ClientApp, uri: str) -> None:
    assert client_app.redirect_uri == REGISTERED

    response = ask(client_app, redirect_uri=uri)

    assert is_page(response, "unknown_client")
    assert "evil.example" not in response.text
    assert not AuthorizationRequest.objects.exists()


LOOPBACK = "http://127.0.0.1:9999/callback"


@pytest.mark.parametrize(
    "uri",
    [
        "http://127.0.0.1:9998/callback",
        "http://127.0.0.1/callback",
        "http://localhost:9999/callback",
        "http://127.0.0.2:9999/callback",
        "http://[::1]:9999/callback",
        "http://2130706433:9999/callback",
        "http://0x7f.1:9999/callback",
        "http://127.1:9999/callback",
        "http://127.0.0.1.evil.example:9999/callback",
        "http://127.0.0.1:9999@evil.example/callback",
        "http://localhost.evil.example/callback",
        "https://127.0.0.1:9999/callback",
        "http://127.0.0.1:9999/callback/x",
    ],
)
def test_neither_loopback_nor_localhost_stands_for_another(client_app: ClientApp, uri: str) -> None:
    """§4.1.3 allows another port to native apps only; the client of a GPT is none."""
    Application.objects.update(redirect_uris=LOOPBACK)
    assert ask(client_app, redirect_uri=LOOPBACK).status_code == 302
    AuthorizationRequest.objects.all().delete()

    assert is_page(ask(client_app, redirect_uri=uri), "unknown_client")
    assert not AuthorizationRequest.objects.exists()


def test_an_address_taken_away_while_somebody_signs_in_gets_no_code(
    client_app: ClientApp, person: Callable[..., Person]
) -> None:
    emma = person()
    callback = emma.agree(emma.begin(client_app))
    Application.objects.update(redirect_uris="https://chatgpt.com/aip/g-other/oauth/callback")

    answer = emma.open(callback)

    assert "Location" not in answer.headers
    assert emma.main_app_tokens == []


def test_another_clients_address_is_none_of_this_one(client_app: ClientApp) -> None:
    other = ClientApp.made_for_gpt(client_app.connector, "g-other", client_id="meo-gpt-test")

    assert is_page(ask(client_app, redirect_uri=other.redirect_uri), "unknown_client")
    assert is_page(ask(other, redirect_uri=client_app.redirect_uri), "unknown_client")
