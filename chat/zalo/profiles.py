"""What somebody calls themselves on Zalo: a stranger's words, shown to whoever is asked to let them see pets."""

import json
from urllib.parse import urlencode

import structlog
from django.conf import settings

from chat.zalo import tokens
from chat.zalo.models import Account, Sender
from mainapp.http.connection import HttpError
from mainapp.http.fetching import fetch
from oauthbridge.names import name_for_people
from oauthbridge.tokens import CannotDecrypt

PATIENCE = 5.0

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


def refresh(sender: Sender) -> None:
    """Keep the name that Zalo has for them now; a bot's events bring it along. Zalo's silence leaves what is known."""
    if sender.account.product != Account.Product.OFFICIAL_ACCOUNT:
        return
    try:
        name = _asked(sender)
    except (HttpError, tokens.NoToken, CannotDecrypt, ValueError, KeyError, TypeError) as error:
        log.warning("a Zalo profile was not read", sender=sender.pk, kind=type(error).__name__)
        return
    if name != sender.display_name:
        Sender.objects.filter(pk=sender.pk).update(display_name=name)
        sender.display_name = name


def _asked(sender: Sender) -> str:
    """`/v3.0/oa/user/detail` (zalo-api.md §2.4). Raises HttpError, tokens.NoToken, CannotDecrypt, ValueError, KeyError, TypeError."""
    token = tokens.access_token(sender.account)
    query = urlencode({"data": json.dumps({"user_id": sender.sender_id})})
    url = f"{settings.ZALO_API_URL}/v3.0/oa/user/detail?{query}"
    answer = fetch(url, seconds=PATIENCE, headers={"access_token": token.reveal()})
    return name_for_people(json.loads(answer.body)["data"]["display_name"])
