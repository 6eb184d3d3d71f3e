"""Moments as staff read them: how long ago at a glance, the exact time in UTC when pointed at."""

from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

_UNITS = ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s"))


def span(length: timedelta) -> str:
    """`4 d`, `3 h`, `12 min`, `40 s`: one unit, rounded down."""
    seconds = max(0, int(length.total_seconds()))
    for size, unit in _UNITS:
        if seconds >= size:
            return f"{seconds // size} {unit}"
    return "0 s"


def moment(value: datetime | None) -> SafeString | str:
    """`3 h ago` or `in 3 h`, with the exact time beside it for who points at it."""
    if value is None:
        return "–"
    now = timezone.now()
    words = f"{span(now - value)} ago" if value <= now else f"in {span(value - now)}"
    exact = value.strftime("%Y-%m-%d %H:%M:%S UTC")
    return format_html('<time datetime="{}" title="{}">{}</time>', value.isoformat(), exact, words)


def exactly(value: datetime | None) -> SafeString | str:
    """The exact time, and how long ago that is."""
    if value is None:
        return "–"
    return format_html('{} <span class="quiet">({})</span>', value.strftime("%Y-%m-%d %H:%M:%S UTC"), moment(value))
