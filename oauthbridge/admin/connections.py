"""Connections: the list that answers "it doesn't work for me", a page for each, and the way to end them."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.http import urlencode

from oauthbridge import replies
from oauthbridge.admin import timeline
from oauthbridge.admin.clients import DoorFilter
from oauthbridge.admin.ending import MOST, EndForm, end_all, no_address
from oauthbridge.admin.reading import (
    LARGEST_ID,
    ExportMixin,
    PickFilter,
    SpanFilter,
    as_day,
    as_person_id,
    as_uuid,
    badge,
    main_app_link,
    start_of,
)
from oauthbridge.admin.sign_ins import status_badge
from oauthbridge.admin.times import exactly, moment
from oauthbridge.models import (
    AccessToken,
    AuthorizationRequest,
    Connection,
    Grant,
    LegacyToken,
    PendingRevocation,
    RefreshToken,
    User,
)
from oauthbridge.staff_site import write_log

Status = Connection.Status
_COLOURS = {Status.ACTIVE: "good", Status.ENDED: "quiet", Status.BROKEN: "bad"}
# Of anything that hangs on one connection, its page shows so many.
MOST_SHOWN = 20


class AgeFilter(PickFilter):
    title = "connected"
    parameter_name = "age"
    choices_shown = (
        ("under-1", "in the last 24 hours"), ("under-7", "in the last 7 days"), ("under-30", "in the last 30 days"),
        ("over-30", "over 30 days ago"), ("over-90", "over 90 days ago"),
    )  # fmt: skip
    field: ClassVar[str] = "created_at"

    def chosen(self, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        side, _dash, days = value.partition("-")
        lookup = "gte" if side == "under" else "lt"
        return queryset.filter(**{f"{self.field}__{lookup}": timezone.now() - timedelta(days=int(days))})


class IdleFilter(AgeFilter):
    title = "last used"
    parameter_name = "idle"
    choices_shown = (
        ("under-1", "in the last 24 hours"), ("over-1", "over a day ago"), ("over-7", "over 7 days ago"),
        ("over-30", "over 30 days ago"), ("over-60", "over 60 days ago"),
    )  # fmt: skip
    field = "last_used_at"


class NoteForm(forms.Form):
    """What staff keep of a person: about the case, not about who they are."""

    note = forms.CharField(
        max_length=200,
        strip=True,
        validators=[no_address],
        help_text="No names, no e-mail addresses. It goes when the person is forgotten.",
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "placeholder": "for example: ticket 4711, asked them to try again"}
        ),
    )


class ConnectionAdmin(ExportMixin):
    """Nothing here is typed over: a connection is looked at, or ended with a reason."""

    section = (1, "Connections")
    list_display = ["person", "state", "client", "since", "used", "ending"]
    list_display_links = None
    list_filter = ["status", IdleFilter, AgeFilter, SpanFilter, DoorFilter, "application"]
    columns = (
        "id", "user__main_app_user_id", "status", "application__client_id", "language", "created_at", "last_used_at",
        "ended_at", "end_reason",
    )  # fmt: skip
    list_select_related = ["user", "application", "ended_by"]
    search_fields = ["pk"]
    search_help_text = "Person or connection id"
    ordering = ["-created_at"]
    actions = ["end_chosen"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        # The ciphertext is not even read for a page.
        return super().get_queryset(request).defer("sanctum_token")

    def matching(self, queryset: QuerySet[Any], term: str) -> QuerySet[Any]:
        if (person := as_person_id(term)) is not None:
            return queryset.filter(user__main_app_user_id=person)
        if (number := as_uuid(term)) is not None:
            return queryset.filter(pk=number)
        return queryset.none()

    def has_end_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("oauthbridge.end_connection")

    @admin.display(description="person", ordering="user__main_app_user_id")
    def person(self, connection: Connection) -> str:
        person = connection.user.main_app_user_id or 0
        return format_html(
            '<a class="person" href="{}">{}</a> <a class="out" href="{}" target="_blank" rel="noopener noreferrer">main app</a>',
            reverse("admin:oauthbridge_person", args=[person]),
            person,
            main_app_link(person),
        )

    @admin.display(description="status", ordering="status")
    def state(self, connection: Connection) -> str:
        return badge(connection.get_status_display(), _COLOURS[Status(connection.status)])

    @admin.display(description="client", ordering="application")
    def client(self, connection: Connection) -> str:
        application = connection.application
        return format_html(
            '<a href="{}">{}</a><br><span class="quiet">{}</span>',
            reverse("admin:oauthbridge_connection_change", args=[connection.pk]),
            application,
            application.get_door_display(),
        )

    @admin.display(description="since", ordering="created_at")
    def since(self, connection: Connection) -> str:
        return moment(connection.created_at)

    @admin.display(description="last used", ordering="last_used_at")
    def used(self, connection: Connection) -> str:
        return moment(connection.last_used_at)

    @admin.display(description="how it ended")
    def ending(self, connection: Connection) -> str:
        if connection.is_active:
            return format_html('<span class="none">{}</span>', "–")
        why = connection.get_end_reason_display()
        if connection.ended_by is not None:
            why = f"{why} ({connection.ended_by})"
        note = format_html('<br><span class="quiet">{}</span>', connection.end_note) if connection.end_note else ""
        return format_html("{}, {}{}", why, moment(connection.ended_at), note)

    @admin.action(description="End these connections …", permissions=["end"])
    def end_chosen(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        ids = list(queryset.values_list("pk", flat=True)[: MOST + 1])
        if len(ids) > MOST:
            refusal = f"At most {MOST} at once. For more: manage.py connections revoke."
            self.message_user(request, refusal, messages.ERROR)
            return None
        query = urlencode({"id": ids}, doseq=True)
        return HttpResponseRedirect(f"{reverse('admin:oauthbridge_connection_end')}?{query}")

    def get_urls(self) -> list[Any]:
        end = path("end/", self.admin_site.admin_view(self.end_view), name="oauthbridge_connection_end")
        person = path("person/<int:number>/", self.admin_site.admin_view(self.person_view), name="oauthbridge_person")
        return [end, person, *super().get_urls()]

    def sources(self) -> dict[str, timeline.Source]:
        """What a person's timeline is made of, by the name of the filter that shows it alone."""
        return timeline.SOURCES

    def person_view(self, request: HttpRequest, number: int) -> HttpResponse:
        """One person's timeline: `?kind=…`, `?from=…&to=…` (days), `?before=…` (a moment, for the next page). POST: a note of staff."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        person = User.objects.filter(main_app_user_id=number).first() if number <= LARGEST_ID else None
        if person is None:
            raise Http404
        note = NoteForm(request.POST if request.method == "POST" else None)
        if request.method == "POST":
            if not self.has_end_permission(request) or not isinstance(request.user, User):
                raise PermissionDenied
            if note.is_valid():
                write_log(request.user, person, f"{timeline.NOTE}{note.cleaned_data['note']}")
                return HttpResponseRedirect(request.get_full_path())
        rows = Connection.objects.filter(user=person).defer("sanctum_token")
        newest = list(
            rows.select_related("application", "ended_by").order_by("-created_at")[: timeline.MOST_CONNECTIONS]
        )
        whose = timeline.Whose(person, newest, *self._span(request))
        sources = self.sources()
        kind = request.GET.get("kind", "")
        events, more = timeline.newest(whose, [sources[kind]] if kind in sources else sources.values())
        days = {name: request.GET[name] for name in ("from", "to") if name in request.GET}
        older = {**days, **({"kind": kind} if kind in sources else {})}
        context = {
            **self.admin_site.each_context(request),
            "title": f"Person {number}",
            "opts": self.opts,
            "main_app_url": main_app_link(number),
            "connections": [(one, self.state(one), moment(one.last_used_at)) for one in newest],
            "active": [one.pk for one in newest if one.is_active] if self.has_end_permission(request) else [],
            "events": [(moment(event.at), event) for event in events],
            "tell": self._tell(events, newest),
            "kinds": [(name, name == kind, urlencode({**days, "kind": name})) for name in sources],
            "kind": kind if kind in sources else "",
            "all_kinds": urlencode(days),
            "days": days,
            "older": urlencode({**older, "before": events[-1].at.isoformat()}) if more else "",
            "note": note if self.has_end_permission(request) else None,
        }
        return TemplateResponse(request, "oauthbridge/staff/person.html", context)

    def _span(self, request: HttpRequest) -> tuple[datetime, datetime | None]:
        """Until when, and since when if that was asked."""
        first, last = as_day(request.GET.get("from", "")), as_day(request.GET.get("to", ""))
        until = start_of(last + timedelta(days=1)) if last else timezone.now() + timedelta(days=1)
        with suppress(ValueError):
            before = datetime.fromisoformat(request.GET.get("before", ""))
            if before.tzinfo is not None and 1970 <= before.year <= 9000:
                until = min(until, before)
        return until, start_of(first) if first else None

    def _tell(self, events: Sequence[timeline.Event], newest: Sequence[Connection]) -> list[tuple[str, str, str]]:
        """What to tell the person: of the last thing that happened, unless they have no connection left at all."""
        last = next((event.reply for event in events if event.reply is not None), None)
        if isinstance(last, AuthorizationRequest):
            return replies.about_sign_in(last)
        if newest and not any(one.is_active for one in newest):
            last = replies.Reply.CONNECT_AGAIN
        return replies.in_each_language(last) if last is not None else []

    def end_view(self, request: HttpRequest) -> HttpResponse:
        """GET says what will happen to the connections of `?id=…&id=…`, POST does it."""
        if not self.has_end_permission(request) or not isinstance(request.user, User):
            raise PermissionDenied
        chosen = self._chosen(request)
        back = reverse("admin:oauthbridge_connection_changelist")
        if len(chosen) == 1:
            back = reverse("admin:oauthbridge_connection_change", args=[chosen[0].pk])
        if not any(connection.is_active for connection in chosen):
            self.message_user(request, "There is nothing to end: already over.", messages.WARNING)
            return HttpResponseRedirect(back)
        form = EndForm(request.POST if request.method == "POST" else None)
        if form.is_valid():
            outcome = end_all(chosen, by=request.user, reason=form.cleaned_data["reason"])
            self.message_user(request, str(outcome), messages.WARNING if outcome.waiting else messages.SUCCESS)
            return HttpResponseRedirect(back)
        context = {
            **self.admin_site.each_context(request),
            "title": "End this connection?" if len(chosen) == 1 else f"End these {len(chosen)} connections?",
            "opts": self.opts,
            "chosen": [(one, self.state(one), moment(one.created_at), moment(one.last_used_at)) for one in chosen],
            "form": form,
            "back": back,
        }
        return TemplateResponse(request, "oauthbridge/staff/end.html", context)

    def _chosen(self, request: HttpRequest) -> list[Connection]:
        ids = [number for term in request.GET.getlist("id")[:MOST] if (number := as_uuid(term)) is not None]
        rows = Connection.objects.filter(pk__in=ids).defer("sanctum_token").select_related("user", "application")
        return list(rows.order_by("-created_at"))

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        connection = self.get_object(request, unquote(object_id))
        if not self.has_view_permission(request):
            raise PermissionDenied
        if not isinstance(connection, Connection):
            self.message_user(request, "There is no such connection (any more).", messages.WARNING)
            return HttpResponseRedirect(reverse("admin:oauthbridge_connection_changelist"))
        context = {
            **self.admin_site.each_context(request),
            "title": f"Person {connection.user.main_app_user_id}",
            "opts": self.opts,
            "connection": connection,
            "main_app_url": main_app_link(connection.user.main_app_user_id or 0),
            "badge": self.state(connection),
            "facts": self._facts(connection),
            "may_end": connection.is_active and self.has_end_permission(request),
            "tables": [_labelled(table) for table in self.tables(connection)],
        }
        return TemplateResponse(request, "oauthbridge/staff/connection.html", context)

    def _facts(self, connection: Connection) -> list[tuple[str, Any]]:
        facts: list[tuple[str, Any]] = [
            ("client", connection.application),
            ("client id", connection.application.client_id),
            ("door", connection.application.get_door_display()),
            ("since", exactly(connection.created_at)),
            ("last used", exactly(connection.last_used_at)),
            ("language", connection.language),
            ("id", connection.pk),
        ]
        if connection.is_legacy:
            facts.append(("made by", "a token of the old connector"))
        if connection.is_active:
            facts.append(("ends at the latest", exactly(connection.expires_at)))
            return facts
        facts.append(("ended", exactly(connection.ended_at)))
        facts.append(("why", connection.get_end_reason_display()))
        if connection.ended_by is not None:
            facts.append(("by", connection.ended_by))
        if connection.end_note:
            facts.append(("reason given", connection.end_note))
        waiting = PendingRevocation.objects.filter(pk=connection.pk).first()
        if waiting is None:
            facts.append(("in the main app", "revoked"))
        else:
            facts.append(("in the main app", format_html("waits, next try {}", moment(waiting.next_attempt_at))))
        return facts

    def tables(self, connection: Connection) -> list[dict[str, Any]]:
        """What hangs on this connection, newest first: each a table with a name, heads, rows, and what to say of none."""
        return [
            {
                "name": "Live tokens",
                "heads": ["kind", "made", "expires"],
                "rows": live_tokens(connection),
                "none": "None: its next call will be refused, and the app offers to sign in.",
            },
            {
                "name": "Sign-ins",
                "heads": ["began", "how it ended"],
                "rows": [
                    [
                        format_html(
                            '<a href="{}">{}</a>',
                            reverse("admin:oauthbridge_authorizationrequest_change", args=[sign_in.pk]),
                            moment(sign_in.created_at),
                        ),
                        status_badge(sign_in),
                    ]
                    for sign_in in AuthorizationRequest.objects.filter(connection=connection)
                    .only("status", "created_at", "expires_at")
                    .order_by("-created_at")[:MOST_SHOWN]
                ],
                "none": "None is kept any more.",
            },
        ]


def _labelled(table: dict[str, Any]) -> dict[str, Any]:
    """Each cell with its head, which stands beside it on a phone."""
    return table | {"rows": [list(zip(table["heads"], row, strict=True)) for row in table["rows"]]}


def live_tokens(connection: Connection) -> list[list[Any]]:
    """Kind, made, expires of each; the digests are not read."""
    now = timezone.now()
    kinds: list[tuple[str, QuerySet[Any], bool]] = [
        ("access token", AccessToken.objects.filter(expires__gt=now), True),
        ("refresh token", RefreshToken.objects.filter(expires__gt=now, revoked__isnull=True), True),
        ("authorization code", Grant.objects.filter(expires__gt=now, spent_at__isnull=True), True),
        ("token of the old connector", LegacyToken.objects.filter(expires__gt=now), False),
    ]
    table: list[list[Any]] = []
    for kind, tokens, knows_when_made in kinds if connection.is_active else []:
        columns = ["created", "expires"] if knows_when_made else ["expires"]
        rows = tokens.filter(connection=connection).order_by("-expires").values_list(*columns)[:MOST_SHOWN]
        table += [[kind, moment(row[0]) if knows_when_made else "–", moment(row[-1])] for row in rows]
    return table
