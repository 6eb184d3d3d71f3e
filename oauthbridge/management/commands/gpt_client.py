"""`manage.py gpt_client`: the OAuth client that a GPT signs in with, and what to paste into the GPT builder."""

import json
import re
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError
from django.db import transaction

from oauthbridge.management.teaching import TeachingCommand
from oauthbridge.models import Application
from oauthbridge.redirects import may_be_registered
from oauthbridge.tokens import client_secret, client_secret_weakness

# Older GPTs come from chat.openai.com, newer ones from chatgpt.com, and a GPT may move between the two: both, always.
CHATGPT_HOSTS = ("chatgpt.com", "chat.openai.com")
_GPT_ID = re.compile(r"g-[A-Za-z0-9]{1,64}")

EXAMPLES = """
The GPT's id exists only after the GPT was first saved: it is in its address, chatgpt.com/g/g-abc123-name.
A duplicated GPT has another id: run the command again with --gpt-id and the new one.

Examples:
  manage.py gpt_client                             make the client, print what to paste
  manage.py gpt_client --gpt-id g-abc123           add that GPT's two callback addresses
  manage.py gpt_client --rotate-secret             a new secret; the old one stops working at once
  manage.py gpt_client --client-id meo-gpt-test --gpt-id g-def456    a second client, for a test GPT
  manage.py gpt_client --json                      for scripts

The secret is shown when it is made and never again: only its digest is stored. OAUTH_CLIENT_ID and
OAUTH_CLIENT_SECRET from the environment are used where they are set.
"""


class Command(TeachingCommand):
    help = "Create or update the OAuth client of a GPT, and print what to paste into the GPT builder."

    examples = EXAMPLES

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--client-id", default=settings.OAUTH_CLIENT_ID, help="default: OAUTH_CLIENT_ID (%(default)s)"
        )
        parser.add_argument("--name", default="", help="what staff see in the admin; default: Meo GPT (client id)")
        parser.add_argument(
            "--gpt-id",
            action="append",
            default=[],
            metavar="g-…",
            help="add both ChatGPT callback addresses of this GPT",
        )
        parser.add_argument(
            "--redirect-uri", action="append", default=[], metavar="URL", help="add any other callback address"
        )
        parser.add_argument(
            "--remove-redirect-uri", action="append", default=[], metavar="URL", help="take a callback address away"
        )
        parser.add_argument(
            "--rotate-secret", action="store_true", help="make a new secret; the old one stops working at once"
        )
        parser.add_argument("--json", action="store_true", help="print one JSON object and nothing else")

    def handle(self, *args: Any, **options: Any) -> None:
        add = [uri for gpt_id in options["gpt_id"] for uri in _gpt_callbacks(gpt_id)]
        add += [_checked_uri(uri) for uri in options["redirect_uri"]]
        with transaction.atomic():
            application, created = Application.objects.select_for_update().get_or_create(
                client_id=options["client_id"],
                defaults={
                    "client_type": Application.CLIENT_CONFIDENTIAL,
                    "authorization_grant_type": Application.GRANT_AUTHORIZATION_CODE,
                    "client_secret": "",
                },
            )
            if application.is_mcp:
                raise CommandError(f"{application.client_id} is a client of the MCP door: see mcp_client.")
            if application.is_chat:
                raise CommandError(f"{application.client_id} is the chat's own: it has no secret and no callback.")
            if application.is_public:
                raise CommandError(f"{application.client_id} is a public client; a GPT needs a confidential one.")
            uris = [uri for uri in application.redirect_uris.split() if uri not in options["remove_redirect_uri"]]
            application.redirect_uris = " ".join(dict.fromkeys([*uris, *add]))
            application.name = options["name"] or application.name or f"Meo GPT ({application.client_id})"
            secret = self._secret(application, created=created, rotate=options["rotate_secret"])
            application.save()
        self._show(application, secret, created=created, as_json=options["json"])

    def _secret(self, application: Application, *, created: bool, rotate: bool) -> str | None:
        """The secret to show, or None when the stored one stays. The environment's wins for the client it names."""
        from_environment = settings.OAUTH_CLIENT_SECRET if application.client_id == settings.OAUTH_CLIENT_ID else ""
        if from_environment:
            if rotate:
                raise CommandError("Unset OAUTH_CLIENT_SECRET, or change it there: it decides this client's secret.")
            if weakness := client_secret_weakness(from_environment):
                raise CommandError(f"OAUTH_CLIENT_SECRET is refused: {weakness}.")
            application.client_secret = from_environment
            return None
        if created or rotate or not application.client_secret:
            secret = client_secret()
            application.client_secret = secret
            return secret
        return None

    def _show(self, application: Application, secret: str | None, *, created: bool, as_json: bool) -> None:
        uris = application.redirect_uris.split()
        base = settings.CONNECTOR_PUBLIC_URL
        facts: dict[str, Any] = {
            "client_id": application.client_id,
            "client_secret": secret,
            "authorization_url": f"{base}/oauth/authorize",
            "token_url": f"{base}/oauth/token",
            "scope": " ".join(settings.OAUTH_SCOPES),
            "token_exchange_method": "Default (POST request)",
            "schema_url": f"{base}/openapi.json",
            "privacy_policy": f"{base}/privacy",
            "redirect_uris": uris,
            "created": created,
        }
        if as_json:
            self.stdout.write(json.dumps(facts, indent=1))
            return
        self.stdout.write(self.style.SUCCESS(f"Client {application.client_id} {'made' if created else 'updated'}.\n"))
        self.stdout.write("Paste into the GPT builder (Configure → Actions → Authentication → OAuth):\n")
        if secret:
            note = "   (shown once: keep it now)"
        elif settings.OAUTH_CLIENT_SECRET and application.client_id == settings.OAUTH_CLIENT_ID:
            secret, note = "the value of OAUTH_CLIENT_SECRET", ""
        else:
            secret, note = "unchanged", "   (--rotate-secret makes a new one)"
        for label, value in (
            ("Client ID", application.client_id),
            ("Client Secret", f"{secret}{note}"),
            ("Authorization URL", facts["authorization_url"]),
            ("Token URL", facts["token_url"]),
            ("Scope", facts["scope"]),
            ("Token Exchange Method", facts["token_exchange_method"]),
            ("Schema, import from URL", facts["schema_url"]),
            ("Privacy policy", facts["privacy_policy"]),
        ):
            self.stdout.write(f"  {label:<24} {value}")
        self.stdout.write("\nCallback addresses that may receive codes:")
        for uri in uris:
            self.stdout.write(f"  {uri}")
        if not uris:
            self.stdout.write(
                self.style.WARNING(
                    "  none yet. Save the GPT once, then: manage.py gpt_client --gpt-id g-… (from its address)"
                )
            )


def _gpt_callbacks(gpt_id: str) -> list[str]:
    if not _GPT_ID.fullmatch(gpt_id):
        raise CommandError("--gpt-id is g- and letters or digits, as in chatgpt.com/g/g-abc123-name: give g-abc123.")
    return [f"https://{host}/aip/{gpt_id}/oauth/callback" for host in CHATGPT_HOSTS]


def _checked_uri(uri: str) -> str:
    """A redirect URI that may be registered: absolute, HTTPS (HTTP only to this machine), no fragment (RFC 6749 §3.1.2)."""
    if not may_be_registered(uri, loopback=not settings.ENV.is_production):
        raise CommandError(
            f"Not a callback address that may be registered: {uri!r}. It is https://, absolute, without fragment."
        )
    return uri
