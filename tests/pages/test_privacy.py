"""`/privacy` keeps to the truth: every kind of row this service stores is on it, with the lifetimes that are set."""

import re
from datetime import date, timedelta

import pytest
from django.apps import apps
from django.conf import settings as configured
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from connector import pages
from mainapp.secret import Secret
from oauthbridge.models import Application, Connection, User
from petstools import retention
from petstools.models import WriteAttempt
from tests.pages.walking import LANGUAGES, page_of

# Each model that holds something about a person → where the page speaks of it; None: nothing about people of the main app.
SPOKEN_OF = {
    "User": "Your connection",
    "Connection": "Your connection",
    "PendingRevocation": "The key to your account",
    "Grant": "Sign-ins",
    "AccessToken": "Your assistant’s keys",
    "RefreshToken": "Your assistant’s keys",
    "LegacyCutoff": "Your connection",
    "LegacyToken": "Your assistant’s keys",
    "AuthorizationRequest": "Sign-ins",
    "WriteAttempt": "Changes",
    "ToolCall": "Calls",
    "Application": None,
    "SecondFactor": None,
    "Remembered": "On Zalo",
    "Sender": "On Zalo",
    "LinkOffer": "On Zalo",
    "Event": "On Zalo",
    "Reply": "On Zalo",
    # Ours, not a person's.
    "Account": None,
    "StaffSession": None,
}


def text(client: Client, language: str = "en") -> str:
    return " ".join(page_of(client.get("/privacy", {"lang": language})).text.split())


def test_nothing_is_stored_that_it_does_not_speak_of(client: Client, settings: Settings) -> None:
    settings.ZALO_BOT_TOKEN = "1:x"
    stored = {
        model.__name__
        for room in ("oauthbridge", "petstools", "chat", "zalo")
        for model in apps.get_app_config(room).get_models()
    }

    assert stored == SPOKEN_OF.keys(), (
        "a new kind of row: say on /privacy what it is and how long it stays, then add it here"
    )
    for words in filter(None, SPOKEN_OF.values()):
        assert words in text(client)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("door", ["ZALO_OFFICIAL_ACCOUNTS", "ZALO_BOT_TOKEN"])
def test_it_speaks_of_zalo_where_people_can_write_to_us_there(
    client: Client, settings: Settings, door: str, language: str
) -> None:
    assert "Zalo" not in text(client, language)

    setattr(settings, door, {"1": "a secret"} if door == "ZALO_OFFICIAL_ACCOUNTS" else "1:x")

    # Who gets the answers, what is kept, how it ends.
    assert text(client, language).count("Zalo") >= 5


@pytest.mark.parametrize(
    ("language", "spans"),
    [
        ("en", ["1 day", "402 days", "403 days", "404 days", "406 days"]),
        ("vi", ["1 ngày", "402 ngày", "403 ngày", "404 ngày", "406 ngày"]),
        ("ru", ["1 день", "402 дня", "403 дня", "404 дня", "406 дней"]),
        ("uk", ["1 день", "402 дні", "403 дні", "404 дні", "406 днів"]),
    ],
)
def test_it_tells_the_lifetimes_that_are_set(
    client: Client, settings: Settings, language: str, spans: list[str]
) -> None:
    settings.REFRESH_TOKEN_IDLE_DAYS = 1
    settings.CONNECTION_MAX_DAYS = 402
    settings.CONNECTION_RETENTION_DAYS = 403
    settings.SIGN_IN_RETENTION_DAYS = 404
    settings.TOOL_CALL_RETENTION_DAYS = 406
    told = text(client, language)

    assert [span for span in spans if span not in told] == []


@pytest.mark.django_db
def test_a_change_is_forgotten_within_the_two_hours_it_says() -> None:
    """Once it may not come again, and the hourly prune has come by."""
    (writes,) = (kept for kept in retention.KEPT if kept.name == "writes")
    attempt = WriteAttempt(fingerprint="f", key="k", created_at=timezone.now() - timedelta(hours=1))
    user = User.objects.person(7)
    application = Application.objects.create(client_id="meo-privacy", client_secret="")
    connection = Connection(user=user, application=application, expires_at=timezone.now() + timedelta(days=1))
    connection.seal_token(Secret("7|abc"))
    connection.save(force_insert=True)
    attempt.connection = connection
    attempt.save()

    assert writes.past(timezone.now()).count() == 1


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
    assert {pages.OPENAI_PRIVACY, pages.ANTHROPIC_PRIVACY, pages.CURSOR_PRIVACY} <= {
        link["href"] for link in page.all("a")
    }


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

    assert day in text(client, language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_names_the_token_to_remove_in_the_main_app(client: Client, language: str) -> None:
    assert "gpt-connector" in text(client, language)
