"""`manage.py stats`: how the service is doing, in numbers."""

import json
from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management.base import CommandParser
from django.db.models import Count
from django.utils import timezone

from oauthbridge.management.teaching import TeachingCommand, at_least_one
from oauthbridge.models import AuthorizationRequest, Connection, PendingRevocation
from petstools.models import ToolCall


class Command(TeachingCommand):
    help = "Connections, sign-ins, tool calls and waiting revocations, in numbers."
    examples = """
Examples:
  manage.py stats               the last 24 hours
  manage.py stats --hours 1
  manage.py stats --json        for scripts and monitors
"""

    def add_arguments(self, parser: ArgumentParser | CommandParser) -> None:
        parser.add_argument("--hours", type=at_least_one, default=24, help="how far back (%(default)s)")
        parser.add_argument("--json", action="store_true", help="print one JSON object and nothing else")

    def handle(self, *args: Any, **options: Any) -> None:
        since = timezone.now() - timedelta(hours=options["hours"])
        calls = ToolCall.objects.filter(created_at__gte=since)
        figures: dict[str, Any] = {
            "hours": options["hours"],
            "connections": _counted(Connection.objects.all(), "status"),
            "active_by_client": _counted(Connection.objects.active(), "application__client_id"),
            "sign_ins": _counted(AuthorizationRequest.objects.filter(created_at__gte=since), "status"),
            "tool_calls": _counted(calls, "outcome"),
            "doors": _counted(calls, "door"),
            "operations": _counted(calls, "operation"),
            "error_codes": _counted(calls.filter(outcome=ToolCall.Outcome.ERROR), "code"),
            "latency_ms": _percentiles(
                sorted(calls.order_by("-created_at").values_list("latency_ms", flat=True)[:100_000])
            ),
            "waiting_revocations": PendingRevocation.objects.count(),
        }
        if options["json"]:
            self.stdout.write(json.dumps(figures))
            return
        for name, value in figures.items():
            if not isinstance(value, dict):
                self.stdout.write(f"{name:<22} {value}")
                continue
            self.stdout.write(f"{name}")
            for key, count in value.items():
                self.stdout.write(f"    {key or '–':<24} {count}")


def _counted(rows: Any, field: str) -> dict[str, int]:
    return {row[field]: row["rows"] for row in rows.values(field).annotate(rows=Count("pk")).order_by("-rows")}


def _percentiles(latencies: list[int]) -> dict[str, int]:
    if not latencies:
        return {}
    return {f"p{share}": latencies[min(len(latencies) - 1, len(latencies) * share // 100)] for share in (50, 95, 99)}
