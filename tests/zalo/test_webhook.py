"""What the webhook takes and what it refuses (zalo-api.md §2), with nothing done for what is refused."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connections
from django.test import Client
from prometheus_client import REGISTRY

from chat.zalo.models import Account, Event, Sender
from sandbox.zalo import official
from sandbox.zalo.server import ZaloServer
from tests.zalo.conftest import Webhook, granted

OTHER = "3456789012345678901"


@pytest.fixture
def counted() -> Callable[[str], float]:
    """How many events ended so since the test began."""

    def value(outcome: str) -> float:
        return REGISTRY.get_sample_value("meo_zalo_events_total", {"product": "oa", "outcome": outcome}) or 0.0

    before = {
        sample.labels["outcome"]: sample.value
        for metric in REGISTRY.collect()
        if metric.name == "meo_zalo_events"
        for sample in metric.samples
        if sample.name.endswith("_total") and sample.labels["product"] == "oa"
    }
    return lambda outcome: value(outcome) - before.get(outcome, 0.0)


def untouched() -> bool:
    return not Event.objects.exists() and not Sender.objects.exists()


# --- zalo-api.md §2.1: delivery ------------------------------------------------------------------------------


def test_2_1_the_address_answers_200_to_a_first_check(webhook: Webhook) -> None:
    assert Client().get("/zalo/webhook").status_code == 200


def test_2_1_a_repeat_is_answered_200_and_done_once(webhook: Webhook, zalo: ZaloServer, counted: Any) -> None:
    event = webhook.event()

    answers = [webhook.post(event), webhook.post(event, num_retry="1")]

    assert [answer.status_code for answer in answers] == [200, 200]
    assert (Event.objects.count(), len(zalo.answers("mai"))) == (1, 1)
    assert (counted("stored"), counted("duplicate")) == (1, 1)


def test_2_1_a_repeat_after_44_hours_is_taken(webhook: Webhook) -> None:
    assert webhook.says("trợ giúp", ago=44 * 3600) == "stored"


def test_2_1_what_is_50_hours_old_is_not_asked_for_again_and_without_effect(webhook: Webhook, counted: Any) -> None:
    answer = webhook.post(webhook.event(ago=50 * 3600))

    assert answer.status_code == 200
    assert untouched()
    assert counted("too_old") == 1


def test_2_1_the_same_message_replayed_under_a_new_time_is_a_repeat(webhook: Webhook) -> None:
    """Only who has the secret can sign it."""
    event = webhook.event()
    webhook.post(event)

    again = webhook.post({**event, "timestamp": str(int(event["timestamp"]) + 1000)})

    assert again.json()["outcome"] == "duplicate"


def test_2_1_messages_out_of_order_are_each_answered(webhook: Webhook, zalo: ZaloServer) -> None:
    first, second = webhook.event(ago=5), webhook.event()

    webhook.post(second)
    webhook.post(first)

    assert len(zalo.answers("mai")) == 2


@pytest.mark.django_db(transaction=True)
def test_2_1_twenty_at_once_are_one(zalo: ZaloServer, settings: Any, counted: Any) -> None:
    granted(zalo)
    settings.TASKS = {"default": {"BACKEND": "django_tasks.backends.dummy.DummyBackend"}}
    webhook = Webhook(zalo)
    body, headers = official.signed(zalo.world, zalo.world.oa, webhook.event())

    def post(_: int) -> int:
        try:
            return int(webhook.post_bytes(body, **headers).status_code)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(20) as pool:
        statuses = list(pool.map(post, range(20)))

    assert statuses == [200] * 20
    assert (Event.objects.count(), Sender.objects.count()) == (1, 1)
    assert (counted("stored"), counted("duplicate")) == (1, 19)


# --- zalo-api.md §2.2: signature -----------------------------------------------------------------------------


@pytest.mark.parametrize("prefix", ["", "mac="])
@pytest.mark.parametrize("escaped", [False, True])
def test_2_2_what_zalo_signed_is_taken(webhook: Webhook, zalo: ZaloServer, prefix: str, escaped: bool) -> None:
    zalo.world.habits.prefix, zalo.world.habits.escaped = prefix, escaped

    assert webhook.says("Míu cân nặng 4,2 ký") == "stored"


@pytest.mark.parametrize(
    "changes",
    [{"secret_key": "another-secret-key"}, {"app_id": "1"}, {"timestamp": "1700000000000"}, {"secret_key": ""}],
    ids=["another account's secret", "another app", "another time", "no secret"],
)
def test_2_2_what_somebody_else_signed_is_refused(
    webhook: Webhook, zalo: ZaloServer, counted: Any, changes: dict[str, str]
) -> None:
    event = webhook.event()

    answer = webhook.post(event, **{"X-ZEvent-Signature": webhook.signature(event, **changes)})

    assert answer.status_code == 403
    assert untouched()
    assert counted("forged") == 1


@pytest.mark.parametrize("signature", ["", "mac=", "é", "0" * 64, "mac=" + "0" * 64, "x" * 10_000])
def test_2_2_nonsense_for_a_signature_is_refused(webhook: Webhook, signature: str) -> None:
    answer = webhook.post(webhook.event(), **{"X-ZEvent-Signature": signature})

    assert answer.status_code == 403
    assert untouched()


def test_2_2_without_a_signature_it_is_refused(webhook: Webhook) -> None:
    body, _headers = official.signed(webhook.zalo.world, webhook.zalo.world.oa, webhook.event())

    assert webhook.post_bytes(body).status_code == 403


def test_2_2_each_byte_counts(webhook: Webhook) -> None:
    body, headers = official.signed(webhook.zalo.world, webhook.zalo.world.oa, webhook.event("Míu 4,2 kg"))

    for changed in (body.replace(b"4,2", b"4,3"), body + b" ", body.replace(b'","', b'", "', 1)):
        assert webhook.post_bytes(changed, **headers).status_code == 403
    assert untouched()


def test_2_2_an_hmac_is_no_signature(webhook: Webhook, zalo: ZaloServer) -> None:
    """As several snippets on the web have it."""
    import hmac

    event = webhook.event()
    body, _headers = official.signed(zalo.world, zalo.world.oa, event)
    mac = hmac.new(zalo.world.oa.secret_key.encode(), body, "sha256").hexdigest()

    assert webhook.post(event, **{"X-ZEvent-Signature": mac}).status_code == 403


@pytest.mark.parametrize("length", [65_537, 200_000])
def test_2_2_what_is_oversized_is_refused_unread(webhook: Webhook, counted: Any, length: int) -> None:
    body, headers = official.signed(webhook.zalo.world, webhook.zalo.world.oa, webhook.event("x" * length))

    answer = webhook.post_bytes(body, **headers)

    assert answer.status_code == 413
    assert untouched()
    assert counted("too_large") == 1


def test_2_2_oversized_without_a_length_is_refused(webhook: Webhook) -> None:
    body, headers = official.signed(webhook.zalo.world, webhook.zalo.world.oa, webhook.event("x" * 66_000))

    answer = Client().generic(
        "POST", "/zalo/webhook", body, content_type="application/json", headers=headers, CONTENT_LENGTH=""
    )

    assert answer.status_code in (403, 413)
    assert untouched()


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"null", b'"x"', b"\xff\xfe", b"[" * 60_000, b'{"recipient": {"id": null}}', b"{}"],
)
def test_2_2_what_is_truncated_or_no_event_is_refused(webhook: Webhook, body: bytes) -> None:
    assert webhook.post_bytes(body, **{"X-ZEvent-Signature": "0" * 64}).status_code == 403
    assert untouched()


def test_2_2_a_body_cut_anywhere_is_refused(webhook: Webhook) -> None:
    body, headers = official.signed(webhook.zalo.world, webhook.zalo.world.oa, webhook.event())

    for end in range(0, len(body), 7):
        assert webhook.post_bytes(body[:end], **headers).status_code == 403
    assert untouched()


def test_2_2_two_accounts_have_a_secret_each(webhook: Webhook, zalo: ZaloServer) -> None:
    other = zalo.world.accounts[OTHER]
    event = {**webhook.event(), "recipient": {"id": OTHER}}

    of_the_first = webhook.post(event)
    body, headers = official.signed(zalo.world, other, event)
    own = webhook.post_bytes(body, **headers)

    assert (of_the_first.status_code, own.status_code) == (403, 200)
    assert Event.objects.get().account.own_id == OTHER


def test_2_2_the_same_message_id_at_two_accounts_is_two_messages(webhook: Webhook, zalo: ZaloServer) -> None:
    event = webhook.event()
    webhook.post(event)

    body, headers = official.signed(zalo.world, zalo.world.accounts[OTHER], {**event, "recipient": {"id": OTHER}})
    webhook.post_bytes(body, **headers)

    assert Event.objects.count() == 2
    assert Account.objects.count() == 2


@pytest.mark.parametrize("named", [{"recipient": {"id": "1"}}, {"recipient": "x"}, {"recipient": None}])
def test_2_2_an_account_that_is_not_ours_is_refused(webhook: Webhook, counted: Any, named: dict[str, Any]) -> None:
    answer = webhook.post(webhook.event(**named))

    assert answer.status_code == 403
    assert untouched()
    assert counted("unknown_account") == 1


@pytest.mark.parametrize("timestamp", [None, "", "now", "1", "9" * 13, -1, 1.5, [], "１２３４５６７８９０１２３"])
def test_2_2_a_time_that_is_none_is_no_error_of_ours(webhook: Webhook, timestamp: Any) -> None:
    event = webhook.event(timestamp=timestamp)

    answer = webhook.post(event)

    # A moment far ahead is a clock's fault; the message is taken as sent now.
    assert answer.status_code == (200 if timestamp == "9" * 13 else 403)


# --- zalo-api.md §2.3: events --------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["user_received_message", "user_seen_message", "oa_send_text", "oa_send_image", "new"])
def test_2_3_receipts_and_echoes_are_200_and_forgotten(
    webhook: Webhook, zalo: ZaloServer, counted: Any, name: str
) -> None:
    event = {
        "event_name": name,
        "sender": {"id": zalo.world.oa.id},
        "recipient": {"id": zalo.person_id("mai")},
        "message": {"msg_ids": ["1"]},
    }

    answer = webhook.post({**webhook.event(), **event})

    assert answer.status_code == 200
    assert untouched()
    assert counted("ignored") == 1


def test_2_3_a_person_s_event_that_names_an_account_as_its_sender_is_refused(
    webhook: Webhook, zalo: ZaloServer
) -> None:
    event = webhook.event(sender={"id": zalo.world.oa.id}, recipient={"id": zalo.person_id("mai")})

    assert webhook.post(event).status_code == 403


def test_2_3_a_message_to_somebody_else_is_refused_though_it_names_our_account(
    webhook: Webhook, zalo: ZaloServer
) -> None:
    event = webhook.event(oa_id=zalo.world.oa.id, recipient={"id": "1"})

    assert webhook.post(event).status_code == 403
    assert untouched()


@pytest.mark.parametrize("group", ["group_id", "group_info"])
def test_2_3_what_is_said_in_a_group_is_forgotten(webhook: Webhook, group: str) -> None:
    assert webhook.post({**webhook.event(), group: "1"}).json() == {"outcome": "ignored"}
    assert untouched()


@pytest.mark.parametrize(
    "changes",
    [
        {"message": None},
        {"message": {"text": "x"}},
        {"message": {"text": 5, "msg_id": "1"}},
        {"message": {"text": "x", "msg_id": 5}},
        {"message": {"text": "x", "msg_id": "a b"}},
        {"message": {"text": "x", "msg_id": "x" * 500}},
        {"sender": None},
        {"sender": {"id": 8765432109876543210}},
        {"sender": {"id": "../x"}},
        {"sender": {"id": "1" * 65}},
    ],
    ids=str,
)
def test_2_3_a_signed_event_of_another_shape_is_refused(webhook: Webhook, changes: dict[str, Any]) -> None:
    assert webhook.post(webhook.event(**changes)).status_code == 403
    assert untouched()


def test_2_3_attachments_of_any_shape_are_no_error(webhook: Webhook) -> None:
    odd: list[Any] = [
        None,
        "x",
        [],
        [None],
        [{}],
        [{"payload": 1}],
        [{"payload": {"url": 5}}],
        [{"payload": {"url": "x" * 9999}}],
    ]
    for number, attachments in enumerate(odd):
        message = {"msg_id": f"m{number}", "attachments": attachments}
        assert webhook.post({**webhook.event(), "event_name": "user_send_file", "message": message}).status_code == 200


def test_2_3_a_follow_comes_once(webhook: Webhook, zalo: ZaloServer) -> None:
    event = official.follow_event(zalo.world, zalo.world.oa, zalo.world.people["mai"], follows=True)

    outcomes = [webhook.post(event).json()["outcome"] for _ in range(2)]

    assert outcomes == ["stored", "duplicate"]


# --- Our own rules -------------------------------------------------------------------------------


def test_the_door_is_404_while_no_account_is_named(webhook: Webhook, settings: Any) -> None:
    settings.ZALO_OFFICIAL_ACCOUNTS = {}

    assert Client().get("/zalo/webhook").status_code == 404
    assert webhook.post(webhook.event()).status_code == 404


@pytest.mark.parametrize("method", ["put", "delete", "patch"])
def test_other_methods_are_405(webhook: Webhook, method: str) -> None:
    assert getattr(Client(), method)("/zalo/webhook").status_code == 405


def test_after_twenty_in_a_minute_one_notice_and_then_silence(webhook: Webhook, zalo: ZaloServer, counted: Any) -> None:
    for _ in range(24):
        webhook.says("trợ giúp")

    assert len(zalo.answers("mai")) == 21
    assert "nhanh quá" in zalo.answers("mai")[-1].lower() or "đợi" in zalo.answers("mai")[-1].lower()
    assert counted("throttled") == 3


def test_what_was_written_over_hours_is_kept_though_it_comes_at_once(
    webhook: Webhook, counted: Any, settings: Any
) -> None:
    """The newest first, as Zalo repeats after an outage."""
    settings.TASKS = {"default": {"BACKEND": "django_tasks.backends.dummy.DummyBackend"}}
    for number in range(60):
        webhook.says("trợ giúp", ago=60 * number)

    assert counted("stored") == Event.objects.exclude(kind="too_many").count() == 60


@pytest.mark.parametrize("backwards", [False, True])
def test_what_was_written_too_fast_is_too_much_whenever_it_comes(
    webhook: Webhook, counted: Any, settings: Any, backwards: bool
) -> None:
    settings.TASKS = {"default": {"BACKEND": "django_tasks.backends.dummy.DummyBackend"}}
    events = [webhook.event(ago=3600 + number) for number in range(30)]
    for event in reversed(events) if backwards else events:
        webhook.post(event)

    assert Event.objects.exclude(kind="too_many").count() == 20
    assert counted("throttled") == 9


def test_one_person_s_flood_is_nobody_else_s(webhook: Webhook, zalo: ZaloServer) -> None:
    for _ in range(22):
        webhook.says("trợ giúp")

    webhook.says("help", by="emma")

    assert len(zalo.answers("emma")) == 1


def test_no_answer_says_more_than_a_word(webhook: Webhook) -> None:
    answer = webhook.post(webhook.event("Míu 4,2 kg"))

    assert json.loads(answer.content) == {"outcome": "stored"}
