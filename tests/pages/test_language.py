"""The browser's Accept-Language decides, regions and preferences included; a language we don't speak gets English."""

import pytest
from django.test import Client

from tests.pages.walking import page_of

ASKED = {
    "vi": "vi",
    "vi-VN": "vi",
    "ru-UA,ru;q=0.9,en;q=0.5": "ru",
    "uk-UA,uk;q=0.9,ru;q=0.8": "uk",
    "en-GB": "en",
    "en-US,en;q=0.9,vi;q=0.8": "en",
    "de-DE,vi;q=0.4": "vi",
    "de-DE,fr;q=0.4": "en",
    "zh-Hant-TW": "en",
    "*": "en",
    "": "en",
    "vi;q=lots,,;;": "en",
    "../../etc/passwd": "en",
}


@pytest.mark.parametrize("asked", ASKED)
def test_it_speaks_the_language_asked_for(client: Client, asked: str) -> None:
    response = client.get("/oauth/callback", headers={"accept-language": asked})

    assert page_of(response).language == ASKED[asked]


def test_it_speaks_english_to_who_asks_for_nothing(client: Client) -> None:
    page = page_of(client.get("/oauth/callback"))

    assert page.language == "en"
    assert page.heading == "This link does not work"


@pytest.mark.parametrize(
    ("language", "heading", "button"),
    [
        ("vi-VN", "Liên kết này không dùng được", "Quay lại ChatGPT"),
        ("ru-RU", "Эта ссылка не работает", "Вернуться в ChatGPT"),
        ("uk-UA", "Це посилання не працює", "Повернутися до ChatGPT"),
    ],
)
def test_letters_of_the_language_arrive_whole(client: Client, language: str, heading: str, button: str) -> None:
    page = page_of(client.get("/oauth/callback", headers={"accept-language": language}))

    assert page.heading == heading
    assert button in page.text
