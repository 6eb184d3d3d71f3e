"""The sign-in as MCP's own Python client does it: from a bare 401 to a token, refreshed, and stepped up on a 403."""

from collections.abc import Callable
from typing import Any

import anyio
import httpx2
import pytest
from mcp.client.auth import OAuthClientProvider
from mcp.shared.auth import AuthorizationCodeResult, OAuthClientInformationFull, OAuthClientMetadata, OAuthToken
from pydantic import AnyUrl

from oauthbridge.models import AccessToken, AuthorizationRequest, Connection
from tests.oauth.doors import ALL_SIX, confidential_client, public_client
from tests.playing import ClientApp, Connector, Person, queries

OpenBrowser = Callable[..., Person]


class Memory:
    """What the client keeps: the client it was registered as by hand, and its tokens."""

    def __init__(self, app: ClientApp, tokens: OAuthToken | None = None) -> None:
        self.app = app
        self.tokens = tokens

    async def get_tokens(self) -> OAuthToken | None:
        return self.tokens

    async def set_tokens(self, tokens: OAuthToken) -> None:
        self.tokens = tokens

    async def get_client_info(self) -> OAuthClientInformationFull | None:
        return OAuthClientInformationFull(
            client_id=self.app.client_id,
            client_secret=self.app.secret,
            redirect_uris=[AnyUrl(self.app.redirect_uri)],
            token_endpoint_auth_method="client_secret_post" if self.app.secret else "none",
        )

    async def set_client_info(self, client_info: OAuthClientInformationFull) -> None:
        raise AssertionError("a client that was entered by hand need not register")


class OfficialClient:
    """The client's authentication on a bare HTTP client; the person's browser goes where it is sent."""

    def __init__(self, app: ClientApp, person: Person, memory: Memory) -> None:
        self.app, self.person = app, person
        self.asked: list[dict[str, str]] = []
        self.provider = OAuthClientProvider(
            f"{app.connector.url}/mcp",
            OAuthClientMetadata(redirect_uris=[AnyUrl(app.redirect_uri)], client_name="Tool"),
            memory,
            redirect_handler=self._send,
            callback_handler=self._came_back,
        )
        self._address = ""

    async def _send(self, url: str) -> None:
        self.asked.append(queries(url))
        self._address = url

    async def _came_back(self) -> AuthorizationCodeResult:
        callback = self.person.agree(self.person.begin_at(self._address))
        arrived = queries(str(self.person.open(callback).headers["Location"]))
        return AuthorizationCodeResult(code=arrived["code"], state=arrived["state"], iss=arrived["iss"])

    def call(self, *tools: tuple[str, dict[str, Any]]) -> list[httpx2.Response]:
        """Call tools one after the other, each as often as it takes to be let in."""

        async def call_all() -> list[httpx2.Response]:
            async with httpx2.AsyncClient(auth=self.provider, trust_env=False) as http:
                return [await http.post(f"{self.app.connector.url}/mcp", json=body, headers=HEADERS) for body in bodies]

        bodies = [
            {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": name, "arguments": arguments}}
            for name, arguments in tools
        ]
        return anyio.run(call_all)


HEADERS = {"Accept": "application/json, text/event-stream", "MCP-Protocol-Version": "2025-11-25"}
LIST: tuple[str, dict[str, Any]] = ("list_pets", {})


@pytest.mark.parametrize("make", [public_client, confidential_client], ids=["public", "confidential"])
def test_from_a_bare_401_to_an_answer_and_on_with_a_refresh(
    connector: Connector, person: OpenBrowser, make: Callable[[Connector], ClientApp]
) -> None:
    app, emma = make(connector), person()
    memory = Memory(app)
    client = OfficialClient(app, emma, memory)

    (first,) = client.call(LIST)

    assert first.status_code == 200
    assert "result" in first.json()
    (asked,) = client.asked
    assert asked["resource"] == f"{connector.url}/mcp"
    assert asked["scope"].removesuffix(" offline_access") == ALL_SIX
    assert memory.tokens is not None
    access, refresh = memory.tokens.access_token, memory.tokens.refresh_token
    client.provider.context.token_expiry_time = 1.0

    (second,) = client.call(LIST)

    assert second.status_code == 200
    assert memory.tokens.access_token != access
    assert (memory.tokens.refresh_token != refresh) is (app.secret is None)
    assert Connection.objects.active().count() == len(client.asked) == 1


def test_a_call_that_needs_more_sends_the_person_back_for_all_of_it(connector: Connector, person: OpenBrowser) -> None:
    app, emma = public_client(connector), person()
    narrow = OAuthToken(**emma.connect_with_pkce(app, scope="pets:read"))
    client = OfficialClient(app, emma, Memory(app, narrow))

    listed, created = client.call(LIST, ("create_pet", {"name": "Mimi", "pet_type": "cat"}))

    assert (listed.status_code, created.status_code) == (200, 200)
    assert created.json()["result"]["isError"] is False
    (asked,) = client.asked
    assert {"pets:read", "pets:write"} <= set(asked["scope"].split())
    assert set(AccessToken.objects.latest("pk").scope.split()) >= {"pets:read", "pets:write"}
    assert [one.status for one in AuthorizationRequest.objects.order_by("created_at")] == ["connected", "connected"]
    # The one with less stays beside it: it could be another machine's.
    assert Connection.objects.active().count() == len(emma.main_app_tokens) == 2
