"""What staff see of Zalo: who is tied to whom and what became of each message, and nothing of what was written."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from chat.zalo.models import Event, Reply
from tests.admin.conftest import Made, make_message

pytestmark = pytest.mark.django_db
Staff = Callable[[str], Client]
PEOPLE, MESSAGES = "/admin/zalo/sender/", "/admin/zalo/event/"
TEXT = "Míu nặng 4,2 kg hôm nay"


def message(connection: Any, **fields: Any) -> Event:
    """With a text that waits, and an answer on its way."""
    event = make_message(connection, **fields)
    event.seal(TEXT, "https://photos.example/1.jpg")
    event.save()
    reply = Reply(event=event, part=0, error=-230, state=Reply.State.GIVEN_UP)
    reply.seal(TEXT)
    reply.save()
    return event


def shown(browser: Client, url: str, **query: str) -> str:
    answer = browser.get(url, query)
    assert answer.status_code == 200, url
    return answer.content.decode()


@pytest.mark.parametrize("role", ["Support", "Auditor", "superuser"])
def test_no_page_shows_what_was_written(staff: Staff, connected: Callable[..., Made], role: str) -> None:
    row = connected().row
    event = message(row, state="waiting", outcome="")
    browser = staff(role)
    person = reverse("admin:oauthbridge_person", args=[row.user.main_app_user_id])
    urls = [PEOPLE, MESSAGES, f"{PEOPLE}{event.sender.pk}/change/", f"{MESSAGES}{event.pk}/change/", person]

    for url in [*urls, f"{MESSAGES}{event.pk}/history/"]:
        page = shown(browser, url)
        for secret in (TEXT, "photos.example", bytes(event.sealed or b"").hex()[:32], event.key_id):
            assert secret not in page, url


def test_a_person_on_zalo_and_their_messages(staff: Staff, connected: Callable[..., Made]) -> None:
    row = connected().row
    event = message(row)
    stranger = message(None, outcome="not_linked")
    browser = staff("Support")

    people = shown(browser, PEOPLE)
    assert "Mai Nguyễn" in people
    assert "Official Account 2345678901234567890" in people
    assert ">connected<" in people
    assert ">never<" in people
    assert event.sender.sender_id in shown(browser, f"{PEOPLE}{event.sender.pk}/change/")
    page = shown(browser, f"{MESSAGES}{event.pk}/change/")
    for words in (">stored<", ">given up<", "error -230", f"?q=zalo-{event.pk}", f"zalo-{event.pk}"):
        assert words in page
    for query, found, other in (
        ({"outcome": "not_linked"}, stranger, event),
        ({"outcome": "stored"}, event, stranger),
        ({"q": f"zalo-{event.pk}"}, event, stranger),
        ({"q": event.sender.sender_id}, event, stranger),
        ({"q": str(row.user.main_app_user_id)}, event, stranger),
        ({"q": str(row.pk)}, event, stranger),
    ):
        page = shown(browser, MESSAGES, **query)
        assert f"zalo-{found.pk}<" in page, query
        assert f"zalo-{other.pk}<" not in page, query


@pytest.mark.parametrize("term", ["\0", "zalo-", "zalo-x", "emma", "'", "٣", "99999999999999999999999"])
@pytest.mark.parametrize("page", [PEOPLE, MESSAGES])
def test_a_search_for_nothing_we_have_finds_nothing(staff: Staff, page: str, term: str) -> None:
    event = message(None)

    answer = staff("Support").get(page, {"q": term}, follow=True)

    assert answer.status_code == 200
    if "\0" not in term:
        assert f"{page}{event.pk}/change/" not in answer.content.decode()


def test_the_one_search_box_finds_a_message_and_a_person_on_zalo(staff: Staff, connected: Callable[..., Made]) -> None:
    event = message(connected().row)
    browser = staff("Support")

    for term in (f"zalo-{event.pk}", event.sender.sender_id):
        answer = browser.get(reverse("admin:search"), {"q": term}, follow=True)
        assert answer.status_code == 200
        assert "Mai Nguyễn" in answer.content.decode() or f"zalo-{event.pk}" in answer.content.decode()


def test_a_persons_timeline_has_their_messages(staff: Staff, connected: Callable[..., Made]) -> None:
    made = connected()
    event, other = message(made.row, outcome="interrupted"), message(None)
    url = reverse("admin:oauthbridge_person", args=[made.row.user.main_app_user_id])

    page = shown(staff("Support"), url, kind="Zalo")

    assert f"zalo-{event.pk}" in page
    assert f"zalo-{other.pk}" not in page
    assert "We could not see whether it was saved" in page, "what to tell them"


@pytest.mark.parametrize("page", [PEOPLE, MESSAGES])
def test_a_list_costs_the_same_however_long(
    staff: Staff, django_assert_max_num_queries: DjangoAssertNumQueries, page: str
) -> None:
    browser = staff("Support")
    for _ in range(12):
        message(None)

    with django_assert_max_num_queries(9):
        shown(browser, page)
