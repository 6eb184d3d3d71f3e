"""`manage.py retry_revocations`: revoke in the main app what could not be revoked when it was due."""

import json
import sys
from argparse import ArgumentParser
from typing import Any

from oauthbridge import revocation
from oauthbridge.management.teaching import TeachingCommand, watched
from oauthbridge.models import PendingRevocation

EXAMPLES = """
Ending a connection revokes its token in the main app at once. When the main app is away, the token waits, encrypted,
and this command tries again: those whose time has come (after 1, 2, 4 … minutes, at most 6 hours apart).
Run it from cron every minute or two; running it twice at once does no harm.

Examples:
  manage.py retry_revocations              what is due
  manage.py retry_revocations --all        all that wait, due or not (the main app is back)
  manage.py retry_revocations --dry-run    only say how many wait

Exit code: 0 when nothing that was tried is left, 1 when something still waits.
"""


class Command(TeachingCommand):
    help = "Revoke in the main app the tokens whose revocation could not be done when it was due."

    examples = EXAMPLES

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--all", action="store_true", help="also those whose next attempt is not due yet")
        parser.add_argument("--dry-run", action="store_true", help="say how many wait and try none")
        parser.add_argument("--json", action="store_true", help="print one JSON object and nothing else")

    def handle(self, *args: Any, **options: Any) -> None:
        due = revocation.due(everything=options["all"])
        done = failed = 0
        if not options["dry_run"]:
            attempts = revocation.retry(due)
            for attempt in watched(attempts, description="Revoking", total=len(due), quiet=options["json"]):
                done += attempt.done
                failed += not attempt.done
        waiting = PendingRevocation.objects.count()
        if options["json"]:
            self.stdout.write(json.dumps({"due": len(due), "revoked": done, "failed": failed, "waiting": waiting}))
        elif options["dry_run"]:
            self.stdout.write(f"{len(due)} would be tried, {waiting} wait in all.")
        else:
            self.stdout.write(f"{done} revoked, {failed} failed, {waiting} still waiting.")
        if failed:
            sys.exit(1)
