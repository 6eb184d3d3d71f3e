"""A seeded stand-in per test, and a client with somebody's token."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import httpx
import pytest

from sandbox.server import SandboxServer

from .stage import NO_TLS

Client = Callable[[str], httpx.Client]


@pytest.fixture
def sandbox() -> Iterator[SandboxServer]:
    with SandboxServer(api_key="the-connector-key", hmac_secret="a-shared-secret") as server:
        server.connector_url = "https://connector.example"
        yield server


@pytest.fixture
def client_of(sandbox: SandboxServer) -> Iterator[Client]:
    """`client_of("mai")` speaks to the stand-in with a fresh token of Mai's."""
    with ExitStack() as stack:

        def client(key: str) -> httpx.Client:
            token = sandbox.world.new_token(sandbox.world.user(key))
            headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
            return stack.enter_context(
                httpx.Client(base_url=f"{sandbox.url}/api", headers=headers, timeout=10, verify=NO_TLS)
            )

        yield client
