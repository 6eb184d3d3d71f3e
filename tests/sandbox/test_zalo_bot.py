"""The stand-in's Bot Platform: methods, one event a poll, the secret header, both wrappings."""

import json
import threading
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from sandbox.zalo.server import ZaloServer

from .zalo_receiver import Receiver, receiver

Bot = Callable[..., dict[str, Any]]
SECRET = "eight-or-more"


@pytest.fixture
def webhook() -> Iterator[Receiver]:
    with receiver() as one:
        yield one


@pytest.fixture
def zalo() -> Iterator[ZaloServer]:
    with ZaloServer() as server:
        yield server


@pytest.fixture
def bot(zalo: ZaloServer) -> Bot:
    def call(method: str, **body: Any) -> dict[str, Any]:
        answer = httpx.post(f"{zalo.url}/bot{zalo.world.bot.token}/{method}", json=body, timeout=20)
        assert answer.status_code == 200
        return dict(answer.json())

    return call


def test_it_says_who_it_is_to_who_has_its_token(zalo: ZaloServer, bot: Bot) -> None:
    assert bot("getMe")["result"]["id"] == zalo.world.bot.id
    assert httpx.post(f"{zalo.url}/bot1:wrong/getMe").json()["error_code"] == 401
    assert bot("getHat")["error_code"] == 404


def test_a_poll_gives_one_event_at_a_time(zalo: ZaloServer, bot: Bot) -> None:
    zalo.says("mai", "một", to="bot")
    zalo.says("mai", "hai", to="bot")

    texts = [bot("getUpdates", timeout="0")["result"]["message"]["text"] for _ in range(2)]

    assert texts == ["một", "hai"]


def test_a_poll_without_an_event_ends_with_408(bot: Bot) -> None:
    answer = bot("getUpdates", timeout="0")

    assert (answer["ok"], answer["error_code"], answer["description"]) == (False, 408, "Request timeout")


def test_a_poll_wakes_up_for_a_message(zalo: ZaloServer, bot: Bot) -> None:
    writing = threading.Timer(0.05, zalo.says, ["mai", "xin chào"], {"to": "bot"})
    writing.start()

    assert bot("getUpdates", timeout="15")["result"]["message"]["text"] == "xin chào"
    writing.join()


@pytest.mark.parametrize("wrapped", [False, True])
def test_an_event_is_posted_with_the_secret(zalo: ZaloServer, bot: Bot, webhook: Receiver, wrapped: bool) -> None:
    zalo.world.habits.wrapped = wrapped
    bot("setWebhook", url=webhook.url, secret_token=SECRET)

    zalo.says("mai", "xin chào", to="bot")

    body = json.loads(webhook.bodies[0])
    event = body["result"] if wrapped else body
    assert webhook.headers[0]["x-bot-api-secret-token"] == SECRET
    assert event["event_name"] == "message.text.received"
    assert event["message"]["chat"] == {"id": zalo.person_id("mai", "bot"), "chat_type": "PRIVATE"}
    assert event["message"]["from"]["id"] == event["message"]["chat"]["id"]
    assert len(event["message"]["from"]["id"]) == 20


@pytest.mark.parametrize(
    ("options", "name", "holds"),
    [
        ({"picture": "https://photo.example/1.jpg", "text": "Míu"}, "message.image.received", "photo_url"),
        ({"kind": "sticker"}, "message.sticker.received", "sticker"),
        ({"kind": "unsupported"}, "message.unsupported.received", "message_id"),
    ],
)
def test_other_things_than_text(zalo: ZaloServer, bot: Bot, options: dict[str, str], name: str, holds: str) -> None:
    zalo.says("mai", to="bot", **{"text": "", **options})

    event = bot("getUpdates", timeout="0")["result"]
    assert event["event_name"] == name
    assert holds in event["message"]


def test_a_group_has_an_id_of_its_own_and_a_date_may_be_in_seconds(zalo: ZaloServer, bot: Bot) -> None:
    zalo.world.habits.seconds = True
    zalo.says("mai", "@bot chào", to="bot", group="g" * 20)

    message = bot("getUpdates", timeout="0")["result"]["message"]
    assert message["chat"] == {"id": "g" * 20, "chat_type": "GROUP"}
    assert message["date"] < 10**12


def test_a_webhook_shuts_polling_out_until_it_is_deleted(zalo: ZaloServer, bot: Bot, webhook: Receiver) -> None:
    bot("setWebhook", url=webhook.url, secret_token=SECRET)
    assert bot("getWebhookInfo")["result"]["url"] == webhook.url
    assert bot("getUpdates", timeout="0")["error_code"] == 400

    bot("deleteWebhook")

    assert bot("getUpdates", timeout="0")["error_code"] == 408


@pytest.mark.parametrize(
    "wrong", [{"secret_token": "short"}, {"secret_token": "x" * 257}, {"url": "http://elsewhere.example/"}]
)
def test_a_webhook_needs_https_and_a_secret(bot: Bot, wrong: dict[str, str]) -> None:
    assert (
        bot("setWebhook", **{"url": "https://connector.example/zalo/bot", "secret_token": SECRET, **wrong})["ok"]
        is False
    )


@pytest.mark.parametrize(("text", "error"), [("", 400), ("x" * 2001, 400), ("x" * 2000, None)])
def test_a_text_is_sent_whole_or_not_at_all(zalo: ZaloServer, bot: Bot, text: str, error: int | None) -> None:
    answer = bot("sendMessage", chat_id=zalo.person_id("mai", "bot"), text=text)

    assert answer.get("error_code") == error
    assert zalo.answers("mai", "bot") == ([] if error else [text])


def test_a_month_has_its_quota(zalo: ZaloServer, bot: Bot) -> None:
    zalo.world.bot.left_this_month = 0

    assert bot("sendMessage", chat_id=zalo.person_id("mai", "bot"), text="x")["error_code"] == 429


def test_the_token_is_not_among_the_recorded_requests(zalo: ZaloServer, bot: Bot) -> None:
    bot("getMe")

    assert zalo.requests == ["POST /bot…/getMe"]
