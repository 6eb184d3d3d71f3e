"""The threads beside those that work (`gunicorn_worker`): known here without Django, which is not set up yet there."""

import threading

_thread = threading.local()


def mark() -> None:
    """Make the calling thread one of them."""
    _thread.is_spare = True


def is_spare() -> bool:
    return getattr(_thread, "is_spare", False)
