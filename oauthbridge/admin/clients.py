"""The clients as staff see them; made and changed with `manage.py gpt_client` and `mcp_client`."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.html import format_html
from oauth2_provider.models import get_id_token_model

from oauthbridge.admin.reading import PickFilter, ReadOnlyAdmin, badge
from oauthbridge.admin.times import exactly, moment
from oauthbridge.models import AccessToken, Application, Grant, RefreshToken

# django-oauth-toolkit registers screens that show and edit tokens, codes and clients.
for model in (Application, AccessToken, RefreshToken, Grant, get_id_token_model()):
    if admin.site.is_registered(model):
        admin.site.unregister(model)


class DoorFilter(PickFilter):
    """For rows that hang on a client."""

    title = "door"
    parameter_name = "door"
    choices_shown = tuple((value, str(label)) for value, label in Application.Door.choices)

    def chosen(self, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        return queryset.filter(application__door=value)


@admin.register(Application)
class ApplicationAdmin(ReadOnlyAdmin):
    section = (5, "Clients")
    list_display = ["client_id", "name", "door", "client_type", "described_by", "since", "usable"]
    list_filter = ["door", "client_type"]
    search_fields = ["client_id", "name"]
    search_help_text = "Client id or name"
    ordering = ["client_id"]
    fields = [
        "client_id",
        "name",
        "door",
        "client_type",
        "described_by",
        "document",
        "usable",
        "where_to",
        "made",
        "changed",
    ]
    readonly_fields = ["described_by", "document", "usable", "where_to", "made", "changed"]

    @admin.display(description="since", ordering="created")
    def since(self, client: Any) -> str:
        return moment(client.created)

    @admin.display(description="described by")
    def described_by(self, client: Any) -> str:
        return "itself, at its address" if client.has_document else "hand"

    @admin.display(description="its document")
    def document(self, client: Any) -> str:
        """Read again when a sign-in begins with it being stale, so a stale one alone is no trouble."""
        if not client.has_document or client.cimd_expires_at is None:
            return "–"
        if client.document_fails:
            return format_html(
                "{} {}: {}. What was read before serves sign-ins until {}",
                badge("not read", "bad"),
                moment(client.document_failed_at),
                client.document_problem,
                exactly(client.begins_until),
            )
        if client.cimd_expires_at <= timezone.now():
            return format_html(
                "stale since {}: read again when the next sign-in begins", exactly(client.cimd_expires_at)
            )
        return format_html("counts until {}", exactly(client.cimd_expires_at))

    @admin.display(description="usable", ordering="disabled_at")
    def usable(self, client: Any) -> str:
        if client.disabled_at is None and client.document_fails:
            over = client.begins_until < timezone.now()
            return badge("no new sign-ins", "bad") if over else badge("document not read", "warn")
        return (
            badge("yes", "good")
            if client.disabled_at is None
            else format_html("disabled {}", moment(client.disabled_at))
        )

    @admin.display(description="redirect URIs")
    def where_to(self, client: Any) -> str:
        return "\n".join(client.redirect_uris.split())

    @admin.display(description="made")
    def made(self, client: Any) -> str:
        return exactly(client.created)

    @admin.display(description="last changed")
    def changed(self, client: Any) -> str:
        return exactly(client.updated)
