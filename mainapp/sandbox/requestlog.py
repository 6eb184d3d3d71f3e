"""Every request that reached the stand-in, so that tests can count upstream calls."""

from __future__ import annotations

from collections.abc import Iterator
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


class RequestLog:
    """In the order of arrival. Appending to a list is atomic, so no lock."""

    def __init__(self) -> None:
        self._rows: list[Recorded] = []

    def add(self, row: Recorded) -> None:
        self._rows.append(row)

    def clear(self) -> None:
        self._rows = []

    def __iter__(self) -> Iterator[Recorded]:
        return iter(list(self._rows))

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, index: int) -> Recorded:
        return self._rows[index]

    def of(self, method: str, path: str) -> list[Recorded]:
        """The requests of this method and exact path."""
        return [row for row in self if row.method == method and row.path == path]

    def as_json(self) -> list[dict[str, Any]]:
        # The Authorization header stays out: this list goes over HTTP to whoever asks.
        return [
            {**asdict(row), "headers": {k: v for k, v in row.headers.items() if k.lower() not in _SECRET}}
            for row in self
        ]


_SECRET = ("authorization", "cookie", "x-xsrf-token")
