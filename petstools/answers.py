"""The three kinds of answer a tool gives, and no other: done, a question for the person, an error (design.md).

A tool returns `Done` or `Clarification`, or raises `ToolError`; the doors (`views`, `mcp`) turn them into what their
protocol sends. Every message is written for the model that reads it: what happened, and what to do next.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import orjson
from rest_framework.renderers import JSONRenderer
from rest_framework.utils.encoders import JSONEncoder

from petstools.understand.outcome import Unclear

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Done:
    """It is done. `body` holds the record(s), narrowed to documented fields; `created` makes it a 201."""

    body: Json
    created: bool = False

    def as_json(self) -> dict[str, Any]:
        return {"status": "ok", **self.body}


@dataclass(frozen=True, slots=True)
class Clarification:
    """The model must ask the person. `candidates` are what they may choose from, each ready to be sent back.

    `extra` holds documented facts beside the common ones.
    """

    reason: str
    message: str
    missing_fields: Sequence[str] = ()
    candidates: Sequence[Json] = ()
    extra: Json = field(default_factory=dict)

    @classmethod
    def of(cls, unclear: Unclear) -> "Clarification":
        """What a module of `understand` could not tell, as a question."""
        return cls(
            reason=unclear.reason,
            message=unclear.message,
            missing_fields=[unclear.field],
            candidates=[dict(candidate) for candidate in unclear.candidates],
        )

    def as_json(self) -> dict[str, Any]:
        return {
            "status": "clarification_needed",
            "reason": self.reason,
            "message": self.message,
            "missing_fields": list(self.missing_fields),
            "candidates": [dict(candidate) for candidate in self.candidates],
            **self.extra,
        }


Answer = Done | Clarification


class Code(StrEnum):
    """Every error code a tool can answer (docs/errors.md says of each what caused it and what the model should do)."""

    INVALID_INPUT = "INVALID_INPUT"
    UNAUTHORIZED = "UNAUTHORIZED"
    EMAIL_NOT_VERIFIED = "EMAIL_NOT_VERIFIED"
    ACCOUNT_BANNED = "ACCOUNT_BANNED"
    FORBIDDEN = "FORBIDDEN"
    NOT_FOUND = "NOT_FOUND"
    METHOD_NOT_ALLOWED = "METHOD_NOT_ALLOWED"
    CONFLICT = "CONFLICT"
    STILL_PROCESSING = "STILL_PROCESSING"
    TOO_LARGE = "TOO_LARGE"
    STORAGE_FULL = "STORAGE_FULL"
    UNSUPPORTED_MEDIA_TYPE = "UNSUPPORTED_MEDIA_TYPE"
    VALIDATION_FAILED = "VALIDATION_FAILED"
    FEATURE_NOT_AVAILABLE = "FEATURE_NOT_AVAILABLE"
    RATE_LIMITED = "RATE_LIMITED"
    QUOTA_EXCEEDED = "QUOTA_EXCEEDED"
    INTERNAL_ERROR = "INTERNAL_ERROR"
    UPSTREAM_ERROR = "UPSTREAM_ERROR"
    UPSTREAM_UNAVAILABLE = "UPSTREAM_UNAVAILABLE"
    SERVICE_UNAVAILABLE = "SERVICE_UNAVAILABLE"
    UPSTREAM_TIMEOUT = "UPSTREAM_TIMEOUT"
    OUTCOME_UNKNOWN = "OUTCOME_UNKNOWN"

    @property
    def http_status(self) -> int:
        return _HTTP_STATUS[self]

    @property
    def retryable(self) -> bool:
        """Whether the same call may succeed later."""
        return self in _RETRYABLE


# ChatGPT backs off from a whole action after several 429s and 5xxs: what is the person's to mend is neither.
_HTTP_STATUS = {
    Code.INVALID_INPUT: 400,
    Code.UNAUTHORIZED: 401,
    Code.EMAIL_NOT_VERIFIED: 403,
    Code.ACCOUNT_BANNED: 403,
    Code.FORBIDDEN: 403,
    Code.NOT_FOUND: 404,
    Code.METHOD_NOT_ALLOWED: 405,
    Code.CONFLICT: 409,
    Code.STILL_PROCESSING: 409,
    Code.TOO_LARGE: 413,
    Code.STORAGE_FULL: 413,
    Code.UNSUPPORTED_MEDIA_TYPE: 415,
    Code.VALIDATION_FAILED: 422,
    Code.FEATURE_NOT_AVAILABLE: 422,
    Code.RATE_LIMITED: 429,
    Code.QUOTA_EXCEEDED: 429,
    Code.INTERNAL_ERROR: 500,
    Code.UPSTREAM_ERROR: 502,
    Code.UPSTREAM_UNAVAILABLE: 503,
    Code.SERVICE_UNAVAILABLE: 503,
    Code.UPSTREAM_TIMEOUT: 504,
    Code.OUTCOME_UNKNOWN: 504,
}
_RETRYABLE = frozenset(
    {
        Code.CONFLICT,
        Code.STILL_PROCESSING,
        Code.RATE_LIMITED,
        Code.QUOTA_EXCEEDED,
        Code.INTERNAL_ERROR,
        Code.UPSTREAM_ERROR,
        Code.UPSTREAM_UNAVAILABLE,
        Code.SERVICE_UNAVAILABLE,
        Code.UPSTREAM_TIMEOUT,
        Code.OUTCOME_UNKNOWN,
    }
)


@dataclass(frozen=True, slots=True)
class FieldReason:
    """One field that could not be used, by the name the model knows it under, and why."""

    name: str
    reason: str

    def as_json(self) -> dict[str, str]:
        return {"name": self.name, "reason": self.reason}


@dataclass(slots=True)
class ToolError(Exception):
    """A call that ends in an error. `extra` holds documented facts beside the common ones (quota, storage)."""

    code: Code
    message: str
    fields: Sequence[FieldReason] = ()
    retry_after: int | None = None
    extra: Json = field(default_factory=dict)

    def __str__(self) -> str:
        return self.code.value

    def as_json(self, request_id: str) -> dict[str, Any]:
        body: dict[str, Any] = {
            "error": self.code.value,
            "message": self.message,
            "fields": [one.as_json() for one in self.fields],
            "request_id": request_id,
            "retryable": self.code.retryable,
        }
        if self.retry_after is not None:
            body["retry_after"] = self.retry_after
        return {**body, **self.extra}


# --- What was, and the call that brings it back (docs/decisions/meaning.md, rules 9, 10): in every write's answer, stored nowhere here


@dataclass(frozen=True, slots=True)
class Undo:
    """The operation, by its name in the catalog, and its arguments; a door says them in its own words."""

    operation: str
    arguments: Mapping[str, Any]

    def as_json(self) -> dict[str, Any]:
        return {"undo": {"operation": self.operation, "arguments": dict(self.arguments)}}


def deletion(kind: str, pet_id: int, record_id: int) -> Undo:
    """Of a record that was added."""
    return Undo("delete_record", {"pet_id": pet_id, "record_id": record_id, "kind": kind})


def changed(before: Mapping[str, Any], now: Mapping[str, Any], operation: str, **ids: int) -> dict[str, Any]:
    """`before` and `undo` of a change, where anything has changed.

    before, now: the fields that can be changed, under the operation's names and as it takes them; None is empty, and cleared.
    """
    old = {name: value for name, value in before.items() if now[name] != value}
    if not old:
        return {"before": {}}
    arguments: dict[str, Any] = {**ids, **{name: value for name, value in old.items() if value is not None}}
    if empty := [name for name, value in old.items() if value is None]:
        arguments["clear"] = empty
    return {"before": old, **Undo(operation, arguments).as_json()}


# --- On the wire, the same at every door ---------------------------------------------------------

_encoder = JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def as_json(value: Any) -> bytes:
    """REST framework's JSON, made by orjson: a list of twenty pets takes a tenth of the time."""
    try:
        return orjson.dumps(value, default=_encoder.default)
    except orjson.JSONEncodeError:
        # An integer beyond 64 bits, or half a surrogate pair, which leaves as a question mark.
        return _encoder.encode(value).encode("utf-8", "replace")


class AnswerRenderer(JSONRenderer):
    """REST framework's own, with `as_json`."""

    def render(
        self, data: Any, accepted_media_type: str | None = None, renderer_context: Mapping[str, Any] | None = None
    ) -> bytes:
        return b"" if data is None else as_json(data)
