"""What comes to the bot's webhook: who may send it, in which shapes, and what is done about it (zalo-api.md §7)."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from chat.zalo.adapters import LONGEST_BODY
from chat.zalo.models import Event, Sender
from sandbox.zalo.server import ZaloServer
from tests.zalo.bot.conftest import ID, SECRET, Friend, Post, message

MAI = "6ede9afa66b88fe6d6a9"


def test_a_friends_weight_is_stored_and_told(platform: ZaloServer, friend: Friend, post_bot: Post) -> None:
    friend("mai")

    answer = post_bot(as_sent(platform, "Mướp 4 ký 2"))

    assert answer.status_code == 200
    assert platform.answers("mai", "bot")[0].startswith("Đã ghi: Mướp nặng 4,2 kg")


def as_sent(platform: ZaloServer, text: str | None, **changes: Any) -> dict[str, Any]:
    mai = platform.person_id("mai", "bot")
    return message(text, **{"chat": {"id": mai, "chat_type": "PRIVATE"}, "from": {"id": mai}, **changes})


@pytest.mark.parametrize("secret", [None, "", "another-secret", SECRET + "x", SECRET.upper(), "ü" * 20])
def test_without_the_secret_nothing_is_read(post_bot: Post, secret: str | None) -> None:
    answer = post_bot(message(), secret=secret)

    assert answer.status_code == 403
    assert not Event.objects.exists()


def test_both_wrappings_are_the_same_event(post_bot: Post) -> None:
    event = message()

    first = post_bot(event)
    second = post_bot({"ok": True, "result": event})

    assert (first.json(), second.json()) == ({"outcome": "stored"}, {"outcome": "duplicate"})
    assert Event.objects.count() == 1


def test_it_is_known_by_its_message_id_however_often_it_comes(post_bot: Post) -> None:
    event = message()

    outcomes = [post_bot(event).json()["outcome"] for _ in range(4)]

    assert outcomes == ["stored", "duplicate", "duplicate", "duplicate"]


@pytest.mark.parametrize("in_seconds", [False, True])
def test_a_date_is_in_milliseconds_or_seconds(post_bot: Post, in_seconds: bool) -> None:
    then = timezone.now() - timedelta(minutes=3)
    written = int(then.timestamp() * (1 if in_seconds else 1000))

    post_bot(message(date=written))

    assert abs(Event.objects.get().sent_at - then) < timedelta(seconds=1)


def test_a_date_in_the_future_is_now(post_bot: Post) -> None:
    post_bot(message(date=int((timezone.now() + timedelta(hours=5)).timestamp() * 1000)))

    assert Event.objects.get().sent_at <= timezone.now()


@pytest.mark.parametrize(("hours", "kept"), [(44, 1), (50, 0)])
def test_44_hours_late_is_taken_50_are_not(post_bot: Post, hours: int, kept: int) -> None:
    sent_at = timezone.now() - timedelta(hours=hours)

    answer = post_bot(message(date=int(sent_at.timestamp() * 1000)))

    assert answer.status_code == 200
    assert Event.objects.count() == kept


def test_ids_stay_text(post_bot: Post) -> None:
    number = 2**53 + 1
    post_bot(message(chat={"id": number, "chat_type": "PRIVATE"}, **{"from": {"id": number}}))

    assert Sender.objects.get().sender_id == "9007199254740993"


def test_in_a_group_there_is_help_alone_and_not_at_each_message(
    platform: ZaloServer, friend: Friend, post_bot: Post
) -> None:
    friend("mai")
    platform.chat("mai", "bot", "a-group-of-theirs")
    group = {"id": "a-group-of-theirs", "chat_type": "GROUP"}

    outcomes = [
        post_bot(as_sent(platform, text, chat=group)).json() for text in ("Mướp 4,2 kg", "danh sách", "hoàn tác")
    ]

    assert [one["outcome"] for one in outcomes] == ["stored", "duplicate", "duplicate"]
    (told,) = platform.answers("mai", "bot", "a-group-of-theirs")
    assert "nhắn riêng" in told
    assert platform.answers("mai", "bot") == []


@pytest.mark.parametrize(
    ("event", "kind"),
    [
        ({"event_name": "message.sticker.received"}, "other"),
        ({"event_name": "message.unsupported.received"}, "other"),
        ({"event_name": "message.image.received"}, "other"),
    ],
)
def test_what_is_no_text_is_said_to_be_none(post_bot: Post, event: dict[str, str], kind: str) -> None:
    """An image without its address, too."""
    post_bot({**message(text=None), **event})

    assert Event.objects.get().kind == kind


def test_a_text_of_nothing_is_no_text(post_bot: Post) -> None:
    post_bot(message("  \n"))

    assert Event.objects.get().kind == "other"


def test_a_picture_keeps_its_address_and_caption_sealed(platform: ZaloServer, friend: Friend, post_bot: Post) -> None:
    event = as_sent(platform, None, caption="Míu đây", photo_url="https://photo-stal-1.zdn.vn/a.jpg")
    post_bot({**event, "event_name": "message.image.received"})

    assert Event.objects.get().kind == "picture"


@pytest.mark.parametrize(
    "event",
    [
        {"event_name": "message.text.received", "message": {"from": {"is_bot": True, "id": "1"}, "chat": {"id": "1"}}},
        {"event_name": "webhook.tested"},
    ],
)
def test_other_bots_and_other_events_are_let_go(post_bot: Post, event: dict[str, Any]) -> None:
    if "message" in event:
        event["message"] |= {"message_id": "m", "date": int(timezone.now().timestamp())}

    answer = post_bot(event)

    assert (answer.status_code, answer.json()) == (200, {"outcome": "ignored"})
    assert not Event.objects.exists()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'"text"',
        b"{}",
        b'{"ok": true, "result": []}',
        b'{"event_name": 5, "message": {}}',
        b'{"event_name": "message.text.received"}',
        b"\xff\xfe",
        b"[" * 5000,
        json.dumps(message(message_id=None)).encode(),
        json.dumps(message(date=10**12 - 1)).encode(),
        json.dumps(message(date=10**15 - 1)).encode(),
        json.dumps(message(date=10**18)).encode(),
        json.dumps(message(message_id={"a": 1})).encode(),
        json.dumps(message(date=None)).encode(),
        json.dumps(message(date=True)).encode(),
        json.dumps(message(date="yesterday")).encode(),
        json.dumps(message(date=-5)).encode(),
        json.dumps(message(chat={"id": "../../getMe"})).encode(),
        json.dumps(message(**{"from": "Mai"})).encode(),
        json.dumps(message(**{"from": {"id": None}})).encode(),
    ],
)
def test_what_cannot_be_read_is_refused(post_bot: Post, body: bytes) -> None:
    assert post_bot(body).status_code == 403
    assert not Event.objects.exists()


def test_too_large_a_body_is_refused_unread(post_bot: Post) -> None:
    assert post_bot(b" " * (LONGEST_BODY + 1)).status_code == 413


def test_the_name_may_stand_under_an_older_word(post_bot: Post) -> None:
    post_bot(message(**{"from": {"id": MAI, "first_name": "Mai cũ"}}))

    assert Event.objects.get().sender.sender_id == MAI


def test_a_name_is_kept_as_people_can_read_it(post_bot: Post) -> None:
    """NUL is none of PostgreSQL's letters."""
    answer = post_bot(message(**{"from": {"id": MAI, "display_name": "Mai\0\u202e cũ"}}))

    assert answer.status_code == 200
    assert Sender.objects.get().display_name == "Mai cũ"


def test_without_a_token_there_is_no_bot(post_bot: Post, settings: Any) -> None:
    settings.ZALO_BOT_TOKEN = ""

    assert post_bot(message()).status_code == 404


def test_zalo_may_look_whether_anybody_is_there(post_bot: Post) -> None:
    assert Client().get("/zalo/bot").status_code == 200


def test_the_bot_is_known_by_its_number_not_its_secret(post_bot: Post) -> None:
    post_bot(message())

    assert Event.objects.get().account.own_id == ID
