"""`manage.py prune`: end what nobody has used for too long, delete what is past its time."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone

from oauthbridge.management.teaching import TeachingCommand, watched
from petstools.retention import past_their_time, prune


class Command(TeachingCommand):
    help = "End connections that were not used for too long, and delete rows that are past their time."
    examples = """
Deletes in small batches, so that nobody waits for a lock; running it twice at once, or stopping it, does no harm.
How long what is kept: SIGN_IN_RETENTION_DAYS, TOOL_CALL_RETENTION_DAYS, CONNECTION_RETENTION_DAYS, and the lifetimes of tokens.

Examples:
  manage.py prune --dry-run    only count
  manage.py prune              once; from cron every hour, or let `manage.py maintenance` do it
  manage.py prune --json       for scripts
"""

    def add_arguments(self, parser: ArgumentParser | CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="count, and change nothing")
        parser.add_argument("--json", action="store_true", help="print one JSON object and nothing else")

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        counted = past_their_time(now)
        if not options["dry_run"]:
            counted = dict.fromkeys(counted, 0)
            for name, rows in watched(prune(now), description="Pruning", quiet=options["json"]):
                counted[name] += rows
        if options["json"]:
            self.stdout.write(json.dumps({"dry_run": options["dry_run"], "rows": counted}))
            return
        for name, count in counted.items():
            self.stdout.write(f"{count:>9}  {name}")
        if options["dry_run"]:
            self.stdout.write("Nothing was changed.")
