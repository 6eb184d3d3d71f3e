"""Staff's second factor, and their sessions: asked for, used once, ended by rest, by an administrator or at the shell."""

import base64
import re
import time
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.core.management import call_command
from django.test import Client
from django.utils import timezone
from django_otp.oath import TOTP
from pytest_django import Settings

from oauthbridge import rotation, second_factor
from oauthbridge.models import SecondFactor, StaffSession, User
from tests.admin.conftest import PASSWORD, make_member
from tests.ops.conftest import Ran, manage  # noqa: F401 - a fixture

LOGIN, CODE, SESSIONS = "/admin/login/", "/admin/second-factor/", "/admin/oauthbridge/staffsession/"


@pytest.fixture(autouse=True)
def _required(settings: Settings) -> None:
    settings.STAFF_SECOND_FACTOR = "required"


@pytest.fixture
def olena(db: None) -> User:
    return User.objects.create_superuser("olena", PASSWORD)


def code_of(key: str, *, steps: int = 0) -> str:
    totp = TOTP(base64.b32decode(key.replace(" ", "")))
    totp.time = time.time() + 30 * steps
    return f"{totp.token():06d}"


def with_password(name: str = "olena") -> Client:
    browser = Client()
    assert browser.post(LOGIN, {"username": name, "password": PASSWORD}).status_code == 302
    return browser


def setup_key(browser: Client) -> str:
    shown = re.search(r'id="setup-key">([A-Z2-7 ]+)<', browser.get(CODE).content.decode())
    return shown[1] if shown else ""


def signed_in(name: str = "olena") -> Client:
    browser = with_password(name)
    factor = second_factor.replace(User.objects.get(username=name))
    assert browser.post(CODE, {"code": code_of(second_factor.setup_key(factor))}).status_code == 302
    return browser


def test_a_password_alone_opens_nothing(olena: User) -> None:
    browser = with_password()

    for path in ("/admin/", "/admin/oauthbridge/user/", "/admin/password_change/", SESSIONS):
        answer = browser.get(path)
        assert (answer.status_code, answer.headers["Location"].partition("?")[0]) == (302, CODE)


def test_who_has_none_sets_one_up_and_comes_where_they_wanted(olena: User) -> None:
    browser = with_password()
    key = setup_key(browser)
    assert browser.get("/admin/").status_code == 302

    answer = browser.post(CODE, {"code": code_of(key), "next": "/admin/oauthbridge/user/"})

    assert (answer.status_code, answer.headers["Location"]) == (302, "/admin/oauthbridge/user/")
    assert browser.get("/admin/").status_code == 200
    # From now on the key is shown to nobody.
    assert setup_key(with_password()) == ""
    assert key.replace(" ", "").encode() not in bytes(SecondFactor.objects.get().secret)


def test_no_code_works_twice_in_whatever_browser(olena: User) -> None:
    factor = second_factor.replace(olena)
    code = code_of(second_factor.setup_key(factor))
    assert with_password().post(CODE, {"code": code}).status_code == 302

    thief = with_password()

    assert thief.post(CODE, {"code": code}).status_code == 200
    assert thief.get("/admin/").status_code == 302


@pytest.mark.parametrize("steps", [-3, 3])
def test_a_code_of_another_moment_is_refused(olena: User, steps: int) -> None:
    key = second_factor.setup_key(second_factor.replace(olena))

    assert with_password().post(CODE, {"code": code_of(key, steps=steps)}).status_code == 200


@pytest.mark.parametrize("code", ["", "12345", "1234567", "abcdef", "١٢٣٤٥٦", "-12345", "\x00" * 6])
def test_what_is_no_code_is_refused(olena: User, code: str) -> None:
    second_factor.replace(olena)

    assert with_password().post(CODE, {"code": code}).status_code == 200


def test_guessing_is_throttled_for_the_member_not_the_browser(olena: User, settings: Settings) -> None:
    settings.STAFF_LOGIN_LIMIT_PER_MINUTE = 3
    key = second_factor.setup_key(second_factor.replace(olena))
    browser = with_password()
    wrong = [browser.post(CODE, {"code": "000000"}).status_code for _ in range(3)]

    assert wrong == [200, 200, 200]
    assert browser.post(CODE, {"code": code_of(key)}).status_code == 429


