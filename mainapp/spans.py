"""OpenTelemetry's spans, where TRACES_URL asks for them: what took how long and how it ended, and nothing of what was said.

A span's name and words are addresses, operations, routes and tables as the code names them, and kinds of endings; no id of a person,
pet or record, no query string, header, body, parameter or text of an exception. Without TRACES_URL nothing is imported, and each
of these functions costs one comparison. Spans lie flat under their request's.
"""

import contextlib
import re
import time
from collections.abc import Callable, Iterator
from typing import Any

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_QUERY = re.compile(r'(SELECT|INSERT|UPDATE|DELETE)\b(?:.*?\b(?:FROM|INTO|UPDATE) "(\w+)"| "(\w+)")?', re.DOTALL)


class _Sending:
    """The tracer of this process, and what ends it; nothing while traces are off."""

    tracer: Any = None
    end: Callable[[], None] = staticmethod(lambda: None)


def start(collector: str, version: str) -> None:
    """Send spans to this address (OTLP over HTTP, protobuf) from now on; after any fork, since a thread of this process sends them.

    OpenTelemetry's own variables count beside it, OTEL_TRACES_SAMPLER and OTEL_EXPORTER_OTLP_HEADERS for two.
    """
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    told = Resource.create({"service.name": "meo-connector", "service.version": version})
    # Told by atexit it would wait for the collector when the process has to go.
    provider = TracerProvider(resource=told, shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=collector, timeout=5)))
    _Sending.tracer, _Sending.end = provider.get_tracer("meo-connector"), provider.shutdown


def end() -> None:
    """Send what waits; five seconds at most."""
    _Sending.end()
    _Sending.tracer, _Sending.end = None, staticmethod(lambda: None)


def is_on() -> bool:
    return _Sending.tracer is not None


@contextlib.contextmanager
def request() -> Iterator[Callable[[str | None, str, int, str], None]]:
    """Around a request; what it yields is told of its end: method, endpoint as the code names it, status, our request id."""
    if _Sending.tracer is None:
        yield lambda method, endpoint, status, request_id: None
        return
    from opentelemetry.trace import SpanKind, StatusCode

    # An exception's text may hold anything.
    quiet = {"record_exception": False, "set_status_on_exception": False}
    with _Sending.tracer.start_as_current_span("request", kind=SpanKind.SERVER, **quiet) as span:

        def ended(method: str | None, endpoint: str, status: int, request_id: str) -> None:
            known = method if method in _METHODS else "_OTHER"
            span.update_name(f"{known} {endpoint}")
            span.set_attribute("http.request.method", known)
            span.set_attribute("http.route", endpoint)
            span.set_attribute("http.response.status_code", status)
            span.set_attribute("meo.request_id", request_id)
            if status >= 500:
                span.set_status(StatusCode.ERROR)

        yield ended


def add(name: str, seconds: float, *, failed: bool = False, **words: str) -> None:
    """One that has just ended and took so long. words: its attributes below `meo.`."""
    if _Sending.tracer is None:
        return
    from opentelemetry.trace import SpanKind, StatusCode

    now = time.time_ns()
    said = {f"meo.{key}": word for key, word in words.items() if word}
    began = now - int(seconds * 1e9)
    span = _Sending.tracer.start_span(name, kind=SpanKind.CLIENT, attributes=said, start_time=began)
    if failed:
        span.set_status(StatusCode.ERROR)
    span.end(now)


@contextlib.contextmanager
def _timed(name: str, **words: str) -> Iterator[None]:
    began, failed = time.monotonic(), True
    try:
        yield
        failed = False
    finally:
        add(name, time.monotonic() - began, failed=failed, **words)


_NOTHING = contextlib.nullcontext()


def query(sql: str) -> contextlib.AbstractContextManager[None]:
    """Around a query that Django composed: its verb and its table are told, none of its values."""
    if _Sending.tracer is None:
        return _NOTHING
    found = _QUERY.match(sql)
    verb, table = (found[1], found[2] or found[3] or "") if found else ("SQL", "")
    return _timed(f"{verb} {table}".rstrip(), kind="database")


def asked(execute: Callable[..., Any], sql: str, parameters: Any, many: bool, context: Any) -> Any:
    """Django's `execute_wrapper`, for its own queries."""
    with query(sql):
        return execute(sql, parameters, many, context)
