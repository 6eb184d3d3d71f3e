"""The demo from start to end; the exit code is 0 only when every step answered as it must and no secret was found in clear."""

import argparse
import shutil
import signal
import sys
import tempfile
import threading
from pathlib import Path

import httpx2
import requests
from authlib.common.errors import AuthlibBaseError
from mcp.shared.exceptions import MCPError
from rich.console import Console
from rich.markup import escape

from devtools.demo import connecting, ending, looking, mcp_connecting, mcp_ending, mcp_official, mcp_tools, tools
from devtools.demo.processes import Processes, ProcessFailed
from devtools.demo.secret_scan import Ledger
from devtools.demo.stage import Stage, StepFailed

GPT = [*connecting.STEPS, *tools.STEPS]
APPS = [*mcp_connecting.STEPS, *mcp_tools.STEPS, *mcp_official.STEPS]
STEPS = [*GPT, *APPS, *ending.STEPS, *mcp_ending.STEPS, *ending.LAST_STEPS, *looking.STEPS]


def main() -> int:
    options = _options()
    console = Console(highlight=False, width=None if sys.stdout.isatty() else 120)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    folder = Path(tempfile.mkdtemp(prefix="meo-demo-"))
    try:
        with Processes(folder, connector_port=options.port, main_app_port=options.main_app_port) as processes:
            passed = _play(console, processes, folder)
            if options.stay and passed:
                _stay(console, processes, options.redirect_uri)
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


def _play(console: Console, processes: Processes, folder: Path) -> bool:
    console.print(
        "[bold]Meo Connector, shown end to end[/]: ChatGPT and an MCP app are played by Authlib, a second app by the official "
        "MCP client, the main app by its stand-in."
    )
    with console.status("Making a database and starting both services …"):
        processes.start()
    console.print(f"Connector (gunicorn) on {processes.connector_url}, stand-in main app on {processes.main_app_url}")
    stage = Stage(console, processes, Ledger(folder))
    for number, step in enumerate(STEPS, start=1):
        stage.announce(number, len(STEPS), step)
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
    console.print(f"\n[bold green]All {len(STEPS)} steps passed.[/]")
    return True


def _stay(console: Console, processes: Processes, redirect_uris: list[str]) -> None:
    people = requests.get(f"{processes.main_app_url}/__sandbox/people", timeout=10).json()["people"]
    callbacks = [argument for uri in redirect_uris for argument in ("--redirect-uri", uri)]
    client = processes.manage("gpt_client", "--rotate-secret", "--json", *callbacks)
    local = [
        argument for host in ("127.0.0.1", "localhost") for argument in ("--redirect-uri", f"http://{host}/callback")
    ]
    app = processes.manage("mcp_client", "create", "Your tool", "--json", *local)
    console.print(
        f"\n[bold]Both stay up.[/]\n  Connector       {processes.connector_url}\n  Main app        {processes.main_app_url}"
    )
    console.print(f"  Its switches    {processes.main_app_url}/__sandbox/faults (PUT latency, errors, outage …)")
    console.print(f"  Logs            {processes.folder}/*.log")
    console.print("\nThe GPT's OAuth client, to connect with a client of yours:")
    console.print(client.strip(), markup=False)
    console.print("\nAn MCP client, for an app on this machine (any port):")
    console.print(app.strip(), markup=False)
    console.print("\nPeople to sign in as:")
    for person in people:
        console.print(f"  {person['email']:<20} {person['password']:<14} {person['about']}", markup=False)
    console.print("\nCtrl-C stops both and removes everything.")
    # Wakes for Ctrl-C, and when one of the two has died.
    while not threading.Event().wait(1):
        processes.must_live()


if __name__ == "__main__":
    sys.exit(main())
