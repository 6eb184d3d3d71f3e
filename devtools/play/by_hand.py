"""Playing by hand: choose an operation, fill in its arguments, allow the call as in ChatGPT, see what comes."""

import json
from collections.abc import Callable
from typing import Any

import httpx
from rich.markup import escape

from devtools.play.gpt import Gpt
from devtools.play.schema import Argument, Operation, Schema
from devtools.play.signing_in import SignInFailed
from devtools.play.transcript import Show

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
            typed = self._read("\n[bold]operation[/]: ").strip()
            if typed in ("q", "quit", "exit"):
                return None
            if typed == "?":
                self._show.operations(self._schema)
                continue
            if (found := self._named(typed)) is not None:
                return found
            if typed:
                self._show.console.print(f"There is no {escape(typed)}. {_HELP}")

    def _named(self, typed: str) -> Operation | None:
        every = list(self._schema.operations.values())
        if typed.isdecimal():
            return every[int(typed) - 1] if 0 < int(typed) <= len(every) else None
        beginning = [one for one in every if one.id.startswith(typed)] if typed else []
        return self._schema.operations.get(typed) or (beginning[0] if len(beginning) == 1 else None)

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
            typed = self._read(f"  [bold]{one.name}[/]{' *' if one.required else ''}{choices}: ").strip()
            if not typed:
                return _NOTHING
            try:
                return understood(typed, schema)
            except ValueError as error:
                self._show.wrong([str(error)])

    def _allowed(self, operation: Operation) -> bool:
        """ChatGPT's own question: each time before what can't be undone, otherwise until “always” is said."""
        if operation.consequential:
            return self._yes(f"[red]{escape(operation.summary)}[/]: allow? ChatGPT asks this each time.")
        if operation.id in self._always_allowed:
            return True
        typed = self._read(f"{escape(operation.summary)}: allow? \\[y]es, \\[a]lways, \\[n]o: ").strip().lower()
        if typed.startswith("a"):
            self._always_allowed.add(operation.id)
        return typed[:1] in ("y", "a", "")

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


def understood(typed: str, schema: dict[str, Any]) -> Any:
    """A typed-in text as the schema's type. Raises ValueError, saying what is wanted."""
    kind = schema.get("type", "string")
    kind = kind if isinstance(kind, str) else next(one for one in kind if one != "null")
    if kind == "string":
        return typed
    if kind == "boolean":
        if typed.lower() in ("true", "yes", "y", "false", "no", "n"):
            return typed.lower() in ("true", "yes", "y")
        raise ValueError("true or false?")
    if kind == "array" and not typed.startswith("["):
        return [one.strip() for one in typed.split(",")]
    try:
        return json.loads(typed)
    except ValueError:
        raise ValueError(f"{typed} is no {kind}; type it as JSON") from None
