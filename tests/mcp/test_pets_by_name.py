"""At this door a pet is named as the person names it: its id, or its name, asked about where that is not one living pet."""

# ruff: noqa: F811 - fixtures that come from another module
from collections.abc import Callable
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from pytest_django import Settings

from petstools.mcp import apps
from petstools.mcp.tools import OFFERS
from petstools.models import ToolCall
from sandbox.server import SandboxServer
from tests.files.conftest import authority, file_host, names  # noqa: F401 - fixtures
from tests.mcp.conftest import Mcp
from tests.mcp.test_tools import arguments, gpt  # noqa: F401 - fixtures
from tests.tools.samples import SAMPLES, Home, home, lasting_sandbox, sandbox, tool_named  # noqa: F401 - fixtures

pytestmark = pytest.mark.once

Connect = Callable[..., Mcp]
LIST = "GET /my-pets/sections"
OF_ONE_PET = sorted(name for name in OFFERS if name != apps.CONFIRM and "pet_id" in tool_named(name).path_ids)


@pytest.mark.parametrize("name", OF_ONE_PET)
def test_a_name_costs_at_most_the_one_list(name: str, home: Callable[..., Home]) -> None:
    at_home = home()
    connected: Any = at_home.gpt

    told = connected.call(name, **{**arguments(at_home, name), "pet_id": "nox"})

    by_id = [at_home.filled(one) for one in SAMPLES[name].upstream]
    assert told.content["pet_name"] == "Nox"
    assert sorted(told.upstream) == sorted(by_id if LIST in by_id else [LIST, *by_id])


@pytest.mark.parametrize("said", ["Míu", "miu", "МИУ", "con mèo Miu"])
def test_it_is_found_as_find_pet_finds_it(mcp: Connect, sandbox: SandboxServer, said: str) -> None:
    cat = sandbox.world.add_pet(sandbox.world.user("noah"), name="Míu")

    content = mcp("noah").call("add_weight", pet_id=said, weight_kg="4.2 kg").content

    assert (content["data"]["pet_id"], content["pet_name"]) == (cat.id, "Míu")


@pytest.mark.parametrize("called", ["pet", "pet_name"])
def test_under_the_names_that_models_use(mcp: Connect, sandbox: SandboxServer, called: str) -> None:
    cat = sandbox.world.add_pet(sandbox.world.user("noah"), name="Nox")

    for value in ("Nox", cat.id):
        content = mcp("noah").call("get_pet", **{called: value}).content
        assert content["data"]["id"] == cat.id
        assert "ignored_fields" not in content


def test_a_name_in_figures_is_a_name_where_it_comes_as_one(mcp: Connect, sandbox: SandboxServer) -> None:
    noah = sandbox.world.user("noah")
    other = sandbox.world.add_pet(noah, name="Nox")
    cat = sandbox.world.add_pet(noah, name=str(other.id))

    content = mcp("noah").call("add_weight", pet_name=str(other.id), weight_kg="4.2 kg").content

    assert content["data"]["pet_id"] == cat.id


@pytest.mark.parametrize("name", ["add_weight", "list_weights", "pet_history"])
def test_figures_as_text_are_asked_about_where_one_pet_has_the_id_and_another_the_name(
    mcp: Connect, sandbox: SandboxServer, name: str
) -> None:
    noah = sandbox.world.user("noah")
    nox = sandbox.world.add_pet(noah, name="Nox")
    other = sandbox.world.add_pet(noah, name=str(nox.id))
    connected = mcp("noah")
    rest = {"weight_kg": "4.2 kg"} if name == "add_weight" else {}

    asked = connected.call(name, pet_id=str(nox.id), **rest).content

    assert [one["pet_id"] for one in asked["candidates"]] == [nox.id, other.id]
    for one in asked["candidates"]:
        assert connected.call(name, pet_id=one["pet_id"], **rest).content["status"] == "ok"


def test_figures_as_text_are_the_name_where_no_pet_has_the_id(mcp: Connect, sandbox: SandboxServer) -> None:
    cat = sandbox.world.add_pet(sandbox.world.user("noah"), name="999999")

    assert mcp("noah").call("add_weight", pet_id="999999", weight_kg="4.2 kg").content["data"]["pet_id"] == cat.id


def test_an_id_and_a_name_of_one_pet_agree(mcp: Connect, sandbox: SandboxServer) -> None:
    noah = sandbox.world.user("noah")
    nox, namesake = (sandbox.world.add_pet(noah, name="Nox") for _time in range(2))
    sandbox.world.add_pet(noah, name="Luna")
    history = mcp("noah").call("pet_history", pet_id=namesake.id, pet_name="Nox")
    asked = mcp("noah").call("pet_history", pet_id=nox.id, pet_name="Luna")

    assert history.content["nothing_of"] == ["Nox"]
    assert asked.content["reason"] == "several_pets"


