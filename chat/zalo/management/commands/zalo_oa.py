"""`manage.py zalo_oa [state | link | grant | go-on]`: the Official Accounts' right to send, from grant to alarm."""

import json
from argparse import ArgumentParser
from typing import Any
from urllib.parse import parse_qs, urlsplit

from django.conf import settings
from django.core.management.base import CommandError
from django.utils import timezone

from chat.zalo import tokens, work
from chat.zalo.models import Account, account
from oauthbridge.management.teaching import TeachingCommand

EXAMPLES = """
An Official Account lets our app send for three months at a time; every day the app's tokens are exchanged for new ones
(manage.py maintenance), which makes it three more. When that has been missed, or Zalo has refused, an administrator of
the account has to grant it again:

  1. manage.py zalo_oa link           prints an address: the administrator opens it and agrees
  2. Zalo sends them to /zalo/granted of this service; they copy that page's address
  3. manage.py zalo_oa grant 'https://connector.example.com/zalo/granted?code=…&oa_id=…'      within ten minutes

In the app's console at developers.zalo.me, the callback address must be CONNECTOR_PUBLIC_URL/zalo/granted.

Examples:
  manage.py zalo_oa                   what each account can do now
  manage.py zalo_oa --json            the same for scripts
  manage.py zalo_oa link --oa 2345678901234567890     where ZALO_OFFICIAL_ACCOUNTS names several
  manage.py zalo_oa go-on             after the account was mended in Zalo's console: send again what waits

Exit code: 0 when all is well or was done, 1 when an account can't send.
"""


class Command(TeachingCommand):
    help = "Zalo Official Accounts: see whether they can send, have an administrator grant it, let a stopped one go on."
    examples = EXAMPLES

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("what", nargs="?", choices=["state", "link", "grant", "go-on"], default="state")
        parser.add_argument(
            "address", nargs="?", default="", help="with grant: the address that Zalo sent to, or its code"
        )
        parser.add_argument("--oa", default="", help="the account's id, where there are several")
        parser.add_argument("--json", action="store_true", help="for scripts")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.ZALO_OFFICIAL_ACCOUNTS:
            raise CommandError("Set ZALO_OFFICIAL_ACCOUNTS, ZALO_APP_ID and ZALO_APP_SECRET first (docs/settings.md).")
        if options["what"] == "state":
            self._state(as_json=options["json"])
            return
        query = parse_qs(urlsplit(options["address"]).query)
        one = self._chosen(options["oa"] or query.get("oa_id", [""])[0])
        if options["what"] == "link":
            link = tokens.grant_link(one)
            self.stdout.write(json.dumps({"oa_id": one.own_id, "link": link}) if options["json"] else link)
        elif options["what"] == "grant":
            self._grant(one, query.get("code", [options["address"]])[0])
        else:
            tokens.go_on(one)
            self.stdout.write(f"{one.own_id} goes on; {work.wake_up()} people are answered now.")

    def _chosen(self, own_id: str) -> Account:
        ours = list(settings.ZALO_OFFICIAL_ACCOUNTS)
        if not own_id and len(ours) > 1:
            raise CommandError(f"Say which with --oa: {', '.join(ours)}")
        if own_id and own_id not in ours:
            raise CommandError(f"{own_id} is not in ZALO_OFFICIAL_ACCOUNTS.")
        return account(Account.Product.OFFICIAL_ACCOUNT, own_id or ours[0])

    def _grant(self, one: Account, code: str) -> None:
        if not code:
            raise CommandError(
                "Give the address that Zalo sent the administrator to: manage.py zalo_oa grant 'https://…'"
            )
        try:
            tokens.grant(one, code)
        except tokens.NoToken as failure:
            raise CommandError(
                f"Zalo gave no tokens: {failure.reason}. Print a new link and have it granted once more."
            ) from None
        work.wake_up()
        self.stdout.write(f"{one.own_id} may send now. Let manage.py maintenance run: it keeps that so.")

    def _state(self, *, as_json: bool) -> None:
        now = timezone.now()
        rows = []
        for own_id in settings.ZALO_OFFICIAL_ACCOUNTS:
            one = Account.objects.filter(product=Account.Product.OFFICIAL_ACCOUNT, own_id=own_id).first()
            cannot_send, trouble = tokens.trouble(one, now)
            rows.append(
                {
                    "oa_id": own_id,
                    "can_send": not cannot_send,
                    "trouble": trouble,
                    "refreshed_at": _moment(one.refreshed_at if one else None),
                    "expires_at": _moment(one.expires_at if one else None),
                }
            )
        if as_json:
            self.stdout.write(json.dumps(rows, indent=1))
        else:
            for row in rows:
                self.stdout.write(f"{row['oa_id']}  {row['trouble'] or 'can send'}")
                self.stdout.write(
                    f"  refreshed {row['refreshed_at'] or 'never'}, access token until {row['expires_at'] or '–'}"
                )
        if not all(row["can_send"] for row in rows):
            raise SystemExit(1)


def _moment(moment: Any) -> str | None:
    return moment.isoformat(timespec="minutes") if moment is not None else None
