"""`manage.py sandbox`: the stand-in main app as a process, to try things by hand and for the demo."""

from __future__ import annotations

import argparse
import signal
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from sandbox.faults import DROPS
from sandbox.seed import seed
from sandbox.server import SandboxServer
from sandbox.versions import CURRENT
from sandbox.world import World

HELP = """\
Serve a stand-in for the main app (Meo Mai Moi), all in memory: the consent page /gpt-connect, the API under /api,
a few people with pets to sign in as. Nothing is kept when it ends.

It uses CONNECTOR_API_KEY, HMAC_SHARED_SECRET and CONNECTOR_PUBLIC_URL of this project, so that a connector with the
same environment can talk to it: start the connector with MAIN_APP_URL set to the address printed here.

examples:
  manage.py sandbox                                 on http://127.0.0.1:8080
  manage.py sandbox --latency-ms 800                every answer takes 0.8 s
  manage.py sandbox --error-rate 0.2 --html-errors  every fifth request is a web server's error page
  manage.py sandbox --outage                        maintenance: 503 for everything
  manage.py sandbox --version v1.6.0                an older main app (main-app.md, History)
  manage.py sandbox --empty                         no people, no pets: register on the consent page

While it runs, faults are switched over HTTP (all of them: GET shows the names):
  curl -X PUT localhost:8080/__sandbox/faults -d '{"drop": "mid_body", "path": "/weights", "times": 1}'
  curl -X DELETE localhost:8080/__sandbox/faults
"""


class Command(BaseCommand):
    help = HELP
    requires_system_checks: list[str] = []

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        kwargs["formatter_class"] = argparse.RawDescriptionHelpFormatter
        kwargs["conflict_handler"] = "resolve"  # Django's own --version gives way to the main app's
        return super().create_parser(prog_name, subcommand, **kwargs)

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, default=8080, help="port to listen on (8080; 0 takes a free one)")
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on (127.0.0.1)")
        parser.add_argument("--url", help="address to write into image and page links, if another one leads here")
        parser.add_argument("--version", default=CURRENT, dest="release", help=f"release to imitate ({CURRENT})")
        parser.add_argument(
            "--environment",
            choices=("production", "development"),
            default="production",
            help="development: 300 writes a minute and no daily quota, as the main app does there",
        )
        seeds = parser.add_mutually_exclusive_group()
        seeds.add_argument("--seed", action="store_true", default=True, help="with people and pets (default)")
        seeds.add_argument("--empty", action="store_false", dest="seed", help="without people and pets")
        faults = parser.add_argument_group("faults, from the start")
        faults.add_argument("--latency-ms", type=int, default=0, help="work this long on every API request")
        faults.add_argument("--error-rate", type=float, default=0.0, help="share of requests that fail, 0 to 1")
        faults.add_argument("--error-status", type=int, default=500, help="status of those failures (500)")
        faults.add_argument(
            "--html-errors", action="store_true", help="failures are HTML pages; alone: all requests fail"
        )
        faults.add_argument("--slow-body", type=int, default=0, metavar="BYTES_PER_S", help="send bodies this slowly")
        faults.add_argument("--drop", choices=DROPS, help="close connections at this point")
        faults.add_argument("--throttle-429", action="store_true", help="answer 429 of the minute throttle")
        faults.add_argument("--quota-exceeded", action="store_true", help="answer 429 of the daily quota")
        faults.add_argument("--outage", action="store_true", help="maintenance: 503 for every request")
        faults.add_argument("--retry-after", type=int, help="Retry-After of --throttle-429 and --outage (no header)")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            server = SandboxServer(
                options["port"],
                host=options["host"],
                version=options["release"],
                environment=options["environment"],
                world=World(seed=seed if options["seed"] else None),
            )
        except ValueError as error:
            raise CommandError(str(error)) from error
        except OSError as error:
            raise CommandError(
                f"Port {options['port']} can't be used ({error.strerror}); try another --port."
            ) from error
        if options["url"]:
            server.app.url = options["url"].rstrip("/")
        server.faults.replace(
            {
                "latency_ms": options["latency_ms"],
                "error_rate": options["error_rate"],
                "error_status": options["error_status"],
                "html_errors": options["html_errors"],
                "slow_body_bytes_per_s": options["slow_body"],
                "drop": options["drop"],
                "throttle_429": options["throttle_429"],
                "quota_exceeded": options["quota_exceeded"],
                "outage": options["outage"],
                "retry_after": options["retry_after"],
            }
        )
        self.introduce(server, options["release"])
        # A supervisor's SIGTERM ends it as Ctrl-C does.
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            self.stdout.write("Stopped; everything is forgotten.")

    def introduce(self, server: SandboxServer, release: str) -> None:
        write, people = self.stdout.write, list(server.world.users.values())
        write(self.style.SUCCESS(f"Stand-in main app {release} on {server.url}"))
        write(f"  It sends people back to {server.connector_url}/oauth/callback\n")
        if people:
            write("Sign in on /gpt-connect as")
            for user in people:
                write(f"  {user.email:<20} {user.password:<14} {user.name}: {user.about}")
        else:
            write("Nobody lives here yet; register on /gpt-connect.")
        write("\nWhile it runs")
        write(
            f"  curl {server.url}/__sandbox/faults                                    what can go wrong, and what does"
        )
        write(f"  curl -X PUT {server.url}/__sandbox/faults -d '{{\"latency_ms\": 500}}'   switch faults")
        write(f"  curl -X DELETE {server.url}/__sandbox/faults                          all well again")
        write(f"  curl -X POST {server.url}/__sandbox/reset                             the first state again")
        write("Ctrl-C ends it.\n")
        self.stdout.flush()
