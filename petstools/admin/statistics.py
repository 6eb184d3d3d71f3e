"""Numbers about tool calls, each from one query over a window of time, however many calls there are."""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.db.models import Case, Count, F, FloatField, IntegerField, Q, Value, When
from django.db.models.functions import Cast, Floor, Ln, TruncHour
from django.utils import timezone

from petstools.admin.causes import Cause, cause_of
from petstools.models import ToolCall

HOURS = 48
# Latencies are counted in classes each a tenth wider than the one before: a percentile is right to 5 %, and the database
# has to sort nothing.
_CLASSES = 1 / math.log(1.1)


@dataclass
class Hour:
    """What happened in one hour of the clock."""

    start: datetime
    outcomes: Counter[str] = field(default_factory=Counter)
    causes: Counter[Cause] = field(default_factory=Counter)
    codes: Counter[str] = field(default_factory=Counter)
    latencies: Counter[int] = field(default_factory=Counter)

    @property
    def calls(self) -> int:
        return self.outcomes.total()

    @property
    def errors(self) -> int:
        return self.outcomes[ToolCall.Outcome.ERROR]


def latest_hours() -> list[Hour]:
    """The latest `HOURS` hours, oldest first; the last one is not over."""
    this_hour = timezone.now().replace(minute=0, second=0, microsecond=0)
    hours = [Hour(this_hour - timedelta(hours=back)) for back in reversed(range(HOURS))]
    by_start = {hour.start: hour for hour in hours}
    latency = Floor(Ln(Cast(F("latency_ms"), FloatField()) + 1.0) * _CLASSES)
    # What a call asked back for is not shown here, and would only make more groups.
    error = Case(When(outcome=ToolCall.Outcome.ERROR, then=F("code")), default=Value(""))
    counted = (
        ToolCall.objects.filter(created_at__gte=hours[0].start)
        .annotate(hour=TruncHour("created_at", tzinfo=UTC), latency=Cast(latency, IntegerField()), error=error)
        .values_list("hour", "outcome", "error", "latency")
        .annotate(count=Count("pk"))
        .order_by()
    )
    for start, outcome, code, latency_class, count in counted:
        hour = by_start.get(start)
        # A call that another machine's clock puts into the next hour is shown when that hour has come.
        if hour is None:
            continue
        hour.outcomes[outcome] += count
        hour.latencies[latency_class] += count
        if outcome == ToolCall.Outcome.ERROR:
            hour.causes[cause_of(code)] += count
            hour.codes[code] += count
    return hours


def percentile(latencies: Counter[int], share: float) -> float | None:
    """Milliseconds within which `share` of the calls were answered, right to 5 %; None where there were none."""
    left = share * latencies.total()
    for latency_class in sorted(latencies):
        left -= latencies[latency_class]
        if left <= 0:
            return math.exp((latency_class + 0.5) / _CLASSES) - 1
    return None


@dataclass(frozen=True)
class Recent:
    """Calls and errors of one connection in the last 24 hours."""

    calls: int = 0
    errors: int = 0


def recent_calls(connection_ids: Iterable[UUID]) -> dict[UUID, Recent]:
    """Of each of these connections (a page of them), its last 24 hours."""
    counted = (
        ToolCall.objects.filter(
            connection_id__in=list(connection_ids), created_at__gte=timezone.now() - timedelta(days=1)
        )
        .values_list("connection_id")
        .annotate(calls=Count("pk"), errors=Count("pk", filter=Q(outcome=ToolCall.Outcome.ERROR)))
        .order_by()
    )
    recent: defaultdict[UUID, Recent] = defaultdict(Recent)
    recent.update({connection_id: Recent(calls, errors) for connection_id, calls, errors in counted if connection_id})
    return recent
