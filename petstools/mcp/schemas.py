"""inputSchema and outputSchema of a tool, out of the published OpenAPI document: one source, so both doors say the same.

JSON Schema 2020-12, complete in itself: some clients drop a `$ref`. Path ids, query and body become one flat object of arguments.
The whole list stands in a model's context, so an answer's form is told as shortly as it can be: what a model is to do about it is
in the answer itself (`message`) and in the instructions. The Actions door describes every field.
"""

import copy
from functools import cache
from typing import Any

from petstools.schema.document import REF, Json, operations, published

# Marks of the document that tell a model nothing here, or that validators disagree on.
_DROPPED = ("examples", "example", "format")

# Beside any answer, and their names and the instructions say what they are.
_UNTOLD = ("ignored_fields", "confirmation", "before", "undo", "today", "time_zone", "limit_left")
# Of every answer: the instructions say what to do about a question, once for all tools.
_TELL_THEMSELVES = ("status", "reason", "message", "missing_fields", "candidates")


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


def output_schema(tool: str) -> Json:
    """What its structuredContent holds: the tool's own answer or a question. Errors carry none (docs/mcp.md).

    The names of an answer and what they are; its records are not taken apart, for the answer itself shows what is in them.
    """
    whole: Json = _whole(_operations()[tool]["responses"]["200"]["content"]["application/json"]["schema"])
    properties = {name: _in_short(name, of) for name, of in whole["properties"].items() if name not in _UNTOLD}
    return {"type": "object", "properties": properties, "required": ["status"]}


def _in_short(name: str, of: Json) -> Json:
    """What is null at times has no type here: several types at once are what some validators warn of."""
    short: Json = {"type": of["type"]} if isinstance(of.get("type"), str) else {}
    if of.get("type") == "array":
        short["items"] = {"type": of["items"]["type"]}
    if name == "status":
        short["enum"] = of["enum"]
    elif name not in _TELL_THEMSELVES:
        short["description"] = of["description"]
    return short


@cache
def _operations() -> dict[str, Json]:
    return {operation["operationId"]: operation for _path, _method, operation in operations(published().document)}


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
