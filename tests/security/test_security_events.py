"""What looks like an attack leaves one line of one form: what, from where, about whom; and never what was tried."""

import logging
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import structlog
from django.test import Client
from pytest_django import Settings

from oauthbridge.models import AuthorizationRequest, Connection, User
from oauthbridge.throttle import Throttle
from tests.playing import ClientApp, Connector, Person, queries

pytestmark = pytest.mark.django_db(transaction=True)

OpenBrowser = Callable[..., Person]
OPERATIONS = (Path(__file__).resolve().parent.parent.parent / "docs" / "operations.md").read_text()
SECRET = "what-nobody-may-read-in-a-log"


@pytest.fixture
def events(caplog: pytest.LogCaptureFixture) -> Callable[[], list[dict[str, Any]]]:
    caplog.set_level(logging.INFO)

    def read() -> list[dict[str, Any]]:
        assert SECRET not in caplog.text
        return [dict(one.msg) for one in caplog.records if one.name == "security" and isinstance(one.msg, dict)]

    return read


def noted(events: Callable[[], list[dict[str, Any]]]) -> list[tuple[str, str, str]]:
    return [(one["security"], one["address"], one["subject"]) for one in events()]


@pytest.mark.parametrize("endpoint", ["/oauth/token", "/oauth/revoke"])
@pytest.mark.parametrize(
    ("client_id", "subject"), [("meo-gpt", "meo-gpt"), (SECRET, "(unknown)"), ("a\n", "(unknown)")]
)
def test_a_client_that_fails(
    client_app: ClientApp, connector: Connector, events: Any, endpoint: str, client_id: str, subject: str
) -> None:
    form = {"client_id": client_id, "client_secret": SECRET, "grant_type": "refresh_token", "refresh_token": SECRET}

    connector.post(endpoint, data={**form, "token": SECRET})
    connector.post(
        endpoint, data={"grant_type": "refresh_token", "refresh_token": "x", "token": "x"}, auth=(client_id, SECRET)
    )

    assert noted(events) == [("client_failed", "127.0.0.1", subject)] * 2


@pytest.mark.parametrize(
    ("changes", "subject"),
    [({"client_id": SECRET}, "(unknown)"), ({"redirect_uri": "https://evil.example/"}, "meo-gpt")],
)
def test_a_client_that_is_refused(
    client_app: ClientApp, connector: Connector, events: Any, changes: dict[str, str], subject: str
) -> None:
    connector.get(client_app.authorize_url(**changes))

    assert noted(events) == [("client_refused", "127.0.0.1", subject)]


def test_a_code_that_comes_again(client_app: ClientApp, person: OpenBrowser, events: Any) -> None:
    code = person().sign_in_to(client_app)["code"]
    client_app.exchange(code)

    client_app.exchange(code)

    assert noted(events) == [("code_reused", "127.0.0.1", str(Connection.objects.get().pk))]


def test_a_sign_in_in_another_browser(client_app: ClientApp, person: OpenBrowser, events: Any) -> None:
    callback = person().agree(person().begin(client_app))

    person("mai").open(callback)

    sign_in = AuthorizationRequest.objects.get(pk=queries(callback)["session_id"])
    assert noted(events) == [("wrong_browser", "127.0.0.1", str(sign_in.pk))]


@pytest.mark.parametrize(
    ("username", "subject"), [("olena", "olena"), ("OLENA", "olena"), (SECRET, "(unknown)"), ("person 1", "(unknown)")]
)
def test_staff_who_fail(events: Any, username: str, subject: str) -> None:
    User.objects.create_user("olena", "a-good-long-one")

    Client().post("/admin/login/", {"username": username, "password": SECRET}, REMOTE_ADDR="2001:db8::7")

    assert noted(events) == [("staff_failed", "2001:db8::7", subject)]


def test_staff_who_sign_in(events: Any) -> None:
    User.objects.create_user("olena", "a-good-long-one")

    Client().post("/admin/login/", {"username": "olena", "password": "a-good-long-one"}, REMOTE_ADDR="192.0.2.7")

    assert noted(events) == [("staff_signed_in", "192.0.2.7", "olena")]


def test_who_is_throttled_once_a_minute(events: Any) -> None:
    for moment in (0, 1, 2, 3, 120, 121, 122):
        Throttle("staff-name", 1).hit("a-digest", now=1_000_000 * 60 + moment)

    assert noted(events) == [("throttled", events()[0]["address"], "staff-name:a-digest")] * 2


def test_the_address_is_what_our_own_proxy_saw(events: Any, settings: Settings) -> None:
    settings.TRUSTED_PROXY_COUNT = 1

    Client().post("/admin/login/", {"username": "x", "password": "y"}, HTTP_X_FORWARDED_FOR="9.9.9.9, 203.0.113.9:4711")

    assert noted(events) == [("staff_failed", "203.0.113.9", "(unknown)")]


def test_fail2ban_finds_them_as_the_documentation_says(events: Any) -> None:
    User.objects.create_user("olena", "a-good-long-one")
    Client().post("/admin/login/", {"username": "olena", "password": "x"}, REMOTE_ADDR="2001:db8::7")
    line = structlog.processors.JSONRenderer(ensure_ascii=False)(None, "", events()[0])
    failregex = re.search(r"failregex = (.+)", OPERATIONS)
    assert failregex is not None

    found = re.search(failregex[1].replace("<ADDR>", r"(?P<address>[0-9a-f.:]+)"), str(line))

    assert found is not None
    assert found["address"] == "2001:db8::7"


def test_every_kind_is_documented() -> None:
    from oauthbridge.security_events import Event

    section = OPERATIONS[OPERATIONS.index("## Security events") :].partition("\n## ")[0]
    assert {each.value for each in Event} == set(
        re.findall(r"`([a-z]+_[a-z_]+|throttled)`", section.partition("`address`")[0])
    )
