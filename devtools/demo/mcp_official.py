"""The official Python client (`mcp`) against the same address: it finds everything out by itself, in both eras."""

import asyncio
import json
from collections.abc import Coroutine
from typing import Any

import httpx2
from mcp import Client
from mcp.client.auth import OAuthClientProvider
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.auth import AuthorizationCodeResult, OAuthClientInformationFull, OAuthClientMetadata, OAuthToken
from pydantic import AnyUrl

from devtools.demo.mcp_calls import VERSION
from devtools.demo.mcp_connecting import agreed_twice
from devtools.demo.stage import TIMEOUT, Exchange, Stage, Step, StepFailed, expect

LEGACY = "2025-11-25"
CALLBACK = "http://127.0.0.1:53682/callback"


def entered_by_hand(stage: Stage) -> None:
    """Ops enter a client that has no document: manage.py mcp_client create "My tool"."""
    made = json.loads(
        stage.processes.manage(
            "mcp_client", "create", "My tool", "--redirect-uri", "http://127.0.0.1/callback", "--json"
        )
    )
    expect(made["mcp_url"] == f"{stage.connector}/mcp" and made["client_secret"] is None, "not a public client of /mcp")
    stage.second_app = {"client_id": made["client_id"], "token_url": made["token_url"]}
    stage.fact(f"{made['client_id']}, a public client; on the person's own machine any port counts")


def official_client(stage: Stage) -> None:
    """The official Python client goes all the way by itself: 401, metadata, sign-in, tools, call."""
    keep = _Keep(stage)
    seen = _run(_use(stage, keep, mode="auto"))
    expect(seen["version"] == VERSION, f"it speaks {seen['version']}")
    expect("Biscuit" in seen["pets"], "Biscuit is missing")
    expect("We cannot tell which program on this computer is asking" in keep.page, "the page does not warn")
    stage.fact(f"{seen['tools']} tools, {', '.join(seen['pets'])}; the page warned of a program on this computer")
    older = _run(_use(stage, keep, mode="legacy"))
    expect(older["version"] == LEGACY and older["pets"] == seen["pets"], "the older protocol answers otherwise")
    stage.fact(f"The same in {LEGACY}, which opens with initialize")
    if keep.tokens is None or not keep.tokens.refresh_token:
        raise StepFailed("there is no refresh token")
    stage.second_app["refresh_token"] = keep.tokens.refresh_token


def connections(stage: Stage) -> None:
    """One connection for each app: a new sign-in has ended none of the others. manage.py connections list."""
    stage.done("GET", "/pets")
    listed = json.loads(stage.processes.manage("connections", "list", "--user", "1", "--json"))
    names = sorted(one["client_name"] for one in listed)
    expect(len(names) == 3, f"there are {len(names)} connections")
    stage.fact(", ".join(names))


def _run(work: Coroutine[Any, Any, dict[str, Any]]) -> dict[str, Any]:
    try:
        return asyncio.run(work)
    except BaseExceptionGroup as group:
        # What goes wrong inside comes wrapped in the client's task groups.
        failure: BaseException = group
        while isinstance(failure, BaseExceptionGroup):
            failure = failure.exceptions[0]
        raise failure from None


async def _use(stage: Stage, keep: "_Keep", *, mode: str) -> dict[str, Any]:
    async def show(answer: httpx2.Response) -> None:
        await answer.aread()
        asked = answer.request
        stage.show(
            Exchange(
                "mcp client",
                asked.method,
                str(asked.url),
                asked.headers,
                asked.content.decode(),
                answer.status_code,
                answer.headers,
                {},
                answer.content,
            )
        )

    provider = OAuthClientProvider(
        f"{stage.connector}/mcp",
        OAuthClientMetadata(redirect_uris=[AnyUrl(CALLBACK)], client_name="My tool"),
        keep,
        redirect_handler=keep.open_browser,
        callback_handler=keep.came_back,
    )
    async with (
        httpx2.AsyncClient(auth=provider, trust_env=False, timeout=TIMEOUT, event_hooks={"response": [show]}) as http,
        Client(streamable_http_client(f"{stage.connector}/mcp", http_client=http), mode=mode) as client,
    ):
        tools = (await client.list_tools()).tools
        answer = await client.call_tool("list_pets", {})
        expect(not answer.is_error, "list_pets ended in an error")
        pets = [pet["name"] for pet in (answer.structured_content or {})["pets"]]
        return {"version": client.protocol_version, "tools": len(tools), "pets": pets}


class _Keep:
    """What the client keeps of its sign-in, and the browser that it opens."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.tokens: OAuthToken | None = None
        self.page = ""
        self._arrived: dict[str, str] = {}

    async def get_tokens(self) -> OAuthToken | None:
        return self.tokens

    async def set_tokens(self, tokens: OAuthToken) -> None:
        self.tokens = tokens

    async def get_client_info(self) -> OAuthClientInformationFull | None:
        return OAuthClientInformationFull(
            client_id=self.stage.second_app["client_id"],
            redirect_uris=[AnyUrl(CALLBACK)],
            token_endpoint_auth_method="none",  # noqa: S106 - what a public client's is called
        )

    async def set_client_info(self, client_info: OAuthClientInformationFull) -> None:
        raise AssertionError("a client that was entered by hand need not register")

    async def open_browser(self, address: str) -> None:
        page = self.stage.browser.get(address, allow_redirects=False, timeout=TIMEOUT)
        expect(page.status_code == 200, f"authorize answered {page.status_code}")
        self.page = page.text
        self._arrived = dict(httpx2.URL(agreed_twice(self.stage, page)).params)

    async def came_back(self) -> AuthorizationCodeResult:
        arrived = self._arrived
        return AuthorizationCodeResult(code=arrived["code"], state=arrived["state"], iss=arrived["iss"])


STEPS: list[Step] = [entered_by_hand, official_client, connections]
