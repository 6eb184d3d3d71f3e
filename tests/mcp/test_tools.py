"""Every tool of the list, called through the door: as listed, as validated, and at the cost that it has at the other door."""

# ruff: noqa: F811 - fixtures that come from another module
import json
import re
from collections.abc import Callable
from typing import Any

import pytest
import redis
from django.conf import settings
from django.db import connection as database
from django.test.utils import CaptureQueriesContext
from jsonschema import Draft202012Validator

from oauthbridge.scopes import EVERYDAY
from petstools.catalog import ONLY_MCP, TOOLS
from petstools.mcp import apps
from petstools.mcp.tools import LEFT_OUT, OFFERS, Offer, definition, tools_list
from petstools.schema.document import nodes
from tests.files.conftest import authority, file_host, names  # noqa: F401 - fixtures
from tests.mcp.conftest import Mcp, Told
from tests.tools.documented import departures
from tests.tools.samples import (  # noqa: F401 - fixtures
    ONLY_MCP_SAMPLES,
    SAMPLES,
    Home,
    home,
    lasting_sandbox,
    sandbox,
    tool_named,
)
from tests.tools.test_costs import TRIPS, counted

Connect = Callable[..., Mcp]
# What only a card calls is no tool of its own (tests/mcp/test_confirmation_card.py).
NAMES = sorted(OFFERS.keys() - {apps.CONFIRM})
ALL_SAMPLES = {**SAMPLES, **ONLY_MCP_SAMPLES}


@pytest.fixture
def gpt(mcp: Connect) -> Connect:
    """What a `Home` calls its tools with: here an MCP client."""
    return mcp


def call(at_home: Home, name: str) -> Told:
    connected: Any = at_home.gpt
    told: Told = connected.call(name, **arguments(at_home, name))
    return told


def arguments(at_home: Home, name: str) -> dict[str, Any]:
    """The sample's address, query and body as the one object that a call takes here."""
    sample, tool = ALL_SAMPLES[name], tool_named(name)
    named = [at_home.ids[one] for one in re.findall(r"\{(\w+)\}", sample.path)]
    ids = dict(zip(tool.path_ids, named, strict=True))
    sent = {**ids, **at_home.filled({**sample.body, **sample.query})}
    if "openaiFileIdRefs" in sent:
        files = sent.pop("openaiFileIdRefs")
        sent["files"] = [
            {"download_url": one["download_link"], "file_id": one["id"], "file_name": one["name"]} for one in files
        ]
    return sent


# --- The list ------------------------------------------------------------------------------------


def test_every_tool_is_listed_or_left_out() -> None:
    assert {tool.name for tool in (*TOOLS, *ONLY_MCP)} == {*NAMES, *LEFT_OUT}


def test_no_argument_has_the_name_of_another() -> None:
    """Ids of the address, query and body meet in one object."""
    for tool in (*TOOLS, *ONLY_MCP):
        names = [*tool.path_ids, *(name for form in (tool.query, tool.request) if form for name in form().fields)]
        if tool.name != "attach_files":
            assert len(names) == len(set(names)), tool.name


@pytest.mark.parametrize("offer", OFFERS.values(), ids=lambda offer: offer.name)
def test_what_the_list_says_of_a_tool(offer: Offer) -> None:
    told = definition(offer)

    assert re.fullmatch(r"[a-z_]{1,64}", told["name"])
    assert 0 < len(told["title"]) <= 60
    assert 0 < len(told["description"]) <= 400
    assert set(told["annotations"]) == {"title", "readOnlyHint", "destructiveHint", "idempotentHint", "openWorldHint"}
    assert all(isinstance(hint, bool) for name, hint in told["annotations"].items() if name != "title")
    assert not (told["annotations"]["readOnlyHint"] and told["annotations"]["destructiveHint"])
    assert (
        told["securitySchemes"]
        == told["_meta"]["securitySchemes"]
        == [{"type": "oauth2", "scopes": list(offer.scopes)}]
    )
    assert set(offer.scopes) <= set(EVERYDAY)
    # About 5,000 tokens a tool are said to be ChatGPT's limit.
    assert len(json.dumps(told)) < 10_000


