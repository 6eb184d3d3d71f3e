"""What of a client's document counts: the published ones are accepted, forged ones are not (draft §4)."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from pytest_django import Settings

from oauthbridge.cimd import as_registered
from oauthbridge.models import Application
from oauthbridge.names import name_for_people
from tests.oauth.documents import CHATGPT, CLAUDE, CURSOR, PATHS, McpApp, Website, described
from tests.playing import Connector

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.once]

KEPT = {
    "ChatGPT": ["https://chatgpt.com/connector_platform_oauth_redirect"],
    "Claude": ["https://claude.ai/api/mcp/auth_callback", "https://claude.com/api/mcp/auth_callback"],
    "Claude Code": ["http://localhost/callback", "http://127.0.0.1/callback"],
    "Cursor": ["http://localhost:8787/callback", "https://www.cursor.com/agents/mcp/oauth/callback"],
}
CALLBACK = "https://claude.ai/api/mcp/auth_callback"


def test_the_published_documents_are_accepted(
    connector: Connector, website: Callable[..., Website], settings: Settings
) -> None:
    sites = {host: website(host) for host in ("chatgpt.com", "claude.ai", "cursor.com")}
    # It stands under the host of Cursor's document, were it not for this test's port.
    settings.MCP_CLIENT_HOSTS += ["www.cursor.com"]
    for vendor, (host, path, document) in PATHS.items():
        client_id = sites[host].publish(path, document)

        assert McpApp(connector, client_id, None, KEPT[vendor][-1]).is_known()

        client = described()
        assert client.client_id == client_id
        assert client.redirect_uris.split() == KEPT[vendor]
        assert (client.name, client.client_type, client.door) == (vendor, "public", "mcp")
        assert client.authorization_grant_type == Application.GRANT_AUTHORIZATION_CODE
    assert [path for site in sites.values() for path in site.asked] == [
        path for _host, path, _document in PATHS.values()
    ]


def test_the_document_is_asked_for_plainly(connector: Connector, website: Callable[..., Website]) -> None:
    site = website()
    client_id = site.publish("/oauth/c", CLAUDE)

    McpApp(connector, client_id, None, CALLBACK).ask()

    ((path, headers),) = site.host.requests
    assert path == "/oauth/c"
    assert headers["Host"] == site.authority
    assert headers["Accept"].startswith("application/json")
    assert not {"cookie", "authorization"} & {name.lower() for name in headers}


def test_json_has_several_names(connector: Connector, website: Callable[..., Website]) -> None:
    site = website()
    for place, media_type in enumerate(
        ["application/json; charset=utf-8", "application/cimd+json", "Application/JSON"]
    ):
        client_id = site.publish(f"/oauth/{place}", CLAUDE, content_type=media_type)
        assert McpApp(connector, client_id, None, CALLBACK).is_known(), media_type


FORGED: dict[str, Any] = {
    "another client's id": CLAUDE | {"client_id": "https://claude.ai/oauth/mcp-oauth-client-metadata"},
    "its id with a slash more": CLAUDE | {"client_id": "https://claude.ai/oauth/c/"},
    "no text as id": CLAUDE | {"client_id": None},
    "a secret": CLAUDE | {"client_secret": "s"},
    "a secret that is nothing": CLAUDE | {"client_secret": None},
    "the end of a secret": CLAUDE | {"client_secret_expires_at": 0},
    "a shared secret as authentication": CLAUDE | {"token_endpoint_auth_method": "client_secret_post"},
    "keys only": {**CHATGPT, "token_endpoint_auth_methods_supported": ["private_key_jwt"]},
    "no text as authentication": CLAUDE | {"token_endpoint_auth_method": ["none"]},
    "no list of authentications": CLAUDE | {"token_endpoint_auth_methods_supported": "none"},
    "implicit only": CLAUDE | {"grant_types": ["implicit"]},
    "no list of grants": CLAUDE | {"grant_types": "authorization_code"},
    "tokens as response": CLAUDE | {"response_types": ["token"]},
    "no redirect URI": {**CLAUDE, "redirect_uris": []},
    "one redirect URI as text": CLAUDE | {"redirect_uris": CALLBACK},
    "a number among the redirect URIs": CLAUDE | {"redirect_uris": [CALLBACK, 1]},
    "no redirect URIs at all": {"client_name": "Claude"},
    "a list": [CLAUDE],
    "a text": "claude",
    "nothing": b"",
    "half of it": json.dumps(CLAUDE).encode()[:-9],
    "bytes": b"\xff\xfe\x00",
    "HTML": b"<!doctype html><title>Sign in</title>",
    "8000 brackets": b"[" * 8000,
    "a number without end": b'{"client_id": ' + b"9" * 9000 + b"}",
}


def test_a_forged_document_makes_no_client(connector: Connector, website: Callable[..., Website]) -> None:
    site = website()
    client_ids = {name: site.publish(f"/oauth/{place}", forged) for place, (name, forged) in enumerate(FORGED.items())}
    taken = [name for name, address in client_ids.items() if McpApp(connector, address, None, CALLBACK).is_known()]

    assert taken == []
    assert len(site.asked) == len(FORGED)
    assert not Application.objects.exists()


DROPPED = [
    "https://evil.example/callback",
    "https://claude.ai.evil.example/callback",
    "https://evilclaude.ai/callback",
    "https://claude.ai@evil.example/callback",
    "https://user@claude.ai/callback",
    "https://claude.ai:8443/callback",
    "https://claude.ai\\@evil.example/callback",
    "https://CLAUDE.ai/callback",
    "https://claude.ai./callback",
    "https://claude.ai/callback#fragment",
    "https://claude.ai/callback https://evil.example/callback",
    "https://claude.ai/callback\nhttps://evil.example/callback",
    "https://claude.ai/callback\x00",
    "https://claude.ai/" + "a" * 500,
    "https://clаude.ai/callback",
    "http://claude.ai/callback",
    "http://localhost.evil.example/callback",
    "http://localhost@evil.example/callback",
    "http://127.0.0.2/callback",
    "http://10.0.0.1/callback",
    "https://localhost/callback",
    "claude://callback",
    "javascript:alert(1)",
    "data:text/html,x",
    "//claude.ai/callback",
    "",
]


def test_a_redirect_elsewhere_is_left_out(connector: Connector, website: Callable[..., Website]) -> None:
    site = website()
    alike = f"https://evil{site.authority}/callback"
    client_id = site.publish("/oauth/c", CLAUDE | {"redirect_uris": [*DROPPED[:15], alike, CALLBACK]})
    other = website("chatgpt.com").publish("/oauth/c", CLAUDE | {"redirect_uris": [*DROPPED[15:], CALLBACK]})
    taken = [
        uri for uri in (*DROPPED, alike) for each in (client_id, other) if McpApp(connector, each, None, uri).is_known()
    ]

    assert taken == []
    assert McpApp(connector, client_id, None, CALLBACK).is_known()
    assert described().redirect_uris == CALLBACK


def test_a_host_under_the_documents_own_is_the_clients_too() -> None:
    registered = as_registered(CURSOR, "https://cursor.com/oauth/mcp-client.json")

    assert registered["redirect_uris"] == KEPT["Cursor"]


def test_a_document_with_redirects_elsewhere_only_makes_no_client(
    connector: Connector, website: Callable[..., Website]
) -> None:
    client_id = website().publish("/oauth/c", CLAUDE | {"redirect_uris": ["https://evil.example/callback"]})

    assert not McpApp(connector, client_id, None, "https://evil.example/callback").is_known()
    assert not Application.objects.exists()


def test_twenty_redirects_are_enough(connector: Connector, website: Callable[..., Website]) -> None:
    uris = [f"https://claude.ai/{number}" for number in range(40)]
    client_id = website().publish("/oauth/c", CLAUDE | {"redirect_uris": uris})

    McpApp(connector, client_id, None, uris[0]).ask()

    assert described().redirect_uris.split() == uris[:20]


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Claude", "Claude"),
        ("  Claude \n\t Code ", "Claude Code"),
        ("Cl\u202eaude\u2066\u200b\ufeff", "Claude"),
        ("Claude\x00\x1b[31m", "Claude[31m"),
        ("Claude\ud800", "Claude"),
        ("Cla\u0301\u0301\u0301\u0301\u0301ude", "Clá\u0301\u0301ude"),
        ("Mèo \u2028 Mới", "Mèo Mới"),
        ("a" * 500, "a" * 60),
        ("\u202e", ""),
        ("\u3164\u115f \u2800\uffa0", ""),
        ("\ufe0f\u0301", ""),
        ("Cl\u3164aude", "Claude"),
        (None, ""),
        ({"en": "Claude"}, ""),
    ],
)
def test_a_name_is_made_fit_to_be_shown(name: object, shown: str) -> None:
    assert name_for_people(name) == shown


def test_a_client_without_a_name_is_called_by_its_host(connector: Connector, website: Callable[..., Website]) -> None:
    site = website()
    client_id = site.publish("/oauth/c", CLAUDE | {"client_name": "\u202e \ud800"})

    McpApp(connector, client_id, None, CALLBACK).ask()

    assert described().name == site.authority


def test_a_client_entered_by_hand_is_not_taken_over(connector: Connector, website: Callable[..., Website]) -> None:
    site = website()
    client_id = site.publish("/oauth/c", CLAUDE)
    Application.objects.create(
        client_id=client_id,
        client_type=Application.CLIENT_PUBLIC,
        authorization_grant_type=Application.GRANT_AUTHORIZATION_CODE,
        redirect_uris="https://by-hand.example/callback",
        door="mcp",
    )

    assert not McpApp(connector, client_id, None, CALLBACK).is_known()
    assert McpApp(connector, client_id, None, "https://by-hand.example/callback").is_known()
    assert site.asked == []
