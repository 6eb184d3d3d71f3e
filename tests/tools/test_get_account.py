"""get_account: GET /account."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from petstools.tools import account as catalog
from sandbox.server import SandboxServer
from sandbox.versions import Release
from tests.tools.conftest import Gpt
from tests.tools.documented import departures

pytestmark = pytest.mark.once

Connect = Callable[..., Gpt]


def test_it_says_who_is_connected_and_since_when(gpt: Connect, sandbox: SandboxServer) -> None:
    connected = gpt("mai")

    told = connected.get("/account").ok

    assert (told["name"], told["language"]) == ("Nguyễn Thị Mai", "vi")
    assert told["connected_since"] == timezone.now().date().isoformat()
    assert told["connected_until"] == (timezone.now() + timedelta(days=365)).date().isoformat()
    assert (told["email_verified"], told["can_change_things"], told["plan"]) == (True, True, "regular")
    assert told["storage"] == {
        "used_bytes": sandbox.world.storage_used(sandbox.world.user("mai")),
        "limit_bytes": sandbox.world.storage_limit_bytes,
    }
    assert told["daily_quota"] is None


def test_rule_23_it_names_the_pages_where_is_done_what_no_tool_does(gpt: Connect, sandbox: SandboxServer) -> None:
    assert gpt("uma").get("/account").ok["pages"] == {
        "account": f"{sandbox.url}/settings/account",
        "pet": f"{sandbox.url}/pets/{{pet_id}}",
    }


def test_rule_23_an_unverified_account_is_told_where_a_new_mail_comes_from(
    gpt: Connect, sandbox: SandboxServer
) -> None:
    refused = gpt("uma").post("/pets", name="Olive", species="cat", country="France")

    assert refused.code == "EMAIL_NOT_VERIFIED"
    assert f"{sandbox.url}/settings/account" in refused.body["message"]
    assert "new mail" in refused.body["message"]


@pytest.mark.parametrize(
    ("key", "verified", "may_change", "plan"),
    [
        ("emma", True, True, "regular"),
        ("uma", False, False, "regular"),
        ("bana", True, False, "regular"),
        ("pia", True, True, "premium"),
    ],
)
def test_trap_23_an_account_that_needs_care_says_what_is_possible(
    gpt: Connect, key: str, verified: bool, may_change: bool, plan: str
) -> None:
    told = gpt(key).get("/account").ok

    assert (told["email_verified"], told["can_change_things"], told["plan"]) == (verified, may_change, plan)


def test_trap_19_the_daily_quota_is_known_once_it_was_met(gpt: Connect, sandbox: SandboxServer) -> None:
    connected = gpt("quinn")
    sandbox.faults.add(quota_exceeded=True, times=1)

    refused = connected.get("/pets")
    told = connected.get("/account").ok["daily_quota"]

    assert (refused.status, refused.code) == (429, "QUOTA_EXCEEDED")
    assert told == {"limit": 1000, "used_up": True, "opens_again_at": refused.body["quota"]["reset_at"]}


def test_a_quota_first_met_behind_an_overview_is_known_too(gpt: Connect, sandbox: SandboxServer) -> None:
    connected = gpt("emma")
    sandbox.faults.add(quota_exceeded=True, path="/vaccinations")
    assert connected.post("/pets/overview").ok["incomplete"] is True

    told = connected.get("/account").ok["daily_quota"]

    assert (told["limit"], told["used_up"]) == (1000, True)


def test_a_quota_first_met_by_one_of_many_records_is_known_too(gpt: Connect, sandbox: SandboxServer) -> None:
    connected, cat = gpt("emma"), sandbox.world.add_pet(sandbox.world.user("emma"), name="Nox")
    sandbox.faults.add(quota_exceeded=True, method="POST")
    record = {"kind": "weight", "pet_id": cat.id, "weight_kg": 4, "measured_at": "2026-02-01"}
    connected.post("/records", records=[record])

    assert connected.get("/account").ok["daily_quota"]["used_up"] is True


def test_a_quota_met_yesterday_is_open_again(
    gpt: Connect, sandbox: SandboxServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    connected = gpt("quinn")
    sandbox.faults.add(quota_exceeded=True, times=1)
    connected.get("/pets")
    tomorrow = timezone.now() + timedelta(days=1)
    monkeypatch.setattr("petstools.execution.datetime", type("Clock", (), {"now": staticmethod(lambda zone: tomorrow)}))

    assert connected.get("/account").ok["daily_quota"] == {"limit": 1000, "used_up": False, "opens_again_at": None}


def test_the_quota_of_one_person_is_not_told_to_another(gpt: Connect, sandbox: SandboxServer) -> None:
    sandbox.faults.add(quota_exceeded=True, times=1)
    gpt("quinn").get("/pets")

    assert gpt("emma").get("/account").ok["daily_quota"] is None


def test_it_costs_one_call_and_one_query(gpt: Connect, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    connected = gpt("emma")

    with django_assert_num_queries(1):
        told = connected.get("/account")

    assert told.upstream == ["GET /users/me"]


def test_an_old_server_does_not_tell_the_storage(gpt: Connect, sandbox: SandboxServer) -> None:
    sandbox.app.release = Release("v1.6.0")

    told = gpt("emma").get("/account")

    assert departures(told.ok, catalog.get_account.answer) == []


def test_no_e_mail_address_is_told(gpt: Connect) -> None:
    told = gpt("emma").get("/account")

    assert "@" not in str(told.ok)
    assert departures(told.ok, catalog.get_account.answer) == []
