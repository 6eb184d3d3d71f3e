"""A person belongs to one worker at a time, by a lease and not by a row's lock: a lock would need a transaction open over calls to the
main app, and what must outlive a killed worker (`petstools.models.WriteAttempt`) would not.

The lease is short, so that nobody waits long after a worker was killed, and renewed from a thread of its own while its worker lives. A
worker that could not renew it (frozen, cut off from the database) begins no further call and stores no answer: somebody else may be
at it.
"""

import threading
import time
import uuid
from datetime import datetime, timedelta

import structlog
from django.db import DatabaseError, connections
from django.db.models import Q, QuerySet
from django.utils import timezone

from chat.zalo.models import Sender

LEASE = timedelta(seconds=30)
# Two renewals may fail before it runs out; what is left then is for a call that was just begun.
RENEWED_EVERY = LEASE / 6

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


class Lost(Exception):
    """Somebody else may answer this person by now."""


class Lease:
    """`with Lease(pk) as lease:`: of one person, if `lease.take()` says so."""

    def __init__(self, sender_pk: int) -> None:
        self._sender_pk = sender_pk
        self._me = uuid.uuid4()
        self._renewed_at = float("-inf")
        self._over = threading.Event()
        self._renewing: threading.Thread | None = None

    def __enter__(self) -> "Lease":
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        if self._renewing is not None:
            self._renewing.join()

    def take(self) -> bool:
        """Whether this person is ours now."""
        now = timezone.now()
        free = Q(busy_until=None) | Q(busy_until__lt=now) | Q(busy_by=self._me)
        if not self._renew(Sender.objects.filter(free, pk=self._sender_pk)):
            return False
        if self._renewing is None:
            self._renewing = threading.Thread(target=self._keep, name="zalo-lease", daemon=True)
            self._renewing.start()
        return True

    def let_go(self, until: datetime | None = None) -> None:
        """until: nobody may take this person before."""
        Sender.objects.filter(pk=self._sender_pk, busy_by=self._me).update(busy_until=until, busy_by=None)

    def check(self) -> None:
        """Before anything that somebody else must not do too. Raises Lost."""
        if time.monotonic() - self._renewed_at > (LEASE - RENEWED_EVERY).total_seconds():
            raise Lost

    def hold(self) -> None:
        """As `check`, certain until the end of the caller's transaction. Raises Lost."""
        if not Sender.objects.select_for_update().filter(pk=self._sender_pk, busy_by=self._me).exists():
            raise Lost

    def _keep(self) -> None:
        try:
            while not self._over.wait(RENEWED_EVERY.total_seconds()):
                try:
                    self._renew(Sender.objects.filter(pk=self._sender_pk, busy_by=self._me))
                except DatabaseError as error:
                    log.warning("a lease was not renewed", sender=self._sender_pk, kind=type(error).__name__)
        finally:
            connections.close_all()

    def _renew(self, rows: QuerySet[Sender]) -> bool:
        began = time.monotonic()
        if rows.update(busy_until=timezone.now() + LEASE, busy_by=self._me) != 1:
            return False
        self._renewed_at = began
        return True
