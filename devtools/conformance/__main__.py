"""Hold the MCP door to the protocol with its own tools: `make conformance`, docs/mcp.md. The exit code is 1 when it is not held."""

import argparse
import json
import shutil
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from devtools.conformance import expected, suite
from devtools.conformance.expected import Check
from devtools.conformance.served import Served
from devtools.demo.processes import ProcessFailed

RESULTS = Path(__file__).resolve().parent.parent.parent / "var" / "conformance"


def main() -> int:
    parser = argparse.ArgumentParser(prog="make conformance", description=__doc__)
    parser.add_argument("--results", type=Path, default=RESULTS, help="a folder for all results as JSON, emptied first")
    options = parser.parse_args()
    console = Console(highlight=False, width=None if sys.stdout.isatty() else 160)
    began = time.monotonic()
    shutil.rmtree(options.results, ignore_errors=True)
    try:
        suite.install()
        checks = _checks(options.results)
    except (suite.CannotRun, ProcessFailed) as failure:
        console.print(f"[bold red]Not checked:[/] {escape(str(failure))}")
        if isinstance(failure, ProcessFailed):
            console.print(escape(failure.log_tail))
        return 1
    known, left_out = expected.read()
    judged = [one for one in checks if not one.key.split()[1].startswith(tuple(left_out))]
    wrong = expected.complaints(judged, known)
    _show(console, judged)
    for beginning, reason in left_out.items():
        console.print(f"Not judged: {beginning}*. {reason}")
    (options.results / "summary.json").write_text(
        json.dumps({"passed": not wrong, "wrong": wrong, "checks": [vars(one) for one in judged]}, indent=1)
    )
    for line in wrong:
        console.print(f"[bold red]✗[/] {escape(line)}")
    console.print(
        f"{len(judged)} checks in {time.monotonic() - began:.0f} s, {len(wrong)} not as they should be; {options.results}"
    )
    return 1 if wrong else 0


def _checks(results: Path) -> list[Check]:
    with tempfile.TemporaryDirectory(prefix="meo-conformance-") as folder, Served(Path(folder)) as served:
        served.start()
        served.sign_in()
        checks = [one for revision in suite.REVISIONS for one in suite.server(served, revision, results / revision)]
        checks += suite.authorization(served, results / "authorization")
        checks += suite.inspector(served, results / "inspector")
        served.must_live()
    return checks


def _show(console: Console, checks: list[Check]) -> None:
    table = Table("run", "passed", "did not (expected or not)")
    passed = Counter(one.key.split()[0] for one in checks if one.fine)
    failed = Counter(one.key.split()[0] for one in checks if not one.fine)
    for run in dict.fromkeys(one.key.split()[0] for one in checks):
        table.add_row(run, str(passed[run]), str(failed[run]))
    console.print(table)


if __name__ == "__main__":
    sys.exit(main())
