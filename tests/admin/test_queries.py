"""Every page takes a bounded number of queries, however many rows there are."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from oauthbridge.admin import reading
from oauthbridge.models import AuthorizationRequest, Connection, PendingRevocation
from tests.admin.conftest import CALLS, CONNECTIONS, END, SIGN_INS, Made, make_call

MOST = {
    "/admin/": 9,
    CONNECTIONS: 7,
    f"{CONNECTIONS}?status__exact=active&idle=under-1&age=under-7": 7,
    f"{CONNECTIONS}?q=42": 7,
    CALLS: 5,
    f"{CALLS}?when=2&cause=ours": 5,
    f"{CALLS}?q=42": 6,
    SIGN_INS: 6,
    "/admin/oauthbridge/pendingrevocation/": 5,
    "/admin/oauthbridge/application/": 5,
    "/admin/oauthbridge/user/": 7,
    "/admin/admin/logentry/": 5,
}


def more_rows(connected: Callable[..., Made], count: int) -> None:
    for number in range(count):
        made = connected(f"person {'x' * number}")
        PendingRevocation.objects.create(id=made.row.pk, sanctum_token=b"x", key_id="k")
        make_call(made.row)
        make_call(made.row, outcome="error", status=500, code="INTERNAL_ERROR")


@pytest.mark.parametrize("url", MOST)
def test_a_list_asks_as_often_for_many_rows_as_for_few(
    staff: Callable[[str], Client],
    connected: Callable[..., Made],
    django_assert_max_num_queries: DjangoAssertNumQueries,
    url: str,
) -> None:
    browser = staff("superuser")
    more_rows(connected, 2)
    with django_assert_max_num_queries(MOST[url]) as few:
        assert browser.get(url).status_code == 200
    more_rows(connected, 9)

    with django_assert_max_num_queries(MOST[url]) as many:
        assert browser.get(url).status_code == 200

    assert len(many) <= len(few)


def test_a_connection_s_page_asks_as_often_for_many_rows_as_for_few(
    staff: Callable[[str], Client],
    connected: Callable[..., Made],
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    made = connected()
    browser = staff("Auditor")
    url = reverse("admin:oauthbridge_connection_change", args=[made.row.pk])
    for _ in range(30):
        make_call(made.row)
        AuthorizationRequest.objects.create(
            application=made.row.application, expires_at=made.row.expires_at, connection=made.row
        )

    with django_assert_max_num_queries(14):
        page = browser.get(url).content.decode()

    assert page.count("add_weight") == 20


def test_the_confirmation_asks_as_often_for_many_as_for_one(
    staff: Callable[[str], Client],
    connected: Callable[..., Made],
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    more_rows(connected, 12)
    browser = staff("Support")
    query = "&".join(f"id={pk}" for pk in Connection.objects.values_list("pk", flat=True))

    with django_assert_max_num_queries(6):
        page = browser.get(f"{END}?{query}").content.decode()

    assert "End these 12 connections?" in page


def test_a_long_list_is_counted_only_so_far(
    staff: Callable[[str], Client], connected: Callable[..., Made], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "MOST_COUNTED", 60)
    made = connected()
    for _ in range(70):
        make_call(made.row)

    page = staff("Auditor").get(f"{CALLS}?p=2").content.decode()

    assert page.count("<tr>") == 1 + 10
