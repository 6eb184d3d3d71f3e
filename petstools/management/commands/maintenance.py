"""`manage.py maintenance`: what has to be done again and again, for a process supervisor."""

import signal
import threading
import time
from argparse import ArgumentParser, ArgumentTypeError
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import structlog
from django.core.management.base import CommandParser
from django.db import Error, close_old_connections
from django.utils import timezone

from oauthbridge import retention, revocation
from oauthbridge.compiled_queries import why_it_failed
from oauthbridge.management.teaching import TeachingCommand
from petstools.retention import prune
from petstools.upkeep import EVERY_MINUTE, Step

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


@dataclass
class _Duty:
    name: str
    every: float
    steps: Callable[[], Iterator[Step]]
    next_at: float = 0.0


class Command(TeachingCommand):
    help = (
        "Every minute retry waiting revocations, end connections that nobody fetched and look after Zalo; every hour prune; until told "
        "to stop."
    )
    examples = """
One process of this beside the web workers is enough; two at once do no harm, they only do some work twice.
SIGTERM or Ctrl-C ends it after the step at hand (6 seconds at most). When the database is away it says so, waits, and
goes on.

Examples:
  manage.py maintenance            until stopped (compose.yaml runs it so)
  manage.py maintenance --once     each duty once, then end; for cron

Exit code: 0 when it was told to stop, or when --once did everything; 1 when --once found no database.
"""

    def add_arguments(self, parser: ArgumentParser | CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="do everything once and end")
        parser.add_argument(
            "--revocations-every", type=_seconds, default=60, metavar="SECONDS", help="default: %(default)s"
        )
        parser.add_argument(
            "--prune-every", type=_seconds, default=3600, metavar="SECONDS", help="default: %(default)s"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        duties = [
            _Duty("retry_revocations", options["revocations_every"], _retry_revocations),
            _Duty("not_redeemed", options["revocations_every"], _end_not_redeemed),
            *(_Duty(duty.name, options["revocations_every"], duty.steps) for duty in EVERY_MINUTE),
            _Duty("prune", options["prune_every"], lambda: prune(timezone.now())),
        ]
        stop = threading.Event()
        if options["once"]:
            for duty in duties:
                _do(duty, stop)
            self.stdout.write("Done once.")
            return
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        self.stdout.write("Maintenance runs; stop it with SIGTERM or Ctrl-C.")
        self.stdout.flush()
        while not stop.is_set():
            for duty in duties:
                if time.monotonic() >= duty.next_at:
                    _do_when_possible(duty, stop)
            stop.wait(max(0.05, min(duty.next_at for duty in duties) - time.monotonic()))
        self.stdout.write("Maintenance stopped.")


def _do_when_possible(duty: _Duty, stop: threading.Event) -> None:
    close_old_connections()
    try:
        _do(duty, stop)
    except Error as error:
        # The loop outlives a database that is being restarted or migrated; the duty's next turn tries again.
        log.error("maintenance without database", duty=duty.name, kind=type(error).__name__, why=why_it_failed(error))
    duty.next_at = time.monotonic() + duty.every


def _do(duty: _Duty, stop: threading.Event) -> None:
    began = time.monotonic()
    done: Counter[str] = Counter()
    for what, rows in duty.steps():
        done[what] += rows
        if stop.is_set():
            break
    changed = {what: rows for what, rows in done.items() if rows}
    log.info("maintenance", duty=duty.name, done=changed, seconds=round(time.monotonic() - began, 1))


def _retry_revocations() -> Iterator[Step]:
    for attempt in revocation.retry(revocation.due()):
        yield ("revoked" if attempt.done else "failed"), 1


def _end_not_redeemed() -> Iterator[Step]:
    for ended in retention.end_not_redeemed(timezone.now()):
        yield "ended", ended


def _seconds(value: str) -> float:
    try:
        seconds = float(value)
    except ValueError:
        seconds = 0.0
    if not 0.1 <= seconds <= 86_400:
        raise ArgumentTypeError(f"{value!r} is not a number of seconds from 0.1 to 86400")
    return seconds
