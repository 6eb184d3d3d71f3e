"""Counting what one caller does in a minute, right across processes: a sliding window in Django's cache.

Two counters per caller, this minute's and the last one's; the last one weighs as much as the window still covers of it.
Without a cache (Redis away) nothing is counted and nobody is refused.
"""

import time
from dataclasses import dataclass

import structlog
from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest

PERIOD = 60

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Verdict:
    """`retry_after` in seconds, 0 when allowed; `remaining` calls until the limit."""

    allowed: bool
    remaining: int
    retry_after: int


@dataclass(frozen=True)
class Throttle:
    """At most `limit` hits a minute for each key of `scope`."""

    scope: str
    limit: int

    def hit(self, key: str, *, now: float | None = None) -> Verdict:
        """Count one hit of `key`, unless it is one too many: refused hits do not count, or a caller could never recover."""
        moment = time.time() if now is None else now
        window, elapsed = divmod(moment, PERIOD)
        current, previous = (f"throttle:{self.scope}:{key}:{int(window) - back}" for back in (0, 1))
        cache.add(current, 0, timeout=2 * PERIOD)
        try:
            here = cache.incr(current)
        except ValueError:
            # Evicted between add and incr: as good as not counted.
            here = 1
        before = cache.get(previous) or 0
        if here is None:
            return Verdict(True, self.limit, 0)
        carried = before * (1 - elapsed / PERIOD)
        if here + carried <= self.limit:
            return Verdict(True, int(self.limit - here - carried), 0)
        try:
            cache.decr(current)
        except ValueError:
            log.debug("throttle counter evicted", scope=self.scope)
        return Verdict(False, 0, self._wait(here - 1, before, elapsed))

    def _wait(self, here: int, before: int, elapsed: float) -> int:
        """Whole seconds until one more hit fits: as the last minute slides out of the window, or else as this one does."""
        room = self.limit - 1 - here
        if room >= 0:
            wait = PERIOD * (1 - room / before) - elapsed
        else:
            wait = PERIOD - elapsed + PERIOD * (1 - max(0, self.limit - 1) / max(1, here))
        return int(wait) + 1


def client_address(request: HttpRequest) -> str:
    """The caller's address as our outermost proxy saw it: what stands left of our own proxies' entries may be made up."""
    if settings.TRUSTED_PROXY_COUNT:
        forwarded = [part.strip() for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if part.strip()]
        if len(forwarded) >= settings.TRUSTED_PROXY_COUNT:
            return str(forwarded[-settings.TRUSTED_PROXY_COUNT])
    return str(request.META.get("REMOTE_ADDR", ""))
