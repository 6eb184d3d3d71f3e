"""The threads that answer requests, and the requests that wait for one."""

import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

from mainapp import turns

T = TypeVar("T")

# So many may prepare their question to the main app at a time. More would only take turns at the interpreter's lock, each at every
# step, and all send late; one alone would leave the processor idle while PostgreSQL and Redis answer it.
AT_ONCE = 2
# Nobody waits for a turn when none has begun for so long: a slow database keeps few threads busy, and the others free.
SECONDS_BETWEEN = 0.002


class Threads(Generic[T]):
    """At most so many threads, started when first needed, that each call `work`, which must not raise, with what is given to them.

    The one that became free last takes the next: its memory, its database connection and PostgreSQL's process behind that are in
    the processor's caches still. `concurrent.futures` asks the one that has rested longest.

    What finds no thread, or not its turn (`mainapp.turns`), waits, in the order of its coming. `moved_at` (monotonic) is when a
    thread was last free or became so.
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
        self._turns = 0
        self._began_at = 0.0
        self._is_open = True

    def give(self, task: T) -> None:
        """Have a thread do this now, or as soon as it is its turn."""
        with self._lock:
            self._waiting.append((time.monotonic(), task))
            self._begin()

    def look(self) -> None:
        """Begin what has waited long enough. To be called now and then while something waits."""
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
            thread.take(None)

    # --- Below, the lock is held ----------------------------------------------------------------

    def _begin(self) -> None:
        """Give what waits to threads, as many as have a turn."""
        while self._waiting and self._is_open:
            now = time.monotonic()
            if self._turns >= self._at_once and now - self._began_at < SECONDS_BETWEEN:
                return
            if self._free:
                thread = self._free.pop()
            elif self._started < self._most:
                self._started += 1
                thread = _Thread(self, f"{self._name}-{self._started}")
                thread.start()
            else:
                return
            self._began_at = self.moved_at = now
            self._turns += 1
            thread.take(self._waiting.popleft()[1])

    def _end_turn(self) -> None:
        self._turns -= 1
        self._begin()


class _Thread(threading.Thread, Generic[T]):
    def __init__(self, pool: Threads[T], name: str) -> None:
        super().__init__(name=name, daemon=True)
        self._pool = pool
        self._task: T | None = None
        # Held until there is a task.
        self._has_task = threading.Lock()
        self._has_task.acquire()

    def take(self, task: T | None) -> None:
        """Give it its next task; None ends it."""
        self._task = task
        self._has_task.release()

    def run(self) -> None:
        pool = self._pool
        if pool._prepare is not None:
            pool._prepare()
        while True:
            self._has_task.acquire()
            task, self._task = self._task, None
            if task is None:
                return
            turns.begin(self._pass_on)
            pool._work(task)
            del task
            turns.pass_on()
            with pool._lock:
                pool.moved_at = time.monotonic()
                if not pool._is_open:
                    return
                pool._free.append(self)
                pool._begin()

    def _pass_on(self) -> None:
        with self._pool._lock:
            self._pool._end_turn()
