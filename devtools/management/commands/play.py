"""`manage.py play`: ChatGPT for the shell, by hand or by scripted conversations."""

import argparse
import json
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

CALLBACK = "http://127.0.0.1:8765/callback"

HELP = """\
ChatGPT for the shell. It reads the connector's /openapi.json and nothing else, signs in with OAuth as ChatGPT does, shows
the operations as a GPT has them, holds every call and every answer to the schema, and asks before it calls, as ChatGPT does.

examples:
  manage.py play --demo                             no service running yet: start both for this, sign in as Emma
  manage.py play --demo --script docs/gpt/conversations/*.yaml      replay the conversations of the documentation
  manage.py play                                    CONNECTOR_PUBLIC_URL; sign in with your browser
  manage.py play --url https://gpt.example.com      another connector
  manage.py play --as mai                           sign in at the stand-in main app, without a browser
  manage.py play --as emma --call find_pet --with '{"name": "biskit"}'        one call, then the end
  manage.py play --script docs/gpt/conversations/weights.yaml --json          for other programs

The OAuth client must know the way back to this shell. Once, where the connector runs:
  manage.py gpt_client --client-id play --redirect-uri http://127.0.0.1:8765/callback
  OAUTH_CLIENT_ID=play OAUTH_CLIENT_SECRET=… manage.py play

A script needs a stand-in main app (manage.py sandbox) behind the connector, and puts it back to its first state before each
conversation. The exit code is 0 only when every call was answered as the schema, and the script, say.
docs/gpt/play.md tells more, and how to write conversations.
"""


class Command(BaseCommand):
    help = HELP
    requires_system_checks: list[str] = []

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        return super().create_parser(
            prog_name, subcommand, formatter_class=argparse.RawDescriptionHelpFormatter, **kwargs
        )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--url", default=settings.CONNECTOR_PUBLIC_URL, help="the connector (%(default)s)")
        parser.add_argument("--demo", action="store_true", help="start a connector and a stand-in main app for this")
        parser.add_argument("--as", dest="person", metavar="PERSON", help="a person of the stand-in: emma, mai, olga …")
        parser.add_argument("--main-app", default=settings.MAIN_APP_URL, help="the stand-in's address (%(default)s)")
        parser.add_argument("--call", metavar="OPERATION", help="make one call and end")
        parser.add_argument("--with", dest="arguments", default="{}", metavar="JSON", help="the arguments of --call")
        parser.add_argument("--script", nargs="+", type=Path, metavar="FILE", help="play these conversations")
        parser.add_argument("--files", metavar="URL", help="where files of the chat lie, such as https://host/folder")
        parser.add_argument("--json", action="store_true", help="print one JSON document and nothing else")
        client = parser.add_argument_group("the OAuth client")
        client.add_argument("--client-id", default=settings.OAUTH_CLIENT_ID, help="OAUTH_CLIENT_ID (%(default)s)")
        client.add_argument("--client-secret", default=settings.OAUTH_CLIENT_SECRET, help="OAUTH_CLIENT_SECRET")
        client.add_argument("--redirect-uri", default=CALLBACK, help="registered for that client (%(default)s)")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["json"] and not (options["script"] or options["call"]):
            raise CommandError("--json goes with --script or --call.")
        from devtools.play.services import NotStarted, started

        if not options["demo"]:
            self._play(options)
            return
        try:
            with started(options["redirect_uri"]) as both:
                self._play({**options, **both, "person": options["person"] or "emma"})
        except NotStarted as error:
            raise CommandError(str(error)) from None

    def _play(self, options: dict[str, Any]) -> None:
        from devtools.play.session import Session, Unplayable

        session = Session(
            url=options["url"],
            main_app=options["main_app"],
            client=(options["client_id"], options["client_secret"], options["redirect_uri"]),
            person=options["person"],
            files=options["files"],
            quiet=options["json"],
        )
        try:
            report = session.run(scripts=options["script"], call=options["call"], arguments=options["arguments"])
        except Unplayable as error:
            if options["json"] and error.report is not None:
                self.stdout.write(_as_json(error.report))
            raise CommandError(str(error)) from None
        if options["json"]:
            self.stdout.write(_as_json(report))


def _as_json(report: Any) -> str:
    return json.dumps(report, ensure_ascii=False, indent=1)
