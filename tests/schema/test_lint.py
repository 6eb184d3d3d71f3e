"""petstools.schema.lint: each rule finds what breaks it."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from petstools.schema import lint
from tests.schema.conform import schema

Json = dict[str, Any]
Break = Callable[[Json], Any]


def post_weight(made: Json) -> Json:
    operation: Json = made["paths"]["/pets/{pet_id}/weights"]["post"]
    return operation


def sent(made: Json) -> Json:
    properties: Json = made["components"]["schemas"]["AddWeightRequest"]["properties"]
    return properties


def answered(made: Json) -> Json:
    properties: Json = made["components"]["schemas"]["Weight"]["properties"]
    return properties


def a_second_server(made: Json) -> None:
    made["servers"].append({"url": "https://other.example"})


def too_many_operations(made: Json) -> None:
    for number in range(lint.MOST_OPERATIONS):
        made["paths"][f"/more/{number}"] = {
            "get": {**made["paths"]["/account"]["get"], "operationId": f"more_{number}"}
        }


def a_header(made: Json) -> None:
    post_weight(made)["parameters"].append(
        {"in": "header", "name": "Idempotency-Key", "schema": {"type": "string"}, "description": "A key."}
    )


def a_list_in_the_address(made: Json) -> None:
    made["paths"]["/pets"]["get"]["parameters"][0]["schema"] = {"type": "array", "items": {"type": "integer"}}


def a_form(made: Json) -> None:
    content = post_weight(made)["requestBody"]["content"]
    content["multipart/form-data"] = content.pop("application/json")


def a_body_with_delete(made: Json) -> None:
    made["paths"]["/pets/{pet_id}"]["delete"]["requestBody"] = post_weight(made)["requestBody"]


def a_path_parameter_gone(made: Json) -> None:
    post_weight(made)["parameters"].clear()


def broken_by(name: str, breaking: Break, *, where: str, what: str) -> Any:
    return pytest.param(breaking, where, what, id=name)


BROKEN = [
    broken_by("3.0", lambda made: made.update(openapi="3.0.3"), where="openapi", what="3.1.0"),
    broken_by("no version", lambda made: made["info"].pop("version"), where="info.version", what="missing"),
    broken_by("two servers", a_second_server, where="servers", what="must be one, not 2"),
    broken_by(
        "http", lambda made: made["servers"][0].update(url="http://meo.example"), where="servers", what="must be HTTPS"
    ),
    broken_by(
        "another host for tokens",
        lambda made: made["components"]["securitySchemes"]["MeoMaiMoi"]["flows"]["authorizationCode"].update(
            tokenUrl="https://id.example/token"
        ),
        where="securitySchemes.tokenUrl",
        what="on the host",
    ),
    broken_by(
        "a second kind of sign-in",
        lambda made: made["components"]["securitySchemes"].update(key={"type": "apiKey", "in": "cookie", "name": "k"}),
        where="components.securitySchemes",
        what="must be one",
    ),
    broken_by("too many operations", too_many_operations, where="paths", what="operations, at most 30"),
    broken_by(
        "an id twice",
        lambda made: post_weight(made).update(operationId="get_pet"),
        where="get_pet",
        what="used more than once",
    ),
    broken_by(
        "an id with a space",
        lambda made: post_weight(made).update(operationId="add weight"),
        where="add weight",
        what="letters, digits",
    ),
    broken_by(
        "a long summary",
        lambda made: post_weight(made).update(summary="x" * 301),
        where="add_weight.summary",
        what="301 characters, at most 300",
    ),
    broken_by(
        "a long description",
        lambda made: post_weight(made).update(description="x" * 301),
        where="add_weight.description",
        what="301 characters",
    ),
    broken_by(
        "no description",
        lambda made: post_weight(made).pop("description"),
        where="add_weight.description",
        what="missing",
    ),
    broken_by(
        "no consequential flag",
        lambda made: post_weight(made).pop("x-openai-isConsequential"),
        where="add_weight",
        what="x-openai-isConsequential",
    ),
    broken_by(
        "no security",
        lambda made: post_weight(made).pop("security"),
        where="add_weight",
        what="security must be stated",
    ),
    broken_by(
        "errors not typed",
        lambda made: post_weight(made)["responses"].pop("4XX"),
        where="add_weight",
        what="4XX looks like",
    ),
    broken_by("a header", a_header, where="add_weight.Idempotency-Key", what="header parameter"),
    broken_by("a list in the address", a_list_in_the_address, where="list_pets.", what="lists and objects"),
    broken_by(
        "a parameter without words",
        lambda made: post_weight(made)["parameters"][0].pop("description"),
        where="add_weight.pet_id",
        what="not described",
    ),
    broken_by("a path parameter gone", a_path_parameter_gone, where="add_weight.pet_id", what="differ"),
    broken_by("a form", a_form, where="add_weight.requestBody", what="application/json and nothing else"),
    broken_by("a body with DELETE", a_body_with_delete, where="delete_pet", what="no body with DELETE"),
    broken_by(
        "no example of a call",
        lambda made: post_weight(made)["requestBody"]["content"]["application/json"].pop("examples"),
        where="add_weight.requestBody",
        what="no example",
    ),
    broken_by(
        "no example of an answer",
        lambda made: made["components"]["schemas"]["WeightAnswer"].pop("examples"),
        where="WeightAnswer",
        what="no example",
    ),
    broken_by(
        "a field without words", lambda made: sent(made)["unit"].pop("description"), where="unit", what="not described"
    ),
    broken_by(
        "a field with too many",
        lambda made: sent(made)["unit"].update(description="x" * 701),
        where="unit",
        what="701 characters",
    ),
    broken_by(
        "a union",
        lambda made: answered(made).update(id={"oneOf": [{"type": "integer"}], "description": "An id."}),
        where="/properties/id",
        what="oneOf is a union",
    ),
    broken_by(
        "null in what is sent",
        lambda made: sent(made)["unit"].update(type=["string", "null"]),
        where="unit",
        what="leave it out instead",
    ),
    broken_by(
        "several types",
        lambda made: sent(made)["weight_kg"].update(type=["string", "number"]),
        where="weight_kg",
        what="several types (number, string)",
    ),
    broken_by(
        "an object of nobody knows what",
        lambda made: answered(made).update(extra={"type": "object", "description": "More."}),
        where="extra",
        what="object without properties",
    ),
    broken_by(
        "a list of nobody knows what",
        lambda made: answered(made).update(extra={"type": "array", "items": {}, "description": "More."}),
        where="extra",
        what="list of nobody knows what",
    ),
    broken_by(
        "a field of no type",
        lambda made: answered(made).update(extra={"description": "More."}),
        where="extra",
        what="has no type",
    ),
    broken_by(
        "a reference to nowhere",
        lambda made: answered(made).update(extra={"$ref": "#/components/schemas/Gone", "description": "More."}),
        where="extra",
        what="leads nowhere",
    ),
    broken_by(
        "a reference elsewhere",
        lambda made: answered(made).update(extra={"$ref": "https://meo.example/x.json", "description": "More."}),
        where="extra",
        what="leads nowhere",
    ),
    broken_by(
        "a requirement of nothing",
        lambda made: made["components"]["schemas"]["Weight"]["required"].append("gone"),
        where="Weight",
        what="requires gone",
    ),
    broken_by(
        "a component that nothing uses",
        lambda made: made["components"]["schemas"].update(Unused={"type": "object", "properties": answered(made)}),
        where="Unused",
        what="used nowhere",
    ),
    broken_by(
        "an open answer",
        lambda made: made["components"]["schemas"]["Weight"].update(additionalProperties=True),
        where="Weight",
        what="open to anything",
    ),
    broken_by(
        "a document too large",
        lambda made: made["info"].update(description="x" * lint.MOST_CHARACTERS),
        where="document",
        what="characters, at most",
    ),
]


@pytest.mark.parametrize(("breaking", "where", "what"), BROKEN)
def test_it_finds(breaking: Break, where: str, what: str) -> None:
    made = copy.deepcopy(schema())

    breaking(made)

    found = lint.problems(made)
    assert any(where in one.where and what in one.what for one in found), [str(one) for one in found]


def test_a_developers_own_machine_needs_no_https() -> None:
    made = copy.deepcopy(schema())
    flow = made["components"]["securitySchemes"]["MeoMaiMoi"]["flows"]["authorizationCode"]
    made["servers"][0]["url"] = "http://127.0.0.1:8000"
    flow |= {
        "authorizationUrl": "http://127.0.0.1:8000/oauth/authorize",
        "tokenUrl": "http://127.0.0.1:8000/oauth/token",
    }

    assert lint.problems(made) == []
