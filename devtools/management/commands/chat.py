"""`manage.py chat`: talk to the chat by hand, against a stand-in main app of its own."""

import sys
import uuid
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import timezone

from chat.conversation import Message, answer
from mainapp.secret import Secret
from oauthbridge import connections
from oauthbridge.models import Application, Connection
from sandbox.server import SandboxServer

CLIENT = "chat-by-hand"
PEOPLE = ("mai", "emma", "olga", "taras")


class Command(BaseCommand):
    help = (
        "Talk to the chat, a line at a time, as a person of a stand-in main app that lives as long as this command. "
        "People: mai (Vietnamese), emma (English), olga (Russian), taras (Ukrainian)."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--as", dest="person", default="mai", choices=PEOPLE, help="who talks (%(default)s)")
        parser.add_argument("--language", choices=["vi", "en", "ru", "uk"], help="of the answers; else the person's")

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.ENVIRONMENT == "production":
            # The stand-in's people have numbers of real ones.
            raise CommandError(
                "This talks as people of a stand-in main app: run it where ENVIRONMENT is not production."
            )
        call_command("migrate", verbosity=0)
        with SandboxServer(environment="development") as server:
            settings.MAIN_APP_URL = server.url
            account = server.world.user(options["person"])
            client, _made = Application.objects.get_or_create(
                client_id=CLIENT,
                defaults={
                    "client_type": Application.CLIENT_CONFIDENTIAL,
                    "authorization_grant_type": Application.GRANT_AUTHORIZATION_CODE,
                    # Nobody can sign in by it.
                    "disabled_at": timezone.now(),
                },
            )
            token = Secret(server.world.new_token(account))
            language = options["language"] or account.locale
            with transaction.atomic():
                connection = connections.connect(account.id, client, token, language=language)
            try:
                self._talk(connection)
            finally:
                connections.end(connection.pk, Connection.EndReason.OPS)

    def _talk(self, connection: Connection) -> None:
        for line in sys.stdin:
            connection.refresh_from_db()
            if not connection.is_active:
                break
            message = Message(connection, line.strip(), "chat", str(uuid.uuid4()), timezone.now())
            self.stdout.write(answer(message).text + "\n")
