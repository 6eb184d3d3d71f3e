"""Run fault scenarios against real processes and say which rows are not as they should be: `make faults`, docs/reliability.md.

Needs PostgreSQL and Redis as the tests do (TEST_DATABASE_URL, TEST_REDIS_URL). The exit code is 1 when a row is wrong.
"""

import argparse
import json
import os
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Sequence
from pathlib import Path

import django
from rich.console import Console
from rich.markup import escape

from devtools.faults.document import written_into
from devtools.faults.scenarios import MODULES, Options, Row, Scenario, scenarios


def main(modules: Sequence[str] = MODULES, prog: str = "make faults", purpose: str | None = __doc__) -> int:
    """modules: each with SCENARIOS; prog, purpose: what --help says."""
    options = _arguments(prog, purpose)
    console = Console(highlight=False, stderr=options.json, width=None if sys.stdout.isatty() else 160)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    # The stand-in main app and the tests' players are Django's; no scenario is imported before.
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    django.setup()
    every = scenarios(modules)
    if options.list:
        for one in every:
            console.print(f"{one.name:24} {one.title}{' (--long)' if one.only_long else ''}")
        return 0
    wanted = options.only.split(",")
    chosen = [one for one in every if any(name in one.name for name in wanted) and (options.long or not one.only_long)]
    if not chosen:
        console.print(f"No scenario's name holds “{options.only}”; --list shows them.")
        return 2
    began = time.monotonic()
    tables: dict[Scenario, list[Row]] = {}
    for one in chosen:
        console.print(f"\n[bold]{escape(one.title)}[/]  ({one.name})")
        tables[one] = _run(one, options, console)
    rows = [row for table in tables.values() for row in table]
    wrong = sum(not row.ok for row in rows)
    console.print(
        f"\n{len(rows)} rows in {time.monotonic() - began:.0f} s: {len(rows) - wrong} as they should be, {wrong} not"
    )
    if options.json:
        told_as_json = [_as_json(one, table) for one, table in tables.items()]
        sys.stdout.write(json.dumps(told_as_json, ensure_ascii=False, indent=2) + "\n")
    if options.write and wrong:
        console.print(f"{options.write} is left as it is.")
    elif options.write:
        options.write.write_text(written_into(options.write.read_text(), tables))
    return 1 if wrong or not rows else 0


def _run(scenario: Scenario, options: argparse.Namespace, console: Console) -> list[Row]:
    rows: list[Row] = []
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="meo-faults-") as folder:
        try:
            for row in scenario.run(Options(Path(folder), options.long, options.minutes)):
                rows.append(row)
                _say(console, row)
        # Whatever it was: the other scenarios still have to run, and this one has not held.
        except Exception as error:  # noqa: BLE001
            rows.append(Row((f"ended with {type(error).__name__}",), (f"{error}"[:2000] or type(error).__name__,)))
            _say(console, rows[-1])
            console.print(traceback.format_exc(), markup=False)
    if not rows:
        rows.append(Row(("nothing was measured",), ("no rows",)))
    console.print(f"  [dim]{time.monotonic() - began:.0f} s[/]")
    return rows


def _say(console: Console, row: Row) -> None:
    console.print(f"  {'[green]✓[/]' if row.ok else '[bold red]✗[/]'} {escape(' · '.join(row.cells))}")
    for problem in row.problems:
        console.print(f"      [red]{escape(problem)}[/]")


def _as_json(scenario: Scenario, rows: list[Row]) -> dict[str, object]:
    return {
        "name": scenario.name,
        "title": scenario.title,
        "columns": scenario.columns,
        "rows": [{"cells": row.cells, "ok": row.ok, "problems": row.problems} for row in rows],
    }


def _arguments(prog: str, purpose: str | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog=prog, description=purpose)
    parser.add_argument("--list", action="store_true", help="say which scenarios there are")
    parser.add_argument("--only", default="", metavar="NAMES", help="scenarios whose name holds one of these (a,b)")
    parser.add_argument("--long", action="store_true", help="the long forms too (history: 100,000 calls, not 10,000)")
    parser.add_argument(
        "--minutes",
        type=float,
        help="how long the load lasts (1.5; with --long 30); history ends after four times as long, whatever it has by then",
    )
    parser.add_argument("--json", action="store_true", help="the tables as JSON on stdout, progress on stderr")
    parser.add_argument("--write", type=Path, metavar="FILE", help="put the tables into their places in this document")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
