"""The operations of a connector, as its published schema tells them, and whether calls and answers are what it says."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import quote

import httpx
from jsonschema import Draft202012Validator

Json = dict[str, Any]

METHODS = ("get", "post", "put", "patch", "delete")
# ChatGPT takes no more than this of a call or an answer (characters).
LONGEST_BODY = 100_000
# ChatGPT fills this property with files: names in the schema, objects at run time.
FILES = "openaiFileIdRefs"


class NoSchema(Exception):
    """There is no usable schema at this address; the text says why."""


@dataclass(frozen=True)
class Argument:
    """One input of an operation; `place` is path, query or body."""

    name: str
    place: str
    required: bool
    schema: Json
    description: str


@dataclass(frozen=True)
class Request:
    """A call on its way: what is sent where."""

    method: str
    path: str
    query: Json
    body: Json | None


@dataclass(frozen=True)
class Operation:
    """One thing that the GPT can do."""

    id: str
    method: str
    path: str
    summary: str
    description: str
    consequential: bool
    signed_in: bool
    arguments: tuple[Argument, ...]
    has_body: bool
    responses: Json

    def request(self, arguments: Mapping[str, Any]) -> Request:
        """These arguments in their places. Raises KeyError where one of the path is missing."""
        places = {one.name: one.place for one in self.arguments}
        path = self.path
        for name in (name for name, place in places.items() if place == "path"):
            path = path.replace("{" + name + "}", quote(str(arguments[name]), safe=""))
        query = {name: value for name, value in arguments.items() if places.get(name) == "query"}
        body = {name: value for name, value in arguments.items() if places.get(name, "body") == "body"}
        return Request(self.method, path, query, body if self.has_body else None)


class Schema:
    """The OpenAPI document of a connector."""

    def __init__(self, document: Json) -> None:
        self.document = document
        self.url = str(document["servers"][0]["url"])
        self.operations = {one.id: one for one in self._operations()}

    @classmethod
    def read(cls, http: httpx.Client, connector_url: str) -> Self:
        """Fetch it from `connector_url`/openapi.json. Raises NoSchema."""
        address = f"{connector_url.rstrip('/')}/openapi.json"
        try:
            answer = http.get(address)
            answer.raise_for_status()
            return cls(answer.json())
        except (httpx.HTTPError, ValueError, LookupError, TypeError) as error:
            raise NoSchema(f"{address} gave no schema ({type(error).__name__}). Is the connector running?") from error

    @property
    def oauth(self) -> Json:
        """The authorization code flow: authorizationUrl, tokenUrl, scopes. Raises NoSchema."""
        for scheme in self.document["components"].get("securitySchemes", {}).values():
            if scheme.get("type") == "oauth2" and "authorizationCode" in scheme.get("flows", {}):
                return dict(scheme["flows"]["authorizationCode"])
        raise NoSchema("The schema names no OAuth sign-in.")

    def resolved(self, schema: Json) -> Json:
        """The schema itself, where this only points to one."""
        while "$ref" in schema:
            schema = self.document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        return schema

    def wrong_arguments(self, operation: Operation, arguments: Mapping[str, Any]) -> Iterator[str]:
        """What a call with these arguments would have wrong, by the schema."""
        known = {one.name: one for one in operation.arguments}
        for name in arguments.keys() - known.keys():
            yield f"{name}: {operation.id} takes no such argument"
        for one in operation.arguments:
            if one.required and one.name not in arguments:
                yield f"{one.name}: is required"
            elif one.name in arguments:
                yield from self._against(one.schema, arguments[one.name], one.name)

    def wrong_answer(self, operation: Operation, status: int, answer: Any, size: int) -> Iterator[str]:
        """What of this answer is not as the schema says; `size` in characters."""
        if size >= LONGEST_BODY:
            yield f"the answer has {size} characters; ChatGPT takes fewer than {LONGEST_BODY}"
        described = operation.responses.get(str(status)) or operation.responses.get(f"{status // 100}XX")
        if described is None:
            yield f"status {status} is not in the schema of {operation.id}"
            return
        content = described.get("content", {}).get("application/json", {})
        yield from self._against(content.get("schema", {}), answer, "answer")

    def _against(self, schema: Json, value: Any, name: str) -> Iterator[str]:
        whole = {**schema, "components": self.document["components"]}
        for error in Draft202012Validator(whole).iter_errors(value):
            yield f"{'.'.join([name, *map(str, error.absolute_path)])}: {error.message[:300]}"

    def _operations(self) -> Iterator[Operation]:
        for path, item in self.document["paths"].items():
            for method in (one for one in METHODS if one in item):
                operation = item[method]
                body = operation.get("requestBody")
                yield Operation(
                    id=operation["operationId"],
                    method=method.upper(),
                    path=path,
                    summary=operation.get("summary", ""),
                    description=operation.get("description", ""),
                    # Left out, ChatGPT asks for everything but reading (actions.md).
                    consequential=bool(operation.get("x-openai-isConsequential", method != "get")),
                    signed_in=bool(operation.get("security", self.document.get("security"))),
                    arguments=tuple(self._arguments(operation, body)),
                    has_body=body is not None,
                    responses=operation["responses"],
                )

    def _arguments(self, operation: Json, body: Json | None) -> Iterator[Argument]:
        for one in operation.get("parameters", []):
            required = bool(one.get("required"))
            yield Argument(one["name"], one["in"], required, one["schema"], one.get("description", ""))
        if body is None:
            return
        schema = self.resolved(body["content"]["application/json"]["schema"])
        for name, one in schema.get("properties", {}).items():
            yield Argument(name, "body", name in schema.get("required", ()), one, one.get("description", ""))
