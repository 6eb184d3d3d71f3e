"""How a client's document is fetched: an allowed host, a public address, TLS, within size and time (draft §6, SSRF)."""

import json
import socket
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from pytest_django import Settings

from oauthbridge.models import Application
from tests.files.file_host import Authority, FileHost, Names
from tests.oauth.documents import CLAUDE, McpApp, Website
from tests.playing import Connector

# How a document is fetched has nothing to do with the database; what is kept of it: test_cimd_documents.py, test_cimd_freshness.py.
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.once]

CALLBACK = "https://claude.ai/api/mcp/auth_callback"
# Of a listed host, and none that is known: of those our own copy would serve.
DOCUMENT = "claude.ai/oauth/c"


@pytest.fixture(autouse=True)
def _listed(settings: Settings) -> None:
    settings.MCP_CLIENT_HOSTS = ["known", "claude.ai"]


def knows(connector: Connector, client_id: str) -> bool:
    return McpApp(connector, client_id, None, CALLBACK).is_known()


NO_CLIENT_IDS = [
    f"http://{DOCUMENT}",
    f"HTTPS://{DOCUMENT}",
    f"ftp://{DOCUMENT}",
    DOCUMENT,
    f"//{DOCUMENT}",
    f"https://user@{DOCUMENT}",
    f"https://user:password@{DOCUMENT}",
    f"https://@{DOCUMENT}",
    f"https://{DOCUMENT}?x=1",
    f"https://{DOCUMENT}?",
    f"https://{DOCUMENT}#x",
    f"https://{DOCUMENT}#",
    f"https://{DOCUMENT}/",
    f" https://{DOCUMENT}",
    f"https://{DOCUMENT}\n",
    f"https://{DOCUMENT}\x00",
    "https://claude.ai",
    "https://claude.ai/",
    "https://claude.ai//oauth/c",
    "https://claude.ai/oauth/../oauth/c",
    "https://claude.ai/./oauth/c",
    "https://claude.ai/oauth/..",
    "https://claude.ai/%6fauth/c",
    "https://claude.ai/oauth%2Fc",
    "https://claude.ai/oauth;x/c",
    "https://claude.ai\\oauth/c",
    "https://claude.ai/" + "a" * 300,
    "https://claude.ai:443/oauth/c",
    "https://claude.ai:8443/oauth/c",
    "https://claude.ai:/oauth/c",
    "https://CLAUDE.ai/oauth/c",
    "https://claude.ai./oauth/c",
    "https://www.claude.ai/oauth/c",
    "https://claude.ai.evil.example/oauth/c",
    "https://evilclaude.ai/oauth/c",
    "https://clаude.ai/oauth/c",  # a Cyrillic letter
    "https://xn--clude-3ve.ai/oauth/c",
    "https://claude.ai@evil.example/oauth/c",
    "https://evil.example/oauth/c",
    "https://evil.example#@claude.ai/oauth/x",
    "https://127.0.0.1/oauth/x",
    "https://[::1]/oauth/x",
    "https://[::ffff:127.0.0.1]/oauth/x",
    "https://2130706433/oauth/x",
    "https://localhost/oauth/x",
]


def test_no_other_address_is_even_looked_up(connector: Connector, names: Names) -> None:
    taken = [client_id for client_id in NO_CLIENT_IDS if knows(connector, client_id)]

    assert taken == []
    assert names.asked == []
    assert not Application.objects.exists()


INSIDE = [
    *(["10.0.0.1"], ["127.0.0.1"], ["169.254.169.254"], ["::1"], ["::ffff:127.0.0.1"], ["::ffff:169.254.169.254"]),
    *(["64:ff9b::7f00:1"], ["2002:7f00:1::1"], ["fd00::1"], ["100.64.0.1"], ["93.184.216.34", "192.168.0.1"]),
]


def test_a_listed_name_that_leads_inside_is_not_asked(
    connector: Connector, names: Names, monkeypatch: pytest.MonkeyPatch
) -> None:
    connected = _connections(monkeypatch)
    for addresses in INSIDE:
        names.answers["claude.ai"] = [addresses]
        cache.clear()

        assert not knows(connector, f"https://{DOCUMENT}"), addresses
    assert names.asked == ["claude.ai"] * len(INSIDE)
    assert connected == []


def test_a_name_server_that_changes_its_mind_changes_nothing(
    connector: Connector, names: Names, monkeypatch: pytest.MonkeyPatch
) -> None:
    connected = _connections(monkeypatch)
    names.answers["claude.ai"] = [["93.184.216.34", "2606:2800:220:1::1"], ["127.0.0.1"]]

    assert not knows(connector, f"https://{DOCUMENT}")
    assert connected == [("93.184.216.34", 443), ("2606:2800:220:1::1", 443)]


