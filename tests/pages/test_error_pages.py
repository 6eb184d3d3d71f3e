"""Django's own error pages: plain, kind, in the person's language, and never failing themselves."""

from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as configured
from django.template import engines
from django.test import Client
from django.utils import translation
from pytest_django import Settings

from connector.middleware import CONTENT_SECURITY_POLICY
from tests.pages.walking import LANGUAGES, page_of

pytestmark = [pytest.mark.django_db, pytest.mark.once, pytest.mark.urls("tests.pages.troubled_urls")]

HEADINGS = {
    400: {
        "en": "We did not understand that",
        "vi": "Chúng tôi chưa hiểu yêu cầu này",
        "ru": "Мы не поняли этот запрос",
        "uk": "Ми не зрозуміли цього запиту",
    },
    403: {
        "en": "You can’t open this page",
        "vi": "Bạn chưa mở được trang này",
        "ru": "Эта страница вам недоступна",
        "uk": "Ця сторінка вам недоступна",
    },
    404: {
        "en": "There is no page here",
        "vi": "Không tìm thấy trang này",
        "ru": "Здесь нет страницы",
        "uk": "Тут немає сторінки",
    },
    500: {
        "en": "Something went wrong on our side",
        "vi": "Có trục trặc từ phía chúng tôi",
        "ru": "У нас что-то пошло не так",
        "uk": "У нас щось пішло не так",
    },
}


def reach(status: int, language: str) -> Any:
    client = Client(raise_request_exception=False, headers={"accept-language": language, "accept": "text/html"})
    if status == 400:
        return client.get("/oauth/callback", headers={"host": "somebody-else.example"})
    return client.get({403: "/forbidden", 404: "/no/such/page", 500: "/fails"}[status])


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("status", HEADINGS)
def test_it_says_so_in_the_language_of_the_person(status: int, language: str) -> None:
    response = reach(status, language)
    page = page_of(response)

    assert response.status_code == status
    assert page.language == language
    assert page.heading == HEADINGS[status][language]
    assert page.way_back == "/"


@pytest.mark.parametrize("status", HEADINGS)
def test_it_tells_nothing_about_the_inside(status: int, settings: Settings) -> None:
    settings.ENVIRONMENT = "production"
    html = reach(status, "en").content.decode()

    for word in (
        "Traceback",
        "the secret detail",
        "RuntimeError",
        "Django",
        "DisallowedHost",
        "somebody-else",
        "ALLOWED_HOSTS",
    ):
        assert word not in html


@pytest.mark.parametrize("status", HEADINGS)
def test_it_brings_its_own_policy(status: int) -> None:
    response = reach(status, "en")
    page = page_of(response)
    (policy,) = [m["content"] for m in page.all("meta") if m.get("http-equiv") == "Content-Security-Policy"]

    # A meta element can't forbid framing.
    assert f"{policy}; frame-ancestors 'none'" == CONTENT_SECURITY_POLICY


@pytest.mark.urls("connector.urls")
@pytest.mark.parametrize("accept", ["text/html", "application/json"])
@pytest.mark.parametrize("environment", ["development", "production"])
def test_a_host_that_is_not_allowed_leads_a_developer_to_the_setting(
    settings: Settings, environment: str, accept: str
) -> None:
    settings.ENVIRONMENT = environment
    response = Client(headers={"accept": accept}).get("/", headers={"host": "192.0.2.7:8000"})

    assert response.status_code == 400
    assert ("ALLOWED_HOSTS" in response.content.decode()) is (environment == "development")


@pytest.mark.parametrize("status", [403, 404, 500])
def test_it_is_framed_by_nobody(status: int) -> None:
    # Not 400: a host that is not ours is refused before the middleware that sets this, and that page has nothing to steal.
    assert reach(status, "en")["X-Frame-Options"] == "DENY"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("status", [403, 404, 500])
def test_it_has_a_reference_and_where_to_write(status: int, language: str, settings: Settings) -> None:
    settings.SUPPORT_URL = "https://help.example/write"
    response = reach(status, language)

    assert response["X-Request-ID"] in page_of(response).text
    assert 'href="https://help.example/write"' in response.content.decode()


@pytest.mark.parametrize("status", HEADINGS)
def test_it_needs_no_collected_files(status: int, settings: Settings, tmp_path: Path) -> None:
    storage = "whitenoise.storage.CompressedManifestStaticFilesStorage"
    settings.STORAGES = {**configured.STORAGES, "staticfiles": {"BACKEND": storage}}
    settings.STATIC_ROOT = tmp_path
    with translation.override("vi"):
        html = engines["django"].get_template(f"{status}.html").render()

    assert HEADINGS[status]["vi"] in html
    assert 'href="/static/oauthbridge/page.css"' in html


@pytest.mark.parametrize(("status", "address"), [(500, "/admin/fails"), (403, "/admin/forbidden")])
def test_staff_are_led_to_their_own_first_page(status: int, address: str) -> None:
    """They came from no app to go back to."""
    response = Client(raise_request_exception=False, headers={"accept-language": "vi", "accept": "text/html"}).get(
        address
    )
    page = page_of(response)

    assert response.status_code == status
    assert page.heading == HEADINGS[status]["vi"]
    assert page.way_back == "/admin/"
    assert "ứng dụng" not in page.text
    assert response["X-Request-ID"] in page.text
