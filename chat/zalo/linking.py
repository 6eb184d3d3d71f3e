"""Who on Zalo may be talked to about whose pets: a sender and one connection."""

from chat.languages import language
from chat.zalo.models import Event, Sender


def is_linked(sender: Sender) -> bool:
    return sender.connection is not None and sender.connection.is_active


def unlinked(sender: Sender, event: Event) -> str:
    """What to say to somebody who has not signed in, whatever they wrote."""
    return language(sender.language).say("zalo_not_connected")
