"""The published document: what drf-spectacular makes of the tools, in the narrower form that ChatGPT reads without stumbling.

drf-spectacular speaks all of OpenAPI 3.1. Kept out here, because an importer or a model may trip over it: unions (`oneOf`, `allOf`
around a reference), `null` in what is sent (leave a field out instead), numbers beyond what JavaScript holds.
"""

import hashlib
import json
import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import yaml
from django.conf import settings
from django.utils.translation import override
from drf_spectacular.generators import SchemaGenerator

from petstools.schema import examples, security

Json = dict[str, Any]

REF = "#/components/schemas/"
METHODS = ("get", "post", "put", "patch", "delete")
# Objects that may hold more than is listed: a candidate is also a record, a record to send again is as it was sent.
OPEN = ("Before", "Candidate", "PetCandidate", "RecordToSendAgain", "UndoArguments")
# A model fills what it reads first: what an input is about stands before the others, what rarely matters behind them.
_FIRST = ("kind", "pet_id", "pet_name")
_LAST = ("clear", "time_zone", "confirmation", "confirm", "confirm_duplicate", "again")
_SAFE_INTEGER = 2**53

_generating = threading.Lock()


@dataclass(frozen=True)
class Published:
    """The document as it goes out, made once in a process."""

    document: Json
    json: bytes
    yaml: bytes

    def etag(self, form: str) -> str:
        return '"' + hashlib.sha256(getattr(self, form)).hexdigest()[:32] + '"'


def published() -> Published:
    """The document of this service, from memory."""
    with _generating:
        return _published(settings.CONNECTOR_PUBLIC_URL)


@lru_cache(maxsize=4)
def _published(public_url: str) -> Published:
    made = document(public_url)
    return Published(
        made,
        as_text(made, indent=None).encode(),
        yaml.safe_dump(made, sort_keys=False, allow_unicode=True, width=120).encode(),
    )


def as_text(made: Json, *, indent: int | None = 1) -> str:
    return json.dumps(made, ensure_ascii=False, indent=indent, separators=None if indent else (",", ":")) + "\n"


def document(public_url: str) -> Json:
    """The OpenAPI document of a service at this address. Takes half a second; no request and no SQL."""
    with override("en"):
        generator: Any = SchemaGenerator(urlconf="petstools.urls")  # type: ignore[no-untyped-call]
        made: Json = generator.get_schema(request=None, public=True)
        # Lazy translations and ordered dicts become what JSON has, in English.
        made = json.loads(json.dumps(made, default=str))
    components = made["components"]["schemas"]
    _rewritten(made, lambda node: _plain(node, components))
    for name in _sent(made):
        _rewritten(components[name], _without_null)
        components[name]["properties"] = _foremost_first(components[name]["properties"])
    for name, component in components.items():
        if name in OPEN:
            component["additionalProperties"] = True
        if name in examples.COMPONENTS:
            component["examples"] = [examples.COMPONENTS[name]]
    for path, _method, operation in operations(made):
        for parameter in operation.get("parameters", []):
            _rewritten(parameter["schema"], _without_null)
        if {} in operation.get("security", []):
            operation["security"] = []
        operation["tags"] = [_tag(path, operation)]
        if "requestBody" in operation:
            operation["requestBody"]["content"]["application/json"]["examples"] = {
                f"call{number}": {"summary": said, "value": sent}
                for number, (said, sent) in enumerate(examples.CALLS.get(operation["operationId"], {}).items(), 1)
            }
    made["components"]["securitySchemes"] = {security.SCHEME: security.definition(public_url)}
    used = referred(made["paths"], components)
    made["components"]["schemas"] = {name: one for name, one in components.items() if name in used}
    return {
        "openapi": made["openapi"],
        "info": made["info"],
        "servers": [{"url": public_url}],
        # drf-spectacular takes methods from a set: unsorted, every process would serve another text, with another ETag.
        "paths": {
            path: {method: item[method] for method in METHODS if method in item} for path, item in made["paths"].items()
        },
        "components": made["components"],
    }


def operations(made: Json) -> Iterator[tuple[str, str, Json]]:
    """Every operation as (path, method, operation)."""
    for path, item in made["paths"].items():
        for method in METHODS:
            if method in item:
                yield path, method, item[method]


def nodes(node: Any, at: str = "") -> Iterator[tuple[str, Any]]:
    """Every object and list of a document, outermost first, each with where it is. Examples are data and are left out."""
    yield at, node
    inside = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in inside:
        if key not in ("examples", "example") and isinstance(value, dict | list):
            yield from nodes(value, f"{at}/{key}")


def referred(node: Any, components: Json, known: set[str] | None = None) -> set[str]:
    """The names of all component schemas that this refers to, at any depth."""
    known = set() if known is None else known
    for _at, one in nodes(node):
        if isinstance(one, dict) and isinstance(ref := one.get("$ref"), str):
            name = ref.removeprefix(REF)
            if name not in known:
                known.add(name)
                referred(components.get(name), components, known)
    return known


def _sent(made: Json) -> set[str]:
    """The component schemas of what callers send."""
    bodies = [one["requestBody"] for _path, _method, one in operations(made) if "requestBody" in one]
    return referred(bodies, made["components"]["schemas"])


def _rewritten(node: Any, rule: Callable[[Json], None]) -> None:
    for _at, one in list(nodes(node)):
        if isinstance(one, dict):
            rule(one)


def _plain(schema: Json, components: Json) -> None:
    """Without unions, the marks that drf-spectacular leaves for itself, and numbers that JavaScript would round."""
    schema.pop("x-spec-enum-id", None)
    if isinstance(whole := schema.get("allOf"), list) and len(whole) == 1:
        schema.pop("allOf")
        schema |= whole[0]
    if isinstance(either := schema.get("oneOf"), list) and {"type": "null"} in either and len(either) == 2:
        # An object or null: the object itself, written out, whose type may be null too.
        schema.pop("oneOf")
        (ref,) = (one["$ref"].removeprefix(REF) for one in either if "$ref" in one)
        schema |= {**json.loads(json.dumps(components[ref])), **schema, "type": ["object", "null"]}
    for bound in ("maximum", "minimum"):
        if isinstance(value := schema.get(bound), int) and abs(value) > _SAFE_INTEGER:
            schema.pop(bound)


def _without_null(schema: Json) -> None:
    """What is sent has one type; what is not known is left out, never sent as null or empty text."""
    kind = schema.get("type")
    if isinstance(kind, list) and "null" in kind:
        kinds = [one for one in kind if one != "null"]
        schema["type"] = kinds[0] if len(kinds) == 1 else kinds
    if isinstance(choices := schema.get("enum"), list):
        schema["enum"] = [one for one in choices if one not in (None, "")]


def _foremost_first(properties: Json) -> Json:
    def place(name: str) -> int:
        return _FIRST.index(name) - len(_FIRST) if name in _FIRST else _LAST.index(name) + 1 if name in _LAST else 0

    return {name: properties[name] for name in sorted(properties, key=place)}


def _tag(path: str, operation: Json) -> str:
    """The part of the page for people that shows an operation: its record's kind."""
    parts = [part for part in path.split("/") if part and not part.startswith("{")]
    kinds = {"weights", "vaccinations", "medical-records", "microchips"}
    kind = next((part for part in parts if part in kinds), None)
    if kind is None:
        kind = {"account": "account", "records": "records"}.get(parts[0], "pets")
    return re.sub(r"-", " ", kind).capitalize()
