"""What the first page shows of tool calls: how many, how they ended, whose the errors were, how long they took."""

from collections import Counter
from datetime import timedelta
from functools import reduce
from operator import add
from typing import cast

from django.contrib import admin
from django.urls import reverse
from django.utils import timezone

from oauthbridge.admin.charts import stacked_columns, step_lines
from oauthbridge.admin.overview import tile
from oauthbridge.staff_site import Card, Panel, StaffSite
from petstools.admin.causes import Cause, cause_of
from petstools.admin.statistics import HOURS, Hour, latest_hours, percentile
from petstools.models import ToolCall

MOST_CODES = 8
# Above this share of errors that are not the person's, the number turns red.
TOO_MANY_ERRORS = 0.02


def call_cards() -> list[Card]:
    hours = latest_hours()
    return [*_tiles(hours), _calls(hours), _errors(hours), _latency(hours)]


def _tiles(hours: list[Hour]) -> list[Card]:
    before, today = hours[: HOURS // 2], hours[HOURS // 2 :]
    calls, calls_before = (sum(hour.calls for hour in some) for some in (today, before))
    errors = sum(hour.errors for hour in today)
    not_theirs = sum(hour.causes[cause] for hour in today for cause in (Cause.MAIN_APP, Cause.OURS))
    listing = reverse("admin:petstools_toolcall_changelist")
    share = f"{100 * errors / calls:.1f} %" if calls else "–"
    bad = bool(calls) and not_theirs / calls > TOO_MANY_ERRORS
    return [
        tile(2, "Calls in 24 hours", f"{calls:,}", f"{calls_before:,} in the 24 before", f"{listing}?when=1"),
        tile(
            3,
            "Errors in 24 hours",
            share,
            f"{errors:,} calls · {not_theirs:,} not the person's",
            f"{listing}?when=1&outcome=error",
            colour="bad" if bad else "",
        ),
    ]


def _calls(hours: list[Hour]) -> Card:
    kinds = (("ok", ToolCall.Outcome.OK), ("asked", ToolCall.Outcome.ASKED), ("error", ToolCall.Outcome.ERROR))
    moments = [
        (
            f"{_time(hour)}: {hour.calls:,} calls, {hour.outcomes[ToolCall.Outcome.ASKED]:,} asked back, {hour.errors:,} errors",
            [(kind, hour.outcomes[outcome]) for kind, outcome in kinds],
        )
        for hour in hours
    ]
    return _chart_card(
        10, "full", "Calls per hour", hours, chart=stacked_columns(moments),
        legend=[(kind, str(outcome.label)) for kind, outcome in kinds],
    )  # fmt: skip


def _errors(hours: list[Hour]) -> Card:
    moments = [
        (
            f"{_time(hour)}: " + ", ".join(f"{hour.causes[cause]:,} {cause.label}" for cause in Cause),
            [(cause.value, hour.causes[cause]) for cause in Cause],
        )
        for hour in hours
    ]
    causes: Counter[Cause] = reduce(add, (hour.causes for hour in hours), Counter())
    codes: Counter[str] = reduce(add, (hour.codes for hour in hours), Counter())
    listing = reverse("admin:petstools_toolcall_changelist")
    rows = [
        (code or "(none)", cause_of(code), count, f"{listing}?when=2&code={code}")
        for code, count in codes.most_common(MOST_CODES)
    ]
    return _chart_card(
        20, "half", "Errors by cause", hours, chart=stacked_columns(moments),
        legend=[(cause.value, f"{cause.label}: {causes[cause]:,}") for cause in Cause], codes=rows,
    )  # fmt: skip


def _latency(hours: list[Hour]) -> Card:
    shares = {"p50": 0.5, "p95": 0.95}
    values = {name: [percentile(hour.latencies, share) for hour in hours] for name, share in shares.items()}
    titles = [
        f"{_time(hour)}: " + ", ".join(f"{name} {_milliseconds(of_name[number])}" for name, of_name in values.items())
        for number, hour in enumerate(hours)
    ]
    whole: Counter[int] = reduce(add, (hour.latencies for hour in hours), Counter())
    legend = [(name, f"{name}: {_milliseconds(percentile(whole, share))}") for name, share in shares.items()]
    chart = step_lines(titles, list(values.items()), "ms")
    return _chart_card(21, "half", "Latency", hours, chart=chart, legend=legend)


def _chart_card(place: int, size: str, name: str, hours: list[Hour], **facts: object) -> Card:
    axis = [_time(hours[0]), _time(hours[HOURS // 2]), "now"]
    return Card(place, size, "oauthbridge/staff/chart.html", {"name": name, "hours": HOURS, "axis": axis, **facts})


def _time(hour: Hour) -> str:
    return f"{timezone.localtime(hour.start):%a %H:%M}"


def _milliseconds(value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:,.0f} ms" if timedelta(milliseconds=value) < timedelta(seconds=1) else f"{value / 1000:.1f} s"


cast(StaffSite, admin.site).panels.append(Panel("petstools.view_toolcall", call_cards))
