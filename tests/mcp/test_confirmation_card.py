"""What can't be undone, in a host that draws: the question's seal goes to the card alone, and the card's tool brings it."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from pytest_django import Settings

from oauthbridge.scopes import EVERYDAY
from petstools.mcp import apps
from petstools.mcp.protocol import CAPABILITIES_KEY
from petstools.mcp.tools import OFFERS, definition
from petstools.models import ToolCall
from sandbox.images import drawn_picture
from sandbox.server import SandboxServer
from tests.mcp.conftest import Mcp, Told

Connect = Callable[..., Mcp]
DRAWS = {"extensions": {apps.EXTENSION: {"mimeTypes": [apps.MIME_TYPE]}}}


def asked(connected: Mcp, tool: str, capabilities: Any = DRAWS, /, **arguments: Any) -> Told:
    params = {"name": tool, "arguments": arguments, "_meta": {CAPABILITIES_KEY: capabilities}}
    return connected.modern("tools/call", params)


@pytest.fixture
def cat(sandbox: SandboxServer) -> Any:
    return sandbox.world.add_pet(sandbox.world.user("noah"), name="Nox")


@pytest.mark.parametrize(
    ("tool", "more"),
    [("delete_pet", {}), ("set_pet_status", {"status": "lost"}), ("set_pet_status", {"status": "dead"})],
)
def test_the_model_is_not_shown_the_seal_and_the_tap_brings_it(
    mcp: Connect, sandbox: SandboxServer, cat: Any, settings: Settings, tool: str, more: dict[str, Any]
) -> None:
    settings.TOOL_CALL_LOG = "inline"
    connected = mcp("noah")

    told = asked(connected, tool, pet_id=cat.id, **more)

    seal = told.result["_meta"][apps.SEAL]
    shown = json.dumps([told.result["content"], told.result["structuredContent"]])
    assert seal not in shown
    assert "confirmation of this answer" not in shown
    assert "card" in told.content["message"]
    assert (told.content["reason"], told.content["missing_fields"]) == ("confirmation_needed", [])
    assert told.content["candidates"][0]["name"] == "Nox"
    assert asked(connected, "confirm", tool=tool, pet_id=cat.id, confirmation=seal, **more).content["status"] == "ok"
    assert (cat.deleted_at is not None) if tool == "delete_pet" else (cat.status != "active")
    assert ToolCall.objects.latest("created_at").operation == tool


def test_the_card_goes_before_a_form_of_the_clients_own(mcp: Connect, cat: Any) -> None:
    told = asked(mcp("noah"), "delete_pet", {"elicitation": {}, **DRAWS}, pet_id=cat.id)

    assert told.result["_meta"][apps.SEAL]
    assert "inputRequests" not in told.result


@pytest.mark.parametrize(
    "capabilities",
    [
        {},
        {"extensions": {}},
        {"extensions": {apps.EXTENSION: {}}},
        {"extensions": {apps.EXTENSION: {"mimeTypes": ["text/plain"]}}},
        {"extensions": [apps.EXTENSION]},
    ],
)
def test_every_other_host_gets_the_same_text_as_ever(mcp: Connect, cat: Any, capabilities: Any) -> None:
    connected = mcp("noah")

    told = asked(connected, "delete_pet", capabilities, pet_id=cat.id)

    assert apps.SEAL not in told.result["_meta"]
    assert told.content["missing_fields"] == ["confirmation"]
    assert "send the same call again with the confirmation of this answer" in told.content["message"]
    again = asked(connected, "delete_pet", capabilities, pet_id=cat.id, confirmation=told.content["confirmation"])
    assert again.content["status"] == "ok"


def test_an_older_client_whose_capabilities_nobody_remembers_too(mcp: Connect, cat: Any) -> None:
    told = mcp("noah").legacy("tools/call", {"name": "delete_pet", "arguments": {"pet_id": cat.id}})

    assert told.content["confirmation"]
    assert "_meta" not in told.result


def test_a_question_that_no_card_asks_keeps_its_seal(mcp: Connect, sandbox: SandboxServer, cat: Any) -> None:
    """Taking a renewal back, where a photo would go: update_vaccination has no view."""
    old = sandbox.world.add_vaccination(cat, "Rabies", "2025-01-10")
    old.photo = sandbox.world.add_media("VaccinationRecord", old.id, "photo", drawn_picture())
    connected = mcp("noah")
    renewed = connected.call(
        "renew_vaccination", pet_id=cat.id, vaccination_id=old.id, administered_at="2026-01-08"
    ).content

    told = asked(connected, renewed["undo"]["operation"], **renewed["undo"]["arguments"])

    assert told.content["confirmation"]


@pytest.mark.parametrize("confirmation", [None, "", "x", 1])
def test_without_the_seal_the_cards_tool_asks_as_the_tool_does(
    mcp: Connect, sandbox: SandboxServer, cat: Any, confirmation: Any
) -> None:
    told = asked(mcp("noah"), "confirm", tool="delete_pet", pet_id=cat.id, confirmation=confirmation)

    assert told.content["status"] == "clarification_needed"
    assert "confirmation" not in told.content
    assert cat.deleted_at is None


@pytest.mark.parametrize("tool", [None, "", "update_pet", "confirm", 1, ["delete_pet"]])
def test_it_opens_no_other_tool(mcp: Connect, cat: Any, tool: Any) -> None:
    told = asked(mcp("noah"), "confirm", tool=tool, pet_id=cat.id)

    assert told.error["fields"][0]["name"] == "tool"
    assert told.upstream == []


def test_it_needs_what_the_tool_needs(mcp: Connect, cat: Any) -> None:
    connected = mcp("noah", scopes=tuple(one for one in EVERYDAY if one != "pets:write"))

    told = asked(connected, "confirm", tool="delete_pet", pet_id=cat.id)

    assert (told.status, told.error["error"]) == (403, "FORBIDDEN")


def test_a_person_who_withholds_deletion_withholds_it_here_too(mcp: Connect, cat: Any) -> None:
    connected = mcp("noah")
    connected.connection.withholds_deletion = True
    connected.connection.save()

    told = asked(connected, "confirm", tool="delete_pet", pet_id=cat.id)

    assert told.error["error"] == "FORBIDDEN"


def test_hosts_leave_it_out_of_what_a_model_sees() -> None:
    assert definition(OFFERS["confirm"])["_meta"]["ui"] == {"visibility": ["app"]}
