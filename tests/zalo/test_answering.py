"""A message comes in, its answer goes out."""

from collections.abc import Callable

from chat.zalo.models import Account, Event, Reply, Sender
from tests.zalo.conftest import MAI, Post, Zalo, event


def test_who_has_not_signed_in_is_told_so(oa: Account, zalo: Zalo, post: Post) -> None:
    answer = post(event("Míu 4,2 kg"))

    assert answer.status_code == 200
    assert answer.json() == {"outcome": "stored"}
    assert [to for to, _text in zalo.sent] == [MAI]
    stored = Event.objects.get()
    assert (stored.state, stored.outcome) == ("done", "not_linked")


def test_who_has_signed_in_is_answered_by_the_conversation(
    linked: Callable[..., Sender], zalo: Zalo, post: Post
) -> None:
    linked("mai")

    post(event("Mướp 4,2 kg"))

    (text,) = zalo.texts()
    assert text.startswith("Đã ghi: Mướp nặng 4,2 kg")


def test_nothing_of_what_was_said_stays(linked: Callable[..., Sender], zalo: Zalo, post: Post) -> None:
    linked("mai")

    post(event("Mướp 4,2 kg"))

    assert Event.objects.get().sealed is None
    assert Reply.objects.get().sealed is None
    assert Reply.objects.get().state == "sent"
