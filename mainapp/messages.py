"""What goes to the main app and what comes back (HTTP's messages, RFC 9110 §6): a request held to its route and encoded, so that it can
be sent as often as needed; an answer's bytes made data (contract §1; what a refusal means: `mainapp.refusals`)."""

import functools
import json as json_codec
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NoReturn
from urllib.parse import urlencode, urlsplit

from django.utils.http import parse_http_date_safe
from urllib3.filepost import encode_multipart_formdata

from mainapp import errors, routes
from mainapp.http.connection import Origin
from mainapp.routes import Route

LONGEST_TEXT = 20_000
LANGUAGES = ("en", "ru", "uk", "vi")

File = tuple[str, bytes, str]


@dataclass(frozen=True, slots=True)
class Prepared:
    """Byte for byte the same each time it is sent, but for what the session puts into its headers."""

    route: Route
    origin: Origin
    target: str
    language: str
    content_type: str | None
    body: bytes | None = field(repr=False)


def prepare(
    route: Route,
    base_url: str,
    ids: Sequence[routes.InPath],
    query: Mapping[str, str | int] | None,
    json: Mapping[str, Any] | None,
    files: Mapping[str, File] | None,
    language: str,
) -> Prepared:
    """The arguments are those of `Session.call`. Raises `ValueError` for a call that must not be made, and `Unreachable`."""
    if route not in routes.ALLOWED:
        raise ValueError("not a route this product may call")
    if not route.query.issuperset(query or ()):
        raise ValueError(f"{route} takes the query parameters {sorted(route.query)}")
    if (json is not None or files) and not route.is_write:
        raise ValueError(f"{route} takes no body")
    if language not in LANGUAGES:
        raise ValueError("the main app speaks en, ru, uk and vi")
    origin, prefix = _address(base_url)
    target = prefix + route.path(*ids) + (f"?{urlencode(query)}" if query else "")
    content_type, body = _encoded(json, files)
    return Prepared(route, origin, target, language, content_type, body)


@functools.lru_cache(maxsize=16)
def _address(base_url: str) -> tuple[Origin, str]:
    """The main app's origin, and the path before its own. Raises Unreachable for what is no address, or more than one."""
    with suppress(ValueError):
        url = urlsplit(base_url)
        origin = Origin.of(url)
        if origin is not None and url.path.isascii() and not (url.query or url.fragment):
            return origin, url.path.rstrip("/")
    raise errors.Unreachable(detail="MAIN_APP_URL is no http or https address")


def _encoded(json: Mapping[str, Any] | None, files: Mapping[str, File] | None) -> tuple[str | None, bytes | None]:
    if files:
        fields = {name: _form_text(value) for name, value in (json or {}).items()}
        body, content_type = encode_multipart_formdata({**fields, **files})
        return content_type, body
    if json is None:
        return None, None
    with suppress(TypeError, ValueError):
        text = json_codec.dumps(json, ensure_ascii=False, allow_nan=False, default=_as_json)
        return "application/json", text.encode()
    # Raised out here: the exception above holds the body.
    raise ValueError("the body cannot be sent as JSON")


def _as_json(value: Any) -> object:
    """Days as YYYY-MM-DD, decimals as numbers. Raises TypeError for anything else."""
    return value.isoformat() if isinstance(value, date) else float(value)


def _form_text(value: object) -> str:
    # Laravel reads no "True" in a form, and an empty field as null: `expected_photo_id` needs that (§9.1).
    if value is None:
        return ""
    return str(int(value)) if isinstance(value, bool) else str(value)


# --- Answers -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Rate:
    """A minute limit and what is left of it, from the headers of an answer (§2.1)."""

    limit: int
    remaining: int


@dataclass(frozen=True)
class Answer:
    """One whole HTTP answer. headers: by lower-case names. `body` is what `raw` says, where it is JSON."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    raw: bytes = field(repr=False)

    @functools.cached_property
    def body(self) -> Any:
        return parse_body(self.raw)

    @property
    def payload(self) -> Mapping[str, Any]:
        """The body as an object; empty when it is something else."""
        return self.body if isinstance(self.body, dict) else {}

    @functools.cached_property
    def rate(self) -> Rate | None:
        limit, remaining = self.number("x-ratelimit-limit"), self.number("x-ratelimit-remaining")
        return None if limit is None or remaining is None else Rate(limit, remaining)

    @property
    def now(self) -> float:
        """The main app's clock in Unix seconds, ours when it does not tell: the two may differ by hours."""
        return parse_http_date_safe(self.headers.get("date", "")) or time.time()

    @property
    def retry_after(self) -> int | None:
        """Seconds, from either form of the header (RFC 9110 §10.2.3)."""
        seconds = self.number("retry-after")
        if seconds is not None:
            return within_a_day(seconds)
        moment = parse_http_date_safe(self.headers.get("retry-after", ""))
        return None if moment is None else within_a_day(moment - self.now)

    def number(self, name: str) -> int | None:
        """What a header says, where that is a number."""
        text = self.headers.get(name, "").strip()
        return int(text) if text.isascii() and text.isdigit() and len(text) <= 12 else None


def parse_body(raw: bytes | bytearray) -> Any:
    """Parse JSON of any origin, its texts cleaned and cut (`mended`); None for what is none."""
    try:
        return mended(json_codec.loads(raw.decode(), parse_constant=_refuse_constant))
    # RecursionError: a thousand brackets; ValueError: no UTF-8, no JSON, NaN, or an integer of 5,000 digits.
    except (ValueError, RecursionError):
        return None


def mended(data: Any) -> Any:
    """The same JSON with its texts cleaned and cut (`clean_text`). Raises RecursionError."""
    if isinstance(data, str):
        return clean_text(data, LONGEST_TEXT)
    if isinstance(data, dict):
        return {clean_text(name, LONGEST_TEXT): mended(value) for name, value in data.items()}
    return [mended(value) for value in data] if isinstance(data, list) else data


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)


def clean_text(value: object, longest: int) -> str:
    """Text that can be stored and sent on: a lone surrogate or NUL in it would fail in a database or a socket."""
    if not isinstance(value, str):
        return ""
    text = value[:longest]
    if text.isascii() and "\0" not in text:
        return text
    text = text.replace("\0", "")
    return text.encode("utf-8", "replace").decode("utf-8")


def within_a_day(seconds: float) -> int:
    """No wait that a header tells is believed to be longer."""
    return int(min(max(seconds, 1), 86_400))
