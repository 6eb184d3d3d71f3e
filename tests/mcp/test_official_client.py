"""The official Python client (`mcp`) against the real WSGI app over real HTTP, in each way in which it opens."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import httpx2
import pytest
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.exceptions import MCPError
from mcp.types import CallToolResult

from petstools.mcp.protocol import LEGACY, MODERN
from petstools.mcp.tools import OFFERS
from sandbox.server import SandboxServer
from tests.mcp.conftest import Mcp, connected
from tests.playing import Connector

MODES = {"auto": MODERN, "legacy": LEGACY[0], MODERN: MODERN}


def run(person: Mcp, url: str, mode: str, work: Callable[[Client], Awaitable[None]]) -> None:
    async def session() -> None:
        headers = {"Authorization": f"Bearer {person.token}"}
        async with (
            httpx2.AsyncClient(headers=headers) as http,
            Client(streamable_http_client(f"{url}/mcp", http_client=http), mode=mode) as client,
        ):
            await work(client)

    asyncio.run(session())


@pytest.fixture
def mai(connector: Connector, sandbox: SandboxServer) -> Mcp:
    return connected(sandbox, "mai")


@pytest.mark.parametrize("mode", MODES)
def test_it_lists_and_calls_and_takes_every_kind_of_answer(
    mode: str, mai: Mcp, connector: Connector, sandbox: SandboxServer
) -> None:
    seen: dict[str, Any] = {}

    async def work(client: Client) -> None:
        listed = await client.list_tools()
        seen["names"] = [tool.name for tool in listed.tools]
        seen["hints"] = [tool.annotations for tool in listed.tools]
        seen["version"] = client.protocol_version
        # The client holds each structuredContent to the tool's outputSchema and raises where it does not fit.
        seen["done"] = await client.call_tool("find_pet", {"name": "miu"})
        seen["asked"] = await client.call_tool("create_pet", {"name": "Nyx"})
        seen["failed"] = await client.call_tool("get_pet", {"pet_id": 999_999})
        seen["written"] = await client.call_tool("create_pet", {"name": "Nyx", "species": "cat", "country": "VN"})

    run(mai, connector.url, mode, work)

    assert seen["names"] == list(OFFERS)
    assert None not in seen["hints"]
    assert seen["version"] == MODES[mode]
    assert content(seen["done"])["candidates"][0]["name"] == "Míu"
    assert content(seen["asked"])["status"] == "clarification_needed"
    assert seen["failed"].is_error
    assert '"NOT_FOUND"' in seen["failed"].content[0].text
    assert content(seen["written"])["status"] == "ok"
    assert [pet.name for pet in sandbox.world.pets.values() if pet.name == "Nyx"] == ["Nyx"]


@pytest.mark.parametrize("mode", MODES)
def test_it_takes_a_tool_that_is_none_as_an_error_of_the_protocol(mode: str, mai: Mcp, connector: Connector) -> None:
    async def work(client: Client) -> None:
        with pytest.raises(MCPError) as refused:
            await client.call_tool("drop_tables", {})
        assert refused.value.code == -32602

    run(mai, connector.url, mode, work)


def test_it_reads_the_rules_and_who_we_are(mai: Mcp, connector: Connector) -> None:
    seen: dict[str, Any] = {}

    async def work(client: Client) -> None:
        seen["instructions"] = client.instructions
        seen["server"] = client.server_info

    run(mai, connector.url, "auto", work)

    assert "never guess ids" in seen["instructions"]
    assert seen["server"].title == "Meo Mai Moi"


def content(result: CallToolResult) -> dict[str, Any]:
    assert not result.is_error
    told: dict[str, Any] = result.structured_content
    return told
