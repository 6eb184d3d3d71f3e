"""`manage.py gpt_client`: what a GPT's maker pastes, and the client behind it."""

import io
import json
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from oauthbridge.models import Application
from tests.playing import ClientApp, Connector

pytestmark = pytest.mark.django_db

STRONG = "9f2c7b1e64d80a35c1f7e29b08d46a5392e1b7c04fd86a1b35e90c72d4816fba"


@pytest.fixture(autouse=True)
def _nothing_from_the_environment(settings: Settings) -> None:
    settings.OAUTH_CLIENT_ID, settings.OAUTH_CLIENT_SECRET = "meo-gpt", ""


def run(*arguments: str) -> str:
    out = io.StringIO()
    call_command("gpt_client", *arguments, stdout=out, no_color=True)
    return out.getvalue()


def told(*arguments: str) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(run(*arguments, "--json"))
    return answer


def test_it_makes_a_confidential_client_and_shows_its_secret(settings: Settings) -> None:
    made = told("--gpt-id", "g-abc123")

    application = Application.objects.get()
    assert (application.client_id, application.client_type) == ("meo-gpt", "confidential")
    assert application.authorization_grant_type == "authorization-code"
    assert made["created"] is True
    assert made["client_secret"].startswith("meo_cs_")
    assert made["authorization_url"] == f"{settings.CONNECTOR_PUBLIC_URL}/oauth/authorize"
    assert made["token_url"] == f"{settings.CONNECTOR_PUBLIC_URL}/oauth/token"
    assert made["scope"] == "pets"
    assert made["redirect_uris"] == [
        "https://chatgpt.com/aip/g-abc123/oauth/callback",
        "https://chat.openai.com/aip/g-abc123/oauth/callback",
    ]


def test_the_text_has_every_field_of_the_gpt_builder() -> None:
    text = run("--gpt-id", "g-abc123")

    for part in (
        "Client meo-gpt made.",
        "Client ID ",
        "Client Secret ",
        "Authorization URL",
        "Token URL",
        "Scope ",
        "Token Exchange Method",
        "/openapi.json",
        "/privacy",
        "https://chatgpt.com/aip/g-abc123/oauth/callback",
    ):
        assert part in text


def test_without_an_address_it_says_what_to_do_next() -> None:
    assert "gpt_client --gpt-id" in run()


def test_running_again_keeps_secret_and_addresses() -> None:
    told("--gpt-id", "g-abc123")
    stored = Application.objects.get().client_secret

    again = told("--gpt-id", "g-def456", "--gpt-id", "g-abc123")

    assert (again["client_secret"], again["created"]) == (None, False)
    assert len(again["redirect_uris"]) == 4
    assert Application.objects.get().client_secret == stored


def test_rotating_makes_the_old_secret_useless(connector: Connector) -> None:
    app = ClientApp.made_for_gpt(connector, "g-abc123")

    new = told("--rotate-secret")["client_secret"]

    assert new != app.secret
    assert app.exchange("x").status_code == 401
    assert app.exchange("x", client_secret=new).json()["error"] == "invalid_grant"


def test_an_address_can_be_taken_away() -> None:
    told("--gpt-id", "g-abc123")

    left = told("--remove-redirect-uri", "https://chat.openai.com/aip/g-abc123/oauth/callback")["redirect_uris"]

    assert left == ["https://chatgpt.com/aip/g-abc123/oauth/callback"]


def test_the_environments_secret_is_honoured_and_not_shown(connector: Connector, settings: Settings) -> None:
    settings.OAUTH_CLIENT_ID, settings.OAUTH_CLIENT_SECRET = "from-env", STRONG

    made = told("--gpt-id", "g-abc123", "--client-id", "from-env")

    assert (made["client_id"], made["client_secret"]) == ("from-env", None)
    app = ClientApp(connector, "from-env", STRONG, made["redirect_uris"][0])
    assert app.exchange("x").json()["error"] == "invalid_grant"
    assert STRONG not in run("--client-id", "from-env")


@pytest.mark.parametrize(
    "weak", ["secret", "a" * 64, "0123456789abcdef" * 2, "password" * 8, "correct horse battery staple x"]
)
def test_a_weak_secret_from_the_environment_is_refused(settings: Settings, weak: str) -> None:
    settings.OAUTH_CLIENT_SECRET = weak

    with pytest.raises(CommandError, match="OAUTH_CLIENT_SECRET is refused"):
        run()

    assert not Application.objects.exists()


def test_the_environments_secret_cannot_be_rotated_here(settings: Settings) -> None:
    settings.OAUTH_CLIENT_SECRET = STRONG

    with pytest.raises(CommandError, match="Unset OAUTH_CLIENT_SECRET"):
        run("--rotate-secret")


@pytest.mark.parametrize(
    "gpt_id", ["", "abc", "g-", "g-abc/../x", "g-abc name", "https://chatgpt.com/g/g-abc", "g-é", "G-abc"]
)
def test_a_gpt_id_that_is_none_is_refused(gpt_id: str) -> None:
    with pytest.raises(CommandError, match="--gpt-id"):
        run("--gpt-id", gpt_id)

    assert not Application.objects.exists()


@pytest.mark.parametrize(
    "uri",
    [
        "",
        "http://example.com/cb",
        "ftp://example.com/cb",
        "javascript:alert(1)",
        "/cb",
        "example.com/cb",
        "https://",
        "https://user@example.com/cb",
        "https://user:pw@example.com/cb",
        "https://example.com/cb#x",
        "https://example.com/cb#",
        "https://example.com/a b",
        "https://example.com/cb\n",
        "https://*.example.com/cb",
        "https://example.com:x/cb",
        "https://[::1/cb",
        "https://exa\\mple.com/cb",
    ],
)
def test_an_address_that_may_not_get_codes_is_refused(uri: str) -> None:
    with pytest.raises(CommandError, match="callback address"):
        run("--redirect-uri", uri)

    assert not Application.objects.exists()


@pytest.mark.parametrize("uri", ["https://example.com/cb?x=1", "http://127.0.0.1:9999/cb", "http://localhost/cb"])
def test_any_other_address_can_be_added(uri: str) -> None:
    assert told("--redirect-uri", uri)["redirect_uris"] == [uri]


def test_a_public_client_is_not_turned_into_one() -> None:
    Application.objects.create(
        client_id="meo-gpt", client_type="public", authorization_grant_type="authorization-code", redirect_uris=""
    )

    with pytest.raises(CommandError, match="public"):
        run()


def test_unknown_options_are_an_error() -> None:
    with pytest.raises(CommandError):
        run("--nonsense")
