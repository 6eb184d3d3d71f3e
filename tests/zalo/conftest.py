"""Zalo from the connector's side: the stand-in, our Official Account there, events as it signs them, and people who have signed in."""

import json
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from chat.zalo.models import Account, Sender, Tokens, account
from mainapp.secret import Secret
from sandbox.zalo import official
from sandbox.zalo.server import ZaloServer
from sandbox.zalo.world import OfficialAccount
from tests.chat.conftest import talk  # noqa: F401 - a person who is signed in

MESSAGES = "/v3.0/oa/message/cs"
TOKENS = "/v4/oa/access_token"


@pytest.fixture
def zalo(settings: Any) -> Iterator[ZaloServer]:
    with ZaloServer() as server:
        other = OfficialAccount("3456789012345678901", "Another", secret_key="another-secret-key")
        server.world.accounts[other.id] = other
        settings.ZALO_APP_ID, settings.ZALO_APP_SECRET = server.world.app_id, server.world.app_secret
        settings.ZALO_OFFICIAL_ACCOUNTS = {one.id: one.secret_key for one in server.world.accounts.values()}
        settings.ZALO_API_URL = settings.ZALO_OAUTH_URL = server.url
        yield server


@pytest.fixture
def oa(zalo: ZaloServer, db: None) -> Account:
    """Our Official Account, granted a moment ago."""
    return granted(zalo)


def granted(zalo: ZaloServer) -> Account:
    row = account(Account.Product.OFFICIAL_ACCOUNT, zalo.world.oa.id)
    pair = zalo.issue_tokens()
    row.seal_tokens(Tokens(Secret(pair["access_token"]), Secret(pair["refresh_token"])))
    row.refreshed_at = timezone.now()
    row.expires_at = row.refreshed_at + timedelta(hours=25)
    row.save()
    return row


class Webhook:
    """Events as the stand-in makes them, to `/zalo/webhook` in this process."""

    def __init__(self, zalo: ZaloServer) -> None:
        self.zalo = zalo

    def event(self, text: str = "trợ giúp", by: str = "mai", *, ago: float = 0, **changes: Any) -> dict[str, Any]:
        """Somebody writes; `ago` seconds before now, `changes` in place of what the event says."""
        world = self.zalo.world
        chat = world.chat(world.oa, world.people[by])
        line = world.write(chat, "person", text, ago=round(ago * 1000))
        event = official.message_event(world, world.oa, chat.person, text, line.id, "")
        return {**event, "timestamp": str(round((time.time() - ago) * 1000)), **changes}

    def follow(self, by: str = "mai", *, follows: bool = True) -> Any:
        world = self.zalo.world
        world.chat(world.oa, world.people[by]).follows = follows
        return self.post(official.follow_event(world, world.oa, world.people[by], follows=follows))

    def post(self, event: dict[str, Any], **headers: str) -> Any:
        """Signed as our account's, unless `X-ZEvent-Signature` is among the headers."""
        body, signed = official.signed(self.zalo.world, self.zalo.world.oa, event)
        return self.post_bytes(body, **{**signed, **headers})

    def post_bytes(self, body: bytes, **headers: str) -> Any:
        headers.pop("Content-Type", None)
        return Client().post("/zalo/webhook", body, content_type="application/json", headers=headers)

    def says(self, text: str, by: str = "mai", *, ago: float = 0) -> Any:
        answer = self.post(self.event(text, by, ago=ago))
        assert answer.status_code == 200, answer.content
        return answer.json()["outcome"]

    def signature(self, event: dict[str, Any], **changes: str) -> str:
        """Over the event as it is posted; app_id, timestamp or secret_key other than the right ones."""
        world = self.zalo.world
        right = {"app_id": world.app_id, "timestamp": str(event.get("timestamp")), "secret_key": world.oa.secret_key}
        body = json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode()
        return official.signature(body=body, **{**right, **changes})


@pytest.fixture
def webhook(oa: Account, zalo: ZaloServer) -> Webhook:
    return Webhook(zalo)


@pytest.fixture
def linked(oa: Account, zalo: ZaloServer, talk: Callable[..., Any]) -> Callable[..., Sender]:  # noqa: F811 - the fixture
    """`linked("mai")`: that person has signed in as the stand-in main app's of that name."""

    def link(who: str = "mai", **options: Any) -> Sender:
        connection = talk(who, **options).connection
        return Sender.objects.create(
            account=oa, sender_id=zalo.person_id(who), connection=connection, linked_at=timezone.now()
        )

    return link
