"""Which version of the main app answers, as far as this process has seen (main-app.md §0, §14)."""

import re
from functools import lru_cache
from typing import NamedTuple

_TEXT = re.compile(r"v?(\d{1,5})\.(\d{1,5})(?:\.(\d{1,5}))?(?:[-+.].*)?", re.ASCII)


class AppVersion(NamedTuple):
    """A released version of the main app; compares as versions do."""

    major: int
    minor: int
    patch: int

    def __str__(self) -> str:
        return f"v{self.major}.{self.minor}.{self.patch}"


# Before this one any request with an Idempotency-Key and a bearer token failed with 401 (§14).
IDEMPOTENCY_WITH_TOKENS = AppVersion(1, 18, 1)
# What is assumed of a main app that tells no version at all: nothing newer than the first connector era.
NO_VERSION = AppVersion(0, 0, 0)


@lru_cache(maxsize=16)
def parse_version(text: str | None) -> AppVersion | None:
    """Read `v1.18.5`; None for what is no version."""
    match = _TEXT.fullmatch(text.strip()) if text else None
    return AppVersion(int(match[1]), int(match[2]), int(match[3] or 0)) if match else None


# What each main app address told last. No lock: one assignment is atomic, and the last answer is as good as any.
seen: dict[str, AppVersion] = {}
