"""What a refusal of the main app means: which error its statuses and codes stand for (contract §1.3, §1.4), what a 401 or 403 says of
the person (§11.1, §14), and whether a write that ended so may have been done (§0.1)."""

import re
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import msgspec

from mainapp import errors, routes
from mainapp.errors import FieldProblem, MainAppError, Quota, Storage
from mainapp.messages import Answer, clean_text, within_a_day
from mainapp.records import Account
from mainapp.routes import EXCHANGE_CODE, Route

T = TypeVar("T")

_CODE = re.compile(r"[A-Za-z][A-Za-z_]{0,63}")
_FIELD = re.compile(r"[\w.*-]{1,100}", re.ASCII)


def error_of(answer: Answer, route: Route) -> MainAppError:
    """Name the error an answer outside 2xx stands for (§1.3, §1.4); statuses and codes decide, never its text.

    A 403 comes out as `Forbidden` and a 401 as `TokenRefused`: what they truly mean only `GET /users/me` tells.
    """
    status, payload = answer.status, answer.payload
    if status < 400 or status > 599:
        return errors.BrokenAnswer("unexpected status", status=status, route=str(route))
    if status < 500 and status not in (413, 429) and not isinstance(answer.body, dict):
        # A proxy's page, not the main app's answer: its 404 must not become "no such pet", nor its 401 a dead token.
        return errors.BrokenAnswer("an error that is not the main app's own", status=status, route=str(route))
    data = _object(payload.get("data"))
    codes = (payload.get("error_code"), data.get("error_code"), data.get("code"), payload.get("error"))
    code = next((code for code in codes if isinstance(code, str) and _CODE.fullmatch(code)), None)
    kind = _kind(status, code, route, payload)
    about: dict[str, Any] = {"retry_after": answer.retry_after}
    if kind is errors.StorageLimit:
        about["storage"] = _convert(Storage, payload.get("meta"))
    elif kind is errors.QuotaExceeded:
        about["quota"] = quota = _convert(Quota, data.get("quota"))
        if quota is not None:
            # No Retry-After on this one (§2.2): the reset time is the only clock.
            about["retry_after"] = within_a_day(quota.reset_at.timestamp() - answer.now)
    elif kind is errors.Throttled and about["retry_after"] is None:
        reset = answer.number("x-ratelimit-reset")
        about["retry_after"] = None if reset is None else within_a_day(reset - answer.now)
    elif kind is errors.DuplicatePet:
        ids = data.get("existing_pet_ids")
        about["existing_pet_ids"] = tuple(i for i in ids if type(i) is int and i > 0) if isinstance(ids, list) else ()
    elif kind is errors.VersionConflict:
        about |= {"server_version": data["server_version"], "server_value": data["server_value"]}
    message, fields = clean_text(payload.get("message"), 500), _fields(payload.get("errors"))
    error = kind(status=status, route=str(route), code=code, message=message, fields=fields, **about)
    error.transient = status in (502, 503, 504) and kind is not errors.BridgeNotConfigured
    return error


_BY_CODE: dict[tuple[int, str | None], type[MainAppError]] = {
    (409, "duplicate_pet"): errors.DuplicatePet,
    (409, "idempotency_conflict"): errors.IdempotencyConflict,
    (413, "STORAGE_LIMIT_EXCEEDED"): errors.StorageLimit,
    (422, "FEATURE_NOT_AVAILABLE_FOR_PET_TYPE"): errors.FeatureNotAvailable,
    (429, "API_DAILY_QUOTA_EXCEEDED"): errors.QuotaExceeded,
}
_BY_STATUS: dict[int, type[MainAppError]] = {
    401: errors.TokenRefused,
    403: errors.Forbidden,
    404: errors.NotFound,
    405: errors.NotAllowed,
    413: errors.BodyTooLarge,
    422: errors.ValidationFailed,
    425: errors.StillProcessing,
    429: errors.Throttled,
    503: errors.Maintenance,
}


