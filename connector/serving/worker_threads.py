"""The threads that answer requests, and the requests that wait for one."""

import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

from mainapp import turns

T = TypeVar("T")

# So many compute at a time, before they wait for the main app and after they have its answer. More would only take turns at the
# interpreter's lock, each at every step, and all be done late; one alone would leave the processor idle while PostgreSQL answers it.
AT_ONCE = 2
# With more than so many waiting to begin, who has the main app's answer waits for no turn: the sooner its thread is free.
FEW = 4
# A turn that lasts longer does not count any more: a slow database, a download or a page that takes long keep nobody else waiting.
LONGEST_TURN = 0.002


class Threads(Generic[T]):
    """At most so many threads, started when first needed, that each call `work`, which must not raise, with what is given to them.

    The one that became free last takes the next: its memory, its database connection and PostgreSQL's process behind that are in
    the processor's caches still. `concurrent.futures` asks the one that has rested longest.

    They compute in turns (`mainapp.turns`): what finds no thread, or no turn, waits in the order of its coming, and those that have the
    main app's answer go first. `moved_at` (monotonic) is when a thread was last free or became so.
    """

    def __init__(
        self,
        most: int,
        name: str,
        work: Callable[[T], None],
        prepare: Callable[[], None] | None = None,
        at_once: int = AT_ONCE,
    ) -> None:
        self.moved_at = time.monotonic()
        self._most, self._name, self._work, self._prepare, self._at_once = most, name, work, prepare, at_once
        self._lock = threading.Lock()
        self._started = 0
        self._free: list[_Thread[T]] = []
        self._waiting: deque[tuple[float, T]] = deque()
        # Who has a turn, the longest first; who has had the main app's answer since and waits for one.
        self._in_turn: list[_Thread[T]] = []
        self._answered: deque[_Thread[T]] = deque()
        self._is_open = True

    def give(self, task: T) -> None:
        """Have a thread do this now, or as soon as it is its turn."""
        with self._lock:
            self._waiting.append((time.monotonic(), task))
            self._begin()

    def look(self) -> None:
        """Begin what no longer has to wait for a turn that lasts. To be called now and then while something waits."""
        with self._lock:
            self._begin()

    def has_room(self) -> bool:
        """Whether a thread is free, or can be started."""
        with self._lock:
            return bool(self._free) or self._started < self._most

    def waiting_since(self) -> float | None:
        """When the first of those that wait came (monotonic)."""
        try:
            return self._waiting[0][0]
        except IndexError:
            return None

    def take_back(self) -> T | None:
        """The first of those that wait, which no thread will do now."""
        with self._lock:
            return self._waiting.popleft()[1] if self._waiting else None

    def shutdown(self, wait: bool = False) -> None:
        """Let the free threads end, and the others when they are done; what waits is dropped. Never waits, as gunicorn asks for."""
        with self._lock:
            self._is_open = False
            free, self._free = self._free, []
        for thread in free:
            thread.go_on()

    # --- Below, the lock is held ----------------------------------------------------------------

    def _begin(self) -> None:
        """Give turns, as many as there may be now."""
        now = time.monotonic()
        while self._in_turn and now - self._in_turn[0].turn_began > LONGEST_TURN:
            del self._in_turn[0]
        while len(self._in_turn) < self._at_once and (thread := self._next(now)) is not None:
            thread.turn_began = now
            self._in_turn.append(thread)
            thread.go_on()

    def _next(self, now: float) -> "_Thread[T] | None":
        """Whose turn it is: a thread that has an answer, or one with the first task of those that wait."""
        if self._answered:
            return self._answered.popleft()
        if not self._waiting or not self._is_open:
            return None
        if self._free:
            thread = self._free.pop()
        elif self._started < self._most:
            self._started += 1
            thread = _Thread(self, f"{self._name}-{self._started}")
            thread.start()
        else:
            return None
        self.moved_at = now
        thread.task = self._waiting.popleft()[1]
        return thread

    def _end_turn(self, thread: "_Thread[T]") -> None:
        if thread in self._in_turn:
            self._in_turn.remove(thread)


class _Thread(threading.Thread, Generic[T]):
    """One of them, and its own `mainapp.turns.Turn`. `task`: its next one; None ends it."""

    def __init__(self, pool: Threads[T], name: str) -> None:
        super().__init__(name=name, daemon=True)
        self.task: T | None = None
        self.turn_began = 0.0
        self._pool = pool
        # Held until it is this thread's turn.
        self._my_turn = threading.Lock()
        self._my_turn.acquire()

    def go_on(self) -> None:
        """With its task, be it new or under way."""
        self._my_turn.release()

    def run(self) -> None:
        pool = self._pool
        turns.belong(self)
        if pool._prepare is not None:
            pool._prepare()
        while True:
            self._my_turn.acquire()
            task, self.task = self.task, None
            if task is None:
                return
            pool._work(task)
            del task
            with pool._lock:
                pool._end_turn(self)
                pool.moved_at = time.monotonic()
                if not pool._is_open:
                    return
                pool._free.append(self)
                pool._begin()

    def give_up(self) -> None:
        pool = self._pool
        with pool._lock:
            pool._end_turn(self)
            pool._begin()

    def take_again(self) -> None:
        pool = self._pool
        with pool._lock:
            if len(pool._waiting) > FEW:
                return
            pool._answered.append(self)
            pool._begin()
        if self._my_turn.acquire(timeout=LONGEST_TURN):
            return
        with pool._lock:
            if self in pool._answered:
                # Whoever has the turn has it for too long.
                pool._answered.remove(self)
            else:
                # It came at the same moment.
                self._my_turn.acquire()
