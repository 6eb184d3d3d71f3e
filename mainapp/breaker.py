"""A circuit breaker for each main app: while it is down, calls are refused at once instead of each finding out for itself.

Closed: calls go through. When at least MAIN_APP_BREAKER_FAILURES of a process's last 20 attempts failed, half of them or more, or as
many in all processes together (each may take seconds), a thread asks the main app itself: what one person or one route met may be
theirs alone, and nobody is refused while it answers. A failure is no connection, no whole answer in time, or 5xx; never a 4xx, a quota,
a dead token or an odd body.

Open: calls are refused; nobody's call is the guinea pig, a write least of all. After each pause (MAIN_APP_BREAKER_PAUSE_SECONDS,
doubled after each failure up to 30 s) one thread, across all processes and hosts, makes the trial: `GET /version`, which asks nothing
of the main app's database, then `GET /pet-types`, which does (contract §0, §7.1). The answer closes it for all. Opened again within a
minute, it begins with twice the pause.

Shared through Django's cache, which is Redis where there are several processes: how many failed, that it is down, and whose turn the
trial is. A call in normal state asks it nothing; a process learns of the others' opening by its own first failure. While Redis is away
each process is for itself. No library does this (docs/decisions/speed.md, "The breaker").
"""

import math
import os
import threading
import time
from collections import deque

import structlog
from django.conf import settings
from django.core.cache import cache

from mainapp import metrics
from mainapp.errors import BrokenAnswer, MainAppAway, MainAppError, NoConnectionFree, TimedOut
from mainapp.http.connection import Deadline, HttpError
from mainapp.http.fetching import fetch
from mainapp.messages import parse_body
from mainapp.routes import PET_TYPES, VERSION, Route

# Enough to tell a rate, few enough that a main app that goes down under load is noticed within a second.
LAST_ATTEMPTS = 20
# What is older says nothing about now.
REMEMBERED_SECONDS = 60.0
LEAST_SHARE = 0.5
LONGEST_PAUSE = 30.0
OPENED_AGAIN_WITHIN = 60.0
# A call that had less time than this when it gave up says nothing about the main app.
FAIR_SECONDS = 1.0
# How long a process may go on refusing after another one's trial went well.
LOOKS_EVERY = 0.5
# For both questions of a trial together.
TRIAL_SECONDS = 3.0
# The trial is over by then. A process that was killed leaves nothing behind for longer than DOWN_SECONDS.
TURN_SECONDS = 12
DOWN_SECONDS = 90
# Failures of all processes are counted together for so long.
COUNTED_SECONDS = 30
# What health checks are told may be so old: they cost the main app next to nothing.
HEALTH_SECONDS = 5.0

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


