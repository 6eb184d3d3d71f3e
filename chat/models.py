"""What a conversation remembers: one open question and the way back of the last write, sealed, and not for long."""

import base64
import json
import zlib
from datetime import timedelta
from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from mainapp.secret import Secret
from oauthbridge.models import Connection
from oauthbridge.tokens import CannotDecrypt, Sealed, keyring

GOOD_FOR = {"question": timedelta(minutes=15), "undo": timedelta(hours=1)}


class Remembered(models.Model):
    """`about`: JSON, sealed for its connection, because it holds what somebody wrote of a pet."""

    class Kind(models.TextChoices):
        QUESTION = "question", _("open question")
        UNDO = "undo", _("way back")

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=10, choices=Kind)
    about = models.BinaryField(editable=False)
    key_id = models.CharField(max_length=16, editable=False)
    created_at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        verbose_name = _("open question of a chat")
        verbose_name_plural = _("open questions of chats")
        constraints = [models.UniqueConstraint(fields=["connection", "kind"], name="one_of_a_kind_in_a_chat")]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


def remember(connection: Connection, kind: str, about: dict[str, Any]) -> None:
    """In place of the one before."""
    # The ring seals what can stand in a header; small enough for that: names are cut before (chat.deeds).
    text = base64.urlsafe_b64encode(zlib.compress(json.dumps(about).encode())).decode()
    sealed = keyring().seal(Secret(text), connection.pk)
    fields = {"about": sealed.data, "key_id": sealed.key_id, "created_at": timezone.now()}
    Remembered.objects.update_or_create(connection=connection, kind=kind, defaults=fields)


def remembered(connection: Connection, kind: str) -> dict[str, Any] | None:
    """None where there is none, it is too old, or its key is gone."""
    row = Remembered.objects.filter(
        connection=connection, kind=kind, created_at__gt=timezone.now() - GOOD_FOR[kind]
    ).first()
    if row is None:
        return None
    try:
        sealed = Sealed(row.key_id, bytes(row.about))
        text = keyring().open(sealed, connection.pk).reveal()
    except CannotDecrypt:
        return None
    about: dict[str, Any] = json.loads(zlib.decompress(base64.urlsafe_b64decode(text)))
    return about


def forget(connection: Connection, kind: str) -> None:
    Remembered.objects.filter(connection=connection, kind=kind).delete()
