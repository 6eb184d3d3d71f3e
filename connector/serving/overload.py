"""What a process answers when all its threads are taken: that it is busy, at once, instead of the answer, too late.

`connector.serving.gunicorn_worker` keeps a few threads beside those that work. They do what waits for nobody else (health, metrics, a
token; staff, who are needed most when nothing else goes) and turn the rest away with 503 and Retry-After (RFC 9110 §15.6.4).
"""

import threading

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from connector import errors
from connector.middleware import Handler
from connector.serving.gunicorn_worker import SPARE

RETRY_AFTER_SECONDS = 2
# None of these waits for the main app, but for the two seconds that /health gives it.
ALWAYS_SERVED = frozenset({"/health", "/health/ready", "/metrics", "/oauth/token"})
# Staff's pages and what these load. No more than so many of a process's spare threads at a time: a page of theirs takes longer than
# all the rest, and ending a connection waits for the main app.
FOR_STAFF = ("/admin/", "/static/")
MOST_FOR_STAFF = 2
_room_for_staff = threading.BoundedSemaphore(MOST_FOR_STAFF)


class OverloadMiddleware:
    """Turns away what came to a spare thread, before it costs anything."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not threading.current_thread().name.startswith(SPARE) or request.path in ALWAYS_SERVED:
            return self.get_response(request)
        if request.path.startswith(FOR_STAFF) and _room_for_staff.acquire(blocking=False):
            try:
                return self.get_response(request)
            finally:
                _room_for_staff.release()
        return errors.busy(request, RETRY_AFTER_SECONDS)
