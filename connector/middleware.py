"""Around every request: its id, one access line, and headers that no answer goes without."""

import random
import re
import time
from collections.abc import Callable

import structlog
from django.conf import settings
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

# What is answered before an address is looked up: the way to HTTPS, a Host that is not ours, more work than threads.
_NOT_ROUTED = {301: "(to https)", 400: "(bad request)", 503: "(turned away)"}

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
    """Gives the request its id, and writes one line about its answer: no query string, no body, no token."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        started = time.perf_counter()
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
        endpoint = _endpoint_of(request, response)
        REQUESTS.labels(endpoint, response.status_code).inc()
        log.info(
            "request",
            method=request.method,
            endpoint=endpoint,
            status=response.status_code,
            latency_ms=round((time.perf_counter() - started) * 1000, 1),
        )
        # gunicorn's own lines about the next thing that this thread reads are not about this request or this person.
        structlog.contextvars.clear_contextvars()
        return response


def _endpoint_of(request: HttpRequest, response: HttpResponseBase) -> str:
    """The address as the code names it, and never what a client made up."""
    if request.resolver_match:
        return f"/{request.resolver_match.route}"
    if request.path.startswith(settings.STATIC_URL) and response.status_code < 400:
        return f"{settings.STATIC_URL}…"
    return _NOT_ROUTED.get(response.status_code, "(no such address)")
