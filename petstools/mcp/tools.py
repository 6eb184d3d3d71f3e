"""The tools as they stand in this door's list: some are joined and one is left out, so that it stays short (docs/mcp.md, "Tools")."""

import copy
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

from petstools import inputs
from petstools.answers import Code, FieldReason, ToolError, as_json
from petstools.catalog import TOOLS
from petstools.inputs import Input
from petstools.mcp import apps, schemas, short
from petstools.mcp.protocol import SUPPORTED
from petstools.mcp.responses import server_with_icons
from petstools.tools.attach_files import attach_files
from petstools.tools.base import Hints, Tool
from petstools.tools.change_many import change_many
from petstools.tools.delete_record import delete_record, for_kind
from petstools.tools.history import pet_history
from petstools.tools.pets import list_pet_types
from petstools.tools.review_records import review_records

Json = dict[str, Any]
Arguments = Mapping[str, Any]

# A species that is not understood comes back as a question with the kinds to choose from: the list is hardly ever asked for.
LEFT_OUT = frozenset({list_pet_types.name})
# What models call the pet of a call; the first is ours.
_PET = ("pet_id", "pet", "pet_name")


@dataclass(frozen=True)
class Offer:
    """One tool of the list. `of(arguments)` is the tool that a call runs, `read(tool, arguments)` its input.

    `own_words`: names of inputs that are other ones here than in the tool's texts. All three raise ToolError, for bad input.
    """

    name: str
    title: str
    description: str
    scopes: tuple[str, ...]
    hints: Hints
    input_schema: Callable[[], Json]
    output_schema: Callable[[], Json]
    of: Callable[[Arguments], Tool]
    read: Callable[[Tool, Arguments], tuple[Input, dict[str, int]]]
    meta: Json = field(default_factory=dict)
    own_words: Mapping[str, str] = field(default_factory=dict)

    def in_own_words(self, answer: Json) -> Json:
        """An answer or error as it is here: our own texts and names of inputs (never what a person or a file is called) have this
        list's words."""
        worded = dict(answer)
        for name in ("message", "note"):
            if isinstance(text := worded.get(name), str):
                for theirs, ours in self.own_words.items():
                    worded[name] = text = text.replace(theirs, ours)
        if "missing_fields" in worded:
            worded["missing_fields"] = [self.own_words.get(one, one) for one in worded["missing_fields"]]
        if "fields" in worded:
            worded["fields"] = [
                {**one, "name": self.own_words.get(one["name"], one["name"])} for one in worded["fields"]
            ]
        if "results" in worded:
            worded["results"] = [self.in_own_words(one) for one in worded["results"]]
        return worded


def _plain(tool: Tool) -> Offer:
    return Offer(
        tool.name,
        tool.summary,
        tool.facts,
        tool.scopes,
        tool.hints,
        input_schema=lambda: _input(tool.name),
        output_schema=lambda: schemas.output_schema(tool.name),
        of=lambda _arguments: tool,
        read=_read,
    )


def _input(name: str) -> Json:
    whole = schemas.input_schema(name)
    if name in short.TOOLS:
        whole["properties"] = {**whole["properties"], short.DETAIL: short.ASKED}
    return whole


def _read(tool: Tool, arguments: Arguments) -> tuple[Input, dict[str, int]]:
    arguments, name = with_pet(tool, arguments)
    written = {id_: _as_written(arguments.get(id_)) for id_ in tool.path_ids if name is None or id_ != "pet_id"}
    ids = inputs.checked_ids(written)
    if "pet_id" in ids and isinstance(said := arguments["pet_id"], str):
        # Figures, but as text: a pet may be called so.
        name = said
    if short.is_full(tool.name, arguments):
        arguments = {name: of for name, of in arguments.items() if name != short.DETAIL}
    return replace(inputs.read(tool, query=arguments, body=arguments), pet_name=name), ids


def with_pet(tool: Tool, arguments: Arguments) -> tuple[Arguments, str | None]:
    """The arguments with the pet of a tool of one pet as `pet_id`, under whichever name it came; and its name, if it is one."""
    if "pet_id" not in tool.path_ids:
        return arguments, None
    came_as = next((name for name in _PET if inputs.without_blanks({name: arguments.get(name)})), None)
    if came_as is not None and came_as != "pet_id":
        rest = {name: of for name, of in arguments.items() if name not in ("pet_id", came_as)}
        arguments = {"pet_id": arguments[came_as], **rest}
    pet = arguments.get("pet_id")
    # A pet may be called 12: what came as a name is one.
    name = pet if came_as == "pet_name" and isinstance(pet, str) else inputs.name_of_pet(pet)
    return arguments, name


def _read_history(tool: Tool, arguments: Arguments) -> tuple[Input, dict[str, int]]:
    """Of one pet or all: no id in an address, and the name is a field of its own."""
    pet = arguments.get("pet_id")
    if isinstance(pet, str) and pet.isdecimal():
        arguments = {"pet_name": pet, **arguments}
    elif (name := inputs.name_of_pet(pet)) is not None:
        arguments = {"pet_name": name, **{one: of for one, of in arguments.items() if one != "pet_id"}}
    return _read(tool, arguments)


