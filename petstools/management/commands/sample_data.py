"""`manage.py sample_data`: fill a database with invented connections and tool calls, to try the admin at full size."""

import json
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError
from django.db import connection, models, transaction

from oauthbridge.management.teaching import TeachingCommand, watched
from oauthbridge.models import AccessToken, AuthorizationRequest, Connection, RefreshToken, User
from petstools.management.sample_rows import CLIENT_IDS, SampleRows, load, remove
from petstools.models import ToolCall

# Connections and tool calls.
SIZES = {"small": (100, 1_000), "large": (100_000, 1_000_000)}


class Command(TeachingCommand):
    help = "Fill the database with invented people, connections, sign-ins and tool calls."
    examples = """
Nothing of it can be used: the tokens are random, and nobody knows them. All of it belongs to the clients `sample-data` (GPT
Actions) and `sample-data-mcp` (MCP), and --remove takes it out again. It is one transaction: broken off, it leaves nothing
behind. `--size large` takes one to three minutes on PostgreSQL, and is not for SQLite.

Examples:
  manage.py sample_data                                       100 connections, 1,000 tool calls, the last 30 days
  manage.py sample_data --size large                          100,000 connections, 1,000,000 tool calls
  manage.py sample_data --size large --days 2                 all of it in the last two days: the first page at its slowest
  manage.py sample_data --connections 300 --tool-calls 5000   as many as you say
  manage.py sample_data --remove                              take it out again

Refused where ENVIRONMENT=production, unless --force says that this database may be filled.
"""

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--size", choices=list(SIZES), default="small", help="how much (%(default)s)")
        parser.add_argument("--connections", type=int, help="how many, instead of what the size says")
        parser.add_argument("--tool-calls", type=int, help="how many, instead of what the size says")
        parser.add_argument("--days", type=int, default=30, help="spread over the last so many days (%(default)s)")
        parser.add_argument("--seed", type=int, default=1, help="another number, another world (%(default)s)")
        parser.add_argument("--remove", action="store_true", help="remove the sample data instead")
        parser.add_argument("--force", action="store_true", help="also in production")
        parser.add_argument("--json", action="store_true", help="print one JSON object and nothing else")

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.ENVIRONMENT == "production" and not options["force"]:
            raise CommandError(
                "This is production: sample data would stand among people's own. --force does it anyway."
            )
        for name, many in zip(("connections", "tool_calls"), SIZES[options["size"]], strict=True):
            if options[name] is None:
                options[name] = many
        if options["remove"]:
            with transaction.atomic():
                self._tell(options, {"removed_connections": remove()})
            return
        if not (options["connections"] >= 1 and options["tool_calls"] >= 0 and 1 <= options["days"] <= 3650):
            raise CommandError("Ask for at least 1 connection, 0 tool calls, and 1 to 3650 days.")
        if Connection.objects.filter(application__client_id__in=CLIENT_IDS).exists():
            raise CommandError("There is sample data already; --remove takes it out.")
        with transaction.atomic():
            counts = self._fill(options)
        if connection.vendor == "postgresql":
            # So many new rows at once, and the planner still believes in empty tables.
            with connection.cursor() as cursor:
                cursor.execute("ANALYZE")
        self._tell(options, counts)

    def _fill(self, options: dict[str, Any]) -> dict[str, int]:
        rows = SampleRows(
            connections=options["connections"],
            tool_calls=options["tool_calls"],
            days=options["days"],
            seed=options["seed"],
        )
        counts = {}

        def fill(name: str, model: type[models.Model], rows: Any, total: int) -> None:
            shown = watched(rows, description=name.capitalize(), total=total, quiet=options["json"])
            counts[name.replace(" ", "_")] = load(model, shown)

        fill("people", User, rows.people(), options["connections"] * 4 // 5)
        rows.live()
        # Before the connections, whose last use they decide; the database looks at the reference when all is written.
        fill("tool calls", ToolCall, rows.calls(), options["tool_calls"])
        fill("connections", Connection, rows.connections(), options["connections"])
        fill("refresh tokens", RefreshToken, rows.refresh_tokens(), options["connections"])
        fill("access tokens", AccessToken, rows.access_tokens(), options["connections"])
        fill("sign ins", AuthorizationRequest, rows.sign_ins(), options["connections"] * 13 // 10)
        return counts

    def _tell(self, options: dict[str, Any], counts: dict[str, int]) -> None:
        if options["json"]:
            self.stdout.write(json.dumps(counts))
            return
        self.stdout.write(", ".join(f"{count:,} {name.replace('_', ' ')}" for name, count in counts.items()) + ".")
