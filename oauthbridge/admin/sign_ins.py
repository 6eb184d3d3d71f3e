"""Sign-ins: each attempt to connect and how it ended, so that a person who fails to connect can be helped."""

from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html

from oauthbridge.admin.clients import DoorFilter
from oauthbridge.admin.reading import PickFilter, ReadOnlyAdmin, as_person_id, as_uuid, badge
from oauthbridge.admin.times import exactly, moment, span
from oauthbridge.models import AuthorizationRequest

Status = AuthorizationRequest.Status

# What staff can tell the person, per ending.
ADVICE = {
    Status.PENDING: "They left for the main app and have not come back: still signing in there, or they closed it or pressed Cancel.",
    Status.TAKEN: "It was being finished when something broke off. If it stays like this, look in the log for its time.",
    Status.CONNECTED: "Nothing to do: this made a connection.",
    Status.EXPIRED: "They took longer than a sign-in stays open. Ask them to start again from their app and finish without a break.",
    Status.WRONG_BROWSER: "It began in one browser or app and ended in another, or cookies are blocked. Ask them to open the app "
    "in the browser in which they sign in to Meo Mai Moi, with cookies allowed.",
    Status.CODE_REUSED: "An old link was opened again. Ask them to start again from their app.",
    Status.REFUSED: "The main app did not confirm: its code had run out or was used. Ask them to start again from their app.",
    Status.MAIN_APP_AWAY: "The main app did not answer in time. Ask them to try again in a few minutes.",
    Status.CLIENT_CHANGED: "The client's settings were changed in between. Ask them to start again from their app.",
    Status.DECLINED: "They pressed Cancel on our page. Nothing to do, unless they say that they did not.",
}
_COLOURS = {
    Status.CONNECTED: "good",
    Status.PENDING: "quiet",
    Status.TAKEN: "quiet",
    Status.EXPIRED: "warn",
    Status.DECLINED: "quiet",
}


def status_badge(sign_in: AuthorizationRequest) -> str:
    if sign_in.status == Status.PENDING and sign_in.is_expired:
        return badge("never came back", "warn")
    return badge(sign_in.get_status_display(), _COLOURS.get(Status(sign_in.status), "bad"))


class BegunFilter(PickFilter):
    title = "began"
    parameter_name = "began"
    choices_shown = (("1", "last 24 hours"), ("7", "last 7 days"), ("30", "last 30 days"))

    def chosen(self, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        return queryset.filter(created_at__gte=timezone.now() - timedelta(days=int(value)))


@admin.register(AuthorizationRequest)
class AuthorizationRequestAdmin(ReadOnlyAdmin):
    section = (2, "Sign-ins")
    list_display = ["began", "how", "who", "client", "took"]
    list_filter = ["status", BegunFilter, DoorFilter, "application"]
    search_fields = ["pk"]
    search_help_text = "A person's id in the main app, or the id of a sign-in (the main app calls it session_id)"
    ordering = ["-created_at"]
    fields = [
        "number",
        "how",
        "advice",
        "who",
        "application",
        "door",
        "redirect_uri",
        "scope",
        "resource",
        "began_at",
        "agreed",
        "open_until",
        "ended",
    ]
    readonly_fields = ["number", "how", "advice", "who", "door", "began_at", "agreed", "open_until", "ended"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        # What a sign-in keeps secret is not even read for a page.
        rows = super().get_queryset(request).select_related("application", "connection__user")
        return rows.defer("state", "code_challenge", "browser_digest", "code_digest", "connection__sanctum_token")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        term = search_term.strip()
        if not term:
            return queryset, False
        if (person := as_person_id(term)) is not None:
            return queryset.filter(connection__user__main_app_user_id=person), False
        if (number := as_uuid(term)) is not None:
            return queryset.filter(pk=number), False
        return queryset.none(), False

    @admin.display(description="began", ordering="created_at")
    def began(self, sign_in: AuthorizationRequest) -> str:
        return moment(sign_in.created_at)

    @admin.display(description="how it ended", ordering="status")
    def how(self, sign_in: AuthorizationRequest) -> str:
        return status_badge(sign_in)

    @admin.display(description="person")
    def who(self, sign_in: AuthorizationRequest) -> str:
        if sign_in.connection is None:
            return "not known"
        url = reverse("admin:oauthbridge_connection_change", args=[sign_in.connection.pk])
        return format_html('<a href="{}">person {}</a>', url, sign_in.connection.user.main_app_user_id)

    @admin.display(description="client", ordering="application")
    def client(self, sign_in: AuthorizationRequest) -> str:
        return format_html('{}<br><span class="quiet">{}</span>', sign_in.client or "–", self.door(sign_in))

    @admin.display(description="door")
    def door(self, sign_in: AuthorizationRequest) -> str:
        return str(sign_in.client.get_door_display()) if sign_in.client is not None else "–"

    @admin.display(description="took")
    def took(self, sign_in: AuthorizationRequest) -> str:
        return span(sign_in.finished_at - sign_in.created_at) if sign_in.finished_at else "–"

    @admin.display(description="id")
    def number(self, sign_in: AuthorizationRequest) -> str:
        return str(sign_in.pk)

    @admin.display(description="what to tell them")
    def advice(self, sign_in: AuthorizationRequest) -> str:
        return ADVICE[Status(sign_in.status)]

    @admin.display(description="began")
    def began_at(self, sign_in: AuthorizationRequest) -> str:
        return exactly(sign_in.created_at)

    @admin.display(description="agreed on our page")
    def agreed(self, sign_in: AuthorizationRequest) -> str:
        return exactly(sign_in.consented_at) if sign_in.consented_at else "–"

    @admin.display(description="open until")
    def open_until(self, sign_in: AuthorizationRequest) -> str:
        return exactly(sign_in.expires_at)

    @admin.display(description="ended")
    def ended(self, sign_in: AuthorizationRequest) -> str:
        return exactly(sign_in.finished_at)
