"""The three kinds of answer a tool gives, and no other: done, a question for the person, an error (design.md).

A tool returns `Done` or `Clarification`, or raises `ToolError`; the doors (`views`, later MCP) turn them into what their
protocol sends. Every message is written for the model that reads it: what happened, and what to do next.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

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
    """The model must ask the person. `candidates` are what they may choose from, each ready to be sent back."""

    reason: str
    message: str
    missing_fields: Sequence[str] = ()
    candidates: Sequence[Json] = ()

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
        }


Answer = Done | Clarification


class Code(Enum):
    """Every error code a tool can answer: its HTTP status, and whether the same call may succeed later (docs/errors.md).

    ChatGPT backs off from a whole action after several 429s and 5xxs: what is the person's to mend is neither.
    """

    INVALID_INPUT = (400, False)
    UNAUTHORIZED = (401, False)
    EMAIL_NOT_VERIFIED = (403, False)
    ACCOUNT_BANNED = (403, False)
    FORBIDDEN = (403, False)
    NOT_FOUND = (404, False)
    METHOD_NOT_ALLOWED = (405, False)
    CONFLICT = (409, True)
    STILL_PROCESSING = (409, True)
    TOO_LARGE = (413, False)
    STORAGE_FULL = (413, False)
    UNSUPPORTED_MEDIA_TYPE = (415, False)
    VALIDATION_FAILED = (422, False)
    FEATURE_NOT_AVAILABLE = (422, False)
    RATE_LIMITED = (429, True)
    QUOTA_EXCEEDED = (429, True)
    INTERNAL_ERROR = (500, True)
    UPSTREAM_ERROR = (502, True)
    UPSTREAM_UNAVAILABLE = (503, True)
    SERVICE_UNAVAILABLE = (503, True)
    UPSTREAM_TIMEOUT = (504, True)
    OUTCOME_UNKNOWN = (504, True)

    def __init__(self, http_status: int, retryable: bool) -> None:
        self.http_status = http_status
        self.retryable = retryable

    # Two codes with the same status and retryable are two codes: an Enum would make them aliases.
    def __new__(cls, http_status: int, retryable: bool) -> "Code":
        code = object.__new__(cls)
        code._value_ = (len(cls.__members__), http_status, retryable)
        return code


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
        return self.code.name

    def as_json(self, request_id: str) -> dict[str, Any]:
        body: dict[str, Any] = {
            "error": self.code.name,
            "message": self.message,
            "fields": [one.as_json() for one in self.fields],
            "request_id": request_id,
            "retryable": self.code.retryable,
        }
        if self.retry_after is not None:
            body["retry_after"] = self.retry_after
        return {**body, **self.extra}
