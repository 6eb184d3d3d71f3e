"""`manage.py stats`: the service in numbers."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

from oauthbridge.models import AuthorizationRequest, PendingRevocation
from petstools.models import ToolCall
from tests.ops.conftest import Connected, Ran

pytestmark = pytest.mark.django_db
Manage = Callable[..., Ran]
Connect = Callable[..., Connected]


def call(made: Connected, *, latency_ms: int, outcome: str = "ok", code: str = "", hours_ago: float = 0.5) -> None:
    ToolCall.objects.create(
        connection=made.row,
        operation="list_pets",
        outcome=outcome,
        status=200 if outcome != "error" else 502,
        code=code,
        latency_ms=latency_ms,
        request_id="r",
        created_at=timezone.now() - timedelta(hours=hours_ago),
    )


def test_it_counts(connected: Connect, manage: Manage) -> None:
    made = connected()
    for milliseconds in range(1, 101):
        call(made, latency_ms=milliseconds)
    call(made, latency_ms=5000, outcome="error", code="MAIN_APP_UNAVAILABLE")
    call(made, latency_ms=1, outcome="asked", code="missing")
    call(made, latency_ms=9999, hours_ago=25)
    now = timezone.now()
    AuthorizationRequest.objects.create(application=made.row.application, status="expired", expires_at=now)
    PendingRevocation.objects.create(id=made.row.pk, sanctum_token=b"x", key_id="k")

    told = manage("stats", "--json").json

    assert told == {
        "hours": 24,
        "connections": {"active": 1},
        "active_by_client": {"meo-gpt": 1},
        "sign_ins": {"expired": 1},
        "tool_calls": {"ok": 100, "error": 1, "asked": 1},
        "doors": {"actions": 102},
        "operations": {"list_pets": 102},
        "error_codes": {"MAIN_APP_UNAVAILABLE": 1},
        "latency_ms": {"p50": 51, "p95": 96, "p99": 100},
        "waiting_revocations": 1,
    }


def test_how_far_back_can_be_said(connected: Connect, manage: Manage) -> None:
    made = connected()
    call(made, latency_ms=1, hours_ago=0.5)
    call(made, latency_ms=1, hours_ago=2)

    assert manage("stats", "--hours", "1", "--json").json["tool_calls"] == {"ok": 1}
    assert manage("stats", "--hours", "3", "--json").json["tool_calls"] == {"ok": 2}


@pytest.mark.parametrize("hours", ["0", "-1", "x", "100001"])
def test_it_refuses_hours_that_are_none(hours: str, manage: Manage) -> None:
    assert manage("stats", "--hours", hours).code != 0


def test_the_text_names_all_of_it(connected: Connect, manage: Manage) -> None:
    call(connected(), latency_ms=7)

    text = manage("stats").out

    assert "connections\n    active                   1\n" in text
    assert "    p50                      7\n" in text
    assert "waiting_revocations    0\n" in text


def test_an_empty_service_has_numbers_too(manage: Manage) -> None:
    told = manage("stats", "--json").json

    assert told["connections"] == told["latency_ms"] == {}
