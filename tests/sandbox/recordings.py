"""The golden recordings of the real main app: reading them, and comparing an answer with one."""

import json
import re
from dataclasses import dataclass
from typing import Any

import httpx

from tests.golden import GOLDEN

RECORDED_HOST = "https://meo.example"

# Compared by keys and types at every depth, not by value; each with the reason.
ONLY_SHAPE: dict[str, str] = {
    "gpt-auth-telegram-link-ok": "the recorded token is blanked out",
}


@dataclass(frozen=True)
class Recording:
    name: str
    request: dict[str, Any]
    response: dict[str, Any]
    note: str

    @property
    def data(self) -> Any:
        return self.response["body"]["data"]

    @property
    def as_whom(self) -> str | None:
        """The name in `Bearer <name>`, or None without a token."""
        return self.request["headers"].get("Authorization", "").removeprefix("Bearer <").rstrip(">") or None

    @property
    def from_browser(self) -> bool:
        return any(word in self.note for word in ("browser", "logged-in", "upper-case"))


def load(name: str) -> Recording:
    raw = json.loads((GOLDEN / f"{name}.json").read_text(encoding="utf-8"))
    return Recording(name, raw["request"], raw["response"], raw.get("note") or "")


def complaint(answer: httpx.Response, recording: Recording, url: str, *, rates: bool = True) -> object:
    """What of this answer differs from the recording, its rate headers too unless not `rates`; None for nothing."""
    recorded = recording.response
    if answer.status_code != recorded["status"]:
        return answer.status_code, recorded["status"], answer.text[:300]
    if (mime := content_type(answer.headers)) != content_type(recorded["headers"]):
        return mime, content_type(recorded["headers"])
    if rates and rate_headers(answer.headers) != rate_headers(recorded["headers"]):
        return rate_headers(answer.headers), rate_headers(recorded["headers"])
    body, expected = plain(body_of(answer), url), plain(recorded["body"], url)
    if shape(body) != shape(expected):
        return difference(shape(body), shape(expected))
    return None if recording.name in ONLY_SHAPE else difference(body, expected)


def difference(one: Any, other: Any, path: str = "") -> object:
    """The first place where two values differ, and both values there; None when they are equal."""
    if one == other:
        return None
    if isinstance(one, dict) and isinstance(other, dict):
        if one.keys() != other.keys():
            return path, {"more": sorted(one.keys() - other.keys()), "missing": sorted(other.keys() - one.keys())}
        return next(found for key in one if (found := difference(one[key], other[key], f"{path}.{key}")))
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        pairs = enumerate(zip(one, other, strict=True))
        return next(found for i, (a, b) in pairs if (found := difference(a, b, f"{path}[{i}]")))
    return path, one, other


_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[T ](?!00:00:00)\d\d:\d\d:\d\d(\.000000Z|\+00)")
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


def plain(value: Any, url: str) -> Any:
    """The value without what can't be the same twice: the moment of writing, random ids, hosts, inline previews."""
    if isinstance(value, dict):
        # The raw rows of photos come in the order of the database's heap.
        if isinstance(media := value.get("media"), list):
            value = value | {"media": sorted(media, key=lambda row: int(row["id"]))}
        return {name: plain(each, url) for name, each in value.items() if name != "order_column"}
    if isinstance(value, list):
        return [plain(each, url) for each in value]
    if isinstance(value, str):
        text = value.replace(url, RECORDED_HOST)
        text = _UUID.sub("<uuid>", _MOMENT.sub("<moment>", text))
        text = re.sub(r"data:image/svg\+xml;base64,[A-Za-z0-9+/=]+", "<inline image>", text)
        text = re.sub(r"\?v=\d+", "?v=<version>", text)
        text = re.sub(r"nginx/[\d.]+", "nginx", text)
        return re.sub(r"^\d+\|\w{48}$", "<token>", text)
    return value


def shape(value: Any) -> Any:
    """Keys and types at every depth; the items of a list as one merged shape."""
    if isinstance(value, dict):
        return {name: shape(each) for name, each in value.items()}
    if isinstance(value, list):
        merged: Any = set()
        for each in value:
            merged = merge(merged, shape(each))
        return [merged]
    return {type(value).__name__}


def merge(one: Any, other: Any) -> Any:
    if isinstance(one, dict) and isinstance(other, dict):
        return {name: merge(one.get(name, {"absent"}), other.get(name, {"absent"})) for name in {**one, **other}}
    if isinstance(one, list) and isinstance(other, list):
        return [merge(one[0], other[0])]
    if one == set():
        return other
    if other == set():
        return one
    if isinstance(one, set) and isinstance(other, set):
        return one | other
    return {"mixed": (str(one), str(other))}


def rate_headers(headers: Any) -> dict[str, str]:
    """The rate headers that have a fixed value, and whether the others are there."""
    lower = {name.lower(): value for name, value in headers.items()}
    kept = {name: lower[name] for name in ("x-ratelimit-limit", "x-ratelimit-remaining") if name in lower}
    there = {name: "present" for name in ("retry-after", "x-ratelimit-reset") if name in lower}
    return kept | there


def content_type(headers: Any) -> str:
    return str(headers.get("content-type", "")).split(";")[0]


def body_of(response: httpx.Response) -> Any:
    if content_type(response.headers) == "text/html":
        return response.text
    return response.json() if response.content else None
