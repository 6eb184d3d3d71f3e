"""What the stand-in Zalo posts: shapes, signature, repeats, order (docs/zalo.md)."""

import hashlib
import json
from collections.abc import Iterator

import pytest

from sandbox.zalo.server import ZaloServer

from .zalo_receiver import Receiver, receiver

TWO_DAYS = 48 * 3600


@pytest.fixture
def webhook() -> Iterator[Receiver]:
    with receiver() as one:
        yield one


@pytest.fixture
def zalo(webhook: Receiver) -> Iterator[ZaloServer]:
    with ZaloServer() as server:
        server.world.oa.webhook = webhook.url
        yield server


def test_a_text_has_the_shape_of_an_official_accounts_event(zalo: ZaloServer, webhook: Receiver) -> None:
    delivery = zalo.says("mai", "míu 4 ký 2")

    event = json.loads(webhook.bodies[0])
    assert delivery is not None
    assert delivery.accepted
    assert (event["event_name"], event["message"]["text"]) == ("user_send_text", "míu 4 ký 2")
    assert (event["app_id"], event["recipient"]["id"]) == (zalo.world.app_id, zalo.world.oa.id)
    assert event["sender"]["id"] == zalo.person_id("mai")
    assert event["sender"]["id"] != event["user_id_by_app"]
    assert int(event["sender"]["id"]) > 2**53
    assert len(event["timestamp"]) == 13


@pytest.mark.parametrize("escaped", [False, True])
@pytest.mark.parametrize("prefix", ["", "mac="])
def test_it_is_signed_over_the_bytes_that_are_sent(
    zalo: ZaloServer, webhook: Receiver, escaped: bool, prefix: str
) -> None:
    zalo.world.habits.escaped, zalo.world.habits.prefix = escaped, prefix
    zalo.says("mai", "ghi chú: hủy hay huỷ?")

    body = webhook.bodies[0]
    signed = (
        zalo.world.app_id.encode() + body + json.loads(body)["timestamp"].encode() + zalo.world.oa.secret_key.encode()
    )
    assert body.isascii() is escaped
    assert webhook.headers[0]["x-zevent-signature"] == prefix + hashlib.sha256(signed).hexdigest()


def test_a_picture_is_an_attachment(zalo: ZaloServer, webhook: Receiver) -> None:
    zalo.says("mai", picture="https://photo.example/1.jpg")

    event = json.loads(webhook.bodies[0])
    assert event["event_name"] == "user_send_image"
    assert event["message"]["attachments"][0]["payload"]["url"] == "https://photo.example/1.jpg"
    assert "text" not in event["message"]


def test_following_and_its_end_name_the_account_otherwise(zalo: ZaloServer, webhook: Receiver) -> None:
    zalo.follow("mai")
    zalo.unfollow("mai")

    first, second = map(json.loads, webhook.bodies)
    assert (first["event_name"], second["event_name"]) == ("follow", "unfollow")
    assert (first["oa_id"], first["follower"]["id"]) == (zalo.world.oa.id, zalo.person_id("mai"))


def test_what_was_not_taken_comes_again_with_its_old_timestamp(zalo: ZaloServer, webhook: Receiver) -> None:
    webhook.statuses = [500, 503]
    zalo.says("mai", "xin chào")

    zalo.advance(29)
    assert len(webhook.bodies) == 1
    zalo.advance(1)
    zalo.advance(299)
    assert len(webhook.bodies) == 2
    zalo.advance(1)
    zalo.advance(TWO_DAYS)

    assert [headers.get("num_retry") for headers in webhook.headers] == [None, "1", "2"]
    assert len(set(webhook.bodies)) == 1
    assert len({headers["x-zevent-signature"] for headers in webhook.headers}) == 1


def test_after_the_last_repeat_the_webhook_is_off(zalo: ZaloServer, webhook: Receiver) -> None:
    webhook.statuses = [403] * 6
    zalo.says("mai", "xin chào")
    for _ in range(6):
        zalo.advance(3600)

    assert len(webhook.bodies) == 6
    assert zalo.world.oa.webhook == ""
    assert zalo.says("mai", "còn đó không?") is None


def test_nobody_there_counts_as_not_taken(zalo: ZaloServer) -> None:
    zalo.world.oa.webhook = "http://127.0.0.1:9/zalo"

    delivery = zalo.says("mai", "xin chào")

    assert delivery is not None
    assert (delivery.statuses, delivery.due is not None) == ([0], True)


def test_an_event_may_come_three_times_at_once(zalo: ZaloServer, webhook: Receiver) -> None:
    zalo.world.habits.copies = 3
    zalo.says("mai", "xin chào")

    assert len(webhook.bodies) == 3
    assert len(set(webhook.bodies)) == 1


def test_held_events_come_newest_first(zalo: ZaloServer, webhook: Receiver) -> None:
    zalo.world.habits.hold = True
    for text in ("một", "hai", "ba"):
        zalo.says("mai", text)
    assert webhook.bodies == []

    zalo.deliveries.release()

    assert [json.loads(body)["message"]["text"] for body in webhook.bodies] == ["ba", "hai", "một"]


def test_an_event_may_be_late(zalo: ZaloServer, webhook: Receiver) -> None:
    zalo.world.habits.late_ms = TWO_DAYS * 1000
    zalo.says("mai", "xin chào")

    timestamp = int(json.loads(webhook.bodies[0])["timestamp"])
    assert abs(zalo.world.now() - timestamp - TWO_DAYS * 1000) < 60_000
