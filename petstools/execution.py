"""One tool call, the same at every door: who calls, the tool, how it ended, and the line that it leaves behind.

A door makes a `Run`, tells it the `caller`, lets it `begin` and `answer`, tells it of any exception (`failed`), and at last
that it is `over`.
"""

import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import structlog
from django.conf import settings

from mainapp.client import MainAppClient
from mainapp.errors import AbilityMissing, MainAppError, TokenRefused
from mainapp.http.connection import Deadline
from mainapp.messages import Rate
from oauthbridge import connections
from oauthbridge.models import Connection
from oauthbridge.throttle import Throttle
from oauthbridge.tokens import CannotDecrypt
from petstools import quota
from petstools.answers import Answer, Clarification, Code, Done, FieldReason, ToolError
from petstools.errors import any_tool_error, tool_error
from petstools.files.worker import CONVERSIONS_AT_ONCE
from petstools.inputs import Input, naming_ignored
from petstools.models import ToolCall
from petstools.serializers.fields import Said
from petstools.serializers.shared import OkMixin
from petstools.tool_calls import Line, Trace, count, recorder, trace_of
from petstools.tools.attach_files import attach_files
from petstools.tools.base import Call, Tool
from petstools.tools.said import in_zone
from petstools.tools.which_pet import PetWithRole, also_called, pet_said, shown_name

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


# From here on a call tells what is left of the main app's minute, before somebody meets its limit by surprise.
LITTLE = 3


def hit(connection: Connection) -> int:
    """Count one request of this connection, unless it is one too many: `RATE_LIMIT_PER_MINUTE` for each, so that one person's app
    can't use up what the main app allows them, or us. Seconds to wait; 0 where it was counted."""
    return Throttle("tools", settings.RATE_LIMIT_PER_MINUTE).hit(str(connection.pk))


def too_many(wait: int) -> ToolError:
    """The answer to a call that was one too many."""
    message = f"Too many calls from this connection. Wait {wait} seconds, then go on."
    return ToolError(Code.RATE_LIMITED, message, retry_after=wait)


class Run:
    """A call under way. `caller` is the connection that signed in, `code` an error's code or a clarification's reason; `at`: the
    moment whose day is today, where the person spoke before this call."""

    __slots__ = ("_about", "_at", "_began", "_client", "_request_id", "caller", "code", "door")

    def __init__(self, door: str, request_id: str, at: datetime | None = None) -> None:
        self.door = door
        self._at = at
        self.caller: Connection | None = None
        self.code = ""
        self._client: MainAppClient | None = None
        # What the line says of pets and records: the tool, the address's ids, and the answer if there is one.
        self._about: tuple[Tool, dict[str, int], Answer | None] | None = None
        self._request_id = request_id
        self._began = time.perf_counter()

    def begin(self, tool: Tool) -> None:
        """Open the way to the main app for the caller. Raises ToolError where our key ring fails."""
        caller = self.caller
        who = {"user_id": caller.user.main_app_user_id} if caller is not None else {}
        structlog.contextvars.bind_contextvars(operation=tool.name, **who)
        token = None
        if caller is not None:
            try:
                token = caller.open_token()
            except CannotDecrypt:
                # Our key ring is at fault, not the connection: nothing is ended for it.
                log.error("a connection's token can't be decrypted", connection=str(caller.pk), key_id=caller.key_id)
                raise ToolError(
                    Code.SERVICE_UNAVAILABLE,
                    "This service can't use the person's connection right now. Tell them to try again later.",
                    retry_after=300,
                ) from None
        language = caller.language if caller is not None else "en"
        deadline = Deadline(settings.TOOL_DEADLINE_SECONDS)
        self._client = MainAppClient(token, language=language, request_id=self._request_id, deadline=deadline)

    def answer(self, tool: Tool, given: Input, **ids: int) -> Answer:
        """Run the tool on what was read (`inputs`). Raises ToolError, also where the person has too many calls under way, and whatever
        a bug raises."""
        client = self._client
        if client is None:
            raise RuntimeError("a call has to begin before it is answered")
        now, pet_id = self._at or datetime.now(UTC), ids.get("pet_id")
        call = Call(client, client.language, now, self.caller, self.door, pet_id=pet_id)
        self._about = tool, ids, None
        try:
            with counted(self.caller.user_id, tool) if self.caller is not None else nullcontext():
                found = self._pet(call, given.pet_name, pet_id)
                if isinstance(found, Clarification):
                    answer: Answer = found
                else:
                    if found is not None:
                        ids["pet_id"] = found[0].id
                    answer = self._answer(call, tool, **ids, **given.fields)
                if isinstance(found, tuple) and isinstance(answer, Done):
                    # What was said may be a part of the name, or its sound: whose it was taken for is told.
                    answer = replace(answer, body={"pet_name": shown_name(*found), **answer.body})
        except (TokenRefused, AbilityMissing) as error:
            # Not the person's to mend by trying again: the next refresh must fail, then the client offers to sign in.
            if self.caller is not None:
                connections.end(self.caller.pk, Connection.EndReason.TOKEN_REFUSED, status=Connection.Status.BROKEN)
            raise tool_error(error) from None
        except MainAppError as error:
            log.warning("main app refused", kind=type(error).__name__, upstream_status=error.status, route=error.route)
            raise tool_error(error) from None
        finally:
            # Also where the tool went on without what was refused, as an overview does.
            met = client.quota
            if met is not None and self.caller is not None:
                quota.remember(self.caller, met)
        self._about = tool, ids, answer
        if isinstance(answer, Clarification):
            self.code = answer.reason
            structlog.contextvars.bind_contextvars(outcome=f"asked:{answer.reason}")
        elif issubclass(tool.answer, OkMixin) and (left := _little_left(client.rates.values())) is not None:
            # The others hand back what no longer fits, with the seconds to wait.
            answer = replace(answer, body={**answer.body, "limit_left": left})
        return naming_ignored(answer, given.ignored, tool.name) if given.ignored else answer

    def _pet(self, call: Call, name: str | None, pet_id: int | None) -> PetWithRole | Clarification | None:
        if name is None:
            return None
        return pet_said(call, None, name) if pet_id is None else also_called(call, pet_id, name)

    def _answer(self, call: Call, tool: Tool, *, time_zone: Said | None = None, **given: Any) -> Answer:
        """The tool's answer, and the person's day wherever it was needed for it."""
        placed = in_zone(call, time_zone, given.get("pet_id"))
        if isinstance(placed, Clarification):
            if tool.asks:
                return placed
            wrong = [FieldReason(name, "must be an IANA time zone") for name in placed.missing_fields]
            raise ToolError(Code.INVALID_INPUT, placed.message, fields=wrong)
        answer = tool(placed, **given)
        if isinstance(answer, Clarification):
            return replace(answer, extra={**placed.day_used, **answer.extra})
        return Done({**answer.body, **placed.day_used}, answer.created)

    def failed(self, error: Exception) -> ToolError:
        """What ended the call, in the one error shape."""
        failure = any_tool_error(error)
        self.code = failure.code.value
        structlog.contextvars.bind_contextvars(error_code=self.code)
        return failure

    def over(self, operation: str, status: int) -> None:
        """The call has ended; its line for staff and ops. status: HTTP's, as the HTTP door answers it."""
        upstream_calls = 0
        if self._client is not None:
            upstream_calls = self._client.calls
            structlog.contextvars.bind_contextvars(upstream_calls=upstream_calls)
        outcome = ToolCall.Outcome.OK
        if status >= 400:
            outcome = ToolCall.Outcome.ERROR
        elif self.code:
            outcome = ToolCall.Outcome.ASKED
        trace = trace_of(*self._about) if self._about is not None else Trace()
        line = Line(
            connection_id=self.caller.pk if self.caller is not None else None,
            door=self.door,
            operation=operation,
            outcome=outcome.value,
            status=status,
            code=self.code,
            upstream_calls=upstream_calls,
            latency_ms=round((time.perf_counter() - self._began) * 1000),
            request_id=self._request_id,
            created_at=datetime.now(UTC),
            effect=trace.effect,
            pet_ids=trace.pet_ids,
            record_ids=trace.record_ids,
        )
        count(line)
        # Without a connection there is nobody to help, and anybody could fill the table.
        if self.caller is not None:
            recorder.record(line)


