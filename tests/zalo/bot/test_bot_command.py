"""`manage.py zalo_bot`."""

import json
import signal
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from chat.zalo import bot as zalo_bot
from chat.zalo.adapters import Incoming
from chat.zalo.models import Account
from sandbox.zalo.server import ZaloServer
from tests.zalo.bot.conftest import ID, SECRET, Friend


def run(*options: str) -> str:
    out = StringIO()
    call_command("zalo_bot", *options, stdout=out)
    return out.getvalue()


def test_the_webhook_is_set_here_or_where_it_is_said(platform: ZaloServer, bot: Account, settings: Any) -> None:
    settings.CONNECTOR_PUBLIC_URL = "https://connector.example"

    printed = run("--webhook", "https://connector.example/zalo/bot")

    assert "https://connector.example/zalo/bot" in printed
    assert platform.world.bot.webhook == "https://connector.example/zalo/bot"
    assert platform.world.bot.webhook_secret == SECRET
    assert SECRET not in printed


def test_its_state_is_told(platform: ZaloServer, bot: Account) -> None:
    state = json.loads(run("--json"))

    assert (state["id"], state["account_name"], state["webhook"]) == (ID, "bot.meomaimoi", "")
    assert state["waiting"] == 0
    assert "nowhere" in run()


def test_a_webhook_of_somebody_else_is_pointed_out(platform: ZaloServer, bot: Account) -> None:
    platform.world.bot.webhook = "https://elsewhere.example/zalo/bot"

    assert "not this service" in run()


def test_deleting_it_brings_polling_back(platform: ZaloServer, bot: Account) -> None:
    platform.world.bot.webhook = "https://connector.example/zalo/bot"

    with pytest.raises(CommandError, match="excludes polling"):
        run("--poll")
    run("--delete-webhook")

    assert platform.world.bot.webhook == ""


def test_what_is_polled_is_answered(platform: ZaloServer, friend: Friend, monkeypatch: pytest.MonkeyPatch) -> None:
    friend("mai")
    monkeypatch.setattr(zalo_bot, "POLL_SECONDS", 0)
    handlers: dict[int, Any] = {}
    monkeypatch.setattr(signal, "signal", handlers.__setitem__)
    received = zalo_bot.received

    def last(event: object) -> Any:
        """Ctrl-C while the second message is being taken."""
        got = received(event)
        if isinstance(got.incoming, Incoming) and got.incoming.text == "hoàn tác":
            handlers[signal.SIGINT](signal.SIGINT, None)
        return got

    monkeypatch.setattr(zalo_bot, "received", last)
    platform.says("mai", "Mướp 4 ký 2", to="bot")
    platform.says("mai", "hoàn tác", to="bot")

    run("--poll")

    first, second = platform.answers("mai", "bot")
    assert first.startswith("Đã ghi: Mướp nặng 4,2 kg")
    assert second.startswith("Đã hoàn tác")


@pytest.mark.parametrize(
    ("fault", "says"),
    [({"error": 401}, "does not know it"), ({"error": 429}, "in a minute"), ({"drop": "before"}, "does not answer")],
)
def test_what_is_wrong_is_said_in_a_sentence(
    platform: ZaloServer, bot: Account, fault: dict[str, Any], says: str
) -> None:
    platform.faults.add(path="/getMe", **fault)

    with pytest.raises(CommandError, match=says):
        run()


def test_an_account_that_was_stopped_goes_on_when_zalo_knows_the_token(platform: ZaloServer, bot: Account) -> None:
    Account.objects.update(stopped_at="2026-11-30T00:00Z", stop_reason="Zalo refuses the bot's token")

    run()

    bot.refresh_from_db()
    assert bot.stopped_at is None


def test_without_a_token_it_says_what_to_set(settings: Any) -> None:
    settings.ZALO_BOT_TOKEN = ""

    with pytest.raises(CommandError, match="ZALO_BOT_TOKEN"):
        run()
