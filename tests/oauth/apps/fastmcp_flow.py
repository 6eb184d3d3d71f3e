"""fastmcp's client with its defaults: it registers itself, opens the browser, listens for it, calls, refreshes, signs in again.

Usage: python fastmcp_flow.py MCP_URL. It prints `open ADDRESS` for the browser, and after each step what it found; it goes on
when a line is written to it.
"""

import asyncio
import json
import sys
import webbrowser
from typing import Any

from fastmcp import Client
from fastmcp.client.auth import OAuth


def say(what: str, value: object) -> None:
    sys.stdout.write(f"{what} {value}\n")
    sys.stdout.flush()


def opened(url: str, new: int = 0, autoraise: bool = True) -> bool:
    say("open", url)
    return True


async def pets(client: Any) -> None:
    say("pets", json.loads((await client.call_tool("list_pets", {})).content[0].text)["status"])
    await asyncio.to_thread(sys.stdin.readline)


async def main(address: str) -> None:
    webbrowser.open = opened
    oauth = OAuth()
    async with Client(address, auth=oauth) as client:
        say("tools", len(await client.list_tools()))
        await pets(client)
        oauth.context.token_expiry_time = 1.0
        await pets(client)
        # Meanwhile the connection has been ended.
        await pets(client)
        async with Client(address, auth=OAuth()) as another:
            await pets(another)
            await pets(client)


asyncio.run(main(sys.argv[1]))