def _kind(status: int, code: str | None, route: Route, payload: Mapping[str, Any]) -> type[MainAppError]:
    if (status, code) in _BY_CODE:
        return _BY_CODE[status, code]
    if route is EXCHANGE_CODE and status in (400, 422):
        return errors.BadBridgeCode
    if status == 401 and route.auth in ("connector", "none"):
        return errors.BridgeKeyRefused if route.auth == "connector" else errors.Refused
    if status == 503 and route.auth == "connector" and "success" in payload:
        # The bridge without a key answers in the envelope; maintenance never reaches it (§1.3).
        return errors.BridgeNotConfigured
    if status == 409:
        data = _object(payload.get("data"))
        if isinstance(data.get("server_version"), str) and isinstance(data.get("server_value"), dict):
            return errors.VersionConflict
        return errors.ExpectedMismatch if payload.get("data") is None else errors.Conflict
    return _BY_STATUS.get(status, errors.ServerFault if status >= 500 else errors.Refused)


def _object(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _fields(value: object) -> tuple[FieldProblem, ...]:
    problems = []
    for name, reasons in list(_object(value).items())[:50]:
        reason = reasons[0] if isinstance(reasons, list) and reasons else reasons
        if _FIELD.fullmatch(name):
            problems.append(FieldProblem(name, clean_text(reason, 300)))
    return tuple(problems)


def _convert(kind: type[T], payload: object) -> T | None:
    try:
        return msgspec.convert(payload, kind)
    except msgspec.ValidationError:
        return None


# --- What a 401 or 403 says, and what may have been done -----------------------------------------------


def judged(
    error: MainAppError, route: Route, ask: Callable[[], Account | MainAppError], *, keyed: bool
) -> MainAppError | None:
    """Say what a 401 or 403 means; None when only the Idempotency-Key was in the way. `ask`: `GET /users/me`, once for all."""
    if route is routes.ME and error.status == 403:
        return renamed(errors.AbilityMissing, error)
    if route is routes.ME or route.auth in ("none", "connector"):
        return error
    if isinstance(error, errors.TokenRefused):
        if route.auth == "required" and not keyed:
            return error
        standing = ask()
        if isinstance(standing, Account | errors.AbilityMissing):
            return None if keyed else renamed(errors.Forbidden, error)
        # A quota or a fault in the way of the inquiry says nothing against the token.
        return error if isinstance(standing, errors.TokenRefused) else standing
    if isinstance(error, errors.Forbidden):
        return _forbidden(error, route, ask())
    return error


def _forbidden(error: errors.Forbidden, route: Route, standing: Account | MainAppError) -> MainAppError:
    if isinstance(standing, errors.TokenRefused | errors.AbilityMissing):
        return renamed(type(standing), error)
    if isinstance(standing, MainAppError):
        # On a route that demands a token the 403 itself proves that it lives; elsewhere nothing is proved.
        return error if route.auth == "required" else standing
    if route.verified and not standing.email_verified:
        return renamed(errors.EmailNotVerified, error)
    if route.is_write and standing.is_banned:
        return renamed(errors.AccountBanned, error)
    # Where no pet is in question, nothing but the token's abilities is left to refuse.
    return error if route.parameters else renamed(errors.AbilityMissing, error)


def may_have_happened(error: MainAppError) -> bool:
    """Whether a write that ended so may have been done."""
    if isinstance(error, errors.StillProcessing):
        return True
    if error.status is None:
        return error.sent
    if isinstance(error, errors.Maintenance) and error.message:
        # The main app's own words: it turns away before it does anything (§0.1). A proxy's page proves nothing.
        return False
    return 200 <= error.status < 300 or error.status >= 500


def settles_earlier_attempts(error: MainAppError) -> bool:
    """Whether this answer proves that no earlier attempt with the same key was done, or is being done.

    The key is looked at before everything but maintenance and a dead token (§0.1), and would have been replayed. A refusal
    of a kind we do not know proves nothing.
    """
    refused = error.status is not None and 400 <= error.status < 500 and error.status != 401
    return refused and not isinstance(error, errors.BrokenAnswer | errors.Refused | errors.NotAllowed)


def renamed(kind: type[MainAppError], error: MainAppError) -> MainAppError:
    """The same refusal under its true name."""
    return kind(status=error.status, route=error.route, code=error.code, message=error.message, fields=error.fields)
