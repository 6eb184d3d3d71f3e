"""What processes tell each other of a main app that is down, through Redis: how often it failed, that it is down, and whose turn it
is to try."""

import hashlib
import time
from dataclasses import dataclass
from enum import Enum

import structlog
from django.conf import settings
from django.core.cache import cache
from django_redis import get_redis_connection
from redis.exceptions import RedisError

# The trial is over by then; told again after each one. A process that was killed leaves nothing behind for longer.
TRIAL_SECONDS = 12
OPEN_SECONDS = 90
# Failures are counted in this half minute and the one before.
COUNTED_SECONDS = 30
# Redis is not asked again for so long after it has not answered: each question could take half a second.
AWAY_SECONDS = 5.0

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


class Turn(Enum):
    """Who makes the next trial."""

    OURS = "ours"
    OTHERS = "others"  # or nobody yet: the pause is not over
    CLOSED = "closed"  # somebody's trial went well


@dataclass(frozen=True, slots=True)
class Asked:
    """Whose turn it is; while it is others': the pause that they make now, and how much of it is left at most, in seconds."""

    turn: Turn
    pause: float = 0.0
    left: float = 0.0


@dataclass(frozen=True, slots=True)
class Told:
    """What a process hears when it tells a failure: how many there were lately in all, and the pause of an opening, if it is open."""

    failures: int
    pause: float | None


class Store:
    """One main app's keys: `open` holds the pause in seconds, `trial` is there while nobody may begin a trial, `failed` counts."""

    def __init__(self, base_url: str) -> None:
        name = hashlib.sha256(base_url.encode()).hexdigest()[:16]
        self._open = cache.make_key(f"breaker:{name}:open")
        self._trial = cache.make_key(f"breaker:{name}:trial")
        self._failed = cache.make_key(f"breaker:{name}:failed")
        self._away_until = 0.0

    def tell_failure(self) -> Told | None:
        """One round trip; None when Redis is away."""
        if time.monotonic() < self._away_until:
            return None
        window = int(time.time() // COUNTED_SECONDS)
        try:
            steps = get_redis_connection("default").pipeline(transaction=False)
            steps.incr(f"{self._failed}:{window}")
            steps.expire(f"{self._failed}:{window}", 2 * COUNTED_SECONDS)
            steps.get(f"{self._failed}:{window - 1}")
            steps.get(self._open)
            now, _expires, before, pause = steps.execute()
        except RedisError as error:
            self._say_away(error)
            return None
        return Told(int(now) + int(before or 0), _seconds(pause))

    def open_elsewhere(self) -> float | None:
        """The pause of another process's opening; None when there is none, or none can be told."""
        try:
            return _seconds(get_redis_connection("default").get(self._open))
        except RedisError as error:
            self._say_away(error)
            return None

    def tell_open(self, pause: float, *, after_a_trial: bool = False) -> bool:
        """Open for all, the next trial after the pause. False when Redis is away.

        What another process has told already stands, unless it was our turn and the trial failed.
        """
        try:
            steps = get_redis_connection("default").pipeline(transaction=True)
            steps.set(self._open, repr(pause), ex=OPEN_SECONDS, nx=not after_a_trial)
            steps.set(self._trial, "1", px=max(1, int(pause * 1000)), nx=not after_a_trial)
            steps.execute()
        except RedisError as error:
            self._say_away(error)
            return False
        return True

    def turn(self) -> Asked | None:
        """None when Redis is away. `OURS` holds the turn until it is told how the trial ended."""
        try:
            steps = get_redis_connection("default").pipeline(transaction=True)
            steps.get(self._open)
            steps.set(self._trial, "1", nx=True, ex=TRIAL_SECONDS)
            steps.pttl(self._trial)
            told, ours, milliseconds = steps.execute()
            pause = _seconds(told)
            if pause is None:
                if ours:
                    get_redis_connection("default").delete(self._trial)
                return Asked(Turn.CLOSED)
            # A trial under way holds the turn for longer than the pause, and ends long before that.
            return Asked(Turn.OURS) if ours else Asked(Turn.OTHERS, pause, min(milliseconds / 1000, pause))
        except RedisError as error:
            self._say_away(error)
            return None

    def may_doubt(self, seconds: float) -> bool:
        """Take the turn for so long, whether it is open or not; false while somebody else has it, true when Redis is away."""
        try:
            return bool(get_redis_connection("default").set(self._trial, "1", nx=True, px=int(seconds * 1000)))
        except RedisError as error:
            self._say_away(error)
            return True

    def tell_closed(self) -> None:
        window = int(time.time() // COUNTED_SECONDS)
        counts = [f"{self._failed}:{window - back}" for back in (0, 1)]
        try:
            get_redis_connection("default").delete(self._open, self._trial, *counts)
        except RedisError as error:
            self._say_away(error)

    def _say_away(self, error: RedisError) -> None:
        self._away_until = time.monotonic() + AWAY_SECONDS
        log.debug("breaker state is not shared: Redis is away", kind=type(error).__name__)


def store_for(base_url: str) -> Store | None:
    """None without Redis: there is one process, or each is for itself."""
    return Store(base_url) if settings.REDIS_URL else None


def _seconds(told: bytes | None) -> float | None:
    try:
        return float(told) if told is not None else None
    except ValueError:
        return None
