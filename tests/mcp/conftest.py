"""An MCP client for one person: one connection of a public client, JSON-RPC in process, the stand-in main app over real HTTP."""

# ruff: noqa: F811 - fixtures that come from another module
import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from mainapp.secret import Secret
from oauthbridge.models import AccessToken, Application, Connection, User
from oauthbridge.scopes import EVERYDAY
from oauthbridge.tokens import digest
from petstools.mcp.protocol import CAPABILITIES_KEY, CLIENT_KEY, MODERN, VERSION_KEY
from sandbox.server import SandboxServer
from tests.tools.samples import lasting_sandbox, sandbox  # noqa: F401 - fixtures

CLIENT_ID = "https://claude.ai/oauth/mcp-oauth-client-metadata"


def connected(sandbox: SandboxServer, key: str = "mai", *, scopes: tuple[str, ...] = EVERYDAY, **of: Any) -> "Mcp":
    """That person of the stand-in, signed in from an MCP client. of: token (their main-app token), client_id, language."""
    account = sandbox.world.user(key)
    application, _made = Application.objects.get_or_create(
        client_id=of.get("client_id", CLIENT_ID),
        defaults={
            "name": "Claude",
            "door": Application.Door.MCP,
            "client_type": Application.CLIENT_PUBLIC,
            "authorization_grant_type": Application.GRANT_AUTHORIZATION_CODE,
            "redirect_uris": "https://claude.ai/api/mcp/auth_callback",
        },
    )
    user = User.objects.person(account.id)
    connection = Connection(
        user=user,
        application=application,
        language=of.get("language", "en"),
        expires_at=timezone.now() + timedelta(days=365),
    )
    connection.seal_token(Secret(of.get("token") or sandbox.world.new_token(account)))
    connection.save()
    token = f"meo_at_{secrets.token_urlsafe(32)}"
    AccessToken.objects.create(
        user=user,
        application=application,
        connection=connection,
        token_checksum=digest(token),
        scope=" ".join(scopes),
        resource=[settings.MCP_URL],
        expires=timezone.now() + timedelta(hours=1),
    )
    return Mcp(sandbox, connection, token)


@dataclass
class Told:
    """An answer: HTTP status, decoded body (None where there is none), headers, and the requests made to the main app."""

    status: int
    body: Any
    headers: dict[str, str]
    upstream: list[str] = field(default_factory=list)

    @property
    def result(self) -> dict[str, Any]:
        assert "result" in self.body, self.body
        return dict(self.body["result"])

    @property
    def refused(self) -> tuple[int, int]:
        """(HTTP status, JSON-RPC code)."""
        assert "error" in self.body, self.body
        return self.status, self.body["error"]["code"]

    @property
    def content(self) -> dict[str, Any]:
        """A call's structuredContent."""
        assert self.status == 200, self.body
        assert self.result["isError"] is False, self.body
        return dict(self.result["structuredContent"])

    @property
    def error(self) -> dict[str, Any]:
        """A failed call's error, as the model reads it."""
        assert self.result["isError"] is True, self.body
        assert "structuredContent" not in self.result
        (block,) = self.result["content"]
        return dict(json.loads(block["text"]))


class Mcp:
    """A client of one connection. `modern()` and `legacy()` send a request as their era does, `raw()` any body."""

    def __init__(self, sandbox: SandboxServer, connection: Connection, token: str) -> None:
        self.sandbox = sandbox
        self.connection = connection
        self.token = token
        self.http = Client(headers={"Authorization": f"Bearer {token}"}, raise_request_exception=False)

    def raw(self, body: Any, **headers: str) -> Told:
        """Send any body; headers by their names with underscores for hyphens, in any letter case."""
        sent = body if isinstance(body, bytes) else json.dumps(body).encode()
        before = len(self.sandbox.requests)
        response = self.http.post(
            "/mcp",
            sent,
            content_type="application/json",
            headers={name.replace("_", "-"): value for name, value in headers.items()},
        )
        made = [f"{one.method} {one.path.removeprefix('/api')}" for one in list(self.sandbox.requests)[before:]]
        made = [one for one in made if one != "GET /version"]
        told = json.loads(response.content) if response.content else None
        return Told(response.status_code, told, dict(response.headers), made)

    def modern(self, method: str, params: dict[str, Any] | None = None, **headers: str) -> Told:
        """A request of 2026-07-28, with all that it must say about itself; headers="" leaves one out."""
        params = {**(params or {}), "_meta": {**envelope(), **(params or {}).get("_meta", {})}}
        told = {"MCP_Protocol_Version": MODERN, "Mcp_Method": method}
        if method in ("tools/call", "prompts/get", "resources/read") and "Mcp_Name" not in headers:
            told["Mcp_Name"] = params.get("name") or params.get("uri", "")
        sent = {name: value for name, value in {**told, **headers}.items() if value}
        return self.raw({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}, **sent)

    def legacy(self, method: str, params: dict[str, Any] | None = None, *, version: str = "2025-11-25") -> Told:
        """A request after an `initialize` that chose this version; "" sends no header."""
        headers = {"MCP_Protocol_Version": version} if version else {}
        body = {"jsonrpc": "2.0", "id": 1, "method": method, **({"params": params} if params is not None else {})}
        return self.raw(body, **headers)

    def call(self, tool: str, /, **arguments: Any) -> Told:
        return self.modern("tools/call", {"name": tool, "arguments": arguments})


def envelope() -> dict[str, Any]:
    return {VERSION_KEY: MODERN, CAPABILITIES_KEY: {}, CLIENT_KEY: {"name": "tests", "version": "1.0"}}


@pytest.fixture
def mcp(sandbox: SandboxServer, db: None) -> Callable[..., Mcp]:
    """`mcp("mai")`: see `connected`."""

    def connect(key: str = "mai", **of: Any) -> Mcp:
        return connected(sandbox, key, **of)

    return connect
