"""What is left of the main app's minute limits (contract §2.1), told before somebody meets one by surprise.

It counts each kind of write by itself, ten or fifteen a minute, and everything together; all tokens of a person and their browser
share the count, so only its own answers know.
"""

from collections.abc import Mapping
from typing import Any

from mainapp.response import Rate
from mainapp.routes import Route

LITTLE = 3


def little_left(rates: Mapping[Route, Rate]) -> dict[str, Any] | None:
    """`{calls, per_minute}` of what the routes of one call have least left of; None while that is plenty."""
    least = min(rates.values(), key=lambda rate: rate.remaining, default=None)
    if least is None or least.remaining > LITTLE:
        return None
    return {"calls": least.remaining, "per_minute": least.limit}
