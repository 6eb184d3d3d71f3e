"""A circuit breaker for each main app: while it is down, calls are refused at once instead of each finding out for itself.

Closed: calls go through. It opens when at least MAIN_APP_BREAKER_FAILURES of a process's last 20 attempts failed and these are half
of them or more. A failure is no connection, no whole answer in time, or 5xx; never a 4xx, a quota, a dead token or an odd body.
What one person or one route met may be theirs alone: then the main app is asked first (the trial below), beside the call, and
nobody is refused when it answers. Connections that fail, or failures of several people on several routes, need no asking.
All processes together may have that many failures long before one of them has, when each failure takes seconds: then, too, the
main app is asked first.

Open: calls are refused; nobody's call is the guinea pig, a write least of all. A thread of each process waits for the end; every
pause (MAIN_APP_BREAKER_PAUSE_SECONDS, doubled after each failure up to 30 s) one of them, across all processes and hosts, makes
the trial: `GET /version`, which asks nothing of the main app's database, then `GET /pet-types`, which does (contract §0, §7.1).
The answer closes it for all. Opened again within a minute, it begins with twice the pause.

Shared through Redis (`mainapp.breaker_store`): how many failures there were, the state, and whose turn the trial is. A call in normal
state asks Redis nothing; a failure is told in one round trip, and that is how a process learns that others have opened it: one that
has no failures, on a host with a better network, goes on. Redis away: each process for itself.

No library does this. pybreaker 1.4.1 holds a process-wide lock while the guarded function runs (`CircuitBreaker.call`), so that
one call at a time would reach the main app; it asks Redis three times a call, counts consecutive failures only, and lets everybody
through when half-open. purgatory 3.0.1's synchronous Redis storage is built on `redis.asyncio` and does not work (its docs say so);
a consecutive count as well, and no single trial. circuitbreaker 2.1.3 knows one process and consecutive failures. tripswitch is a
development release (0.0.1.dev1) around it.
"""

import math
import os
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

import structlog
from django.conf import settings

from mainapp import metrics
from mainapp.breaker_store import Store, Turn, store_for
from mainapp.errors import BrokenAnswer, MainAppAway, MainAppError, NoConnectionFree, TimedOut
from mainapp.http.deadline import Deadline
from mainapp.http.fetching import NotFetched, fetch
from mainapp.response import parse_body
from mainapp.routes import PET_TYPES, VERSION, Route
from mainapp.secret import Secret

# Enough to tell a rate, few enough that a main app that goes down under load is noticed within a second.
LAST_ATTEMPTS = 20
# What is older says nothing about now.
REMEMBERED_SECONDS = 60.0
LEAST_SHARE = 0.5
LONGEST_PAUSE = 30.0
OPENED_AGAIN_WITHIN = 60.0
# A call that had less time than this when it gave up says nothing about the main app.
FAIR_SECONDS = 1.0
ASKED_AGAIN_AFTER = 0.2
# How long a process may go on refusing after another one's trial went well.
LOOKS_EVERY = 0.5
# Between two doubts that the trial has settled in favour of the main app.
DOUBTED_AT_MOST_EVERY = 5.0
# For both questions of a trial together.
TRIAL_SECONDS = 3.0

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Failure:
    route: str
    person: int
    unreachable: bool


@dataclass(slots=True)
class _Opening:
    """Times are monotonic seconds."""

    began: float
    pause: float
    next_trial: float


