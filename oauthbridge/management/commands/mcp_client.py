"""`manage.py mcp_client create | list | show | update | disable | enable`: clients of the MCP door that are entered by hand."""

import json
import re
import secrets
import sys
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError
from django.db import transaction
from django.db.models import Count, Q
from django.utils import timezone
from django.utils.text import slugify
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from oauthbridge import connections
from oauthbridge.management.teaching import TeachingCommand, watched
from oauthbridge.models import Application, Connection
from oauthbridge.redirects import is_loopback, may_be_registered
from oauthbridge.scopes import EVERYDAY
from oauthbridge.tokens import client_secret

# Where each product has codes sent, as its maker's pages said in November 2026.
PRODUCTS: dict[str, tuple[str, ...]] = {
    "chatgpt": ("https://chatgpt.com/connector_platform_oauth_redirect",),
    "claude": ("https://claude.ai/api/mcp/auth_callback", "https://claude.com/api/mcp/auth_callback"),
    "claude-code": ("http://localhost/callback",),
    "cursor": ("http://localhost:8787/callback", "https://www.cursor.com/agents/mcp/oauth/callback"),
}
# What a client that publishes its own document (CIMD) calls itself; entered by hand it would be mistaken for that.
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_CLIENT_ID = re.compile(r"[A-Za-z0-9._~-]{3,100}")

EXAMPLES = """
Apps that people use bring their own description, and programs on a person's computer register themselves
(docs/mcp.md): neither needs an entry here. Enter a client by hand for one that can't, or where you want to hold its
secret. It opens /mcp and nothing else; a GPT's client is made by gpt_client.

A public client has no secret and proves itself by PKCE alone: for apps on the person's own machine. There a callback
address of http://127.0.0.1, [::1] or localhost counts with any port; every other address is compared whole.

Examples:
  manage.py mcp_client create "ChatGPT" --for chatgpt                 public, with ChatGPT's callback address
  manage.py mcp_client create "ChatGPT" --for chatgpt --redirect-uri https://chatgpt.com/connector/oauth/abc123
  manage.py mcp_client create "Claude" --for claude --confidential    with a secret, shown once
  manage.py mcp_client create "My tool" --redirect-uri http://127.0.0.1/callback
  manage.py mcp_client list                                           all clients of the MCP door, and who uses them
  manage.py mcp_client show mcp-chatgpt-3f9a                          what to type into the client
  manage.py mcp_client update mcp-claude-81c2 --rotate-secret         the old secret stops working at once
  manage.py mcp_client update mcp-my-tool-77d0 --name "Our tool" --remove-redirect-uri http://127.0.0.1/callback
  manage.py mcp_client disable mcp-my-tool-77d0                       ends its connections; asks before it does
  manage.py mcp_client enable mcp-my-tool-77d0                        people may sign in with it again
  manage.py mcp_client list --json                                    for scripts; each of them knows it
"""