def _little_left(rates: Iterable[Rate]) -> dict[str, Any] | None:
    """`{calls, per_minute}` of what the routes of one call have least left of; None while that is plenty.

    The main app counts each kind of write by itself, ten or fifteen a minute, and everything together (contract §2.1); all tokens
    of a person and their browser share the count, so only its own answers know.
    """
    least = min(rates, key=lambda rate: rate.remaining, default=None)
    if least is None or least.remaining > LITTLE:
        return None
    return {"calls": least.remaining, "per_minute": least.limit}


# --- How many calls may be under way at once: of one person, so that they leave threads to others, and of those that convert files.
# Counted in the memory of each process: with WEB_CONCURRENCY processes a person can have so many times as much. That holds no thread
# of any process for longer, and needs nothing that can be away. -----

# Seconds: most calls are over in one, one with files in a few.
RETRY_AFTER, RETRY_AFTER_FILES = 2, 5
# While some convert a file, so many again fetch theirs or send it on; no more threads than these wait for their turn.
FILES_AT_ONCE = 2 * CONVERSIONS_AT_ONCE

_lock = threading.Lock()
# Whose each is (their row here), and whether it has files.
_under_way: list[tuple[int, bool]] = []


@contextmanager
def counted(person: int, tool: Tool) -> Iterator[None]:
    """Take a place for one call and give it back however it ends. Raises ToolError at once where there is none."""
    call = person, tool is attach_files
    with _lock:
        _refuse_one_too_many(*call)
        _under_way.append(call)
    try:
        yield
    finally:
        _under_way.remove(call)


def _refuse_one_too_many(person: int, takes_files: bool) -> None:
    of_person = [has_files for whose, has_files in _under_way if whose == person]
    if takes_files and any(of_person):
        raise ToolError(
            Code.RATE_LIMITED,
            "Files of this person are being saved right now, one call at a time. Nothing of this call was saved. Wait for the other "
            "call's answer, then send this one again.",
            retry_after=RETRY_AFTER_FILES,
        )
    if len(of_person) >= settings.CALLS_IN_FLIGHT_PER_PERSON:
        raise ToolError(
            Code.RATE_LIMITED,
            f"Only {settings.CALLS_IN_FLIGHT_PER_PERSON} calls of a person may be under way at once. Nothing of this call was done. "
            "Wait for the other calls' answers, then send this one again.",
            retry_after=RETRY_AFTER,
        )
    if takes_files and sum(has_files for _whose, has_files in _under_way) >= FILES_AT_ONCE:
        raise ToolError(
            Code.SERVICE_UNAVAILABLE,
            "Many people are saving files right now. Nothing of this call was saved. Send it again after retry_after seconds.",
            retry_after=RETRY_AFTER_FILES,
        )
