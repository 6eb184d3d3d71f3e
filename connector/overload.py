"""What a process answers when all its threads are taken: that it is busy, at once, instead of the answer, too late.

`connector.gunicorn_worker` keeps a few threads beside those that work. They do what waits for nobody else (health, metrics, a
token) and turn the rest away with 503 and Retry-After (RFC 9110 §15.6.4).
"""

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from connector import errors
from connector.middleware import Handler
from connector.spare import is_spare

RETRY_AFTER_SECONDS = 2
# None of these waits for the main app, but for the two seconds that /health gives it.
ALWAYS_SERVED = frozenset({"/health", "/health/ready", "/metrics", "/oauth/token"})


class OverloadMiddleware:
    """Turns away what came to a spare thread, before it costs anything."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not is_spare() or request.path in ALWAYS_SERVED:
            return self.get_response(request)
        return errors.busy(RETRY_AFTER_SECONDS)
