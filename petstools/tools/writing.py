"""How tools write: once, whatever gets lost on the way (contract §3 and §4).

A key is never made from content alone: "add, delete, add again" are three writes. It is a fresh one, remembered with the call
that it was made for; the same call again takes it up as long as nobody knows how the first one ended.
"""

import json
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, Generic, Protocol, TypeVar

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac

from mainapp.errors import Forbidden, MainAppAway, MainAppError, NotFound, StillProcessing, VersionConflict
from mainapp.refusals import settles_earlier_attempts
from mainapp.versions import IDEMPOTENCY_WITH_TOKENS
from oauthbridge.compiled_queries import CompiledQuery, CompiledWrite
from petstools.answers import Done, Undo
from petstools.models import WriteAttempt
from petstools.tools.base import Call

# How long the same call may come again to a write that was not answered, and to a creation that was.
ASKED_AGAIN_WITHIN = timedelta(minutes=10)
REPEATED_WITHIN = timedelta(minutes=2)
# A tool call is over by then, whatever became of it (actions.md: ChatGPT gives up at 45 s).
UNDER_WAY = timedelta(seconds=60)
# How far the main app's clock may be behind ours.
CLOCKS_DIFFER = timedelta(minutes=1)

State = WriteAttempt.State
# Of one call: under today's SECRET_KEY, then under those before it, while a rotation lasts.
Fingerprints = tuple[str, ...]
_UNSETTLED = (State.OPEN, State.UNKNOWN)
# Those of one call since a moment.
_ATTEMPTS = CompiledQuery(WriteAttempt.objects.all(), "connection", "fingerprint", "created_at__gt")
_UNSETTLED_ONE = CompiledQuery(WriteAttempt.objects.filter(state__in=_UNSETTLED), "connection", "fingerprint")
_BEGUN = CompiledWrite(WriteAttempt)
_ENDED = CompiledWrite(WriteAttempt, "state", "record_id", "record_version", "created_at")


class Versioned(Protocol):
    """A record of the main app."""

    @property
    def id(self) -> int: ...
    @property
    def version(self) -> str: ...


T = TypeVar("T", bound=Versioned)


@dataclass(frozen=True, slots=True)
class Written(Generic[T]):
    """A record that stands in the main app now; `already` when an earlier identical call had put it there."""

    record: T
    already: bool = False

    def answer(self, show: Callable[[T], dict[str, Any]], undo: Undo) -> Done:
        """Of a tool that adds a record."""
        body = {"data": show(self.record), "already_recorded": self.already, **undo.as_json()}
        return Done(body, created=not self.already)


@dataclass(frozen=True, slots=True)
class Changed(Generic[T]):
    """A record before a change, and as it stands in the main app now."""

    before: T
    now: T


def new_key() -> str:
    return str(uuid.uuid4())


def create_once(
    call: Call,
    operation: str,
    payload: Mapping[str, Any],
    *,
    send: Callable[[str], T],
    read: Callable[[int], T],
    find: Callable[[], Iterable[T]] | None = None,
    again: bool = False,
) -> Written[T]:
    """Create a record so that a repeated call does not create it twice.

    payload: what makes a call the same call (path ids and body as sent on), JSON values. send(key): the main app's create; read(id):
    the record as it is now; find(): records like this one, asked for only where an earlier answer is missing, because the keys live
    in a cache that a deploy empties, and older versions take none (contract §3, §14). An identical call within two minutes of a
    success gets the existing record, if it is still there unchanged and `again` was not said; one within ten minutes of an
    unanswered one goes out under the same key.
    Raises MainAppError; with `outcome_unknown` the key waits to be taken up.
    """
    fingerprints = _fingerprints(operation, payload)
    attempt, taken_up = _begin(call, fingerprints)
    if taken_up and attempt.state == State.OPEN and not again:
        # Another twin's, which may be about to find what a third has written, and to withdraw it.
        ended = _latest(call, fingerprints, but=attempt, among=(State.DONE,))
        there = _unchanged(ended, read) if ended is not None else None
        if there is not None:
            return Written(there, already=True)
    if not taken_up:
        # Looked for only now that a twin can't begin: one that ended before this insert is seen, whenever that was.
        earlier_call = _latest(call, fingerprints, but=attempt)
        if earlier_call is not None and earlier_call.state == State.DONE:
            still_there = None if again else _unchanged_or_undone(attempt, earlier_call, read)
            if still_there is not None:
                return Written(still_there, already=True)
        elif earlier_call is not None and earlier_call.fingerprint != attempt.fingerprint:
            # One that began under an older SECRET_KEY.
            attempt.delete()
            attempt, taken_up = earlier_call, True
    if not taken_up:
        return Written(_send(attempt, send))
    _wait_for_a_twin(call, attempt)
    earlier = _written_since(attempt, find) if find is not None else None
    if earlier is not None:
        _done(attempt, earlier)
        return Written(earlier, already=True)
    record = _send(attempt, send, taken_up=True)
    if _read_or_none(read, record.id) is None:
        # The key's old answer came back, for a record that has been deleted since: this call means a new one.
        attempt, taken_up = _begin(call, fingerprints)
        record = _send(attempt, send, taken_up=taken_up)
    return Written(record)


