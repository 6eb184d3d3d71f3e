"""Attack the connector and say what held: `make security`, docs/security.md.

Runs the suite's own attacks, chosen in `security.groups`, on PostgreSQL and Redis where these answer (TEST_DATABASE_URL,
TEST_REDIS_URL; without them what needs a production instance is skipped, and said), then what reads code and dependencies.
The exit code is 1 when anything did not hold.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from devtools.security.audit import AUDITS, ROOT, Audit
from devtools.security.document import sections, table, written_into
from devtools.security.groups import GROUPS, Group, group_of
from tests.run import cache, database

LONG_TIMES = 20
DOCUMENT = ROOT / "docs" / "security.md"


def main() -> int:
    options = _arguments()
    console = Console(highlight=False, width=None if sys.stdout.isatty() else 140)
    chosen = [group for group in GROUPS if options.only in group.name]
    if not chosen:
        console.print(f"No group's name holds “{options.only}”: {', '.join(group.name for group in GROUPS)}.")
        return 2
    began = time.monotonic()
    services = [one for one in (database(), cache()) if one.url != "none" and not one.problem]
    console.print(f"On {' and '.join(one.name for one in services) or 'SQLite, without Redis'}.")
    environment = {"TEST_DATABASE_URL": "none", "TEST_REDIS_URL": "none"} | {one.variable: one.url for one in services}
    # CI=1: hypothesis draws the same cases each time, so two runs of one version are one.
    tests = _run(
        chosen,
        environment | {"FUZZ_TIMES": str(LONG_TIMES if options.long else 1)} | ({} if options.long else {"CI": "1"}),
    )
    audits = [] if options.only else [audit() for audit in AUDITS]
    rows = {group: _counted(tests, group) for group in chosen}
    _show(console, rows, audits)
    total = sum(rows.values(), Counter[str]())
    failed = [address for address, one in tests.items() if one["outcome"] == "failed"]
    found = [line for audit in audits for line in audit.found]
    console.print(
        f"\n{total['passed']} attacks held, {len(failed)} did not, {total['skipped']} skipped; {total['cases']:,} cases tried; "
        f"{len(found)} findings in code and dependencies; {time.monotonic() - began:.0f} s."
    )
    for line in (*failed, *found):
        console.print(f"  {line}", markup=False)
    if not total["passed"]:
        console.print("No attack was run at all: see what pytest says above.")
    wrong = bool(failed or found or not total["passed"])
    if options.write and not wrong:
        DOCUMENT.write_text(written_into(DOCUMENT.read_text(), _tables(tests, rows, audits)))
    return 1 if wrong else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make security", description="Attack the connector and say what held.")
    parser.add_argument("--only", default="", help="groups whose name holds this")
    parser.add_argument("--long", action="store_true", help=f"{LONG_TIMES} times the cases, other ones each time")
    parser.add_argument("--write", action="store_true", help="write the tables into docs/security.md, if all held")
    return parser.parse_args()


def _run(chosen: list[Group], environment: dict[str, str]) -> dict[str, dict[str, Any]]:
    """Every test of these groups, once; how each ended, by its address."""
    paths = sorted({path for group in chosen for one in group.tests for path in _files(one)})
    with tempfile.TemporaryDirectory() as folder:
        counts = Path(folder) / "counts.json"
        workers = min((os.cpu_count() or 1) + 1, 4)
        subprocess.run(
            [
                sys.executable,
                "-m",
                "pytest",
                "-q",
                "-n",
                str(workers),
                "-p",
                "devtools.security.counting",
                "--counts",
                str(counts),
                *paths,
            ],
            cwd=ROOT,
            env=os.environ | environment,
            check=False,
        )
        tests: dict[str, dict[str, Any]] = json.loads(counts.read_text()) if counts.exists() else {}
    # What came along in a chosen file and belongs to no chosen group still counts if it failed.
    return {address: one for address, one in tests.items() if group_of(address) in chosen or one["outcome"] == "failed"}


def _files(start: str) -> list[str]:
    """The files whose path begins so; a folder as it is."""
    start = start.partition("::")[0]
    if (ROOT / start).exists():
        return [start]
    return [str(path.relative_to(ROOT)) for path in ROOT.glob(f"{start}*.py")]


def _counted(tests: dict[str, dict[str, Any]], group: Group) -> Counter[str]:
    counted: Counter[str] = Counter()
    for address, one in tests.items():
        if group_of(address) is group:
            counted[one["outcome"]] += 1
            counted["cases"] += one["cases"]
    return counted


def _show(console: Console, rows: dict[Group, Counter[str]], audits: list[Audit]) -> None:
    shown = Table("group", "what", "held", "not", "skipped", "cases")
    for group, counted in rows.items():
        shown.add_row(group.name, group.title, *_figures(counted))
    for audit in audits:
        shown.add_row("code", f"{audit.name}: {audit.note}", "", str(len(audit.found)), "", "")
    console.print(shown)


def _figures(counted: Counter[str]) -> list[str]:
    cases = f"{counted['cases']:,}" if counted["cases"] else ""
    return [str(counted["passed"]), str(counted["failed"]), str(counted["skipped"]), cases]


def _tables(tests: dict[str, dict[str, Any]], rows: dict[Group, Counter[str]], audits: list[Audit]) -> dict[str, str]:
    found = [
        [
            section,
            what,
            f"`{path}`",
            str(sum(one["outcome"] == "passed" for at, one in tests.items() if at.startswith(path))),
        ]
        for section, what, path in sections()
    ]
    groups = [[group.title, *_figures(counted)] for group, counted in rows.items()]
    read = [[audit.name, audit.note, str(len(audit.found))] for audit in audits]
    return {
        "groups": table(["What is tried", "held", "did not", "skipped", "cases drawn"], groups),
        "sections": table(["Section", "What is tried, and what holds", "Tests", "held"], found),
        "audits": table(["Reads code", "What", "findings"], read),
    }


if __name__ == "__main__":
    sys.exit(main())
