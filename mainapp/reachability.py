"""Is the main app there? For health checks, from memory for a few seconds so that they cost it nothing."""

import threading
import time

from django.conf import settings

from mainapp.breaker import main_app_answers
from mainapp.routes import VERSION

REMEMBERED_SECONDS = 5.0
ASKED_SECONDS = 2.0

_lock = threading.Lock()
_last: tuple[float, bool] | None = None


def main_app_reachable() -> bool:
    """Whether `GET /version` answers (contract §0) within two seconds; at most one question every five seconds."""
    global _last
    with _lock:
        if _last is None or time.monotonic() - _last[0] > REMEMBERED_SECONDS:
            _last = (time.monotonic(), main_app_answers(settings.MAIN_APP_URL, VERSION, seconds=ASKED_SECONDS))
        return _last[1]
