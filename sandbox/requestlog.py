"""Every request that reached the stand-in, so that tests can count upstream calls."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass
class Recorded:
    """One request; `status` is None while it runs or when the connection was dropped before an answer."""

    method: str
    path: str
    query: str
    headers: dict[str, str] = field(repr=False)
    idempotency_key: str | None = None
    status: int | None = None


_SECRET = ("authorization", "cookie", "x-xsrf-token")


class RequestLog(list[Recorded]):
    """In the order of arrival; appending to a list is atomic, so no lock."""

    def of(self, method: str, path: str) -> list[Recorded]:
        """The requests of this method and exact path."""
        return [row for row in self if row.method == method and row.path == path]

    def as_json(self) -> list[dict[str, Any]]:
        """For whoever asks over HTTP, so without tokens and cookies."""
        return [
            {**asdict(row), "headers": {k: v for k, v in row.headers.items() if k.lower() not in _SECRET}}
            for row in self
        ]
