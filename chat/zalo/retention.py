"""What Zalo leaves behind and how long it is kept (`manage.py prune`)."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Exists, OuterRef, QuerySet
from django_tasks_db.models import DBTaskResult

from chat.zalo.models import DUPLICATES_COME_WITHIN, Event, LinkOffer, Sender
from oauthbridge.retention import Kept


def _events(now: datetime) -> QuerySet[Event]:
    """Their texts went when they were answered. A key has to be known for as long as its event is accepted at all."""
    kept = max(timedelta(days=settings.TOOL_CALL_RETENTION_DAYS), 2 * DUPLICATES_COME_WITHIN)
    return Event.objects.filter(received_at__lt=now - kept)


KEPT = (
    Kept("Zalo events", _events),
    Kept("Zalo links", lambda now: LinkOffer.objects.filter(expires_at__lt=now - timedelta(days=1))),
    # Nothing hangs on them any more: neither somebody's connection nor a message that is still known.
    Kept(
        "Zalo senders",
        lambda now: Sender.objects.filter(
            ~Exists(Event.objects.filter(sender=OuterRef("pk"))),
            ~Exists(LinkOffer.objects.filter(sender=OuterRef("pk"))),
            connection=None,
            created_at__lt=now - timedelta(days=1),
        ),
    ),
    # One that a killed worker had begun stays "running" for ever; what it was to do waits in its events.
    Kept(
        "tasks",
        lambda now: DBTaskResult.objects.filter(enqueued_at__lt=now - timedelta(days=1)).exclude(status="READY"),
    ),
)
