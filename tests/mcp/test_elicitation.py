"""What can't be undone is asked by the client itself, where it says that it can (MCP 2026-07-28, basic/patterns/mrtr)."""

from collections.abc import Callable
from typing import Any

import pytest

from petstools.mcp import apps
from petstools.mcp.protocol import CAPABILITIES_KEY
from petstools.mcp.tools import OFFERS, definition
from sandbox.server import SandboxServer
from tests.mcp.conftest import Mcp, Told

Connect = Callable[..., Mcp]


def call(client: Mcp, tool: str, arguments: dict[str, Any], *, can: Any, **params: Any) -> Told:
    meta = {"_meta": {CAPABILITIES_KEY: can}}
    return client.modern("tools/call", {"name": tool, "arguments": arguments, **meta, **params})


def answer(action: str, **content: Any) -> dict[str, Any]:
    return {"confirm": {"action": action, **({"content": content} if content else {})}}


@pytest.mark.parametrize(
    "can", [{"elicitation": {}}, {"elicitation": {"form": {}}}, {"elicitation": {"form": {}, "url": {}}}]
)
def test_the_persons_yes_deletes(mcp: Connect, sandbox: SandboxServer, can: Any) -> None:
    cat = sandbox.world.add_pet(sandbox.world.user("noah"), name="Nox")
    client = mcp("noah")

    asked = call(client, "delete_pet", {"pet_id": "Nox"}, can=can).result

    assert asked["resultType"] == "input_required"
    assert asked.keys() == {"resultType", "inputRequests", "requestState", "_meta"}
    (one,) = asked["inputRequests"].values()
    assert (one["method"], one["params"]["mode"]) == ("elicitation/create", "form")
    assert one["params"]["message"].startswith("Delete Nox for good? ")
    assert one["params"]["requestedSchema"]["properties"]["confirm"]["type"] == "boolean"
    assert cat.deleted_at is None

    done = call(
        client,
        "delete_pet",
        {"pet_id": "Nox"},
        can=can,
        inputResponses=answer("accept", confirm=True),
        requestState=asked["requestState"],
    )

    assert done.content["deleted"]["name"] == "Nox"
    assert cat.deleted_at is not None
    assert done.result["resultType"] == "complete"


def test_the_tool_of_the_card_is_no_way_around_the_person(mcp: Connect, sandbox: SandboxServer) -> None:
    """Who draws no cards lists it like any other."""
    sandbox.world.add_pet(sandbox.world.user("noah"), name="Nox")

    asked = call(mcp("noah"), "confirm", {"tool": "delete_pet", "pet_id": "Nox"}, can={"elicitation": {}}).result

    assert asked["resultType"] == "input_required"


@pytest.mark.parametrize(
    "said", [answer("decline"), answer("cancel"), answer("accept", confirm=False), answer("accept"), {"confirm": "yes"}]
)
def test_anything_else_changes_nothing_and_the_model_is_told(mcp: Connect, sandbox: SandboxServer, said: Any) -> None:
    cat = sandbox.world.add_pet(sandbox.world.user("noah"), name="Nox")
    client = mcp("noah")
    asked = call(client, "delete_pet", {"pet_id": cat.id}, can={"elicitation": {}}).result

    told = call(
        client,
        "delete_pet",
        # Even where the model knows the confirmation.
        {"pet_id": cat.id, "confirmation": asked["requestState"]},
        can={"elicitation": {}},
        inputResponses=said,
        requestState=asked["requestState"],
    )

    assert told.content["reason"] == "confirmation_needed"
    assert "did not say yes" in told.content["message"]
    assert "confirmation" not in told.content
    assert cat.deleted_at is None


def test_a_state_of_another_question_is_none(mcp: Connect, sandbox: SandboxServer) -> None:
    noah = sandbox.world.user("noah")
    nox, luna = sandbox.world.add_pet(noah, name="Nox"), sandbox.world.add_pet(noah, name="Luna")
    client: Mcp = mcp("noah")
    can: Any = {"elicitation": {}}
    asked = call(client, "delete_pet", {"pet_id": nox.id}, can=can).result

    for state in (asked["requestState"], "made-up", None, 7):
        told = call(
            client,
            "delete_pet",
            {"pet_id": luna.id},
            can=can,
            inputResponses=answer("accept", confirm=True),
            requestState=state,
        )
        assert told.result["resultType"] == "input_required"
    assert luna.deleted_at is None


@pytest.mark.parametrize("language", ["en", "vi", "ru", "uk"])
@pytest.mark.parametrize("status", ["lost", "deceased"])
def test_it_is_asked_in_the_persons_language(mcp: Connect, sandbox: SandboxServer, language: str, status: str) -> None:
    sandbox.world.add_pet(sandbox.world.user("noah"), name="Nox")
    words = apps.words("confirm", language)

    told = call(
        mcp("noah", language=language), "set_pet_status", {"pet_id": "Nox", "status": status}, can={"elicitation": {}}
    )

    (one,) = told.result["inputRequests"].values()
    assert one["params"]["message"].startswith(words[f"mark_{status}"].replace("{name}", "Nox"))
    assert "{" not in one["params"]["message"]


@pytest.mark.parametrize("can", [{}, {"elicitation": {"url": {}}}, {"elicitation": None}])
def test_every_other_client_gets_todays_answer(mcp: Connect, sandbox: SandboxServer, can: Any) -> None:
    cat = sandbox.world.add_pet(sandbox.world.user("noah"), name="Nox")

    content = call(mcp("noah"), "delete_pet", {"pet_id": cat.id}, can=can).content

    assert (content["reason"], bool(content["confirmation"])) == ("confirmation_needed", True)


def test_and_so_does_the_older_era(mcp: Connect, sandbox: SandboxServer) -> None:
    cat = sandbox.world.add_pet(sandbox.world.user("noah"), name="Nox")

    told = mcp("noah").legacy("tools/call", {"name": "delete_pet", "arguments": {"pet_id": cat.id}})

    assert told.content["confirmation"]


def test_no_other_question_is_put_to_the_person_past_the_model(mcp: Connect, sandbox: SandboxServer) -> None:
    sandbox.world.add_pet(sandbox.world.user("noah"), name="Nox")

    told = call(mcp("noah"), "add_weight", {"pet_id": "Nox"}, can={"elicitation": {}})

    assert told.content["reason"] == "missing"


def test_claude_is_told_what_it_must_ask_the_person_about() -> None:
    marked = {
        name for name, offer in OFFERS.items() if definition(offer)["_meta"].get("anthropic/requiresUserInteraction")
    }

    assert marked == {"delete_pet", "delete_record", "set_pet_status"}
