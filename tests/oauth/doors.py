"""Which door an access token opens, over real HTTP."""

from typing import Any

import httpx

from tests.playing import ClientApp, Connector

ALL_SIX = "pets:read pets:write health:read health:write microchips:read microchips:write"


def opened_by(connector: Connector, access_token: str) -> set[str]:
    """The doors that this token opens: `actions`, `mcp`. What is shut must say `invalid_token` (RFC 6750 §3.1)."""
    answers = {
        "actions": connector.get("/pets", headers={"Authorization": f"Bearer {access_token}"}),
        "mcp": call(connector, access_token, "list_pets"),
    }
    for answer in answers.values():
        assert answer.status_code in (200, 401), answer.text
        assert answer.status_code == 200 or 'error="invalid_token"' in answer.headers["WWW-Authenticate"]
    return {door for door, answer in answers.items() if answer.status_code == 200}


def call(connector: Connector, access_token: str, tool: str, **arguments: Any) -> httpx.Response:
    """A tool called at `/mcp`, as a client of 2025-11-25 does."""
    return connector.post(
        "/mcp",
        json={"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": tool, "arguments": arguments}},
        headers={
            "Authorization": f"Bearer {access_token}",
            "MCP-Protocol-Version": "2025-11-25",
            "Accept": "application/json, text/event-stream",
        },
    )


def public_client(connector: Connector, name: str = "My tool") -> ClientApp:
    return ClientApp.made_for_mcp(connector, name, "--redirect-uri", "https://tool.example/callback")


def confidential_client(connector: Connector) -> ClientApp:
    return ClientApp.made_for_mcp(connector, "ChatGPT", "--for", "chatgpt", "--confidential")
