"""Count the files of the product that one call walks through, from the request's arrival to its answer.

    python -m devtools.walk                 get_pet and add_weight beside their limits; ends with 1 where one is over
    python -m devtools.walk --files         every file too, in the order in which it is first entered
    python -m devtools.walk --lines         instead: the lines of infrastructure written by hand (`devtools.walk.lines`)

Each call is made 3 times on a warmed-up gunicorn of one process, with the stand-in behind it; the longest way counts. Only functions
that run count, not what a module does when it is imported, and only our code: connector, oauthbridge, petstools, mainapp, chat.
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import httpx

from devtools.demo.processes import Processes
from devtools.play.schema import Schema
from devtools.play.signing_in import Client, SignIn
from devtools.play.stand_in import StandIn
from devtools.walk import lines

LIMITS = {"get_pet": 30, "add_weight": 36}
REDIRECT = "http://127.0.0.1:8765/callback"
TIMES = 3

Span = tuple[float, float]


class Walked(Processes):
    """The demo's processes; gunicorn with one worker, which writes down what it entered when it ends."""

    @property
    def environment(self) -> dict[str, str]:
        return super().environment | {
            "WALK_TO": str(self.folder / "entered.json"),
            "WEB_CONCURRENCY": "1",
            "LOG_LEVEL": "info",
        }

    def _spawn(self, name: str, *arguments: str) -> None:
        traced = ("-c", "python:devtools.walk.gunicorn_conf") if "gunicorn" in arguments else ()
        super()._spawn(name, *arguments, *traced)


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m devtools.walk", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--files", action="store_true", help="list the files of each way")
    parser.add_argument("--json", action="store_true", help="for other programs")
    parser.add_argument("--lines", action="store_true", help="count the lines of infrastructure instead")
    options = parser.parse_args()
    if options.lines:
        found = lines.counted()
        sys.stdout.write("".join(f"{count:>5} {name}\n" for name, count in found.items()))
        sys.stdout.write(f"{sum(found.values()):>5}\n")
        return
    with tempfile.TemporaryDirectory(prefix="meo-walk-") as folder:
        with Walked(Path(folder)) as processes:
            processes.start()
            spans = calls(processes)
        entered = json.loads((Path(folder) / "entered.json").read_text())
    ways = {
        name: max((list(dict.fromkeys(files_within(entered, span))) for span in of_tool), key=len)
        for name, of_tool in spans.items()
    }
    if options.json:
        sys.stdout.write(json.dumps(ways, indent=1) + "\n")
    else:
        for name, files in ways.items():
            sys.stdout.write(f"{name:<12} {len(files):>3} files, at most {LIMITS[name]}\n")
            if options.files:
                sys.stdout.write("".join(f"    {file}\n" for file in files))
    sys.exit(any(len(files) > LIMITS[name] for name, files in ways.items()))


def calls(processes: Walked) -> dict[str, list[Span]]:
    """Sign in, warm up, call; when each call began and had its answer, by the monotonic clock that all processes share."""
    made = json.loads(processes.manage("gpt_client", "--client-id", "walk", "--redirect-uri", REDIRECT, "--json"))
    with httpx.Client(trust_env=False, timeout=60) as http:
        schema = Schema.read(http, processes.connector_url)
        browser = StandIn(http, processes.main_app_url).browser_of("emma", redirect_uri=REDIRECT)
        sign_in = SignIn(http, schema, Client(made["client_id"], made["client_secret"], REDIRECT), browser)
        headers = {"Authorization": f"Bearer {sign_in.access_token()}"}
        pet = http.get(f"{processes.connector_url}/pets", headers=headers).json()["pets"][0]["id"]

        def get_pet(_day: int) -> httpx.Response:
            return http.get(f"{processes.connector_url}/pets/{pet}", headers=headers)

        def add_weight(day: int) -> httpx.Response:
            weight = {"weight_kg": "4.2 kg", "measured_at": f"2025-01-{day:02}"}
            return http.post(f"{processes.connector_url}/pets/{pet}/weights", headers=headers, json=weight)

        spans: dict[str, list[Span]] = {}
        for name, call in (("get_pet", get_pet), ("add_weight", add_weight)):
            call(1).raise_for_status()
            for number in range(TIMES):
                # What the call before left to background threads is done by then.
                time.sleep(1)
                began = time.monotonic()
                call(number + 2).raise_for_status()
                spans.setdefault(name, []).append((began, time.monotonic()))
    return spans


def files_within(entered: list[tuple[float, str, str]], span: Span) -> Iterator[str]:
    return (file for moment, file, _function in entered if span[0] <= moment <= span[1])


if __name__ == "__main__":
    main()
