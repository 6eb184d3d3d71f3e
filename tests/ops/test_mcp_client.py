"""`manage.py mcp_client`: clients of the MCP door that are entered by hand."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.hashers import check_password
from django.utils import timezone
from pytest_django import Settings

from oauthbridge.models import Application, Connection
from sandbox.server import SandboxServer
from tests.ops.conftest import Connected, Ran, live_tokens

pytestmark = pytest.mark.django_db(transaction=True)
Manage = Callable[..., Ran]
Connect = Callable[..., Connected]


@pytest.fixture
def made(manage: Manage) -> dict[str, Any]:
    told: dict[str, Any] = manage("mcp_client", "create", "My tool", "--for", "claude-code", "--json").json
    return told


def test_a_public_client_opens_the_mcp_door_and_has_no_secret(made: dict[str, Any], settings: Settings) -> None:
    row = Application.objects.get(client_id=made["client_id"])

    assert (row.door, row.client_type, row.name) == ("mcp", "public", "My tool")
    assert made["client_id"].startswith("mcp-my-tool-")
    assert made["client_secret"] is None
    assert made["redirect_uris"] == ["http://localhost/callback"]
    assert made["mcp_url"] == settings.MCP_URL
    assert made["token_endpoint_auth_methods"] == ["none"]
    assert "offline_access" not in made["scope"]


def test_a_confidential_client_s_secret_is_shown_once_and_stored_as_a_digest(manage: Manage) -> None:
    told = manage("mcp_client", "create", "ChatGPT", "--for", "chatgpt", "--confidential", "--json").json

    row = Application.objects.get(client_id=told["client_id"])
    assert row.client_type == "confidential"
    assert told["client_secret"] not in row.client_secret
    assert check_password(told["client_secret"], row.client_secret)
    assert manage("mcp_client", "show", told["client_id"], "--json").json["client_secret"] is None
    assert told["client_secret"] not in manage("mcp_client", "show", told["client_id"]).out
    assert told["client_secret"] not in manage("mcp_client", "list", "--json").out


def test_what_it_prints_names_everything_a_form_may_ask_for(manage: Manage, settings: Settings) -> None:
    ran = manage("mcp_client", "create", "Cursor", "--for", "cursor")

    base = settings.CONNECTOR_PUBLIC_URL
    for value in (settings.MCP_URL, f"{base}/oauth/authorize", f"{base}/oauth/token", "pets:read pets:write", "none:"):
        assert value in ran.out
    assert "http://localhost:8787/callback   (any port)" in ran.out
    assert "https://www.cursor.com/agents/mcp/oauth/callback\n" in ran.out


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["Tool"], "Say where its codes go"),
        (["Tool", "--redirect-uri", "http://tool.example/cb"], "Not a callback address"),
        (["Tool", "--redirect-uri", "https://tool.example/cb#x"], "Not a callback address"),
        (["Tool", "--redirect-uri", "https://user:x@tool.example/cb"], "Not a callback address"),
        (["Tool", "--redirect-uri", "http://localhost@tool.example/cb"], "Not a callback address"),
        (["Tool", "--redirect-uri", "http://localhost:99999/cb"], "Not a callback address"),
        (["Tool", "--redirect-uri", "cursor://anysphere.cursor-mcp/oauth/callback"], "Not a callback address"),
        (["Tool", "--redirect-uri", "http://localhost/cb", "--confidential"], "Not a callback address"),
        ([" ", "--for", "claude"], "A name is"),
        (["two\nlines", "--for", "claude"], "A name is"),
        (["Tool\u202e", "--for", "claude"], "A name is"),
        (["Tool", "--for", "claude", "--client-id", "https://claude.ai/oauth/x"], "A client id is"),
        (["Tool", "--for", "claude", "--client-id", "meo-gpt"], "There is a client meo-gpt already"),
    ],
)
def test_what_can_t_be_is_refused_in_one_sentence(
    manage: Manage, client: Application, arguments: list[str], complaint: str
) -> None:
    ran = manage("mcp_client", "create", *arguments)

    assert ran.code == 1
    assert ran.err.startswith(f"CommandError: {complaint}")
    assert list(Application.objects.all()) == [client]


def test_update_changes_what_it_is_told_to_and_nothing_else(manage: Manage, made: dict[str, Any]) -> None:
    client_id = made["client_id"]

    told = manage(
        "mcp_client", "update", client_id, "--name", "Our tool", "--redirect-uri", "https://tool.example/cb", "--json"
    ).json
    assert (told["name"], told["redirect_uris"]) == (
        "Our tool",
        ["http://localhost/callback", "https://tool.example/cb"],
    )
    told = manage(
        "mcp_client", "update", client_id, "--remove-redirect-uri", "http://localhost/callback", "--json"
    ).json
    assert (told["name"], told["redirect_uris"]) == ("Our tool", ["https://tool.example/cb"])
    assert "no such callback" in manage("mcp_client", "update", client_id, "--remove-redirect-uri", "https://x.y/").err
    last = manage("mcp_client", "update", client_id, "--remove-redirect-uri", "https://tool.example/cb")
    assert "without a callback address" in last.err
    assert "has no secret" in manage("mcp_client", "update", client_id, "--rotate-secret").err


def test_a_rotated_secret_replaces_the_old_one(manage: Manage) -> None:
    first = manage("mcp_client", "create", "ChatGPT", "--for", "chatgpt", "--confidential", "--json").json

    second = manage("mcp_client", "update", first["client_id"], "--rotate-secret", "--json").json

    stored = Application.objects.get(client_id=first["client_id"]).client_secret
    assert check_password(second["client_secret"], stored)
    assert not check_password(first["client_secret"], stored)


@pytest.mark.parametrize("step", ["show", "update", "disable", "enable"])
def test_the_client_of_a_gpt_is_none_of_its_business(manage: Manage, client: Application, step: str) -> None:
    ran = manage("mcp_client", step, client.client_id)

    assert (ran.code, "see gpt_client" in ran.err) == (1, True)
    assert "no client 'unknown'" in manage("mcp_client", step, "unknown").err


def test_nor_is_its_client_a_gpt_s(manage: Manage, made: dict[str, Any]) -> None:
    assert "see mcp_client" in manage("gpt_client", "--client-id", made["client_id"]).err


def test_a_client_that_describes_itself_can_only_be_disabled(manage: Manage, made: dict[str, Any]) -> None:
    Application.objects.update(registration_source=Application.RegistrationSource.CIMD)

    assert "describes itself" in manage("mcp_client", "update", made["client_id"], "--name", "Other").err
    assert manage("mcp_client", "list", "--json").json[0]["described_by"] == "itself"
    assert manage("mcp_client", "disable", made["client_id"]).code == 0
    assert Application.objects.get().disabled_at is not None


def test_list_shows_who_uses_it_and_no_client_of_the_other_door(
    manage: Manage, made: dict[str, Any], connected: Connect
) -> None:
    connected("mai")
    connected("emma", application=Application.objects.get(client_id=made["client_id"]))

    (told,) = manage("mcp_client", "list", "--json").json
    assert (told["client_id"], told["connections"], told["disabled_at"]) == (made["client_id"], 1, None)
    assert made["client_id"] in manage("mcp_client", "list").out


def test_disabling_ends_its_connections_and_no_other(
    sandbox: SandboxServer, manage: Manage, made: dict[str, Any], connected: Connect
) -> None:
    with_gpt = connected("mai")
    with_tool = connected("mai", application=Application.objects.get(client_id=made["client_id"]))

    asked = manage("mcp_client", "disable", made["client_id"])
    assert "1 connections would end" in asked.err
    assert Connection.objects.active().count() == 2
    ran = manage("mcp_client", "disable", made["client_id"], "--yes", "--json")

    assert ran.json == {"client_id": made["client_id"], "disabled": True, "ended": 1}
    assert Connection.objects.active().get() == with_gpt.row
    assert live_tokens(sandbox, "mai") == [with_gpt.sanctum_token]
    ended = Connection.objects.get(pk=with_tool.row.pk)
    assert (ended.end_reason, ended.end_note) == ("ops", "client disabled")
    assert "Disabled" in manage("mcp_client", "show", made["client_id"]).out


def test_disabling_twice_keeps_the_first_time_and_enabling_undoes_it(manage: Manage, made: dict[str, Any]) -> None:
    manage("mcp_client", "disable", made["client_id"])
    first = Application.objects.get().disabled_at
    manage("mcp_client", "disable", made["client_id"])
    assert Application.objects.get().disabled_at == first
    assert first is not None
    assert first <= timezone.now()

    manage("mcp_client", "enable", made["client_id"])

    assert Application.objects.get().disabled_at is None
