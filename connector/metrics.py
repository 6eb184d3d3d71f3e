"""`GET /metrics` in Prometheus' text form: off unless METRICS_TOKEN is set, and only for who sends it as a bearer token.

Under gunicorn all processes of one host are counted together (gunicorn.conf.py gives them a shared folder); each host is
asked by itself. The counters live where things happen: `mainapp.metrics`, `oauthbridge.metrics`, `petstools.tool_calls`.
"""

import hmac
import platform
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import structlog
from django.conf import settings
from django.db import Error, connection
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
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from connector.health import for_monitors
from oauthbridge.compiled_queries import why_it_failed
from oauthbridge.metrics import Stored
from petstools.retention import last_prune

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
QUEUE = Gauge(
    "meo_http_queue", "Requests that waited for a thread when the last one began or ended", multiprocess_mode="livesum"
)


class Serving:
    """What the server that runs this says of itself (gunicorn.conf.py): how many requests wait for a thread of this process."""

    waiting: Callable[[], int] = staticmethod(lambda: 0)


@contextmanager
def one_thread_busy() -> Iterator[None]:
    """Around each request."""
    THREADS_BUSY.inc()
    QUEUE.set(Serving.waiting())
    try:
        yield
    finally:
        THREADS_BUSY.dec()
        QUEUE.set(Serving.waiting())


class Service(Collector):
    """Of the whole service, read when somebody asks: what was built, what PostgreSQL has connected, when rows were last pruned."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        build = GaugeMetricFamily("meo_build", "The version that answers; always 1", labels=["version", "python"])
        build.add_metric([settings.VERSION, platform.python_version()], 1)
        yield build
        yield GaugeMetricFamily(
            "meo_http_threads",
            "Threads of all processes of this host, without the spare ones",
            value=settings.WEB_CONCURRENCY * settings.WEB_THREADS,
        )
        pruned = last_prune()
        if pruned is not None:
            yield GaugeMetricFamily(
                "meo_last_maintenance_timestamp_seconds",
                "When maintenance or prune last came to its end",
                value=pruned.timestamp(),
            )
        if connection.vendor == "postgresql":
            yield from self._database()

    def _database(self) -> Iterator[GaugeMetricFamily]:
        there = GaugeMetricFamily("meo_database_connections", "Connections to our database, by state", labels=["state"])
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT coalesce(state, 'unknown'), count(*) FROM pg_stat_activity WHERE datname = current_database() GROUP BY 1"
            )
            for state, count in cursor.fetchall():
                there.add_metric([state], count)
            cursor.execute("SELECT current_setting('max_connections')::int")
            (most,) = cursor.fetchone()
        yield there
        yield GaugeMetricFamily("meo_database_connections_max", "What PostgreSQL allows, for all databases", value=most)


log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


@for_monitors
def metrics(request: HttpRequest) -> HttpResponse:
    """404 while off, 401 without the token. The rows' gauges are left out while the database is away."""
    if not settings.METRICS_TOKEN:
        raise Http404
    given = request.headers.get("Authorization", "").encode()
    if not hmac.compare_digest(given, f"Bearer {settings.METRICS_TOKEN}".encode()):
        return HttpResponse(status=401, headers={"WWW-Authenticate": 'Bearer realm="metrics"'})
    text = generate_latest(_of_the_processes())
    try:
        text += generate_latest(Stored()) + generate_latest(Service())
    except Error as error:
        log.warning("metrics without database", kind=type(error).__name__, why=why_it_failed(error))
    return HttpResponse(text, content_type=CONTENT_TYPE_LATEST, headers={"Cache-Control": "no-store"})


def _of_the_processes() -> CollectorRegistry:
    if not values.ValueClass._multiprocess:
        return REGISTRY
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return registry
