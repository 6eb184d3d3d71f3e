"""Around every request: its id, one access line, headers that no answer goes without; a refusal where all threads are taken; and for
pages what Django does for pages.

What must be known of a view before it is called, the view is marked with; addresses stand in the URLconf alone.
for_programs: a tool call or a token has no session, no form, no message and one language, and doing all that for them took a
twentieth of a tool call (docs/decisions/speed.md). json_rpc: its errors are JSON-RPC's (`connector.errors`). waits_for_nobody: it
is served by a thread kept for that where all others are taken. is_tool: its time
is counted with the tools'. `CommonMiddleware` and `CsrfViewMiddleware` are for everything:
every request's Host is checked, and no view goes without the other.
"""

import functools
import random
import re
import threading
import time
from collections.abc import Callable
from typing import Any, cast

import structlog
from django.conf import settings
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.locale import LocaleMiddleware
from django.urls import Resolver404, resolve, reverse
from django.utils import translation
from django.utils.deprecation import MiddlewareMixin

from connector import errors
from connector.logs import get_logger
from connector.metrics import QUEUE, REQUESTS, SECONDS, THREADS_BUSY, Serving
from mainapp import spans
from oauthbridge import security_events

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
_requests = functools.cache(REQUESTS.labels)


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
        structlog.contextvars.bind_contextvars(request_id=request_id)
        request.META["MEO_REQUEST_ID"] = request_id
        request.marks = marks_at(request.path_info)  # type: ignore[attr-defined]
        security_events.this_thread.wsgi = request.META
        with THREADS_BUSY.track_inprogress(), spans.request() as ended:
            QUEUE.set(Serving.waiting())
            response = self.get_response(request)
            endpoint = _endpoint_of(request, response)
            ended(request.method, endpoint, response.status_code, request_id)
        response[REQUEST_ID_HEADER] = request_id
        # Django's own answers (redirects, 405s, error pages, the page of a forged form) know nothing of it.
        response.headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
        if response.status_code >= 400:
            # RFC 9110 §15.1: 404, 405, 410, 414 and 501 may be kept by any cache that is not told otherwise.
            response.headers.setdefault("Cache-Control", "no-store")
        _requests(endpoint, response.status_code).inc()
        if not is_marked(request, "is_tool"):
            SECONDS.labels(endpoint).observe(time.perf_counter() - started)
        log.info(
            "request",
            method=request.method,
            endpoint=endpoint,
            status=response.status_code,
            latency_ms=round((time.perf_counter() - started) * 1000, 1),
        )
        # Neither the next request nor gunicorn's own lines about it are about this one, or this person.
        structlog.contextvars.clear_contextvars()
        return response


def _endpoint_of(request: HttpRequest, response: HttpResponseBase) -> str:
    """The address as the code names it, and never what a client made up."""
    if request.resolver_match:
        return f"/{request.resolver_match.route}"
    if request.path.startswith(settings.STATIC_URL) and response.status_code < 400:
        return f"{settings.STATIC_URL}…"
    return _NOT_ROUTED.get(response.status_code, "(no such address)")


@functools.lru_cache(maxsize=1024)
def marks_at(path: str) -> Any:
    """The view at this address, which has the marks; a class for a view made of one. None where there is none.

    Remembered: Django looks the address up once more.
    """
    try:
        view = resolve(path).func
    except Resolver404:
        return None
    return getattr(view, "view_class", view)


def is_marked(request: HttpRequest, mark: str) -> bool:
    return getattr(getattr(request, "marks", None), mark, False)


# --- More work than threads ----------------------------------------------------------------------

BUSY_RETRY_AFTER_SECONDS = 2
# Staff's pages and what these load; staff are needed most when nothing else goes. No more than so many of a process's spare threads at
# a time: a page of theirs takes longer than all the rest, and ending a connection waits for the main app.
MOST_FOR_STAFF = 2
_room_for_staff = threading.BoundedSemaphore(MOST_FOR_STAFF)


class OverloadMiddleware:
    """Turns away what came to a spare thread (`connector.serving.gunicorn_worker`), before it costs anything: 503 and Retry-After at
    once (RFC 9110 §15.6.4), instead of the answer, too late."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        # False in tests too, where no gunicorn serves.
        is_spare = getattr(request.META.get("gunicorn.socket"), "is_spare", False)
        if not is_spare or is_marked(request, "waits_for_nobody"):
            return self.get_response(request)
        is_for_staff = request.path.startswith((reverse("admin:index"), settings.STATIC_URL))
        if is_for_staff and _room_for_staff.acquire(blocking=False):
            try:
                return self.get_response(request)
            finally:
                _room_for_staff.release()
        return errors.busy(request, BUSY_RETRY_AFTER_SECONDS)


# --- Pages ---------------------------------------------------------------------------------------


class _ForPages(MiddlewareMixin):
    """Before a middleware class of Django's: it acts on pages only."""

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        answer = self.get_response if is_marked(request, "for_programs") else super().__call__
        return cast(HttpResponseBase, answer(request))


class PageSessionMiddleware(_ForPages, SessionMiddleware):
    pass


class PageLocaleMiddleware(_ForPages, LocaleMiddleware):
    """A program is spoken to in English: without this, in the language of the last page that its thread served."""

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if is_marked(request, "for_programs"):
            translation.activate(settings.LANGUAGE_CODE)
        return super().__call__(request)


class PageAuthenticationMiddleware(_ForPages, AuthenticationMiddleware):
    pass


class PageMessageMiddleware(_ForPages, MessageMiddleware):
    pass
