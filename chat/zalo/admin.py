"""What staff see of Zalo: who writes and to whose pets they are tied, and what became of each message. Never what was written.

Whoever may see tool calls sees this: it is the same door seen from its other side.
"""

from collections.abc import Iterable, Iterator
from typing import Any, cast

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django_tasks_db.models import DBTaskResult

from chat.zalo.models import Event, Reply, Sender
from oauthbridge.admin import timeline
from oauthbridge.admin.reading import PickFilter, SearchedAdmin, SpanFilter, as_person_id, as_uuid, badge
from oauthbridge.admin.times import exactly, moment, span
from oauthbridge.finding import Finder, Hit
from oauthbridge.models import Connection
from oauthbridge.names import name_for_people
from oauthbridge.replies import Reply as Words
from oauthbridge.staff_site import StaffSite

# The library's own screen shows what tasks were given and what they returned; what matters of ours stands here.
admin.site.unregister(DBTaskResult)

PERMISSION = "petstools.view_toolcall"
MOST_SHOWN = 20
State, Outcome = Event.State, Event.Outcome
_COLOURS: dict[str, str] = {
    Outcome.ANSWERED: "good",
    Outcome.STORED: "good",
    Outcome.ASKED: "quiet",
    Outcome.NOTHING: "quiet",
    Outcome.NOT_UNDERSTOOD: "warn",
    Outcome.NOT_LINKED: "warn",
    Outcome.LATE: "warn",
}
_REPLY_COLOURS = {Reply.State.SENT: "good", Reply.State.WAITING: "warn", Reply.State.GIVEN_UP: "bad"}
_WORDS: dict[str, Words] = {
    Outcome.STORED: Words.SAVED,
    Outcome.ASKED: Words.ANSWER,
    Outcome.NOT_UNDERSTOOD: Words.OTHERWISE,
    Outcome.NOT_LINKED: Words.CONNECT_CHAT,
    Outcome.INTERRUPTED: Words.LOOK_FIRST,
    Outcome.FAILED: Words.OUR_FAULT,
}


def outcome_badge(event: Event) -> str:
    if event.state != State.DONE:
        return badge(event.get_state_display(), "warn")
    return badge(event.get_outcome_display() or event.get_state_display(), _COLOURS.get(event.outcome, "bad"))


def _person(connection: Connection | None) -> str:
    if connection is None:
        return format_html('<span class="none">{}</span>', "–")
    number = connection.user.main_app_user_id
    return format_html('<a href="{}">{}</a>', reverse("admin:oauthbridge_person", args=[number]), number)


class _SeenLikeCalls(SearchedAdmin):
    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm(PERMISSION)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)


