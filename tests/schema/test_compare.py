"""petstools.schema.compare: what breaks a GPT that imported an earlier schema, and what does not."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from petstools.schema.compare import changes
from tests.schema.conform import schema

Json = dict[str, Any]


def components(made: Json) -> Json:
    found: Json = made["components"]["schemas"]
    return found


def sent(made: Json) -> Json:
    found: Json = components(made)["AddWeightRequest"]["properties"]
    return found


def answered(made: Json) -> Json:
    found: Json = components(made)["Weight"]["properties"]
    return found


def moved(made: Json) -> None:
    made["paths"]["/me"] = made["paths"].pop("/account")


def of_another_method(made: Json) -> None:
    made["paths"]["/pets/find"]["put"] = made["paths"]["/pets/find"].pop("post")


def parameter(made: Json, **more: Any) -> None:
    made["paths"]["/pets"]["get"]["parameters"].append(
        {"in": "query", "name": "order", "schema": {"type": "string"}, "description": "Order.", **more}
    )


BREAKING: dict[str, tuple[Callable[[Json], Any], str]] = {
    "operation removed": (lambda made: made["paths"].pop("/account"), "get_account: operation removed"),
    "path changed": (moved, "get_account: GET /account has become GET /me"),
    "method changed": (of_another_method, "find_pet: POST /pets/find has become PUT /pets/find"),
    "sign-in needed": (
        lambda made: made["paths"]["/pet-types"]["get"].update(security=[{"MeoMaiMoi": ["pets"]}]),
        "list_pet_types: sign-in changed",
    ),
    "parameter removed": (
        lambda made: made["paths"]["/pets"]["get"]["parameters"].clear(),
        "list_pets.page: parameter removed",
    ),
    "required parameter added": (
        lambda made: parameter(made, required=True),
        "list_pets.order: parameter added, required",
    ),
    "parameter required": (
        lambda made: made["paths"]["/pets"]["get"]["parameters"][0].update(required=True),
        "list_pets.page: parameter has become required",
    ),
    "bound tightened": (
        lambda made: made["paths"]["/pets"]["get"]["parameters"][0]["schema"].update(maximum=10),
        "list_pets.page: maximum 100000 has become 10",
    ),
    "body required": (
        lambda made: made["paths"]["/pets/find"]["post"]["requestBody"].update(required=True),
        "find_pet: body has become required",
    ),
    "body removed": (
        lambda made: made["paths"]["/pets/find"]["post"].pop("requestBody"),
        "find_pet: body removed",
    ),
    "sent field removed": (lambda made: sent(made).pop("unit"), "add_weight.unit: field removed"),
    "sent field required": (
        lambda made: components(made)["AddWeightRequest"].update(required=["weight_kg"]),
        "add_weight.weight_kg: field has become required",
    ),
    "required field added": (
        lambda made: (
            sent(made).update(scale={"type": "string"}),
            components(made)["AddWeightRequest"].update(required=["scale"]),
        ),
        "add_weight.scale: field added, required",
    ),
    "sent type narrowed": (
        lambda made: sent(made)["weight_kg"].update(type="number"),
        "add_weight.weight_kg: type string has become number",
    ),
    "choice removed from what is sent": (
        lambda made: components(made)["OverviewRequest"]["properties"]["order"]["enum"].remove("desc"),
        "pets_overview.order: choice 'desc' removed",
    ),
    "sent text has become a choice": (
        lambda made: sent(made)["unit"].update(enum=["g"]),
        "add_weight.unit: any value has become a choice",
    ),
    "choice removed inside a list": (
        lambda made: components(made)["RecordItem"]["properties"]["kind"]["enum"].remove("weight"),
        "record_many.records[].kind: choice 'weight' removed",
    ),
    "answered field removed": (
        lambda made: answered(made).pop("measured_at"),
        "add_weight.200.data.measured_at: field removed",
    ),
    "answered type widened": (
        lambda made: answered(made)["weight_kg"].update(type=["number", "null"]),
        "add_weight.200.data.weight_kg: type number has become null or number",
    ),
    "answered field no longer sure": (
        lambda made: components(made)["Weight"]["required"].remove("weight_kg"),
        "add_weight.200.data.weight_kg: field is no longer always there",
    ),
}
HARMLESS: dict[str, Callable[[Json], Any]] = {
    "operation added": lambda made: made["paths"].update(
        {"/more": {"get": {**made["paths"]["/account"]["get"], "operationId": "more"}}}
    ),
    "sign-in no longer needed": lambda made: made["paths"]["/account"]["get"].update(security=[]),
    "parameter added": parameter,
    "bound loosened": lambda made: made["paths"]["/pets"]["get"]["parameters"][0]["schema"].update(maximum=10**9),
    "sent field added": lambda made: sent(made).update(scale={"type": "string"}),
    "choice added": lambda made: components(made)["OverviewRequest"]["properties"]["order"]["enum"].append("random"),
    "choice of an answer gone": lambda made: components(made)["Error"]["properties"]["error"]["enum"].remove(
        "CONFLICT"
    ),
    "answered field added": lambda made: answered(made).update(scale={"type": "string"}),
    "words changed": lambda made: sent(made)["unit"].update(description="Other words."),
    "example changed": lambda made: components(made)["Error"].pop("examples"),
    "flag changed": lambda made: made["paths"]["/account"]["get"].update({"x-openai-isConsequential": True}),
}


def test_the_same_document_has_no_changes() -> None:
    assert changes(schema(), copy.deepcopy(schema())) == []


@pytest.mark.parametrize("name", BREAKING)
def test_it_breaks(name: str) -> None:
    breaking, expected = BREAKING[name]
    now = copy.deepcopy(schema())

    breaking(now)

    assert expected in [str(one) for one in changes(schema(), now) if one.breaks]


@pytest.mark.parametrize("name", HARMLESS)
def test_it_breaks_nothing_and_is_told(name: str) -> None:
    harmless = HARMLESS[name]
    now = copy.deepcopy(schema())

    harmless(now)

    found = changes(schema(), now)
    assert found
    assert [str(one) for one in found if one.breaks] == []
