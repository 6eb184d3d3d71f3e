"""Is the main app there? For health checks, from memory for a few seconds so that they cost it nothing; and for the breaker."""

import threading
import time

from mainapp import routes
from mainapp.errors import MainAppAway, MainAppError
from mainapp.http.deadline import Deadline
from mainapp.session import Session

REMEMBERED_SECONDS = 5.0
ASKED_SECONDS = 2.0
# For both questions of the breaker's trial together.
TRIAL_SECONDS = 3.0

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


def answers(base_url: str) -> bool:
    """Whether it answers two questions that need nobody's token: one of its code alone, one of its database (§0, §7.1).

    A refusal is an answer too, a throttle's for one.
    """
    deadline = Deadline(TRIAL_SECONDS)
    session = Session(None, language="en", request_id="breaker", deadline=deadline, base_url=base_url, guarded=False)
    for route in (routes.VERSION, routes.PET_TYPES):
        try:
            session.call(route)
        except MainAppAway:
            return False
        except MainAppError:
            continue
    return True
