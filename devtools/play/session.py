"""One run of play: by hand, one call, or scripts."""

import json
import webbrowser
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx
from rich.console import Console

from devtools.play.by_hand import ByHand
from devtools.play.conversations import BadConversation, Conversation, load
from devtools.play.gpt import Exchange, FilesAt, Gpt
from devtools.play.replay import Played, Replay
from devtools.play.schema import NoSchema, Schema
from devtools.play.signing_in import Browser, Client, SignIn, SignInFailed, by_hand
from devtools.play.stand_in import StandIn
from devtools.play.transcript import Show


class Unplayable(Exception):
    """It could not be played, or not as it should have gone; the text is for the person, `report` for programs."""

    def __init__(self, text: str, report: Any = None) -> None:
        super().__init__(text)
        self.report = report


class Session:
    """url: the connector's; main_app: the stand-in's; client: id, secret and redirect URI; person: whose browser signs in.

    Without a person the one at the shell signs in, with a browser of their own. files: where files of the chat lie.
    """

    def __init__(
        self,
        *,
        url: str,
        main_app: str,
        client: tuple[str, str, str],
        person: str | None = None,
        files: str | None = None,
        quiet: bool = False,
    ) -> None:
        self._url = url
        self._main_app = main_app
        self._client = Client(*client)
        self._person = person
        self._files = FilesAt(files) if files else None
        self._show = Show(Console(highlight=False, quiet=quiet))

    def run(self, *, scripts: Sequence[Path] | None, call: str | None, arguments: str) -> Any:
        """Play; what came of it, for programs. Raises Unplayable."""
        if not self._client.secret:
            raise Unplayable("The client's secret is missing: set OAUTH_CLIENT_SECRET, or try --demo (see --help).")
        with httpx.Client(trust_env=False, timeout=60) as http:
            try:
                self._begin(http)
                if scripts:
                    return self._play_scripts(scripts)
                return self._call_once(call, arguments) if call else self._by_hand()
            except (NoSchema, SignInFailed, httpx.HTTPError) as error:
                raise Unplayable(f"{error or type(error).__name__}") from None

    def _begin(self, http: httpx.Client) -> None:
        self._http = http
        self._schema = Schema.read(http, self._url)
        self._stand_in = StandIn(http, self._main_app)

    def _by_hand(self) -> None:
        self._show.console.print(f"[bold]{self._schema.document['info']['title']}[/] at {self._schema.url}")
        ByHand(self._show, self._schema, self._gpt(self._person), self._show.console.input).play()

    def _call_once(self, name: str, arguments: str) -> dict[str, Any]:
        operation = self._schema.operations.get(name)
        if operation is None:
            raise Unplayable(f"The schema has no {name}. It has: {', '.join(self._schema.operations)}.")
        try:
            given = json.loads(arguments)
        except ValueError:
            given = None
        if not isinstance(given, dict):
            raise Unplayable("--with takes a JSON object.")
        try:
            exchange = self._gpt(self._person).call(operation, given)
        except KeyError as missing:
            raise Unplayable(f"{operation.id} needs {missing.args[0]} (--with).") from None
        self._show.exchange(exchange)
        self._show.wrong(exchange.problems)
        report = _report(exchange, exchange.problems)
        if exchange.problems:
            raise Unplayable("The call or its answer is not as the schema says.", report)
        return report

    def _play_scripts(self, files: Sequence[Path]) -> list[dict[str, Any]]:
        try:
            conversations = [load(file) for file in files]
        except BadConversation as error:
            raise Unplayable(str(error)) from None
        results = [self._play(one) for one in conversations]
        count = {ending: sum(one["ending"] == ending for one in results) for ending in ("passed", "failed", "skipped")}
        endings = ", ".join(f"{number} {ending}" for ending, number in count.items() if number)
        if count["failed"]:
            raise Unplayable(f"Not every conversation went as written: {endings}.", results)
        self._show.console.print(f"\n[bold green]{endings}.[/]")
        return results

    def _play(self, conversation: Conversation) -> dict[str, Any]:
        report = {"file": str(conversation.file), "title": conversation.title}
        self._show.conversation(conversation)
        if lacking := sorted(conversation.needs - self._at_hand):
            self._show.console.print(f"  [yellow]skipped: it needs {', '.join(lacking)}[/]")
            return {**report, "ending": "skipped", "needs": lacking, "turns": []}
        self._stand_in.reset()
        turns: list[Played] = []
        for played in Replay(self._schema, self._stand_in, self._gpt).play(conversation):
            self._show.turn(played)
            turns.append(played)
        calls = [_report(one.exchange, one.wrong) for one in turns if one.exchange or one.wrong]
        return {**report, "ending": "failed" if turns[-1].wrong else "passed", "turns": calls}

    @property
    def _at_hand(self) -> set[str]:
        """What a conversation may need and this run has. Impatience is a matter of seconds only: it is waited out."""
        return {"impatience"} | ({"files"} if self._files else set())

    def _gpt(self, person: str | None) -> Gpt:
        sign_in = SignIn(self._http, self._schema, self._client, self._browser(person))
        return Gpt(self._http, self._schema, sign_in, files=self._files)

    def _browser(self, person: str | None) -> Browser:
        if person is not None:
            return self._stand_in.browser_of(person, redirect_uri=self._client.redirect_uri)

        def show(address: str) -> None:
            self._show.address(address)
            webbrowser.open(address)

        return by_hand(self._client.redirect_uri, show=show)


def _report(exchange: Exchange | None, wrong: list[str]) -> dict[str, Any]:
    if exchange is None:
        return {"wrong": wrong}
    return {
        "call": exchange.operation.id,
        "method": exchange.method,
        "path": exchange.path,
        "sent": exchange.sent if exchange.sent is not None else exchange.query,
        "status": exchange.status,
        "answer": exchange.answer,
        "seconds": round(exchange.seconds, 3),
        "wrong": wrong,
    }
