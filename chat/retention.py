"""What the chat leaves behind and how long it is kept (`manage.py prune`)."""

from chat.models import GOOD_FOR, Remembered
from oauthbridge.retention import Kept

KEPT = (
    Kept(
        "questions and ways back of chats",
        lambda now: Remembered.objects.filter(created_at__lt=now - max(GOOD_FOR.values())),
    ),
)
