"""What can go wrong with the main app: one tree of exceptions, and nothing else leaves this package.

`str` and `repr` tell the kind, the status and the route. The main app's own text, field values and records sit in
attributes, where a caller takes them knowingly and no log or traceback prints them.
"""

import dataclasses
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

from msgspec import Meta, Struct, field


@dataclasses.dataclass(frozen=True, slots=True)
class FieldProblem:
    """One refused field: the main app's name of it, and its reason (English in every language, §12)."""

    name: str
    reason: str = dataclasses.field(repr=False)


class Quota(Struct, frozen=True):
    """The daily quota as a refusal told it: requests per user and UTC day, shared with his browser (§2.2)."""

    limit: int
    used: int
    remaining: int
    reset_at: Annotated[datetime, Meta(tz=True)] = field(name="reset_at_utc")


class Storage(Struct, frozen=True):
    """The photo storage as a refusal told it, in bytes (§1.3)."""

    used_bytes: int
    limit_bytes: int
    incoming_bytes: int
    upgrade_available: bool = False


class MainAppError(Exception):
    """The main app did not do what was asked.

    status: HTTP status, or None when no answer came. code: its machine-readable code, if it gave one.
    message: its own text, for people, never to be branched on (§12). fields: refused fields.
    retry_after: seconds until another try makes sense. outcome_unknown: a write that may or may not have happened.
    sent: whether any byte of the request had left. transient: another try of a repeatable call may succeed.
    detail: our own words on what was wrong, fit for logs.
    """

    def __init__(
        self,
        *,
        status: int | None = None,
        route: str = "",
        code: str | None = None,
        message: str = "",
        fields: tuple[FieldProblem, ...] = (),
        retry_after: int | None = None,
        quota: Quota | None = None,
        storage: Storage | None = None,
        existing_pet_ids: tuple[int, ...] = (),
        server_value: Mapping[str, Any] | None = None,
        server_version: str | None = None,
        detail: str = "",
    ) -> None:
        super().__init__()
        self.status = status
        self.route = route
        self.code = code
        self.message = message
        self.fields = fields
        self.retry_after = retry_after
        self.quota = quota
        self.storage = storage
        self.existing_pet_ids = existing_pet_ids
        self.server_value = server_value
        self.server_version = server_version
        self.detail = detail
        self.outcome_unknown = False
        self.sent = status is not None
        self.transient = False

    def __str__(self) -> str:
        parts = [self.route, f"status {self.status}" if self.status else "", self.detail]
        if self.outcome_unknown:
            parts.append("outcome unknown")
        return ", ".join(part for part in parts if part) or "the main app refused"

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self})"


class MainAppAway(MainAppError):
    """The fault is the main app's or the network's, not the person's: no answer, or none that can be used."""


class Unreachable(MainAppAway):
    """No connection: refused, no such name, TLS failed; nothing was sent."""


class TimedOut(MainAppAway):
    """No whole answer in time."""


class NoConnectionFree(TimedOut):
    """All of this process's connections are taken (`MAIN_APP_POOL_SIZE`); nothing was sent."""


class CircuitOpen(MainAppAway):
    """Not asked, because it has not been answering (`mainapp.breaker`); nothing was sent. `retry_after` is told."""


class BrokenAnswer(MainAppAway):
    """An answer that is no answer: HTML, no JSON, another shape, too large, cut off.

    `field` is the path of the value that was not understood, in our words ("owned[2].name"), never its content.
    """

    def __init__(self, detail: str = "", *, field: str = "", **about: Any) -> None:
        super().__init__(detail=f"{field} not understood" if field else detail, **about)
        self.field = field


class ServerFault(MainAppAway):
    """5xx."""


class Maintenance(ServerFault):
    """503: down for maintenance, or overloaded."""


class TokenRefused(MainAppError):
    """The person's token is dead: they must connect again."""


class Forbidden(MainAppError):
    """403: the token lives, the person may not do this with this pet (§11.1)."""


class AbilityMissing(Forbidden):
    """403: the token lacks the ability, as those issued before v1.6.0 do (§14): they must connect again."""


class EmailNotVerified(MainAppError):
    """403: the person has not verified the e-mail address."""


class AccountBanned(MainAppError):
    """403 on a write: the account is banned and may only read."""


class NotFound(MainAppError):
    """404: missing, deleted, or a record of another pet."""


class NotAllowed(MainAppError):
    """405: the main app knows the path, not the method; an older version, or a fault of ours."""


class Conflict(MainAppError):
    """409 of a kind we do not know."""


class VersionConflict(Conflict):
    """409: changed by somebody else since it was read. `server_value` is the record now, `server_version` its
    version (§4)."""


class ExpectedMismatch(Conflict):
    """409: an `expected_*` value differs from the record (§4)."""


class DuplicatePet(Conflict):
    """409: a pet of this name and type exists: `existing_pet_ids` (§6.3)."""


class IdempotencyConflict(Conflict):
    """409: this Idempotency-Key was used for another request (§3)."""


class StillProcessing(MainAppError):
    """425: a request with this Idempotency-Key is still running (§3)."""


class ValidationFailed(MainAppError):
    """422: `fields` says which and why; empty for a business rule."""


class FeatureNotAvailable(MainAppError):
    """422: this kind of pet has no such records (§7.2)."""


class BodyTooLarge(MainAppError):
    """413 of the web server: over 10 MB (§9.1)."""


class StorageLimit(MainAppError):
    """413: the person's photo storage is full: `storage`."""


class Throttled(MainAppError):
    """429 of a minute limit: `retry_after` seconds (§2.1)."""


class QuotaExceeded(MainAppError):
    """429 of the daily quota: `quota`, and `retry_after` until its reset (§2.2)."""


class Refused(MainAppError):
    """Any other 4xx."""


class BridgeNotConfigured(MainAppError):
    """503 of the bridge: the main app has no connector key (§5.3)."""


class BridgeKeyRefused(MainAppError):
    """401 of the bridge: `CONNECTOR_API_KEY` is not the main app's."""


class BadBridgeCode(MainAppError):
    """400 or 422 of the exchange: spent, unknown or expired code (§5.4)."""
