"""An Official Account's tokens (zalo-api.md §3): refreshed in time and once, stored before they are used, an alarm where that fails."""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from io import StringIO
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from django.core.management import CommandError, call_command
from django.db import connection, connections
from django.test import Client
from django.utils import timezone

from chat.zalo import tokens
from chat.zalo.models import Account, Event, Reply, Tokens
from connector import doctor
from mainapp.secret import Secret
from oauthbridge import rotation
from sandbox.zalo.server import ZaloServer
from tests.zalo.conftest import MESSAGES, TOKENS, Webhook, granted


def asked_for(zalo: ZaloServer) -> int:
    return zalo.requests.count(f"POST {TOKENS}")


def aged(oa: Account, hours: float) -> None:
    oa.refreshed_at = timezone.now() - timedelta(hours=hours)
    oa.expires_at = oa.refreshed_at + timedelta(hours=25)
    oa.save()


def command(*arguments: str) -> str:
    out = StringIO()
    call_command("zalo_oa", *arguments, stdout=out)
    return out.getvalue()


def finding() -> doctor.Finding:
    """Of this question alone: the others would wait for a main app that is not there."""
    return dict(doctor.QUESTIONS)["Zalo"]()


def test_a_young_token_is_used_as_it_is(oa: Account, zalo: ZaloServer) -> None:
    aged(oa, 19.9)

    tokens.access_token(oa)

    assert asked_for(zalo) == 0


def test_at_four_fifths_of_its_life_it_is_refreshed_once(oa: Account, zalo: ZaloServer) -> None:
    aged(oa, 20.1)

    first, second = tokens.access_token(oa), tokens.access_token(oa)

    assert first == second
    assert asked_for(zalo) == 1
    oa.refresh_from_db()
    assert oa.refreshed_at is not None
    assert oa.expires_at == oa.refreshed_at + timedelta(seconds=90_000)


def test_maintenance_refreshes_what_is_due_though_nobody_writes(oa: Account, zalo: ZaloServer) -> None:
    aged(oa, 21)

    assert tokens.refresh_all(timezone.now()) == 1
    assert tokens.refresh_all(timezone.now()) == 0


def test_a_token_that_zalo_refuses_is_refreshed_once_and_the_text_sent(webhook: Webhook, zalo: ZaloServer) -> None:
    zalo.official.expire_access()

    webhook.says("trợ giúp")

    assert len(zalo.answers("mai")) == 1
    assert asked_for(zalo) == 1


def test_a_token_that_is_refused_again_at_once_stops_the_account(
    webhook: Webhook, oa: Account, zalo: ZaloServer
) -> None:
    zalo.faults.add(path=MESSAGES, error=-216)

    webhook.says("trợ giúp")

    oa.refresh_from_db()
    assert oa.stopped_at is not None
    assert zalo.requests.count(f"POST {MESSAGES}") == 2
    assert finding().state == "red"


def test_a_refresh_token_that_is_spent_stops_the_account_until_a_new_grant(
    webhook: Webhook, oa: Account, zalo: ZaloServer
) -> None:
    aged(oa, 21)
    oa.seal_tokens(Tokens(Secret("old"), Secret("spent")))
    oa.save()

    webhook.says("trợ giúp")
    webhook.says("trợ giúp")

    oa.refresh_from_db()
    assert "refused" in oa.stop_reason
    assert asked_for(zalo) == 1
    assert Reply.objects.filter(state="waiting").count() == 2
    granted(zalo)
    command("go-on", "--oa", oa.own_id)
    assert len(zalo.answers("mai")) == 2


@pytest.mark.parametrize("fault", [{"status": 503}, {"drop": "before"}, {"error": -32}], ids=str)
def test_a_refresh_that_can_help_later_is_tried_later(oa: Account, zalo: ZaloServer, fault: dict[str, Any]) -> None:
    aged(oa, 21)
    zalo.faults.add(path=TOKENS, times=1, **fault)

    with pytest.raises(tokens.NoToken) as failed:
        tokens.access_token(oa)

    oa.refresh_from_db()
    assert not failed.value.stopped
    assert oa.stopped_at is None
    assert tokens.access_token(oa)


@pytest.mark.django_db(transaction=True)
def test_two_workers_that_refresh_at_once_are_one_call(zalo: ZaloServer) -> None:
    aged(granted(zalo), 21)
    zalo.faults.add(path=TOKENS, latency_ms=300)

    def refresh(_: int) -> str:
        try:
            return tokens.access_token(Account.objects.get()).reveal()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        got = set(pool.map(refresh, range(4)))

    assert len(got) == 1
    assert asked_for(zalo) == 1


@pytest.mark.django_db(transaction=True)
def test_while_a_token_is_refreshed_what_people_write_is_stored(zalo: ZaloServer, settings: Any) -> None:
    """Zalo gives the webhook two seconds; a row that points to a locked account has to wait for no answer of Zalo's."""
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer: whatever is stored waits for the refresh.")
    settings.TASKS = {"default": {"BACKEND": "django_tasks.backends.dummy.DummyBackend"}}
    aged(granted(zalo), 21)
    zalo.faults.add(path=TOKENS, latency_ms=4000)

    def refresh() -> None:
        try:
            tokens.access_token(Account.objects.get())
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        refreshing = pool.submit(refresh)
        while not asked_for(zalo):
            time.sleep(0.01)
        began = time.monotonic()
        assert Webhook(zalo).says("trợ giúp") == "stored"
        assert time.monotonic() - began < 2
        refreshing.result()