def test_the_whole_list_is_one_that_a_model_can_carry() -> None:
    assert len(tools_list(modern=True)) < 45_000


@pytest.mark.parametrize("offer", OFFERS.values(), ids=lambda offer: offer.name)
def test_an_answer_is_described_in_short(offer: Offer) -> None:
    """Its own fields, not what every answer has; and never several types at once."""
    schema = definition(offer)["outputSchema"]

    for name, of in schema["properties"].items():
        assert ("description" in of) != (name == "status"), name
        assert isinstance(of.get("type", ""), str), name


@pytest.mark.parametrize("offer", OFFERS.values(), ids=lambda offer: offer.name)
def test_its_schemas_are_whole_and_valid(offer: Offer) -> None:
    told = definition(offer)

    for schema in (told["inputSchema"], told["outputSchema"]):
        Draft202012Validator.check_schema(schema)
        assert schema["type"] == "object"
        for at, node in nodes(schema):
            assert not isinstance(node, dict) or not {"$ref", "$defs"} & node.keys(), at
    for name, of in told["inputSchema"].get("properties", {}).items():
        assert of.get("description"), f"{name} is not described"


@pytest.mark.parametrize("offer", OFFERS.values(), ids=lambda offer: offer.name)
def test_only_names_of_this_list_are_named(offer: Offer) -> None:
    """A model would call what a text tells it to."""
    texts = json.dumps(definition(offer)) + offer.description
    elsewhere = {tool.name for tool in TOOLS} - set(OFFERS)

    assert not {name for name in elsewhere if re.search(rf"\b{name}\b", texts)}
    assert "openaiFileIdRefs" not in texts
    assert "GPT" not in texts.replace("ChatGPT", "")


def test_a_tool_that_only_reads_says_so_and_no_other() -> None:
    reading = {name for name in NAMES if not ALL_SAMPLES[name].writes}

    assert {name for name, offer in OFFERS.items() if offer.hints.read_only} == reading


# --- Each call -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_it_answers_as_listed_for_what_it_costs_at_the_other_door(name: str, home: Callable[..., Home]) -> None:
    at_home, sample, offer = home(), ALL_SAMPLES[name], OFFERS[name]
    sent = arguments(at_home, name)

    with CaptureQueriesContext(database) as queries:
        told = call(at_home, name)

    content = told.content
    assert sent.keys() <= offer.input_schema().get("properties", {}).keys()
    Draft202012Validator(offer.output_schema()).validate(content)
    assert departures(content, tool_named(name).answer, short=True) == []
    (block,) = told.result["content"]
    assert (block["type"], json.loads(block["text"])) == ("text", content)
    assert told.upstream == [at_home.filled(one) for one in sample.upstream]
    assert len(queries) == sample.queries, [one["sql"][:120] for one in queries]


@pytest.mark.skipif(not settings.REDIS_URL, reason="counts trips to Redis")
@pytest.mark.parametrize("name", NAMES)
def test_its_trips_to_redis(name: str, home: Callable[..., Home], monkeypatch: pytest.MonkeyPatch) -> None:
    call(home(), name)
    at_home = home()
    trips = counted(monkeypatch, redis.Connection, "send_packed_command")

    assert call(at_home, name).status == 200

    assert len(trips) == 1 + TRIPS.get(name, 0)


@pytest.mark.once
@pytest.mark.parametrize("name", NAMES)
def test_its_error_is_a_result_with_the_stable_code_and_fits_every_client(name: str, home: Callable[..., Home]) -> None:
    at_home = home()
    at_home.sandbox.faults.add(outage=True, retry_after=9)

    told = call(at_home, name)

    assert told.status == 200
    if told.result["isError"]:
        assert departures(told.error, tool_named(name).answer) == []
        assert (told.error["error"], told.error["retry_after"]) == ("UPSTREAM_UNAVAILABLE", 9)
    else:
        # What writes several things tells of each how it ended.
        assert ALL_SAMPLES[name].per_item
        assert told.content["results"][0]["error"] == "UPSTREAM_UNAVAILABLE"