@contextmanager
def looking_first(call: Call, operation: str, payload: Callable[[], Mapping[str, Any] | None]) -> Iterator[None]:
    """Read what a creation is judged by; payload(): its own, where that is known by then.

    A main app that is away now leaves the end of an identical call as unknown as it was. Raises MainAppError.
    """
    try:
        yield
    except MainAppAway as error:
        known = payload()
        latest = _latest(call, _fingerprints(operation, known)) if known is not None else None
        if latest is not None and latest.state in _UNSETTLED:
            error.outcome_unknown = True
        raise


def written_lately(call: Call, operation: str, payload: Mapping[str, Any]) -> int | None:
    """The record that an identical call within the last two minutes has written, by its id."""
    latest = _latest(call, _fingerprints(operation, payload))
    return latest.record_id if latest is not None and latest.state == State.DONE else None


def _send(attempt: WriteAttempt, send: Callable[[str], T], *, taken_up: bool = False) -> T:
    try:
        record = send(attempt.key)
    except MainAppError as error:
        if taken_up and not settles_earlier_attempts(error):
            # This try may have failed for sure; how the one before it ended is as unknown as it was.
            error.outcome_unknown = True
        _failed(attempt, error)
        raise
    _done(attempt, record)
    return record


def _done(attempt: WriteAttempt, record: Versioned) -> None:
    attempt.state, attempt.record_id, attempt.record_version = State.DONE, record.id, record.version
    # From now on, because the two minutes of a repeated call count from the success, not from the first try.
    attempt.created_at = timezone.now()
    _ENDED.update(attempt)


def _failed(attempt: WriteAttempt, error: MainAppError) -> None:
    # Only while unsettled: a twin of this call may have ended well in the meantime.
    unsettled = WriteAttempt.objects.filter(pk=attempt.pk, state__in=_UNSETTLED)
    if error.outcome_unknown:
        unsettled.update(state=State.UNKNOWN)
    else:
        unsettled.delete()


def _wait_for_a_twin(call: Call, attempt: WriteAttempt) -> None:
    """A version that takes no keys cannot tell two identical calls at the same moment apart: the second one has to wait."""
    if attempt.state != State.OPEN or attempt.created_at <= timezone.now() - UNDER_WAY:
        return
    if call.client.app_version() < IDEMPOTENCY_WITH_TOKENS:
        raise StillProcessing(detail="an identical call is under way", retry_after=int(UNDER_WAY.total_seconds()))


def _written_since(attempt: WriteAttempt, find: Callable[[], Iterable[T]]) -> T | None:
    """The first of these records that can be what the unanswered attempt wrote."""
    since = attempt.created_at - CLOCKS_DIFFER
    try:
        return next((one for one in find() if (moment := _instant(one.version)) is not None and moment >= since), None)
    except MainAppAway as error:
        # Only this look has failed; what was asked about before is still not known.
        error.outcome_unknown = True
        raise


