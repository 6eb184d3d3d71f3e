"""Counting the calls of a minute without asking Redis in each: every process counts at once for itself, and tells the others soon.

`Throttle` asks for each hit, which is right for what is rare and worth guessing at (sign-ins, secrets). For tool calls that trip was a
twelfth of their processor time, one wait more before the main app was asked, and a slow Redis delayed every one of them.
"""

import threading
import time
from dataclasses import dataclass

from django.conf import settings
from redis.exceptions import RedisError

from oauthbridge.throttle import Verdict, judged, say_open, tell_redis, window_at

# What was counted is told to Redis, and what others have counted is learned with it, after so many seconds.
TELL_SECONDS = 0.1


@dataclass(slots=True)
class _Count:
    """Hits of one key in a minute and in the one before, as far as this process knows."""

    window: int
    here: int = 0
    before: int = 0


class Tally:
    """Hits of each key of `scope`, over all processes: the sliding minute of `Throttle`, in the same counters.

    What a key does elsewhere is known here `TELL_SECONDS` and a trip to Redis after its last hit here: beyond the limit each further
    process lets it do what fits into that time. While Redis is away each process holds it to the limit by itself.
    """

    def __init__(self, scope: str) -> None:
        self._scope = scope
        self._counts: dict[str, _Count] = {}
        self._untold: dict[tuple[str, int], int] = {}
        # Held while counting, never over a trip to Redis.
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._thread: threading.Thread | None = None
        self._tidied = 0

    def hit(self, key: str, limit: int, *, now: float | None = None) -> Verdict:
        """Count one hit of `key`, of which at most `limit` fit into a minute, unless it is one too many. Never waits for Redis."""
        window, elapsed = window_at(now)
        with self._lock:
            count = self._counts.get(key)
            if count is not None and window == count.window - 1:
                # Another thread looked at the clock later and came here first.
                window, elapsed = count.window, 0.0
            elif count is None or window != count.window:
                before = count.here if count is not None and count.window == window - 1 else 0
                count = self._counts[key] = _Count(window, before=before)
            verdict = judged(limit, count.here + 1, count.before, elapsed)
            if verdict.allowed:
                count.here += 1
                if settings.REDIS_URL:
                    self._untold[key, window] = self._untold.get((key, window), 0) + 1
                    self._see_to_telling()
            if window != self._tidied:
                self._tidied = window
                self._counts = {key: each for key, each in self._counts.items() if each.window >= window - 1}
        return verdict

    def tell(self) -> None:
        """Tell Redis the hits that it does not know, and learn those of other processes. Hits that cannot be told, which the log
        says, count in this process only."""
        with self._lock:
            told, self._untold = self._untold, {}
        if not told:
            return
        try:
            counted = tell_redis(self._scope, told)
        except RedisError as error:
            say_open(error)
            return
        with self._lock:
            for (key, window), (here, before) in zip(told, counted, strict=True):
                count = self._counts.get(key)
                if count is not None and count.window == window:
                    # Never fewer than known already: Redis may have forgotten them.
                    count.here = max(count.here, here + self._untold.get((key, window), 0))
                    count.before = max(count.before, before)

    def _see_to_telling(self) -> None:
        # A thread of the parent process is not alive in a forked child.
        if self._thread is None or not self._thread.is_alive():
            self._thread = threading.Thread(target=self._tell_now_and_then, name=f"tally-{self._scope}", daemon=True)
            self._thread.start()
        if not self._wake.is_set():
            self._wake.set()

    def _tell_now_and_then(self) -> None:
        while True:
            self._wake.wait()
            time.sleep(TELL_SECONDS)
            self._wake.clear()
            self.tell()
