"""What the calls to the main app cost and how they end, counted for `/metrics` (connector.metrics shows them).

Labels are routes of the allow-list and kinds of errors ("ok" where there was none), never ids.
"""

import functools

from prometheus_client import Counter, Gauge, Histogram

from mainapp import spans
from mainapp.routes import Route

CALLS = Counter("meo_main_app_calls", "Requests to the main app, retries included", ["route", "outcome"])
SECONDS = Histogram(
    "meo_main_app_seconds",
    "How long the main app took for one request",
    ["method"],
    buckets=(0.02, 0.05, 0.1, 0.2, 0.4, 0.8, 1.5, 3, 6, 12),
)
# Looked up once, as in `petstools.tool_calls`.
_calls, _seconds = functools.cache(CALLS.labels), functools.cache(SECONDS.labels)
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


def count(route: Route, seconds: float, outcome: str) -> None:
    """One request that was made, and that took so long."""
    _seconds(route.method).observe(seconds)
    _calls(str(route), outcome).inc()
    spans.add(str(route), seconds, failed=outcome != "ok", kind="main app", outcome=outcome)
