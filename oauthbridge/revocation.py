"""Revoking Sanctum tokens in the main app: tried at once, then again and again until it is done.

A token of the main app never expires (contract §5.4), so a revocation may wait but may not be lost: it is a row from the moment
its connection ends. Revoking twice is harmless there (contract §5.3), so no lock is held while the main app answers.
"""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import structlog
from django.db.models import F
from django.utils import timezone

from mainapp import bridge
from mainapp.errors import MainAppError
from mainapp.http.connection import Deadline
from mainapp.secret import Secret
from oauthbridge.compiled_queries import CompiledQuery
from oauthbridge.models import PendingRevocation
from oauthbridge.request_ids import current_request_id
from oauthbridge.tokens import CannotDecrypt, keyring

FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=6)
ATTEMPT_SECONDS = 5

_WAITING = CompiledQuery(PendingRevocation.objects.all(), "id")

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Attempt:
    """How one attempt went; `error` is empty when the token is gone in the main app."""

    revocation_id: UUID
    error: str

    @property
    def done(self) -> bool:
        return not self.error


def queue(token: Secret, *, unless_kept_within: timedelta = timedelta(0), as_id: UUID | None = None) -> UUID:
    """Remember a token that belongs to no connection (yet, or a sign-in that came to nothing) as one to be revoked.

    `unless_kept_within`: it is not due for so long, for who is about to make a connection of it, and then calls `forget`.
    """
    revocation_id = as_id or uuid.uuid4()
    sealed = keyring().seal(token, revocation_id)
    due_at = timezone.now() + unless_kept_within
    PendingRevocation.objects.create(
        id=revocation_id, sanctum_token=sealed.data, key_id=sealed.key_id, next_attempt_at=due_at
    )
    return revocation_id


def forget(revocation_id: UUID) -> bool:
    """The token is kept after all, or gone in the main app. Inside a transaction, together with what keeps it.

    Returns false when it has been revoked meanwhile.
    """
    deleted, _by_model = PendingRevocation.objects.filter(pk=revocation_id).delete()
    return deleted > 0


def revoke_in_main_app(token: Secret) -> None:
    """Raises MainAppError. Short: somebody may be waiting, and what fails now is tried again."""
    bridge.revoke(token, request_id=current_request_id(), deadline=Deadline(ATTEMPT_SECONDS))


def attempt(revocation_id: UUID) -> Attempt | None:
    """Try one waiting revocation now; None when it is not waiting any more. Never raises for the main app's sake."""
    waiting = _WAITING.first(revocation_id)
    if waiting is None:
        return None
    try:
        revoke_in_main_app(waiting.open_token())
    except (MainAppError, CannotDecrypt) as error:
        wait = min(FIRST_WAIT * 2 ** min(waiting.attempts, 20), LONGEST_WAIT)
        kind = type(error).__name__
        PendingRevocation.objects.filter(pk=revocation_id).update(
            attempts=F("attempts") + 1, next_attempt_at=timezone.now() + wait, last_error=kind
        )
        log.warning("revocation waits", revocation=str(revocation_id), kind=kind, next_in_s=int(wait.total_seconds()))
        return Attempt(revocation_id, kind)
    PendingRevocation.objects.filter(pk=revocation_id).delete()
    log.info("revoked in the main app", revocation=str(revocation_id))
    return Attempt(revocation_id, "")


def due(*, everything: bool = False) -> list[UUID]:
    """The waiting revocations whose next attempt has come, oldest first; with `everything` all that were attempted before, too."""
    now = timezone.now()
    # One that was never attempted and is not due belongs to a sign-in under way.
    waiting = PendingRevocation.objects.order_by("next_attempt_at").exclude(attempts=0, next_attempt_at__gt=now)
    if not everything:
        waiting = waiting.filter(next_attempt_at__lte=now)
    return list(waiting.values_list("pk", flat=True))


def retry(revocation_ids: list[UUID]) -> Iterator[Attempt]:
    """Attempt each in turn, yielding as they are done so that a command can show progress."""
    for revocation_id in revocation_ids:
        result = attempt(revocation_id)
        if result is not None:
            yield result
