"""Waiting revocations: main app tokens of ended connections that the main app has not been told about yet."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html

from oauthbridge.admin.reading import ReadOnlyAdmin
from oauthbridge.admin.times import exactly, moment
from oauthbridge.models import Connection, PendingRevocation


@admin.register(PendingRevocation)
class PendingRevocationAdmin(ReadOnlyAdmin):
    section = (4, "Waiting revocations")
    list_display = ["since", "attempts", "next_attempt", "trouble"]
    ordering = ["created_at"]
    fields = ["number", "since_when", "attempts", "next_time", "trouble", "came_from"]
    readonly_fields = ["number", "since_when", "next_time", "trouble", "came_from"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).defer("sanctum_token")

    @admin.display(description="waits since", ordering="created_at")
    def since(self, revocation: PendingRevocation) -> str:
        return moment(revocation.created_at)

    @admin.display(description="next attempt", ordering="next_attempt_at")
    def next_attempt(self, revocation: PendingRevocation) -> str:
        return moment(revocation.next_attempt_at)

    @admin.display(description="last error")
    def trouble(self, revocation: PendingRevocation) -> str:
        return revocation.last_error or "not tried yet"

    @admin.display(description="id")
    def number(self, revocation: PendingRevocation) -> str:
        return str(revocation.pk)

    @admin.display(description="waits since")
    def since_when(self, revocation: PendingRevocation) -> str:
        return exactly(revocation.created_at)

    @admin.display(description="next attempt")
    def next_time(self, revocation: PendingRevocation) -> str:
        return exactly(revocation.next_attempt_at)

    @admin.display(description="connection")
    def came_from(self, revocation: PendingRevocation) -> str:
        """It has its connection's id, unless its token came from a sign-in that made none."""
        if not Connection.objects.filter(pk=revocation.pk).exists():
            return "none: the token came from a sign-in that came to nothing"
        url = reverse("admin:oauthbridge_connection_change", args=[revocation.pk])
        return format_html('<a href="{}">the connection it belonged to</a>', url)