def test_no_more_than_so_many_codes_are_tried_in_a_day(
    olena: User, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.STAFF_LOGIN_LIMIT_PER_MINUTE = 1000
    monkeypatch.setattr(second_factor, "MOST_TRIES", 3)
    key = second_factor.setup_key(second_factor.replace(olena))
    tried = [with_password().post(CODE, {"code": "000000"}).status_code for _ in range(3)]

    refused = with_password().post(CODE, {"code": code_of(key)})

    assert (tried, refused.status_code) == ([200, 200, 200], 429)
    assert "Ask an administrator" in refused.content.decode()
    # With another factor they begin anew.
    signed_in()


@pytest.mark.parametrize("following", ["https://evil.example/", "//evil.example", "javascript:alert(1)", ""])
def test_it_leads_to_no_foreign_address(olena: User, following: str) -> None:
    browser = with_password()

    answer = browser.post(CODE, {"code": code_of(setup_key(browser)), "next": following})

    assert answer.headers["Location"] == "/admin/"


def test_offered_it_is_asked_of_who_has_one(olena: User, settings: Settings) -> None:
    settings.STAFF_SECOND_FACTOR = "offered"
    assert with_password().get("/admin/").status_code == 200

    second_factor.replace(olena)

    assert with_password().get("/admin/").status_code == 302


def test_the_first_administrator_gets_it_at_the_shell(olena: User, manage: Callable[..., Ran]) -> None:  # noqa: F811
    ran = manage("second_factor", "olena")

    key = re.search(r"Set-up key: (\w+)", ran.out)
    assert key is not None
    assert f"otpauth://totp/Meo%20Connector%3Aolena?secret={key[1]}" in ran.out
    browser = with_password()
    assert setup_key(browser) == ""
    assert browser.post(CODE, {"code": code_of(key[1])}).status_code == 302
    assert browser.get("/admin/").status_code == 200
    assert manage("second_factor", "nobody").code == 1


def test_a_lost_phone_is_taken_away(olena: User, manage: Callable[..., Ran]) -> None:  # noqa: F811
    browser = signed_in()

    assert "Taken away." in manage("second_factor", "olena", "--remove").out

    assert browser.get("/admin/").headers["Location"].startswith(LOGIN)
    assert setup_key(with_password()) != ""


def test_an_administrator_takes_it_away_and_it_is_logged(olena: User, roles: None) -> None:
    member = make_member("Support", PASSWORD)
    second_factor.replace(member)

    signed_in().post("/admin/oauthbridge/user/", {"action": "take_factor_away", "_selected_action": [member.pk]})

    assert not SecondFactor.objects.filter(user=member).exists()
    assert LogEntry.objects.filter(change_message="Took their second factor away.").exists()


def test_half_an_hour_of_rest_ends_a_session(olena: User) -> None:
    browser = signed_in()
    StaffSession.objects.update(seen_at=timezone.now() - timedelta(minutes=29))
    assert browser.get("/admin/").status_code == 200
    # It was seen, so the half hour begins anew.
    assert StaffSession.objects.get().seen_at > timezone.now() - timedelta(minutes=1)

    StaffSession.objects.update(seen_at=timezone.now() - timedelta(minutes=31))

    assert browser.get("/admin/").headers["Location"].startswith(LOGIN)
    assert "_auth_user_id" not in browser.session


def test_no_session_outlives_eight_hours(olena: User) -> None:
    browser = signed_in()
    StaffSession.objects.update(began_at=timezone.now() - timedelta(hours=8, seconds=1))

    assert browser.get("/admin/").headers["Location"].startswith(LOGIN)


def test_an_administrator_sees_and_ends_sessions(olena: User, roles: None) -> None:
    make_member("Support", PASSWORD)
    support, administrator = signed_in("support"), signed_in()
    assert support.get("/admin/").status_code == 200
    page = administrator.get(SESSIONS).content.decode()
    assert "support" in page
    assert "127.0.0.1" in page
    assert ">yes<" in page
    session = StaffSession.objects.get(user__username="support")

    administrator.post(SESSIONS, {"action": "end_chosen", "_selected_action": [session.pk]})

    assert support.get("/admin/").headers["Location"].startswith(LOGIN)
    assert administrator.get("/admin/").status_code == 200
    assert LogEntry.objects.filter(change_message="Ended a session of theirs.").exists()
    assert signed_in("support").get(SESSIONS).status_code == 403


def test_a_session_of_somebody_without_a_second_factor_does_not_claim_one(roles: None, settings: Settings) -> None:
    """Where it is not required they are let in."""
    settings.STAFF_SECOND_FACTOR = "offered"
    make_member("superuser", PASSWORD)
    browser = Client()
    browser.force_login(User.objects.get(username="superuser"))

    page = browser.get(SESSIONS).content.decode()

    assert '<span class="badge warn">none</span>' in page
    assert ">yes<" not in page


def test_its_key_moves_with_the_key_ring(olena: User, settings: Settings) -> None:
    key = second_factor.setup_key(second_factor.replace(olena))
    settings.ENCRYPTION_KEYS = [b"n" * 32, *settings.ENCRYPTION_KEYS]
    assert [one.result for one in rotation.rotate()] == ["moved"]

    settings.ENCRYPTION_KEYS = settings.ENCRYPTION_KEYS[:1]

    assert second_factor.setup_key(SecondFactor.objects.get()) == key


def test_createsuperuser_then_the_first_page_is_the_second_factor(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", PASSWORD)
    call_command("createsuperuser", username="olena", interactive=False, verbosity=0)

    assert with_password().get("/admin/", follow=True).redirect_chain[-1][0].startswith(CODE)
