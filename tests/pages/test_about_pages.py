"""What `/`, `/privacy`, `/terms` and `/support` have in common: language, links, policy, and that any cache may keep them."""

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from connector.middleware import CONTENT_SECURITY_POLICY
from tests.pages.walking import LANGUAGES, page_of

PAGES = ["/", "/privacy", "/terms", "/support"]
HEADINGS = {
    "/": {
        "en": "Your pets, in ChatGPT, Claude or Cursor",
        "vi": "Các bé cưng của bạn, ngay trong ChatGPT, Claude hay Cursor",
        "ru": "Ваши питомцы в ChatGPT, Claude или Cursor",
        "uk": "Ваші улюбленці в ChatGPT, Claude чи Cursor",
    },
    "/privacy": {"en": "Privacy", "vi": "Quyền riêng tư", "ru": "Конфиденциальность", "uk": "Приватність"},
    "/terms": {
        "en": "Terms of use",
        "vi": "Điều khoản sử dụng",
        "ru": "Условия использования",
        "uk": "Умови використання",
    },
    "/support": {"en": "Help", "vi": "Trợ giúp", "ru": "Помощь", "uk": "Допомога"},
}

pytestmark = [pytest.mark.django_db, pytest.mark.once, pytest.mark.parametrize("path", PAGES)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_speaks_the_language_of_the_browser(client: Client, path: str, language: str) -> None:
    response = client.get(path, headers={"accept-language": language})
    page = page_of(response)

    assert response.status_code == 200
    assert page.language == response["Content-Language"] == language
    assert page.heading == HEADINGS[path][language]
    assert page.title == f"{HEADINGS[path][language]} · Meo Mai Moi"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_address_decides_before_the_browser(client: Client, path: str, language: str) -> None:
    response = client.get(path, {"lang": language}, headers={"accept-language": "vi" if language != "vi" else "ru"})

    assert page_of(response).language == response["Content-Language"] == language
    assert page_of(response).heading == HEADINGS[path][language]


@pytest.mark.parametrize("asked", ["de", "", "EN", "vi-VN", "../../etc/passwd", "<script>MRK7x</script>"])
def test_a_language_that_is_none_of_ours_is_as_good_as_none(client: Client, path: str, asked: str) -> None:
    response = client.get(path, {"lang": asked}, headers={"accept-language": "uk"})

    assert page_of(response).language == "uk"
    assert "MRK7x" not in response.content.decode()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_is_one_click_away(client: Client, path: str, language: str) -> None:
    page = page_of(client.get(path, {"lang": language}))
    links = [link for link in page.all("a") if link["href"] and link["href"].startswith("?lang=")]

    assert [link["href"] for link in links] == [f"?lang={code}" for code in LANGUAGES]
    assert [link["lang"] for link in links if "aria-current" in link] == [language]
    for name in ("English", "Tiếng Việt", "Русский", "Українська"):
        assert name in page.text


def test_a_chosen_language_stays_chosen_on_the_other_page(client: Client, path: str) -> None:
    other = "/privacy" if path == "/" else "/"

    assert f"{other}?lang=uk" in {link["href"] for link in page_of(client.get(path, {"lang": "uk"})).all("a")}
    assert other in {link["href"] for link in page_of(client.get(path)).all("a")}


def test_any_cache_may_keep_it_for_a_few_minutes(client: Client, path: str) -> None:
    one, other = client.get(path), client.get(path)

    assert one["Cache-Control"] == "public, max-age=300"
    assert [name.strip() for name in one["Vary"].split(",")] == ["Accept-Language"]
    assert not one.cookies
    # Not even the request's id, which stands on every page about a problem.
    assert one.content == other.content


def test_it_is_held_to_the_policy_of_the_other_pages(client: Client, path: str) -> None:
    response = client.get(path)
    page = page_of(response)

    # The button that copies the address is the one script, and our own file.
    scripts = ["/static/oauthbridge/copy.js"] if path == "/" else []
    policy = response["Content-Security-Policy"].replace("script-src 'self'; ", "" if scripts else "not allowed")
    assert policy == CONTENT_SECURITY_POLICY
    assert response["X-Frame-Options"] == "DENY"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Referrer-Policy"] == "no-referrer"
    assert [script["src"] for script in page.all("script")] == scripts
    assert not page.all("style")
    assert not [a for _tag, a in page.elements if "style" in a or any(name.startswith("on") for name in a)]


def test_search_engines_may_find_it(client: Client, path: str) -> None:
    assert not [meta for meta in page_of(client.get(path)).all("meta") if meta.get("name") == "robots"]


def test_it_is_there_without_the_database(
    client: Client, path: str, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(0):
        client.get(path)


def test_it_is_for_looking_only(client: Client, path: str) -> None:
    assert client.head(path).status_code == 200
    assert client.post(path).status_code == 405


def test_a_screen_reader_finds_its_way(client: Client, path: str) -> None:
    page = page_of(client.get(path))
    headings = [tag for tag, _ in page.elements if tag in ("h1", "h2", "h3", "h4")]

    assert headings[0] == "h1"
    assert set(headings[1:]) <= {"h2"}
    assert len(page.all("main")) == 1
    assert all(image["alt"] == "" for image in page.all("img"))
    (languages,) = page.all("nav")
    assert languages["aria-label"] == "Language"