def _as_written(value: Any) -> str:
    """An id as the HTTP door meets it, in an address. Models write 12, "12" and 12.0."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value) if isinstance(value, int | str) and not isinstance(value, bool) else ""


# --- Files, as ChatGPT hands them over -----------------------------------------------------------

# OpenAI's form of a file in a tool's input: these four, the first two required (developers.openai.com/plugins/reference).
_FILE = {
    "type": "object",
    "properties": {
        "download_url": {"type": "string", "description": "Filled in by ChatGPT; no other address is opened."},
        "file_id": {"type": "string"},
        "mime_type": {"type": "string", "description": "Its type, where known."},
        "file_name": {"type": "string", "description": "Its name, where known."},
    },
    "required": ["download_url", "file_id"],
}
# ChatGPT's two names for the same things: of an app's tool, and of a GPT's action.
_AS_IN_ACTIONS = {"download_url": "download_link", "file_id": "id", "file_name": "name", "mime_type": "mime_type"}
_FILES, _FILES_IN_ACTIONS = "files", "openaiFileIdRefs"


def _files_input() -> Json:
    own = schemas.input_schema(attach_files.name)
    description = own["properties"].pop(_FILES_IN_ACTIONS)["description"]
    files = {"type": "array", "items": _FILE, "description": f"{description} Only ChatGPT can hand them over."}
    # Right behind the pet: a model fills what it reads first.
    properties = list(own["properties"].items())
    return {**own, "properties": dict([properties[0], (_FILES, files), *properties[1:]])}


def _read_files(tool: Tool, arguments: Arguments) -> tuple[Input, dict[str, int]]:
    fields = dict(arguments)
    files = fields.pop(_FILES, None)
    fields.pop(_FILES_IN_ACTIONS, None)
    if files is not None:
        fields[_FILES_IN_ACTIONS] = (
            [
                {_AS_IN_ACTIONS[key]: value for key, value in one.items() if key in _AS_IN_ACTIONS}
                if isinstance(one, Mapping)
                else one
                for one in files
            ]
            if isinstance(files, list)
            else files
        )
    return _read(tool, fields)


# --- Tools of this door alone, which no operation of the document describes --------------------------

_TEXT = {"type": "string"}
_READ_RECORD = {
    "type": "object",
    "properties": {
        **dict.fromkeys(
            (
                *("kind", "pet_id", "weight_kg", "measured_at"),
                *("vaccine_name", "administered_at", "due_at", "notes"),
                *("record_type", "record_date", "description", "vet_name"),
            ),
            _TEXT,
        ),
        "unsure": {"type": "array", "items": _TEXT},
    },
}
_REVIEW_INPUT: Json = {
    "type": "object",
    "properties": {
        "records": {
            "type": "array",
            "items": _READ_RECORD,
            "description": "As record_many's; unsure: fields hard to read.",
        },
        "time_zone": {"type": "string", "description": "IANA."},
    },
}
_REVIEW_OUTPUT: Json = {
    "type": "object",
    "properties": {
        "status": {"type": "string", "enum": ["ok", "clarification_needed"]},
        "rows": {"type": "array", "items": {"type": "object"}, "description": "The table to show."},
        "records": {"type": "array", "items": {"type": "object"}, "description": "Those ready for record_many."},
    },
    "required": ["status"],
}
_ROW = {
    "type": "object",
    "properties": {
        "kind": {"type": "string", "enum": ["weight", "vaccination", "medical_record"]},
        "pet_id": _TEXT,
        "record_id": {"type": "integer"},
    },
    "required": ["record_id"],
}
_CHANGE_MANY_INPUT: Json = {
    "type": "object",
    "properties": {
        "records": {
            "type": "array",
            "items": _ROW,
            "description": "Each with its new fields, named as in its update tool.",
        },
        "set": {"type": "object", "description": "What all get: {kind: 'weight', measured_at: 'yesterday'}."},
        "time_zone": {"type": "string", "description": "IANA."},
    },
    "required": ["records"],
}
_MANY_OUTPUT: Json = {
    "type": "object",
    "properties": {
        "status": {"type": "string", "enum": ["ok", "partial", "clarification_needed"]},
        "results": {"type": "array", "items": {"type": "object"}, "description": "Each record, in the order sent."},
    },
    "required": ["status"],
}

# --- The tool of a confirmation's card -----------------------------------------------------------

_BY_CARD: Mapping[str, Tool] = {tool.name: tool for tool in TOOLS if apps.VIEWS.get(tool.name) == "confirm"}


def _confirmed(arguments: Arguments) -> Tool:
    name = arguments.get("tool")
    if not isinstance(name, str) or name not in _BY_CARD:
        names = ", ".join(_BY_CARD)
        raise ToolError(
            Code.INVALID_INPUT,
            f"tool must be one of: {names}. Only a confirmation's card calls this.",
            fields=[FieldReason("tool", f"must be one of: {names}")],
        )
    return for_kind(arguments.get("kind")) if _BY_CARD[name] is delete_record else _BY_CARD[name]


# In the card's hands alone: hosts that draw leave it out of what a model sees (SEP-1865, "visibility").
_CONFIRM = Offer(
    apps.CONFIRM,
    "Confirm by a tap",
    "Called by a confirmation's card alone.",
    tuple(dict.fromkeys(scope for tool in _BY_CARD.values() for scope in tool.scopes)),
    Hints(read_only=False, destructive=True, idempotent=True, open_world=True),
    input_schema=lambda: {
        "type": "object",
        "properties": {
            "tool": {"type": "string", "description": "With its inputs beside it."},
            "confirmation": {"type": "string", "description": "Of the answer that asked."},
        },
    },
    output_schema=lambda: {"type": "object", "properties": {"status": {"type": "string"}}, "required": ["status"]},
    of=_confirmed,
    read=lambda tool, arguments: _read(tool, {name: of for name, of in arguments.items() if name != "tool"}),
    meta={"ui": {"visibility": ["app"]}},
)

# What is another here than the tool itself.
_OTHERWISE = {
    offer.name: offer
    for offer in (
        replace(
            _plain(attach_files),
            input_schema=_files_input,
            read=_read_files,
            meta={"openai/fileParams": [_FILES]},
            own_words={_FILES_IN_ACTIONS: _FILES},
        ),
        # Its scopes are those of the kind alone.
        replace(_plain(delete_record), of=lambda arguments: for_kind(arguments.get("kind"))),
        replace(_plain(pet_history), read=_read_history),
        _CONFIRM,
        replace(_plain(change_many), input_schema=lambda: _CHANGE_MANY_INPUT, output_schema=lambda: _MANY_OUTPUT),
        replace(_plain(review_records), input_schema=lambda: _REVIEW_INPUT, output_schema=lambda: _REVIEW_OUTPUT),
    )
}
OFFERS = {tool.name: _plain(tool) for tool in TOOLS if tool.name not in LEFT_OUT} | _OTHERWISE


def definition(offer: Offer) -> Json:
    """The tool as tools/list tells it (MCP "Tool"), with what ChatGPT reads beside: who may call it, and where files go."""
    security = [{"type": "oauth2", "scopes": list(offer.scopes)}]
    return {
        "name": offer.name,
        "title": offer.title,
        "description": offer.description,
        "inputSchema": copy.deepcopy(offer.input_schema()),
        "outputSchema": offer.output_schema(),
        "annotations": {
            "title": offer.title,
            "readOnlyHint": offer.hints.read_only,
            "destructiveHint": offer.hints.destructive,
            "idempotentHint": offer.hints.idempotent,
            "openWorldHint": offer.hints.open_world,
        },
        "securitySchemes": security,
        "_meta": {"securitySchemes": security, **offer.meta, **_asked_for(offer), **apps.tool_meta(offer.name)},
    }


def _asked_for(offer: Offer) -> Json:
    """Claude asks the person before such a call, whatever they have allowed beforehand: it can't be undone."""
    return {"anthropic/requiresUserInteraction": True} if apps.VIEWS.get(offer.name) == "confirm" else {}


