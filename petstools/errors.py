"""What an exception means to a model: each kind of `MainAppError`, and any other, as a `ToolError` (docs/errors.md lists them)."""

from collections.abc import Callable, Mapping

import structlog
from django.core.exceptions import BadRequest, PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.db import DatabaseError, InterfaceError
from django.http import Http404
from django.http.request import UnreadablePostError
from rest_framework import exceptions

from mainapp import errors
from mainapp.errors import MainAppError
from oauthbridge.compiled_queries import told_to_callers, why_it_failed
from petstools import own_pages
from petstools.answers import Code, FieldReason, ToolError
from petstools.serializers.fields import flat_reasons

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

RECONNECT = (
    "Meo Mai Moi no longer accepts this connection. Tell the person that they have to sign in again: ChatGPT offers "
    "“Sign in” at the next call, or in the GPT's privacy settings."
)
TRY_LATER = (
    "Nothing is lost. Tell the person that Meo Mai Moi is not answering right now, and try once more in a few minutes."
)
_RESTARTING = "This service is restarting. Try once more in a few seconds."


def tool_error(error: MainAppError, *, field_names: Mapping[str, str] | None = None) -> ToolError:
    """The error as the model sees it. `field_names` maps the main app's field names to the tool's."""
    if error.outcome_unknown:
        return ToolError(
            Code.OUTCOME_UNKNOWN,
            "It is not known whether this was saved: Meo Mai Moi did not answer in time. Do not tell the person that it "
            "failed or worked. Send exactly the same call again within ten minutes (it will not be saved twice), or read the "
            "records to see.",
            retry_after=error.retry_after or 5,
        )
    for kind, make in _BY_KIND:
        if isinstance(error, kind):
            return make(error, field_names or {})
    return ToolError(Code.UPSTREAM_ERROR, f"Meo Mai Moi refused this call. {TRY_LATER}")


def _validation(error: MainAppError, names: Mapping[str, str]) -> ToolError:
    fields = [FieldReason(names.get(one.name, one.name), one.reason) for one in error.fields]
    what = (
        "; ".join(f"{one.name}: {one.reason}" for one in fields) or error.message or "a rule of Meo Mai Moi forbids it"
    )
    return ToolError(
        Code.VALIDATION_FAILED,
        f"Meo Mai Moi did not take this ({what}). Nothing was saved. Correct it, asking the person where only they can know, "
        "and call again.",
        fields=fields,
    )


def _quota(error: MainAppError, _names: Mapping[str, str]) -> ToolError:
    extra = {}
    when = "at 00:00 UTC"
    if error.quota is not None:
        when = f"at {error.quota.reset_at:%Y-%m-%d %H:%M} UTC"
        extra = {
            "quota": {
                "limit": error.quota.limit,
                "used": error.quota.used,
                "remaining": error.quota.remaining,
                "reset_at": error.quota.reset_at.isoformat(),
            }
        }
    return ToolError(
        Code.QUOTA_EXCEEDED,
        "This account has used up its requests to Meo Mai Moi for today (its own use of the web site counts too). It opens "
        f"again {when}. Tell the person, and don't call again before that.",
        retry_after=error.retry_after,
        extra=extra,
    )


def _storage(error: MainAppError, _names: Mapping[str, str]) -> ToolError:
    extra = {}
    if error.storage is not None:
        extra = {"storage": {"used_bytes": error.storage.used_bytes, "limit_bytes": error.storage.limit_bytes}}
    return ToolError(
        Code.STORAGE_FULL,
        "The person's photo storage on Meo Mai Moi is full, so the picture was not saved. They can delete old photos on the pet's "
        f"own page, or get more storage with the premium plan ({own_pages.account()}).",
        extra=extra,
    )


def _email_not_verified(_error: MainAppError, _names: Mapping[str, str]) -> ToolError:
    return ToolError(
        Code.EMAIL_NOT_VERIFIED,
        "The person has not confirmed their e-mail address on Meo Mai Moi yet. Ask them to open the link in the mail that Meo Mai Moi "
        f"sent (also look in spam), then call again. No mail, or the link was opened and this comes all the same: signed in at "
        f"{own_pages.account()} they see whether it is confirmed, and can have a new mail sent. Give them that address.",
    )


def _plain(code: Code, message: str) -> Callable[[MainAppError, Mapping[str, str]], ToolError]:
    return lambda error, _names: ToolError(code, message, retry_after=error.retry_after)


_NOT_ASKED = _plain(
    Code.UPSTREAM_UNAVAILABLE,
    "Meo Mai Moi has not been answering for a moment, so this call was not sent to it: nothing was saved or changed, nothing is "
    "lost. Tell the person that Meo Mai Moi is not answering right now, and try once more after retry_after seconds.",
)
_AWAY = _plain(Code.UPSTREAM_UNAVAILABLE, f"Meo Mai Moi is not reachable. {TRY_LATER}")

