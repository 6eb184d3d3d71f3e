"""Playing a conversation against a connector: every call is made, every answer held to the schema and to the script."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import httpx

from devtools.play.conversations import Conversation, NotThere, difference, filled, value_at
from devtools.play.gpt import Exchange, Gpt
from devtools.play.schema import Operation, Schema
from devtools.play.signing_in import SignInFailed
from devtools.play.stand_in import StandIn


@dataclass(frozen=True)
class Played:
    """One turn that was played: what is shown of it, and what was wrong with it."""

    turn: Mapping[str, Any]
    exchange: Exchange | None = None
    wrong: list[str] = field(default_factory=list)


class Replay:
    """Plays conversations with a connector whose main app is a stand-in.

    connected: a person's key to a GPT that they are signed in to; now: the time, for {today} and {utc_today}.
    """

    def __init__(
        self,
        schema: Schema,
        stand_in: StandIn,
        connected: Callable[[str], Gpt],
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._schema = schema
        self._stand_in = stand_in
        self._connected = connected
        self._now = now

    def play(self, conversation: Conversation) -> Iterator[Played]:
        """Turn by turn; after a turn with something wrong it goes no further. Raises SignInFailed when not even that works."""
        now = self._now()
        gpt = self._connected(conversation.person)
        # The person's day, and Meo Mai Moi's, by which the stand-in's records were made.
        kept: dict[str, Any] = {
            "today": now.astimezone(ZoneInfo(conversation.time_zone)).date(),
            "utc_today": now.astimezone(UTC).date(),
        }
        try:
            if gpt.person is not None and gpt.person.tokens is None:
                gpt.person.sign_in()
            for turn in conversation.talk:
                played = self._turn(turn, gpt, kept)
                yield played
                if played.wrong:
                    return
        finally:
            self._stand_in.faults({})

    def _turn(self, turn: Mapping[str, Any], gpt: Gpt, kept: dict[str, Any]) -> Played:
        try:
            if "meanwhile" in turn:
                self._meanwhile(turn["meanwhile"], gpt)
            elif "call" in turn:
                return self._call(turn, gpt, kept)
        except (SignInFailed, httpx.HTTPError, KeyError) as error:
            return Played(turn, wrong=[f"{type(error).__name__}: {error}"])
        return Played(turn)

    def _call(self, turn: Mapping[str, Any], gpt: Gpt, kept: dict[str, Any]) -> Played:
        operation = self._schema.operations.get(turn["call"])
        if operation is None:
            return Played(turn, wrong=[f"the schema has no operation {turn['call']}"])
        arguments = filled(turn.get("with", {}), kept)
        exchange = self._exchange(operation, arguments, gpt, turn.get("as_sent", {}))
        wrong = [*exchange.problems, *_not_as_told(turn, exchange)]
        for path, expected in filled(turn.get("holds", {}), kept).items():
            departs = difference(exchange.answer, path, expected)
            wrong += [departs] if departs else []
        for name, path in turn.get("keep", {}).items():
            try:
                kept[name] = value_at(exchange.answer, path)
            except NotThere as error:
                wrong.append(str(error))
        return Played(turn, exchange, wrong)

    def _exchange(
        self, operation: Operation, arguments: Mapping[str, Any], gpt: Gpt, as_sent: Mapping[str, str]
    ) -> Exchange:
        if as_sent.get("token") == "none":
            return Gpt(gpt.http, self._schema).call(operation, arguments)
        return gpt.call(operation, arguments, method=as_sent.get("method"), content_type=as_sent.get("content_type"))

    def _meanwhile(self, what: Mapping[str, Any], gpt: Gpt) -> None:
        if gpt.person is None:
            raise SignInFailed("Nobody is signed in.")
        if "faults" in what:
            self._stand_in.faults(what["faults"])
        if "verified" in what:
            self._stand_in.verify(self._stand_in.person(what["verified"])["email"])
        if what.get("an_hour_passes"):
            gpt.person.let_run_out()
        if what.get("sign_in_is_asked_for"):
            _must_be_refused(gpt)
        if what.get("signs_in"):
            gpt.person.sign_in()


def _must_be_refused(gpt: Gpt) -> None:
    """ChatGPT shows “Sign in” again when a refresh is refused, and only then (actions.md)."""
    if gpt.person is None:
        return
    try:
        gpt.person.refresh()
    except SignInFailed as refused:
        if refused.error != "invalid_grant":
            raise
        return
    raise SignInFailed("The refresh still works: ChatGPT would not ask to sign in again.")


def _not_as_told(turn: Mapping[str, Any], exchange: Exchange) -> Iterator[str]:
    if "refused" in turn:
        if exchange.error != turn["refused"]:
            yield f"it was to be refused with {turn['refused']}; it came: {_came(exchange)}"
    elif "asks" in turn:
        if exchange.question != turn["asks"]:
            yield f"it was to ask ({turn['asks']}); it came: {_came(exchange)}"
    elif exchange.status != turn["gives"] or exchange.question is not None:
        yield f"it was to give {turn['gives']}; it came: {_came(exchange)}"


def _came(exchange: Exchange) -> str:
    payload = exchange.answer if isinstance(exchange.answer, dict) else {}
    message = f" “{payload['message']}”" if "message" in payload else ""
    return f"{exchange.status} {exchange.error or exchange.question or payload.get('status', '')}{message}"
