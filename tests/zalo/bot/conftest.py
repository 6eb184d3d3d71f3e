"""The stand-in's Bot Platform, this service's bot on it, and what comes to its webhook."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from chat.zalo.models import Account, Sender, account
from sandbox.zalo.server import ZaloServer

TOKEN, SECRET = "314159265358979323:a-bots-own-secret_part", "a-webhooks-secret"
ID = "314159265358979323"


@pytest.fixture
def platform(settings: Any) -> Iterator[ZaloServer]:
    with ZaloServer() as server:
        server.world.bot.id, _, server.world.bot.secret = TOKEN.partition(":")
        settings.ZALO_BOT_TOKEN, settings.ZALO_BOT_WEBHOOK_SECRET = TOKEN, SECRET
        settings.ZALO_BOT_URL = server.url
        yield server


@pytest.fixture
def bot(platform: ZaloServer, db: None) -> Account:
    return account(Account.Product.BOT, ID)


Friend = Callable[..., Sender]


@pytest.fixture
def friend(platform: ZaloServer, bot: Account, talk: Callable[..., Any]) -> Friend:
    """One of the stand-ins' people who writes to the bot and has signed in to the main app."""

    def link(key: str = "mai") -> Sender:
        connection = talk(key).connection
        sender_id = platform.person_id(key, "bot")
        return Sender.objects.create(account=bot, sender_id=sender_id, connection=connection, linked_at=timezone.now())

    return link


Post = Callable[..., Any]


@pytest.fixture
def post_bot(platform: ZaloServer, db: None) -> Post:
    """Send an event to the bot's webhook; `secret` in place of the right one, None without the header."""

    def send(event: object, *, secret: str | None = SECRET) -> Any:
        body = event if isinstance(event, bytes) else json.dumps(event).encode()
        headers = {} if secret is None else {"X-Bot-Api-Secret-Token": secret}
        return Client().post("/zalo/bot", body, content_type="application/json", headers=headers)

    return send


def message(text: Any = "trợ giúp", **changes: Any) -> dict[str, Any]:
    """An event as the platform's own pages print it; `changes` replace parts of the message, None takes one out."""
    now = int(timezone.now().timestamp() * 1000)
    body: dict[str, Any] = {
        "message_id": f"{next(_numbers):020x}",
        "date": now,
        "chat": {"id": "6ede9afa66b88fe6d6a9", "chat_type": "PRIVATE"},
        "from": {"id": "6ede9afa66b88fe6d6a9", "display_name": "Mai", "is_bot": False},
        "text": text,
    }
    body = {name: value for name, value in {**body, **changes}.items() if value is not None}
    return {"event_name": "message.text.received", "message": body}


_numbers = iter(range(1, 10**9))
