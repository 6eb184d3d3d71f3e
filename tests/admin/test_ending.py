"""Ending connections in the admin: one or many, with a reason, whether or not the main app is there."""

import re
from collections.abc import Callable

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse

from oauthbridge import revocation
from oauthbridge.models import AccessToken, Connection, Grant, PendingRevocation, RefreshToken
from sandbox.server import SandboxServer
from tests.admin.conftest import CONNECTIONS, END, Made

Browser = Callable[[str], Client]


def live_tokens(sandbox: SandboxServer, key: str = "emma") -> list[str]:
    return [token.plaintext for token in sandbox.world.tokens_of(sandbox.world.user(key))]


def said(browser: Client, url: str) -> str:
    """What the page that follows tells the member of staff."""
    page = browser.get(url).content.decode()
    return " ".join(re.findall(r'<li class="(?:success|warning|error)">([^<]*)', page))


def test_the_confirmation_says_what_will_happen_and_does_nothing(
    staff: Browser, connected: Callable[..., Made]
) -> None:
    made = connected()

    page = staff("Support").get(f"{END}?id={made.row.pk}").content.decode()

    for told in (
        "End this connection?",
        "offers to sign in again",
        "told to revoke its token",
        "waits",
        "be brought back",
    ):
        assert told in page
    assert str(made.row.user.main_app_user_id) in page
    assert Connection.objects.get().is_active


def test_it_ends_the_connection_and_revokes_its_token(
    sandbox: SandboxServer, staff: Browser, connected: Callable[..., Made]
) -> None:
    made = connected()
    assert live_tokens(sandbox) == [made.sanctum]
    browser = staff("Support")

    answer = browser.post(f"{END}?id={made.row.pk}", {"reason": "asked for it, ticket 4711"})

    row = Connection.objects.get()
    assert (row.status, row.end_reason, row.end_note) == ("ended", "staff", "asked for it, ticket 4711")
    assert str(row.ended_by) == "support"
    assert not any(model.objects.exists() for model in (AccessToken, RefreshToken, Grant, PendingRevocation))
    assert live_tokens(sandbox) == []
    assert "revoked its side too" in said(browser, answer.headers["Location"])


@pytest.mark.parametrize("fault", [{"outage": True}, {"html_errors": True}])
def test_it_ends_the_connection_when_the_main_app_is_away_and_says_that_it_waits(
    sandbox: SandboxServer, staff: Browser, connected: Callable[..., Made], fault: dict[str, bool]
) -> None:
    made = connected()
    browser = staff("Support")
    sandbox.faults.add(path="/gpt-auth/revoke", **fault)

    answer = browser.post(f"{END}?id={made.row.pk}", {"reason": "lost phone"})

    assert Connection.objects.get().status == "ended"
    assert not AccessToken.objects.exists()
    assert PendingRevocation.objects.get().pk == made.row.pk
    page = browser.get(answer.headers["Location"]).content.decode()
    assert "it waits among the revocations" in page
    assert "waits, next try" in page

    sandbox.faults.clear()
    assert [attempt.done for attempt in revocation.retry(revocation.due(everything=True))] == [True]
    assert live_tokens(sandbox) == []


def test_many_are_all_ended_though_the_main_app_is_asked_only_once_while_it_is_away(
    sandbox: SandboxServer, staff: Browser, connected: Callable[..., Made]
) -> None:
    made = [connected(key).row.pk for key in ("emma", "mai", "emma")]
    sandbox.faults.add(outage=True, path="/gpt-auth/revoke")
    browser = staff("Support")

    chosen = browser.post(CONNECTIONS, {"action": "end_chosen", "_selected_action": [str(pk) for pk in made]})
    browser.post(chosen.headers["Location"], {"reason": "incident 9"})

    assert chosen.headers["Location"].startswith(END)
    assert set(Connection.objects.values_list("status", "end_note")) == {("ended", "incident 9")}
    assert PendingRevocation.objects.count() == 3
    # The first failure says that the main app is away; the others are due at once for the command that retries.
    assert sorted(PendingRevocation.objects.values_list("attempts", flat=True)) == [0, 0, 1]
    assert LogEntry.objects.filter(change_message="Ended: incident 9").count() == 3


def test_one_that_was_over_before_is_left_as_it_was(
    sandbox: SandboxServer, staff: Browser, connected: Callable[..., Made]
) -> None:
    over, living = connected("emma").row, connected("mai").row
    browser = staff("Support")
    browser.post(f"{END}?id={over.pk}", {"reason": "first"})

    answer = browser.post(f"{END}?id={over.pk}&id={living.pk}", {"reason": "second"})

    assert "1 connection ended" in (told := said(browser, answer.headers["Location"]))
    assert "1 connection had already been over" in told
    over.refresh_from_db()
    assert over.end_note == "first"


@pytest.mark.parametrize(
    ("reason", "told"),
    [("", "This field is required"), ("  ", "This field is required"), ("asked by lan@example.com", "Leave e-mail")],
)
def test_it_ends_nothing_without_a_fit_reason(
    staff: Browser, connected: Callable[..., Made], reason: str, told: str
) -> None:
    made = connected()

    page = staff("Support").post(f"{END}?id={made.row.pk}", {"reason": reason})

    assert told in page.content.decode()
    assert Connection.objects.get().is_active
    assert not LogEntry.objects.filter(change_message__startswith="Ended").exists()


@pytest.mark.parametrize("query", ["", "?id=", "?id=nonsense", "?id=6b1f0c4e-0000-4000-8000-000000000000", "?id=1%00"])
def test_an_address_that_names_nothing_ends_nothing(staff: Browser, connected: Callable[..., Made], query: str) -> None:
    connected()

    answer = staff("Support").post(END + query, {"reason": "x"})

    assert (answer.status_code, answer.headers["Location"]) == (302, CONNECTIONS)
    assert Connection.objects.get().is_active


def test_ending_needs_the_form_s_own_token(staff: Browser, connected: Callable[..., Made]) -> None:
    made = connected()
    cookies = staff("Support").cookies
    stranger = Client(enforce_csrf_checks=True)
    stranger.cookies = cookies

    answer = stranger.post(f"{END}?id={made.row.pk}", {"reason": "x"})

    assert answer.status_code == 403
    assert Connection.objects.get().is_active


def test_more_than_a_page_at_once_is_refused(
    staff: Browser, connected: Callable[..., Made], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("oauthbridge.admin.connections.MOST", 1)
    for key in ("emma", "mai"):
        connected(key)
    everything = {"action": "end_chosen", "select_across": "1", "_selected_action": str(Connection.objects.all()[0].pk)}

    answer = staff("Support").post(CONNECTIONS, everything, follow=True)

    assert "At most 1 at once" in answer.content.decode()
    assert Connection.objects.active().count() == 2


def test_an_ended_connection_s_page_says_who_why_and_when(
    sandbox: SandboxServer, staff: Browser, connected: Callable[..., Made]
) -> None:
    made = connected()
    browser = staff("Support")
    browser.post(f"{END}?id={made.row.pk}", {"reason": "lost phone"})

    page = browser.get(reverse("admin:oauthbridge_connection_change", args=[made.row.pk])).content.decode()

    for told in ("ended by staff", "support", "lost phone", "revoked", "None: its next call will be refused"):
        assert told in page
    assert END not in page
