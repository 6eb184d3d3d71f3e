"""The demo from start to end; the exit code is 0 only when every step answered as it must and no secret was found in clear."""

import argparse
import re
import shutil
import signal
import sys
import tempfile
from pathlib import Path

import httpx2
import requests
from authlib.common.errors import AuthlibBaseError
from mcp.shared.exceptions import MCPError
from rich.console import Console
from rich.markup import escape

from devtools.demo import connecting, ending, looking, mcp_connecting, mcp_ending, mcp_official, mcp_tools, tools, zalo
from devtools.demo.processes import Processes, ProcessFailed
from devtools.demo.secret_scan import SecretScan
from devtools.demo.stage import Stage, StepFailed, beside
from devtools.demo.staying import stay

CHAPTERS = (
    ("Emma connects ChatGPT", connecting.STEPS),
    ("Emma talks to ChatGPT", tools.STEPS),
    ("An app that speaks MCP connects too", mcp_connecting.STEPS),
    ("It uses the same tools through its own door", mcp_tools.STEPS),
    ("So does the official MCP client", mcp_official.STEPS),
    ("Mai has no assistant: she writes on Zalo", zalo.STEPS),
    ("Everything goes on, and ends", [*ending.STEPS, *mcp_ending.STEPS, *ending.LAST_STEPS]),
    ("Did a secret get into a log or the database?", looking.STEPS),
)


def main() -> int:
    options = _options()
    console = Console(highlight=False, width=None if sys.stdout.isatty() else 120, record=options.picture is not None)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    folder = Path(tempfile.mkdtemp(prefix="meo-demo-"))
    try:
        with Processes(folder, connector_port=options.port, main_app_port=options.main_app_port) as processes:
            passed = _play(console, processes, folder, options)
            if options.stay and passed:
                stay(console, processes, options.redirect_uri)
        return 0 if passed else 1
    except ProcessFailed as failure:
        console.print(f"\n[bold red]✗[/] {escape(str(failure))}")
        console.print(failure.log_tail, markup=False)
        return 1
    except KeyboardInterrupt:
        console.print("\nStopped.")
        return 0 if options.stay else 130
    finally:
        shutil.rmtree(folder)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make demo", description=__doc__)
    parser.add_argument("--stay", action="store_true", help="leave the connector and the stand-in running until Ctrl-C")
    parser.add_argument("--verbose", action="store_true", help="show every request and its answer, without the secrets")
    parser.add_argument("--picture", type=Path, metavar="FILE", help="save the conversation as an SVG picture")
    parser.add_argument("--port", type=int, default=0, help="port of the connector (a free one)")
    parser.add_argument("--main-app-port", type=int, default=0, help="port of the stand-in main app (a free one)")
    parser.add_argument(
        "--redirect-uri",
        action="append",
        default=[],
        metavar="URL",
        help="with --stay: a callback of a client of yours",
    )
    return parser.parse_args()


def _play(console: Console, processes: Processes, folder: Path, options: argparse.Namespace) -> bool:
    console.print(
        "[bold]Meo Connector, shown end to end[/]: ChatGPT and an MCP app are played by Authlib, a second app by the official "
        "MCP client, the main app and Zalo by their stand-ins."
    )
    with console.status("Making a database and starting the services …"):
        processes.start()
    console.print(
        f"Connector (gunicorn) on {processes.connector_url}, stand-ins: main app {processes.main_app_url}, Zalo {processes.zalo_url}"
    )
    stage = Stage(console, processes, SecretScan(folder), verbose=options.verbose)
    for title, steps in CHAPTERS:
        pictured = options.picture is not None and steps is tools.STEPS
        if pictured:
            console.export_text(clear=True)
        stage.chapter(title)
        for step in steps:
            stage.announce(step, spoken=steps is tools.STEPS)
            try:
                step(stage)
            except (
                StepFailed,
                AuthlibBaseError,
                requests.RequestException,
                httpx2.HTTPError,
                MCPError,
                ProcessFailed,
            ) as failure:
                stage.tell_failure(failure)
                return False
        if pictured:
            # Without the address of a font elsewhere: every machine has one of fixed width.
            picture = re.sub(r"@font-face \{.*?\}", "", console.export_svg(title="make demo"), flags=re.DOTALL)
            options.picture.write_text(picture, encoding="utf-8")
    _sum_up(console, len(stage.secret_scan))
    return True


def _sum_up(console: Console, secrets_seen: int) -> None:
    steps = sum(len(steps) for _title, steps in CHAPTERS)
    console.print(
        f"\n[bold green]All {steps} steps passed.[/] Three apps signed in, read and wrote a person's records, and were disconnected; "
        f"Mai wrote on Zalo; {secrets_seen} secrets were seen, none was left behind.\n"
    )
    console.print("[bold]Try next[/]")
    for command, what in (
        ("make demo ARGS=--stay", "leave it running: sign in, staff's admin, Zalo by hand, your own MCP client"),
        ("make demo ARGS=--verbose", "the same with every request and answer"),
        (".venv/bin/python manage.py play --demo", "be ChatGPT yourself, at the shell"),
        ("make test", "the tests"),
    ):
        console.print(beside(f"  {command}", what, width=43))


if __name__ == "__main__":
    sys.exit(main())
