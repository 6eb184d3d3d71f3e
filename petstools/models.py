"""What a tool call leaves behind: for each write its Idempotency-Key, so that nothing is doubled and nothing is lost."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from oauthbridge.models import Connection


class WriteAttempt(models.Model):
    """One write of a connection: the key it was sent under (contract §3) and whether it is known how it ended.

    `fingerprint` tells an identical call again from another one. It is keyed with SECRET_KEY and nobody can read from it what
    was written. The row is made before the main app is asked, so a process that dies on the way leaves its key behind.
    """

    class State(models.TextChoices):
        OPEN = "open", _("under way, or its process died")
        UNKNOWN = "unknown", _("no answer came")
        DONE = "done", _("done")
        GIVEN_UP = "given_up", _("too old to be asked about again")

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="+")
    fingerprint = models.CharField(max_length=64)
    key = models.CharField(max_length=40)
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    record_id = models.PositiveBigIntegerField(null=True)
    record_version = models.CharField(max_length=40, blank=True)
    created_at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        verbose_name = _("write")
        verbose_name_plural = _("writes")
        indexes = [models.Index(fields=["connection", "fingerprint", "-created_at"])]
        constraints = [
            # Two identical calls at the same moment must share one key, or both would write.
            models.UniqueConstraint(
                fields=["connection", "fingerprint"],
                name="one_open_write_of_a_kind",
                condition=Q(state__in=["open", "unknown"]),
            )
        ]

    def __str__(self) -> str:
        return f"write {self.pk}"
