"""A request as it came, and what is answered."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

JSON = "application/json; charset=utf-8"


@dataclass(frozen=True)
class Request:
    """`headers` by lower-case names."""

    method: str
    path: str
    query: dict[str, str]
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)

    def json(self) -> dict[str, Any]:
        """Empty where it is no object."""
        try:
            body_read = json.loads(self.body or b"{}")
        except ValueError:
            return {}
        return body_read if isinstance(body_read, dict) else {}

    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.body.decode(errors="replace")))


@dataclass(frozen=True)
class Reply:
    body: bytes = b""
    status: int = 200
    kind: str = JSON
    headers: Mapping[str, str] = field(default_factory=dict)


def json_reply(body: object, status: int = 200) -> Reply:
    return Reply(json.dumps(body, ensure_ascii=False).encode(), status)
