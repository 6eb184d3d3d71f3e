"""`python -m sandbox.zalo`: the stand-in Zalo as a process."""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from pathlib import Path

from sandbox.zalo.server import ZaloServer
from sandbox.zalo.world import Bot, OfficialAccount, World, digits

ABOUT = """\
Serve a stand-in for Zalo, all in memory: an Official Account and a bot, both with a few people who write to them, and a page to chat by
hand. Nothing is kept when it ends.

Each id or secret that no option gives is made up and printed, as settings for a connector.

examples:
  python -m sandbox.zalo --webhook http://127.0.0.1:8000/zalo/webhook
  python -m sandbox.zalo --oa 7:a-secret-key --app-id 5 --app-secret s    ids and secrets of your own
  python -m sandbox.zalo --bot-token 12:secret             a bot whose connector polls, or sets its webhook itself

While it runs, over HTTP (GET shows each):
  curl -X PUT localhost:8090/__zalo/faults -d '[{"path": "/message/cs", "error": -32, "times": 1}]'
  curl -X PUT localhost:8090/__zalo/habits -d '{"copies": 3}'            each event three times at once
  curl -X PUT localhost:8090/__zalo/habits -d '{"hold": true}'           hold events; false posts them, newest first
  curl -X POST localhost:8090/__zalo/advance -d '{"seconds": 172800}'    two days pass: windows close, tokens expire
  curl -X POST localhost:8090/__zalo/say -d '{"person": "mai", "text": "míu 4 ký 2"}'
  curl -X POST localhost:8090/__zalo/tokens                              tokens as after an administrator's grant
"""


def main() -> int:
    options = _options()
    oa_id, _, secret_key = options.oa.partition(":")
    bot_id, _, bot_secret = options.bot_token.partition(":")
    oa = OfficialAccount(oa_id or digits(19), "Meo Mai Moi", options.webhook)
    oa.secret_key = secret_key or oa.secret_key
    bot = Bot(bot_id or digits(18), "Bot Meo Mai Moi")
    bot.secret = bot_secret or bot.secret
    world = World(app_id=options.app_id, app_secret=options.app_secret, oa=oa, bot=bot)
    try:
        zalo = ZaloServer(
            options.port,
            host=options.host,
            certificate=options.certificate,
            pictures_port=options.pictures_port,
            world=world,
        )
    except OSError as error:
        print(
            f"{options.host}:{options.port} or the certificate can't be used: {error.strerror or error}.",
            file=sys.stderr,
        )
        return 1
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    with zalo:
        _introduce(zalo, options)
        while not stopped.wait(1):
            zalo.deliveries.repeat()
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m sandbox.zalo", description=ABOUT, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--port", type=int, default=8090, help="port to listen on (8090; 0 takes a free one)")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (127.0.0.1)")
    parser.add_argument("--webhook", default="", metavar="URL", help="where the Official Account's events go")
    parser.add_argument("--app-id", default="", help="of the app that is linked to the Official Account")
    parser.add_argument("--app-secret", default="", help="the app's secret, for tokens")
    parser.add_argument("--oa", default="", metavar="ID:KEY", help="the Official Account, and what signs its events")
    parser.add_argument("--bot-token", default="", metavar="ID:SECRET", help="of the bot")
    parser.add_argument(
        "--certificate",
        type=Path,
        metavar="FILE",
        help="certificate and key for localhost: pictures are served over HTTPS",
    )
    parser.add_argument("--pictures-port", type=int, default=0, help="port of these (a free one)")
    return parser.parse_args()


def _introduce(zalo: ZaloServer, options: argparse.Namespace) -> None:
    world = zalo.world
    accounts, addresses = f"{world.oa.id}:{world.oa.secret_key}", ("ZALO_API_URL", "ZALO_OAUTH_URL", "ZALO_BOT_URL")
    settings = {
        "ZALO_OFFICIAL_ACCOUNTS": "" if options.oa else accounts,
        "ZALO_APP_ID": "" if options.app_id else world.app_id,
        "ZALO_APP_SECRET": "" if options.app_secret else world.app_secret,
        "ZALO_BOT_TOKEN": "" if options.bot_token else world.bot.token,
        **dict.fromkeys(addresses, zalo.url),
    }
    print("For the connector's .env (ZALO_BOT_WEBHOOK_SECRET is yours to choose):")
    for name, value in settings.items():
        if value:
            print(f"  {name}={value}")
    print(f"Stand-in Zalo on {zalo.url}: open it to chat by hand. Ctrl-C ends it.", flush=True)


if __name__ == "__main__":
    sys.exit(main())
