"""Asking the main app several things at once: at most eight per call, on threads that all calls of this process share."""

import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor, wait
from queue import Empty, SimpleQueue
from typing import TypeVar

from mainapp.errors import AbilityMissing, MainAppError, QuotaExceeded, Throttled, TokenRefused

AT_ONCE = 8
# For all calls together: more threads than this would only wait for each other and for memory.
THREADS = 32

K = TypeVar("K")
V = TypeVar("V")

_threads: ThreadPoolExecutor | None = None
_making = threading.Lock()


def fetch_each(keys: Iterable[K], fetch: Callable[[K], V]) -> dict[K, V | MainAppError]:
    """`fetch(key)` for each key, its result or the MainAppError it ended in.

    A refusal that holds for all of them (limit, quota) is not asked for again: the rest end in the same error. A dead token is
    raised. The calling thread works too, so a busy pool makes this slower, never stuck.
    """
    waiting: SimpleQueue[K] = SimpleQueue()
    count = 0
    for key in keys:
        waiting.put(key)
        count += 1
    results: dict[K, V | MainAppError] = {}
    stop: list[MainAppError] = []

    def work() -> None:
        while True:
            try:
                key = waiting.get_nowait()
            except Empty:
                return
            if stop:
                results[key] = stop[0]
                continue
            try:
                results[key] = fetch(key)
            except MainAppError as error:
                results[key] = error
                if isinstance(error, TokenRefused | AbilityMissing | QuotaExceeded | Throttled):
                    stop.append(error)

    helpers = [_pool().submit(work) for _ in range(min(AT_ONCE, count) - 1)]
    work()
    # A helper that never got a thread has nothing left to do; one at work ends with its call's deadline.
    running = [helper for helper in helpers if not helper.cancel()]
    wait(running)
    for helper in running:
        helper.result()
    for error in stop:
        if isinstance(error, TokenRefused | AbilityMissing):
            raise error
    return results


def _pool() -> ThreadPoolExecutor:
    """Made at first need, so that each worker process has threads of its own after the fork."""
    global _threads
    with _making:
        if _threads is None:
            _threads = ThreadPoolExecutor(max_workers=THREADS, thread_name_prefix="fan-out")
        return _threads