class Command(TeachingCommand):
    help = "Clients of the MCP door, entered by hand: make, see, change, disable; and what to type into the client."
    examples = EXAMPLES

    def add_arguments(self, parser: ArgumentParser) -> None:
        what = parser.add_subparsers(
            dest="what", required=True, metavar=" | ".join(_STEPS), help="each has a --help of its own"
        )
        steps = {
            name: what.add_parser(name, help=text, epilog=EXAMPLES, formatter_class=RawDescriptionHelpFormatter)
            for name, text in _STEPS.items()
        }
        create, update = steps["create"], steps["update"]
        create.add_argument("name", help="what people read on the consent page: the product's own name")
        create.add_argument("--client-id", default="", help="default: made of the name and four random letters")
        create.add_argument(
            "--confidential", action="store_true", help="give it a secret; without this it is a public client"
        )
        for name in ("show", "update", "disable", "enable"):
            steps[name].add_argument("client_id", help="its client id")
        update.add_argument("--name", default="", help="another name for people to read")
        for parser in (create, update):
            parser.add_argument(
                "--for",
                dest="products",
                action="append",
                default=[],
                choices=sorted(PRODUCTS),
                help="add this product's callback addresses",
            )
            parser.add_argument(
                "--redirect-uri", action="append", default=[], metavar="URL", help="add this callback address"
            )
        update.add_argument(
            "--remove-redirect-uri", action="append", default=[], metavar="URL", help="take a callback address away"
        )
        update.add_argument(
            "--rotate-secret", action="store_true", help="make a new secret; the old one stops working at once"
        )
        steps["disable"].add_argument("--yes", action="store_true", help="don't ask")
        for parser in steps.values():
            parser.add_argument("--json", action="store_true", help="print JSON and nothing else")

    def handle(self, *args: Any, **options: Any) -> None:
        getattr(self, f"_{options['what']}")(options)

    def _create(self, options: dict[str, Any]) -> None:
        name = _checked_name(options["name"])
        client_id = options["client_id"] or f"mcp-{slugify(name)[:60] or 'client'}-{secrets.token_hex(2)}"
        if not _CLIENT_ID.fullmatch(client_id) or _URL.match(client_id):
            raise CommandError("A client id is 3 to 100 letters, digits or . _ ~ - and no address.")
        kind = Application.CLIENT_CONFIDENTIAL if options["confidential"] else Application.CLIENT_PUBLIC
        uris = _redirect_uris(options, public=not options["confidential"])
        if not uris:
            raise CommandError("Say where its codes go: --for chatgpt (or another product), or --redirect-uri URL.")
        secret = client_secret() if options["confidential"] else None
        with transaction.atomic():
            application, created = Application.objects.get_or_create(
                client_id=client_id,
                defaults={
                    "name": name,
                    "door": Application.Door.MCP,
                    "client_type": kind,
                    "authorization_grant_type": Application.GRANT_AUTHORIZATION_CODE,
                    "client_secret": secret or "",
                    "redirect_uris": " ".join(uris),
                },
            )
        if not created:
            raise CommandError(
                f"There is a client {client_id} already: see mcp_client show, or give another --client-id."
            )
        self._tell(application, options, headline=f"Client {client_id} made.", secret=secret)

    def _list(self, options: dict[str, Any]) -> None:
        active = Count("connections", filter=Q(connections__status=Connection.Status.ACTIVE))
        rows = Application.objects.filter(door=Application.Door.MCP).annotate(active=active).order_by("client_id")
        if options["json"]:
            self.stdout.write(json.dumps([_payload(row) | {"connections": row.active} for row in rows], indent=1))
            return
        table = Table("client", "name", "kind", "described by", "people connected", "disabled")
        for row in rows:
            table.add_row(
                escape(row.client_id),
                escape(row.name),
                row.client_type,
                _payload(row)["described_by"],
                str(row.active),
                f"{row.disabled_at:%Y-%m-%d %H:%M}" if row.disabled_at else "",
            )
        console = Console(width=None if sys.stdout.isatty() else 160)
        with console.capture() as shown:
            console.print(table if rows else "No client of the MCP door. See: manage.py mcp_client --help")
        self.stdout.write(shown.get(), ending="")

    def _show(self, options: dict[str, Any]) -> None:
        self._tell(_known(options["client_id"]), options)

    def _update(self, options: dict[str, Any]) -> None:
        secret = None
        with transaction.atomic():
            application = _known(options["client_id"])
            if not _is_by_hand(application):
                raise CommandError("It describes itself at its address, and that counts. It can only be disabled.")
            if options["rotate_secret"]:
                if application.is_public:
                    raise CommandError(f"{application.client_id} is a public client: it has no secret.")
                secret = application.client_secret = client_secret()
            if options["name"]:
                application.name = _checked_name(options["name"])
            unknown = set(options["remove_redirect_uri"]) - set(application.redirect_uris.split())
            if unknown:
                raise CommandError(f"It has no such callback address: {', '.join(sorted(unknown))}")
            uris = [uri for uri in application.redirect_uris.split() if uri not in options["remove_redirect_uri"]]
            uris += _redirect_uris(options, public=application.is_public)
            if not uris:
                raise CommandError("That would leave it without a callback address: add one, or disable the client.")
            application.redirect_uris = " ".join(dict.fromkeys(uris))
            application.save()
        self._tell(application, options, headline=f"Client {application.client_id} updated.", secret=secret)

    def _disable(self, options: dict[str, Any]) -> None:
        application = _known(options["client_id"])
        ids = list(application.connections.active().values_list("pk", flat=True))
        if ids and not options["yes"]:
            if options["json"] or not sys.stdin.isatty():
                raise CommandError(f"{len(ids)} connections would end, and there is nobody to ask: say --yes.")
            if input(f"{len(ids)} connections end; these people are signed out. Type yes: ").strip() != "yes":
                self.stdout.write("Nothing was changed.")
                return
        # First shut the door, then end who is inside: a sign-in in between would stay.
        Application.objects.filter(pk=application.pk, disabled_at__isnull=True).update(disabled_at=timezone.now())
        ids = list(application.connections.active().values_list("pk", flat=True))
        endings = connections.end_each(ids, Connection.EndReason.OPS, note="client disabled")
        ended = sum(watched(endings, description="Ending connections", total=len(ids), quiet=options["json"]))
        if options["json"]:
            self.stdout.write(json.dumps({"client_id": application.client_id, "disabled": True, "ended": ended}))
        else:
            self.stdout.write(f"Client {application.client_id} is disabled; {ended} connections ended.")

    def _enable(self, options: dict[str, Any]) -> None:
        application = _known(options["client_id"])
        application.disabled_at = None
        application.save(update_fields=["disabled_at"])
        self._tell(application, options, headline=f"Client {application.client_id} may be used again.")

    def _tell(
        self, application: Application, options: dict[str, Any], *, headline: str = "", secret: str | None = None
    ) -> None:
        payload = _payload(application) | {"client_secret": secret} | _typed_in(application)
        if options["json"]:
            self.stdout.write(json.dumps(payload, indent=1))
            return
        if headline:
            self.stdout.write(self.style.SUCCESS(headline) + "\n")
        self.stdout.write(
            "Type into the client what it asks for; most find out the lines from “Authorization URL” on by themselves:\n"
        )
        if application.is_public:
            about_secret = "none: a public client. Leave the field empty"  # noqa: S105
        elif secret:
            about_secret = f"{secret}   (shown once: keep it now)"
        else:
            about_secret = "the one you have   (update --rotate-secret makes a new one)"  # noqa: S105
        for label, value in (
            ("MCP server address", payload["mcp_url"]),
            ("Authentication", "OAuth"),
            ("Client ID", application.client_id),
            ("Client secret", about_secret),
            ("Authorization URL", payload["authorization_url"]),
            ("Token URL", payload["token_url"]),
            ("Scopes", payload["scope"]),
            ("Token auth method", " or ".join(payload["token_endpoint_auth_methods"])),
        ):
            self.stdout.write(f"  {label:<20} {value}")
        self.stdout.write("\nCallback addresses that may receive codes:")
        for uri in payload["redirect_uris"]:
            any_port = "   (any port)" if application.is_public and is_loopback(uri) else ""
            self.stdout.write(f"  {uri}{any_port}")
        if application.disabled_at:
            self.stdout.write(self.style.WARNING("\nDisabled: nobody can sign in with it. See mcp_client enable."))