class Breaker:
    """One main app's. Threads share it. Times are monotonic seconds."""

    def __init__(self, base_url: str) -> None:
        self._base_url = base_url
        # Those of all processes: `down` holds the pause while it is down for anybody, `turn` is there while nobody may begin a trial.
        self._failed, self._down, self._turn = (f"breaker:{base_url}:{what}" for what in ("failed", "down", "turn"))
        self._lock = threading.Lock()
        # When, and whether it failed. Appending is atomic: an attempt that went well takes no lock.
        self._attempts: deque[tuple[float, bool]] = deque(maxlen=LAST_ATTEMPTS)
        self._watched = False
        # None while it is closed.
        self._next_trial: float | None = None
        self._pause = 0.0
        self._opened_at = self._closed_at = -math.inf
        self._over = threading.Event()

    def refusal(self) -> int | None:
        """None while calls may go through; else the seconds after which another one makes sense."""
        trial = self._next_trial
        # One more, for the trial itself.
        return None if trial is None else max(0, math.ceil(trial - time.monotonic())) + 1

    def pause_anywhere(self) -> float | None:
        """Seconds between two trials of whichever process found it down; None where none did."""
        pause: float | None = cache.get(self._down)
        return pause

    def note(self, error: MainAppError | None, began: float) -> None:
        """Take one attempt into account: how it ended, and when (monotonic) it began."""
        now, least = time.monotonic(), settings.MAIN_APP_BREAKER_FAILURES
        if not isinstance(error, MainAppAway):
            self._attempts.append((now, False))
            return
        # What began before it closed speaks of the time when it was down.
        if not least or self._watched or began < self._closed_at or not _is_its_failure(error, now - began):
            return
        everywhere = self._failures_everywhere()
        reason = everywhere >= least or (everywhere > 0 and self.pause_anywhere() is not None)
        with self._lock:
            self._attempts.append((now, True))
            recent = [failed for moment, failed in list(self._attempts) if now - moment <= REMEMBERED_SECONDS]
            if not self._watched and (reason or sum(recent) >= max(least, LEAST_SHARE * len(recent))):
                try:
                    threading.Thread(target=self._watch, name="main-app-breaker", daemon=True).start()
                    self._watched = True
                except RuntimeError:
                    # Nothing is opened that nobody waits for.
                    log.error("no thread left for the main app's breaker")

    def _failures_everywhere(self) -> int:
        """This one included; 0 while Redis is away."""
        try:
            return cache.incr(self._failed) or 0
        except ValueError:
            cache.set(self._failed, 1, COUNTED_SECONDS)
            return 1

    def _watch(self) -> None:
        try:
            self._until_it_answers()
        except Exception as error:
            # Nobody else would tell of it.
            log.error("the main app's breaker failed", kind=type(error).__name__, exc_info=error)
        finally:
            if not self._over.is_set():
                with self._lock:
                    self._next_trial, self._watched, self._closed_at = None, False, time.monotonic()
                    self._attempts.clear()
                metrics.BREAKER_OPEN.set(0)

    def _until_it_answers(self) -> None:
        wait = 0.0
        while not self._over.wait(wait):
            # None where Redis is away.
            if cache.add(self._turn, True, TURN_SECONDS) is not False:
                if main_app_answers(self._base_url):
                    cache.delete_many([self._down, self._turn, self._failed])
                    if self._next_trial is not None:
                        log.info("main app answers again", away_s=round(time.monotonic() - self._opened_at, 1))
                    return
                if self._next_trial is None:
                    metrics.BREAKER_OPENINGS.inc()
                    log.warning("main app is down: calls are refused until it answers", attempts=len(self._attempts))
                pause = self._next_pause()
                cache.set(self._down, pause, DOWN_SECONDS)
                cache.set(self._turn, True, pause)
                self._opened(pause)
                # Redis counts whole milliseconds: the turn is free by then.
                wait = pause + 0.01
                continue
            wait, elsewhere = LOOKS_EVERY, self.pause_anywhere()
            if elsewhere is not None and time.monotonic() >= (self._next_trial or 0):
                self._opened(elsewhere)
            elif elsewhere is None and self._next_trial is not None:
                # Somebody else's trial went well.
                return

    def _next_pause(self) -> float:
        again = self._next_trial is not None or time.monotonic() - self._closed_at < OPENED_AGAIN_WITHIN
        return min(max(settings.MAIN_APP_BREAKER_PAUSE_SECONDS, self._pause * 2 if again else 0.0), LONGEST_PAUSE)

    def _opened(self, pause: float) -> None:
        now = time.monotonic()
        self._opened_at = now if self._next_trial is None else self._opened_at
        self._pause, self._next_trial = pause, now + pause
        metrics.BREAKER_OPEN.set(1)

    def end(self) -> None:
        """Its threads end, after the trial under way."""
        self._over.set()


def main_app_answers(base_url: str, *asked: Route, seconds: float = TRIAL_SECONDS) -> bool:
    """Whether it answers these questions, which need nobody's token; else one of its code alone and one of its database (§0, §7.1).

    A refusal is an answer too, a throttle's for one. Past the session: that asks this module before it asks the main app.
    """
    deadline = Deadline(seconds)
    for route in asked or (VERSION, PET_TYPES):
        try:
            answer = fetch(base_url + route.path(), seconds=deadline.remaining())
        except HttpError:
            return False
        if answer.status != 429 and (answer.status >= 500 or not isinstance(parse_body(answer.body), dict)):
            return False
    return True


_health_lock = threading.Lock()
_health: tuple[float, bool] | None = None


def main_app_reachable() -> bool:
    """Whether `GET /version` answers within two seconds, the breaker open or not; at most one question every five seconds."""
    global _health
    with _health_lock:
        if _health is None or time.monotonic() - _health[0] > HEALTH_SECONDS:
            _health = (time.monotonic(), main_app_answers(settings.MAIN_APP_URL, VERSION, seconds=2.0))
        return _health[1]


def _is_its_failure(error: MainAppAway, seconds: float) -> bool:
    """Whether an attempt that ended so, after so long, counts as a failure of the main app."""
    if isinstance(error, TimedOut):
        return seconds >= FAIR_SECONDS and not isinstance(error, NoConnectionFree)
    # Cut off; an answer of a strange shape is an answer.
    return error.transient if isinstance(error, BrokenAnswer) else True


_breakers: dict[str, Breaker] = {}


def breaker_for(base_url: str) -> Breaker:
    """The one of this main app address."""
    return _breakers.get(base_url) or _breakers.setdefault(base_url, Breaker(base_url))


# A forked child has none of the threads, and perhaps a lock that was held.
os.register_at_fork(after_in_child=_breakers.clear)
