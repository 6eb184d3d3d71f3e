"""Forgetting a person at once because they asked for it (GDPR art. 17; /privacy, "Your rights"): all that names them goes.

What has to outlive it names nobody: the main app's token, encrypted, until the main app has revoked it, and the log lines that
your log keeps. What staff did stays in their log, without the person's number.
"""

from collections import Counter
from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.cache import cache
from django.db import transaction
from django.db.models import Model, QuerySet
from django.utils import timezone

from oauthbridge import connections
from oauthbridge.models import AuthorizationRequest, Connection, LegacyToken, PendingRevocation, User
from oauthbridge.retention import delete_in_batches
from petstools import quota
from petstools.models import ToolCall, WriteAttempt
from petstools.tools import known_pets

ENDED = "connections ended"
# What else hangs on their connections: rooms above add theirs, each with a column `connection` (chat.zalo.apps).
HANGING: dict[str, type[Model]] = {}
# Kept for the moment: while a token of the old connector counts, its first use would make all of this anew.
KEPT = "connections kept until the old connector's tokens no longer count"


def held(main_app_user_id: int) -> dict[str, int]:
    """How many rows of each kind are about this person; empty when nothing is known of them."""
    person = User.objects.filter(main_app_user_id=main_app_user_id).first()
    if person is None:
        return {}
    theirs = Connection.objects.filter(user=person)
    counted = {"people": 1, "connections": theirs.count(), "active connections": theirs.active().count()}
    return counted | {name: rows.count() for name, rows in _rows(person)}


def forget(main_app_user_id: int) -> Iterator[tuple[str, int]]:
    """End their connections, here and in the main app, and delete every row about them; yields (kind, rows) step by step.

    May be stopped at each step and run again. Somebody who signs in meanwhile is connected anew, and that stays.
    """
    person = User.objects.filter(main_app_user_id=main_app_user_id).first()
    if person is None:
        return
    asked_at = timezone.now()
    theirs = Connection.objects.filter(user=person, created_at__lte=asked_at)
    ids = list(theirs.values_list("pk", flat=True))
    for ended in connections.end_each(list(theirs.active().values_list("pk", flat=True)), Connection.EndReason.OPS):
        yield ENDED, int(ended)
    for name, rows in _rows(person, ids):
        for deleted in delete_in_batches(rows):
            yield name, deleted
    cache.delete_many([quota.key_of(person.pk), *map(known_pets.key_of, ids)])
    with transaction.atomic():
        # A sign-in takes this lock first (oauthbridge.connections): it comes before, and stays, or makes the person anew.
        User.objects.select_for_update().get(pk=person.pk)
        kept = _still_counting(ids)
        gone = theirs.filter(pk__in=ids).exclude(pk__in=kept)
        # Before what hangs on them: `prune` may be at them, too.
        yield "connections", len(gone.select_for_update())
        gone.delete()
        if kept:
            yield KEPT, len(kept)
        elif not Connection.objects.filter(user=person).exists():
            LogEntry.objects.filter(
                content_type=ContentType.objects.get_for_model(User), object_id=str(person.pk)
            ).update(object_repr="a person who was forgotten", change_message="")
            person.delete()
            yield "people", 1


def revocations_waiting(connection_ids: list[UUID]) -> int:
    """For how many of these connections the main app is still to be told."""
    return PendingRevocation.objects.filter(pk__in=connection_ids).count()


def total(steps: Iterator[tuple[str, int]]) -> Counter[str]:
    """What all steps together did."""
    counted: Counter[str] = Counter()
    for name, rows in steps:
        counted[name] += rows
    return counted


def _rows(person: User, ids: list[UUID] | None = None) -> tuple[tuple[str, QuerySet[Any]], ...]:
    """What hangs on their connections and would stay behind without them, or is more than one transaction should take."""
    of = {"connection__user": person} if ids is None else {"connection_id__in": ids}
    return (
        ("tool calls", ToolCall.objects.filter(**of)),
        ("writes", WriteAttempt.objects.filter(**of)),
        ("sign-ins", AuthorizationRequest.objects.filter(**of)),
        *((name, model._default_manager.filter(**of)) for name, model in HANGING.items()),
    )


def _still_counting(ids: list[UUID]) -> list[UUID]:
    until = settings.JWT_ACCEPTED_UNTIL
    if not settings.JWT_SECRET or until is None or timezone.now().date() > until:
        return []
    living = LegacyToken.objects.filter(connection_id__in=ids, expires__gt=timezone.now())
    return list(living.values_list("connection_id", flat=True).distinct())
