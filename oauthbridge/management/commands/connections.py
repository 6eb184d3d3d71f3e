"""`manage.py connections list | show | revoke`: see connections and end them, one or many."""

import json
import sys
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.management.base import CommandError
from django.db.models import QuerySet
from django.utils import timezone
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from oauthbridge import connections, legacy
from oauthbridge.management.teaching import TeachingCommand, at_least_one, watched
from oauthbridge.models import Application, Connection, PendingRevocation


class Command(TeachingCommand):
    help = "See connections, and end them: by id, person, client, idle since, or all."
    examples = """
Ending a connection takes effect at once: its tokens stop working, the app offers to sign in again, and its token in the
main app is revoked (or waits, when the main app is away: see retry_revocations).

Examples:
  manage.py connections list                              the newest 50 active ones
  manage.py connections list --user 42 --all-statuses     everything of one person (their id in the main app)
  manage.py connections show 6f1c…                        one, whole
  manage.py connections revoke --id 6f1c… --reason "asked by mail"
  manage.py connections list --door mcp                   of ChatGPT's app, Claude, Cursor …, none of a GPT
  manage.py connections revoke --user 42                  asks before it does
  manage.py connections revoke --idle-days 60 --dry-run   who would it be?
  manage.py connections revoke --everyone --yes           an emergency
"""

    def add_arguments(self, parser: ArgumentParser) -> None:
        what = parser.add_subparsers(
            dest="what", required=True, metavar="list | show | revoke", help="each has a --help of its own"
        )
        listing = what.add_parser(
            "list", help="list connections", epilog=self.examples, formatter_class=RawDescriptionHelpFormatter
        )
        _add_filters(listing)
        listing.add_argument("--all-statuses", action="store_true", help="ended and broken ones too")
        listing.add_argument("--limit", type=at_least_one, default=50, help="at most so many (%(default)s)")
        listing.add_argument("--json", action="store_true", help="print JSON and nothing else")
        show = what.add_parser("show", help="show one connection")
        show.add_argument("id", help="its id")
        show.add_argument("--json", action="store_true", help="print JSON and nothing else")
        revoke = what.add_parser(
            "revoke", help="end connections", epilog=self.examples, formatter_class=RawDescriptionHelpFormatter
        )
        _add_filters(revoke)
        revoke.add_argument("--id", action="append", default=[], metavar="UUID", help="this one; may be repeated")
        revoke.add_argument("--everyone", action="store_true", help="all active connections of all people")
        revoke.add_argument("--reason", default="", help="kept with the connection, for staff")
        revoke.add_argument("--dry-run", action="store_true", help="list them, end none")
        revoke.add_argument("--yes", action="store_true", help="don't ask")
        revoke.add_argument("--json", action="store_true", help="print JSON and nothing else; needs --yes or --dry-run")

    def handle(self, *args: Any, **options: Any) -> None:
        getattr(self, f"_{options['what']}")(options)

    def _list(self, options: dict[str, Any]) -> None:
        rows = _chosen(options)
        if not options["all_statuses"]:
            rows = rows.active()
        chosen = list(rows.order_by("-created_at")[: options["limit"]])
        if options["json"]:
            self.stdout.write(json.dumps([_payload(row) for row in chosen], indent=1))
        else:
            self._table(chosen)

    def _show(self, options: dict[str, Any]) -> None:
        row = _chosen({}).filter(pk=_uuid(options["id"])).first()
        if row is None:
            raise CommandError("There is no connection with this id.")
        payload = {
            **_payload(row),
            "language": row.language,
            "expires_at": row.expires_at.isoformat(),
            "ended_at": row.ended_at.isoformat() if row.ended_at else None,
            "end_note": row.end_note,
            "ended_by": str(row.ended_by) if row.ended_by else None,
            "access_tokens": row.access_tokens.count(),
            "refresh_tokens": row.refresh_tokens.count(),
            "sign_ins": row.sign_ins.count(),
            "revocation_waits": PendingRevocation.objects.filter(pk=row.pk).exists(),
        }
        if options["json"]:
            self.stdout.write(json.dumps(payload, indent=1))
            return
        for name, value in payload.items():
            self.stdout.write(f"{name:<18} {'–' if value in (None, '') else value}")

    def _revoke(self, options: dict[str, Any]) -> None:
        if not any(options[name] for name in ("id", "user", "client", "door", "idle_days", "everyone")):
            raise CommandError("Say which: --id, --user, --client, --door, --idle-days or --everyone.")
        rows = _chosen(options).active()
        if options["id"]:
            rows = rows.filter(pk__in=[_uuid(value) for value in options["id"]])
        chosen = list(rows.order_by("-created_at"))
        if options["id"] and not chosen:
            raise CommandError("No active connection has this id: see connections show.")
        if options["dry_run"]:
            self._tell_revoked(options, chosen, ended=0)
            return
        if not options["yes"]:
            if options["json"]:
                raise CommandError("With --json say --yes or --dry-run: there is nobody to ask.")
            if not self._agreed(chosen):
                self.stdout.write("Nothing was ended.")
                return
        refused = _refuse_older_tokens(options)
        quiet = options["json"]
        endings = connections.end_each([row.pk for row in chosen], Connection.EndReason.OPS, note=options["reason"])
        ended = sum(watched(endings, description="Ending connections", total=len(chosen), quiet=quiet))
        self._tell_revoked(options, chosen, ended=ended)
        if refused and not options["json"]:
            self.stdout.write("Tokens of the old connector that these people still hold are refused.")

    def _agreed(self, chosen: list[Connection]) -> bool:
        self._table(chosen[:20])
        if not chosen:
            return False
        if not sys.stdin.isatty():
            raise CommandError("There is nobody to ask: say --yes, or --dry-run to see which it would be.")
        return input(f"End {len(chosen)} of them? These people will have to sign in again. Type yes: ").strip() == "yes"

    def _tell_revoked(self, options: dict[str, Any], chosen: list[Connection], *, ended: int) -> None:
        waiting = PendingRevocation.objects.filter(pk__in=[row.pk for row in chosen]).count()
        if options["json"]:
            payload = {
                "dry_run": options["dry_run"],
                "chosen": [str(row.pk) for row in chosen],
                "ended": ended,
                "waiting": waiting,
            }
            self.stdout.write(json.dumps(payload))
        elif options["dry_run"]:
            self._table(chosen)
            self.stdout.write(f"{len(chosen)} would be ended. Nothing was changed.")
        else:
            self.stdout.write(f"{ended} ended.")
            if waiting:
                self.stdout.write(f"For {waiting} of them the main app is still to be told: see retry_revocations.")

    def _table(self, rows: list[Connection]) -> None:
        table = Table("connection", "person", "client", "door", "status", "since", "last used", "why it ended")
        for row in rows:
            payload = _payload(row)
            day = slice(0, 16)
            table.add_row(
                payload["id"],
                str(payload["user_id"]),
                escape(payload["client"]),
                payload["door"],
                payload["status"],
                payload["created_at"][day].replace("T", " "),
                payload["last_used_at"][day].replace("T", " "),
                payload["end_reason"] or "",
            )
        console = Console(width=None if sys.stdout.isatty() else 160)
        with console.capture() as shown:
            console.print(table if rows else "No connections.")
        self.stdout.write(shown.get(), ending="")


