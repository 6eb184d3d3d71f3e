"""Lists as CSV: what the filters show, streamed, in the log of staff; numbers and words of ours, nothing that anybody typed."""

import csv
import io
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.utils import timezone

from oauthbridge import connections
from oauthbridge.admin import reading
from oauthbridge.models import Connection
from tests.admin.conftest import CALLS, CONNECTIONS, SIGN_INS, Made, make_call

pytestmark = pytest.mark.django_db
Staff = Callable[[str], Client]


def rows_of(browser: Client, url: str) -> list[dict[str, str]]:
    response = browser.get(url)
    assert response.streaming
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    text = response.getvalue().decode()
    return list(csv.DictReader(io.StringIO(text)))


def test_every_row_comes_once_and_newest_first(
    staff: Staff, connected: Callable[..., Made], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "BATCH", 3)
    row, now = connected().row, timezone.now()
    # Some at the very same moment.
    for number in range(8):
        make_call(row, request_id=f"call-{number:08}", created_at=now - timedelta(seconds=number // 4))

    rows = rows_of(staff("Auditor"), f"{CALLS}export/")

    assert len({one["request_id"] for one in rows}) == len(rows) == 8
    assert [one["created_at"] for one in rows] == sorted((one["created_at"] for one in rows), reverse=True)
    assert rows[0]["connection__user__main_app_user_id"] == str(row.user.main_app_user_id)


def test_the_filters_of_the_address_hold(staff: Staff, connected: Callable[..., Made]) -> None:
    row = connected().row
    make_call(row, created_at=timezone.now() - timedelta(days=5))
    make_call(row, outcome="error", status=500, code="INTERNAL_ERROR")
    browser = staff("Support")
    day = (timezone.now() - timedelta(days=1)).date().isoformat()

    assert len(rows_of(browser, f"{CALLS}export/?from={day}")) == 1
    assert len(rows_of(browser, f"{CALLS}export/?outcome=ok")) == 1
    assert rows_of(browser, f"{CALLS}export/?to=2020-01-01") == []
    assert f"{CALLS}export/?outcome=ok" in browser.get(f"{CALLS}?outcome=ok").content.decode()


def test_what_is_empty_stays_empty_and_nothing_is_a_formula(staff: Staff, connected: Callable[..., Made]) -> None:
    make_call(connected().row, request_id="=1+1-req")

    (row,) = rows_of(staff("Auditor"), f"{CALLS}export/")

    assert (row["code"], row["pet_ids"], row["effect"]) == ("", "", "")
    assert row["request_id"] == "'=1+1-req"


def test_no_words_of_anybody_are_in_it_and_staff_s_log_tells_of_it(
    staff: Staff, connected: Callable[..., Made]
) -> None:
    made = connected()
    connections.end(made.row.pk, Connection.EndReason.STAFF, note="ticket of Emma", revoke_now=False)
    browser = staff("Support")

    for url in (CONNECTIONS, SIGN_INS, CALLS):
        response = browser.get(f"{url}export/?q=emma@example.com")
        response.getvalue()
        rows = rows_of(browser, f"{url}export/")
        assert "Emma" not in str(rows)
        assert not [secret for secret in made.secrets if secret in str(rows)]

    told = " ".join(LogEntry.objects.values_list("change_message", flat=True))
    assert "Exported connections: all" in told
    assert "emma@example.com" not in told


@pytest.mark.parametrize("query", ["q=%00", "status__exact=%00", "from=%00", "nonsense=1", "p=x", "o=9.9"])
def test_an_address_that_somebody_typed_is_no_failure(staff: Staff, query: str) -> None:
    for url in (CONNECTIONS, SIGN_INS, CALLS):
        response = staff("Support").get(f"{url}export/?{query}")
        assert response.status_code < 500
        response.getvalue()


def test_who_may_not_see_may_not_export(staff: Staff) -> None:
    for url in (CONNECTIONS, SIGN_INS, CALLS):
        assert staff("nobody").get(f"{url}export/").status_code == 403


def test_a_time_is_the_member_s_own(staff: Staff, connected: Callable[..., Made]) -> None:
    moment = timezone.now().replace(hour=20, minute=30, second=5, microsecond=0) - timedelta(days=1)
    make_call(connected().row, created_at=moment)
    browser = staff("Support")
    browser.cookies["meo_staff_zone"] = "Asia/Ho_Chi_Minh"

    page = browser.get(CALLS).content.decode()

    local = moment + timedelta(hours=7)
    assert local.strftime("%Y-%m-%d %H:%M:%S") in page
    assert "Asia/Ho_Chi_Minh" in page
    # 20:30 UTC is tomorrow there.
    assert len(rows_of(browser, f"{CALLS}export/?from={local.date()}&to={local.date()}")) == 1
    for nonsense in ("../../etc/passwd", "Nowhere/At_All", "America"):
        browser.cookies["meo_staff_zone"] = nonsense
        assert "UTC" in browser.get(CALLS).content.decode()
