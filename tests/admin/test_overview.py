"""The first page: calls per hour, errors by cause, latency, active connections, the way through a sign-in, what waits."""

import math
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from oauthbridge import connections
from oauthbridge.admin.charts import HEIGHT, round_up, stacked_columns, step_lines
from oauthbridge.models import Application, AuthorizationRequest, Connection, PendingRevocation
from petstools.admin.causes import Cause, cause_of
from petstools.admin.statistics import HOURS, latest_hours, percentile
from petstools.answers import Code
from petstools.models import ToolCall
from tests.admin.conftest import Made, make_call

Status = AuthorizationRequest.Status


def cards(browser: Client) -> dict[str, dict[str, Any]]:
    """What each part of the page was given to show, by its name or template."""
    shown = browser.get("/admin/").context["cards"]
    return {card.facts.get("name", card.template.rpartition("/")[2]): card.facts for card in shown}


def test_every_error_code_is_somebody_s() -> None:
    assert {code.value for code in Code} == {code for cause in Cause for code in cause.codes}
    assert cause_of("VALIDATION_FAILED") is Cause.PERSON
    assert cause_of("QUOTA_EXCEEDED") is Cause.MAIN_APP
    assert cause_of("OUTCOME_UNKNOWN") is Cause.MAIN_APP
    assert all(cause_of(code) is Cause.MAIN_APP for code in Code if code.startswith("UPSTREAM_"))
    assert {cause_of(code) for code in ("INTERNAL_ERROR", "SERVICE_UNAVAILABLE", "", "NO_SUCH_CODE")} == {Cause.OURS}


def test_calls_are_counted_by_hour_outcome_and_cause(db: None) -> None:
    now = timezone.now()
    this_hour = now.replace(minute=0, second=0, microsecond=0)
    for _ in range(3):
        make_call(None)
    make_call(None, outcome=ToolCall.Outcome.ASKED, code="possible_duplicate")
    make_call(
        None, outcome=ToolCall.Outcome.ERROR, status=404, code="NOT_FOUND", created_at=this_hour - timedelta(hours=1)
    )
    make_call(None, outcome=ToolCall.Outcome.ERROR, status=500, code="INTERNAL_ERROR", created_at=this_hour)
    make_call(None, created_at=this_hour - timedelta(hours=HOURS))

    hours = latest_hours()

    assert len(hours) == HOURS
    assert hours[-1].start == this_hour
    assert [hour.calls for hour in hours[-3:]] == [0, 1, 5]
    assert hours[-1].outcomes == Counter(ok=3, asked=1, error=1)
    assert hours[-1].causes == Counter({Cause.OURS: 1})
    assert hours[-2].codes == Counter(NOT_FOUND=1)
    assert sum(hour.calls for hour in hours) == 6


@pytest.mark.parametrize("share", [0.5, 0.95])
def test_a_percentile_is_right_to_five_percent(db: None, share: float) -> None:
    latencies = sorted(int(40 * math.exp(0.04 * number)) for number in range(150))
    for latency in latencies:
        make_call(None, latency_ms=latency)

    found = percentile(latest_hours()[-1].latencies, share)

    exact = latencies[math.ceil(share * len(latencies)) - 1]
    assert found == pytest.approx(exact, rel=0.055)


def test_a_percentile_of_nothing_is_none_and_of_an_instant_is_small(db: None) -> None:
    assert percentile(Counter(), 0.5) is None
    make_call(None, latency_ms=0)
    assert (percentile(latest_hours()[-1].latencies, 0.95) or 0) < 1


