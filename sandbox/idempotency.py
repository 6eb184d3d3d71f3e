"""The Idempotency-Key of the main app (main-app.md §3)."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.http import HttpResponse

from .answers import ApiError, Json

TTL = timedelta(hours=24)
_FORMAT = re.compile(r"[A-Za-z0-9_-]+")


@dataclass
class _Entry:
    fingerprint: str
    answer: tuple[int, str | None, bytes] | None = None  # None while the first request is under way
    expires: datetime | None = None


class IdempotencyKeys:
    """Answers kept per person and key; the caller holds the world's lock."""

    def __init__(self) -> None:
        self._entries: dict[tuple[int, str], _Entry] = {}

    def begin(self, user_id: int, key: str, fingerprint: str, now: datetime, *, coded: bool) -> HttpResponse | None:
        """Reserve the key, or return the stored answer. 409 for another request, 425 while the first is under way."""
        entry = self._entries.get((user_id, key))
        if entry is not None and entry.expires is not None and entry.expires <= now:
            entry = None
        if entry is None:
            self._entries[(user_id, key)] = _Entry(fingerprint)
            return None
        if entry.fingerprint != fingerprint:
            raise ApiError(
                409,
                "This idempotency key was already used with a different request.",
                data={"code": "idempotency_conflict"} if coded else None,
                reached_controller=False,
            )
        if entry.answer is None:
            raise ApiError(
                425,
                "A request with this idempotency key is still being processed. Retry later.",
                reached_controller=False,
            )
        status, content_type, body = entry.answer
        response = HttpResponse(body, status=status, content_type=content_type or "text/html")
        if content_type is None:
            del response["Content-Type"]
        return response

    def finish(self, user_id: int, key: str, response: HttpResponse, now: datetime) -> None:
        """Store a 2xx answer; anything else frees the key at once."""
        entry = self._entries[(user_id, key)]
        if 200 <= response.status_code < 300:
            entry.answer = (response.status_code, response.get("Content-Type"), response.content)
            entry.expires = now + TTL
        else:
            del self._entries[(user_id, key)]

    def abandon(self, user_id: int, key: str) -> None:
        self._entries.pop((user_id, key), None)

    def clear(self) -> None:
        self._entries.clear()


def checked_key(header: str) -> str:
    """The key, or 422 for a format the main app doesn't take."""
    key = header.strip()
    if len(key) > 128:
        raise ApiError(
            422,
            "Idempotency key must be a non-empty string within the configured length limit.",
            reached_controller=False,
        )
    if not _FORMAT.fullmatch(key):
        raise ApiError(422, "Idempotency key contains invalid characters.", reached_controller=False)
    return key


def fingerprint_of(method: str, path: str, payload: Json) -> str:
    """SHA-256 over method, path and payload; key order and white space don't matter, `4` and `4.0` differ."""
    canonical = json.dumps([method, path, payload], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()