def test_of_two_namesakes_it_asks_with_a_line_each(mcp: Connect, sandbox: SandboxServer) -> None:
    noah = sandbox.world.user("noah")
    older = sandbox.world.add_pet(noah, name="Nox", birthday="2019")
    younger = sandbox.world.add_pet(noah, name="Nox", species="dog")

    told = mcp("noah").call("add_weight", pet_id="Nox", weight_kg="4.2 kg")

    assert (told.content["reason"], told.content["missing_fields"]) == ("several_pets", ["pet_id"])
    assert told.content["candidates"] == [
        {"pet_id": older.id, "name": "Nox", "species": "cat", "birthday": "2019"},
        {"pet_id": younger.id, "name": "Nox", "species": "dog"},
    ]
    assert told.upstream == [LIST]
    assert (older.weights, younger.weights) == ([], [])


@pytest.mark.parametrize("name", ["list_weights", "list_vaccinations", "get_pet", "delete_record", "update_pet"])
def test_whichever_tool_asks_the_question_fits_what_the_list_says(
    mcp: Connect, sandbox: SandboxServer, name: str
) -> None:
    sandbox.world.add_pet(sandbox.world.user("noah"), name="Nox")

    told = mcp("noah").call(name, pet_id="Luna", record_id=1, kind="weight")

    assert (told.content["status"], told.content["reason"]) == ("clarification_needed", "no_match")
    Draft202012Validator(OFFERS[name].output_schema()).validate(told.content)


def test_the_living_one_of_two_is_meant(mcp: Connect, sandbox: SandboxServer) -> None:
    noah = sandbox.world.user("noah")
    sandbox.world.add_pet(noah, name="Nox", status="deceased")
    alive = sandbox.world.add_pet(noah, name="Nox")

    assert mcp("noah").call("add_weight", pet_id="Nox", weight_kg="4").content["data"]["pet_id"] == alive.id


def test_the_undo_of_a_write_by_name_is_taken(mcp: Connect, sandbox: SandboxServer) -> None:
    sandbox.world.add_pet(sandbox.world.user("noah"), name="Nox")
    client = mcp("noah")
    undo = client.call("add_weight", pet_id="Nox", weight_kg="4.2").content["undo"]

    assert client.call(undo["operation"], **undo["arguments"]).content["already_deleted"] is False


def test_who_may_not_see_pets_is_asked_for_it(mcp: Connect, sandbox: SandboxServer) -> None:
    cat = sandbox.world.add_pet(sandbox.world.user("noah"), name="Nox")
    client = mcp("noah", scopes=("health:read",))

    told = client.call("list_weights", pet_id="Nox")

    assert (told.status, told.upstream) == (403, [])
    assert 'scope="pets:read health:read"' in told.headers["WWW-Authenticate"]
    assert client.call("list_weights", pet_id=cat.id).status == 200


def test_staff_see_which_pet_it_was(mcp: Connect, sandbox: SandboxServer, settings: Settings) -> None:
    settings.TOOL_CALL_LOG = "inline"
    cat = sandbox.world.add_pet(sandbox.world.user("noah"), name="Nox")
    mcp("noah").call("list_weights", pet_id="Nox")

    line = ToolCall.objects.get()

    assert (line.pet_ids, "Nox" in str(vars(line))) == (str(cat.id), False)


def test_history_and_many_records_take_it_in_pet_id_too(mcp: Connect, sandbox: SandboxServer) -> None:
    cat = sandbox.world.add_pet(sandbox.world.user("noah"), name="Nox")
    client = mcp("noah")

    written = client.call("record_many", records=[{"kind": "weight", "pet_id": "Nox", "weight_kg": "4.2"}]).content
    read = client.call("pet_history", pet_id="nox").content

    assert written["results"][0]["data"]["pet_id"] == cat.id
    assert [one["weight_kg"] for one in read["records"]] == [4.2]


def test_one_pet_is_read_in_the_persons_zone(mcp: Connect, sandbox: SandboxServer) -> None:
    sandbox.world.add_pet(sandbox.world.user("noah"), name="Nox", birthday="2020-05-12")

    content = mcp("noah").call("get_pet", pet_id="Nox", time_zone="America/New_York").content

    assert content["time_zone"] == "America/New_York"
    assert content["data"]["birthday"] == "2020-05-12"
