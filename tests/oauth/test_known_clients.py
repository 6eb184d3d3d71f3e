"""The shipped list of clients: known by exact address, served from our copy while a vendor's host is away."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from prometheus_client import REGISTRY
from pytest_django import Settings

from connector import doctor
from oauthbridge import clients
from oauthbridge.known_clients import KNOWN, KnownClient, known_by
from oauthbridge.models import Application, Connection
from tests.files.file_host import Authority, FileHost, Names
from tests.oauth.documents import McpApp, described
from tests.oauth.doors import opened_by
from tests.oauth.test_consent_page import said
from tests.playing import Connector, Person

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.once]


def an_address_of(client_id: str) -> str:
    return client_id.replace("{id}", "plugin_abc-123")


@pytest.fixture
def vendor(authority: Authority, names: Names, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Any:
    """`vendor("claude.ai")` answers under that name on the port that HTTPS has, for this test."""
    hosts: list[FileHost] = []
    ports: dict[str, int] = {}
    settings.MCP_CLIENT_PRIVATE_ADDRESSES = True
    settings.MCP_CLIENT_CA_FILE = str(authority.file)
    monkeypatch.setattr("oauthbridge.client_documents.HTTPS_PORTS", ports)

    def open_host(name: str) -> FileHost:
        names.answers[name] = [["127.0.0.1"]]
        hosts.append(FileHost(authority, certificate_name=name))
        ports[name] = hosts[-1].port
        return hosts[-1]

    yield open_host
    for host in hosts:
        host.close()


@pytest.mark.parametrize("known", KNOWN, ids=lambda known: known.client_id)
def test_each_comes_in_by_our_copy_while_its_host_is_away(
    connector: Connector, names: Names, known: Any, person: Callable[..., Person]
) -> None:
    """A second machine is the same to all of them."""
    client_id = an_address_of(known.client_id)
    app = McpApp(connector, client_id, None, an_address_of(known.redirect_uris[-1]))

    emma = person()
    tokens = [
        app.exchange(emma.sign_in_to(app)["code"], code_verifier=app.verifier).json()["refresh_token"]
        for _machine in range(2 if known is KNOWN[0] else 1)
    ]

    for refreshed in map(app.refresh, tokens):
        assert opened_by(connector, refreshed.json()["access_token"]) == {"mcp"}
    client = Application.objects.get(client_id=client_id)
    assert (client.name, client.door, client.client_type) == (known.product, "mcp", "public")


def test_copilot_cli_comes_back_to_another_port_than_its_document_names(connector: Connector, names: Names) -> None:
    """github/copilot-cli issue 4793: 33418 in the document, any free one in the request (RFC 8252 §7.3)."""
    client_id = "https://github.com/copilot/cli/client-metadata.json"

    assert McpApp(connector, client_id, None, "http://127.0.0.1:60005/").is_known()
    assert not McpApp(connector, client_id, None, "http://127.0.0.1:60005/elsewhere").is_known()
    assert not McpApp(connector, client_id, None, "http://localhost:60005/").is_known()


@pytest.mark.parametrize("status", [403, 429, 503])
def test_a_host_that_refuses_us_is_away_too(
    connector: Connector, vendor: Callable[[str], FileHost], status: int
) -> None:
    known = known_by("https://claude.ai/oauth/claude-code-client-metadata")
    assert known is not None
    vendor("claude.ai").serve("/oauth/claude-code-client-metadata", b"no", status=status)

    assert McpApp(connector, known.client_id, None, "http://localhost:5123/callback").is_known()


@pytest.mark.parametrize("status", [404, 410])
def test_a_document_that_was_taken_away_counts_no_more(
    connector: Connector, vendor: Callable[[str], FileHost], status: int
) -> None:
    vendor("zed.dev").serve("/oauth/client-metadata.json", b"no", status=status)

    assert not McpApp(
        connector, "https://zed.dev/oauth/client-metadata.json", None, "http://127.0.0.1:1/callback"
    ).is_known()


def test_vscodes_relay_is_left_out(connector: Connector, vendor: Callable[[str], FileHost], settings: Settings) -> None:
    relays = ["https://vscode.dev/redirect", "https://insiders.vscode.dev/redirect"]
    # Also where an operator lists the whole host.
    settings.MCP_CLIENT_HOSTS = ["known", "vscode.dev"]
    host = vendor("vscode.dev")
    for path in ("/oauth/client-metadata.json", "/oauth/another.json"):
        document = {
            "client_id": f"https://vscode.dev{path}",
            "client_name": "Visual Studio Code",
            "redirect_uris": ["http://127.0.0.1:33418/", *relays],
            "token_endpoint_auth_method": "none",
        }
        host.serve(path, json.dumps(document).encode(), content_type="application/json")
        app = McpApp(connector, f"https://vscode.dev{path}", None, "http://127.0.0.1:40000/")

        assert app.is_known()
        assert described().redirect_uris == "http://127.0.0.1:33418/"
        assert not any(app.is_known(redirect_uri=relay) for relay in relays)


@pytest.mark.parametrize(
    "client_id",
    [
        "https://chatgpt.com/oauth/other.json",
        "https://chatgpt.com/oauth/a/b/client.json",
        "https://chatgpt.com/oauth/a.b/client.json",
        "https://chatgpt.com/oauth/client.json/",
        "https://chatgpt.com/OAuth/client.json",
        "https://chatgpt.com:443/oauth/client.json",
        "https://www.chatgpt.com/oauth/client.json",
        "https://vscode.dev/oauth/client-metadata",
        "https://claude.ai/anything",
        "https://known/oauth/client.json",
    ],
)
def test_another_address_of_a_known_vendor_is_no_client(connector: Connector, names: Names, client_id: str) -> None:
    names.answers[client_id.split("/")[2]] = [["93.184.216.34"]]

    assert not McpApp(connector, client_id, None, "http://127.0.0.1/callback").is_known()
    assert names.asked == []


def test_a_known_clients_document_sends_codes_to_its_own_addresses_only(
    connector: Connector, vendor: Callable[[str], FileHost]
) -> None:
    client_id = "https://chatgpt.com/oauth/x1/client.json"
    wanted = [
        "https://chatgpt.com/connector/oauth/x1",
        "https://chatgpt.com/g/evil",
        "https://claude.ai/api/mcp/auth_callback",
    ]
    document = {"client_id": client_id, "client_name": "ChatGPT", "redirect_uris": wanted}
    vendor("chatgpt.com").serve("/oauth/x1/client.json", json.dumps(document).encode(), content_type="application/json")
    app = McpApp(connector, client_id, None, wanted[0])

    assert [app.is_known(redirect_uri=uri) for uri in wanted] == [True, False, False]


def test_asking_makes_no_row_and_connecting_makes_one(
    connector: Connector, names: Names, person: Callable[..., Person]
) -> None:
    apps = [
        McpApp(
            connector,
            f"https://chatgpt.com/oauth/n{number}/client.json",
            None,
            f"https://chatgpt.com/connector/oauth/n{number}",
        )
        for number in range(5)
    ]
    assert all(app.is_known() for app in apps)
    assert not Application.objects.exists()

    emma = person()
    callback = emma.agree(emma.begin(apps[3]))
    assert not Application.objects.exists()
    assert emma.open(callback).status_code == 302

    assert Application.objects.get().client_id == apps[3].client_id == Connection.objects.get().application.client_id


def test_a_whole_address_may_be_added_and_nothing_beside_it(
    connector: Connector, vendor: Callable[[str], FileHost], settings: Settings
) -> None:
    settings.MCP_CLIENT_HOSTS = ["https://app.example/client.json"]
    host = vendor("app.example")
    for path in ("/client.json", "/other.json"):
        document = {"client_id": f"https://app.example{path}", "redirect_uris": ["https://app.example/cb"]}
        host.serve(path, json.dumps(document).encode(), content_type="application/json")

    assert McpApp(connector, "https://app.example/client.json", None, "https://app.example/cb").is_known()
    assert not McpApp(connector, "https://app.example/other.json", None, "https://app.example/cb").is_known()
    assert not McpApp(connector, KNOWN[0].client_id, None, KNOWN[0].redirect_uris[0]).is_known()
    assert [path for path, _headers in host.requests] == ["/client.json"]


def test_doctor_says_which_answer_and_which_differ(vendor: Callable[[str], FileHost]) -> None:
    def publish(known: KnownClient, *redirect_uris: str) -> None:
        document = known.copy(known.client_id) | {"redirect_uris": list(redirect_uris or known.redirect_uris)}
        _scheme, _, host, path = known.client_id.split("/", 3)
        vendor(host).serve(f"/{path}", json.dumps(document).encode(), content_type="application/json")

    exact = {known.product: known for known in KNOWN if "{" not in known.client_id}
    (finding,) = [look() for name, look in doctor.QUESTIONS if name == "known apps"]
    assert finding.what.endswith(" answer; our copy serves for all")

    publish(exact["Zed"])
    (finding,) = [look() for name, look in doctor.QUESTIONS if name == "known apps"]
    assert finding.state == "green"
    assert finding.what.startswith(f"1 of {len(exact)} answer; our copy serves for ")

    publish(exact["opencode"], "http://127.0.0.1/elsewhere")
    (finding,) = [look() for name, look in doctor.QUESTIONS if name == "known apps"]
    assert finding.state == "yellow"
    assert f"{exact['opencode'].client_id} differs from our copy" in finding.what


class TestRefused:
    def test_the_page_names_the_app_what_works_and_whom_to_ask(
        self, connector: Connector, settings: Settings, caplog: pytest.LogCaptureFixture
    ) -> None:
        settings.SUPPORT_URL = "https://help.meo.example/ask"
        before = _count("new-app.example")

        page = McpApp(connector, "https://new-app.example/client.json", None, "http://127.0.0.1/cb").ask()

        assert page.status_code == 400
        text = said(page.text)
        assert "An app at new-app.example asked to be connected. It is not on our list" in text
        assert "Visual Studio Code" in text
        assert 'href="https://help.meo.example/ask"' in page.text
        assert "new-app.example" in caplog.text
        assert "not listed" in caplog.text
        assert _count("new-app.example") == before + 1

    @pytest.mark.parametrize(
        "client_id",
        ["https://<b>evil</b>.example/c", "https://evil.example/<script>", "evil.example", "https://x" * 100],
    )
    def test_what_is_no_host_is_not_repeated(self, connector: Connector, client_id: str) -> None:
        page = McpApp(connector, client_id, None, "http://127.0.0.1/cb").ask()

        assert page.status_code == 400
        assert "evil" not in page.text

    def test_made_up_hosts_are_counted_together(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(clients, "_hosts", set())
        before = _count("other")
        for number in range(60):
            clients.count_refused(f"h{number}.example")
        clients.count_refused("h3.example")

        assert _count("other") == before + 10
        assert _count("h3.example") >= 2


def _count(host: str) -> float:
    return REGISTRY.get_sample_value("meo_clients_refused_total", {"host": host}) or 0.0
