"""The clients that people use, from their registries and with their defaults: nothing is entered by hand, they register themselves."""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import anyio
import httpx
import httpx2
import pytest
from mcp.client.auth import OAuthClientProvider
from mcp.shared.auth import AuthorizationCodeResult, OAuthClientInformationFull, OAuthClientMetadata, OAuthToken
from pydantic import AnyUrl

from oauthbridge.models import Application, Connection
from petstools.mcp.tools import OFFERS
from tests.oauth.test_official_client import HEADERS
from tests.playing import NO_TLS, Connector, Person, queries

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.once]

OpenBrowser = Callable[..., Person]
APPS = Path(__file__).parent / "apps"


def arrive(person: Person, authorize_url: str) -> str:
    """The address at the client where this person's browser ends, both pages agreed to."""
    return str(person.open(person.agree(person.begin_at(authorize_url))).headers["Location"])


@pytest.fixture(scope="session")
def node() -> str:
    """Node with the pinned clients beside it, installed once into a git-ignored folder."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        pytest.skip("node is not installed: the clients of npm can't be tried")
    if not (APPS / "node_modules" / "mcp-remote").exists():
        done = subprocess.run([npm, "ci", "--no-audit", "--no-fund"], cwd=APPS, capture_output=True, timeout=110)
        if done.returncode:
            pytest.skip("npm's registry does not hand them out")
    return node


@contextmanager
def running(*command: str, **environment: str) -> Iterator[Any]:
    pipes: dict[str, Any] = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    with subprocess.Popen(command, cwd=APPS, env={**os.environ, **environment}, text=True, **pipes) as process:
        try:
            yield process
        finally:
            process.kill()


@pytest.mark.parametrize("package", ["@modelcontextprotocol/sdk", "@modelcontextprotocol/client"], ids=["2025", "2026"])
def test_the_typescript_sdk_of_either_era(node: str, connector: Connector, person: OpenBrowser, package: str) -> None:
    redirect_uri = "http://localhost:3118/callback"
    with running(node, "flow.mjs", package, f"{connector.url}/mcp", redirect_uri) as client:
        asked = client.stdout.readline()
        assert asked, client.stderr.read()
        client.stdin.write(arrive(person(), json.loads(asked)["open"]) + "\n")
        client.stdin.flush()
        found = client.stdout.readline()
        assert found, client.stderr.read()

    assert json.loads(found) == {
        "registered": [redirect_uri],
        "tools": len(OFFERS),
        "pets": "ok",
        "afterRefresh": "ok",
        "newAccessToken": True,
        "signIns": 1,
    }
    assert Application.objects.get().name == "TypeScript SDK"
    assert Connection.objects.active().count() == 1


def test_mcp_remote(node: str, connector: Connector, person: OpenBrowser, tmp_path: Path) -> None:
    """It listens for the browser itself, and serves the other side by its standard input."""
    command = [node, "node_modules/mcp-remote/dist/proxy.js", f"{connector.url}/mcp", "--allow-http"]
    # No browser may open here: what would open it is not there.
    environment = {"MCP_REMOTE_CONFIG_DIR": str(tmp_path), "PATH": str(Path(node).parent), "BROWSER": "true"}
    with running(*command, **environment) as client:
        said = ""
        while not (found := re.search(r"https?://\S+/oauth/authorize\S+", said)):
            line = client.stderr.readline()
            assert line, said
            said += line
        arrived = httpx.get(arrive(person(), found[0]), trust_env=False, verify=NO_TLS)
        assert arrived.status_code == 200, arrived.text
        for number, message in enumerate(
            [
                {
                    "method": "initialize",
                    "params": {
                        "protocolVersion": "2025-06-18",
                        "capabilities": {},
                        "clientInfo": {"name": "t", "version": "1"},
                    },
                },
                {"method": "tools/call", "params": {"name": "list_pets", "arguments": {}}},
            ]
        ):
            client.stdin.write(json.dumps({"jsonrpc": "2.0", "id": number, **message}) + "\n")
            client.stdin.flush()
        answers = [json.loads(client.stdout.readline()) for _ in range(2)]

    assert {answer["id"] for answer in answers} == {0, 1}
    called = next(answer for answer in answers if answer["id"] == 1)
    assert json.loads(called["result"]["content"][0]["text"])["status"] == "ok"
    assert Application.objects.get().registration_source == "dcr"


class Memory:
    """What the Python SDK keeps: nothing at first."""

    def __init__(self) -> None:
        self.tokens: OAuthToken | None = None
        self.client: OAuthClientInformationFull | None = None

    async def get_tokens(self) -> OAuthToken | None:
        return self.tokens

    async def set_tokens(self, tokens: OAuthToken) -> None:
        self.tokens = tokens

    async def get_client_info(self) -> OAuthClientInformationFull | None:
        return self.client

    async def set_client_info(self, client_info: OAuthClientInformationFull) -> None:
        self.client = client_info


def test_the_python_sdk_on_two_machines(connector: Connector, person: OpenBrowser) -> None:
    emma = person()
    address = ""

    async def send(url: str) -> None:
        nonlocal address
        address = url

    async def came_back() -> AuthorizationCodeResult:
        arrived = queries(arrive(emma, address))
        return AuthorizationCodeResult(code=arrived["code"], state=arrived["state"], iss=arrived["iss"])

    async def work(memory: Memory, port: int) -> None:
        metadata = OAuthClientMetadata(
            redirect_uris=[AnyUrl(f"http://localhost:{port}/callback")], client_name="Python SDK"
        )
        provider = OAuthClientProvider(
            f"{connector.url}/mcp", metadata, memory, redirect_handler=send, callback_handler=came_back
        )
        body = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "list_pets", "arguments": {}}}
        async with httpx2.AsyncClient(auth=provider, trust_env=False) as http:
            for _ in range(2):
                answer = await http.post(f"{connector.url}/mcp", json=body, headers=HEADERS)
                assert answer.status_code == 200, answer.text
                provider.context.token_expiry_time = 1.0

    machines = [Memory(), Memory()]
    for port, memory in enumerate(machines, start=3030):
        anyio.run(work, memory, port)

    assert Application.objects.get().registration_source == "dcr"
    assert Connection.objects.active().count() == 2
