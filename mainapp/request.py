"""A request to the main app made ready: held to its route, its body encoded, so that it can be sent as often as needed."""

import functools
import json as json_codec
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode, urlsplit

from mainapp import errors, routes
from mainapp.http.connection import Origin
from mainapp.routes import Route

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
    ids: Sequence[int],
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
        return _multipart({name: _form_text(value) for name, value in (json or {}).items()}, files)
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


def _multipart(fields: Mapping[str, str], files: Mapping[str, File]) -> tuple[str, bytes]:
    """RFC 7578; quotes and line breaks in names as browsers write them (HTML, "multipart/form-data encoding algorithm")."""
    boundary = secrets.token_hex(16)
    parts: list[tuple[str, bytes]] = [(f'name="{_quoted(name)}"', text.encode()) for name, text in fields.items()]
    for name, (file_name, data, content_type) in files.items():
        head = f'name="{_quoted(name)}"; filename="{_quoted(file_name)}"\r\nContent-Type: {content_type}'
        parts.append((head, data))
    body = b"".join(
        b"--%b\r\nContent-Disposition: form-data; %b\r\n\r\n%b\r\n" % (boundary.encode(), head.encode(), data)
        for head, data in parts
    )
    return f"multipart/form-data; boundary={boundary}", body + f"--{boundary}--\r\n".encode()


def _quoted(name: str) -> str:
    return name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")


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
