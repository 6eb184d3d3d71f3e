"""inputSchema and outputSchema of a tool, out of the published OpenAPI document: one source, so both doors say the same.

JSON Schema 2020-12, complete in itself: some clients drop a `$ref`. Path ids, query and body become one flat object of arguments.
The whole list stands in a model's context, so an answer's form is told as shortly as it can be: what a model is to do about it is
in the answer itself (`message`) and in the instructions, and the fields of a record are described where records are read.
"""

import copy
from functools import cache
from typing import Any

from petstools.schema.document import REF, Json, operations, published

# Marks of the document that tell a model nothing here, or that validators disagree on.
_DROPPED = ("examples", "example", "format")

# Beside any answer, and their names and the instructions say what they are.
_UNTOLD = ("ignored_fields", "confirmation", "before", "undo", "today", "time_zone", "limit_left")
# Of every answer: what is in them needs no words.
_TELL_THEMSELVES = ("missing_fields",)
_CANDIDATES = (
    "What the person can choose from, by names, not ids; often empty. "
    "Fields with the name of an input are ready to be sent back."
)
# Of a record that was written: which input its id is for, what is people's text, how one of several went.
_SAID_EVERYWHERE = ("id", "notes", "description", "status", "message", "input", "index", "already_recorded")


def input_schema(tool: str) -> Json:
    """What a call of this tool takes, by the tool's name."""
    operation = _operations()[tool]
    properties: Json = {}
    required: list[str] = []
    for parameter in operation.get("parameters", []):
        properties[parameter["name"]] = _whole(parameter["schema"]) | {"description": parameter["description"]}
        if parameter.get("required"):
            required.append(parameter["name"])
    if "requestBody" in operation:
        body = _whole(operation["requestBody"]["content"]["application/json"]["schema"])
        properties |= body["properties"]
        required += body.get("required", [])
    if not properties:
        return {"type": "object", "properties": {}}
    return {"type": "object", "properties": properties, **({"required": required} if required else {})}


def output_schema(tool: str, *, reads: bool) -> Json:
    """What its structuredContent holds: the tool's own answer or a question. Errors carry none (docs/mcp.md).

    reads: whether the tool only reads.
    """
    whole: Json = _whole(_operations()[tool]["responses"]["200"]["content"]["application/json"]["schema"])
    properties: Json = whole["properties"]
    of_each = properties["results"]["items"]["properties"] if "results" in properties else {}
    for name in _UNTOLD:
        properties.pop(name, None)
        of_each.pop(name, None)
    for name, of in properties.items():
        if name == "candidates":
            properties[name] = {"type": "array", "items": {"type": "object"}, "description": _CANDIDATES}
        elif name in _TELL_THEMSELVES:
            properties[name] = _undescribed(of) | {"description": of["description"]}
        elif not reads:
            properties[name] = _undescribed(of, keep=_SAID_EVERYWHERE) | {"description": of["description"]}
    return whole


@cache
def _operations() -> dict[str, Json]:
    return {operation["operationId"]: operation for _path, _method, operation in operations(published().document)}


def _undescribed(node: Any, keep: tuple[str, ...] = ()) -> Any:
    """A copy without descriptions, but of the properties to keep."""
    if isinstance(node, list):
        return [_undescribed(one, keep) for one in node]
    if not isinstance(node, dict):
        return node
    return {
        key: {
            name: _undescribed(one, keep)
            | ({"description": one["description"]} if name in keep and "description" in one else {})
            for name, one in value.items()
        }
        if key == "properties"
        else _undescribed(value, keep)
        for key, value in node.items()
        if key != "description"
    }


def _whole(node: Any) -> Any:
    """A copy with every reference written out."""
    if isinstance(node, list):
        return [_whole(one) for one in node]
    if not isinstance(node, dict):
        return copy.deepcopy(node)
    ref = node.get("$ref")
    if isinstance(ref, str):
        component = published().document["components"]["schemas"][ref.removeprefix(REF)]
        return _whole({**component, **{key: value for key, value in node.items() if key != "$ref"}})
    return {
        key: {name: _whole(one) for name, one in value.items()} if key == "properties" else _whole(value)
        for key, value in node.items()
        if key not in _DROPPED
    }
