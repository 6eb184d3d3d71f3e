"""Around every request: its id, one access line, and headers that no answer goes without."""

import random
import re
import threading
import time
from collections.abc import Callable
from typing import Any

import structlog
from django.core.signals import request_finished
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from connector.logs import get_logger
from connector.metrics import REQUESTS

Handler = Callable[[HttpRequest], HttpResponseBase]

# For all but the staff's and the schema's pages, which need scripts and say so themselves.
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; font-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
REQUEST_ID_HEADER = "X-Request-ID"
_REQUEST_ID_IN_META = "HTTP_X_REQUEST_ID"
_WELL_FORMED_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{7,63}")

log = get_logger("connector.access")


def request_id_of(request: HttpRequest) -> str:
    """The id a proxy gave this request, if it is well-formed; one of our own otherwise."""
    # By its name in META: `request.headers` would first copy all the others.
    given: str = request.META.get(_REQUEST_ID_IN_META, "")
    if _WELL_FORMED_ID.fullmatch(given):
        return given
    # It opens nothing and may be guessed, so the kernel is not asked for randomness. A forked process has seeds of its own.
    return f"{random.getrandbits(128):032x}"


class RequestLogMiddleware:
    """Gives the request its id, and writes one line when its answer has left: no query string, no body, no token."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        started = time.perf_counter()
        if _this.line is not None:
            # Of an answer that nobody took to its end.
            _write_line()
        request_id = request_id_of(request)
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        request.META["MEO_REQUEST_ID"] = request_id
        response = self.get_response(request)
        response[REQUEST_ID_HEADER] = request_id
        # Django's own answers (redirects, 405s, error pages, the page of a forged form) know nothing of it.
        response.headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
        if response.status_code >= 400:
            # RFC 9110 §15.1: 404, 405, 410, 414 and 501 may be kept by any cache that is not told otherwise.
            response.headers.setdefault("Cache-Control", "no-store")
        match = request.resolver_match
        endpoint = f"/{match.route}" if match else "(no such address)"
        REQUESTS.labels(endpoint, response.status_code).inc()
        _this.line = {
            "method": request.method,
            "endpoint": endpoint,
            "status": response.status_code,
            "latency_ms": round((time.perf_counter() - started) * 1000, 1),
        }
        return response


class _OfThisThread(threading.local):
    """The access line of the request whose answer is on its way."""

    line: dict[str, Any] | None = None


_this = _OfThisThread()


def _write_line(**_signal: Any) -> None:
    """The answer has left, so nobody waits for this."""
    line, _this.line = _this.line, None
    if line is not None:
        log.info("request", **line)
    # gunicorn's own lines about the next thing that this thread reads are not about this request or this person.
    structlog.contextvars.clear_contextvars()


request_finished.connect(_write_line)