def _instant(version: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(version)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _begin(call: Call, fingerprints: Fingerprints) -> tuple[WriteAttempt, bool]:
    """A new attempt; or, taken up (true), the one that an identical call has just made."""
    fresh = WriteAttempt(connection=call.connection, fingerprint=fingerprints[0], key=new_key())
    # Of several twins that are answered at once each try may meet another.
    for _try in range(10):
        try:
            # Outside of a transaction a failed statement leaves nothing to undo: BEGIN and COMMIT are two trips to the database.
            with nullcontext() if transaction.get_autocommit() else transaction.atomic():
                _BEGUN.insert(fresh)
            return fresh, False
        except IntegrityError:
            # Either the same call is under way at this very moment, or an old one never ended.
            twin = _UNSETTLED_ONE.first(call.connection.pk, fingerprints[0])
            if twin is not None and twin.created_at < timezone.now() - ASKED_AGAIN_WITHIN:
                WriteAttempt.objects.filter(pk=twin.pk, state__in=_UNSETTLED).update(state=State.GIVEN_UP)
            elif twin is not None:
                return twin, True
    raise StillProcessing(detail="identical calls are under way", retry_after=1)


def _latest(
    call: Call,
    fingerprints: Fingerprints,
    *,
    but: WriteAttempt | None = None,
    among: tuple[State, ...] = (State.DONE, *_UNSETTLED),
) -> WriteAttempt | None:
    now = timezone.now()
    lately = [
        attempt
        for fingerprint in fingerprints
        for attempt in _ATTEMPTS.all(call.connection.pk, fingerprint, now - ASKED_AGAIN_WITHIN)
        if attempt.state in among and attempt != but
    ]
    latest = max(lately, key=lambda attempt: attempt.created_at, default=None)
    if latest is not None and latest.state == State.DONE and latest.created_at <= now - REPEATED_WITHIN:
        return None
    return latest


def _unchanged_or_undone(attempt: WriteAttempt, earlier: WriteAttempt, read: Callable[[int], T]) -> T | None:
    """What the earlier call wrote, if it is there unchanged; then, or if that can't be seen, this attempt has never been."""
    try:
        still_there = _unchanged(earlier, read)
    except BaseException:
        attempt.delete()
        raise
    if still_there is not None:
        attempt.delete()
    return still_there


def _unchanged(attempt: WriteAttempt, read: Callable[[int], T]) -> T | None:
    if attempt.record_id is None:
        return None
    record = _read_or_none(read, attempt.record_id)
    return record if record is not None and record.version == attempt.record_version else None


def _read_or_none(read: Callable[[int], T], record_id: int) -> T | None:
    try:
        return read(record_id)
    except (NotFound, Forbidden):
        return None


def update_record(
    read: Callable[[], T],
    changes: Mapping[str, Any],
    *,
    send: Callable[[dict[str, Any], str], object],
    before: T | None = None,
) -> Changed[T]:
    """Read, modify, write, read again: the answer is what the main app holds, not what was sent.

    changes: the main app's fields to their new values, as a record holds them (date, Decimal, text, None); before: the record,
    where the caller has just read it. What stands there already is not written again, so a repeated call does no harm. A
    version conflict is tried once more when nobody else has touched the same fields. Raises MainAppError.
    """

    def held(record: T) -> dict[str, Any]:
        return {name: getattr(record, name) for name in changes}

    before = before or read()
    if held(before) == dict(changes):
        return Changed(before, before)
    body = {name: wire(value) for name, value in changes.items()}
    try:
        send({**body, "base_version": before.version}, new_key())
    except VersionConflict:
        now = read()
        if held(now) != held(before):
            raise
        send({**body, "base_version": now.version}, new_key())
        before = now
    try:
        return Changed(before, read())
    except MainAppError as error:
        # It is written: an error that says nothing of that would be told to the person as a failure.
        error.outcome_unknown = True
        raise


def added_to(stored: str | None, addition: str) -> str:
    """The stored text with the addition on a line of its own; once, however often the same call comes."""
    if not stored or stored == addition or stored.endswith(f"\n{addition}"):
        return stored or addition
    return f"{stored}\n{addition}"


def wire(value: Any) -> Any:
    """A value as the main app takes it: days as YYYY-MM-DD, decimals as JSON numbers."""
    if isinstance(value, date):
        return value.isoformat()
    return float(value) if isinstance(value, Decimal) else value


def delete_once(
    call: Call,
    operation: str,
    payload: Mapping[str, Any],
    *,
    read: Callable[[], T],
    send: Callable[[T, str], None],
    before: T | None = None,
) -> T | None:
    """Delete a record and return what it was; None when an identical call of the last ten minutes has already deleted it.

    send(record, key) passes the guards of the record as read (contract §4); before: the record, where the caller has just read it.
    Raises MainAppError, NotFound where it never was.
    """
    fingerprints = _fingerprints(operation, payload)
    try:
        record = before or read()
    except NotFound:
        if not _asked_lately(call, fingerprints):
            raise
        return None
    attempt = _latest(call, fingerprints)
    if attempt is None or attempt.state not in _UNSETTLED:
        attempt, _taken_up = _begin(call, fingerprints)
    try:
        send(record, attempt.key)
    except NotFound:
        # Gone between reading and deleting: by a twin of this call, or by the person in their browser.
        WriteAttempt.objects.filter(pk=attempt.pk).update(state=State.DONE)
        return None
    except MainAppError as error:
        _failed(attempt, error)
        raise
    WriteAttempt.objects.filter(pk=attempt.pk).update(state=State.DONE, record_id=record.id)
    return record


def _asked_lately(call: Call, fingerprints: Fingerprints) -> bool:
    since = timezone.now() - ASKED_AGAIN_WITHIN
    return WriteAttempt.objects.filter(
        connection=call.connection, fingerprint__in=fingerprints, created_at__gt=since
    ).exists()


def _fingerprints(operation: str, payload: Mapping[str, Any]) -> Fingerprints:
    text = json.dumps([operation, payload], sort_keys=True, ensure_ascii=False, default=str)
    return tuple(
        salted_hmac("petstools.write", text, secret=key, algorithm="sha256").hexdigest()
        for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    )
