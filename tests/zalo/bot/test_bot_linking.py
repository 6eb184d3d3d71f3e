"""From a first message to the bot to the pets and to its end: the way of an Official Account, in a conversation of its own."""

from collections.abc import Callable
from typing import Any

import pytest

from chat.languages import language
from chat.zalo.models import Event, LinkOffer, Sender
from sandbox.server import SandboxServer
from sandbox.zalo.server import ZaloServer
from tests.oauth.sign_ins import nobody_connected
from tests.playing import Connector, Person
from tests.zalo.bot.conftest import Post, message
from tests.zalo.chatting import last_page, press, words

pytestmark = pytest.mark.django_db(transaction=True)

Open = Callable[..., Person]
Say = Callable[..., str]


@pytest.fixture
def say(post_bot: Post, platform: ZaloServer, connector: Connector) -> Say:
    """What comes back for a message of one of the stand-in's people."""

    def send(text: str, by: str = "mai", name: str = "Mai Nguyễn", **changes: Any) -> str:
        who = platform.person_id(by, "bot")
        before = len(platform.answers(by, "bot"))
        event = message(text, **{"chat": {"id": who, "chat_type": "PRIVATE"}, **changes})
        event["message"]["from"] = {"id": who, "display_name": name, "is_bot": False}
        assert post_bot(event).status_code == 200
        return "\n".join(platform.answers(by, "bot")[before:])

    return send


def link_in(told: str) -> str:
    # As it is sent: what a bot writes is read as Markdown.
    return next(word for word in told.split() if "/zalo/link/" in word).replace("%5F", "_")


def test_the_whole_way_and_back(say: Say, person: Open, platform: ZaloServer, sandbox: SandboxServer) -> None:
    mai = person("mai")
    link = link_in(say("kết nối"))

    first = mai.open(link)
    assert "The Zalo account that calls itself Mai Nguyễn asked for this" in words(first)
    last = last_page(mai, link)
    assert f"The Zalo account Mai Nguyễn will be able to read and change the pets of {mai.account.name}" in words(last)
    assert nobody_connected()
    done = press(mai, last)

    assert "Zalo is connected" in words(done)
    # A bot has no page of its own to go back to.
    assert "zalo.me" not in done.text
    assert platform.answers("mai", "bot")[-1] == language("vi").say("zalo_connected")
    sender = Sender.objects.select_related("account", "connection__user").get()
    assert sender.connection is not None
    assert (sender.account.product, sender.connection.user.main_app_user_id) == ("bot", mai.account.id)
    assert "4,2 kg" in say("Míu 4 ký 2")
    assert 4.2 in [float(one.weight_kg) for one in sandbox.world.pet("Míu").weights]

    say("ngắt kết nối")
    assert say("đúng") == language("vi").say("disconnected")
    assert mai.main_app_tokens == []
    assert "/zalo/link/" in say("danh sách")


def test_a_link_is_its_senders_alone(say: Say, person: Open) -> None:
    """Whoever opens it connects the sender who was given it, and nobody else who writes to the bot."""
    mai = person("mai")
    link = link_in(say("kết nối"))
    other = link_in(say("kết nối", by="olga", name="Olga"))

    press(mai, last_page(mai, link))

    assert "bé" in say("danh sách")
    assert "kết nối" in say("danh sách", by="olga", name="Olga")
    assert Sender.objects.exclude(connection=None).get().display_name == "Mai Nguyễn"
    assert "already used" in words(mai.open(link))
    assert mai.open(other).status_code == 200


def test_a_group_gives_nobody_a_link(say: Say, platform: ZaloServer) -> None:
    say("kết nối", chat={"id": "a-group", "chat_type": "GROUP"})

    assert not LinkOffer.objects.exists()
    assert Event.objects.get().kind == "group"
