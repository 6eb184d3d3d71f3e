"""A tool call's body: one JSON object of bounded size. Anything else is told back as what it is, and never becomes a 500."""

import json
import math
from collections.abc import Mapping
from typing import IO, Any, Protocol

from django.http.request import UnreadablePostError
from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import BaseParser

# ChatGPT's own limit is 100,000 characters (actions.md); in UTF-8 Vietnamese and Cyrillic take up to three bytes each.
MOST_BYTES = 300_000


class BodyTooLarge(APIException):
    status_code = 413
    default_detail = "This body is too large."
    default_code = "too_large"


class _Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


def strict_json(stream: _Readable) -> Any:
    """The JSON value of a body, strictly: UTF-8, no key twice, no NaN. Raises ParseError and BodyTooLarge."""
    try:
        raw = stream.read(MOST_BYTES + 1)
    except (UnreadablePostError, OSError):
        raise ParseError("The body did not arrive whole.") from None
    if len(raw) > MOST_BYTES:
        raise BodyTooLarge
    try:
        return json.loads(
            raw.decode("utf-8"), object_pairs_hook=_object, parse_constant=_no_constant, parse_float=_finite
        )
    except UnicodeDecodeError:
        raise ParseError("The body is not UTF-8 text.") from None
    except RecursionError:
        raise ParseError("The body is nested too deeply.") from None
    except ValueError as error:
        raise ParseError(f"The body is not JSON: {_where(error)}.") from None


class ToolJSONParser(BaseParser):
    """Strict JSON: UTF-8, an object, no key twice, no NaN, bounded size and depth."""

    media_type = "application/json"

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        data = strict_json(stream)
        if not isinstance(data, dict):
            raise ParseError("Send one JSON object with the fields of this operation.")
        return data


class _NotStrict(ValueError):
    """Python would take it; RFC 8259 has no NaN (§6) and leaves open what a key that comes twice means (§4)."""


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise _NotStrict("a key comes twice")
    return members


def _no_constant(name: str) -> None:
    raise _NotStrict(f"{name} is no JSON number")


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        # 1e400: no answer could repeat it.
        raise _NotStrict("it holds a number that is too large")
    return number


def _where(error: ValueError) -> str:
    """The decoder's position, not its text: that could hold what the person wrote."""
    if isinstance(error, json.JSONDecodeError):
        return f"see line {error.lineno}, column {error.colno}"
    return str(error) if isinstance(error, _NotStrict) else "it holds a number that is too long"
