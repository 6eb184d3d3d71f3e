"""Whose turn it is: a thread that now waits for the main app tells whoever gave it its work that another may begin.

Most of a call is this waiting, so the sooner a call's request has left, the better for all. Threads that all prepare theirs at the same
time make one another wait at every step (docs/performance.md). Who gives out work is none of this room's business:
`connector.worker_threads` does.
"""

import threading
from collections.abc import Callable


class _OfThisThread(threading.local):
    pass_on: Callable[[], None] | None = None


_this = _OfThisThread()


def begin(pass_on: Callable[[], None]) -> None:
    """This thread has a turn, and gives it up by that; once."""
    _this.pass_on = pass_on


def pass_on() -> None:
    """This thread waits now. Nothing happens where it has no turn, or no more."""
    given, _this.pass_on = _this.pass_on, None
    if given is not None:
        given()
