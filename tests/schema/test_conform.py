"""tests/schema/conform.py itself: an answer that departs from the schema does not pass."""

import copy
from typing import Any

import pytest

from petstools.schema.examples import COMPONENTS
from tests.schema.conform import Departure, check, operation_at

QUESTION = {
    "status": "clarification_needed",
    "reason": "missing",
    "message": "Ask for the weight.",
    "missing_fields": ["weight_kg"],
    "candidates": [{"weight_kg": "4.2"}],
}
WEIGHTS = "/pets/4211/weights"


def weight(**changes: Any) -> dict[str, Any]:
    body: dict[str, Any] = copy.deepcopy(COMPONENTS["WeightAnswer"])
    body["data"] |= changes.pop("data", {})
    return body | changes


def without(body: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in body.items() if key != name}


@pytest.mark.parametrize(
    ("method", "path", "status", "body"),
    [
        ("POST", WEIGHTS, 201, weight()),
        ("POST", WEIGHTS, 200, weight(already_recorded=True)),
        ("POST", WEIGHTS, 200, QUESTION),
        ("GET", "/pets?page=2", 200, COMPONENTS["PetsAnswer"]),
        ("GET", "/pets/1", 404, COMPONENTS["Error"]),
        ("POST", "/pets/find", 200, COMPONENTS["FoundPetsAnswer"]),
        ("POST", "/pets/find", 200, {**QUESTION, "candidates": [{"id": 1, "slug": "cat", "name": "Cat"}]}),
    ],
)
def test_it_passes_what_is_published(method: str, path: str, status: int, body: Any) -> None:
    check(method, path, status, body)


@pytest.mark.parametrize(
    ("method", "path", "status", "body", "told"),
    [
        ("POST", WEIGHTS, 201, weight(data={"weight_kg": "4.2"}), "data/weight_kg"),
        ("POST", WEIGHTS, 201, weight(data={"owner_email": "mai@example.com"}), "owner_email"),
        ("POST", WEIGHTS, 201, weight(more=1), "more"),
        ("POST", WEIGHTS, 201, without(weight(), "data"), "missing: data"),
        ("POST", WEIGHTS, 201, QUESTION, "a question is a 200"),
        ("POST", WEIGHTS, 200, without(QUESTION, "candidates"), "missing: candidates"),
        ("POST", WEIGHTS, 200, {**QUESTION, "candidates": [{"password": "x"}]}, "password"),
        ("POST", WEIGHTS, 200, {**QUESTION, "candidates": [{}]}, "nothing"),
        ("POST", WEIGHTS, 200, weight(message="Well done."), "belongs to a question only: message"),
        ("POST", WEIGHTS, 200, weight(status="done"), "status"),
        ("POST", WEIGHTS, 204, None, "status 204"),
        ("GET", WEIGHTS, 201, COMPONENTS["WeightsAnswer"], "status 201"),
        ("PUT", WEIGHTS, 200, weight(), "no such operation"),
        ("GET", "/pets/1", 404, {"detail": "Not found."}, "'error' is a required property"),
        ("GET", "/pets/1", 404, {**COMPONENTS["Error"], "error": "GONE"}, "error"),
        ("GET", "/pets/1", 403, COMPONENTS["Error"], "NOT_FOUND is a 404"),
        ("GET", "/pets/1", 404, {**COMPONENTS["Error"], "retryable": True}, "retryable: False"),
        ("GET", "/pets/1", 500, "<html>", "is not of type 'object'"),
    ],
)
def test_it_refuses_what_is_not(method: str, path: str, status: int, body: Any, told: str) -> None:
    with pytest.raises(Departure) as departure:
        check(method, path, status, body)

    assert told in str(departure.value)


def test_of_two_addresses_that_fit_the_literal_one_is_meant() -> None:
    found = operation_at("post", "/pets/find")

    assert found is not None
    assert found["operationId"] == "find_pet"
    assert operation_at("get", "/nowhere") is None
