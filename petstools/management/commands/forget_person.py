"""`manage.py forget_person`: somebody asked to have what is known of them deleted."""

import json
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError, CommandParser

from oauthbridge.management.teaching import TeachingCommand, watched
from oauthbridge.models import Connection
from petstools import forgetting


class Command(TeachingCommand):
    help = "Forget a person at once: end their connections, here and in the main app, and delete every row about them."
    examples = """
For somebody who asks for it (/privacy, "Your rights"). Be sure that it is they who ask: this can't be taken back, and they have to
sign in again if they come back. What it can't reach: your log, your backups, the main app and ChatGPT (docs/operations.md).

Examples:
  manage.py forget_person 42             asks before it does; 42 is their number in the main app
  manage.py forget_person 42 --dry-run   what is known of them?
  manage.py forget_person 42 --yes --json
"""

    def add_arguments(self, parser: ArgumentParser | CommandParser) -> None:
        parser.add_argument("user", type=int, metavar="ID", help="their id in the main app")
        parser.add_argument("--dry-run", action="store_true", help="count, and change nothing")
        parser.add_argument("--yes", action="store_true", help="don't ask")
        parser.add_argument(
            "--json", action="store_true", help="print one JSON object and nothing else; needs --yes or --dry-run"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        held = forgetting.held(options["user"])
        if options["dry_run"] or not held:
            self._tell(options, held, waiting=0)
            return
        if not options["yes"]:
            if options["json"]:
                raise CommandError("With --json say --yes or --dry-run: there is nobody to ask.")
            if not self._agreed(options["user"], held):
                self.stdout.write("Nothing was changed.")
                return
        ids = list(Connection.objects.filter(user__main_app_user_id=options["user"]).values_list("pk", flat=True))
        done = forgetting.total(
            watched(forgetting.forget(options["user"]), description="Forgetting", quiet=options["json"])
        )
        self._tell(options, dict(done), waiting=forgetting.revocations_waiting(ids))

    def _agreed(self, user: int, held: dict[str, int]) -> bool:
        self._table(held)
        if not sys.stdin.isatty():
            raise CommandError("There is nobody to ask: say --yes, or --dry-run to see what is known of them.")
        return input(f"Delete all of this about person {user} for good? Type yes: ").strip() == "yes"

    def _tell(self, options: dict[str, Any], rows: dict[str, int], *, waiting: int) -> None:
        if options["json"]:
            summary = {"dry_run": options["dry_run"], "user_id": options["user"], "rows": rows, "waiting": waiting}
            self.stdout.write(json.dumps(summary))
            return
        if not rows:
            self.stdout.write("Nothing is known of this person.")
            return
        self._table(rows)
        if options["dry_run"]:
            self.stdout.write("Nothing was changed.")
        if waiting:
            self.stdout.write(
                f"For {waiting} of their connections the main app is still to be told: see retry_revocations."
            )
        if rows.get(forgetting.KEPT):
            self.stdout.write("Run this again after JWT_ACCEPTED_UNTIL.")

    def _table(self, rows: dict[str, int]) -> None:
        for name, count in rows.items():
            self.stdout.write(f"{count:>9}  {name}")
