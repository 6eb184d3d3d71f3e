"""The document itself: all tools and nothing else, valid, within ChatGPT's limits, with examples that fit."""

from typing import Any

import pytest
from drf_spectacular.contrib.pydantic import PydanticExtension
from drf_spectacular.drainage import GENERATOR_STATS
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from petstools.catalog import TOOLS
from petstools.schema import examples
from petstools.schema.document import REF, document, operations
from petstools.schema.lint import problems
from tests.schema.conform import _strict, schema

PUBLIC_URL = "https://connector.meo.example"
OPERATIONS = {one["operationId"]: (path, method, one) for path, method, one in operations(schema())}


def test_it_is_valid_openapi_3_1() -> None:
    assert schema()["openapi"] == "3.1.0"
    OpenAPIV31SpecValidator(schema()).validate()


def test_it_keeps_every_rule() -> None:
    assert [str(one) for one in problems(schema())] == []


def test_making_it_leaves_no_warning() -> None:
    GENERATOR_STATS.reset()

    document(PUBLIC_URL)

    assert not GENERATOR_STATS


def test_it_holds_every_tool_and_nothing_else() -> None:
    assert set(OPERATIONS) == {tool.name for tool in TOOLS}
    assert len(TOOLS) == len({tool.name for tool in TOOLS}) == sum(1 for _one in operations(schema()))


@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.name)
def test_a_tool_is_described_as_its_catalog_says(tool: Any) -> None:
    _path, _method, operation = OPERATIONS[tool.name]

    assert operation["summary"] == tool.summary
    assert operation["description"] == tool.description
    assert operation["x-openai-isConsequential"] is tool.consequential
    parameters = {one["name"]: one["in"] for one in operation.get("parameters", [])}
    assert {name for name, where in parameters.items() if where == "path"} == set(tool.path_ids)
    assert {name for name, where in parameters.items() if where == "query"} == set(
        tool.query().fields if tool.query else ()
    )
    if tool.request is None:
        assert "requestBody" not in operation
    else:
        sent = operation["requestBody"]["content"]["application/json"]["schema"]["$ref"].removeprefix(REF)
        assert set(schema()["components"]["schemas"][sent]["properties"]) == set(tool.request().fields)


def test_chatgpt_asks_before_deletions_and_status_and_never_else() -> None:
    asking = {name for name, (_path, _method, one) in OPERATIONS.items() if one["x-openai-isConsequential"]}

    assert asking == {name for name in OPERATIONS if name.startswith("delete_")} | {"set_pet_status"}


def test_only_the_list_of_kinds_needs_no_sign_in() -> None:
    assert [name for name, (_path, _method, one) in OPERATIONS.items() if one["security"] == []] == ["list_pet_types"]
    assert {str(one["security"]) for name, (_p, _m, one) in OPERATIONS.items() if name != "list_pet_types"} == {
        "[{'MeoMaiMoi': ['pets']}]"
    }


def test_sign_in_and_service_are_on_one_host() -> None:
    made = document("https://gpt.meo.example")

    assert made["servers"] == [{"url": "https://gpt.meo.example"}]
    flow = made["components"]["securitySchemes"]["MeoMaiMoi"]["flows"]["authorizationCode"]
    assert flow["authorizationUrl"] == "https://gpt.meo.example/oauth/authorize"
    assert flow["tokenUrl"] == flow["refreshUrl"] == "https://gpt.meo.example/oauth/token"
    assert list(flow["scopes"]) == ["pets"]
    assert PUBLIC_URL not in str(made)


def test_an_answer_that_may_be_a_question_says_so_in_its_status() -> None:
    components = schema()["components"]["schemas"]

    assert components["WeightAnswer"]["properties"]["status"]["enum"] == ["ok", "clarification_needed"]
    assert components["WeightAnswer"]["required"] == ["status"]
    assert components["RecordManyAnswer"]["properties"]["status"]["enum"] == ["ok", "partial", "clarification_needed"]
    assert {"summary", "results", "message", "candidates"} <= components["RecordManyAnswer"]["properties"].keys()
    assert components["WeightsAnswer"]["properties"]["status"]["enum"] == ["ok"]
    assert "reason" not in components["WeightsAnswer"]["properties"]


def test_only_what_makes_records_answers_201() -> None:
    making = {name for name, (_path, _method, one) in OPERATIONS.items() if "201" in one["responses"]}

    assert making == {
        "create_pet",
        "add_weight",
        "add_vaccination",
        "renew_vaccination",
        "add_medical_record",
        "add_microchip",
        "save_habit",
    }


@pytest.mark.parametrize("name", examples.COMPONENTS)
def test_an_example_of_an_answer_fits_its_schema(name: str) -> None:
    Draft202012Validator({"$ref": f"{REF}{name}", "components": _strict()}).validate(examples.COMPONENTS[name])


@pytest.mark.parametrize(
    ("name", "sent"), [(name, sent) for name, calls in examples.CALLS.items() for sent in calls.values()]
)
def test_an_example_of_a_call_fits_its_schema(name: str, sent: Any) -> None:
    _path, _method, operation = OPERATIONS[name]
    ref = operation["requestBody"]["content"]["application/json"]["schema"]["$ref"]

    Draft202012Validator({"$ref": ref, "components": _strict()}).validate(sent)


def test_no_example_is_of_something_that_is_gone() -> None:
    assert examples.COMPONENTS.keys() <= schema()["components"]["schemas"].keys()
    assert examples.CALLS.keys() <= OPERATIONS.keys()


def test_nothing_is_asked_of_pydantic() -> None:
    """drf-spectacular would load it for an extension that none of our serializers needs."""
    assert PydanticExtension.target_class is None
