"""Whether an answer is what the published schema says, to the last field: `conform.check("POST", "/pets/find", 200, body)`.

Stricter than the schema alone. It lists the tool's own answer and the question to the person as one object with optional fields
(petstools.schema.operation says why); here each of the two must be there whole. And nothing may be there that is not listed.
"""

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator
from rest_framework.serializers import Serializer

from petstools.answers import Code
from petstools.catalog import TOOLS
from petstools.schema.document import REF, Json, document, nodes, operations
from petstools.schema.operation import QUESTION_STATUS
from petstools.serializers.outcomes import Question
from petstools.tools.base import Tool


class Departure(AssertionError):
    """An answer that the schema does not describe."""


def check(method: str, path: str, status: int, body: Any) -> None:
    """Raises Departure with every difference. `path` may bear a query; an address or method that is none must be an error."""
    found = list(departures(method, path, status, body))
    if found:
        listed = "\n  ".join(found)
        raise Departure(f"{method} {path} answered {status}, not as published:\n  {listed}\n  body: {_short(body)}")


def departures(method: str, path: str, status: int, body: Any) -> Iterator[str]:
    if status >= 400:
        yield from _error(status, body)
        return
    operation = operation_at(method, path)
    if operation is None:
        yield "there is no such operation in the schema"
        return
    if str(status) not in operation["responses"]:
        yield f"status {status} is not in the schema"
        return
    schema = operation["responses"][str(status)]["content"]["application/json"]["schema"]
    yield from _against(schema["$ref"], body)
    if isinstance(body, dict):
        yield from _whole(_tool(operation["operationId"]), status, body)


def operation_at(method: str, path: str) -> Json | None:
    """The operation that is served there; of two templates that fit the one with fewer ids."""
    path = path.partition("?")[0]
    fitting = [
        (template.count("{"), operation)
        for template, its_method, operation in operations(schema())
        if its_method == method.lower() and re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", template), path)
    ]
    return min(fitting, key=lambda one: one[0])[1] if fitting else None


@cache
def schema() -> Json:
    """The document as it is published, but for its address."""
    return document("https://connector.meo.example")


def _error(status: int, body: Any) -> Iterator[str]:
    yield from _against(f"{REF}Error", body)
    code = body.get("error") if isinstance(body, dict) else None
    if code in list(Code) and (Code(code).http_status != status or body.get("retryable") is not Code(code).retryable):
        yield f"{code} is a {Code(code).http_status}, retryable: {Code(code).retryable}"


def _whole(tool: Tool, status: int, body: Mapping[str, Any]) -> Iterator[str]:
    """What `required` can't say where two forms share one object."""
    own, question = _fields(tool.answer), _fields(Question)
    if body.get("status") == QUESTION_STATUS:
        if status != 200:
            yield "a question is a 200"
        missing = [name for name, field in question.items() if field.required and name not in body]
        for candidate in body.get("candidates") or ():
            yield from _candidate(tool, candidate)
    else:
        missing = [name for name, field in own.items() if field.required and name not in body]
        if undue := [name for name in body if name not in own]:
            yield f"belongs to a question only: {', '.join(undue)}"
    if missing:
        yield f"missing: {', '.join(missing)}"


def _candidate(tool: Tool, candidate: Mapping[str, Any]) -> Iterator[str]:
    """Candidates are open in the schema: each field must be an input of the tool, or of a record that the schema describes."""
    inputs = {name for form in (tool.request, tool.query) if form is not None for name in _fields(form)}
    unknown = candidate.keys() - inputs - set(tool.path_ids) - _fields_of_records()
    if unknown or not candidate:
        yield f"a candidate with {sorted(unknown) or 'nothing'}, which is described nowhere"


@cache
def _fields(form: type[Serializer[Any]]) -> Mapping[str, Any]:
    return form().fields


@cache
def _fields_of_records() -> frozenset[str]:
    return frozenset(
        name for component in schema()["components"]["schemas"].values() for name in component["properties"]
    )


@cache
def _tool(name: str) -> Tool:
    return next(tool for tool in TOOLS if tool.name == name)


@cache
def _strict() -> Json:
    """The component schemas, closed: what they do not list must not be there."""
    components: Json = json.loads(json.dumps(schema()["components"]))
    for _at, node in nodes(components):
        if isinstance(node, dict) and isinstance(node.get("properties"), dict) and "type" in node:
            node.setdefault("additionalProperties", False)
    return components


@cache
def _validator(ref: str) -> Draft202012Validator:
    return Draft202012Validator({"$ref": ref, "components": _strict()})


def _against(ref: str, body: Any) -> Iterator[str]:
    for error in _validator(ref).iter_errors(body):
        where = "/".join(str(part) for part in error.absolute_path) or "body"
        yield f"{where}: {error.message[:300]}"


def _short(body: Any) -> str:
    return json.dumps(body, ensure_ascii=False)[:1500]