# --- What every client gets the same, made once in a process ---------------------------------------

# How long a client may keep the list, in milliseconds: a deployment changes it, nothing else does.
FRESH_MS = 15 * 60 * 1000
# What a model reads before the tools. Clients keep the first 512 characters at least, so the rules stand there. The GPT's own
# instructions (docs/gpt/instructions.md) say the same at more length; what a tool's description says is not repeated.
INSTRUCTIONS = (Path(__file__).parent / "instructions.txt").read_text(encoding="utf-8").strip()
CAPABILITIES: dict[str, object] = {
    "tools": {},
    "resources": {},
    "prompts": {},
    "extensions": {apps.EXTENSION: {"mimeTypes": [apps.MIME_TYPE]}},
}

_making = threading.Lock()


def caching(scope: str = "public") -> bytes:
    """The members by which a modern result says how long it holds, and for whom: public or private."""
    return b'"ttlMs":%d,"cacheScope":"%b"' % (FRESH_MS, scope.encode())


def tools_list(*, modern: bool) -> bytes:
    """The members of a tools/list result.

    The list is whole for everybody, whatever scopes a token has: what a call lacks is asked for when it is made (`view`), so that a
    model can offer what the person has not agreed to yet; and it can be kept by anybody.
    """
    with _making:
        return _tools_list(modern)


@cache
def _tools_list(modern: bool) -> bytes:
    listed = b'"tools":%b' % as_json([definition(offer) for offer in OFFERS.values()])
    return listed + b"," + caching() if modern else listed


@cache
def discovered() -> bytes:
    """The members of a server/discover result."""
    return _server(supportedVersions=SUPPORTED) + b"," + caching()


@cache
def initialized(version: str) -> bytes:
    """The members of an initialize result."""
    return _server(protocolVersion=version)


def _server(**versions: object) -> bytes:
    whole = {
        **versions,
        "capabilities": CAPABILITIES,
        "serverInfo": server_with_icons(),
        "instructions": INSTRUCTIONS,
    }
    return as_json(whole)[1:-1]
