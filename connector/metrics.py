"""`GET /metrics` in Prometheus' text form: off unless METRICS_TOKEN is set, and only for who sends it as a bearer token.

Under gunicorn all processes of one host are counted together (gunicorn.conf.py gives them a shared folder); each host is
asked by itself. The counters live where things happen: `mainapp.metrics`, `oauthbridge.metrics`, `petstools.tool_calls`.
"""

import hmac
from collections.abc import Callable

import structlog
from django.conf import settings
from django.db import Error
from django.http import Http404, HttpRequest, HttpResponse
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
    generate_latest,
    values,
)
from prometheus_client.multiprocess import MultiProcessCollector

from chat.zalo.metrics import Waiting
from connector.health import for_monitors
from oauthbridge.compiled_queries import why_it_failed
from oauthbridge.metrics import Service, Stored

disable_created_metrics()  # type: ignore[no-untyped-call]
REQUESTS = Counter(
    "meo_http_requests", "Requests to this service, by address as the code names it", ["endpoint", "status"]
)
SECONDS = Histogram(
    "meo_http_seconds",
    "How long a request took that is no tool's (those: meo_tool_call_seconds)",
    ["endpoint"],
    buckets=(0.005, 0.02, 0.05, 0.1, 0.3, 1, 3, 10),
)
THREADS_BUSY = Gauge("meo_http_threads_busy", "Requests that have a thread now", multiprocess_mode="livesum")
QUEUE = Gauge("meo_http_queue", "Requests that waited when the last one got its thread", multiprocess_mode="livesum")


class Serving:
    """What the server that runs this says of itself (gunicorn.conf.py): how many requests wait for a thread of this process."""

    waiting: Callable[[], int] = staticmethod(lambda: 0)


log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


@for_monitors
def metrics(request: HttpRequest) -> HttpResponse:
    """404 while off, 401 without the token. The rows' gauges are left out while the database is away."""
    if not settings.METRICS_TOKEN:
        raise Http404
    authorization = request.headers.get("Authorization", "").encode()
    if not hmac.compare_digest(authorization, f"Bearer {settings.METRICS_TOKEN}".encode()):
        return HttpResponse(status=401, headers={"WWW-Authenticate": 'Bearer realm="metrics"'})
    text = generate_latest(_of_the_processes())
    try:
        text += generate_latest(Stored()) + generate_latest(Service()) + generate_latest(Waiting())
    except Error as error:
        log.warning("metrics without database", kind=type(error).__name__, why=why_it_failed(error))
    return HttpResponse(text, content_type=CONTENT_TYPE_LATEST, headers={"Cache-Control": "no-store"})


def _of_the_processes() -> CollectorRegistry:
    if not values.ValueClass._multiprocess:
        return REGISTRY
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return registry
