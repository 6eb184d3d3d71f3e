"""A tool call's answer as JSON, the same at every door."""

from collections.abc import Mapping
from typing import Any

import orjson
from rest_framework.renderers import JSONRenderer
from rest_framework.utils.encoders import JSONEncoder

_encoder = JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def as_json(value: Any) -> bytes:
    """REST framework's JSON, made by orjson: a list of twenty pets takes a tenth of the time."""
    try:
        return orjson.dumps(value, default=_encoder.default)
    except orjson.JSONEncodeError:
        # An integer beyond 64 bits, or half a surrogate pair, which leaves as a question mark.
        return _encoder.encode(value).encode("utf-8", "replace")


class AnswerRenderer(JSONRenderer):
    """REST framework's own, with `as_json`."""

    def render(
        self, data: Any, accepted_media_type: str | None = None, renderer_context: Mapping[str, Any] | None = None
    ) -> bytes:
        return b"" if data is None else as_json(data)
