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


class ToolCall(models.Model):
    """One line per tool call, for staff and ops: what was called, how it ended, what it cost. Never a body, never a token.

    Written in batches behind the call (`tool_calls`); a process that is killed loses what it had not written yet.
    """

    class Outcome(models.TextChoices):
        OK = "ok", _("done")
        ASKED = "asked", _("asked back")
        ERROR = "error", _("error")

    class Effect(models.TextChoices):
        """What a call that is done has done; empty for one that only read, and for lines from before this was kept."""

        SAVED = "saved", _("saved")
        ALREADY = "already", _("already there")
        TAKEN_BACK = "taken_back", _("taken back")

    connection = models.ForeignKey(
        Connection, on_delete=models.SET_NULL, null=True, related_name="tool_calls", verbose_name=_("connection")
    )
    door = models.CharField(_("door"), max_length=10, default="actions")
    operation = models.CharField(_("operation"), max_length=40)
    outcome = models.CharField(_("outcome"), max_length=5, choices=Outcome)
    status = models.PositiveSmallIntegerField(_("status"))
    # An error code, or the reason of a clarification.
    code = models.CharField(_("code"), max_length=40, blank=True)
    upstream_calls = models.PositiveSmallIntegerField(_("main app calls"), default=0)
    latency_ms = models.PositiveIntegerField(_("latency (ms)"))
    request_id = models.CharField(_("request id"), max_length=64, db_index=True)
    created_at = models.DateTimeField(_("time"), default=timezone.now, db_index=True)
    effect = models.CharField(_("effect"), max_length=12, choices=Effect, blank=True, default="", db_default="")
    # The main app's numbers, as many as there is room for: "12, 13". Never a name, never what a record says.
    pet_ids = models.CharField(_("pets"), max_length=100, blank=True, default="", db_default="")
    record_ids = models.CharField(_("records"), max_length=200, blank=True, default="", db_default="")

    class Meta:
        verbose_name = _("tool call")
        verbose_name_plural = _("tool calls")
        indexes = [models.Index(fields=["connection", "-created_at"])]

    def __str__(self) -> str:
        return f"{self.operation} {self.request_id}"
