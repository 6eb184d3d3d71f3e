"""Tool calls counted for `/metrics` (connector.metrics shows them); labels are names of the schema, never ids."""

from typing import TYPE_CHECKING

from prometheus_client import Counter, Histogram

if TYPE_CHECKING:
    from petstools.tool_calls import Line

CALLS = Counter("meo_tool_calls", "Tool calls", ["door", "operation", "outcome", "code"])
SECONDS = Histogram(
    "meo_tool_call_seconds",
    "How long a tool call took",
    ["door", "operation"],
    buckets=(0.05, 0.1, 0.2, 0.4, 0.8, 1.5, 3, 6, 12, 25),
)
LINES_LOST = Counter("meo_tool_call_lines_lost", "Lines for staff about tool calls that could not be written")


def count(line: "Line") -> None:
    """Count one call that ended as its line says."""
    CALLS.labels(line.door, line.operation, line.outcome, line.code).inc()
    SECONDS.labels(line.door, line.operation).observe(line.latency_ms / 1000)
