"""Is the main app there? For health checks, from memory for a few seconds so that they cost it nothing."""

import threading
import time

from mainapp import routes
from mainapp.errors import MainAppError
from mainapp.http.connection import Deadline
from mainapp.session import Session

REMEMBERED_SECONDS = 5.0
ASKED_SECONDS = 2.0

_lock = threading.Lock()
_last: tuple[float, bool] | None = None


def main_app_reachable() -> bool:
    """Whether `GET /version` answers (contract §0) within two seconds; at most one question every five seconds."""
    global _last
    with _lock:
        if _last is None or time.monotonic() - _last[0] > REMEMBERED_SECONDS:
            _last = (time.monotonic(), _ask())
        return _last[1]


def _ask() -> bool:
    session = Session(None, language="en", request_id="health", deadline=Deadline(ASKED_SECONDS), guarded=False)
    try:
        session.call(routes.VERSION)
    except MainAppError:
        return False
    return True
