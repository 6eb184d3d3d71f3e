"""The rules that the published document keeps: ChatGPT's limits (actions.md), and what its importer or a model trips over."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from petstools.schema.document import METHODS, OPEN, REF, Json, nodes, operations, referred
from petstools.schema.security import SCHEME

MOST_OPERATIONS = 30
LONGEST_OPERATION_TEXT = 300
LONGEST_FIELD_TEXT = 700
# ChatGPT tells no limit for a whole schema; the document stays below what it takes as one answer, twice over.
MOST_CHARACTERS = 200_000

_OPERATION_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_PATH_NAME = re.compile(r"\{([^}]*)\}")
_UNSUPPORTED = {
    "oneOf": "a union",
    "anyOf": "a union",
    "allOf": "a composition",
    "not": "a negation",
    "if": "a condition",
    "discriminator": "a union",
    "patternProperties": "open property names",
    "prefixItems": "a tuple",
    "nullable": "OpenAPI 3.0's null (3.1 has type: [..., null])",
    "callbacks": "a callback",
    "links": "links",
    "headers": "response headers",
    "cookies": "cookies",
    "$dynamicRef": "a dynamic reference",
}
_LOCAL = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True)
class Problem:
    """One broken rule: where in the document, and what to do about it."""

    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}"


def problems(made: Json) -> list[Problem]:
    """Every rule that this document breaks."""
    return [Problem(where, what) for rule in _RULES for where, what in rule(made)]


Found = Iterator[tuple[str, str]]


def _whole(made: Json) -> Found:
    if made.get("openapi") != "3.1.0":
        yield "openapi", "must be 3.1.0"
    size = len(json.dumps(made, ensure_ascii=False, separators=(",", ":")))
    if size > MOST_CHARACTERS:
        yield "document", f"{size:,} characters, at most {MOST_CHARACTERS:,}"
    if "webhooks" in made:
        yield "webhooks", "ChatGPT takes none"
    for name in ("title", "version", "description"):
        if not made.get("info", {}).get(name):
            yield f"info.{name}", "is missing"


def _one_host(made: Json) -> Found:
    servers = made.get("servers", [])
    if len(servers) != 1:
        yield "servers", f"must be one, not {len(servers)}"
        return
    host = urlsplit(servers[0]["url"])
    if host.scheme != "https" and host.hostname not in _LOCAL:
        yield "servers", "must be HTTPS: set CONNECTOR_PUBLIC_URL to the address that ChatGPT reaches"
    schemes = made.get("components", {}).get("securitySchemes", {})
    if list(schemes) != [SCHEME]:
        yield "components.securitySchemes", "must be one: ChatGPT has one kind of sign-in for an action"
        return
    flow = schemes[SCHEME].get("flows", {}).get("authorizationCode", {})
    for name in ("authorizationUrl", "tokenUrl"):
        if urlsplit(flow.get(name, ""))[:2] != host[:2]:
            yield f"securitySchemes.{name}", "must be on the host of the server"
    if not flow.get("scopes"):
        yield "securitySchemes.scopes", "are missing"


def _operations(made: Json) -> Found:
    served = list(operations(made))
    if len(served) > MOST_OPERATIONS:
        yield "paths", f"{len(served)} operations, at most {MOST_OPERATIONS}"
    ids = [one.get("operationId", "") for _path, _method, one in served]
    for name in sorted({one for one in ids if ids.count(one) > 1}):
        yield name, "this operationId is used more than once"
    for path, item in made["paths"].items():
        for other in set(item) - set(METHODS):
            yield path, f"has {other}; describe it with each operation instead"
    for path, method, operation in served:
        name = operation.get("operationId", "")
        at = name or f"{method.upper()} {path}"
        if not _OPERATION_ID.fullmatch(name):
            yield at, "operationId must be letters, digits, _ and -"
        for part in ("summary", "description"):
            text = operation.get(part, "")
            if not text:
                yield f"{at}.{part}", "is missing"
            elif len(text) > LONGEST_OPERATION_TEXT:
                yield f"{at}.{part}", f"{len(text)} characters, at most {LONGEST_OPERATION_TEXT}"
        if not isinstance(operation.get("x-openai-isConsequential"), bool):
            yield at, "x-openai-isConsequential must be stated, true or false"
        if "security" not in operation:
            yield at, "security must be stated: [] where nobody has to sign in"
        yield from _answers(at, operation)
        yield from _inputs(at, path, method, operation)


def _answers(at: str, operation: Json) -> Found:
    answers = operation.get("responses", {})
    if "200" not in answers:
        yield at, "has no 200"
    for status in ("4XX", "5XX"):
        if status not in answers:
            yield at, f"does not say what {status} looks like"
    for status, answer in answers.items():
        if not answer.get("description"):
            yield f"{at}.{status}", "is not described"
        yield from _only_json(f"{at}.{status}", answer)


def _inputs(at: str, path: str, method: str, operation: Json) -> Found:
    parameters = operation.get("parameters", [])
    for parameter in parameters:
        where = f"{at}.{parameter['name']}"
        if parameter["in"] not in ("path", "query"):
            yield where, f"is a {parameter['in']} parameter: ChatGPT sends none"
        if parameter["in"] == "path" and parameter.get("required") is not True:
            yield where, "is part of the address and must be required"
        if parameter.get("schema", {}).get("type") in ("array", "object"):
            yield where, "ChatGPT does not write lists and objects into addresses"
        yield from _text(where, parameter.get("description"))
    in_path = {one["name"] for one in parameters if one["in"] == "path"}
    for name in in_path ^ set(_PATH_NAME.findall(path)):
        yield f"{at}.{name}", "the address and the path parameters differ"
    if "requestBody" not in operation:
        return
    if method in ("get", "delete"):
        yield at, f"ChatGPT sends no body with {method.upper()}"
    yield from _only_json(f"{at}.requestBody", operation["requestBody"])
    if not operation["requestBody"].get("content", {}).get("application/json", {}).get("examples"):
        yield f"{at}.requestBody", "has no example: add one to petstools/schema/examples.py"


def _only_json(at: str, holder: Json) -> Found:
    kinds = list(holder.get("content", {}))
    if kinds != ["application/json"]:
        yield at, f"must be application/json and nothing else, not {kinds or 'nothing'}"


def _text(at: str, text: Any) -> Found:
    if not text:
        yield at, "is not described"
    elif len(text) > LONGEST_FIELD_TEXT:
        yield at, f"{len(text)} characters of description, at most {LONGEST_FIELD_TEXT}"


def _schemas(made: Json) -> Found:
    components = made["components"]["schemas"]
    sent = _sent(made)
    for at, schema in nodes(made):
        if not isinstance(schema, dict) or _holds_names(at):
            continue
        for word in _UNSUPPORTED.keys() & schema.keys():
            yield at, f"{word} is {_UNSUPPORTED[word]}: ChatGPT may not read it"
        if isinstance(ref := schema.get("$ref"), str) and (
            not ref.startswith(REF) or ref.removeprefix(REF) not in components
        ):
            yield at, f"{ref} leads nowhere in this document"
        kinds = _kinds(schema)
        if "null" in kinds and at in sent:
            yield at, "may be null, and is sent: leave it out instead"
        if len(kinds - {"null"}) > 1:
            yield at, f"has several types ({', '.join(sorted(kinds))}): ChatGPT may read none of them"
        if "object" in kinds and not schema.get("properties"):
            yield at, "is an object without properties"
        if "array" in kinds and not schema.get("items"):
            yield at, "is a list of nobody knows what"
        for name, field in (schema.get("properties") or {}).items():
            yield from _text(f"{at}/properties/{name}", field.get("description"))
            if not _kinds(field) and "$ref" not in field:
                yield f"{at}/properties/{name}", "has no type"
        for name in set(schema.get("required", ())) - set(schema.get("properties", ())) if kinds else ():
            yield at, f"requires {name}, which it does not have"
    used = referred(made["paths"], components)
    for name in components.keys() - used:
        yield f"{REF}{name}", "is used nowhere"
    for name, component in components.items():
        if component.get("additionalProperties") and name not in OPEN:
            yield f"{REF}{name}", "is open to anything"


def _examples(made: Json) -> Found:
    """Every answer has an example; that examples fit their schemas is a test (it needs jsonschema)."""
    components = made["components"]["schemas"]
    for _path, _method, operation in operations(made):
        name = operation["responses"]["200"]["content"]["application/json"]["schema"]["$ref"].removeprefix(REF)
        if not components.get(name, {}).get("examples"):
            yield name, "has no example: add one to petstools/schema/examples.py"


def _sent(made: Json) -> set[str]:
    """Where the schemas of what callers send are."""
    components = made["components"]["schemas"]
    roots: dict[str, Any] = {}
    for path, method, operation in operations(made):
        for part in ("requestBody", "parameters"):
            if part in operation:
                roots[f"/paths/{path}/{method}/{part}"] = operation[part]
    roots |= {f"/components/schemas/{name}": components[name] for name in referred(list(roots.values()), components)}
    return {f"{at}{inside}" for at, root in roots.items() for inside, _node in nodes(root)}


def _kinds(schema: Mapping[str, Any]) -> set[str]:
    kind = schema.get("type")
    return {kind} if isinstance(kind, str) else set(kind) if isinstance(kind, list) else set()


def _holds_names(at: str) -> bool:
    """Whether the keys of this object are names of ours (of a property, a path, a component), not words of OpenAPI."""
    parts = at.split("/")
    return (
        parts[-1] in ("properties", "schemas", "scopes", "paths", "securitySchemes")
        and parts[-2:] != ["properties"] * 2
    )


_RULES: tuple[Callable[[Json], Found], ...] = (_whole, _one_host, _operations, _schemas, _examples)
