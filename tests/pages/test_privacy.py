"""`/privacy` keeps to the truth: every kind of row this service stores is on it, with the lifetimes that are set."""

import re
from datetime import date

import pytest
from django.apps import apps
from django.conf import settings as configured
from django.test import Client
from pytest_django import Settings

from tests.pages.walking import LANGUAGES, page_of

# Each model that holds something about a person → where the page speaks of it; None: nothing about people of the main app.
SPOKEN_OF = {
    "User": "Your connection",
    "Connection": "Your connection",
    "PendingRevocation": "The key to your account",
    "Grant": "Sign-ins",
    "AccessToken": "ChatGPT’s keys",
    "RefreshToken": "ChatGPT’s keys",
    "LegacyToken": "ChatGPT’s keys",
    "AuthorizationRequest": "Sign-ins",
    "WriteAttempt": "Changes",
    "Application": None,
}


def text(client: Client, language: str = "en") -> str:
    return " ".join(page_of(client.get("/privacy", {"lang": language})).text.split())


def test_nothing_is_stored_that_it_does_not_speak_of(client: Client) -> None:
    stored = {
        model.__name__ for room in ("oauthbridge", "petstools") for model in apps.get_app_config(room).get_models()
    }

    assert stored == SPOKEN_OF.keys(), (
        "a new kind of row: say on /privacy what it is and how long it stays, then add it here"
    )
    for words in filter(None, SPOKEN_OF.values()):
        assert words in text(client)


@pytest.mark.parametrize(
    ("language", "idle", "most"),
    [
        ("en", "(1 day)", "(400 days)"),
        ("vi", "(1 ngày)", "(400 ngày)"),
        ("ru", "(срок: 1 день)", "(срок: 400 дней)"),
        ("uk", "(строк: 1 день)", "(строк: 400 днів)"),
    ],
)
def test_it_tells_the_lifetimes_that_are_set(
    client: Client, settings: Settings, language: str, idle: str, most: str
) -> None:
    settings.REFRESH_TOKEN_IDLE_DAYS, settings.CONNECTION_MAX_DAYS = 1, 400
    # Django puts a space that does not break between number and unit.
    told = text(client, language).replace("\N{NO-BREAK SPACE}", " ")

    assert idle in told
    assert most in told


def test_no_sign_in_lasts_longer_than_it_says() -> None:
    """ "Ten minutes at most" stands there in words: the setting must not be able to outgrow it."""
    source = (configured.BASE_DIR / "connector" / "settings.py").read_text()
    (greatest,) = re.findall(r'"AUTHORIZATION_REQUEST_SECONDS", \d+, least=\d+, most=(\d+)\)', source)

    assert int(greatest) <= 600


@pytest.mark.parametrize("language", LANGUAGES)
def test_people_can_write_to_who_runs_it(client: Client, settings: Settings, language: str) -> None:
    settings.SUPPORT_URL = "https://meo.example.com/contact"
    page = page_of(client.get("/privacy", {"lang": language}))

    assert "https://meo.example.com/contact" in {link["href"] for link in page.all("a")}
    assert "https://openai.com/policies/privacy-policy/" in {link["href"] for link in page.all("a")}


@pytest.mark.parametrize(
    ("language", "day"),
    [
        ("en", "Nov. 21, 2026"),
        ("vi", "21 tháng 11 năm 2026"),
        ("ru", "21 ноября 2026 г."),
        ("uk", "21 листопада 2026 р."),
    ],
)
def test_it_says_of_which_day_it_is(client: Client, language: str, day: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connector.pages.PRIVACY_AS_OF", date(2026, 11, 21))

    assert day in text(client, language).replace("\N{NO-BREAK SPACE}", " ")


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_names_the_token_to_remove_in_the_main_app(client: Client, language: str) -> None:
    assert "gpt-connector" in text(client, language)
