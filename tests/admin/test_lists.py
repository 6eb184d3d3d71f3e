"""The lists: found by person and by id, filtered, with what each connection did in the last day."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from oauthbridge import connections
from oauthbridge.admin.sign_ins import ADVICE
from oauthbridge.models import Application, AuthorizationRequest, Connection, User
from petstools.models import ToolCall
from tests.admin.conftest import CALLS, CONNECTIONS, SIGN_INS, Made, make_call

Browser = Callable[[str], Client]


def listed(browser: Client, url: str) -> list[Any]:
    """The rows that a list shows, in its order."""
    answer = browser.get(url)
    assert answer.status_code == 200
    return list(answer.context["cl"].result_list)


@pytest.fixture
def two(connected: Callable[..., Made]) -> tuple[Connection, Connection]:
    """An active connection used just now, and an older one that was ended."""
    long_ago = timezone.now() - timedelta(days=40)
    active = connected("emma").row
    over = connected("mai", created_at=long_ago, last_used_at=long_ago).row
    connections.end(over.pk, Connection.EndReason.CLIENT_REVOKED, revoke_now=False)
    return active, over


def test_a_person_is_found_by_their_id_in_the_main_app(staff: Browser, two: tuple[Connection, Connection]) -> None:
    active, _over = two
    browser = staff("Support")

    assert listed(browser, f"{CONNECTIONS}?q={active.user.main_app_user_id}") == [active]
    assert listed(browser, f"{CONNECTIONS}?q= {active.user.main_app_user_id} ") == [active]
    assert listed(browser, f"{CONNECTIONS}?q={active.pk}") == [active]


@pytest.mark.parametrize("term", ["0", "99999999999999999999999", "emma", "'", "-1", "٣", "6b1f"])
@pytest.mark.parametrize("page", [CONNECTIONS, CALLS, SIGN_INS])
def test_a_search_for_nothing_we_have_finds_nothing(
    staff: Browser, two: tuple[Connection, Connection], page: str, term: str
) -> None:
    make_call(two[0])

    assert listed(staff("Support"), f"{page}?q={term}") == []


@pytest.mark.parametrize(
    "query", ["q=%00", "status__exact=%00", "idle=%00", "p=%00", "o=%00", "e=1", "p=99999", "o=99"]
)
@pytest.mark.parametrize("page", [CONNECTIONS, CALLS, SIGN_INS])
def test_an_address_that_somebody_spoilt_is_no_fault_of_ours(staff: Browser, db: None, page: str, query: str) -> None:
    assert staff("Support").get(f"{page}?{query}").status_code in (200, 302, 400)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("status__exact=active", "active"),
        ("status__exact=ended", "over"),
        ("status__exact=broken", ""),
        ("idle=over-30", "over"),
        ("idle=under-1", "active"),
        ("age=over-30", "over"),
        ("age=under-7", "active"),
        ("idle=nonsense", "active over"),
    ],
)
def test_connections_are_filtered(staff: Browser, two: tuple[Connection, Connection], query: str, found: str) -> None:
    names = dict(zip(two, ("active", "over"), strict=True))

    assert " ".join(names[row] for row in listed(staff("Support"), f"{CONNECTIONS}?{query}")) == found


def test_connections_are_filtered_by_client(staff: Browser, two: tuple[Connection, Connection]) -> None:
    other = Application.objects.create(client_id="other", name="Other", authorization_grant_type="authorization-code")
    browser = staff("Support")

    assert len(listed(browser, f"{CONNECTIONS}?application__id__exact={two[0].application_id}")) == 2
    assert listed(browser, f"{CONNECTIONS}?application__id__exact={other.pk}") == []


def test_each_connection_shows_its_last_day(staff: Browser, two: tuple[Connection, Connection]) -> None:
    active, over = two
    for _ in range(3):
        make_call(active)
    make_call(active, outcome=ToolCall.Outcome.ERROR, status=404, code="NOT_FOUND")
    make_call(active, created_at=timezone.now() - timedelta(hours=25))
    make_call(over, created_at=timezone.now() - timedelta(days=2))

    rows = {row.pk: row.recent for row in listed(staff("Support"), CONNECTIONS)}

    assert (rows[active.pk].calls, rows[active.pk].errors) == (4, 1)
    assert (rows[over.pk].calls, rows[over.pk].errors) == (0, 0)


def test_a_person_is_one_click_away_in_the_main_app(
    staff: Browser, two: tuple[Connection, Connection], settings: Settings
) -> None:
    settings.MAIN_APP_USER_URL = "https://meo.example/staff/people/{id}?tab=pets"
    person = two[0].user.main_app_user_id
    browser = staff("Support")

    for url in (CONNECTIONS, reverse("admin:oauthbridge_connection_change", args=[two[0].pk])):
        assert f'href="https://meo.example/staff/people/{person}?tab=pets"' in browser.get(url).content.decode()


def test_the_list_says_how_a_connection_ended(staff: Browser, connected: Callable[..., Made]) -> None:
    browser = staff("Support")
    connections.end(
        connected().row.pk,
        Connection.EndReason.STAFF,
        by=User.objects.get(username="support"),
        note="lost <phone>",
        revoke_now=False,
    )

    page = browser.get(CONNECTIONS).content.decode()

    assert "ended by staff (support)" in page
    assert "lost &lt;phone&gt;" in page


def test_a_connection_that_is_gone_is_said_to_be(staff: Browser, db: None) -> None:
    for key in ("6b1f0c4e-0000-4000-8000-000000000000", "nonsense"):
        answer = staff("Support").get(f"{CONNECTIONS}{key}/change/", follow=True)
        assert "no such connection" in answer.content.decode()


def test_a_tool_call_is_found_by_request_id_person_and_connection(
    staff: Browser, connected: Callable[..., Made]
) -> None:
    mine, other = connected("emma").row, connected("mai").row
    call, _another = make_call(mine, request_id="req-12345678"), make_call(other)
    nobodys = make_call(None, request_id="12345678")
    browser = staff("Support")

    for term in ("req-12345678", mine.user.main_app_user_id, mine.pk):
        assert listed(browser, f"{CALLS}?q={term}") == [call], term
    assert listed(browser, f"{CALLS}?q=12345678") == [nobodys]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("outcome=ok", ["ok"]),
        ("outcome=asked", ["asked"]),
        ("outcome=error", ["upstream", "ours", "theirs"]),
        ("cause=person", ["theirs"]),
        ("cause=main_app", ["upstream"]),
        ("cause=ours", ["ours"]),
        ("code=NOT_FOUND", ["theirs"]),
        ("operation=get_pet", ["ok"]),
        ("when=1", ["asked", "ok", "upstream", "ours"]),
        ("slower=5", ["upstream"]),
        ("door=mcp", ["asked"]),
        ("door=actions&outcome=ok", ["ok"]),
        ("cause=ours&operation=get_pet", []),
    ],
)
def test_tool_calls_are_filtered(staff: Browser, connected: Callable[..., Made], query: str, found: list[str]) -> None:
    row, old = connected().row, timezone.now() - timedelta(hours=30)
    error = {"outcome": ToolCall.Outcome.ERROR}
    make_call(row, request_id="theirs", status=404, code="NOT_FOUND", created_at=old, **error)
    make_call(row, request_id="ours", status=500, code="INTERNAL_ERROR", **error)
    make_call(row, request_id="upstream", status=504, code="UPSTREAM_TIMEOUT", latency_ms=25_000, **error)
    make_call(row, request_id="ok", operation="get_pet")
    make_call(row, request_id="asked", outcome=ToolCall.Outcome.ASKED, code="possible_duplicate", door="mcp")

    assert sorted(call.request_id for call in listed(staff("Auditor"), f"{CALLS}?{query}")) == sorted(found)


def test_a_call_of_a_connection_that_is_gone_is_still_shown(staff: Browser, db: None) -> None:
    call = make_call(None)
    browser = staff("Auditor")

    assert "no longer kept" in browser.get(CALLS).content.decode()
    assert browser.get(reverse("admin:petstools_toolcall_change", args=[call.pk])).status_code == 200


@pytest.mark.parametrize("status", AuthorizationRequest.Status)
def test_each_ending_of_a_sign_in_says_what_to_tell_the_person(
    staff: Browser, gpt: Application, status: AuthorizationRequest.Status
) -> None:
    row = AuthorizationRequest.objects.create(
        application=gpt, status=status, expires_at=timezone.now() + timedelta(minutes=5)
    )
    browser = staff("Support")

    page = browser.get(reverse("admin:oauthbridge_authorizationrequest_change", args=[row.pk])).content.decode()

    assert ADVICE[status].partition(".")[0].replace("'", "&#x27;") in page
    assert listed(browser, f"{SIGN_INS}?status__exact={status}") == [row]
    assert listed(browser, f"{SIGN_INS}?q={row.pk}") == [row]


def test_a_sign_in_whose_time_is_over_never_came_back(staff: Browser, gpt: Application) -> None:
    AuthorizationRequest.objects.create(application=gpt, expires_at=timezone.now() - timedelta(minutes=5))

    assert "never came back" in staff("Support").get(SIGN_INS).content.decode()


def test_staff_see_which_client_and_which_door_a_connection_is(
    staff: Browser, connected: Callable[..., Made], two: tuple[Connection, Connection]
) -> None:
    claude = Application.objects.create(
        client_id="https://claude.ai/oauth/<b>",
        name="Claude <i>",
        door="mcp",
        client_type="public",
        authorization_grant_type="authorization-code",
        registration_source="cimd",
    )
    row = connected("olga").row
    Connection.objects.filter(pk=row.pk).update(application=claude)
    sign_in = AuthorizationRequest.objects.create(
        application=claude, expires_at=timezone.now(), resource="https://x.example/mcp", consented_at=timezone.now()
    )
    browser = staff("Support")

    assert listed(browser, f"{CONNECTIONS}?door=mcp") == [row]
    assert listed(browser, f"{SIGN_INS}?door=mcp") == [sign_in]
    for url in (
        CONNECTIONS,
        f"{CONNECTIONS}{row.pk}/change/",
        SIGN_INS,
        f"{SIGN_INS}{sign_in.pk}/change/",
        f"/admin/oauthbridge/application/{claude.pk}/change/",
    ):
        page = browser.get(url).content.decode()
        assert "Claude &lt;i&gt;" in page, url
        assert "MCP" in page, url
        assert "<i>" not in page, url
    assert "https://claude.ai/oauth/&lt;b&gt;" in browser.get(f"{CONNECTIONS}{row.pk}/change/").content.decode()
    assert "https://x.example/mcp" in browser.get(f"{SIGN_INS}{sign_in.pk}/change/").content.decode()


def test_staff_see_which_clients_are_disabled(staff: Browser, two: tuple[Connection, Connection]) -> None:
    page = "/admin/oauthbridge/application/"
    assert "disabled <" not in staff("superuser").get(page).content.decode()

    Application.objects.update(disabled_at=timezone.now())

    assert "disabled <" in staff("superuser").get(page).content.decode()


@pytest.mark.parametrize(
    ("stale_days", "fails", "in_list", "told"),
    [
        (-1, False, "yes", "counts until"),
        (1, False, "yes", "stale since"),
        (1, True, "document not read", "it answered 503 &lt;b&gt;"),
        (8, True, "no new sign-ins", "it answered 503 &lt;b&gt;"),
    ],
)
def test_staff_see_whether_a_clients_own_document_is_read(
    staff: Browser, stale_days: int, fails: bool, in_list: str, told: str
) -> None:
    stale = timezone.now() - timedelta(days=stale_days)
    client = Application.objects.create(
        client_id="https://claude.ai/oauth/c",
        name="Claude",
        door="mcp",
        client_type="public",
        authorization_grant_type="authorization-code",
        registration_source=Application.RegistrationSource.CIMD,
        cimd_expires_at=stale,
        document_failed_at=stale + timedelta(minutes=1) if fails else None,
        document_problem="it answered 503 <b>" if fails else "",
    )

    browser = staff("superuser")
    assert in_list in browser.get("/admin/oauthbridge/application/").content.decode()
    assert told in browser.get(f"/admin/oauthbridge/application/{client.pk}/change/").content.decode()


def test_staff_see_which_door_a_call_came_through(staff: Browser, two: tuple[Connection, Connection]) -> None:
    make_call(two[0], operation="add_weight")
    make_call(two[0], operation="get_pet", door="mcp")

    page = staff("superuser").get(CALLS).content.decode()

    assert 'add_weight<br><span class="quiet">GPT Actions</span>' in page
    assert 'get_pet<br><span class="quiet">MCP</span>' in page
