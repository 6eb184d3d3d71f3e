"""Staff themselves, and the log of what they did. People of the main app are no staff and are not listed here."""

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.contrib.auth.models import Group
from django.db.models import QuerySet
from django.forms import CheckboxSelectMultiple
from django.http import HttpRequest

from oauthbridge.admin.reading import ReadOnlyAdmin, badge, is_shown_filter
from oauthbridge.admin.times import exactly, moment
from oauthbridge.models import SecondFactor, StaffSession, User
from oauthbridge.staff_site import write_log

# Roles come from a migration; what a role may do is not for anybody's hand.
if admin.site.is_registered(Group):
    admin.site.unregister(Group)

if TYPE_CHECKING:
    _UserAdmin = UserAdmin[User]
    _UserChangeForm = UserChangeForm[User]
    _AdminUserCreationForm = AdminUserCreationForm[User]
else:
    _UserAdmin = UserAdmin
    _UserChangeForm = UserChangeForm
    _AdminUserCreationForm = AdminUserCreationForm


class StaffChangeForm(_UserChangeForm):
    # Django shows the beginnings of salt and digest here.
    password = None  # type: ignore[assignment]

    class Meta:
        model = User
        fields = ["username", "is_active", "is_superuser", "groups"]


class StaffCreationForm(_AdminUserCreationForm):
    # Every member of staff signs in with a password: there is no other way in.
    usable_password = None  # type: ignore[assignment]

    class Meta:
        model = User
        fields = ["username"]


def factor_badge(member: User) -> str:
    factor = getattr(member, "second_factor", None)
    return badge("yes", "good") if factor is not None and factor.confirmed_at else badge("none", "warn")


@admin.register(User)
class StaffAdmin(_UserAdmin):
    """Superusers make staff, give roles, set passwords and shut out; nobody deletes staff: the log would go with them."""

    section = (6, "Staff")
    form = StaffChangeForm
    add_form = StaffCreationForm
    change_form_template = "oauthbridge/staff/member.html"
    list_display = ["username", "role", "able", "factor", "last_seen"]
    list_select_related = ["second_factor"]
    actions = ["take_factor_away"]
    list_filter = ["is_active", "groups"]
    search_fields = ["username"]
    ordering = ["username"]
    filter_horizontal: ClassVar[Any] = ()
    show_facets = admin.ShowFacets.NEVER
    fieldsets: ClassVar[Any] = [
        (None, {"fields": ["username", "groups", "is_superuser", "is_active"]}),
        ("Seen", {"fields": ["last_login_at", "since"]}),
    ]
    add_fieldsets: Any = [(None, {"fields": ["username", "password1", "password2", "groups"]})]
    readonly_fields = ["last_login_at", "since"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        return super().get_queryset(request).filter(username__isnull=False).defer("password").prefetch_related("groups")

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        return is_shown_filter(self.list_filter, lookup)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return _is_superuser(request)

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return _is_superuser(request)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return False

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        return super().changelist_view(request, {"title": self.section[1], **(extra_context or {})})

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        obj.is_staff = True
        super().save_model(request, obj, form, change)

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name != "groups":
            return super().formfield_for_manytomany(db_field, request, **kwargs)
        roles = "Support sees and ends connections. Auditor sees everything, the log too, and changes nothing."
        return db_field.formfield(
            queryset=Group.objects.order_by("-name"), widget=CheckboxSelectMultiple, label="Role", help_text=roles
        )

    @admin.display(description="role")
    def role(self, member: User) -> str:
        if member.is_superuser:
            return badge("Superuser", "warn")
        names = ", ".join(sorted(group.name for group in member.groups.all()))
        return badge(names, "quiet") if names else "none: sees nothing"

    @admin.display(description="may sign in", ordering="is_active")
    def able(self, member: User) -> str:
        return badge("yes", "good") if member.is_active else badge("no", "bad")

    @admin.display(description="second factor")
    def factor(self, member: User) -> str:
        return factor_badge(member)

    @admin.action(description="Take away the second factor (lost phone)", permissions=["change"])
    def take_factor_away(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        for member in queryset:
            SecondFactor.objects.filter(user=member).delete()
            StaffSession.objects.filter(user=member).delete()
            if isinstance(request.user, User):
                write_log(request.user, member, "Took their second factor away.")

    @admin.display(description="last signed in", ordering="last_login")
    def last_seen(self, member: User) -> str:
        return moment(member.last_login)

    @admin.display(description="last signed in")
    def last_login_at(self, member: User) -> str:
        return exactly(member.last_login)

    @admin.display(description="made")
    def since(self, member: User) -> str:
        return exactly(member.date_joined)


def _is_superuser(request: HttpRequest) -> bool:
    return bool(request.user.is_active and request.user.is_superuser)


@admin.register(LogEntry)
class LogEntryAdmin(ReadOnlyAdmin):
    section = (8, "Log")
    list_display = ["when", "who", "what", "about"]
    list_select_related = ["user", "content_type"]
    search_fields = ["user__username", "=object_id"]
    search_help_text = "Staff name or connection id"
    ordering = ["-action_time"]
    fields = ["at", "who", "what", "about"]
    readonly_fields = ["at", "who", "what", "about"]

    @admin.display(description="when", ordering="action_time")
    def when(self, entry: LogEntry) -> str:
        return moment(entry.action_time)

    @admin.display(description="when")
    def at(self, entry: LogEntry) -> str:
        return exactly(entry.action_time)

    @admin.display(description="who", ordering="user__username")
    def who(self, entry: LogEntry) -> str:
        return str(entry.user)

    @admin.display(description="what")
    def what(self, entry: LogEntry) -> str:
        return entry.get_change_message() or str(entry.get_action_flag_display())

    @admin.display(description="about")
    def about(self, entry: LogEntry) -> str:
        return f"{entry.content_type.name if entry.content_type else ''} {entry.object_repr}".strip()
