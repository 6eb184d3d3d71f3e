"""Counting what one caller does in a minute, right across processes: a sliding window in Django's cache.

Two counters per caller, this minute's and the last one's; the last one weighs as much as the window still covers of it.
Without a cache (Redis away) nothing is counted and nobody is refused.
"""

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv6Address, IPv6Network, ip_address

import structlog
from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest
from django_redis import get_redis_connection
from redis.exceptions import RedisError

from oauthbridge.tokens import digest

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
    """At most `limit` hits a minute for each key of `scope`, asked of Redis for each hit."""

    scope: str
    limit: int

    def hit(self, key: str, *, now: float | None = None) -> Verdict:
        """Count one hit of `key`, unless it is one too many: refused hits do not count, or a caller could never recover."""
        window, elapsed = window_at(now)
        counted = self._count(key, window)
        if counted is None:
            return Verdict(True, self.limit, 0)
        here, before = counted
        verdict = judged(self.limit, here, before, elapsed)
        if not verdict.allowed:
            _take_back(counter(self.scope, key, window))
        return verdict

    def _count(self, key: str, window: int) -> tuple[int, int] | None:
        """Count one hit: this minute's hits with it, and the last minute's. None when nothing can be counted (Redis away)."""
        if not settings.REDIS_URL:
            current = counter(self.scope, key, window)
            cache.add(current, 0, timeout=2 * PERIOD)
            try:
                return cache.incr(current), cache.get(counter(self.scope, key, window - 1)) or 0
            except ValueError:
                # Evicted between add and incr: as good as not counted.
                return 1, 0
        try:
            return tell_redis(self.scope, {(key, window): 1})[0]
        except RedisError as error:
            say_open(error)
            return None


def window_at(now: float | None) -> tuple[int, float]:
    """The minute's number at this moment (seconds since 1970, now by default), and how many of its seconds have passed."""
    window, elapsed = divmod(time.time() if now is None else now, PERIOD)
    return int(window), elapsed


def judged(limit: int, here: int, before: int, elapsed: float) -> Verdict:
    """What becomes of the last of `here` hits of this minute, of which so many seconds have passed; `before` were in the last one."""
    carried = before * (1 - elapsed / PERIOD)
    if here + carried <= limit:
        return Verdict(True, int(limit - here - carried), 0)
    # Until one more hit fits: as the last minute slides out of the window, or else as this one does.
    room = limit - here
    if room >= 0:
        wait = PERIOD * (1 - room / before) - elapsed
    else:
        wait = PERIOD - elapsed + PERIOD * (1 - max(0, limit - 1) / max(1, here - 1))
    return Verdict(False, 0, int(wait) + 1)


def counter(scope: str, key: str, window: int) -> str:
    """The name of a minute's counter in Django's cache."""
    return f"throttle:{scope}:{key}:{window}"


# KEYS: for each (key, minute) that minute's counter and the one before. ARGV: seconds that a counter is kept, then the hits of each.
_COUNT = """
local counted = {}
for i = 1, #KEYS, 2 do
  local hits = ARGV[(i + 1) / 2 + 1]
  counted[i] = redis.call('INCRBY', KEYS[i], hits)
  if counted[i] == tonumber(hits) then redis.call('EXPIRE', KEYS[i], ARGV[1]) end
  counted[i + 1] = redis.call('GET', KEYS[i + 1])
end
return counted
"""


def tell_redis(scope: str, hits: Mapping[tuple[str, int], int]) -> list[tuple[int, int]]:
    """Add to the hits of each (key, minute), in one trip; all hits of each, and those of the minute before, come back in the same
    order. Raises RedisError."""
    redis = get_redis_connection("default")
    names = [cache.make_key(counter(scope, key, minute)) for key, window in hits for minute in (window, window - 1)]
    counted = redis.register_script(_COUNT)(names, [2 * PERIOD, *hits.values()])
    return [(int(here), int(before or 0)) for here, before in zip(counted[::2], counted[1::2], strict=True)]


def _take_back(current: str) -> None:
    try:
        if settings.REDIS_URL:
            get_redis_connection("default").decr(cache.make_key(current))
        else:
            cache.decr(current)
    except (RedisError, ValueError) as error:
        # A hit that stays counted makes a noisy caller wait a little longer; nobody else.
        log.debug("throttle hit not taken back", kind=type(error).__name__)


_said_open_at = 0.0


def say_open(error: RedisError) -> None:
    """Once a minute: what is not counted any more (`oauthbridge.local_counter` goes on in each process), and why."""
    global _said_open_at
    now = time.monotonic()
    if now - _said_open_at >= PERIOD:
        _said_open_at = now
        log.warning(
            "throttles are open, and each process counts tool calls by itself: Redis is away", kind=type(error).__name__
        )


def client_address(request: HttpRequest) -> str:
    """The caller as our outermost proxy saw it: what stands left of our own proxies' entries may be made up.

    An IPv4 address, or an IPv6 caller's /64: a household has one of those, and 2^64 addresses to hide behind.
    """
    if settings.TRUSTED_PROXY_COUNT:
        forwarded = [part.strip() for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if part.strip()]
        if len(forwarded) >= settings.TRUSTED_PROXY_COUNT:
            return _network_of(forwarded[-settings.TRUSTED_PROXY_COUNT])
    return _network_of(str(request.META.get("REMOTE_ADDR", "")))


# With a port, as some proxies write it: each connection would be somebody else.
_WITH_PORT = re.compile(r"(?:\[([^\]]+)\]|([0-9.]+))(?::[0-9]+)?")


def _network_of(told: str) -> str:
    with_port = _WITH_PORT.fullmatch(told)
    try:
        address = ip_address((with_port[1] or with_port[2]) if with_port else told)
    except ValueError:
        # No address: the proxy's own word for it ("unknown", RFC 7239 §6.2).
        return digest(told)[:32]
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
        return str(IPv6Network((int(address) >> 64 << 64, 64)))
    return str(address)
