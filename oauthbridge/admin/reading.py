"""What every list and page for staff is made of: read-only, counted within bounds, searched by id."""

import csv
import re
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, ClassVar
from uuid import UUID

import structlog
from django.conf import settings
from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.template.loader import render_to_string
from django.urls import path, reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.safestring import SafeString

from oauthbridge.models import User
from oauthbridge.staff_site import write_log

if TYPE_CHECKING:
    _ModelAdmin = admin.ModelAdmin[Model]
    _Paginator = Paginator[Any]
    _SimpleListFilter = admin.SimpleListFilter
    _ListFilter = admin.ListFilter
else:
    _ModelAdmin = admin.ModelAdmin
    _Paginator = Paginator
    _SimpleListFilter = admin.SimpleListFilter
    _ListFilter = admin.ListFilter

# A list is counted up to here: nobody leafs further, and counting a million rows costs more than showing fifty.
MOST_COUNTED = 5_000
PER_PAGE = 50
LARGEST_ID = 2**63 - 1
# Rows of an export that are read at once, and in all: some 30 MB, which this service holds until the browser has taken them
# (connector.serving). For more there is a span of days.
BATCH, MOST_EXPORTED = 2_000, 150_000

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


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
        context = {"title": str(self.opts.verbose_name).capitalize(), "subtitle": None, "section": self.section[1]}
        return super().change_view(request, object_id, form_url, {**context, **(extra_context or {})})

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        if has_nul(request):
            return HttpResponseRedirect(request.path)
        return super().changelist_view(request, {"title": self.section[1], **(extra_context or {})})


class SearchedAdmin(ReadOnlyAdmin):
    """A list whose search box is answered by few look-ups in an index: Django's own looks through every row."""

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        term = search_term.strip()
        return (self.matching(queryset, term) if term else queryset), False

    def matching(self, queryset: QuerySet[Any], term: str) -> QuerySet[Any]:
        raise NotImplementedError


def has_nul(request: HttpRequest) -> bool:
    """PostgreSQL has no such text, and says so too late for Django to make a filter that finds nothing of it."""
    return "\0" in "".join(value for _name, values in request.GET.lists() for value in values)


def is_shown_filter(filters: Any, lookup: str) -> bool:
    """Whether `lookup` is what one of these list filters puts into an address."""
    if lookup in [getattr(one, "parameter_name", None) for one in filters]:
        return True
    if any(lookup in getattr(one, "parameters", ()) for one in filters):
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


class SpanFilter(_ListFilter):
    """From one day to another, both whole, in the member's time zone."""

    title = "from … to"
    template = "admin/span_filter.html"
    parameters = ("from", "to")
    field: ClassVar[str] = "created_at"

    def __init__(self, request: HttpRequest, params: dict[str, Any], model: Any, model_admin: Any) -> None:
        super().__init__(request, params, model, model_admin)
        for name in self.parameters:
            if name in params:
                value = params.pop(name)
                self.used_parameters[name] = value[-1] if isinstance(value, list) else value

    def expected_parameters(self) -> list[str | None]:
        return list(self.parameters)

    def has_output(self) -> bool:
        return True

    def choices(self, changelist: Any) -> Any:
        others = [(name, value) for name, value in changelist.params.items() if name not in self.parameters]
        yield {"selected": not self.used_parameters, "others": others, **self._days_as_text()}

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        first, last = self._days()
        if first is not None:
            queryset = queryset.filter(**{f"{self.field}__gte": start_of(first)})
        if last is not None:
            queryset = queryset.filter(**{f"{self.field}__lt": start_of(last + timedelta(days=1))})
        return queryset

    def _days(self) -> list[date | None]:
        return [as_day(str(self.used_parameters.get(name, ""))) for name in self.parameters]

    def _days_as_text(self) -> dict[str, str]:
        named = zip(self.parameters, self._days(), strict=True)
        return {f"{name}_day": day.isoformat() if day else "" for name, day in named}