class LinkedFilter(PickFilter):
    title = "connected"
    parameter_name = "linked"
    choices_shown = (("yes", "yes"), ("ended", "no longer"), ("never", "never"))

    def chosen(self, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        if value == "never":
            return queryset.filter(connection=None)
        active = Q(connection__status=Connection.Status.ACTIVE)
        return queryset.filter(active if value == "yes" else ~active, connection__isnull=False)


@admin.register(Sender)
class SenderAdmin(_SeenLikeCalls):
    section = (3, "Zalo: people")
    list_display = ["who", "account", "linked", "person", "last"]
    list_filter = [LinkedFilter]
    search_fields = ["sender_id"]
    search_help_text = "Person, connection or Zalo id"
    ordering = ["-pk"]
    fields = [
        "who",
        "sender_id",
        "account",
        "linked",
        "person",
        "connection_link",
        "language",
        "since",
        "last",
        "gone",
        "recent",
    ]
    readonly_fields = ["who", "linked", "person", "connection_link", "since", "last", "gone", "recent"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = super().get_queryset(request).select_related("account", "connection__user", "connection__application")
        return rows.defer("connection__sanctum_token", "account__tokens")

    def matching(self, queryset: QuerySet[Any], term: str) -> QuerySet[Any]:
        return queryset.filter(_named(term))

    @admin.display(description="name on Zalo", ordering="display_name")
    def who(self, sender: Sender) -> str:
        return name_for_people(sender.display_name) or "(no name)"

    @admin.display(description="connected")
    def linked(self, sender: Sender) -> str:
        if sender.connection is None:
            return badge("not connected", "quiet")
        if sender.connection.is_active:
            return format_html("{} {}", badge("connected", "good"), moment(sender.linked_at))
        return format_html("{} {}", badge("no longer", "warn"), sender.connection.get_end_reason_display())

    @admin.display(description="person")
    def person(self, sender: Sender) -> str:
        return _person(sender.connection)

    @admin.display(description="connection")
    def connection_link(self, sender: Sender) -> str:
        if sender.connection is None:
            return "–"
        url = reverse("admin:oauthbridge_connection_change", args=[sender.connection.pk])
        return format_html('<a href="{}">{}</a>', url, sender.connection.pk)

    @admin.display(description="first seen")
    def since(self, sender: Sender) -> str:
        return exactly(sender.created_at)

    @admin.display(description="last message")
    def last(self, sender: Sender) -> str:
        return moment(sender.last_message_at)

    @admin.display(description="unfollowed")
    def gone(self, sender: Sender) -> str:
        return exactly(sender.unfollowed_at) if sender.unfollowed_at else "no"

    @admin.display(description="last messages")
    def recent(self, sender: Sender) -> str:
        rows = sender.events.defer("sealed").order_by("-received_at")[:MOST_SHOWN]
        return format_html_join("", '{} {} <a href="{}">{}</a><br>', map(_line, rows)) or "none is kept"


def _line(event: Event) -> tuple[str, str, str, str]:
    url = reverse("admin:zalo_event_change", args=[event.pk])
    return moment(event.received_at), outcome_badge(event), url, event.request_id


class KindFilter(PickFilter):
    title = "kind"
    parameter_name = "kind"
    choices_shown = tuple((kind.value, str(kind.label)) for kind in Event.Kind)

    def chosen(self, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        return queryset.filter(kind=value)


class OutcomeFilter(PickFilter):
    title = "what became of it"
    parameter_name = "outcome"
    choices_shown = (
        ("waiting", "waits"),
        *((outcome.value, str(outcome.label)) for outcome in Outcome),
        ("unsent", "answer not sent"),
    )

    def chosen(self, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        if value == "waiting":
            return queryset.exclude(state=State.DONE)
        if value == "unsent":
            return queryset.filter(pk__in=Reply.objects.exclude(state=Reply.State.SENT).values("event"))
        return queryset.filter(outcome=value)


class CameFilter(SpanFilter):
    field = "received_at"


@admin.register(Event)
class EventAdmin(_SeenLikeCalls):
    section = (3, "Zalo: messages")
    list_display = ["time", "who", "person", "kind", "result", "took", "number"]
    list_filter = [CameFilter, OutcomeFilter, KindFilter]
    sortable_by = ["time"]
    search_fields = ["key"]
    search_help_text = "Request, person or Zalo id"
    ordering = ["-received_at"]
    fields = ["number", "written", "time", "who", "person", "kind", "result", "took", "attempts", "answers", "calls"]
    readonly_fields = ["number", "written", "time", "who", "person", "result", "took", "answers", "calls"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        # What was written is not even read for a page.
        rows = super().get_queryset(request).select_related("account", "sender__connection__user")
        return rows.defer("sealed", "account__tokens", "sender__connection__sanctum_token")

    def matching(self, queryset: QuerySet[Any], term: str) -> QuerySet[Any]:
        if (number := _number(term)) is not None:
            return queryset.filter(pk=number)
        return queryset.filter(sender__in=list(Sender.objects.filter(_named(term)).values_list("pk", flat=True)))

    @admin.display(description="came", ordering="received_at")
    def time(self, event: Event) -> str:
        return moment(event.received_at)

    @admin.display(description="written")
    def written(self, event: Event) -> str:
        return exactly(event.sent_at)

    @admin.display(description="name on Zalo")
    def who(self, event: Event) -> str:
        url = reverse("admin:zalo_sender_change", args=[event.sender_id])
        return format_html('<a href="{}">{}</a>', url, name_for_people(event.sender.display_name) or "(no name)")

    @admin.display(description="person")
    def person(self, event: Event) -> str:
        return _person(event.sender.connection)

    @admin.display(description="what became of it")
    def result(self, event: Event) -> str:
        return outcome_badge(event)

    @admin.display(description="took")
    def took(self, event: Event) -> str:
        return span(event.finished_at - event.received_at) if event.finished_at else "–"

    @admin.display(description="request id")
    def number(self, event: Event) -> str:
        return event.request_id

    @admin.display(description="answers")
    def answers(self, event: Event) -> str:
        rows = event.replies.defer("sealed").order_by("part")
        lines = [
            (
                badge(row.get_state_display(), _REPLY_COLOURS[Reply.State(row.state)]),
                moment(row.finished_at or row.created_at),
                f" · error {row.error}" if row.error else "",
            )
            for row in rows
        ]
        return format_html_join("", "{} {}{}<br>", lines) or "none"

    @admin.display(description="tool calls")
    def calls(self, event: Event) -> str:
        url = reverse("admin:petstools_toolcall_changelist")
        return format_html('<a href="{}?q={}">those of this message</a>', url, event.request_id)


# --- The timeline and the search -----------------------------------------------------------------


def messages(whose: timeline.Whose) -> Iterable[timeline.Event]:
    """Of whoever is tied to one of their connections now."""
    rows = Event.objects.filter(sender__connection__in=whose.ids).defer("sealed")
    for event in whose.within(rows, "received_at"):
        _at, _badge, url, number = _line(event)
        detail = format_html('{} · <a class="number" href="{}">{}</a>', event.get_kind_display(), url, number)
        yield timeline.Event(event.received_at, "Zalo", outcome_badge(event), detail, _WORDS.get(event.outcome))


def find(term: str) -> Iterator[Hit]:
    if (number := _number(term)) is not None:
        for event in Event.objects.filter(pk=number).defer("sealed"):
            at, result, url, name = _line(event)
            yield Hit("Zalo message", name, url, format_html("{} {}", result, at))
    if term.isascii() and term.isalnum():
        for sender in Sender.objects.filter(sender_id=term)[:MOST_SHOWN]:
            yield Hit("On Zalo", term, reverse("admin:zalo_sender_change", args=[sender.pk]))


def _number(term: str) -> int | None:
    """Of a message, from its request id."""
    return as_person_id(term.removeprefix("zalo-")) if term.startswith("zalo-") else None


def _named(term: str) -> Q:
    named = Q(sender_id=term) if "\0" not in term else Q(pk__in=[])
    if (person := as_person_id(term)) is not None:
        named |= Q(connection__user__main_app_user_id=person)
    if (number := as_uuid(term)) is not None:
        named |= Q(connection=number)
    return named


timeline.SOURCES["Zalo"] = messages
cast(StaffSite, admin.site).finders.append(Finder(PERMISSION, find))
