"""Which version of the main app answers, as far as this process has seen (main-app.md §0, §14)."""

import re
import threading
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


def parse_version(text: str | None) -> AppVersion | None:
    """Read `v1.18.5`; None for what is no version."""
    match = _TEXT.fullmatch(text.strip()) if text else None
    return AppVersion(int(match[1]), int(match[2]), int(match[3] or 0)) if match else None


class _Seen:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._versions: dict[str, AppVersion] = {}

    def remember(self, base_url: str, version: AppVersion) -> None:
        with self._lock:
            self._versions[base_url] = version

    def last(self, base_url: str) -> AppVersion | None:
        with self._lock:
            return self._versions.get(base_url)

    def forget(self) -> None:
        with self._lock:
            self._versions.clear()


_seen = _Seen()
remember_version = _seen.remember
last_version = _seen.last
forget_versions = _seen.forget
