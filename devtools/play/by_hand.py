"""Playing by hand: choose an operation, fill in its arguments, allow the call as in ChatGPT, see what comes."""

import json
from collections.abc import Callable
from typing import Any

import httpx
from rich.markup import escape

from devtools.play.gpt import Gpt
from devtools.play.schema import Argument, Operation, Schema
from devtools.play.showing import Show
from devtools.play.signing_in import SignInFailed

_HELP = "[dim]a number or a name · [bold]?[/bold] the list · [bold]q[/bold] or Ctrl-D the end[/]"
_NOTHING = object()

Read = Callable[[str], str]


class ByHand:
    """A person in ChatGPT's place. `read` asks for one line; EOFError and Ctrl-C end it."""

    def __init__(self, show: Show, schema: Schema, gpt: Gpt, read: Read) -> None:
        self._show = show
        self._schema = schema
        self._gpt = gpt
        self._read = read
        self._always_allowed: set[str] = set()

    def play(self) -> None:
        self._show.operations(self._schema)
        self._show.console.print(_HELP)
        try:
            while (operation := self._operation()) is not None:
                self._one_call(operation)
        except (EOFError, KeyboardInterrupt):
            self._show.console.print()

    def _operation(self) -> Operation | None:
        while True:
            said = self._read("\n[bold]operation[/]: ").strip()
            if said in ("q", "quit", "exit"):
                return None
            if said == "?":
                self._show.operations(self._schema)
                continue
            if (found := self._named(said)) is not None:
                return found
            if said:
                self._show.console.print(f"There is no {escape(said)}. {_HELP}")

    def _named(self, said: str) -> Operation | None:
        every = list(self._schema.operations.values())
        if said.isdecimal():
            return every[int(said) - 1] if 0 < int(said) <= len(every) else None
        beginning = [one for one in every if one.id.startswith(said)] if said else []
        return self._schema.operations.get(said) or (beginning[0] if len(beginning) == 1 else None)

    def _one_call(self, operation: Operation) -> None:
        self._show.operation(operation)
        arguments = {}
        for one in operation.arguments:
            value = self._argument(one)
            if value is not _NOTHING:
                arguments[one.name] = value
        problems = list(self._schema.wrong_arguments(operation, arguments))
        self._show.wrong(problems)
        if any(f"{one.name}: is required" in problems for one in operation.arguments if one.place == "path"):
            return
        if problems and not self._yes("A model would not send this. Send it all the same?"):
            return
        if not self._allowed(operation):
            self._show.console.print("Not allowed; nothing was sent.")
            return
        try:
            with self._show.console.status("ChatGPT waits, 45 s at most …"):
                exchange = self._gpt.call(operation, arguments)
        except SignInFailed as failed:
            self._again(failed)
        except httpx.HTTPError as failed:
            self._show.wrong([f"No answer came: {failed or type(failed).__name__}"])
        else:
            self._show.exchange(exchange)
            self._show.wrong([one for one in exchange.problems if one not in problems])

    def _argument(self, one: Argument) -> Any:
        schema = self._schema.resolved(one.schema)
        choices = f" [dim]({' | '.join(map(str, schema['enum']))})[/]" if "enum" in schema else ""
        self._show.console.print(f"  [dim]{escape(one.description)}[/]")
        while True:
            said = self._read(f"  [bold]{one.name}[/]{' *' if one.required else ''}{choices}: ").strip()
            if not said:
                return _NOTHING
            try:
                return understood(said, schema)
            except ValueError as error:
                self._show.wrong([str(error)])

    def _allowed(self, operation: Operation) -> bool:
        """ChatGPT's own question: each time before what can't be undone, otherwise until “always” is said."""
        if operation.consequential:
            return self._yes(f"[red]{escape(operation.summary)}[/]: allow? ChatGPT asks this each time.")
        if operation.id in self._always_allowed:
            return True
        said = self._read(f"{escape(operation.summary)}: allow? \\[y]es, \\[a]lways, \\[n]o: ").strip().lower()
        if said.startswith("a"):
            self._always_allowed.add(operation.id)
        return said[:1] in ("y", "a", "")

    def _again(self, failed: SignInFailed) -> None:
        self._show.wrong([str(failed)])
        if (
            failed.error == "invalid_grant"
            and self._gpt.person is not None
            and self._yes("ChatGPT shows “Sign in”. Press it?")
        ):
            try:
                self._gpt.person.sign_in()
            except SignInFailed as still:
                self._show.wrong([str(still)])

    def _yes(self, question: str) -> bool:
        return self._read(f"{question} \\[y/N]: ").strip().lower().startswith("y")


def understood(said: str, schema: dict[str, Any]) -> Any:
    """A typed-in text as the schema's type. Raises ValueError, saying what is wanted."""
    kind = schema.get("type", "string")
    kind = kind if isinstance(kind, str) else next(one for one in kind if one != "null")
    if kind == "string":
        return said
    if kind == "boolean":
        if said.lower() in ("true", "yes", "y", "false", "no", "n"):
            return said.lower() in ("true", "yes", "y")
        raise ValueError("true or false?")
    if kind == "array" and not said.startswith("["):
        return [one.strip() for one in said.split(",")]
    try:
        return json.loads(said)
    except ValueError:
        raise ValueError(f"{said} is no {kind}; type it as JSON") from None
