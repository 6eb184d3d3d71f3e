"""Tool calls: what was called, how it ended, what it cost; matching by request id or person."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any, cast

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html

from oauthbridge.admin.reading import ExportMixin, PickFilter, SpanFilter, as_person_id, as_uuid, badge, told
from oauthbridge.admin.times import exactly, moment
from oauthbridge.finding import MOST_FOUND, Finder, Hit, is_reference
from oauthbridge.models import Application, Connection
from oauthbridge.replies import Reply, in_each_language
from oauthbridge.staff_site import StaffSite
from petstools.admin.causes import Cause, cause_of
from petstools.answers import Code
from petstools.catalog import ONLY_MCP, TOOLS
from petstools.models import ToolCall

Outcome = ToolCall.Outcome
Effect = ToolCall.Effect
_COLOURS = {Cause.PERSON: "warn", Cause.MAIN_APP: "bad", Cause.OURS: "bad"}
_DOORS = dict(Application.Door.choices)
# A person has few connections; this only keeps a search within bounds.
MOST_CONNECTIONS = 200


_EFFECTS = {Effect.SAVED: "good", Effect.ALREADY: "warn", Effect.TAKEN_BACK: "quiet"}
_REPLIES = {
    Code.QUOTA_EXCEEDED: Reply.DAILY_LIMIT,
    Code.RATE_LIMITED: Reply.A_MINUTE,
    Code.OUTCOME_UNKNOWN: Reply.LOOK_FIRST,
    Code.FORBIDDEN: Reply.NOT_ALLOWED,
    Code.UNAUTHORIZED: Reply.CONNECT_AGAIN,
}
_REPLIES_BY_CAUSE = {Cause.PERSON: Reply.OTHERWISE, Cause.MAIN_APP: Reply.LATER, Cause.OURS: Reply.OUR_FAULT}
_REPLIES_BY_EFFECT = {
    Effect.SAVED: Reply.SAVED,
    Effect.ALREADY: Reply.SAVED_ONCE,
    Effect.TAKEN_BACK: Reply.TAKEN_BACK,
}


def reply_to(call: ToolCall) -> Reply:
    """What to tell the person of this call."""
    if call.outcome == Outcome.ASKED:
        return Reply.ANSWER
    if call.outcome == Outcome.ERROR:
        code = Code(call.code) if call.code in set(Code) else Code.INTERNAL_ERROR
        return _REPLIES.get(code) or _REPLIES_BY_CAUSE[cause_of(code)]
    return _REPLIES_BY_EFFECT[Effect(call.effect)] if call.effect else Reply.WORKS


def numbers(call: ToolCall, before: str = "") -> str:
    """The pets and records of a call, by the main app's numbers."""
    kinds = (("pet", call.pet_ids), ("record", call.record_ids))
    parts = [f"{kind}{'s' if ',' in ids else ''} {ids.replace(',', ', ')}" for kind, ids in kinds if ids]
    return before + (" · " if "," in call.pet_ids + call.record_ids else ", ").join(parts) if parts else ""


def outcome_badge(call: ToolCall) -> str:
    if call.outcome == Outcome.OK:
        if call.effect:
            return badge(call.get_effect_display(), _EFFECTS[Effect(call.effect)])
        return badge(call.get_outcome_display(), "good")
    if call.outcome == Outcome.ASKED:
        return format_html("{} {}", badge(call.get_outcome_display(), "quiet"), call.code)
    return badge(call.code or call.get_outcome_display(), _COLOURS[cause_of(call.code)])