# The first kind that fits wins: subclasses stand before their parents.
_BY_KIND: list[tuple[type[MainAppError], Callable[[MainAppError, Mapping[str, str]], ToolError]]] = [
    (errors.TokenRefused, _plain(Code.UNAUTHORIZED, RECONNECT)),
    (errors.AbilityMissing, _plain(Code.UNAUTHORIZED, f"This connection is too old for this. {RECONNECT}")),
    (errors.EmailNotVerified, _email_not_verified),
    (
        errors.AccountBanned,
        _plain(
            Code.ACCOUNT_BANNED,
            "This account may only read on Meo Mai Moi, nothing can be changed. Tell the person to write to the support of Meo "
            "Mai Moi. Don't call again.",
        ),
    ),
    (
        errors.Forbidden,
        _plain(Code.FORBIDDEN, "The person may not do this with this pet: only its owner or an editor may. Tell them."),
    ),
    (
        errors.NotFound,
        _plain(
            Code.NOT_FOUND,
            "There is no such record, or it is not this person's. Call list_pets or find_pet (or list the pet's records) to "
            "get the right id, and don't guess ids.",
        ),
    ),
    (
        errors.VersionConflict,
        _plain(
            Code.CONFLICT,
            "Somebody changed this record in the meantime, so nothing was saved. Read it again, show the person what is there "
            "now, and ask whether to go on.",
        ),
    ),
    (
        errors.ExpectedMismatch,
        _plain(
            Code.CONFLICT, "This record changed in the meantime, so nothing was done. Read it again and ask the person."
        ),
    ),
    (
        errors.Conflict,
        _plain(Code.CONFLICT, "This collides with what is stored, so nothing was saved. Read the records again."),
    ),
    (
        errors.StillProcessing,
        _plain(Code.STILL_PROCESSING, "The same call is still being worked on. Wait a few seconds, then read."),
    ),
    (errors.ValidationFailed, _validation),
    (
        errors.FeatureNotAvailable,
        _plain(
            Code.FEATURE_NOT_AVAILABLE,
            "Meo Mai Moi does not keep this kind of record for this kind of pet. Tell the person.",
        ),
    ),
    (errors.StorageLimit, _storage),
    (errors.BodyTooLarge, _plain(Code.TOO_LARGE, "This is too large for Meo Mai Moi. Nothing was saved.")),
    (errors.QuotaExceeded, _quota),
    (
        errors.Throttled,
        _plain(
            Code.RATE_LIMITED,
            "Too many calls in a minute for this account. Wait the seconds in retry_after, then go on.",
        ),
    ),
    (errors.TimedOut, _plain(Code.UPSTREAM_TIMEOUT, f"Meo Mai Moi did not answer in time. {TRY_LATER}")),
    (errors.Maintenance, _AWAY),
    (errors.Unreachable, _AWAY),
    (errors.CircuitOpen, _NOT_ASKED),
    (errors.MainAppAway, _plain(Code.UPSTREAM_ERROR, f"Meo Mai Moi gave an answer that can't be used. {TRY_LATER}")),
]


def any_tool_error(error: Exception) -> ToolError:
    """Any exception of a tool call as the model sees it; what nobody expected is logged, and told without its text."""
    if isinstance(error, ToolError):
        return error
    if isinstance(error, MainAppError):
        return tool_error(error)
    if isinstance(error, exceptions.ValidationError):
        return _invalid(error)
    if isinstance(error, exceptions.ParseError):
        return ToolError(Code.INVALID_INPUT, f"{error.detail} Correct the call and send it again.")
    if isinstance(error, exceptions.NotAuthenticated | exceptions.AuthenticationFailed | exceptions.PermissionDenied):
        return ToolError(Code.UNAUTHORIZED, RECONNECT)
    if isinstance(error, exceptions.MethodNotAllowed):
        return ToolError(
            Code.METHOD_NOT_ALLOWED, "This address does not take this method. Use the operations of the schema."
        )
    if isinstance(error, exceptions.UnsupportedMediaType):
        return ToolError(Code.UNSUPPORTED_MEDIA_TYPE, "Send the body as application/json.")
    if isinstance(error, exceptions.APIException) and error.status_code == Code.TOO_LARGE.http_status:
        return ToolError(Code.TOO_LARGE, "This is too much for one call. Send less, in several calls.")
    if isinstance(error, exceptions.APIException) and error.status_code == Code.SERVICE_UNAVAILABLE.http_status:
        return ToolError(Code.SERVICE_UNAVAILABLE, _RESTARTING, retry_after=5)
    if isinstance(error, RequestDataTooBig):
        return ToolError(Code.TOO_LARGE, "This is too much for one call. Send less, in several calls.")
    if isinstance(error, Http404 | exceptions.NotFound):
        return ToolError(Code.NOT_FOUND, "There is no such operation. Use the operations of the schema.")
    if isinstance(error, SuspiciousOperation | BadRequest | UnreadablePostError | PermissionDenied):
        return ToolError(Code.INVALID_INPUT, "This request could not be read. Send it again.")
    if isinstance(error, DatabaseError | InterfaceError):
        log.error("tool call without database", kind=type(error).__name__, why=why_it_failed(error))
        return ToolError(Code.SERVICE_UNAVAILABLE, told_to_callers(error), retry_after=5)
    log.error("tool call failed", kind=type(error).__name__, exc_info=error)
    return ToolError(
        Code.INTERNAL_ERROR, "Something went wrong in this service; it has been written down. Try once more later."
    )


def _invalid(error: exceptions.ValidationError) -> ToolError:
    fields = [FieldReason(name, reason) for name, reason in flat_reasons(error.detail)]
    names = ", ".join(dict.fromkeys(one.name for one in fields))
    return ToolError(
        Code.INVALID_INPUT,
        f"These fields can't be used as they are: {names}. Correct them and call again.",
        fields=fields,
    )
