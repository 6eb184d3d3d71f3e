"""What protects an existing record from a blind write: `base_version` and `expected_*` (main-app.md §4)."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from .answers import ApiError, Json
from .messages import text
from .pipeline import Call
from .records import Row
from .shapes.stamps import version_of
from .validation import REQUIRED, Field, field, string


def conflict(call: Call, data: Json = None) -> ApiError:
    return ApiError(409, text("conflict", call.language), data=data)


def check_base_version(call: Call, row: Row, server_value: Callable[[], Json], *, since: bool) -> None:
    """409 with the current record when `base_version` is another text than its `updated_at`.

    Missing, empty or not a string: no check. `since`: whether this release knows base_version here.
    """
    sent = call.body.get("base_version")
    if not since or not isinstance(sent, str):
        return
    if sent != version_of(row):
        data = {"server_value": server_value(), "server_version": version_of(row), "client_base_version": sent}
        raise conflict(call, data)


def guard_fields(call: Call, expected: Mapping[str, Field]) -> dict[str, Field]:
    """The fields that a token with health:write must send: base_version and the given ones."""
    if not (call.release.guards and call.holds("health:write")):
        return {}
    return {"base_version": field(REQUIRED, string), **expected}


def check_expected(call: Call, matches: Mapping[str, Callable[[Json], bool]]) -> None:
    """409 without data when an `expected_*` that was sent does not match the record."""
    if not call.release.guards:
        return
    for name, fits in matches.items():
        if name in call.body and not fits(call.body[name]):
            raise conflict(call)
