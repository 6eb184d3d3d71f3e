"""What processes tell each other of a main app that is down, through Redis: failures, that it is down, and whose turn it is to try."""

import hashlib
import time
from typing import Any, NamedTuple

import structlog
from django.conf import settings
from django.core.cache import cache
from django_redis import get_redis_connection
from redis.exceptions import RedisError

# The trial is over by then. A process that was killed leaves nothing behind for longer than OPEN_SECONDS.
TRIAL_SECONDS = 12
OPEN_SECONDS = 90
# A failure after so long a pause is the first one.
COUNTED_SECONDS = 30
# Redis is not asked again for so long after it has not answered: each question could take half a second.
AWAY_SECONDS = 5.0

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


class Turn(NamedTuple):
    """Whether the next trial is ours, and the pause in seconds between trials while it is down for anybody."""

    ours: bool
    pause: float | None


class Store:
    """One main app's keys: `open` holds the pause, `trial` is there while nobody may begin one, `failed` counts. Each question is one
    round trip, answered with nothing while Redis is away, or where there is none: each process is for itself then."""

    def __init__(self, base_url: str) -> None:
        name = hashlib.sha256(base_url.encode()).hexdigest()[:16]
        self._open = cache.make_key(f"breaker:{name}:open")
        self._trial = cache.make_key(f"breaker:{name}:trial")
        self._failed = cache.make_key(f"breaker:{name}:failed")
        self._away_until = 0.0

    def failed(self) -> tuple[int, float | None]:
        """Tell of a failure: how many there were of all processes, less than half a minute apart, and the pause of an opening."""
        answers = self._ask(("INCR", self._failed), ("EXPIRE", self._failed, COUNTED_SECONDS), ("GET", self._open))
        return (0, None) if answers is None else (int(answers[0]), _seconds(answers[2]))

    def open_elsewhere(self) -> float | None:
        """The pause of an opening; None too when there is none."""
        return _seconds((self._ask(("GET", self._open)) or [None])[0])

    def turn(self) -> Turn | None:
        """Our turn lasts until it is told how the trial ended."""
        answers = self._ask(("GET", self._open), ("SET", self._trial, "1", "NX", "EX", TRIAL_SECONDS))
        return None if answers is None else Turn(bool(answers[1]), _seconds(answers[0]))

    def tell_open(self, pause: float) -> None:
        """Down for all; the next trial is after the pause."""
        milliseconds = max(1, int(pause * 1000))
        self._ask(("SET", self._open, repr(pause), "EX", OPEN_SECONDS), ("SET", self._trial, "1", "PX", milliseconds))

    def tell_closed(self) -> None:
        self._ask(("DEL", self._open, self._trial, self._failed))

    def _ask(self, *commands: tuple[Any, ...]) -> list[Any] | None:
        if not settings.REDIS_URL or time.monotonic() < self._away_until:
            return None
        try:
            steps = get_redis_connection("default").pipeline(transaction=True)
            for command in commands:
                steps.execute_command(*command)
            return list(steps.execute())
        except RedisError as error:
            self._away_until = time.monotonic() + AWAY_SECONDS
            log.debug("breaker state is not shared: Redis is away", kind=type(error).__name__)
            return None


def _seconds(stored: bytes | None) -> float | None:
    return float(stored) if stored is not None else None
