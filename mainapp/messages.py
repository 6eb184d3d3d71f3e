"""What goes to the main app and what comes back (HTTP's messages, RFC 9110 §6): a request held to its route and encoded, so that it can
be sent as often as needed; an answer's bytes made data or an error (contract §1)."""

import functools
import json as json_codec
import re
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, NoReturn, TypeVar
from urllib.parse import urlencode, urlsplit

import msgspec
from django.utils.http import parse_http_date_safe
from urllib3.filepost import encode_multipart_formdata

from mainapp import errors, routes
from mainapp.errors import FieldProblem, MainAppError, Quota, Storage
from mainapp.http.connection import Origin
from mainapp.routes import EXCHANGE_CODE, Route

T = TypeVar("T")

_CODE = re.compile(r"[A-Za-z][A-Za-z_]{0,63}")
_FIELD = re.compile(r"[\w.*-]{1,100}", re.ASCII)
_DAY = 86_400
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
    main_app = _address(base_url)
    if main_app is None:
        raise errors.Unreachable(route=str(route), detail="MAIN_APP_URL is no http or https address")
    origin, prefix = main_app
    target = prefix + route.path(*ids) + (f"?{urlencode(query)}" if query else "")
    content_type, body = _encoded(json, files)
    return Prepared(route, origin, target, language, content_type, body)


@functools.lru_cache(maxsize=16)
def _address(base_url: str) -> tuple[Origin, str] | None:
    """The main app's origin, and the path before its own; None for what is no address, or more than one."""
    try:
        url = urlsplit(base_url)
    except ValueError:
        return None
    origin = Origin.of(url)
    if origin is None or url.query or url.fragment or not url.path.isascii():
        return None
    return origin, url.path.rstrip("/")


def _encoded(json: Mapping[str, Any] | None, files: Mapping[str, File] | None) -> tuple[str | None, bytes | None]:
    if files:
        fields = {name: _form_text(value) for name, value in (json or {}).items()}
        body, content_type = encode_multipart_formdata({**fields, **files})
        return content_type, body
    if json is None:
        return None, None
    with suppress(TypeError, ValueError):
        return "application/json", json_codec.dumps(
            json, ensure_ascii=False, allow_nan=False, default=_as_json
        ).encode()
    # Raised out here: the exception above holds the body.
    raise ValueError("the body cannot be sent as JSON")


def _as_json(value: object) -> object:
    """Days as YYYY-MM-DD, decimals as numbers. Raises TypeError for anything else."""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return float(value)
    raise TypeError(type(value).__name__)


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
        limit, remaining = _number(self.headers, "x-ratelimit-limit"), _number(self.headers, "x-ratelimit-remaining")
        return None if limit is None or remaining is None else Rate(limit, remaining)

    @property
    def now(self) -> float:
        """The main app's clock in Unix seconds, ours when it does not tell: the two may differ by hours."""
        return parse_http_date_safe(self.headers.get("date", "")) or time.time()


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


def data_of(answer: Answer, route: Route) -> Any:
    """Take `data` out of a 2xx answer; None of the 204 of a deletion. Raises `BrokenAnswer` for other shapes (§1.1)."""
    if answer.status == 204 and route.method == "DELETE":
        return None
    if "data" not in answer.payload or answer.payload.get("success") is False:
        detail = "no JSON" if answer.body is None else "no data in the answer"
        raise errors.BrokenAnswer(detail, status=answer.status, route=str(route))
    return answer.payload["data"]


