"""`manage.py doctor`: one table, green or red, with the repair in words."""

import json
import logging
import sys
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import CommandParser
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from connector.doctor import QUESTIONS, Finding, State, examine
from oauthbridge.management.teaching import TeachingCommand, watched

_COLOURS = {State.GREEN: "green", State.YELLOW: "yellow", State.RED: "red"}


class Command(TeachingCommand):
    help = "Look at settings, database, cache, main app, keys, clients and waiting work; say what to repair."
    examples = """
Changes nothing. It asks the main app for its version and tries an invented sign-in code, which a healthy one refuses.
Yellow may wait or can't be told from here; red means that people are turned away, or soon will be.

Examples:
  manage.py doctor           the table
  manage.py doctor --json    for scripts and monitors

Exit code: 0 when nothing is red, 1 otherwise.
"""
    # The settings are the first thing it looks at; a bad one must not stop it before.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser | CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON object and nothing else")

    def handle(self, *args: Any, **options: Any) -> None:
        # What is away stands in the table; a library's stack trace before it only hides that.
        logging.disable()
        try:
            findings = list(watched(examine(), description="Looking", total=len(QUESTIONS), quiet=options["json"]))
        finally:
            logging.disable(logging.NOTSET)
        red = any(finding.state is State.RED for _name, finding in findings)
        if options["json"]:
            payload = [{"name": name, **asdict(finding)} for name, finding in findings]
            self.stdout.write(json.dumps({"healthy": not red, "findings": payload}, indent=1))
        else:
            self._show(findings)
        if red:
            sys.exit(1)

    def _show(self, findings: list[tuple[str, Finding]]) -> None:
        table = Table("", "", "", "repair", show_lines=False)
        for name, finding in findings:
            colour = _COLOURS[finding.state]
            table.add_row(f"[{colour}]{finding.state}[/]", name, escape(finding.what), escape(finding.repair))
        console = Console(width=None if sys.stdout.isatty() else 160)
        with console.capture() as shown:
            console.print(table)
        self.stdout.write(shown.get(), ending="")
