"""Staff's sessions: new at each sign-in (fixation, CWE-384), ended for good, and not to be had from Redis."""

from typing import Any

import pytest
from django.conf import settings
from django.contrib.sessions.backends.base import CreateError
from django.test import Client
from pytest_django import Settings

from oauthbridge.models import StaffSession, User
from oauthbridge.staff_sessions import SessionStore

PASSWORD = "a-long-enough-password-1"
COOKIE = settings.SESSION_COOKIE_NAME

pytestmark = pytest.mark.django_db


@pytest.fixture
def signed_in() -> Client:
    User.objects.create_superuser("boss", PASSWORD)
    client = Client()
    client.cookies[COOKIE] = "planted0planted0planted0planted0"
    answer = client.post("/admin/login/", {"username": "boss", "password": PASSWORD})
    assert answer.status_code == 302
    return client


def test_a_planted_session_is_never_taken_up(signed_in: Client) -> None:
    assert "planted" not in signed_in.cookies[COOKIE].value
    assert signed_in.get("/admin/").status_code == 200


def test_redis_names_no_session(signed_in: Client) -> None:
    if not settings.REDIS_URL:
        pytest.skip("needs Redis")
    from django_redis import get_redis_connection

    server: Any = get_redis_connection("default")
    names = [name.decode() for name in server.scan_iter("*session*")]
    key = signed_in.cookies[COOKIE].value

    assert names
    assert not any(key in name or key.encode() in server.get(name) for name in names)
    # Nor is the name that Redis shows any good as a cookie.
    thief = Client()
    for name in names:
        thief.cookies[COOKIE] = name.rpartition("cache")[2]
        assert thief.get("/admin/").status_code == 302


def test_a_session_that_was_ended_is_gone(signed_in: Client) -> None:
    taken = Client()
    taken.cookies[COOKIE] = signed_in.cookies[COOKIE].value
    assert taken.get("/admin/").status_code == 200

    signed_in.post("/admin/logout/")

    assert taken.get("/admin/").status_code == 302
    assert not StaffSession.objects.exists()


def test_signing_in_anew_takes_the_place_of_the_one_before(signed_in: Client) -> None:
    before = StaffSession.objects.get()

    signed_in.post("/admin/login/", {"username": "boss", "password": PASSWORD})

    assert StaffSession.objects.get() != before


def test_a_rotation_of_the_secret_key_signs_nobody_out(signed_in: Client, settings: Settings) -> None:
    old = settings.SECRET_KEY
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "n" * 64, [old]

    assert signed_in.get("/admin/").status_code == 200
    # What was signed anew with the new key needs the old one no more.
    settings.SECRET_KEY_FALLBACKS = []
    assert signed_in.get("/admin/").status_code == 200


def test_without_the_old_key_everybody_is_signed_out(signed_in: Client, settings: Settings) -> None:
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "n" * 64, []

    assert signed_in.get("/admin/").status_code == 302


def test_without_redis_it_fails_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    store = SessionStore()
    away = _Away()
    monkeypatch.setattr(store, "_cache", away)

    with pytest.raises(CreateError):
        store.create()

    assert away.asked == 1


class _Away:
    """django-redis with nobody at the other end: it swallows the failure and answers nothing."""

    asked = 0

    def __contains__(self, key: str) -> bool:
        return False

    def get(self, key: str) -> None:
        return None

    def add(self, key: str, value: Any, timeout: Any = None) -> bool:
        self.asked += 1
        return False