class WhenFilter(PickFilter):
    title = "time"
    parameter_name = "when"
    choices_shown = (("1", "last 24 hours"), ("2", "last 48 hours"), ("7", "last 7 days"))

    def chosen(self, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        return queryset.filter(created_at__gte=timezone.now() - timedelta(days=int(value)))


class OutcomeFilter(PickFilter):
    title = "outcome"
    parameter_name = "outcome"
    choices_shown = tuple((outcome.value, str(outcome.label)) for outcome in Outcome)

    def chosen(self, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        return queryset.filter(outcome=value)


class EffectFilter(PickFilter):
    title = "what it did"
    parameter_name = "effect"
    choices_shown = tuple((effect.value, str(effect.label)) for effect in Effect)

    def chosen(self, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        return queryset.filter(effect=value)


class CauseFilter(PickFilter):
    title = "whose error"
    parameter_name = "cause"
    choices_shown = tuple((cause.value, cause.label) for cause in Cause)

    def chosen(self, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        return queryset.filter(outcome=Outcome.ERROR, code__in=Cause(value).codes)


class CodeFilter(PickFilter):
    title = "error code"
    parameter_name = "code"
    choices_shown = tuple((code.value, code.value) for code in Code)

    def chosen(self, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        return queryset.filter(outcome=Outcome.ERROR, code=value)


class OperationFilter(PickFilter):
    title = "operation"
    parameter_name = "operation"
    choices_shown = tuple((name, name) for name in sorted(tool.name for tool in (*TOOLS, *ONLY_MCP)))

    def chosen(self, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        return queryset.filter(operation=value)


class DoorFilter(PickFilter):
    title = "door"
    parameter_name = "door"
    choices_shown = tuple((value, str(label)) for value, label in Application.Door.choices)

    def chosen(self, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        return queryset.filter(door=value)


class SlowFilter(PickFilter):
    title = "latency"
    parameter_name = "slower"
    choices_shown = (("1", "over 1 second"), ("5", "over 5 seconds"), ("20", "over 20 seconds"))

    def chosen(self, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        return queryset.filter(latency_ms__gt=int(value) * 1000)


@admin.register(ToolCall)
class ToolCallAdmin(ExportMixin):
    section = (3, "Tool calls")
    list_display = [
        "time",
        "person",
        "operation_and_door",
        "result",
        "about",
        "status",
        "latency",
        "request_id",
    ]
    list_filter = [
        WhenFilter,
        SpanFilter,
        OutcomeFilter,
        EffectFilter,
        CauseFilter,
        CodeFilter,
        OperationFilter,
        DoorFilter,
        SlowFilter,
    ]
    # By anything else it would sort a million rows; for the slow ones there is a filter.
    sortable_by = ["time"]
    search_fields = ["request_id"]
    search_help_text = "Request, person or connection id"
    ordering = ["-created_at"]
    columns = (
        "created_at", "connection__user__main_app_user_id", "connection_id", "connection__application__client_id", "door",
        "operation", "outcome", "effect", "code", "status", "pet_ids", "record_ids", "latency_ms", "upstream_calls",
        "request_id",
    )  # fmt: skip
    fields = [
        "at", "person", "client", "operation", "result", "about", "words", "whose", "status", "latency", "upstream_calls",
        "request_id", "by_door",
    ]  # fmt: skip
    readonly_fields = ["at", "person", "client", "result", "about", "words", "whose", "latency", "by_door"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = super().get_queryset(request).select_related("connection__user", "connection__application")
        return rows.defer("connection__sanctum_token")

    def matching(self, queryset: QuerySet[Any], term: str) -> QuerySet[Any]:
        # Two plain index look-ups: an id of a request may look like an id of a connection or a person.
        connections = Connection.objects.none()
        if (person := as_person_id(term)) is not None:
            connections = Connection.objects.filter(user__main_app_user_id=person)
        elif (number := as_uuid(term)) is not None:
            connections = Connection.objects.filter(pk=number)
        calls = Q(request_id__startswith=term) if is_reference(term) else Q(request_id=term)
        if ids := list(connections.values_list("pk", flat=True)[:MOST_CONNECTIONS]):
            calls |= Q(connection_id__in=ids)
        return queryset.filter(calls)

    @admin.display(description="time", ordering="created_at")
    def time(self, call: ToolCall) -> str:
        return moment(call.created_at)

    @admin.display(description="time")
    def at(self, call: ToolCall) -> str:
        return exactly(call.created_at)

    @admin.display(description="person")
    def person(self, call: ToolCall) -> str:
        if call.connection is None:
            return "no longer kept"
        number = call.connection.user.main_app_user_id
        return format_html('<a href="{}">{}</a>', reverse("admin:oauthbridge_person", args=[number]), number)

    @admin.display(description="client")
    def client(self, call: ToolCall) -> str:
        if call.connection is None:
            return "no longer kept"
        url = reverse("admin:oauthbridge_connection_change", args=[call.connection.pk])
        return format_html('<a href="{}">{}</a>', url, call.connection.application)

    @admin.display(description="pet and record")
    def about(self, call: ToolCall) -> str:
        return numbers(call) or format_html('<span class="none">{}</span>', "–")

    @admin.display(description="what to tell them")
    def words(self, call: ToolCall) -> str:
        return told(in_each_language(reply_to(call)))

    @admin.display(description="operation and client")
    def operation_and_door(self, call: ToolCall) -> str:
        client = call.connection.application if call.connection is not None else ""
        return format_html('{}<br><span class="quiet">{}</span> {}', call.operation, self.by_door(call), client)

    @admin.display(description="door")
    def by_door(self, call: ToolCall) -> str:
        return str(_DOORS.get(call.door, call.door))

    @admin.display(description="result")
    def result(self, call: ToolCall) -> str:
        return outcome_badge(call)

    @admin.display(description="whose error")
    def whose(self, call: ToolCall) -> str:
        return cause_of(call.code).label if call.outcome == Outcome.ERROR else "–"

    @admin.display(description="latency")
    def latency(self, call: ToolCall) -> str:
        return f"{call.latency_ms:,} ms"


def find_calls(term: str) -> Iterator[Hit]:
    """The calls of one request; a program may have asked for several at once."""
    if not is_reference(term):
        return
    for call in ToolCall.objects.filter(request_id__startswith=term).order_by("-created_at")[:MOST_FOUND]:
        url = reverse("admin:petstools_toolcall_change", args=[call.pk])
        said = format_html("{} {} {}", call.operation, outcome_badge(call), moment(call.created_at))
        yield Hit("Tool call", f"{call.request_id} ({call.pk})", url, said)


cast(StaffSite, admin.site).finders.append(Finder("petstools.view_toolcall", find_calls))
