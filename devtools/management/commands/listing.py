"""`manage.py listing`: whether the app is ready for the directories of ChatGPT and Claude (docs/listing/README.md)."""

import json
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from devtools.management import plugin
from petstools.mcp import tools

FOLDER = Path(settings.BASE_DIR) / "docs" / "listing"
SNAPSHOT = FOLDER / "tools.json"
# Both directories' limits (docs/mcp.md, "A public listing"), in characters.
LONGEST = {"name": 30, "subtitle": 30, "description": 4000}
LONGEST_TOOL_NAME = 64
MOST_PROMPT = 100
LEAST_CASES = {"positive": 8, "negative": 4}


@dataclass(frozen=True)
class Row:
    """A line of the checklist; `todo` says what is missing, empty where it is ready."""

    what: str
    todo: str = ""


def listing_texts() -> dict[str, Any]:
    return tomllib.loads((FOLDER / "listing.toml").read_text(encoding="utf-8"))


def tools_now() -> list[dict[str, Any]]:
    """What tools/list answers."""
    listed: list[dict[str, Any]] = json.loads(b"{" + tools.tools_list(modern=False) + b"}")["tools"]
    return listed


def as_text(listed: list[dict[str, Any]]) -> str:
    return json.dumps(listed, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def checklist() -> Iterator[Row]:
    """What a program can see of both checklists."""
    texts, listed = listing_texts(), tools_now()
    names = {tool["name"] for tool in listed}
    for field, longest in LONGEST.items():
        length = len(texts[field].strip())
        yield Row(f"{field} of at most {longest} characters", "" if 0 < length <= longest else f"it has {length}")
    long = [prompt for prompt in texts["starter_prompts"] if len(prompt) > MOST_PROMPT]
    yield Row("starter prompts", f"too long: {', '.join(long)}" if long else "")
    for kind, least in LEAST_CASES.items():
        count = sum(case["kind"] == kind for case in texts["case"])
        yield Row(f"{least} {kind} test cases or more", "" if count >= least else f"there are {count}")
    unknown = {call for case in texts["case"] for call in case["calls"]} - names
    yield Row("test cases call tools that there are", f"unknown: {', '.join(sorted(unknown))}" if unknown else "")
    hints = ("readOnlyHint", "destructiveHint", "idempotentHint", "openWorldHint")
    bare = [
        tool["name"] for tool in listed if not tool["title"] or any(hint not in tool["annotations"] for hint in hints)
    ]
    yield Row("title and all hints on each tool", f"missing: {', '.join(bare)}" if bare else "")
    long = [name for name in names if len(name) > LONGEST_TOOL_NAME]
    yield Row(f"names of tools of at most {LONGEST_TOOL_NAME} characters", ", ".join(long))
    same = SNAPSHOT.exists() and SNAPSHOT.read_text(encoding="utf-8") == as_text(listed)
    yield Row(
        "tools as in docs/listing/tools.json", "" if same else "manage.py listing --write, and have them scanned again"
    )
    unknown = {name for name in tools.LEFT_OUT if name in plugin.skill()}
    yield Row("a plugin whose skill names only tools that there are", ", ".join(sorted(unknown)))
    yield Row("privacy, terms and support on pages of this service")
    public = urlsplit(settings.CONNECTOR_PUBLIC_URL)
    own = public.scheme == "https" and not public.port
    yield Row("public https address on port 443", "" if own else "CONNECTOR_PUBLIC_URL")
    answered = settings.SUPPORT_URL != settings.MAIN_APP_URL
    yield Row("an address where people are answered", "" if answered else "SUPPORT_URL")
    challenge = "" if settings.OPENAI_APPS_CHALLENGE else "OPENAI_APPS_CHALLENGE, while ChatGPT checks the domain"
    yield Row("proof of the domain", challenge)


class Command(BaseCommand):
    help = "Say whether the app is ready for the directories of ChatGPT and Claude, or who must do what."

    def add_arguments(self, parser: CommandParser) -> None:
        what = parser.add_mutually_exclusive_group(required=True)
        what.add_argument(
            "--check", action="store_true", help="print both directories' checklists with the state of each row"
        )
        what.add_argument("--write", action="store_true", help="write the list of tools into docs/listing/tools.json")
        what.add_argument(
            "--plugin", type=Path, metavar="DIR", help="write the plugin that Claude and ChatGPT take into this folder"
        )

    def handle(self, **options: Any) -> None:
        if options["write"]:
            SNAPSHOT.write_text(as_text(tools_now()), encoding="utf-8")
            self.stdout.write(f"{len(tools_now())} tools written to docs/listing/tools.json.")
            return
        if options["plugin"]:
            made = plugin.write(options["plugin"], listing_texts())
            self.stdout.write(f"{', '.join(made)} written to {options['plugin']}, for {settings.MCP_URL}.")
            return
        rows = list(checklist())
        for row in rows:
            self.stdout.write(f"{'  ' if row.todo else '✓ '}{row.what}{f': {row.todo}' if row.todo else ''}")
        for row in listing_texts()["by_hand"]:
            self.stdout.write(f"? {row['row']} ({row['directory']}): {row['who']}")
        missing = sum(bool(row.todo) for row in rows)
        if missing:
            raise CommandError(f"{missing} of {len(rows)} rows are not ready yet.")
        self.stdout.write("All that a program can see is ready; what begins with ? is for people.")
