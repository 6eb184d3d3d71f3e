"""Whose turn it is: a thread that waits for the main app gives its turn up, and takes one again when the answer is there.

Most of a call is this waiting. Threads that all compute at the same time make one another wait at every step, and each is done late
(docs/performance.md). Who has a turn is none of this room's business: `connector.serving.worker_threads` decides.
"""

import threading
from collections.abc import Callable
from typing import Protocol, TypeVar

T = TypeVar("T")


class Turn(Protocol):
    """A thread's, for as long as it lives: it has one or not. Both methods are called in that thread."""

    def give_up(self) -> None:
        """Let another thread have it; nothing where this one has none."""

    def take_again(self) -> None:
        """Return when this thread may go on, which is soon in any case."""


class _OfThisThread(threading.local):
    turn: Turn | None = None


_this = _OfThisThread()


def belong(turn: Turn) -> None:
    """From now on this thread is one of those that take turns."""
    _this.turn = turn


def wait(ready: Callable[[float], T], milliseconds: float) -> T:
    """What `ready(milliseconds)` tells, which waits; others have a turn meanwhile."""
    turn = _this.turn
    if turn is None:
        return ready(milliseconds)
    turn.give_up()
    try:
        return ready(milliseconds)
    finally:
        turn.take_again()
