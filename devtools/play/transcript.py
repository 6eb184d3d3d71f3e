"""Both sides of a conversation, readable: what the person says, what the GPT calls and gets, what ChatGPT would ask."""

import json
from typing import Any

from rich.console import Console, Group
from rich.json import JSON
from rich.markup import escape
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from devtools.play.conversations import Conversation
from devtools.play.gpt import Exchange
from devtools.play.replay import Played
from devtools.play.schema import Operation, Schema

# More than this of one answer is not read in a shell.
LONGEST_SHOWN = 4000


class Show:
    def __init__(self, console: Console) -> None:
        self.console = console

    def operations(self, schema: Schema) -> None:
        """What the GPT can do, as its builder sees it."""
        table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
        for name in ("", "operation", "what for", "ChatGPT asks"):
            table.add_column(name)
        for number, one in enumerate(schema.operations.values(), 1):
            table.add_row(
                str(number),
                f"[bold]{one.id}[/]",
                escape(one.summary),
                "[red]each time[/]" if one.consequential else "once",
            )
        self.console.print(table)

    def operation(self, operation: Operation) -> None:
        self.console.print(f"\n[bold]{operation.id}[/]  [dim]{operation.method} {escape(operation.path)}[/]")
        self.console.print(escape(operation.description), style="dim")

    def conversation(self, conversation: Conversation) -> None:
        self.console.print()
        self.console.rule(f"[bold]{escape(conversation.title)}[/]  [dim]{conversation.file.name}[/]", align="left")
        self.console.print(escape(conversation.shows), style="dim italic")

    def turn(self, played: Played) -> None:
        turn = played.turn
        if "person" in turn:
            self.console.print(Text.assemble(("\n  Person  ", "bold cyan"), turn["person"]))
        elif "gpt" in turn:
            self.console.print(Text.assemble(("  GPT     ", "bold green"), turn["gpt"]))
        elif "meanwhile" in turn:
            self.console.print(Text(f"  (meanwhile: {_in_words(turn['meanwhile'])})", style="dim yellow"))
        if played.exchange is not None:
            self.exchange(played.exchange)
        self.wrong(played.wrong)

    def exchange(self, exchange: Exchange) -> None:
        """One call: what went out, what came back."""
        if exchange.refreshed:
            self.console.print("  [dim](the access token had run out and was refreshed)[/]")
        sent = exchange.sent if exchange.sent is not None else exchange.query or None
        head = f"[bold]{exchange.operation.id}[/] [dim]{exchange.method} {escape(exchange.path)}[/]"
        self._side("[blue]→[/]", head, sent)
        colour = (
            "green" if exchange.status < 300 and not exchange.question else "yellow" if exchange.question else "red"
        )
        outcome = f"[{colour}]{exchange.status} {escape(exchange.error or exchange.question or 'done')}[/]"
        self._side("[blue]←[/]", f"{outcome} [dim]{exchange.seconds:.2f} s[/]", exchange.answer)

    def wrong(self, problems: list[str]) -> None:
        for one in problems:
            self.console.print(Text(f"  ✗ {one}", style="bold red"))

    def address(self, url: str) -> None:
        self.console.print(
            Panel(Group("Open this in your browser and sign in:", Text(url, style="bold")), style="cyan")
        )

    def _side(self, arrow: str, head: str, body: Any) -> None:
        self.console.print(f"  {arrow} {head}")
        if body is None:
            return
        text = json.dumps(body, ensure_ascii=False, indent=2)
        shown: JSON | Text = JSON(text, indent=2, ensure_ascii=False)
        if len(text) > LONGEST_SHOWN:
            shown = Text(f"{text[:LONGEST_SHOWN]}\n… ({len(text)} characters)", style="dim")
        self.console.print(Padding(shown, (0, 0, 0, 4)))


def _in_words(what: dict[str, Any]) -> str:
    words = {
        "an_hour_passes": "an hour passes",
        "signs_in": "the person signs in again",
        "sign_in_is_asked_for": "ChatGPT can't refresh and shows “Sign in”",
    }
    if "faults" in what:
        faults = what["faults"]
        return f"Meo Mai Moi misbehaves, {json.dumps(faults)}" if faults else "Meo Mai Moi is well again"
    if "verified" in what:
        return f"{what['verified']} opens the link in the mail"
    return ", ".join(words[name] for name in what)
