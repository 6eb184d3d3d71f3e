"""inputSchema and outputSchema of a tool, out of the published OpenAPI document: one source, so both doors say the same.

JSON Schema 2020-12, complete in itself: some clients drop a `$ref`. Path ids, query and body become one flat object of arguments.
The whole list stands in a model's context, so an answer's form is told as shortly as it can be: what a model is to do about it is
in the answer itself (`message`) and in the instructions. The Actions door describes every field.
"""

import copy
import re
from functools import cache
from typing import Any

from petstools.schema.document import REF, Json, operations, published
from petstools.schema.operation import QUESTION_STATUS

# Marks of the document that tell a model nothing here, or that validators disagree on; a call is held to its limits all the same.
_DROPPED = ("examples", "example", "format", "minimum", "maximum", "maxLength", "maxItems")
# A description's first sentence says what an input is. What to do about it follows; here the instructions say that for all tools.
# What is the same in two tools is described once, where a model reads first.
_LIKE = {
    "update_pet": ("create_pet",),
    "update_weight": ("add_weight",),
    "update_medical_record": ("add_medical_record",),
    "update_microchip": ("add_microchip",),
    "update_vaccination": ("add_vaccination",),
    "renew_vaccination": ("add_vaccination",),
    "record_many": ("add_weight", "add_vaccination", "add_medical_record"),
}
# What these inputs are at this door, in all tools; the instructions say the rest.
_HERE: dict[str, Json] = {
    "pet_id": {"type": "string", "description": "Its name or id."},
    "time_zone": {"type": "string", "description": "IANA."},
    "page": {"type": "integer", "description": "An answer's next_page."},
    "again": {"type": "boolean", "description": "Once an answer asks."},
    "confirmation": {"type": "string", "description": "Of the answer that asked."},
}
# Taken all the same: the pet's name goes into pet_id, which of several is asked; and a form that does nothing.
_UNLISTED = ("pet_name", "confirm")
_FIRST_SENTENCE = re.compile(r"(.+?[^.]\.)(?= [A-Z]|$)")

# What any answer may have: their names and the instructions say what they are, once for all tools.
_UNTOLD = (
    *("reason", "message", "missing_fields", "candidates", "already_recorded", "note", "page", "next_page", "total"),
    *("data", "already_deleted", "renewed_id", "summary", "send_again", "retry_after"),
    *("ignored_fields", "confirmation", "before", "undo", "today", "time_zone", "limit_left"),
)


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
    whole = _facts({"type": "object", "properties": properties, **({"required": required} if required else {})})
    for first in _LIKE.get(tool, ()):
        _refer(whole, input_schema(first)["properties"], f"As in {first}.")
    return whole


def _facts(node: Json) -> Json:
    """A copy whose descriptions are their first sentences."""
    short = dict(node)
    if "description" in short and (first := _FIRST_SENTENCE.match(short["description"])):
        short["description"] = first[1]
    if "properties" in short:
        short["properties"] = {
            name: _HERE.get(name) or _facts(of) for name, of in short["properties"].items() if name not in _UNLISTED
        }
    if "items" in short:
        # The array's own words say what each is, and the zone of all stands beside it.
        row = {name: of for name, of in short["items"].items() if name != "description"}
        if "properties" in row:
            row["properties"] = {name: of for name, of in row["properties"].items() if name != "time_zone"}
        short["items"] = _facts(row)
    return short


def _refer(node: Json, known: Json, reference: str) -> None:
    """Have the descriptions that are long and `known` by the same name say where they stand."""
    for name, of in node.get("properties", {}).items():
        if of["description"] == known.get(name, {}).get("description") and len(of["description"]) > 2 * len(reference):
            of["description"] = reference
        _refer(of.get("items", {}), known, reference)


def output_schema(tool: str) -> Json:
    """What its structuredContent holds: the tool's own answer or a question. Errors carry none (docs/mcp.md).

    The names of an answer and what they are; its records are not taken apart, for the answer itself shows what is in them.
    """
    whole: Json = _whole(_operations()[tool]["responses"]["200"]["content"]["application/json"]["schema"])
    properties = {name: _in_short(name, of) for name, of in whole["properties"].items() if name not in _UNTOLD}
    if "pet_id" in input_schema(tool)["properties"] and QUESTION_STATUS not in properties["status"]["enum"]:
        # Which pet a name means can be a question here.
        properties["status"]["enum"] = [*properties["status"]["enum"], QUESTION_STATUS]
    return {"type": "object", "properties": properties, "required": ["status"]}


def _in_short(name: str, of: Json) -> Json:
    """What is null at times has no type here: several types at once are what some validators warn of."""
    if name == "status":
        return {"type": "string", "enum": of["enum"]}
    short: Json = {"type": of["type"]} if isinstance(of.get("type"), str) else {}
    if of.get("type") == "array":
        short["items"] = {"type": of["items"]["type"]}
    return _facts({**short, "description": of["description"]})


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
