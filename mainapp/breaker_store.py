"""What processes tell each other of a main app that is down, through Redis: that it is, and whose turn it is to try."""

import hashlib
from enum import Enum

import structlog
from django.conf import settings
from django.core.cache import cache
from django_redis import get_redis_connection
from redis.exceptions import RedisError

# The trial is over by then; told again after each one. A process that was killed leaves nothing behind for longer.
TRIAL_SECONDS = 12
OPEN_SECONDS = 90

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


class Turn(Enum):
    """Who makes the next trial."""

    OURS = "ours"
    OTHERS = "others"  # or nobody yet: the pause is not over
    CLOSED = "closed"  # somebody's trial went well


class Store:
    """One main app's two keys: `open` holds the pause in seconds, `trial` is there while nobody may begin another trial."""

    def __init__(self, base_url: str) -> None:
        name = hashlib.sha256(base_url.encode()).hexdigest()[:16]
        self._open = cache.make_key(f"breaker:{name}:open")
        self._trial = cache.make_key(f"breaker:{name}:trial")

    def open_elsewhere(self) -> float | None:
        """The pause of another process's opening; None when there is none, or none can be told."""
        try:
            return _seconds(get_redis_connection("default").get(self._open))
        except RedisError as error:
            _say_away(error)
            return None

    def tell_open(self, pause: float) -> bool:
        """Open for all, the next trial after the pause. False when Redis is away."""
        try:
            steps = get_redis_connection("default").pipeline(transaction=True)
            steps.set(self._open, repr(pause), ex=OPEN_SECONDS)
            steps.set(self._trial, "1", px=max(1, int(pause * 1000)))
            steps.execute()
        except RedisError as error:
            _say_away(error)
            return False
        return True

    def turn(self) -> Turn | None:
        """None when Redis is away. `OURS` holds the turn until it is told how the trial ended."""
        try:
            steps = get_redis_connection("default").pipeline(transaction=True)
            steps.get(self._open)
            steps.set(self._trial, "1", nx=True, ex=TRIAL_SECONDS)
            pause, ours = steps.execute()
            if pause is None:
                return Turn.CLOSED
            return Turn.OURS if ours else Turn.OTHERS
        except RedisError as error:
            _say_away(error)
            return None

    def tell_closed(self) -> None:
        try:
            get_redis_connection("default").delete(self._open, self._trial)
        except RedisError as error:
            _say_away(error)


def store_for(base_url: str) -> Store | None:
    """None without Redis: there is one process, or each is for itself."""
    return Store(base_url) if settings.REDIS_URL else None


def _seconds(told: bytes | None) -> float | None:
    try:
        return float(told) if told is not None else None
    except ValueError:
        return None


def _say_away(error: RedisError) -> None:
    log.debug("breaker state is not shared: Redis is away", kind=type(error).__name__)
