"""What the tools leave behind and how long it is kept; with `oauthbridge.retention` all that `manage.py prune` takes away."""

from datetime import timedelta

from django.conf import settings

from oauthbridge import retention
from oauthbridge.retention import Kept
from petstools.models import ToolCall, WriteAttempt
from petstools.tools.writing import ASKED_AGAIN_WITHIN

KEPT = (
    Kept(
        "tool calls",
        lambda now: ToolCall.objects.filter(created_at__lt=now - timedelta(days=settings.TOOL_CALL_RETENTION_DAYS)),
    ),
    # Twice as long as a call may come again: a write that began just before must still find its key.
    Kept("writes", lambda now: WriteAttempt.objects.filter(created_at__lt=now - 2 * ASKED_AGAIN_WITHIN)),
    *retention.KEPT,
)
