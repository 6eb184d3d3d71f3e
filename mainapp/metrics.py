"""What the calls to the main app cost and how they end, counted for `/metrics` (connector.metrics shows them).

Labels are routes of the allow-list and kinds of errors, never ids.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import Counter, Gauge, Histogram

from mainapp.routes import Route

CALLS = Counter("meo_main_app_calls", "Requests to the main app, retries included", ["route", "outcome"])
SECONDS = Histogram(
    "meo_main_app_seconds",
    "How long the main app took for one request",
    ["method"],
    buckets=(0.02, 0.05, 0.1, 0.2, 0.4, 0.8, 1.5, 3, 6, 12),
)
UNDER_WAY = Gauge(
    "meo_main_app_calls_under_way",
    "Requests that hold, or wait for, one of a process's MAIN_APP_POOL_SIZE connections",
    multiprocess_mode="livesum",
)
BREAKER_OPEN = Gauge(
    "meo_main_app_breaker_open", "1 while calls to the main app are refused", multiprocess_mode="livemax"
)
BREAKER_OPENINGS = Counter("meo_main_app_breaker_openings", "How often this host found the main app down")
REFUSED = Counter("meo_main_app_calls_refused", "Requests not made because the breaker was open", ["route"])


class Ending:
    """How one request ended: `ok`, or the name of an error's class."""

    __slots__ = ("outcome",)

    def __init__(self) -> None:
        self.outcome = "ok"


@contextmanager
def counted(route: Route) -> Iterator[Ending]:
    """Count one request to the main app; the block says how it ended."""
    ending = Ending()
    began = time.perf_counter()
    UNDER_WAY.inc()
    try:
        yield ending
    finally:
        UNDER_WAY.dec()
        SECONDS.labels(route.method).observe(time.perf_counter() - began)
        CALLS.labels(str(route), ending.outcome).inc()