def as_day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    # Beyond, a time zone could not be laid on it.
    return day if 1970 <= day.year <= 9000 else None


def start_of(day: date) -> datetime:
    return datetime.combine(day, time.min, timezone.get_current_timezone())


class ExportMixin(SearchedAdmin):
    """A list as CSV, filters and all, streamed and in the log of staff.

    `columns` are names of the model's own columns or relations: numbers, times and words of ours, never a name or a text.
    """

    columns: ClassVar[tuple[str, ...]]
    time_column: ClassVar[str] = "created_at"
    change_list_template = "oauthbridge/staff/list.html"

    def get_urls(self) -> list[Any]:
        name = f"{self.opts.app_label}_{self.opts.model_name}_export"
        return [path("export/", self.admin_site.admin_view(self.export_view), name=name), *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        address = reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_export")
        query = request.GET.urlencode()
        return super().changelist_view(
            request, {"export": f"{address}?{query}" if query else address, **(extra_context or {})}
        )

    def export_view(self, request: HttpRequest) -> HttpResponseBase:
        """GET: the rows that the list with these filters would show, however many."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        if has_nul(request):
            raise Http404
        try:
            rows = self.get_changelist_instance(request).get_queryset(request)
        except IncorrectLookupParameters:
            raise Http404 from None
        if isinstance(request.user, User):
            write_log(request.user, request.user, f"Exported {self.section[1].lower()}: {_described(request)}")
        day = timezone.localtime().strftime("%Y-%m-%d")
        response = StreamingHttpResponse(self._lines(rows), content_type="text/csv; charset=utf-8")
        response["Content-Disposition"] = f'attachment; filename="{self.opts.model_name}-{day}.csv"'
        response["Cache-Control"] = "no-store"
        return response

    def _lines(self, rows: QuerySet[Any]) -> Iterator[bytes]:
        writer = csv.writer(_Echo())
        yield writer.writerow(self.columns)
        count = 0
        for batch in in_batches(rows, self.time_column, self.columns):
            if count >= MOST_EXPORTED:
                break
            count += len(batch)
            yield b"".join(writer.writerow([_cell(value) for value in row]) for row in batch)
        log.info("exported", what=self.opts.model_name, rows=count)


class _Echo:
    """What csv writes to, handing each line back."""

    def write(self, line: str) -> bytes:
        return line.encode()


def in_batches(rows: QuerySet[Any], column: str, columns: Sequence[str]) -> Iterator[list[tuple[Any, ...]]]:
    """All rows, newest first, each read where the last ended: no cursor is held open while somebody's network is slow."""
    ordered = rows.order_by(f"-{column}", "-pk").values_list(column, "pk", *columns)
    batch = list(ordered[:BATCH])
    while batch:
        yield [row[2:] for row in batch]
        if len(batch) < BATCH:
            return
        when, key = batch[-1][:2]
        # The first half is what an index can be entered by.
        after = ordered.filter(**{f"{column}__lte": when}).exclude(**{column: when, "pk__gte": key})
        batch = list(after[:BATCH])


def _cell(value: Any) -> str:
    if isinstance(value, datetime):
        return timezone.localtime(value).isoformat(timespec="seconds")
    text = "" if value is None else str(value)
    # A spreadsheet would run it.
    return f"'{text}" if text.startswith(("=", "+", "-", "@")) else text


def _described(request: HttpRequest) -> str:
    """The filters in words of the address. What was searched for may be anything, so it is only said that something was."""
    chosen = [f"{name}={value}" if name != "q" else "a search" for name, value in request.GET.items()]
    return ", ".join(chosen)[:200] or "all"


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


def told(texts: Sequence[tuple[str, str, str]]) -> SafeString:
    """What to tell the person, in each language, with a button that copies it."""
    return render_to_string("oauthbridge/staff/tell.html", {"tell": texts})


def badge(text: Any, colour: str) -> SafeString:
    """A word in colour: good, warn, bad or quiet. The colour never says what the word doesn't."""
    return format_html('<span class="badge {}">{}</span>', colour, text)
