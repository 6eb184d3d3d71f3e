"""What every list and page for staff is made of: read-only, counted within bounds, searched by id."""

import re
from typing import TYPE_CHECKING, Any, ClassVar
from uuid import UUID

from django.conf import settings
from django.contrib import admin
from django.core.paginator import Paginator
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.safestring import SafeString

if TYPE_CHECKING:
    _ModelAdmin = admin.ModelAdmin[Model]
    _Paginator = Paginator[Any]
    _SimpleListFilter = admin.SimpleListFilter
else:
    _ModelAdmin = admin.ModelAdmin
    _Paginator = Paginator
    _SimpleListFilter = admin.SimpleListFilter

# A list is counted up to here: nobody leafs further, and counting a million rows costs more than showing fifty.
MOST_COUNTED = 5_000
PER_PAGE = 50
LARGEST_ID = 2**63 - 1


class BoundedPaginator(_Paginator):
    """Counts at most `MOST_COUNTED` rows."""

    @cached_property
    def count(self) -> int:
        rows: Any = self.object_list
        return int(rows.order_by()[:MOST_COUNTED].count())


class ReadOnlyAdmin(_ModelAdmin):
    """To look at, never to change. `section` is the place and the name of its link."""

    section: ClassVar[tuple[int, str]]
    change_form_template = "oauthbridge/staff/row.html"
    paginator = BoundedPaginator
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    list_per_page = PER_PAGE
    # "Show all" would be a page of 5,000 rows.
    list_max_show_all = 0

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Only what a filter shown here asks. Django lets any column be asked for in the address: `?client_secret__startswith=`
        would answer letter by letter what no page shows."""
        return is_shown_filter(self.list_filter, lookup)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        told = {"title": str(self.opts.verbose_name).capitalize(), "subtitle": None, "section": self.section[1]}
        return super().change_view(request, object_id, form_url, {**told, **(extra_context or {})})

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        if "\0" in "".join(value for _name, values in request.GET.lists() for value in values):
            # PostgreSQL has no such text, and says so too late for Django to make a filter that finds nothing of it.
            return HttpResponseRedirect(request.path)
        return super().changelist_view(request, {"title": self.section[1], **(extra_context or {})})


def is_shown_filter(filters: Any, lookup: str) -> bool:
    """Whether `lookup` is what one of these list filters puts into an address."""
    if lookup in [getattr(one, "parameter_name", None) for one in filters]:
        return True
    field, _two, rest = lookup.partition("__")
    return field in filters and rest in ("exact", "id__exact", "isnull")


class PickFilter(_SimpleListFilter):
    """A filter whose choices are written down: the table is never asked which values it holds."""

    choices_shown: ClassVar[tuple[tuple[str, str], ...]]

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        return self.choices_shown

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any] | None:
        value = self.value()
        # An address that somebody typed: an unknown choice is no choice.
        if value is None or value not in dict(self.choices_shown):
            return None
        return self.chosen(queryset, value)

    def chosen(self, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        raise NotImplementedError


def as_person_id(term: str) -> int | None:
    """A person's id in the main app, or None where the term can't be one."""
    if not re.fullmatch(r"[0-9]{1,19}", term):
        return None
    value = int(term)
    return value if value <= LARGEST_ID else None


def as_uuid(term: str) -> UUID | None:
    try:
        return UUID(term)
    except ValueError:
        return None


def main_app_link(main_app_user_id: int) -> str:
    """Where staff find this person in the main app."""
    return str(settings.MAIN_APP_USER_URL).replace("{id}", str(main_app_user_id))


def badge(text: Any, colour: str) -> SafeString:
    """A word in colour: good, warn, bad or quiet. The colour never says what the word doesn't."""
    return format_html('<span class="badge {}">{}</span>', colour, text)