def test_the_first_page_shows_numbers(staff: Callable[[str], Client], connected: Callable[..., Made]) -> None:
    rows = [connected(key).row for key in ("emma", "mai", "linh")]
    connections.end(rows[0].pk, Connection.EndReason.OPS, revoke_now=False)
    for _ in range(9):
        make_call(rows[1])
    make_call(rows[1], outcome=ToolCall.Outcome.ERROR, status=502, code="UPSTREAM_ERROR")

    shown = cards(staff("Support"))

    assert shown["Active connections"]["number"] == "2"
    assert shown["Calls in 24 hours"]["number"] == "10"
    assert shown["Errors in 24 hours"]["number"] == "10.0 %"
    assert shown["Errors in 24 hours"]["colour"] == "bad"
    assert shown["Waiting revocations"]["number"] == "1"
    assert [row[0] for row in shown["Errors by cause"]["codes"]] == ["UPSTREAM_ERROR"]


def test_the_funnel_tells_apart_who_came_back_and_who_did_not(staff: Callable[[str], Client], gpt: Application) -> None:
    now = timezone.now()
    counts = {Status.CONNECTED: 5, Status.WRONG_BROWSER: 2, Status.EXPIRED: 1, Status.PENDING: 2}
    for status, count in counts.items():
        for _ in range(count):
            AuthorizationRequest.objects.create(
                application=gpt,
                status=status,
                created_at=now - timedelta(hours=1),
                expires_at=now - timedelta(minutes=50),
            )
    AuthorizationRequest.objects.create(application=gpt, expires_at=now + timedelta(minutes=9))
    AuthorizationRequest.objects.create(application=gpt, created_at=now - timedelta(days=9), expires_at=now)

    funnel = cards(staff("Support"))["funnel.html"]

    assert [(step.name, step.count) for step in funnel["steps"]] == [
        ("began", 11),
        ("came back from the main app", 8),
        ("connected", 5),
    ]
    assert [(step.name.partition(" (")[0], step.count) for step in funnel["losses"]] == [
        ("never came back", 2),
        ("came back in another browser", 2),
        ("came back too late", 1),
    ]
    assert funnel["still_open"] == 1


def test_revocations_that_wait_long_are_an_alarm(
    staff: Callable[[str], Client], connected: Callable[..., Made]
) -> None:
    row = connected().row
    hour_ago = timezone.now() - timedelta(hours=1)
    PendingRevocation.objects.create(
        id=row.pk, sanctum_token=b"x", key_id="k", created_at=hour_ago, last_error="Unreachable", attempts=4
    )
    browser = staff("Auditor")

    shown = cards(browser)

    assert shown["Waiting revocations"]["colour"] == "bad"
    assert shown["revocations.html"]["troubles"] == [("Unreachable", 1)]
    assert "retry_revocations --all" in browser.get("/admin/").content.decode()


def test_an_empty_service_has_a_first_page_too(staff: Callable[[str], Client]) -> None:
    page = staff("superuser").get("/admin/").content.decode()

    assert "Nobody has tried." in page
    assert "None. Every token" in page


def test_who_has_no_role_is_told_how_to_get_one(staff: Callable[[str], Client]) -> None:
    page = staff("nobody").get("/admin/").content.decode()

    assert "has no role" in page
    assert "Active connections" not in page


@pytest.mark.parametrize(("value", "top"), [(0, 1), (1, 1), (2.5, 3), (5, 6), (7, 8), (9, 10), (11, 20), (2400, 3000)])
def test_a_scale_ends_at_a_round_number_close_by(value: float, top: float) -> None:
    assert round_up(value) == top


def test_columns_stand_on_each_other_within_the_drawing() -> None:
    chart = stacked_columns([("a", [("ok", 30), ("error", 10)]), ("b", [("ok", 0), ("error", 0)])])

    bars = chart.columns[0].bars
    assert chart.top == "40"
    assert [(bar.kind, float(bar.y), float(bar.height)) for bar in bars] == [("ok", 25.0, 75.0), ("error", 0.0, 25.0)]
    assert all(float(bar.y) + float(bar.height) <= HEIGHT for bar in bars)
    assert chart.columns[1].bars == []


def test_an_hour_without_calls_is_a_gap_in_the_line() -> None:
    line = step_lines(["a", "b", "c"], [("p50", [100.0, None, 100.0])], "ms").lines[0]

    assert line.path.count("M") == 2
