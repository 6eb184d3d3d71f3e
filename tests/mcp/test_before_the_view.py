"""What is refused before the view of `/mcp` is asked: a JSON-RPC error like every other there, whose id is null."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client

from connector import errors
from petstools.mcp import view
from tests.mcp.conftest import Mcp

# Refused, or not, before a database could matter.
pytestmark = pytest.mark.once
Connect = Callable[..., Mcp]
PING = b'{"jsonrpc": "2.0", "id": 1, "method": "ping"}'
ACCEPT = ["application/json, text/event-stream", "text/html"]


def refused(response: Any) -> tuple[int, int]:
    body = response.json()
    assert response.headers["Content-Type"] == "application/json"
    assert response.headers["Cache-Control"] == "no-store"
    assert set(body) == {"jsonrpc", "id", "error"}
    assert (body["jsonrpc"], body["id"]) == ("2.0", None)
    assert set(body["error"]) == {"code", "message"}
    assert "schema" not in body["error"]["message"]
    return response.status_code, body["error"]["code"]


def raising(error: Exception) -> Callable[..., Any]:
    def answer(*_: Any) -> Any:
        raise error

    return answer


@pytest.mark.parametrize("accept", ACCEPT)
def test_an_unknown_host(client: Client, accept: str) -> None:
    assert refused(client.post("/mcp", headers={"Host": "evil.example", "Accept": accept})) == (400, 400)


@pytest.mark.parametrize("accept", ACCEPT)
def test_a_fault_of_ours(mcp: Connect, monkeypatch: pytest.MonkeyPatch, accept: str) -> None:
    monkeypatch.setattr(view, "_answered", raising(RuntimeError("a secret")))

    response = mcp().http.post("/mcp", PING, content_type="application/json", headers={"Accept": accept})

    assert refused(response) == (500, 500)
    assert "secret" not in response.text


def test_the_database_going_away_meanwhile(mcp: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(view, "_answered", raising(OperationalError("server closed the connection")))

    response = mcp().http.post("/mcp", PING, content_type="application/json")

    assert refused(response) == (503, 503)
    assert response.headers["Retry-After"] == str(errors.DATABASE_RETRY_AFTER_SECONDS)