def error_of(answer: Answer, route: Route) -> MainAppError:
    """Name the error an answer outside 2xx stands for (§1.3, §1.4); statuses and codes decide, never its text.

    A 403 comes out as `Forbidden` and a 401 as `TokenRefused`: what they truly mean only `GET /users/me` tells.
    """
    status, payload = answer.status, answer.payload
    if status < 400 or status > 599:
        return errors.BrokenAnswer("unexpected status", status=status, route=str(route))
    if status < 500 and status not in (413, 429) and not isinstance(answer.body, dict):
        # A proxy's page, not the main app's answer: its 404 must not become "no such pet", nor its 401 a dead token.
        return errors.BrokenAnswer("an error that is not the main app's own", status=status, route=str(route))
    data = _object(payload.get("data"))
    codes = (payload.get("error_code"), data.get("error_code"), data.get("code"), payload.get("error"))
    code = next((code for code in codes if isinstance(code, str) and _CODE.fullmatch(code)), None)
    kind = _kind(status, code, route, payload)
    about: dict[str, Any] = {"retry_after": _retry_after(answer)}
    if kind is errors.StorageLimit:
        about["storage"] = _convert(Storage, payload.get("meta"))
    elif kind is errors.QuotaExceeded:
        about["quota"] = quota = _convert(Quota, data.get("quota"))
        if quota is not None:
            # No Retry-After on this one (§2.2): the reset time is the only clock.
            about["retry_after"] = _within_a_day(quota.reset_at.timestamp() - answer.now)
    elif kind is errors.Throttled and about["retry_after"] is None:
        reset = _number(answer.headers, "x-ratelimit-reset")
        about["retry_after"] = None if reset is None else _within_a_day(reset - answer.now)
    elif kind is errors.DuplicatePet:
        ids = data.get("existing_pet_ids")
        about["existing_pet_ids"] = tuple(i for i in ids if type(i) is int and i > 0) if isinstance(ids, list) else ()
    elif kind is errors.VersionConflict:
        about |= {"server_version": data["server_version"], "server_value": data["server_value"]}
    message, fields = clean_text(payload.get("message"), 500), _fields(payload.get("errors"))
    error = kind(status=status, route=str(route), code=code, message=message, fields=fields, **about)
    error.transient = status in (502, 503, 504) and kind is not errors.BridgeNotConfigured
    return error


_BY_CODE: dict[tuple[int, str | None], type[MainAppError]] = {
    (409, "duplicate_pet"): errors.DuplicatePet,
    (409, "idempotency_conflict"): errors.IdempotencyConflict,
    (413, "STORAGE_LIMIT_EXCEEDED"): errors.StorageLimit,
    (422, "FEATURE_NOT_AVAILABLE_FOR_PET_TYPE"): errors.FeatureNotAvailable,
    (429, "API_DAILY_QUOTA_EXCEEDED"): errors.QuotaExceeded,
}
_BY_STATUS: dict[int, type[MainAppError]] = {
    401: errors.TokenRefused,
    403: errors.Forbidden,
    404: errors.NotFound,
    405: errors.NotAllowed,
    413: errors.BodyTooLarge,
    422: errors.ValidationFailed,
    425: errors.StillProcessing,
    429: errors.Throttled,
    503: errors.Maintenance,
}


def _kind(status: int, code: str | None, route: Route, payload: Mapping[str, Any]) -> type[MainAppError]:
    if (status, code) in _BY_CODE:
        return _BY_CODE[status, code]
    if route is EXCHANGE_CODE and status in (400, 422):
        return errors.BadBridgeCode
    if status == 401 and route.auth in ("connector", "none"):
        return errors.BridgeKeyRefused if route.auth == "connector" else errors.Refused
    if status == 503 and route.auth == "connector" and "success" in payload:
        # The bridge without a key answers in the envelope; maintenance never reaches it (§1.3).
        return errors.BridgeNotConfigured
    if status == 409:
        data = _object(payload.get("data"))
        if isinstance(data.get("server_version"), str) and isinstance(data.get("server_value"), dict):
            return errors.VersionConflict
        return errors.ExpectedMismatch if payload.get("data") is None else errors.Conflict
    return _BY_STATUS.get(status, errors.ServerFault if status >= 500 else errors.Refused)


def clean_text(value: object, longest: int) -> str:
    """Text that can be stored and sent on: a lone surrogate or NUL in it would fail in a database or a socket."""
    if not isinstance(value, str):
        return ""
    text = value[:longest]
    if text.isascii() and "\0" not in text:
        return text
    text = text.replace("\0", "")
    return text.encode("utf-8", "replace").decode("utf-8")


def _object(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _fields(value: object) -> tuple[FieldProblem, ...]:
    problems = []
    for name, reasons in list(_object(value).items())[:50]:
        reason = reasons[0] if isinstance(reasons, list) and reasons else reasons
        if _FIELD.fullmatch(name):
            problems.append(FieldProblem(name, clean_text(reason, 300)))
    return tuple(problems)


def _convert(kind: type[T], payload: object) -> T | None:
    try:
        return msgspec.convert(payload, kind)
    except msgspec.ValidationError:
        return None


def _number(headers: Mapping[str, str], name: str) -> int | None:
    text = headers.get(name, "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 12 else None


def _retry_after(answer: Answer) -> int | None:
    """Seconds, from either form of the header (RFC 9110 §10.2.3)."""
    seconds = _number(answer.headers, "retry-after")
    if seconds is not None:
        return _within_a_day(seconds)
    moment = parse_http_date_safe(answer.headers.get("retry-after", ""))
    return None if moment is None else _within_a_day(moment - answer.now)


def _within_a_day(seconds: float) -> int:
    return int(min(max(seconds, 1), _DAY))
