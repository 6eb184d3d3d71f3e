"""All that is known of one person, in one order: sign-ins, connections and their endings, staff's notes; `petstools` adds the calls."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.html import format_html

from oauthbridge.admin.reading import badge
from oauthbridge.admin.sign_ins import status_badge
from oauthbridge.models import AuthorizationRequest, Connection, User
from oauthbridge.replies import Reply

# So many on a page; older ones are a click away.
PER_PAGE = 60
# Of one person; more than that nobody reads, and each costs a question about its calls.
MOST_CONNECTIONS = 25
NOTE = "Note: "
Status = Connection.Status


@dataclass(frozen=True)
class Event:
    """One line: when, which kind (a name of `KINDS`), what in a word, and the details."""

    at: datetime
    kind: str
    what: Any
    detail: Any = ""
    # What to tell the person if this was the last that happened.
    reply: Reply | AuthorizationRequest | None = field(default=None, compare=False)


@dataclass(frozen=True)
class Whose:
    """The person, their newest connections, and until which moment to look."""

    person: User
    connections: Sequence[Connection]
    until: datetime
    since: datetime | None = None

    @property
    def ids(self) -> list[UUID]:
        return [one.pk for one in self.connections]

    def within(self, rows: QuerySet[Any], column: str) -> QuerySet[Any]:
        """The newest of these rows in the span, and one more to know of."""
        rows = rows.filter(**{f"{column}__lt": self.until})
        if self.since is not None:
            rows = rows.filter(**{f"{column}__gte": self.since})
        return rows.order_by(f"-{column}")[: PER_PAGE + 1]


Source = Callable[[Whose], Iterable[Event]]


def connections(whose: Whose) -> Iterable[Event]:
    for row in whose.connections:
        link = format_html(
            'connection <a class="number" href="{}">{}</a>',
            reverse("admin:oauthbridge_connection_change", args=[row.pk]),
            str(row.pk)[:8],
        )
        about = format_html("{} · {}", row.application, link)
        yield Event(row.created_at, "connections", badge("connected", "good"), about, Reply.WORKS)
        if row.ended_at is not None:
            why = row.get_end_reason_display()
            by = f" ({row.ended_by})" if row.ended_by is not None else ""
            note = f": {row.end_note}" if row.end_note else ""
            colour = "bad" if row.status == Status.BROKEN else "quiet"
            text = format_html("{}{}{} · {}", why, by, note, about)
            yield Event(row.ended_at, "connections", badge(row.get_status_display(), colour), text, Reply.CONNECT_AGAIN)


def sign_ins(whose: Whose) -> Iterable[Event]:
    """Their own, and those that came to nothing in a browser in which one of theirs did not."""
    columns = (
        "status",
        "created_at",
        "expires_at",
        "application",
        "client_copy",
        "connection",
        "redirect_uri",
        "reference",
    )
    rows = AuthorizationRequest.objects.select_related("application")
    rows = rows.only(
        *columns, *(f"application__{name}" for name in ("client_id", "name", "door", "registration_source"))
    )
    own = list(whose.within(rows.filter(connection__in=whose.ids), "created_at"))
    # Within the database: a browser's digest is not even read for a page.
    browsers = AuthorizationRequest.objects.filter(connection__in=whose.ids).exclude(browser_digest="")
    beside = whose.within(
        rows.filter(browser_digest__in=browsers.values("browser_digest"), connection=None), "created_at"
    )
    for row in [*own, *beside]:
        detail = format_html(
            '{}{}{} · sign-in <a class="number" href="{}">{}</a>',
            row.client or "their connected apps",
            "" if row.connection_id else " · in the same browser",
            f" · reference {row.reference}" if row.reference else "",
            reverse("admin:oauthbridge_authorizationrequest_change", args=[row.pk]),
            str(row.pk)[:8],
        )
        yield Event(row.created_at, "sign-ins", status_badge(row), detail, row)


def notes(whose: Whose) -> Iterable[Event]:
    """What staff did and wrote; that they ended a connection stands with the connection."""
    of = ContentType.objects.get_for_models(User, Connection)
    entries = LogEntry.objects.select_related("user").filter(
        content_type__in=of.values(), object_id__in=[str(whose.person.pk), *map(str, whose.ids)]
    )
    keys = {(of[User].pk, str(whose.person.pk)), *((of[Connection].pk, str(number)) for number in whose.ids)}
    for entry in whose.within(entries.exclude(change_message__startswith="Ended: "), "action_time"):
        if (entry.content_type_id, entry.object_id) in keys:
            text = entry.get_change_message()
            yield Event(entry.action_time, "notes", badge("note", "warn"), f"{text.removeprefix(NOTE)} · {entry.user}")


SOURCES: dict[str, Source] = {"sign-ins": sign_ins, "connections": connections, "notes": notes}


def newest(whose: Whose, sources: Iterable[Source]) -> tuple[list[Event], bool]:
    """The newest events of the span, and whether there are more."""
    events = [
        event
        for source in sources
        for event in source(whose)
        if event.at < whose.until and (whose.since is None or event.at >= whose.since)
    ]
    events.sort(key=lambda event: event.at, reverse=True)
    return events[:PER_PAGE], len(events) > PER_PAGE
