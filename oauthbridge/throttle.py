"""Counting what one caller does in a minute, right across processes: a sliding window of two counters in Redis.

The last minute's counts as much as the window still covers of it. A process takes a tenth of what a caller has left at a time: never
more than the limit, and one by one when little is left. Without Redis each counts for itself: nobody is without limit.
"""

import functools
import threading
import time
from collections import Counter
from dataclasses import dataclass

import structlog
from django.conf import settings
from django.core.cache import cache
from django_redis import get_redis_connection
from redis.exceptions import RedisError

from oauthbridge import security_events
from oauthbridge.security_events import Event

PERIOD = 60

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Throttle:
    """At most `limit` hits a minute for each key of `scope`."""

    scope: str
    limit: int

    def hit(self, key: str, *, now: float | None = None) -> int:
        """Count one hit of `key`: 0. Or the seconds to wait, where it is one too many: refused hits do not count, or a caller could
        never recover."""
        minute, elapsed = divmod(time.time() if now is None else now, PERIOD)
        weight = 1 - elapsed / PERIOD
        count = f"throttle:{self.scope}:{key}"
        asked = (count, int(minute), self.limit, weight)
        here, before = _in_redis(*asked) or _here(*asked)
        room = self.limit - here - 1
        if room - before * weight >= 0:
            return 0
        if _here(f"noted:{count}", int(minute), 1, 0.0)[0] == 0:
            # Once a minute: who is throttled must not fill the log.
            security_events.note(Event.THROTTLED, f"{self.scope}:{key}")
        # Until one more hit fits: as the last minute slides out of the window, or else as this one does.
        slides, free, counted = (0, room, before) if room >= 0 else (PERIOD, max(0, self.limit - 1), max(1, here))
        return int(slides + PERIOD * (1 - free / counted) - elapsed) + 1


# KEYS: this minute's counter and the last one's. ARGV: the limit, the last minute's weight, seconds that a counter is kept.
_TAKE = """
local here = tonumber(redis.call('GET', KEYS[1]) or 0)
local before = tonumber(redis.call('GET', KEYS[2]) or 0)
local room = ARGV[1] - here - 1 - before * ARGV[2]
if room < 0 then return {here, before, 0} end
local taken = math.max(1, math.floor((room + 1) / 10))
redis.call('SET', KEYS[1], here + taken, 'EX', ARGV[3])
return {here, before, taken}
"""
_lock = threading.Lock()
_redis_is_left_alone_until = 0.0


@functools.lru_cache(maxsize=3)
def _counts(_minute: int) -> Counter[str]:
    """This process's own of that minute. Three are kept: a thread may be late at the turn of one."""
    return Counter()


def _in_redis(count: str, minute: int, limit: int, weight: float) -> tuple[int, int] | None:
    """Hits of this minute and of the last one before this hit, which is counted if it fits: none, where it was taken before. None
    without Redis. Once it has failed it is left alone for a minute: each question of one that is frozen takes half a second."""
    global _redis_is_left_alone_until
    if not settings.REDIS_URL or time.monotonic() < _redis_is_left_alone_until:
        return None
    with _lock:
        if _counts(minute)[f"taken:{count}"] > 0:
            _counts(minute)[f"taken:{count}"] -= 1
            return 0, 0
    try:
        names = [cache.make_key(f"{count}:{each}") for each in (minute, minute - 1)]
        script = get_redis_connection("default").register_script(_TAKE)
        here, before, taken = map(int, script(names, [limit, weight, 2 * PERIOD]))
    except RedisError as error:
        is_known, _redis_is_left_alone_until = time.monotonic() < _redis_is_left_alone_until, time.monotonic() + PERIOD
        if not is_known:  # other threads may have met it at the same time
            log.warning("each process throttles by itself: Redis is away", kind=type(error).__name__)
        return None
    with _lock:
        _counts(minute)[f"taken:{count}"] += max(0, taken - 1)
    return here, before


def _here(count: str, minute: int, limit: int, weight: float) -> tuple[int, int]:
    """As `_in_redis`, in this process."""
    with _lock:
        here, before = _counts(minute)[count], _counts(minute - 1)[count]
        if limit - here - 1 - before * weight >= 0:
            _counts(minute)[count] += 1
    return here, before
