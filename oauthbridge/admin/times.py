"""Moments as staff read them: exact, in their own time zone (`staff_site` has set it), and how long ago that is."""

from datetime import UTC, datetime, timedelta

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


def relative(value: datetime) -> str:
    """`3 h ago` or `in 3 h`."""
    now = timezone.now()
    return f"{span(now - value)} ago" if value <= now else f"in {span(value - now)}"


def moment(value: datetime | None) -> SafeString | str:
    """The exact time and how long ago, with the same in UTC for who points at it."""
    if value is None:
        return "–"
    return format_html(
        '<time datetime="{}" title="{}">{}</time> <span class="quiet ago">{}</span>',
        value.isoformat(),
        value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC"),
        timezone.localtime(value).strftime("%Y-%m-%d %H:%M:%S"),
        relative(value),
    )


def exactly(value: datetime | None) -> SafeString | str:
    """As `moment`, with the name of the zone."""
    if value is None:
        return "–"
    return format_html('{} <span class="quiet">{}</span>', moment(value), timezone.get_current_timezone_name())