def _connections(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """Where HTTPS connections would have gone; they all fail."""
    tried: list[tuple[str, int]] = []
    really = socket.create_connection

    def connect(address: tuple[str, int], *arguments: Any, **more: Any) -> Any:
        if address[1] != 443:
            return really(address, *arguments, **more)
        tried.append(address)
        raise OSError("not in this test")

    monkeypatch.setattr("socket.create_connection", connect)
    return tried


def test_the_certificate_must_be_the_hosts_own(
    connector: Connector, authority: Authority, names: Names, settings: Settings
) -> None:
    names.answers["claude.ai"] = [["127.0.0.1"]]
    host = FileHost(authority, certificate_name="evil.example")
    settings.MCP_CLIENT_HOSTS = [f"claude.ai:{host.port}"]
    settings.MCP_CLIENT_PRIVATE_ADDRESSES = True
    settings.MCP_CLIENT_CA_FILE = str(authority.file)
    host.serve("/oauth/c", b"{}", content_type="application/json")

    assert not knows(connector, f"https://claude.ai:{host.port}/oauth/c")
    host.close()
    assert host.requests == []


def test_an_unknown_authority_is_not_believed(
    connector: Connector, website: Callable[..., Website], settings: Settings, tmp_path: Path
) -> None:
    site = website()
    client_id = site.publish("/oauth/c", CLAUDE)
    settings.MCP_CLIENT_CA_FILE = str(Authority(tmp_path).file)

    assert not knows(connector, client_id)
    assert site.asked == []


def test_redirects_and_errors_are_no_documents(connector: Connector, website: Callable[..., Website]) -> None:
    site = website()
    right = site.publish("/right", CLAUDE)
    statuses = (201, 204, 301, 302, 303, 307, 308, 400, 401, 403, 404, 410, 500, 503)
    for status in statuses:
        site.host.serve(f"/oauth/{status}", b"{}", status=status, location=right, content_type="application/json")

    assert [status for status in statuses if knows(connector, site.address(f"/oauth/{status}"))] == []
    assert "/right" not in site.asked


def test_other_types_are_no_documents(connector: Connector, website: Callable[..., Website]) -> None:
    site = website()
    types = ["text/html", "text/plain", "application/javascript", "image/svg+xml", "text/json", ""]
    for place, media_type in enumerate(types):
        site.publish(f"/oauth/{place}", CLAUDE, content_type=media_type)

    assert [each for place, each in enumerate(types) if knows(connector, site.address(f"/oauth/{place}"))] == []


def test_a_huge_document_is_not_read_to_its_end(connector: Connector, website: Callable[..., Website]) -> None:
    site = website()
    sent = 0

    def pour(handler: BaseHTTPRequestHandler) -> None:
        nonlocal sent
        handler.send_response(200)
        handler.send_header("Content-Type", "application/json")
        handler.end_headers()
        for _ in range(2000):
            handler.wfile.write(b" " * 16384)
            sent += 16384

    site.host.answers["/oauth/c"] = pour

    assert not knows(connector, site.address("/oauth/c"))
    deadline = time.monotonic() + 5
    while sent > 8_000_000 and time.monotonic() < deadline:
        time.sleep(0.05)
    assert sent < 8_000_000


def test_just_too_large_is_too_large(connector: Connector, website: Callable[..., Website]) -> None:
    site = website()
    longest = site.publish("/oauth/a", _padded(CLAUDE | {"client_id": site.address("/oauth/a")}, 16384))
    longer = site.publish("/oauth/b", _padded(CLAUDE | {"client_id": site.address("/oauth/b")}, 16385))

    assert knows(connector, longest)
    assert not knows(connector, longer)


def _padded(document: dict[str, Any], length: int) -> bytes:
    return json.dumps(document).encode().ljust(length)


def test_a_compressed_document_is_not_unpacked(connector: Connector, website: Callable[..., Website]) -> None:
    client_id = website().publish("/oauth/c", CLAUDE, content_encoding="gzip")

    assert not knows(connector, client_id)


@pytest.mark.parametrize("slow", ["head", "body"])
def test_drop_by_drop_ends_at_the_deadline(
    connector: Connector, website: Callable[..., Website], settings: Settings, slow: str
) -> None:
    settings.OAUTH2_PROVIDER = {**settings.OAUTH2_PROVIDER, "CIMD_FETCH_TIMEOUT_SECONDS": 0.6}
    site = website()

    def drip(handler: BaseHTTPRequestHandler) -> None:
        if slow == "body":
            handler.send_response(200)
            handler.send_header("Content-Type", "application/json")
            handler.end_headers()
        else:
            handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        for _ in range(100):
            handler.wfile.write(b" ")
            time.sleep(0.1)

    site.host.answers["/oauth/c"] = drip
    began = time.monotonic()

    assert not knows(connector, site.address("/oauth/c"))
    assert time.monotonic() - began < 3


def test_a_name_server_that_never_answers_costs_no_more_than_the_deadline(
    connector: Connector, names: Names, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.OAUTH2_PROVIDER = {**settings.OAUTH2_PROVIDER, "CIMD_FETCH_TIMEOUT_SECONDS": 0.5}

    def never(host: str, *arguments: Any, **more: Any) -> Any:
        if host == "claude.ai":
            time.sleep(4)
        return names(host, *arguments, **more)

    monkeypatch.setattr("socket.getaddrinfo", never)
    began = time.monotonic()

    assert not knows(connector, f"https://{DOCUMENT}")
    assert time.monotonic() - began < 3


def test_a_failure_is_remembered_for_a_minute(connector: Connector, website: Callable[..., Website]) -> None:
    site = website()
    site.host.serve("/oauth/c", b"", status=500)
    client_id = site.address("/oauth/c")

    assert [knows(connector, client_id) for _ in range(3)] == [False] * 3
    assert site.asked == ["/oauth/c"]
    cache.clear()
    site.publish("/oauth/c", CLAUDE)
    assert knows(connector, client_id)


def test_the_list_empty_means_off(connector: Connector, website: Callable[..., Website], settings: Settings) -> None:
    site = website()
    client_id = site.publish("/oauth/c", CLAUDE)
    settings.MCP_CLIENT_HOSTS = []

    assert not knows(connector, client_id)
    assert site.asked == []


def test_only_the_authorization_endpoint_asks(connector: Connector, website: Callable[..., Website]) -> None:
    site = website()
    app = McpApp(connector, site.publish("/oauth/c", CLAUDE), None, CALLBACK)

    for answer in (app.exchange("code", code_verifier="v" * 43), app.refresh("refresh"), app.revoke("token")):
        assert answer.status_code in (400, 401)
    assert site.asked == []
