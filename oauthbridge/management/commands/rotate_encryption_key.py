"""`manage.py rotate_encryption_key`: seal every stored token under the first key of ENCRYPTION_KEY."""

import json
import sys
from argparse import ArgumentParser
from collections import Counter
from typing import Any

from oauthbridge import rotation
from oauthbridge.management.teaching import TeachingCommand, watched
from oauthbridge.tokens import keyring


class Command(TeachingCommand):
    help = "Seal every stored main-app token under the first key of ENCRYPTION_KEY."
    examples = """
How to change the key without ending a connection:
  1. Make a new key: openssl rand -hex 32
  2. Set ENCRYPTION_KEY=<old>,<new> on every process and restart them one after another; then <new>,<old>, and again.
     Only when all know the new key may one of them seal with it. From now on new tokens are, and old ones still open.
  3. manage.py rotate_encryption_key            (safe while serving; stop it and run it again as you like)
  4. manage.py rotate_encryption_key --verify   (must say that every token opens and none is left over)
  5. Set ENCRYPTION_KEY=<new> and restart.

Examples:
  manage.py rotate_encryption_key --dry-run    how many tokens are not under the first key
  manage.py rotate_encryption_key --verify     open every token and count; changes nothing
  manage.py rotate_encryption_key --json       for scripts

Exit code: 1 when a token can't be opened by any key of the ring, or when one is left over after moving or --verify;
0 says that every key but the first may go.
"""

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="count what would be moved, change nothing")
        parser.add_argument("--verify", action="store_true", help="open every stored token, change nothing")
        parser.add_argument("--json", action="store_true", help="print one JSON object and nothing else")

    def handle(self, *args: Any, **options: Any) -> None:
        left = rotation.left_over()
        results: Counter[str] = Counter()
        if not options["dry_run"]:
            rows = rotation.verify() if options["verify"] else rotation.rotate()
            total = rotation.stored() if options["verify"] else left
            description = "Opening tokens" if options["verify"] else "Sealing tokens"
            results.update(
                moved.result for moved in watched(rows, description=description, total=total, quiet=options["json"])
            )
        left_now = rotation.left_over()
        if options["json"]:
            summary = {"key_id": keyring().current_key_id, "left_over": left_now, "lost": 0, **results}
            self.stdout.write(json.dumps(summary))
        else:
            for result, count in sorted(results.items()):
                self.stdout.write(f"{count:>9}  {result}")
            self.stdout.write(f"{left_now} tokens are not under the first key ({keyring().current_key_id}).")
        if results["lost"]:
            self.stderr.write("Some tokens can't be opened: a key is missing in ENCRYPTION_KEY. Put it back.")
        if results["lost"] or (left_now and not options["dry_run"]):
            sys.exit(1)