def test_the_pair_is_sealed_for_its_account_and_rotates(oa: Account, settings: Any) -> None:
    pair = oa.open_tokens()
    assert pair is not None
    assert pair.access.reveal().encode() not in bytes(oa.tokens or b"")
    settings.ENCRYPTION_KEYS = [b"n" * 32, *settings.ENCRYPTION_KEYS]

    assert [moved.result for moved in rotation.rotate()] == ["moved"]

    settings.ENCRYPTION_KEYS = settings.ENCRYPTION_KEYS[:1]
    oa.refresh_from_db()
    assert oa.open_tokens() == pair


def test_the_proof_is_sent_where_the_app_asks_for_it(webhook: Webhook, zalo: ZaloServer, settings: Any) -> None:
    zalo.world.habits.wants_proof = True
    settings.ZALO_APP_SECRET_PROOF = True

    webhook.says("trợ giúp")

    assert len(zalo.answers("mai")) == 1


def test_from_nothing_to_a_grant(zalo: ZaloServer, db: None, settings: Any) -> None:
    """The administrator's browser is httpx here."""
    own_id = zalo.world.oa.id
    assert finding().state == "red"
    link = command("link", "--oa", own_id).strip()
    assert parse_qs(urlsplit(link).query)["redirect_uri"] == [f"{settings.CONNECTOR_PUBLIC_URL}/zalo/granted"]

    address = httpx.post(link).headers["Location"]
    page = Client().get(f"/zalo/granted?{urlsplit(address).query}")
    told = command("grant", address)

    assert page.status_code == 200
    assert "code" not in {name.lower() for name in page.headers}
    assert "may send now" in told
    row = Account.objects.get(own_id=own_id)
    assert row.open_tokens() is not None
    assert row.stopped_at is None


def test_a_code_of_another_link_is_refused(zalo: ZaloServer, db: None) -> None:
    own_id = zalo.world.oa.id
    link = command("link", "--oa", own_id).strip().replace("code_challenge=", "code_challenge=x")
    address = httpx.post(link).headers["Location"]

    with pytest.raises(CommandError, match="gave no tokens"):
        command("grant", address)


def test_a_link_is_another_after_a_grant(oa: Account) -> None:
    before = tokens.grant_link(oa)
    aged(oa, 1)

    assert tokens.grant_link(oa) != before


def test_the_state_for_people_and_for_scripts(oa: Account, zalo: ZaloServer, settings: Any) -> None:
    settings.ZALO_OFFICIAL_ACCOUNTS = {oa.own_id: "secret-key"}

    assert "can send" in command()
    (row,) = json.loads(command("--json"))
    assert (row["oa_id"], row["can_send"]) == (oa.own_id, True)
    Account.objects.update(stopped_at=timezone.now(), stop_reason="no package")
    with pytest.raises(SystemExit):
        command()


def test_it_says_what_to_do_where_nothing_is_set(db: None) -> None:
    with pytest.raises(CommandError, match="ZALO_OFFICIAL_ACCOUNTS"):
        command()


def test_the_doctor_says_what_is_wrong(oa: Account, settings: Any, zalo: ZaloServer, webhook: Webhook) -> None:
    settings.ZALO_OFFICIAL_ACCOUNTS = {oa.own_id: zalo.world.oa.secret_key}
    assert finding().state == "green"
    aged(oa, 61 * 24)
    assert finding().state == "red"
    aged(oa, 26)
    assert finding().state == "yellow"
    aged(oa, 1)
    zalo.faults.add(path=MESSAGES, error=-211)
    webhook.says("trợ giúp")
    assert "quota" in finding().what
    Event.objects.update(state="waiting", received_at=timezone.now() - timedelta(minutes=11))
    assert "waits for 11 min" in finding().what
    settings.ZALO_OFFICIAL_ACCOUNTS = {}
    assert finding().what == "not set up"


def test_no_token_stands_in_a_dump_or_a_log(oa: Account, zalo: ZaloServer, capsys: pytest.CaptureFixture[str]) -> None:
    aged(oa, 21)
    token = tokens.access_token(oa).reveal()

    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM zalo_account")
        rows = repr(cursor.fetchall())
    out, err = capsys.readouterr()

    assert token not in rows + out + err
    assert token not in repr(oa.open_tokens())


def test_a_new_pair_s_refresh_token_is_the_next_one_used(oa: Account, zalo: ZaloServer) -> None:
    for _ in range(2):
        aged(oa, 21)
        tokens.access_token(oa)
        oa.refresh_from_db()

    assert asked_for(zalo) == 2
    assert oa.stopped_at is None


def test_who_comes_second_finds_it_refreshed(oa: Account, zalo: ZaloServer) -> None:
    """As if two workers had seen the same token refused."""
    pair = oa.open_tokens()
    assert pair is not None

    got = {tokens._refreshed(oa, spent=pair.access).reveal() for _ in range(2)}

    assert len(got) == 1
    assert asked_for(zalo) == 1
