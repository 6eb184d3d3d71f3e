"""How long rows are kept, and ending what nobody has used for too long (docs/security.md, /privacy say the same)."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from oauthbridge import connections, legacy
from oauthbridge.models import (
    AccessToken,
    Application,
    AuthorizationRequest,
    Connection,
    Grant,
    LegacyCutoff,
    LegacyToken,
    RefreshToken,
    StaffSession,
    User,
)

BATCH = 2000
# Under which `petstools.retention.prune` remembers in the cache that it has come to its end.
LAST_PRUNE = "last-prune"


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
    # As long as a token issued by then could count.
    Kept(
        "cut-offs of the old connector's tokens",
        lambda now: LegacyCutoff.objects.filter(issued_until__lt=now - legacy.LIFETIME if legacy.is_on() else now),
    ),
    Kept("sessions of staff", lambda now: StaffSession.objects.filter(began_at__lt=now - timedelta(hours=8))),
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
    # After the connections, because the last of them is what kept the person's number here.
    # They describe themselves again when somebody comes back with one. A disabled one stays: it says that it is unwanted.
    Kept(
        "unused clients",
        lambda now: Application.objects.exclude(registration_source=Application.RegistrationSource.MANUAL).filter(
            ~Exists(Connection.objects.filter(application=OuterRef("pk"))),
            ~Exists(AuthorizationRequest.objects.filter(application=OuterRef("pk"))),
            created__lt=now - _days(1),
            disabled_at=None,
        ),
    ),
    Kept(
        "people without a connection",
        lambda now: User.objects.filter(main_app_user_id__isnull=False, date_joined__lt=now - _days(1)).filter(
            ~Exists(Connection.objects.filter(user=OuterRef("pk")))
        ),
    ),
)


def abandoned(now: datetime) -> QuerySet[AuthorizationRequest]:
    """Sign-ins that nobody finished in time and that still hold what the client had sent along."""
    pending = AuthorizationRequest.objects.filter(status=AuthorizationRequest.Status.PENDING, expires_at__lt=now)
    return pending.exclude(state="", code_challenge="")


def forget(sign_ins: QuerySet[AuthorizationRequest]) -> int:
    """Blank that; the rows stay for their time. Returns how many."""
    return sign_ins.update(state="", code_challenge="")


def delete_past(kept: Kept, now: datetime) -> Iterator[int]:
    """Delete what is past its time in small transactions; yields how many rows of this kind each one took."""
    # Rows that another run is deleting are its own.
    yield from delete_in_batches(kept.past(now), skip_locked=True)


def delete_in_batches(rows: QuerySet[Any], *, skip_locked: bool = False) -> Iterator[int]:
    """Delete rows in small transactions, locked before what goes with them (`models`); yields how many each one took."""
    model = rows.model
    while True:
        with transaction.atomic():
            locked = rows.select_for_update(skip_locked=skip_locked).order_by("pk")
            ids = list(locked.values_list("pk", flat=True)[:BATCH])
            if not ids:
                return
            _all, per_model = model._default_manager.filter(pk__in=ids).delete()
        yield per_model.get(model._meta.label, 0)


def stale_connections(now: datetime) -> QuerySet[Connection]:
    """Active connections that no token can use any more: past their longest time, or without a living token. A chat's has none:
    it is not used when nobody has written for as long."""
    chats = Q(application__door=Application.Door.ZALO)
    living = RefreshToken.objects.filter(connection=OuterRef("pk"), expires__gt=now, revoked__isnull=True)
    opened = AccessToken.objects.filter(connection=OuterRef("pk"), expires__gt=now)
    # One whose code may still be redeemed has none either.
    unused = (
        Q(is_legacy=False, created_at__lt=_redeemable_since(now)) & ~Q(Exists(living)) & ~Q(Exists(opened)) & ~chats
    )
    silent = chats & Q(last_used_at__lt=now - _days(settings.REFRESH_TOKEN_IDLE_DAYS))
    return Connection.objects.active().filter(Q(expires_at__lt=now) | unused | silent)


def _redeemable_since(now: datetime) -> datetime:
    """A connection made before has a code that has run out; with a few seconds for a redemption under way."""
    return now - timedelta(seconds=settings.AUTHORIZATION_CODE_SECONDS + 5)


def _not_redeemed(now: datetime) -> QuerySet[Connection]:
    """Connections whose code was never redeemed: no token was ever made for them. After a day they count as unused."""
    return (
        stale_connections(now)
        .exclude(application__door=Application.Door.ZALO)
        .filter(
            ~Exists(RefreshToken.objects.filter(connection=OuterRef("pk"))),
            expires_at__gte=now,
            created_at__gte=now - _days(1),
        )
    )


def end_not_redeemed(now: datetime) -> Iterator[int]:
    """End those; yields as `end_stale` does. The main app's token for one is revoked like any other."""
    ids = list(_not_redeemed(now).values_list("pk", flat=True))
    yield from map(int, connections.end_each(ids, Connection.EndReason.NOT_REDEEMED))


def end_stale(now: datetime) -> Iterator[int]:
    """End them; yields 1 for each, 0 for one that ended meanwhile. Their Sanctum tokens are revoked, or wait to be."""
    yield from end_not_redeemed(now)
    stale = stale_connections(now)
    too_old = list(stale.filter(expires_at__lt=now).values_list("pk", flat=True))
    idle = list(stale.filter(expires_at__gte=now).values_list("pk", flat=True))
    for ids, reason in ((too_old, Connection.EndReason.EXPIRED), (idle, Connection.EndReason.IDLE)):
        yield from map(int, connections.end_each(ids, reason))


def last_prune() -> datetime | None:
    """When a prune was last finished; None when the cache does not know (any more)."""
    stored = cache.get(LAST_PRUNE)
    return datetime.fromisoformat(stored) if isinstance(stored, str) else None
