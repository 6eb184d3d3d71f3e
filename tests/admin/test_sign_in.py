"""Signing in: throttled by address and by name, one error for every failure, strict headers and cookies, in the log."""

import re
from collections.abc import Callable

import pytest
from django.conf import settings as django_settings
from django.contrib.admin.models import LogEntry
from django.core.management import call_command
from django.test import Client
from pytest_django import Settings

from oauthbridge.models import User
from tests.admin.conftest import PASSWORD, Made, make_member

LOGIN = "/admin/login/"


@pytest.fixture
def member(roles: None) -> User:
    return make_member("Support", PASSWORD)


def attempt(browser: Client, username: str, password: str, address: str = "192.0.2.1") -> tuple[int, str]:
    """Status, and what the page says went wrong."""
    answer = browser.post(LOGIN, {"username": username, "password": password}, REMOTE_ADDR=address)
    error = re.search(r'class="errornote">\s*(.*?)\s*</p>', answer.content.decode(), re.DOTALL)
    return answer.status_code, error[1] if error else ""


def test_a_member_of_staff_signs_in_and_it_is_logged(member: User) -> None:
    assert attempt(Client(), "support", PASSWORD) == (302, "")
    entry = LogEntry.objects.get()
    assert (entry.user, entry.change_message) == (member, "Signed in.")


def test_every_failure_reads_the_same(member: User, connected: Callable[..., Made]) -> None:
    shut_out = User.objects.create_user("former", PASSWORD)
    shut_out.is_active = False
    shut_out.save()
    person = connected().row.user

    tries = [("support", "wrong"), ("no such name", "x"), ("former", PASSWORD), (str(person), "!"), ("person 1", "")]
    told = {attempt(Client(), name, password, f"192.0.2.{number}") for number, (name, password) in enumerate(tries[:4])}

    assert len(told) == 1
    status, error = told.pop()
    assert status == 200
    assert "correct username and password" in error


def test_one_address_is_refused_after_so_many_tries_under_whatever_name(settings: Settings, member: User) -> None:
    settings.STAFF_LOGIN_LIMIT_PER_MINUTE = 3
    for number in range(3):
        assert attempt(Client(), f"name {number}", "x")[0] == 200

    status, error = attempt(Client(), "support", PASSWORD)

    assert (status, "Too many attempts" in error) == (429, True)
    assert attempt(Client(), "support", PASSWORD, "192.0.2.2")[0] == 302


def test_one_name_is_refused_after_so_many_tries_from_wherever(settings: Settings, member: User) -> None:
    settings.STAFF_LOGIN_LIMIT_PER_MINUTE = 3
    for number, spelt in enumerate(("support", "SUPPORT", "Support")):
        assert attempt(Client(), spelt, "x", f"192.0.2.{number}")[0] == 200

    status, error = attempt(Client(), "support", PASSWORD, "192.0.2.77")

    assert (status, "Too many attempts" in error) == (429, True)


class TestABrowserKnownByName:
    """OWASP, "Slow down online guessing attacks with device cookies": who hammers on a name must not shut its owner out."""

    @pytest.fixture
    def hammered(self, settings: Settings, member: User) -> Client:
        """A browser that has signed in once; since then somebody has used up every attempt of the name."""
        settings.STAFF_LOGIN_LIMIT_PER_MINUTE = 3
        known = Client()
        assert attempt(known, "support", PASSWORD, "192.0.2.9")[0] == 302
        known.cookies.pop(django_settings.SESSION_COOKIE_NAME)
        for number in range(5):
            attempt(Client(), "support", "x", f"192.0.2.{number}")
        assert attempt(Client(), "support", PASSWORD, "192.0.2.77")[0] == 429
        return known

    def test_it_gets_in(self, hammered: Client) -> None:
        assert attempt(hammered, "support", PASSWORD, "192.0.2.78")[0] == 302

    def test_it_guesses_no_faster(self, hammered: Client) -> None:
        tries = [attempt(hammered, "support", "x", f"198.51.100.{number}")[0] for number in range(5)]

        assert tries == [200, 200, 200, 429, 429]

    def test_it_is_nobody_special_under_another_name(self, hammered: Client, settings: Settings) -> None:
        User.objects.create_user("boss", PASSWORD)
        for number in range(5):
            attempt(Client(), "boss", "x", f"198.51.100.{number}")

        assert attempt(hammered, "boss", PASSWORD, "192.0.2.78")[0] == 429

    @pytest.mark.parametrize(
        "change", [lambda kept: kept[:-1] + "x", lambda kept: "a:b", lambda kept: "", lambda kept: "é"]
    )
    def test_a_made_up_cookie_is_none(self, hammered: Client, change: Callable[[str], str]) -> None:
        name = django_settings.STAFF_BROWSER_COOKIE_NAME
        hammered.cookies[name] = change(hammered.cookies[name].value)

        assert attempt(hammered, "support", PASSWORD, "192.0.2.78")[0] == 429

    def test_the_cookie_opens_nothing_and_leaves_no_browser(self, member: User) -> None:
        browser = Client()
        attempt(browser, "support", PASSWORD)
        browser.cookies.pop(django_settings.SESSION_COOKIE_NAME)
        cookie = browser.cookies[django_settings.STAFF_BROWSER_COOKIE_NAME]

        assert browser.get("/admin/").status_code == 302
        assert (cookie["samesite"], cookie["httponly"], cookie["path"]) == ("Strict", True, "/")
        assert "support" not in cookie.value


