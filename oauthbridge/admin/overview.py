"""What the first page shows of connections, sign-ins and waiting revocations."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from django.contrib import admin
from django.db.models import Count, Min, Q
from django.urls import reverse
from django.utils import timezone

from oauthbridge.admin.times import moment, span
from oauthbridge.models import AuthorizationRequest, Connection, PendingRevocation
from oauthbridge.staff_site import Card, Panel, StaffSite

SIGN_IN_DAYS = 7
# A revocation that waits longer than this says that the main app does not take them.
LONG_WAIT = timedelta(minutes=10)
Status = AuthorizationRequest.Status


def connection_cards() -> list[Card]:
    day_ago = timezone.now() - timedelta(days=1)
    facts = Connection.objects.aggregate(
        active=Count("pk", filter=Q(status=Connection.Status.ACTIVE)),
        used=Count("pk", filter=Q(status=Connection.Status.ACTIVE, last_used_at__gte=day_ago)),
        begun=Count("pk", filter=Q(created_at__gte=day_ago)),
        ended=Count("pk", filter=Q(ended_at__gte=day_ago)),
    )
    changes = f"{facts['used']:,} used in 24 h · {facts['begun']:,} new · {facts['ended']:,} ended"
    url = reverse("admin:oauthbridge_connection_changelist") + "?status__exact=active"
    return [tile(1, "Active connections", f"{facts['active']:,}", changes, url)]


def tile(place: int, name: str, number: str, note: str, url: str, *, colour: str = "") -> Card:
    """One number, large, with a line below it and a way to the rows behind it."""
    facts = {"name": name, "number": number, "note": note, "url": url, "colour": colour}
    return Card(place, "tile", "oauthbridge/staff/tile.html", facts)


@dataclass(frozen=True)
class Step:
    """One row of the funnel; `share` of those who began, in percent."""

    name: str
    count: int
    share: int
    url: str = ""


def sign_in_cards() -> list[Card]:
    now = timezone.now()
    began = AuthorizationRequest.objects.filter(created_at__gte=now - timedelta(days=SIGN_IN_DAYS))
    by_status = dict(began.values_list("status").annotate(Count("pk")).order_by())
    still_open = began.filter(status=Status.PENDING, expires_at__gt=now).count()
    return [Card(30, "half", "oauthbridge/staff/funnel.html", funnel(by_status, still_open))]


def funnel(by_status: dict[str, int], still_open: int) -> dict[str, Any]:
    """How many began, came back from the main app, were connected; and of the others, what became of them."""
    whole = sum(by_status.values())
    away = by_status.get(Status.PENDING, 0)
    listing = reverse("admin:oauthbridge_authorizationrequest_changelist")

    def step(name: str, count: int, status: str = "") -> Step:
        url = f"{listing}?began={SIGN_IN_DAYS}" + (f"&status__exact={status}" if status else "")
        return Step(name, count, round(100 * count / whole) if whole else 0, url)

    ways = [step("began", whole), step("came back from the main app", whole - away)]
    ways.append(step("connected", by_status.get(Status.CONNECTED, 0), Status.CONNECTED))
    losses = [
        step(str(Status(status).label), count, status)
        for status, count in sorted(by_status.items(), key=lambda item: -item[1])
        if status not in (Status.CONNECTED, Status.PENDING)
    ]
    never = step("never came back (closed it, or pressed Cancel)", away - still_open, Status.PENDING)
    if never.count:
        losses.insert(0, never)
    return {"days": SIGN_IN_DAYS, "steps": ways, "losses": losses, "still_open": still_open, "whole": whole}


def revocation_cards() -> list[Card]:
    now = timezone.now()
    facts = PendingRevocation.objects.aggregate(
        waiting=Count("pk"), due=Count("pk", filter=Q(next_attempt_at__lte=now)), oldest=Min("created_at")
    )
    troubles = PendingRevocation.objects.values_list("last_error").annotate(count=Count("pk")).order_by("-count")[:5]
    oldest: datetime | None = facts["oldest"]
    url = reverse("admin:oauthbridge_pendingrevocation_changelist")
    late = oldest is not None and now - oldest > LONG_WAIT
    note = f"the oldest for {span(now - oldest)}" if oldest else "the main app knows of every ending"
    facts = {
        **facts,
        "since": moment(oldest),
        "troubles": [(name or "not tried yet", count) for name, count in troubles],
        "late": late,
        "url": url,
    }
    return [
        tile(4, "Waiting revocations", f"{facts['waiting']:,}", note, url, colour="bad" if late else ""),
        Card(31, "half", "oauthbridge/staff/revocations.html", facts),
    ]


cast(StaffSite, admin.site).panels += [
    Panel("oauthbridge.view_connection", connection_cards),
    Panel("oauthbridge.view_authorizationrequest", sign_in_cards),
    Panel("oauthbridge.view_pendingrevocation", revocation_cards),
]
