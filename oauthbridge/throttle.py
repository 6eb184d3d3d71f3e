"""Counting what one caller does in a minute, right across processes: a sliding window in Django's cache.

Two counters per caller, this minute's and the last one's; the last one weighs as much as the window still covers of it.
Without a cache (Redis away) nothing is counted and nobody is refused.
"""

import hashlib
import re
import time
from dataclasses import dataclass
from ipaddress import IPv6Address, IPv6Network, ip_address
from typing import Any

import structlog
from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest
from django_redis import get_redis_connection
from redis import ConnectionPool
from redis.exceptions import NoScriptError, RedisError

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
    """At most `limit` hits a minute for each key of `scope`."""

    scope: str
    limit: int

    def hit(self, key: str, *, now: float | None = None) -> Verdict:
        """Count one hit of `key`, unless it is one too many: refused hits do not count, or a caller could never recover."""
        moment = time.time() if now is None else now
        window, elapsed = divmod(moment, PERIOD)
        current, previous = (f"throttle:{self.scope}:{key}:{int(window) - back}" for back in (0, 1))
        counted = _count(current, previous)
        if counted is None:
            return Verdict(True, self.limit, 0)
        here, before = counted
        carried = before * (1 - elapsed / PERIOD)
        if here + carried <= self.limit:
            return Verdict(True, int(self.limit - here - carried), 0)
        _take_back(current)
        return Verdict(False, 0, self._wait(here - 1, before, elapsed))

    def _wait(self, here: int, before: int, elapsed: float) -> int:
        """Whole seconds until one more hit fits: as the last minute slides out of the window, or else as this one does."""
        room = self.limit - 1 - here
        if room >= 0:
            wait = PERIOD * (1 - room / before) - elapsed
        else:
            wait = PERIOD - elapsed + PERIOD * (1 - max(0, self.limit - 1) / max(1, here))
        return int(wait) + 1


# KEYS: this minute's counter and the last one's. ARGV: seconds that this minute's is kept.
_COUNT = """
local here = redis.call('INCR', KEYS[1])
if here == 1 then redis.call('EXPIRE', KEYS[1], ARGV[1]) end
return {here, redis.call('GET', KEYS[2])}
"""
# The name by which Redis knows a script that it has met.
_COUNT_DIGEST = hashlib.sha1(_COUNT.encode(), usedforsecurity=False).hexdigest()


def _count(current: str, previous: str) -> tuple[int, int] | None:
    """Count one hit: this minute's hits with it, and the last minute's. None when nothing can be counted (Redis away)."""
    if not settings.REDIS_URL:
        cache.add(current, 0, timeout=2 * PERIOD)
        try:
            return cache.incr(current), cache.get(previous) or 0
        except ValueError:
            # Evicted between add and incr: as good as not counted.
            return 1, 0
    redis = get_redis_connection("default")
    arguments = (2, cache.make_key(current), cache.make_key(previous), 2 * PERIOD)
    try:
        # One round trip; Django's cache API would take three, and a pipeline of redis-py half as much time again.
        try:
            here, before = _ask(redis.connection_pool, "EVALSHA", _COUNT_DIGEST, *arguments)
        except NoScriptError:
            # Redis has been restarted; this tells it the script, too.
            here, before = redis.eval(_COUNT, *arguments)
    except RedisError as error:
        _say_open(type(error).__name__)
        return None
    return int(here), int(before or 0)


def _ask(pool: ConnectionPool, *command: str | int) -> Any:
    """One command, tried once. redis-py's own way around this, with its retries, takes as much processor time again, in every call;
    the pool has found out whether the connection is still alive. Raises RedisError."""
    connection = pool.get_connection()
    try:
        connection.send_command(*command)  # type: ignore[no-untyped-call]
        return connection.read_response()
    finally:
        pool.release(connection)


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


def _say_open(kind: str) -> None:
    """Once a minute: throttles are open, and why."""
    global _said_open_at
    now = time.monotonic()
    if now - _said_open_at >= PERIOD:
        _said_open_at = now
        log.warning("throttles are open: Redis is away", kind=kind)


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
