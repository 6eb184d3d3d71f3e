"""A request to the main app made ready: held to its route, its body encoded, so that it can be sent as often as needed."""

import functools
import json as json_codec
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

import httpx

from mainapp import errors, routes
from mainapp.routes import Route
from mainapp.straight import Form

LANGUAGES = ("en", "ru", "uk", "vi")

File = tuple[str, bytes, str]


@dataclass(frozen=True, slots=True)
class Prepared:
    """Byte for byte the same each time it is sent, but for what the gate puts into its headers."""

    route: Route
    main_app: httpx.URL
    target: bytes
    language: str
    content_type: str | None
    body: bytes | None = field(repr=False)
    form: Form[Any] | None


def prepare(
    route: Route,
    base_url: str,
    ids: Sequence[int],
    query: Mapping[str, str | int] | None,
    json: Mapping[str, Any] | None,
    files: Mapping[str, File] | None,
    language: str,
    form: Form[Any] | None,
) -> Prepared:
    """The arguments are those of `Gate.call`. Raises `ValueError` for a call that must not be made, and `Unreachable`."""
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
    target = main_app.raw_path.rstrip(b"/") + route.path(*ids).encode("ascii")
    if query:
        target += b"?" + urlencode(query).encode("ascii")
    content_type, body = _encoded(json, files)
    return Prepared(route, main_app, target, language, content_type, body, form)


@functools.lru_cache(maxsize=16)
def _address(base_url: str) -> httpx.URL | None:
    """The main app's address; None for what is none, or more than one."""
    try:
        url = httpx.URL(base_url)
    except httpx.InvalidURL:
        return None
    # userinfo: it would go out with every request, in place of the person's token.
    usable = url.scheme in ("http", "https") and url.host and not (url.userinfo or url.query or url.fragment)
    return url if usable else None


def _encoded(json: Mapping[str, Any] | None, files: Mapping[str, File] | None) -> tuple[str | None, bytes | None]:
    if files:
        fields = {name: _form_text(value) for name, value in (json or {}).items()}
        encoded = httpx.Request("POST", "http://multipart", data=fields, files=dict(files))
        return encoded.headers["content-type"], encoded.read()
    if json is None:
        return None, None
    try:
        body = json_codec.dumps(json, ensure_ascii=False, allow_nan=False, default=_as_json).encode()
    except (TypeError, ValueError):
        body = None
    if body is None:
        # Raised out here: the exception above holds the body.
        raise ValueError("the body cannot be sent as JSON")
    return "application/json", body


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
