"""Every way a sign-in can stop has its page: right status, in the person's language, with what to do next."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone, translation
from pytest_django import DjangoAssertNumQueries, Settings

from connector.middleware import CONTENT_SECURITY_POLICY
from oauthbridge.consent_page import form_token
from oauthbridge.models import AuthorizationRequest
from oauthbridge.pages import _TEXTS, Problem
from tests.pages.walking import BROWSER_ID, LANGUAGES, page_of, sign_in

# A page says the same on each database; what leads there is held in tests/oauth.
pytestmark = [pytest.mark.django_db, pytest.mark.once]

Status = AuthorizationRequest.Status
Way = Callable[[Client, Settings], Callable[[str], Any]]


def opening(path: str) -> Way:
    return lambda client, _: lambda language: client.get(path, headers={"accept-language": language})


def ended_as(status: Status) -> Way:
    return lambda client, _: sign_in(client, status)


def cancelled_in_an_app(client: Client, _: Settings) -> Callable[[str], Any]:
    return sign_in(client, Status.DECLINED, door="mcp")


def agreed_twice(client: Client, _: Settings) -> Callable[[str], Any]:
    sign_in(client, Status.PENDING, door="mcp")
    AuthorizationRequest.objects.update(consented_at=timezone.now())
    row = AuthorizationRequest.objects.get()
    form = {"sign_in": str(row.pk), "token": form_token(row, BROWSER_ID), "answer": "agree"}
    client.cookies["meo_browser"] = BROWSER_ID
    return lambda language: client.post(
        "/oauth/consent", urlencode(form), "application/x-www-form-urlencoded", headers={"accept-language": language}
    )


def one_too_many(client: Client, settings: Settings) -> Callable[[str], Any]:
    settings.AUTHORIZE_LIMIT_PER_MINUTE = 1
    client.get("/oauth/callback")
    return opening("/oauth/callback")(client, settings)


def without_its_table(client: Client, _: Settings) -> Callable[[str], Any]:
    come_back = sign_in(client, Status.PENDING)
    with connection.cursor() as cursor:
        # Within the test's transaction, so that the table comes back after it.
        cursor.execute("ALTER TABLE oauthbridge_authorizationrequest RENAME TO put_away")
    return come_back


WAYS: dict[str, tuple[Way, Problem, int]] = {
    "a callback with nothing in it": (opening("/oauth/callback"), Problem.BAD_LINK, 400),
    "a client that nobody registered": (opening("/oauth/authorize?client_id=nope"), Problem.UNKNOWN_CLIENT, 400),
    "came back too late": (ended_as(Status.EXPIRED), Problem.EXPIRED, 400),
    "came back in another browser": (ended_as(Status.WRONG_BROWSER), Problem.WRONG_BROWSER, 400),
    "opened again after it was done": (ended_as(Status.CONNECTED), Problem.ALREADY_CONNECTED, 200),
    "opened again while being finished": (ended_as(Status.TAKEN), Problem.ALREADY_USED, 400),
    "came back with a spent code": (ended_as(Status.CODE_REUSED), Problem.ALREADY_USED, 400),
    "opened again after a cancel": (cancelled_in_an_app, Problem.DECLINED, 400),
    "agreed a second time": (agreed_twice, Problem.ALREADY_AGREED, 400),
    "the main app said no": (ended_as(Status.REFUSED), Problem.REFUSED, 400),
    "the main app was away": (ended_as(Status.MAIN_APP_AWAY), Problem.MAIN_APP_AWAY, 503),
    "the client changed meanwhile": (ended_as(Status.CLIENT_CHANGED), Problem.UNKNOWN_CLIENT, 400),
    "too many sign-ins from one network": (one_too_many, Problem.TOO_MANY, 429),
    "the database lost a table": (without_its_table, Problem.OUR_FAULT, 503),
}


def test_every_problem_has_a_way_that_is_tested() -> None:
    # Those of a chat: tests/zalo.
    of_chats = {Problem.CHAT_CONNECTED, Problem.CHAT_PAUSED}
    assert {problem for _way, problem, _status in WAYS.values()} == set(Problem) - of_chats


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("way", WAYS)
def test_it_says_what_happened_and_what_to_do(client: Client, settings: Settings, way: str, language: str) -> None:
    walk, problem, status = WAYS[way]
    response = walk(client, settings)(language)
    page = page_of(response)
    text = _TEXTS[problem]
    with translation.override(language):
        title, what, todo = str(text.title), str(text.what), str(text.next or text.next_in_app)

    assert response.status_code == status
    assert page.language == response["Content-Language"] == language
    assert page.heading == title
    assert page.title == f"{title} · Meo Mai Moi"
    assert what in page.text
    assert todo in page.text
    with translation.override("en"):
        assert (title == str(text.title)) == (language == "en")


@pytest.mark.parametrize("way", WAYS)
def test_it_is_kept_by_nobody_and_framed_by_nobody(client: Client, settings: Settings, way: str) -> None:
    response = WAYS[way][0](client, settings)("en")

    assert response["Content-Security-Policy"] == CONTENT_SECURITY_POLICY
    assert "unsafe" not in CONTENT_SECURITY_POLICY
    assert "frame-ancestors 'none'" in CONTENT_SECURITY_POLICY
    assert response["Cache-Control"] == "no-store"
    assert response["X-Frame-Options"] == "DENY"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Referrer-Policy"] == "no-referrer"
    assert "Accept-Language" in response["Vary"]


@pytest.mark.parametrize("way", WAYS)
def test_it_needs_no_script_and_no_inline_style(client: Client, settings: Settings, way: str) -> None:
    page = page_of(WAYS[way][0](client, settings)("vi"))

    assert not page.all("script")
    assert not page.all("style")
    assert not [a for _tag, a in page.elements if "style" in a or any(name.startswith("on") for name in a)]
    addresses = [a.get("href") or a.get("src") or "" for tag, a in page.elements if tag in ("link", "img")]
    assert addresses
    assert all(address.startswith("/static/oauthbridge/") for address in addresses)


@pytest.mark.parametrize("way", WAYS)
def test_a_screen_reader_finds_its_way(client: Client, settings: Settings, way: str) -> None:
    page = page_of(WAYS[way][0](client, settings)("uk"))

    assert [tag for tag, _ in page.elements if tag in ("h1", "h2", "h3", "h4")] == ["h1"]
    assert len(page.all("main")) == 1
    # Decoration is passed over.
    assert [image["alt"] for image in page.all("img")] == ["", ""]
    (viewport,) = [meta["content"] for meta in page.all("meta") if meta.get("name") == "viewport"]
    assert viewport == "width=device-width, initial-scale=1"


def test_every_asset_it_names_is_there(client: Client) -> None:
    pages = [
        page_of(sign_in(client, status)("en")) for status in (Status.CONNECTED, Status.EXPIRED, Status.MAIN_APP_AWAY)
    ]
    addresses = {
        str(a.get("href") or a.get("src")) for page in pages for tag, a in page.elements if tag in ("link", "img")
    }

    assert {a for a in addresses if "cat-" in a} == {
        f"/static/oauthbridge/cat-{mood}.svg" for mood in ("happy", "puzzled", "asleep")
    }
    for address in addresses:
        answer = client.get(address)
        assert answer.status_code == 200, address
        assert answer["Content-Type"].partition(";")[0] in ("text/css", "image/svg+xml")


def test_support_can_find_it_by_the_reference(client: Client) -> None:
    response = client.get("/oauth/callback", headers={"x-request-id": "proxy-4711-abc"})

    assert response["X-Request-ID"] == "proxy-4711-abc"
    assert "proxy-4711-abc" in page_of(response).text


def test_who_came_too_often_is_told_when_to_come_back(client: Client, settings: Settings) -> None:
    response = one_too_many(client, settings)("en")

    # One a minute, in a sliding window: until the first one has slid out of it.
    assert 1 <= int(response["Retry-After"]) <= 121


def test_the_page_itself_asks_the_database_nothing(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(0):
        client.get("/oauth/callback")
