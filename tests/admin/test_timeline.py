"""A person's timeline: all of their connections in one order, failed sign-ins of the same browser, notes, and what to tell them."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from oauthbridge import connections
from oauthbridge.models import AuthorizationRequest, Connection
from petstools.forgetting import forget
from tests.admin.conftest import Made, make_call

pytestmark = pytest.mark.django_db
Staff = Callable[[str], Client]


def url_of(made: Made) -> str:
    return reverse("admin:oauthbridge_person", args=[made.row.user.main_app_user_id])


def test_everything_that_happened_stands_there(staff: Staff, connected: Callable[..., Made]) -> None:
    made = connected()
    own = AuthorizationRequest.objects.get(connection=made.row)
    failed = AuthorizationRequest.objects.create(
        application=made.row.application, redirect_uri="https://chatgpt.com/", browser_digest=own.browser_digest,
        status="expired", expires_at=timezone.now(), reference="ab12cd34ef56",
    )  # fmt: skip
    other = AuthorizationRequest.objects.create(
        application=made.row.application, redirect_uri="https://chatgpt.com/", browser_digest="c" * 64,
        status="expired", expires_at=timezone.now(),
    )  # fmt: skip
    make_call(made.row, effect="saved", pet_ids="12", record_ids="34")
    make_call(made.row, effect="already", pet_ids="12", record_ids="34")
    make_call(made.row, effect="saved", pet_ids="12,13", record_ids="34,35")
    connections.end(made.row.pk, Connection.EndReason.STAFF, note="ticket 7", revoke_now=False)

    page = staff("Support").get(url_of(made)).content.decode()

    assert "pet 12, record 34 ·" in page
    assert "pets 12, 13 · records 34, 35 ·" in page
    # Both are told as "connected": which is which, a word says.
    assert f'sign-in <a class="number" href="/admin/oauthbridge/authorizationrequest/{own.pk}' in page
    assert f'connection <a class="number" href="/admin/oauthbridge/connection/{made.row.pk}' in page
    for words in (">saved<", ">already there<", "ticket 7", "in the same browser", "reference ab12cd34ef56"):
        assert words in page
    assert str(failed.pk) in page
    assert str(other.pk) not in page
    for language in ("en", "vi", "ru", "uk"):
        assert f'id="tell-{language}"' in page
    assert "Подключите его ещё раз" in page


def test_a_kind_and_a_span_narrow_it_down(staff: Staff, connected: Callable[..., Made]) -> None:
    made = connected()
    make_call(made.row, operation="get_pet", created_at=timezone.now() - timedelta(days=3))
    browser = staff("Support")
    today = timezone.now().date().isoformat()

    assert "get_pet" in browser.get(url_of(made)).content.decode()
    assert "get_pet" in browser.get(url_of(made), {"kind": "calls"}).content.decode()
    assert "get_pet" not in browser.get(url_of(made), {"kind": "notes"}).content.decode()
    assert "get_pet" not in browser.get(url_of(made), {"from": today}).content.decode()
    assert (
        browser.get(url_of(made), {"from": "x", "to": "9999-99-99", "before": "soon", "kind": "?"}).status_code == 200
    )


def test_older_ones_are_a_click_away(staff: Staff, connected: Callable[..., Made]) -> None:
    made = connected()
    now = timezone.now()
    for number in range(70):
        make_call(made.row, request_id=f"call-{number:08}", created_at=now - timedelta(minutes=number + 1))
    browser = staff("Support")

    first = browser.get(url_of(made), {"kind": "calls"})
    older = first.context["older"]

    assert "call-00000069" not in first.content.decode()
    assert "call-00000069" in browser.get(f"{url_of(made)}?{older}").content.decode()


def test_a_note_is_kept_and_goes_with_the_person(staff: Staff, connected: Callable[..., Made]) -> None:
    made = connected()
    browser = staff("Support")

    assert browser.post(url_of(made), {"note": "asked them to try again"}).status_code == 302
    assert "asked them to try again" in browser.get(url_of(made)).content.decode()
    assert "Leave e-mail addresses out" in browser.post(url_of(made), {"note": "a@b.example"}).content.decode()

    list(forget(made.row.user.main_app_user_id or 0))
    log = staff("superuser").get("/admin/admin/logentry/").content.decode()
    assert "asked them to try again" not in log


def test_an_auditor_writes_no_note(staff: Staff, connected: Callable[..., Made]) -> None:
    made = connected()
    browser = staff("Auditor")

    assert "Write a note" not in browser.get(url_of(made)).content.decode()
    assert browser.post(url_of(made), {"note": "x"}).status_code == 403


@pytest.mark.parametrize("number", [1, 2**63, 10**30])
def test_who_is_not_known_has_none(staff: Staff, number: int) -> None:
    assert staff("Support").get(f"/admin/oauthbridge/connection/person/{number}/").status_code == 404


def test_it_asks_as_often_for_many_rows_as_for_few(
    staff: Staff, connected: Callable[..., Made], django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    made = connected()
    browser = staff("Auditor")
    for _ in range(30):
        make_call(made.row)
    with django_assert_max_num_queries(16):
        browser.get(url_of(made))
