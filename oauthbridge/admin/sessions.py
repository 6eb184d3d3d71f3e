"""Who of the staff is signed in, from where; administrators end sessions here."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from oauthbridge.admin.reading import ReadOnlyAdmin, badge
from oauthbridge.admin.staff import factor_badge
from oauthbridge.admin.times import moment
from oauthbridge.models import StaffSession, User
from oauthbridge.staff_site import write_log


@admin.register(StaffSession)
class StaffSessionAdmin(ReadOnlyAdmin):
    section = (7, "Sessions")
    list_display = ["who", "since", "seen", "address", "factor"]
    list_display_links = None
    list_select_related = ["user__second_factor"]
    ordering = ["-seen_at"]
    actions = ["end_chosen"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return StaffSession.objects.alive()

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.is_active and request.user.is_superuser)

    def has_end_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    @admin.action(description="End these sessions", permissions=["end"])
    def end_chosen(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        ended = list(queryset.select_related("user"))
        queryset.delete()
        for session in ended:
            if isinstance(request.user, User):
                write_log(request.user, session.user, "Ended a session of theirs.")
        self.message_user(request, f"Ended: {len(ended)}.", messages.SUCCESS)

    @admin.display(description="who", ordering="user__username")
    def who(self, session: StaffSession) -> str:
        return str(session.user)

    @admin.display(description="since", ordering="began_at")
    def since(self, session: StaffSession) -> str:
        return moment(session.began_at)

    @admin.display(description="last seen", ordering="seen_at")
    def seen(self, session: StaffSession) -> str:
        return moment(session.seen_at)

    @admin.display(description="second factor")
    def factor(self, session: StaffSession) -> str:
        # Where none is required, a session of somebody without one is verified all the same.
        return factor_badge(session.user) if session.is_verified else badge("not yet", "warn")
