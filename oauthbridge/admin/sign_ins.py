"""Sign-ins: each attempt to connect and how it ended, so that a person who fails to connect can be helped."""

from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join

from oauthbridge import replies
from oauthbridge.admin.clients import DoorFilter
from oauthbridge.admin.reading import ExportMixin, PickFilter, SpanFilter, as_person_id, as_uuid, badge, told
from oauthbridge.admin.times import exactly, moment, span
from oauthbridge.finding import MOST_FOUND, is_reference
from oauthbridge.models import AuthorizationRequest
from oauthbridge.references import under

Status = AuthorizationRequest.Status

# What staff can tell the person, per ending.
ADVICE = {
    Status.PENDING: "They left for the main app and have not come back: still signing in there, or they closed it or pressed Cancel.",
    Status.TAKEN: "It was being finished when something broke off. If it stays like this, look in the log for its time.",
    Status.HELD: "They signed in and have not confirmed on the last page that they mean it. Ask them to write “connect” in Zalo again.",
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
    Status.HELD: "quiet",
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
class AuthorizationRequestAdmin(ExportMixin):
    section = (2, "Sign-ins")
    list_display = ["began", "how", "who", "client", "took", "references"]
    list_filter = ["status", BegunFilter, SpanFilter, DoorFilter, "application"]
    search_fields = ["pk"]
    search_help_text = "Reference, person or sign-in id"
    columns = (
        "id", "status", "application__client_id", "connection__user__main_app_user_id", "connection_id", "created_at",
        "consented_at", "finished_at",
    )  # fmt: skip
    ordering = ["-created_at"]
    fields = [
        "number",
        "how",
        "advice",
        "words",
        "references",
        "page",
        "same_browser",
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
    readonly_fields = [
        "number", "how", "advice", "words", "references", "page", "same_browser", "who", "door", "began_at", "agreed",
        "open_until", "ended",
    ]  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        # What a sign-in keeps secret is not even read for a page.
        rows = super().get_queryset(request).select_related("application", "connection__user")
        return rows.defer("state", "code_challenge", "browser_digest", "code_digest", "connection__sanctum_token")

    def matching(self, queryset: QuerySet[Any], term: str) -> QuerySet[Any]:
        if (person := as_person_id(term)) is not None:
            return queryset.filter(connection__user__main_app_user_id=person)
        if (number := as_uuid(term)) is not None:
            return queryset.filter(pk=number)
        if is_reference(term):
            numbers = under(term).order_by("-created_at").values_list("pk", flat=True)
            return queryset.filter(pk__in=list(numbers[:MOST_FOUND]))
        return queryset.none()

    @admin.display(description="reference")
    def references(self, sign_in: AuthorizationRequest) -> str:
        references = [one for one in (sign_in.reference, sign_in.earlier_reference) if one]
        return format_html_join(" ", '<span class="number">{}</span>', [(one,) for one in references]) or format_html(
            '<span class="none">{}</span>', "–"
        )

    @admin.display(description="page they saw")
    def page(self, sign_in: AuthorizationRequest) -> str:
        return sign_in.problem.replace("_", " ") or "–"

    @admin.display(description="in the same browser")
    def same_browser(self, sign_in: AuthorizationRequest) -> str:
        """What else was tried there: a browser is known for some minutes only, so it is the same person at it."""
        rows = (
            AuthorizationRequest.objects.filter(
                browser_digest__in=AuthorizationRequest.objects.filter(pk=sign_in.pk).values("browser_digest")
            )
            .exclude(pk=sign_in.pk)
            .select_related("connection__user")
            .only("status", "created_at", "expires_at", "connection__user__main_app_user_id")
            .order_by("-created_at")[:MOST_FOUND]
        )
        return format_html_join(
            "", '<a href="{}">{}</a> {} {}<br>',
            [
                (
                    reverse("admin:oauthbridge_authorizationrequest_change", args=[row.pk]),
                    str(row.pk)[:8], status_badge(row), format_html("{} · {}", moment(row.created_at), self.who(row)),
                )
                for row in rows
            ],
        ) or "nothing else"  # fmt: skip

    @admin.display(description="ready to copy")
    def words(self, sign_in: AuthorizationRequest) -> str:
        return told(replies.about_sign_in(sign_in))

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
        number = sign_in.connection.user.main_app_user_id
        return format_html('<a href="{}">person {}</a>', reverse("admin:oauthbridge_person", args=[number]), number)

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
