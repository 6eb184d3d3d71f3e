"""How long rows are kept, and ending what nobody has used for too long (docs/security.md, /privacy say the same)."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from oauthbridge import connections
from oauthbridge.models import AccessToken, AuthorizationRequest, Connection, Grant, LegacyToken, RefreshToken

BATCH = 2000


@dataclass(frozen=True)
class Kept:
    """One kind of row: what it is called, and which rows have been kept long enough at a moment."""

    name: str
    past: Callable[[datetime], QuerySet[Any]]


def _days(count: int) -> timedelta:
    return timedelta(days=count)


KEPT = (
    Kept("access tokens", lambda now: AccessToken.objects.filter(expires__lt=now)),
    # A spent refresh token is kept as long as it would have lived: that is how its reuse is known as one.
    Kept("refresh tokens", lambda now: RefreshToken.objects.filter(expires__lt=now)),
    Kept("authorization codes", lambda now: Grant.objects.filter(expires__lt=now - timedelta(hours=1))),
    Kept("tokens of the old connector", lambda now: LegacyToken.objects.filter(expires__lt=now)),
    Kept(
        "sign-ins",
        lambda now: AuthorizationRequest.objects.filter(created_at__lt=now - _days(settings.SIGN_IN_RETENTION_DAYS)),
    ),
    Kept(
        "ended connections",
        lambda now: Connection.objects.exclude(status=Connection.Status.ACTIVE).filter(
            ended_at__lt=now - _days(settings.CONNECTION_RETENTION_DAYS)
        ),
    ),
)


def delete_past(kept: Kept, now: datetime) -> Iterator[int]:
    """Delete what is past its time in small transactions; yields how many each one took."""
    while True:
        ids = list(kept.past(now).order_by("pk").values_list("pk", flat=True)[:BATCH])
        if not ids:
            return
        deleted, _per_model = kept.past(now).model._default_manager.filter(pk__in=ids).delete()
        yield min(deleted, len(ids)) if deleted else len(ids)


def stale_connections(now: datetime | None = None) -> QuerySet[Connection]:
    """Active connections that no token can use any more: past their greatest age, or without a living refresh token."""
    moment = now or timezone.now()
    living = RefreshToken.objects.filter(connection=OuterRef("pk"), expires__gt=moment, revoked__isnull=True)
    opened = AccessToken.objects.filter(connection=OuterRef("pk"), expires__gt=moment)
    # A code that was never exchanged leaves a connection without any token; it has a day.
    unused = Q(is_legacy=False, created_at__lt=moment - timedelta(days=1)) & ~Q(Exists(living)) & ~Q(Exists(opened))
    return Connection.objects.active().filter(Q(expires_at__lt=moment) | unused)


def end_stale(connection: Connection, now: datetime) -> bool:
    """End one of them: its Sanctum token is revoked upstream, or waits to be."""
    reason = Connection.EndReason.EXPIRED if connection.expires_at < now else Connection.EndReason.IDLE
    return connections.end(connection.pk, reason)
