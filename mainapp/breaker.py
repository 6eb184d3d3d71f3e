"""A circuit breaker for each main app: while it is down, calls are refused at once instead of each finding out for itself.

Closed: calls go through. When at least MAIN_APP_BREAKER_FAILURES of a process's last 20 attempts failed, half of them or more, or as
many in all processes together (each may take seconds), a thread asks the main app itself: what one person or one route met may be
theirs alone, and nobody is refused while it answers. A failure is no connection, no whole answer in time, or 5xx; never a 4xx, a quota,
a dead token or an odd body.

Open: calls are refused; nobody's call is the guinea pig, a write least of all. After each pause (MAIN_APP_BREAKER_PAUSE_SECONDS,
doubled after each failure up to 30 s) one thread, across all processes and hosts, makes the trial: `GET /version`, which asks nothing
of the main app's database, then `GET /pet-types`, which does (contract §0, §7.1). The answer closes it for all. Opened again within a
minute, it begins with twice the pause.

Shared through Redis (`mainapp.breaker_store`): how many failed, that it is open, and whose turn the trial is. A call in normal state
asks Redis nothing; a process learns of the others' opening by its own first failure. No library does this (docs/decisions/speed.md,
"The breaker").
"""

import math
import os
import threading
import time
from collections import deque
from dataclasses import dataclass

import structlog
from django.conf import settings

from mainapp import metrics
from mainapp.breaker_store import Store
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

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Opening:
    """Times are monotonic seconds."""

    began: float
    pause: float
    next_trial: float


class Breaker:
    """One main app's. Threads share it."""

    def __init__(self, base_url: str) -> None:
        self._base_url = base_url
        self._store = Store(base_url)
        self._lock = threading.Lock()
        # When, and whether it failed. Appending is atomic: an attempt that went well takes no lock.
        self._attempts: deque[tuple[float, bool]] = deque(maxlen=LAST_ATTEMPTS)
        self._watched = False
        self._open: _Opening | None = None
        self._closed_at = -math.inf
        self._last_pause = 0.0
        self._over = threading.Event()

    def refusal(self) -> int | None:
        """None while calls may go through; else the seconds after which another one makes sense."""
        opening = self._open
        # One more, for the trial itself.
        return None if opening is None else max(0, math.ceil(opening.next_trial - time.monotonic())) + 1

    def note(self, error: MainAppError | None, began: float) -> None:
        """Take one attempt into account: how it ended, and when (monotonic) it began."""
        now = time.monotonic()
        if not isinstance(error, MainAppAway):
            self._attempts.append((now, False))
            return
        # What began before it closed speaks of the time when it was down.
        if not _speaks_against_the_main_app(error, now - began) or self._watched or began < self._closed_at:
            return
        least = settings.MAIN_APP_BREAKER_FAILURES
        everywhere, elsewhere = self._store.failed() if least else (0, None)
        with self._lock:
            self._attempts.append((now, True))
            recent = [failed for moment, failed in list(self._attempts) if now - moment <= REMEMBERED_SECONDS]
            too_many = everywhere >= least or sum(recent) >= max(least, LEAST_SHARE * len(recent))
            if least and not self._watched and (too_many or elsewhere is not None):
                self._watched = self._watch_beside(elsewhere)

    def _watch_beside(self, elsewhere: float | None) -> bool:
        """False where this process can have no more threads: nothing is opened that nobody waits for."""
        try:
            threading.Thread(target=self._watch, args=(elsewhere,), name="main-app-breaker", daemon=True).start()
        except RuntimeError:
            log.error("no thread left for the main app's breaker")
            return False
        return True

    def _watch(self, elsewhere: float | None) -> None:
        if elsewhere is not None:
            self._opened(elsewhere)
        answered = False
        try:
            answered = self._until_it_answers()
        except Exception as error:
            # Nobody else would tell of it.
            log.error("the main app's breaker failed", kind=type(error).__name__, exc_info=error)
        finally:
            if not self._over.is_set():
                self._closed(by_us=answered)

    def _until_it_answers(self) -> bool:
        """Returns whether it was our trial that it answered."""
        while True:
            turn, opening = self._store.turn(), self._open
            due = opening is None or time.monotonic() >= opening.next_trial
            if turn.ours if turn is not None else due:
                if main_app_answers(self._base_url):
                    self._store.tell_closed()
                    return True
                pause = self._next_pause()
                self._store.tell_open(pause)
                self._opened(pause, by_us=opening is None)
            elif turn is not None and turn.pause is None and opening is not None:
                # Somebody else's trial went well.
                return False
            elif turn is not None and turn.pause is not None and due:
                self._opened(turn.pause)
            until = self._open.next_trial if self._open is not None else math.inf
            if self._over.wait(min(max(until - time.monotonic(), 0.02), LOOKS_EVERY)):
                return False

    def _next_pause(self) -> float:
        first = float(settings.MAIN_APP_BREAKER_PAUSE_SECONDS)
        again = self._open is None and time.monotonic() - self._closed_at < OPENED_AGAIN_WITHIN
        before = self._open.pause if self._open is not None else self._last_pause if again else 0.0
        return min(max(first, before * 2), LONGEST_PAUSE)

    def _opened(self, pause: float, *, by_us: bool = False) -> None:
        now = time.monotonic()
        self._open = _Opening(self._open.began if self._open is not None else now, pause, now + pause)
        metrics.BREAKER_OPEN.set(1)
        if by_us:
            metrics.BREAKER_OPENINGS.inc()
            log.warning("main app is down: calls are refused until it answers", attempts=len(self._attempts))

    def _closed(self, *, by_us: bool) -> None:
        with self._lock:
            opening, self._open, self._watched = self._open, None, False
            self._attempts.clear()
            self._closed_at = time.monotonic()
            self._last_pause = opening.pause if opening is not None else self._last_pause
        metrics.BREAKER_OPEN.set(0)
        if by_us and opening is not None:
            log.info("main app answers again", away_s=round(self._closed_at - opening.began, 1))

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


def _speaks_against_the_main_app(error: MainAppAway, seconds: float) -> bool:
    """Whether an attempt that ended so counts as a failure of the main app."""
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
