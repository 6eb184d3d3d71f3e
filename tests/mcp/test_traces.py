"""What a call leaves behind: its line for staff, its counts, its access line; and what it must not leave anywhere."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from prometheus_client import REGISTRY
from pytest_django import Settings

from petstools.mcp.protocol import CLIENT_KEY, MODERN, VERSION_KEY
from petstools.models import ToolCall
from sandbox.server import SandboxServer
from tests.mcp.conftest import Mcp, envelope

Connect = Callable[..., Mcp]


@pytest.fixture(autouse=True)
def _inline(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.TOOL_CALL_LOG = "inline"
    # In the middle of a minute: the real one may end within the test.
    monkeypatch.setattr("oauthbridge.throttle.time.time", lambda: 1_800_000_030.0)


def lines() -> list[tuple[Any, ...]]:
    return list(
        ToolCall.objects.order_by("pk").values_list("door", "operation", "outcome", "status", "code", "upstream_calls")
    )


def access_lines(caplog: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    return [
        record.msg for record in caplog.records if record.name == "connector.access" and isinstance(record.msg, dict)
    ]


def test_each_call_has_its_line(mcp: Connect) -> None:
    client = mcp()
    client.call("list_pets")
    client.call("find_pet")
    client.call("get_pet", pet_id=999_999)
    client.call("delete_record", kind="weight", pet_id=999_999, record_id=1)
    client.call("delete_record", kind="x")

    assert lines() == [
        ("mcp", "list_pets", "ok", 200, "", 1),
        ("mcp", "find_pet", "asked", 200, "missing", 0),
        ("mcp", "get_pet", "error", 404, "NOT_FOUND", 1),
        ("mcp", "delete_record", "error", 404, "NOT_FOUND", 2),
        ("mcp", "delete_record", "error", 400, "INVALID_INPUT", 0),
    ]


def test_what_is_no_call_has_none(mcp: Connect) -> None:
    client = mcp()
    client.modern("tools/list")
    client.modern("tools/call", {"name": "x"})
    client.raw({"jsonrpc": "2.0", "method": "notifications/initialized"})

    assert lines() == []


def test_a_created_record_is_counted_as_one(mcp: Connect, sandbox: SandboxServer) -> None:
    mcp().call("create_pet", name="Nyx", species="cat", country="VN")

    assert [line[:4] for line in lines()] == [("mcp", "create_pet", "ok", 201)]


def test_a_call_too_many_is_a_result_that_says_when_to_go_on(mcp: Connect, settings: Settings) -> None:
    settings.RATE_LIMIT_PER_MINUTE = 2
    client = mcp()
    told = [client.call("list_pets") for _ in range(3)]

    assert [one.result["isError"] for one in told] == [False, False, True]
    assert told[2].status == 200
    assert told[2].error["error"] == "RATE_LIMITED"
    assert 0 < told[2].error["retry_after"] <= 120
    assert told[2].upstream == []
    assert lines()[-1][:5] == ("mcp", "list_pets", "error", 429, "RATE_LIMITED")


def test_another_request_too_many_is_told_by_http(mcp: Connect, settings: Settings) -> None:
    settings.RATE_LIMIT_PER_MINUTE = 1
    client = mcp()
    client.modern("tools/list")

    told = client.modern("tools/list")

    assert told.refused == (429, 429)
    assert 0 < int(told.headers["Retry-After"]) <= 120


def test_calls_are_counted_by_door(mcp: Connect) -> None:
    labels = {"door": "mcp", "operation": "list_pets", "outcome": "ok", "code": ""}
    before = REGISTRY.get_sample_value("meo_tool_calls_total", labels) or 0
    mcp().call("list_pets")

    assert REGISTRY.get_sample_value("meo_tool_calls_total", labels) == before + 1


def test_the_access_line_names_client_version_and_tool(mcp: Connect, caplog: pytest.LogCaptureFixture) -> None:
    client = mcp()
    with caplog.at_level("INFO"):
        client.call("find_pet", name="Miu")
        client.legacy("initialize", {"protocolVersion": "2025-06-18", "clientInfo": {"name": "Cursor", "version": "3"}})

    modern, legacy = access_lines(caplog)
    assert modern["mcp_method"] == "tools/call"
    assert (modern["mcp_version"], modern["mcp_client"], modern["operation"]) == (MODERN, "tests/1.0", "find_pet")
    assert modern["upstream_calls"] == 1
    assert (legacy["mcp_version"], legacy["mcp_client"]) == ("2025-06-18", "Cursor/3")


def test_nothing_that_a_client_says_of_itself_breaks_the_line(mcp: Connect, caplog: pytest.LogCaptureFixture) -> None:
    client = mcp()
    infos: tuple[Any, ...] = (
        None,
        [],
        "x",
        {},
        {"name": 1},
        {"name": "a\nb\x00\x1b[31m" + "x" * 10_000, "version": ["1"]},
        {"name": "\ud800"},
    )
    with caplog.at_level("INFO"):
        for info in infos:
            assert client.modern("tools/list", {"_meta": {CLIENT_KEY: info}}).status == 200
        client.modern("x\ny")

    told = access_lines(caplog)
    assert all(len(line.get("mcp_client", "")) <= 80 and line.get("mcp_client", "").isprintable() for line in told)
    assert told[-1]["mcp_method"] == "other"


SAID = "Mật khẩu của Míu"


def test_nothing_secret_and_nothing_said_is_in_any_line(mcp: Connect, caplog: pytest.LogCaptureFixture) -> None:
    client = mcp(token="1|nobody-knows-this-one-0123456789abcdefghij")
    with caplog.at_level("DEBUG"):
        client.call("find_pet", name=SAID)
        client.modern("tools/call", {"name": SAID, "arguments": {"name": SAID}}, Mcp_Name="x")
        client.raw({"jsonrpc": "2.0", "id": 1, "method": SAID, "params": {"_meta": {VERSION_KEY: SAID}}})
        client.raw(json.dumps({"name": SAID}).encode()[:-1])

    everything = "".join(str(record.__dict__) for record in caplog.records) + str(list(ToolCall.objects.values()))
    assert "connector.access" in everything
    for secret in (SAID, json.dumps(SAID)[1:-1], client.token, "nobody-knows-this-one"):
        assert secret not in everything


def test_an_error_repeats_nothing_that_came_in(mcp: Connect) -> None:
    client = mcp()
    told = [
        client.modern("tools/call", {"name": "evil-name"}),
        client.modern("evil-name"),
        client.modern("tools/call", {"name": "find_pet"}, Mcp_Name="evil-name"),
        client.raw(b'{"evil-name": '),
        client.raw(
            {"jsonrpc": "2.0", "id": 1, "method": "ping", "params": {"_meta": {**envelope(), CLIENT_KEY: "evil-name"}}}
        ),
    ]

    assert "evil-name" not in "".join(json.dumps(one.body) for one in told)


def test_a_bug_in_a_tool_is_a_plain_error_without_its_text(mcp: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_args: Any, **_given: Any) -> None:
        raise RuntimeError("the secret is purring")

    monkeypatch.setattr("petstools.tools.pets.own_and_shared", broken)

    told = mcp().call("list_pets")

    assert told.error["error"] == "INTERNAL_ERROR"
    assert "purring" not in json.dumps(told.body)