def _refuse_older_tokens(options: dict[str, Any]) -> bool:
    """Of the old connector, also of people who have not used one here yet: an ending of all connections at its door means them."""
    theirs = (options["client"] or settings.OAUTH_CLIENT_ID) == settings.OAUTH_CLIENT_ID
    theirs = theirs and (options["door"] or Application.Door.ACTIONS) == Application.Door.ACTIONS
    if not legacy.is_on() or options["id"] or options["idle_days"] or not theirs:
        return False
    legacy.refuse_issued_until_now(options["user"])
    return True


def _add_filters(parser: ArgumentParser) -> None:
    parser.add_argument("--user", type=int, metavar="ID", help="of this person, by their id in the main app")
    parser.add_argument("--client", metavar="CLIENT_ID", help="of this client")
    parser.add_argument("--door", choices=Application.Door.values, help="of clients of this door")
    parser.add_argument("--idle-days", type=at_least_one, metavar="DAYS", help="not used for so many days")


def _chosen(options: dict[str, Any]) -> Any:
    rows: QuerySet[Connection] = Connection.objects.select_related("user", "application", "ended_by")
    if options.get("user"):
        rows = rows.filter(user__main_app_user_id=options["user"])
    if options.get("client"):
        if not Application.objects.filter(client_id=options["client"]).exists():
            raise CommandError(f"There is no client {options['client']!r}.")
        rows = rows.filter(application__client_id=options["client"])
    if options.get("door"):
        rows = rows.filter(application__door=options["door"])
    if options.get("idle_days"):
        rows = rows.filter(last_used_at__lt=timezone.now() - timedelta(days=options["idle_days"]))
    return rows


def _payload(row: Connection) -> dict[str, Any]:
    return {
        "id": str(row.pk),
        "user_id": row.user.main_app_user_id,
        "client": row.application.client_id,
        "client_name": row.application.name,
        "door": row.application.door,
        "status": row.status,
        "created_at": row.created_at.isoformat(),
        "last_used_at": row.last_used_at.isoformat(),
        "end_reason": row.end_reason or None,
    }


def _uuid(value: str) -> UUID:
    try:
        return UUID(value)
    except ValueError:
        raise CommandError(f"{value!r} is not the id of a connection.") from None