class Breaker:
    """One main app's. Threads share it."""

    def __init__(self, base_url: str) -> None:
        self._base_url = base_url
        self._store: Store | None = store_for(base_url)
        self._lock = threading.Lock()
        # Appending is atomic: an attempt that went well takes no lock.
        self._attempts: deque[tuple[float, _Failure | None]] = deque(maxlen=LAST_ATTEMPTS)
        self._open: _Opening | None = None
        self._closed_at = -math.inf
        self._last_pause = 0.0
        self._doubted_at = -math.inf
        self._over = threading.Event()

    @property
    def is_open(self) -> bool:
        return self._open is not None

    def refusal(self) -> int | None:
        """None while calls may go through; else the seconds after which another one makes sense."""
        opening = self._open
        if opening is None:
            return None
        # One more, for the trial itself.
        return max(0, math.ceil(opening.next_trial - time.monotonic())) + 1

    def note(self, error: MainAppError | None, route: Route, token: Secret | None, began: float) -> None:
        """Take one attempt into account: how it ended, and when (monotonic) it began."""
        if not isinstance(error, MainAppAway):
            self._attempts.append((time.monotonic(), None))
        elif speaks_against_the_main_app(error, time.monotonic() - began):
            self._failed(_Failure(str(route), hash(token), not error.sent), began)

    # --- Closed ------------------------------------------------------------------------------------

    def _failed(self, failure: _Failure, began: float) -> None:
        # What began before it closed speaks of the time when it was down.
        if self._open is not None or began < self._closed_at or not settings.MAIN_APP_BREAKER_FAILURES:
            return
        told = self._store.tell_failure() if self._store is not None else None
        now = time.monotonic()
        with self._lock:
            if self._open is not None or began < self._closed_at:
                return
            if told is not None and told.pause is not None:
                self._opened(now, pause=told.pause)
                return
            self._attempts.append((now, failure))
            recent = [one for moment, one in list(self._attempts) if now - moment <= REMEMBERED_SECONDS]
            failures = [one for one in recent if one is not None]
            least = settings.MAIN_APP_BREAKER_FAILURES
            too_many = len(failures) >= max(least, LEAST_SHARE * len(recent))
            if too_many and _concern_everybody(failures):
                self._opened(now, failures=len(failures), of=len(recent))
                return
            doubted = too_many or (told is not None and told.failures >= least)
            if not doubted or now - self._doubted_at <= DOUBTED_AT_MOST_EVERY:
                return
            self._doubted_at = now
        self._beside(self._ask_first)

    def _ask_first(self) -> None:
        if self._store is not None and not self._store.may_doubt(DOUBTED_AT_MOST_EVERY):
            return
        began = time.monotonic()
        if main_app_answers(self._base_url):
            return
        # Twice, unless that took its time: one 500 is not a main app that is down.
        if time.monotonic() - began < FAIR_SECONDS and (
            self._over.wait(ASKED_AGAIN_AFTER) or main_app_answers(self._base_url)
        ):
            return
        with self._lock:
            if self._open is None:
                self._opened(time.monotonic(), after_a_trial=True)

    def _opened(
        self, now: float, *, pause: float | None = None, failures: int = 0, of: int = 0, after_a_trial: bool = False
    ) -> None:
        """Holding the lock. pause: another process has opened it, and waits so long."""
        by_us = pause is None
        if pause is None:
            first = float(settings.MAIN_APP_BREAKER_PAUSE_SECONDS)
            again = now - self._closed_at < OPENED_AGAIN_WITHIN
            pause = min(max(first, self._last_pause * 2), LONGEST_PAUSE) if again else first
        opening = _Opening(now, pause, now + pause)
        if not self._beside(lambda: self._wait_for_it(opening, tell=by_us, tried=after_a_trial)):
            return
        self._open = opening
        self._attempts.clear()
        metrics.BREAKER_OPEN.set(1)
        if by_us:
            metrics.BREAKER_OPENINGS.inc()
            log.warning("main app is down: calls are refused until it answers", failed=failures, attempts=of)

    # --- Open --------------------------------------------------------------------------------------

    def _wait_for_it(self, opening: _Opening, *, tell: bool, tried: bool) -> None:
        """The thread of one opening. However it ends, nothing stays open that nobody waits for."""
        by_us = False
        try:
            by_us = self._until_it_answers(opening, told=not tell, tried=tried)
        finally:
            if not self._over.is_set():
                self._closed(by_us=by_us)

    def _until_it_answers(self, opening: _Opening, *, told: bool, tried: bool) -> bool:
        """Returns whether it was our trial that it answered."""
        while True:
            if self._store is not None and not told:
                told = self._store.tell_open(opening.pause, after_a_trial=tried)
            if self._over.wait(min(max(opening.next_trial - time.monotonic(), 0.02), LOOKS_EVERY)):
                return False
            turn = self._turn(opening)
            if turn is Turn.CLOSED and told:
                return False
            if turn is Turn.OTHERS:
                continue
            if main_app_answers(self._base_url):
                if self._store is not None:
                    self._store.tell_closed()
                return True
            opening.pause = min(opening.pause * 2, LONGEST_PAUSE)
            opening.next_trial = time.monotonic() + opening.pause
            told, tried = False, True

    def _turn(self, opening: _Opening) -> Turn:
        asked = self._store.turn() if self._store is not None else None
        if asked is None:
            return Turn.OURS if time.monotonic() >= opening.next_trial else Turn.OTHERS
        if asked.turn is Turn.OTHERS:
            # Theirs grow with each trial of theirs that fails; callers here are told to wait as long.
            opening.pause, opening.next_trial = asked.pause, time.monotonic() + asked.left
        return asked.turn

    def _closed(self, *, by_us: bool) -> None:
        now = time.monotonic()
        with self._lock:
            opening, self._open = self._open, None
            self._attempts.clear()
            self._closed_at = now
            self._last_pause = opening.pause if opening is not None else 0.0
        metrics.BREAKER_OPEN.set(0)
        if by_us and opening is not None:
            log.info("main app answers again", away_s=round(now - opening.began, 1))

    def _beside(self, work: Callable[[], None]) -> bool:
        """False where this process can have no more threads."""

        def guarded() -> None:
            try:
                work()
            except Exception as error:
                # Nobody else would tell of it.
                log.error("the main app's breaker failed", kind=type(error).__name__, exc_info=error)

        try:
            threading.Thread(target=guarded, name="main-app-breaker", daemon=True).start()
        except RuntimeError:
            log.error("no thread left for the main app's breaker")
            return False
        return True

    def end(self) -> None:
        """Its threads end, after the trial under way."""
        self._over.set()


