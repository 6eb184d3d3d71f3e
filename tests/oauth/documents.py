"""The web sites of ChatGPT, Claude and Cursor as far as they matter here: their client documents, over real TLS on loopback."""

import json
from typing import Any

import httpx
from pytest_django import Settings

from oauthbridge.models import Application, AuthorizationRequest
from tests.files.file_host import Authority, FileHost
from tests.playing import ClientApp, pkce

# As published (django-oauth-toolkit issues 1845, 1855, 1857; Cursor's rebuilt from descriptions), but for the port.
CHATGPT = {
    "client_uri": "https://chatgpt.com/",
    "redirect_uris": ["https://chatgpt.com/connector_platform_oauth_redirect"],
    "token_endpoint_auth_method": "private_key_jwt",
    "token_endpoint_auth_methods_supported": ["none", "private_key_jwt"],
    "grant_types": ["authorization_code", "refresh_token"],
    "response_types": ["code"],
    "client_name": "ChatGPT",
    "logo_uri": "https://persistent.oaistatic.com/sonic/misc/openai-logo.png",
    "token_endpoint_auth_signing_alg": "RS256",
    "jwks_uri": "https://chatgpt.com/oauth/jwks.json",
}
CLAUDE = {
    "client_name": "Claude",
    "client_uri": "https://claude.ai",
    "redirect_uris": ["https://claude.ai/api/mcp/auth_callback", "https://claude.com/api/mcp/auth_callback"],
    "grant_types": ["authorization_code", "refresh_token", "urn:ietf:params:oauth:grant-type:jwt-bearer"],
    "response_types": ["code"],
    "token_endpoint_auth_method": "none",
}
CLAUDE_CODE = {
    "client_name": "Claude Code",
    "client_uri": "https://claude.ai",
    "redirect_uris": ["http://localhost/callback", "http://127.0.0.1/callback"],
    "grant_types": ["authorization_code", "refresh_token"],
    "response_types": ["code"],
    "token_endpoint_auth_method": "none",
}
CURSOR = {
    "client_name": "Cursor",
    "client_uri": "https://cursor.com",
    "redirect_uris": [
        "http://localhost:8787/callback",
        "cursor://anysphere.cursor-mcp/oauth/callback",
        "https://www.cursor.com/agents/mcp/oauth/callback",
    ],
    "grant_types": ["authorization_code", "refresh_token"],
    "response_types": ["code"],
    "token_endpoint_auth_method": "none",
}
PATHS = {
    "ChatGPT": ("chatgpt.com", "/oauth/client.json", CHATGPT),
    "Claude": ("claude.ai", "/oauth/mcp-oauth-client-metadata", CLAUDE),
    "Claude Code": ("claude.ai", "/oauth/claude-code-client-metadata", CLAUDE_CODE),
    "Cursor": ("cursor.com", "/oauth/mcp-client.json", CURSOR),
}


def described() -> Application:
    """The client of the newest sign-in, as its document describes it; it has a row only once somebody has connected it."""
    client = AuthorizationRequest.objects.latest("created_at").client
    assert client is not None
    return client


class Website:
    """A vendor's host. `publish` puts a document there; `asked` are the paths that were fetched."""

    def __init__(self, name: str, authority: Authority, settings: Settings) -> None:
        self.host = FileHost(authority, certificate_name=name)
        self.name = name
        self.authority = f"{name}:{self.host.port}"
        settings.MCP_CLIENT_HOSTS = [*settings.MCP_CLIENT_HOSTS, self.authority]
        settings.MCP_CLIENT_PRIVATE_ADDRESSES = True
        settings.MCP_CLIENT_CA_FILE = str(authority.file)

    @property
    def asked(self) -> list[str]:
        return [path for path, _headers in self.host.requests]

    def address(self, path: str) -> str:
        return f"https://{self.authority}{path}"

    def publish(self, path: str, document: Any, **headers: Any) -> str:
        """Serve this document; one without a client_id gets the right one. Returns the client id."""
        if isinstance(document, dict):
            document = {"client_id": self.address(path)} | document
        body = document if isinstance(document, bytes) else json.dumps(document).encode()
        self.host.serve(path, body, **({"content_type": "application/json"} | headers))
        return self.address(path)


class McpApp(ClientApp):
    """A public client as MCP clients are: PKCE and the resource in every request."""

    def request_parameters(self, **changes: str | None) -> dict[str, str]:
        verifier, challenge = pkce()
        self.verifier = verifier
        usual: dict[str, str | None] = {
            "scope": "pets:read health:read",
            "resource": f"{self.connector.url}/mcp",
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        return super().request_parameters(**(usual | changes))

    def ask(self, **changes: str | None) -> httpx.Response:
        return self.connector.get(self.authorize_url(**changes))

    def is_known(self, **changes: str | None) -> bool:
        """Whether the authorization endpoint knows this client and its redirect URI."""
        response = self.ask(**changes)
        if response.status_code == 400:
            assert "We don’t know this app" in response.text
            return False
        assert response.status_code in (200, 302), response.text
        return True
