"""A person who chats: one connection, messages in process, the stand-in main app over real HTTP."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import cache
from typing import Any

import pytest
from django.utils import timezone

from chat import reading
from chat.conversation import Message, answer
from mainapp.secret import Secret
from oauthbridge.models import Application, Connection, User
from petstools.understand.dates import understand_date
from petstools.understand.pet_names import rank
from petstools.understand.weight import understand_weight
from sandbox.server import SandboxServer


class Talk:
    """`talk.say("Míu 4,2 kg")` is what the chat answers; `talk.written` what the main app was asked to change by it."""

    def __init__(self, sandbox: SandboxServer, connection: Connection) -> None:
        self.sandbox = sandbox
        self.connection = connection
        self.written: list[str] = []

    def say(self, text: str, *, ago: timedelta = timedelta()) -> str:
        before = len(self.sandbox.requests)
        self.connection.refresh_from_db()
        told = answer(Message(self.connection, text, "chat", "request", timezone.now() - ago)).text
        made = list(self.sandbox.requests)[before:]
        self.written = [f"{one.method} {one.path.removeprefix('/api')}" for one in made if one.method != "GET"]
        return told


@pytest.fixture
def talk(sandbox: SandboxServer, db: None, settings: Any) -> Callable[..., Talk]:
    settings.RATE_LIMIT_PER_MINUTE = 100_000

    def connect(key: str = "mai", *, language: str = "vi", time_zone: str | None = None) -> Talk:
        client, _made = Application.objects.get_or_create(
            client_id="chat",
            defaults={
                "client_type": Application.CLIENT_CONFIDENTIAL,
                "authorization_grant_type": Application.GRANT_AUTHORIZATION_CODE,
            },
        )
        account = sandbox.world.user(key)
        connection = Connection(
            user=User.objects.person(account.id),
            application=client,
            language=language,
            time_zone=time_zone,
            expires_at=timezone.now() + timedelta(days=365),
        )
        connection.seal_token(Secret(sandbox.world.new_token(account)))
        connection.save()
        return Talk(sandbox, connection)

    return connect


@pytest.fixture(scope="module")
def _each_part_once() -> Iterator[None]:
    """For thousands of sentences of the same parts: what only depends on a part is worked out once, which is half of the time."""
    by_name = cache(lambda name, pets: rank(name, pets))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reading, "understand_weight", cache(understand_weight))
        patch.setattr(reading, "understand_date", cache(understand_date))
        patch.setattr(reading, "rank", lambda name, pets: by_name(name, tuple(pets)))
        yield