def main_app_answers(base_url: str) -> bool:
    """Whether it answers two questions that need nobody's token: one of its code alone, one of its database (§0, §7.1).

    A refusal is an answer too, a throttle's for one. Past the session: that asks this module before it asks the main app.
    """
    deadline = Deadline(TRIAL_SECONDS)
    for route in (VERSION, PET_TYPES):
        try:
            answer = fetch(base_url + route.path(), seconds=deadline.remaining())
        except NotFetched:
            return False
        if answer.status != 429 and (answer.status >= 500 or not isinstance(parse_body(answer.body), dict)):
            return False
    return True


def speaks_against_the_main_app(error: MainAppAway, seconds: float) -> bool:
    """Whether an attempt that ended so counts as a failure of the main app."""
    if isinstance(error, TimedOut):
        return seconds >= FAIR_SECONDS and not isinstance(error, NoConnectionFree)
    if isinstance(error, BrokenAnswer):
        # Cut off; an answer of a strange shape is an answer.
        return error.transient
    return True


def _concern_everybody(failures: list[_Failure]) -> bool:
    if sum(one.unreachable for one in failures) * 2 >= len(failures):
        return True
    return len({one.person for one in failures}) > 1 and len({one.route for one in failures}) > 1


class _Breakers:
    """One for each main app address."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._breakers: dict[str, Breaker] = {}

    def breaker_for(self, base_url: str) -> Breaker:
        found = self._breakers.get(base_url)
        if found is not None:
            return found
        with self._lock:
            return self._breakers.setdefault(base_url, Breaker(base_url))

    def forget(self) -> None:
        """All closed, nothing counted, no thread waiting."""
        with self._lock:
            breakers, self._breakers = self._breakers, {}
        for each in breakers.values():
            each.end()

    def start_anew(self) -> None:
        """In a forked child, which has none of the threads and perhaps a lock that was held."""
        self._lock = threading.Lock()
        self._breakers = {}


_breakers = _Breakers()
breaker_for = _breakers.breaker_for
forget_breakers = _breakers.forget
os.register_at_fork(after_in_child=_breakers.start_anew)
