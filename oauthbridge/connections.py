"""Making and ending connections: the only two ways a `Connection` changes, each one transaction under the row's lock."""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from uuid import UUID

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from mainapp.secret import Secret
from oauthbridge import legacy, revocation
from oauthbridge.compiled_queries import CompiledQuery
from oauthbridge.models import AccessToken, Application, Connection, Grant, PendingRevocation, RefreshToken, User

_PERSON = CompiledQuery(User.objects.select_for_update(no_key=True), "main_app_user_id")
_PERSON_BY_ID = CompiledQuery(User.objects.select_for_update(no_key=True), "id")
# Those whose code was redeemed: one that waits for it is another sign-in under way, and takes nobody's place yet.
_NEWEST_FIRST = CompiledQuery(
    Connection.objects.active()
    .filter(Q(is_legacy=True) | Q(Exists(RefreshToken.objects.filter(connection=OuterRef("pk")))))
    .only("id")
    .order_by("-created_at", "-id"),
    "user",
    "application",
)
_LOCKED_ACTIVE = CompiledQuery(Connection.objects.select_for_update(no_key=True).active(), "id")

# Somebody wants this person's app to have no access any more, whichever of its tokens it shows.
ON_PURPOSE = (
    Connection.EndReason.STAFF,
    Connection.EndReason.OPS,
    Connection.EndReason.CLIENT_REVOKED,
    Connection.EndReason.PERSON,
)

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


def connect(
    main_app_user_id: int,
    application: Application,
    token: Secret,
    *,
    language: str,
    withholds_deletion: bool = False,
) -> Connection:
    """Store a new consent, inside the caller's transaction. Older ones end when its code is redeemed (`end_older`)."""
    user = _locked_person(main_app_user_id)
    connection = Connection(
        user=user,
        application=application,
        language=language,
        withholds_deletion=withholds_deletion,
        expires_at=timezone.now() + timedelta(days=settings.CONNECTION_MAX_DAYS),
    )
    connection.seal_token(token)
    connection.save(force_insert=True)
    log.info("connected", user_id=main_app_user_id, connection=str(connection.pk), client=application.client_id)
    return connection


def lock_person(user_id: int) -> User | None:
    """The person, locked before their connections: of two redemptions at one moment the second sees what the first has made. None who
    was forgotten meanwhile."""
    return _PERSON_BY_ID.first(user_id)


def end_older(person: User, connection: Connection, application: Application) -> None:
    """End the person's oldest connections with this client beyond the allowed number: this one's code is being redeemed.

    All installs of an app share one public client of the MCP door, so that there are several machines behind it; any other
    client is one service. Inside the caller's transaction, which holds both (`lock_person`); an ended one's Sanctum token is revoked
    after the commit.
    """
    several = application.is_mcp and application.is_public
    allowed = settings.MCP_CONNECTIONS_PER_CLIENT if several else settings.CONNECTIONS_PER_CLIENT
    older = [one.pk for one in _NEWEST_FIRST.all(person.pk, application.pk) if one.pk != connection.pk]
    for connection_id in older[allowed - 1 :]:
        end(connection_id, Connection.EndReason.REPLACED)
    if legacy.is_on() and application.client_id == settings.OAUTH_CLIENT_ID and person.main_app_user_id is not None:
        legacy.refuse_issued_until_now(person.main_app_user_id)


def remember_time_zone(connection: Connection, name: str) -> None:
    """Keep the time zone that this connection says now; a write only where it said another before."""
    if connection.time_zone != name:
        Connection.objects.filter(pk=connection.pk).update(time_zone=name)
        connection.time_zone = name


def _locked_person(main_app_user_id: int) -> User:
    """Not deleted before the connection refers to it.

    `no_key`: a refresh holds its connection's lock while its new token refers to this row; the two would wait for each other for
    ever. Tried again, because `prune` may just have deleted a person who had no connection left.
    """
    while True:
        locked = _PERSON.first(main_app_user_id)
        if locked is not None:
            return locked
        User.objects.person(main_app_user_id)


def end(
    connection_id: UUID,
    reason: Connection.EndReason,
    *,
    status: Connection.Status = Connection.Status.ENDED,
    by: User | None = None,
    note: str = "",
    revoke_now: bool = True,
) -> bool:
    """End a connection for good: its tokens and codes are gone when this commits, its Sanctum token is queued to be revoked.

    `revoke_now=False` leaves the revocation waiting, due at once: for who ends many and can't wait up to 5 s for each.
    Returns whether it was active until now. A refresh that races this waits for the row's lock, and then loses.
    Ended on purpose, the connections that tokens of the old connector had made for this person end with it.
    """
    with transaction.atomic():
        others: list[UUID] = []
        if reason in ON_PURPOSE and legacy.is_on():
            others = _refuse_older_tokens(connection_id)
        connection = _LOCKED_ACTIVE.first(connection_id)
        if connection is None or connection.sanctum_token is None:
            return False
        PendingRevocation.objects.create(
            id=connection.pk, sanctum_token=connection.sanctum_token, key_id=connection.key_id
        )
        for model in (Grant, AccessToken, RefreshToken):
            model.objects.filter(connection=connection).delete()
        connection.status = status
        connection.sanctum_token = None
        connection.key_id = ""
        connection.ended_at = timezone.now()
        connection.end_reason = reason
        connection.end_note = note[:200]
        connection.ended_by = by
        connection.save()
        if revoke_now:
            transaction.on_commit(lambda: revocation.attempt(connection_id), robust=True)
        for other in others:
            end(other, reason, status=status, by=by, note=note, revoke_now=revoke_now)
    log.info("connection ended", connection=str(connection_id), reason=str(reason))
    return True


def _refuse_older_tokens(connection_id: UUID) -> list[UUID]:
    """Tokens of the old connector that this connection's person may still hold. Returns their other connections made by some.

    Under the person's lock, which a first use of such a token takes, too (`legacy`), and before any connection's."""
    person = User.objects.select_for_update(no_key=True, of=("self",)).filter(connections=connection_id).first()
    if person is None or person.main_app_user_id is None:
        return []
    legacy.refuse_issued_until_now(person.main_app_user_id)
    made = Connection.objects.active().filter(user=person, is_legacy=True).exclude(pk=connection_id)
    return list(made.values_list("pk", flat=True))


def end_each(
    connection_ids: Iterable[UUID], reason: Connection.EndReason, *, by: User | None = None, note: str = ""
) -> Iterator[bool]:
    """End many, one by one; yields for each whether it was active until now.

    After the first token that the main app does not take, the others wait to be revoked (`retry_revocations`): while it is away,
    each attempt takes seconds, and it is the ending here that is urgent.
    """
    main_app_answers = True
    for connection_id in connection_ids:
        ended = end(connection_id, reason, by=by, note=note, revoke_now=main_app_answers)
        if ended and main_app_answers:
            main_app_answers = not PendingRevocation.objects.filter(pk=connection_id).exists()
        yield ended