_STEPS = {
    "create": "enter a client, and see what to type into it",
    "list": "all clients of the MCP door",
    "show": "one client, and what to type into it",
    "update": "change its name, callback addresses or secret",
    "disable": "let nobody sign in with it, and end its connections",
    "enable": "undo that; people sign in anew",
}


def _known(client_id: str) -> Application:
    application: Application | None = Application.objects.filter(client_id=client_id).first()
    if application is None:
        raise CommandError(f"There is no client {client_id!r}: see mcp_client list.")
    if not application.is_mcp:
        raise CommandError(f"{client_id} is a client of the Actions door: see gpt_client.")
    return application


def _checked_name(name: str) -> str:
    """What people will read on the consent page: one line of visible text."""
    cleaned = name.strip()
    if not 1 <= len(cleaned) <= 60 or not cleaned.isprintable():
        raise CommandError("A name is one line of 1 to 60 visible characters.")
    return cleaned


def _redirect_uris(options: dict[str, Any], *, public: bool) -> list[str]:
    uris = [uri for product in options["products"] for uri in PRODUCTS[product]]
    uris += options["redirect_uri"]
    for uri in uris:
        if not may_be_registered(uri, loopback=public):
            raise CommandError(
                f"Not a callback address that may be registered: {uri!r}. It is https://, absolute, without fragment; "
                "for a public client also http://127.0.0.1, http://[::1] or http://localhost."
            )
    return list(dict.fromkeys(uris))


def _payload(application: Application) -> dict[str, Any]:
    return {
        "client_id": application.client_id,
        "name": application.name,
        "client_type": application.client_type,
        "described_by": "hand" if _is_by_hand(application) else "itself",
        "redirect_uris": application.redirect_uris.split(),
        "disabled_at": application.disabled_at.isoformat() if application.disabled_at else None,
    }


def _is_by_hand(application: Application) -> bool:
    return bool(application.registration_source == Application.RegistrationSource.MANUAL)


def _typed_in(application: Application) -> dict[str, Any]:
    base = settings.CONNECTOR_PUBLIC_URL
    methods = ["none"] if application.is_public else ["client_secret_post", "client_secret_basic"]
    return {
        "mcp_url": settings.MCP_URL,
        "authorization_url": f"{base}/oauth/authorize",
        "token_url": f"{base}/oauth/token",
        "scope": " ".join(EVERYDAY),
        "token_endpoint_auth_methods": methods,
    }
