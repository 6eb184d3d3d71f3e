"""`manage.py zalo_bot`: the bot of Zalo's Bot Platform, its webhook, and polling while developing."""

import json
import signal
import threading
from argparse import ArgumentParser
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management.base import CommandError
from django.utils import timezone

from chat.zalo import bot, tokens, work
from chat.zalo.adapters import Received
from chat.zalo.models import Account, Event, account
from chat.zalo.webhook import store
from mainapp.http.connection import HttpError
from oauthbridge.management.teaching import TeachingCommand

EXAMPLES = """
The bot is named by ZALO_BOT_TOKEN, which Zalo gave when it was made (docs/zalo.md). With the webhook set, Zalo posts
what people write to this service; without it, --poll asks for it, which needs no public address and is meant for
development.

Examples:
  manage.py zalo_bot                      who the bot is, where its events go, what waits; exit code 1 if Zalo does not know it
  manage.py zalo_bot --json               the same for scripts
  manage.py zalo_bot --webhook            events come to CONNECTOR_PUBLIC_URL/zalo/bot
  manage.py zalo_bot --webhook https://connector.example.com/zalo/bot
  manage.py zalo_bot --delete-webhook     they are kept for polling instead
  manage.py zalo_bot --poll               take them from here until Ctrl-C
"""


class Command(TeachingCommand):
    help = "The bot of Zalo's Bot Platform: its state, its webhook, and polling while developing."
    examples = EXAMPLES

    def add_arguments(self, parser: ArgumentParser) -> None:
        ours = f"{settings.CONNECTOR_PUBLIC_URL}/zalo/bot"
        what = parser.add_mutually_exclusive_group()
        what.add_argument("--webhook", nargs="?", const=ours, metavar="URL", help=f"post events there ({ours})")
        what.add_argument("--delete-webhook", action="store_true", help="post events nowhere")
        what.add_argument("--poll", action="store_true", help="ask for events until Ctrl-C")
        parser.add_argument("--json", action="store_true", help="print the state as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.ZALO_BOT_TOKEN:
            raise CommandError("Set ZALO_BOT_TOKEN and ZALO_BOT_WEBHOOK_SECRET first (docs/zalo.md).")
        try:
            if options["webhook"]:
                bot.call("setWebhook", url=options["webhook"], secret_token=settings.ZALO_BOT_WEBHOOK_SECRET)
            elif options["delete_webhook"]:
                bot.call("deleteWebhook")
            elif options["poll"]:
                self._poll()
                return
            state = _state()
        except bot.BotError as error:
            raise CommandError(f"{error}. {_ADVICE.get(error.code, '')}".strip()) from None
        except HttpError as error:
            raise CommandError(f"Zalo's Bot Platform does not answer ({error}).") from None
        self._show(state, as_json=options["json"])

    def _show(self, state: dict[str, Any], *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps(state, indent=2))
            return
        where = state["webhook"] or "nowhere; manage.py zalo_bot --poll takes them"
        self.stdout.write(f"{state['account_name']} ({state['id']}) is known to Zalo.")
        self.stdout.write(f"Its events go to {where}.")
        if state["webhook"] and not state["webhook_is_ours"]:
            self.stdout.write(
                "That is not this service (CONNECTOR_PUBLIC_URL); manage.py zalo_bot --webhook changes it."
            )
        self.stdout.write(f"Messages that wait to be answered: {state['waiting']}.")

    def _poll(self) -> None:
        set_to = bot.call("getWebhookInfo") or {}
        if set_to.get("url"):
            raise CommandError("A webhook is set, which excludes polling: manage.py zalo_bot --delete-webhook first.")
        stopping = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: stopping.set())
        self.stdout.write("Taking what people write to the bot, until Ctrl-C.")
        self.stdout.flush()
        bot.poll(_take, stopping)


_ADVICE = {
    bot.UNAUTHORIZED: "Look at ZALO_BOT_TOKEN: Zalo does not know it.",
    bot.FORBIDDEN: "Look at ZALO_BOT_TOKEN: Zalo does not know it.",
    bot.TOO_MANY: "Too many calls; try again in a minute.",
}


def _take(event: Received) -> None:
    if event.incoming is not None:
        store(account(Account.Product.BOT, event.own_id), event.incoming)


def _state() -> dict[str, Any]:
    """Raises BotError, HttpError."""
    me, set_to = bot.call("getMe") or {}, bot.call("getWebhookInfo") or {}
    # Zalo knows the token, whatever it said before.
    row = account(Account.Product.BOT, bot.own_id())
    if row.stopped_at is not None:
        tokens.go_on(row)
        work.wake_up()
    url, updated_at = str(set_to.get("url") or ""), set_to.get("updated_at")
    changed = datetime.fromtimestamp(updated_at / 1000, UTC) if url and isinstance(updated_at, int) else None
    waiting = Event.objects.filter(account=row).exclude(state=Event.State.DONE)
    return {
        "id": bot.own_id(),
        "account_name": me.get("account_name", ""),
        "can_join_groups": me.get("can_join_groups"),
        "webhook": url,
        "webhook_is_ours": urlsplit(url).netloc == urlsplit(settings.CONNECTOR_PUBLIC_URL).netloc,
        "webhook_changed_at": changed.isoformat() if changed else None,
        "waiting": waiting.count(),
        "checked_at": timezone.now().isoformat(timespec="seconds"),
    }
