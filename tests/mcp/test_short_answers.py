"""What is null, and what the calendar tells of a birthday, is left out at this door unless asked for (petstools/mcp/short.py)."""

from collections.abc import Callable
from typing import Any

import pytest

from petstools.mcp.short import OF_A_BIRTHDAY, TOOLS
from petstools.mcp.tools import OFFERS
from petstools.schema.document import nodes
from sandbox.server import SandboxServer
from tests.mcp.conftest import Mcp

Connect = Callable[..., Mcp]


@pytest.fixture
def client(mcp: Connect, sandbox: SandboxServer) -> Mcp:
    cat = sandbox.world.add_pet(sandbox.world.user("noah"), name="Nox", birthday="2021-04-12")
    sandbox.world.add_vaccination(cat, "Rabies", "2026-01-01")
    return mcp("noah")


def pets(content: dict[str, Any]) -> list[dict[str, Any]]:
    return content["pets"] if "pets" in content else [content["data"]]


@pytest.mark.parametrize("tool", sorted(TOOLS))
def test_a_pet_comes_without_what_is_empty_or_counted(tool: str, client: Mcp) -> None:
    of = {"pet_id": "Nox"} if tool == "get_pet" else {}
    short = client.call(tool, **of).content

    assert [at for at, node in nodes(short) if node is None] == []
    (pet,) = pets(short)
    assert not OF_A_BIRTHDAY & pet.keys()
    assert (pet["birthday"], "years" in pet["age"]) == ("2021-04-12", True)
    for detail in ("full", " Full "):
        (whole,) = pets(client.call(tool, detail=detail, **of).content)
        assert whole.keys() >= OF_A_BIRTHDAY
        assert whole["description"] is None


def test_only_what_it_says_is_taken_and_what_else_was_sent_is_named(client: Mcp) -> None:
    assert client.call("list_pets", detail="everything").content["ignored_fields"] == ["detail"]
    assert client.call("list_weights", pet_id="Nox", detail="full").content["ignored_fields"] == ["detail"]
    assert "ignored_fields" not in client.call("list_pets", detail="full").content
    assert {name for name, offer in OFFERS.items() if "detail" in offer.input_schema()["properties"]} == TOOLS


def test_who_asks_for_birthdays_is_told_them(client: Mcp) -> None:
    (pet,) = client.call("pets_overview", sort="next_birthday_at").content["pets"]

    assert (pet["next_birthday_at"][5:], pet["next_birthday_is_approximate"]) == ("04-12", False)


def test_what_stood_there_before_is_told_even_if_it_was_nothing(client: Mcp) -> None:
    shot = client.call("list_vaccinations", pet_id="Nox").content["vaccinations"][0]
    assert "due_at" not in shot

    changed = client.call("update_vaccination", pet_id="Nox", vaccination_id=shot["id"], due_at="2027-01-01").content

    assert changed["before"] == {"due_at": None}


def test_weights_that_could_not_be_read_are_not_none(client: Mcp, sandbox: SandboxServer) -> None:
    nox = next(pet for pet in sandbox.world.pets.values() if pet.name == "Nox")
    sandbox.world.add_weight(nox, 4.2, sandbox.world.today())
    sandbox.faults.add(error_rate=1.0, path=r"/api/pets/\d+/weights")

    (pet,) = client.call("pets_overview", include_weights=True).content["pets"]

    assert pet["recent_weights"] is None
