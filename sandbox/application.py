"""The WSGI application: routes a request, lets the faults strike, and answers."""

from __future__ import annotations

import contextlib
import json
import socket
import time
from collections.abc import Callable, Iterable, Iterator
from http import HTTPStatus
from typing import Any

from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpResponse, JsonResponse
from django.urls import Resolver404, get_resolver

from .answers import ApiError, not_found, server_error
from .config import MainApp
from .faults import Fault
from .limits import quota_exceeded
from .pipeline import run
from .requestlog import Recorded
from .routing import Methods

URLCONF = "sandbox.urls"
SWITCHES = "/__sandbox/"

StartResponse = Callable[[str, list[tuple[str, str]]], object]


class ConnectionDroppedError(ConnectionAbortedError):
    """A fault closed the connection; the server takes it for a client that went away and stays quiet."""


class Application:
    def __init__(self, app: MainApp) -> None:
        self._app = app

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        request = WSGIRequest(environ)
        connection: socket.socket = environ["sandbox.connection"]
        if request.path.startswith(SWITCHES):
            self._read_body(request, environ)
            response = self._routed(request, Fault())
            return self._sent(response, start_response, Fault(), connection)
        recorded = Recorded(
            request.method or "",
            request.path,
            environ.get("QUERY_STRING", ""),
            dict(request.headers),
            request.headers.get("Idempotency-Key"),
        )
        self._app.requests.append(recorded)
        fault = self._app.faults.for_request(request.method or "", request.path)
        self._drop_early(fault, environ, connection)
        response = self._answer(request, environ, fault)
        if fault.drop == "after_commit":
            close(connection)
        recorded.status = response.status_code
        return self._sent(damaged(response, fault), start_response, fault, connection)

    def _answer(self, request: WSGIRequest, environ: dict[str, Any], fault: Fault) -> HttpResponse:
        if "HTTP_TRANSFER_ENCODING" in environ:
            # wsgiref can't read chunks: what follows would be taken for the next request.
            return html_page(HTTPStatus.LENGTH_REQUIRED)
        limit = self._app.world.max_body_bytes
        if limit is not None and int(environ.get("CONTENT_LENGTH") or 0) > limit:
            return html_page(413)
        self._read_body(request, environ)
        return self._made_up(fault) or self._routed(request, fault)

    def _read_body(self, request: WSGIRequest, environ: dict[str, Any]) -> None:
        # Django's own reading refuses bodies above DATA_UPLOAD_MAX_MEMORY_SIZE; the main app takes up to 10 MB.
        request._body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))

    def _drop_early(self, fault: Fault, environ: dict[str, Any], connection: socket.socket) -> None:
        if fault.hang_s:
            environ["sandbox.stopping"].wait(fault.hang_s)
        if fault.hang_s or fault.drop == "before_headers":
            close(connection)

    def _made_up(self, fault: Fault) -> HttpResponse | None:
        """The answer of a fault that strikes before any work is done."""
        now = self._app.world.now()
        wait = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
        refusal: ApiError | None = None
        if fault.outage:
            refusal = ApiError(503, "Service Unavailable", bare=True, headers=wait)
        elif fault.throttle_429:
            rates = {"X-RateLimit-Limit": "300", "X-RateLimit-Remaining": "0"}
            refusal = ApiError(429, "Too Many Attempts.", headers=wait | rates)
        elif fault.quota_exceeded:
            limit = self._app.world.quota.limit
            refusal = quota_exceeded(limit, limit, now)
        elif fault.error_rate and self._app.faults.strikes(fault.error_rate):
            refusal = ApiError(fault.error_status, HTTPStatus(fault.error_status).phrase, bare=True)
            if fault.error_status == 500:
                refusal = server_error()
        elif fault.html_errors and not fault.error_rate:
            return html_page(502)
        if refusal is None:
            return None
        time.sleep(fault.latency_ms / 1000)
        if fault.html_errors:
            return html_page(refusal.status, refusal.headers)
        return refusal.response(envelopes=self._app.release.envelope_errors)

    def _routed(self, request: WSGIRequest, fault: Fault) -> HttpResponse:
        try:
            # A slash at the end does no harm, one in the middle does.
            match = get_resolver(URLCONF).resolve(f"{request.path_info.rstrip('/')}" or "/")
        except Resolver404:
            if request.path.startswith("/api/"):
                return not_found().response(envelopes=self._app.release.envelope_errors)
            return html_page(404)
        if not isinstance(match.func, Methods):
            response: HttpResponse = match.func(request, self._app, **match.kwargs)
            return response
        endpoint = match.func.endpoint(request.method or "")
        if endpoint is not None and not self._app.release.since(*endpoint.since):
            return not_found().response(envelopes=self._app.release.envelope_errors)
        if endpoint is None:
            return match.func.not_allowed(request)
        return run(endpoint, request, self._app, fault, match.kwargs)

    def _sent(
        self, response: HttpResponse, start_response: StartResponse, fault: Fault, connection: socket.socket
    ) -> Iterable[bytes]:
        ends = response.status_code == HTTPStatus.LENGTH_REQUIRED
        if response.status_code != 204 and not ends:
            response["Content-Length"] = str(len(response.content))
        response.headers.setdefault("Cache-Control", "no-cache, private")
        headers = [*response.items(), *(("Set-Cookie", c.OutputString()) for c in response.cookies.values())]
        start_response(f"{response.status_code} {response.reason_phrase}", headers)
        if fault.drop == "mid_body":
            return half_of(response.content, connection)
        if fault.slow_body_bytes_per_s:
            return slowly(response.content, fault.slow_body_bytes_per_s)
        # An iterator of unknown length makes the server end the connection behind it.
        return iter([response.content]) if ends else [response.content]


def close(connection: socket.socket) -> None:
    """End the connection without another byte."""
    with contextlib.suppress(OSError):  # the client may have been faster
        connection.shutdown(socket.SHUT_RDWR)
    raise ConnectionDroppedError


def half_of(body: bytes, connection: socket.socket) -> Iterator[bytes]:
    yield body[: len(body) // 2]
    close(connection)


def slowly(body: bytes, bytes_per_s: int) -> Iterator[bytes]:
    step = max(1, bytes_per_s // 10)
    for start in range(0, len(body), step):
        yield body[start : start + step]
        time.sleep(step / bytes_per_s)


def damaged(response: HttpResponse, fault: Fault) -> HttpResponse:
    """The answer after the work was done, made unusable; one without a body stays as it is."""
    if not response.content:
        return response
    if fault.invalid_json:
        return HttpResponse(response.content[:-1] + b",", status=response.status_code, content_type="application/json")
    if fault.wrong_shape:
        return JsonResponse({"success": True, "data": "not what you expect"}, status=response.status_code)
    if fault.huge_body_mb:
        padding = "x" * (fault.huge_body_mb * 1024 * 1024)
        body = json.dumps({"success": True, "data": padding})
        return HttpResponse(body, status=response.status_code, content_type="application/json")
    return response


def html_page(status: int, headers: dict[str, str] | None = None) -> HttpResponse:
    """The web server's own page, not the application's."""
    # nginx's word for 413 is RFC 2616's; Python's is RFC 9110's from 3.13 on.
    title = f"{status} {'Request Entity Too Large' if status == 413 else HTTPStatus(status).phrase}"
    body = (
        f"<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<center><h1>{title}</h1></center>\r\n"
        "<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
    )
    return HttpResponse(body, status=status, content_type="text/html", headers=headers)