@pytest.mark.once
@pytest.mark.parametrize("name", [name for name in NAMES if "pet_id" in tool_named(name).path_ids])
def test_an_id_that_is_none_is_named(name: str, mcp: Connect, sandbox: Any) -> None:
    connected = mcp("noah")

    values: tuple[Any, ...] = (None, 0, -1, 1.5, True, "0", "-1", "1.5", "1 2", 2**63, [], {}, "٣")
    for wrong in values:
        told = connected.call(name, pet_id=wrong)

        assert told.error["error"] == "INVALID_INPUT", wrong
        assert "pet_id" in [field["name"] for field in told.error["fields"]]
        assert told.upstream == []


@pytest.mark.parametrize("written", [str, float, int])
def test_an_id_is_taken_as_models_write_it(written: Callable[[int], Any], home: Callable[..., Home]) -> None:
    at_home = home()
    connected: Any = at_home.gpt

    assert connected.call("get_pet", pet_id=written(at_home.cat.id)).content["data"]["name"] == "Nox"


def test_a_question_is_an_ordinary_result_that_fits_the_schema(mcp: Connect, sandbox: Any) -> None:
    content = mcp("noah").call("create_pet", name="Nyx").content

    assert (content["status"], content["missing_fields"]) == ("clarification_needed", ["species", "country"])
    Draft202012Validator(OFFERS["create_pet"].output_schema()).validate(content)


@pytest.mark.parametrize("kind", [None, "", "pet", "weights", 1, ["weight"], {}])
def test_a_kind_of_record_that_is_none_is_told_which_there_are(mcp: Connect, sandbox: Any, kind: Any) -> None:
    told = mcp("noah").call("delete_record", kind=kind, pet_id=1, record_id=1)

    (field,) = told.error["fields"]
    assert (field["name"], "medical_record" in field["reason"]) == ("kind", True)


# --- Files ---------------------------------------------------------------------------------------


def test_chatgpt_is_told_which_argument_takes_files() -> None:
    told = definition(OFFERS["attach_files"])

    assert told["_meta"]["openai/fileParams"] == ["files"]
    one = told["inputSchema"]["properties"]["files"]["items"]
    assert set(one["properties"]) == {"download_url", "file_id", "mime_type", "file_name"}
    assert set(one["required"]) == {"download_url", "file_id"}


def test_only_our_own_words_are_replaced_by_this_doors() -> None:
    result = {"name": "openaiFileIdRefs.pdf", "message": "Send openaiFileIdRefs again."}

    told = OFFERS["attach_files"].in_own_words(
        {"results": [result], "note": "openaiFileIdRefs", "data": {"name": "openaiFileIdRefs"}}
    )

    assert told["results"] == [{"name": "openaiFileIdRefs.pdf", "message": "Send files again."}]
    assert (told["note"], told["data"]) == ("files", {"name": "openaiFileIdRefs"})


def test_without_files_the_question_names_the_argument_of_this_door(mcp: Connect, sandbox: Any) -> None:
    pet = sandbox.world.add_pet(sandbox.world.user("noah"), name="Nox")
    told = mcp("noah").call("attach_files", pet_id=pet.id, target="pet")

    assert told.content["missing_fields"] == ["files"]
    assert "openaiFileIdRefs" not in json.dumps(told.body)


@pytest.mark.parametrize(
    "files", ["x", {}, [1], [{}], [{"file_id": "a"}], [{"download_url": 1}], ["https://x.example/a.jpg"]]
)
def test_files_that_are_none_are_named_as_this_argument(mcp: Connect, sandbox: Any, files: Any) -> None:
    told = mcp("noah").call("attach_files", pet_id=1, target="pet", files=files)

    assert [field["name"].partition(".")[0] for field in told.error["fields"]] == ["files"]
    assert told.upstream == []


def test_an_address_that_is_not_chatgpts_is_not_opened(mcp: Connect, sandbox: Any) -> None:
    pet = sandbox.world.add_pet(sandbox.world.user("noah"), name="Nox")
    file = {"download_url": "https://evil.example/a.jpg", "file_id": "1"}

    content = mcp("noah").call("attach_files", pet_id=pet.id, target="pet", files=[file]).content

    assert (content["saved"], content["results"][0]["status"]) == (0, "error")