def test_a_refused_try_says_when_the_next_one_fits(settings: Settings, member: User) -> None:
    settings.STAFF_LOGIN_LIMIT_PER_MINUTE = 1
    attempt(Client(), "support", "x")

    answer = Client().post(LOGIN, {"username": "support", "password": PASSWORD}, REMOTE_ADDR="192.0.2.1")

    assert answer.status_code == 429
    assert 0 < int(answer.headers["Retry-After"]) <= 120


def test_a_refused_try_looks_at_no_password(settings: Settings, member: User, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.STAFF_LOGIN_LIMIT_PER_MINUTE = 1
    attempt(Client(), "support", "x")
    looked: list[object] = []
    monkeypatch.setattr("django.contrib.auth.forms.authenticate", lambda *a, **k: looked.append(k))

    attempt(Client(), "support", PASSWORD)

    assert looked == []


def test_the_address_is_the_one_our_own_proxy_saw(settings: Settings, member: User) -> None:
    settings.STAFF_LOGIN_LIMIT_PER_MINUTE = 1
    settings.TRUSTED_PROXY_COUNT = 1
    for made_up in ("1.1.1.1", "2.2.2.2"):
        answer = Client().post(
            LOGIN, {"username": made_up, "password": "x"}, HTTP_X_FORWARDED_FOR=f"{made_up}, 203.0.113.9"
        )

    assert answer.status_code == 429


@pytest.mark.parametrize("path", ["/admin/", LOGIN, "/admin/oauthbridge/connection/", "/admin/oauthbridge/user/"])
def test_every_page_carries_a_policy_without_inline_or_foreign_code(staff: Callable[[str], Client], path: str) -> None:
    browser = Client() if path == LOGIN else staff("Support")

    answer = browser.get(path)

    policy = answer.headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "http" not in policy
    assert "default-src 'none'" in policy
    assert answer.headers["X-Frame-Options"] == "DENY"
    # A browser under "no-referrer" sends `Origin: null` with the form, and nobody could sign in.
    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert "no-store" in answer.headers["Cache-Control"]


@pytest.mark.parametrize("path", ["/admin/", "/admin/oauthbridge/connection/", "/admin/petstools/toolcall/"])
def test_no_page_has_anything_the_policy_forbids(staff: Callable[[str], Client], path: str) -> None:
    page = staff("superuser").get(path).content.decode()

    assert not re.search(r"<script(?![^>]* src=)|<style|\sstyle=|\son\w+=|javascript:", page)
    assert not re.search(r'(?:src|href)="(?:https?:)?//(?!127\.0\.0\.1:8080/admin/users/)', page)


def test_who_is_not_signed_in_is_sent_to_sign_in_and_back(db: None) -> None:
    answer = Client().get("/admin/petstools/toolcall/?outcome=error")

    assert answer.status_code == 302
    assert answer.headers["Location"] == "/admin/login/?next=/admin/petstools/toolcall/%3Foutcome%3Derror"


def test_signing_in_leads_to_no_foreign_address(member: User) -> None:
    given = {"username": "support", "password": PASSWORD, "next": "https://evil.example/"}

    assert Client().post(LOGIN, given).headers["Location"] == "/admin/"


def test_the_session_cookie_is_strict_and_ends_with_the_browser(member: User) -> None:
    cookie = (
        Client().post(LOGIN, {"username": "support", "password": PASSWORD}).cookies[django_settings.SESSION_COOKIE_NAME]
    )

    assert (cookie["samesite"], cookie["httponly"], cookie["max-age"]) == ("Strict", True, "")
    assert django_settings.SESSION_COOKIE_AGE <= 8 * 3600


def test_the_admin_speaks_english_to_every_browser(member: User) -> None:
    page = Client().get(LOGIN, HTTP_ACCEPT_LANGUAGE="vi").content.decode()

    assert "Log in" in page
    assert 'lang="en"' in page


def test_createsuperuser_makes_somebody_who_can_sign_in(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", PASSWORD)

    call_command("createsuperuser", username="root", interactive=False, verbosity=0)

    assert attempt(Client(), "root", PASSWORD) == (302, "")
    assert User.objects.get().is_superuser


def test_staff_change_their_own_password_and_it_is_logged(member: User) -> None:
    browser = Client()
    browser.force_login(member)
    new = "another-good-long-one"

    page = browser.get("/admin/password_change/")
    answer = browser.post(
        "/admin/password_change/", {"old_password": PASSWORD, "new_password1": new, "new_password2": new}, follow=True
    )

    assert (page.status_code, answer.status_code) == (200, 200)
    assert LogEntry.objects.filter(user=member, change_message="Changed their own password.").count() == 1
    assert attempt(Client(), "support", new) == (302, "")


def test_a_weak_new_password_is_refused_and_not_logged(member: User) -> None:
    browser = Client()
    browser.force_login(member)

    browser.post(
        "/admin/password_change/", {"old_password": PASSWORD, "new_password1": "short", "new_password2": "short"}
    )

    assert attempt(Client(), "support", PASSWORD) == (302, "")
    assert not LogEntry.objects.filter(change_message__startswith="Changed").exists()


def test_a_superuser_sets_somebody_s_password(staff: Callable[[str], Client], member: User) -> None:
    new = "another-good-long-one"

    answer = staff("superuser").post(
        f"/admin/oauthbridge/user/{member.pk}/password/",
        {"password1": new, "password2": new, "usable_password": "true"},
    )

    assert answer.status_code == 302
    assert attempt(Client(), "support", new) == (302, "")
    assert LogEntry.objects.filter(object_id=str(member.pk), user__username="superuser").exists()
