"""What staff see of connections, sign-ins and waiting revocations. Nothing is edited by hand and no secret has a column here."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest
from oauth2_provider.models import get_id_token_model

from oauthbridge.models import (
    AccessToken,
    Application,
    AuthorizationRequest,
    Connection,
    Grant,
    PendingRevocation,
    RefreshToken,
    User,
)

# django-oauth-toolkit registers screens that show and edit tokens, codes and clients.
for model in (Application, AccessToken, RefreshToken, Grant, get_id_token_model()):
    if admin.site.is_registered(model):
        admin.site.unregister(model)


if TYPE_CHECKING:
    _ModelAdmin = admin.ModelAdmin[Model]
else:
    _ModelAdmin = admin.ModelAdmin


class ReadOnlyAdmin(_ModelAdmin):
    """To look at, never to change."""

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@admin.register(Connection)
class ConnectionAdmin(ReadOnlyAdmin):
    list_display = ["id", "person_id", "application", "status", "created_at", "last_used_at", "end_reason"]
    list_filter = ["status", "application", "end_reason"]
    list_select_related = ["user", "application"]
    search_fields = ["=user__main_app_user_id"]
    search_help_text = "The person's user id in the main app"
    ordering = ["-created_at"]
    fields = [
        "id", "person_id", "application", "status", "language", "created_at", "last_used_at", "expires_at",
        "ended_at", "end_reason", "end_note", "ended_by",
    ]  # fmt: skip
    readonly_fields = ["id", "person_id"]

    @admin.display(description="main app user", ordering="user__main_app_user_id")
    def person_id(self, connection: Connection) -> int | None:
        return connection.user.main_app_user_id


@admin.register(AuthorizationRequest)
class AuthorizationRequestAdmin(ReadOnlyAdmin):
    list_display = ["id", "application", "status", "created_at", "finished_at", "connection"]
    list_filter = ["status", "application"]
    list_select_related = ["application", "connection"]
    ordering = ["-created_at"]
    fields = [
        "id",
        "application",
        "redirect_uri",
        "scope",
        "status",
        "created_at",
        "expires_at",
        "finished_at",
        "connection",
    ]
    readonly_fields = ["id"]


@admin.register(PendingRevocation)
class PendingRevocationAdmin(ReadOnlyAdmin):
    list_display = ["id", "created_at", "attempts", "next_attempt_at", "last_error"]
    ordering = ["created_at"]
    fields = ["id", "created_at", "attempts", "next_attempt_at", "last_error"]
    readonly_fields = ["id"]


@admin.register(Application)
class ApplicationAdmin(ReadOnlyAdmin):
    list_display = ["client_id", "name", "client_type", "created"]
    fields = ["client_id", "name", "client_type", "redirect_uris", "created", "updated"]


@admin.register(User)
class UserAdmin(ReadOnlyAdmin):
    """Staff are made with `manage.py createsuperuser`; people come from the main app."""

    list_display = ["__str__", "is_staff", "is_active", "date_joined"]
    list_filter = ["is_staff", "is_active"]
    search_fields = ["=main_app_user_id", "username"]
    fields = ["username", "main_app_user_id", "is_staff", "is_superuser", "is_active", "date_joined", "last_login"]
