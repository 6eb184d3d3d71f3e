"""`manage.py maintenance`: what has to be done again and again, for a process supervisor."""

import signal
import threading
import time
from argparse import ArgumentParser
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import structlog
from django.core.management import call_command
from django.core.management.base import CommandParser
from django.db import DatabaseError, close_old_connections

from oauthbridge.management.teaching import TeachingCommand

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


@dataclass
class _Duty:
    name: str
    every: float
    do: Callable[[], object]
    next_at: float = 0.0


class Command(TeachingCommand):
    help = "Retry waiting revocations every minute and prune every hour, until told to stop."
    examples = """
One process of this beside the web workers is enough; two at once do no harm, they only do some work twice.
SIGTERM or Ctrl-C ends it after the duty at hand. When the database is away it says so, waits, and goes on.

Examples:
  manage.py maintenance            until stopped (compose.yaml runs it so)
  manage.py maintenance --once     each duty once, then end; for cron
"""

    def add_arguments(self, parser: ArgumentParser | CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="do everything once and end")
        parser.add_argument("--revocations-every", type=float, default=60, metavar="SECONDS", help="%(default)s")
        parser.add_argument("--prune-every", type=float, default=3600, metavar="SECONDS", help="%(default)s")

    def handle(self, *args: Any, **options: Any) -> None:
        duties = [
            _Duty("retry_revocations", options["revocations_every"], lambda: _quietly("retry_revocations")),
            _Duty("prune", options["prune_every"], lambda: _quietly("prune")),
        ]
        if options["once"]:
            for duty in duties:
                duty.do()
            self.stdout.write("Done once.")
            return
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        self.stdout.write("Maintenance runs; stop it with SIGTERM or Ctrl-C.")
        while not stop.is_set():
            for duty in duties:
                if time.monotonic() >= duty.next_at and not stop.is_set():
                    _do(duty)
            stop.wait(max(0.05, min(duty.next_at for duty in duties) - time.monotonic()))
        self.stdout.write("Maintenance stopped.")


def _do(duty: _Duty) -> None:
    close_old_connections()
    try:
        duty.do()
    except DatabaseError as error:
        # The loop outlives a database that is being restarted; the duty's next turn tries again.
        log.error("maintenance without database", duty=duty.name, kind=type(error).__name__)
    duty.next_at = time.monotonic() + duty.every


def _quietly(name: str) -> None:
    try:
        call_command(name, "--json", stdout=_Nowhere())
    except SystemExit:
        # retry_revocations ends with 1 while something still waits, which here is no news.
        return


class _Nowhere:
    """Where a command's report goes that nobody reads: each duty logs what it did."""

    def write(self, _text: str) -> int:
        return 0

    def flush(self) -> None: ...
