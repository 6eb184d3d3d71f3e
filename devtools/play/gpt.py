"""ChatGPT's side of a call: arguments and answer held to the schema, tokens refreshed, 45 seconds of patience."""

import json
import mimetypes
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import httpx

from devtools.play.schema import FILES, LONGEST_BODY, Operation, Schema
from devtools.play.signing_in import SignIn

# ChatGPT gives up then (actions.md).
PATIENCE_SECONDS = 45


class Files(Protocol):
    """Where the files of the chat lie."""

    def link(self, name: str) -> str:
        """The address at which this file can be fetched."""


@dataclass(frozen=True)
class FilesAt:
    """Files that a web server has, by their names."""

    url: str

    def link(self, name: str) -> str:
        return f"{self.url.rstrip('/')}/{name}"


@dataclass(frozen=True)
class Exchange:
    """One call and what came of it. `problems` says what was not as the schema describes it; empty is as it must be."""

    operation: Operation
    method: str
    path: str
    query: dict[str, Any]
    sent: Any
    status: int
    answer: Any
    seconds: float
    refreshed: bool = False
    problems: list[str] = field(default_factory=list)

    @property
    def question(self) -> str | None:
        """Why the person has to be asked, if that is the answer."""
        if isinstance(self.answer, dict) and self.answer.get("status") == "clarification_needed":
            return str(self.answer.get("reason"))
        return None

    @property
    def error(self) -> str | None:
        return str(self.answer.get("error")) if self.status >= 400 and isinstance(self.answer, dict) else None


class Gpt:
    """A GPT with the schema's operations, for one person."""

    def __init__(
        self, http: httpx.Client, schema: Schema, person: SignIn | None = None, *, files: Files | None = None
    ) -> None:
        self.http = http
        self._schema = schema
        self._files = files
        self.person = person

    def call(
        self,
        operation: Operation,
        arguments: Mapping[str, Any],
        *,
        method: str | None = None,
        content_type: str | None = None,
    ) -> Exchange:
        """Make the call. `method` and `content_type` send it as no schema says, to see what comes of it.

        Raises SignInFailed where a refresh is refused, httpx.HTTPError where no answer came.
        """
        problems = list(self._schema.wrong_arguments(operation, arguments))
        request = operation.request(self._with_files(arguments))
        method = method or request.method
        headers = {"Accept": "application/json"}
        refreshed = False
        if operation.signed_in and self.person is not None:
            refreshed = self.person.tokens is not None and self.person.tokens.run_out
            headers["Authorization"] = f"Bearer {self.person.access_token()}"
        content = None
        if request.body is not None:
            content = json.dumps(request.body, ensure_ascii=False)
            headers["Content-Type"] = content_type or "application/json"
            if len(content) >= LONGEST_BODY:
                problems.append(f"the call has {len(content)} characters; ChatGPT sends fewer than {LONGEST_BODY}")
        began = time.monotonic()
        address = f"{self._schema.url}{request.path}"
        status, text = self._answer(method, address, params=request.query, content=content, headers=headers)
        try:
            answer = json.loads(text)
        except ValueError:
            answer = None
            problems.append(f"the answer is no JSON: {text[:120]!r}")
        else:
            problems += self._schema.wrong_answer(operation, status, answer, len(text))
        return Exchange(
            operation,
            method,
            request.path,
            request.query,
            request.body,
            status,
            answer,
            time.monotonic() - began,
            refreshed,
            problems,
        )

    def _answer(self, method: str, address: str, **options: Any) -> tuple[int, str]:
        """Raises httpx.ReadTimeout when ChatGPT's patience is at an end, also for an answer that comes in drops."""
        until = time.monotonic() + PATIENCE_SECONDS
        with self.http.stream(method, address, timeout=PATIENCE_SECONDS, **options) as answer:
            raw = b""
            for chunk in answer.iter_bytes():
                raw += chunk
                if time.monotonic() > until:
                    raise httpx.ReadTimeout(f"ChatGPT gives up after {PATIENCE_SECONDS} s.", request=answer.request)
        return answer.status_code, raw.decode(errors="replace")

    def _with_files(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Names of files as the objects that ChatGPT puts in their place at run time (actions.md)."""
        names = arguments.get(FILES)
        if not isinstance(names, list) or self._files is None:
            return dict(arguments)
        refs = [
            {
                "name": name,
                "id": f"file-{name}",
                "mime_type": mimetypes.guess_type(name)[0] or "application/octet-stream",
                "download_link": self._files.link(name),
            }
            for name in map(str, names)
        ]
        return {**arguments, FILES: refs}
