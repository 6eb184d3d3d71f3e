"""Connections, with what is known of their tool calls."""

from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html

from oauthbridge.admin.connections import MOST_SHOWN, ConnectionAdmin
from oauthbridge.admin.timeline import Event, Source, Whose
from oauthbridge.admin.times import moment
from oauthbridge.models import Connection
from petstools.admin.statistics import Recent, recent_calls
from petstools.admin.tool_calls import numbers, outcome_badge, reply_to
from petstools.models import ToolCall


class _WithCalls(ChangeList):
    """A page of connections, each knowing its last 24 hours: one query for the page, none for the rest of the table."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        page = list(self.result_list)
        recent = recent_calls(connection.pk for connection in page)
        for connection in page:
            connection.recent = recent[connection.pk]
        self.result_list = page


def calls(whose: Whose) -> Iterator[Event]:
    """One question for each connection: of all together the database might read a million rows of others'."""
    for connection in whose.connections:
        rows = ToolCall.objects.filter(connection_id=connection.pk)
        for call in whose.within(rows, "created_at"):
            yield Event(
                call.created_at,
                "calls",
                outcome_badge(call),
                format_html(
                    '{} · {}{} · <a class="number" href="{}">{}</a>',
                    call.operation,
                    connection.application,
                    numbers(call, " · "),
                    reverse("admin:petstools_toolcall_change", args=[call.pk]),
                    call.request_id,
                ),
                reply_to(call),
            )


@admin.register(Connection)
class ConnectionWithCallsAdmin(ConnectionAdmin):
    list_display = ["person", "state", "client", "since", "used", "calls", "ending"]

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return _WithCalls

    def sources(self) -> dict[str, Source]:
        return {"calls": calls, **super().sources()}

    @admin.display(description="calls in 24 h")
    def calls(self, connection: Connection) -> str:
        recent: Recent = getattr(connection, "recent", Recent())
        if not recent.errors:
            return f"{recent.calls:,}"
        return format_html('{} <span class="errors">{} failed</span>', f"{recent.calls:,}", f"{recent.errors:,}")

    def tables(self, connection: Connection) -> list[dict[str, Any]]:
        calls = ToolCall.objects.filter(connection=connection).order_by("-created_at", "-pk")[:MOST_SHOWN]
        listing = reverse("admin:petstools_toolcall_changelist")
        recent = {
            "name": "Recent tool calls",
            "heads": ["time", "operation", "result", "latency", "request id"],
            "rows": [
                [
                    moment(call.created_at),
                    call.operation,
                    outcome_badge(call),
                    f"{call.latency_ms:,} ms",
                    format_html(
                        '<a class="number" href="{}">{}</a>',
                        reverse("admin:petstools_toolcall_change", args=[call.pk]),
                        call.request_id,
                    ),
                ]
                for call in calls
            ],
            "none": "None is kept.",
            "more": f"{listing}?q={connection.pk}",
        }
        return [recent, *super().tables(connection)]
