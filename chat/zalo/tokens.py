"""The tokens of an Official Account (zalo-api.md §3): the access token lives for a day, the refresh token works once.

A refresh that is lost, or done twice at once, needs the account's administrator again. So it happens under the account's row lock (one
that lets the webhook store events meanwhile), and the new pair is stored in the transaction that holds it. What can't be closed is the
moment between Zalo's answer and our commit.
"""

import base64
import hashlib
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import orjson
import structlog
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac

from chat.zalo.models import Account, Tokens
from mainapp.http.connection import HttpError
from mainapp.http.fetching import fetch
from mainapp.secret import Secret

PATIENCE = 10.0
# A token is replaced at this part of its life.
REFRESHED_AT = 0.8
# A refresh token lives for three months; from here on somebody has to know.
ALARM_AFTER = timedelta(days=60)
TOO_MANY_CALLS = -32

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


class NoToken(Exception):
    """No access token can be had now; `stopped`: nor later, until an administrator grants again."""

    def __init__(self, reason: str, *, stopped: bool) -> None:
        super().__init__(reason)
        self.reason, self.stopped = reason, stopped


def access_token(account: Account, *, instead_of: Secret | None = None) -> Secret:
    """A token that is good for now; not `instead_of`, which Zalo has just refused. Raises NoToken, keyring.CannotDecrypt."""
    now = timezone.now()
    account.refresh_from_db()
    tokens = _usable(account)
    if tokens.access != instead_of and not is_due(account, now):
        return tokens.access
    return _refreshed(account, spent=tokens.access if instead_of is None else instead_of)


def is_due(account: Account, now: datetime) -> bool:
    """Whether its access token has lived four fifths of its life."""
    if account.refreshed_at is None or account.expires_at is None:
        return True
    return now >= account.refreshed_at + REFRESHED_AT * (account.expires_at - account.refreshed_at)


def refresh_all(now: datetime) -> int:
    """Refresh what is due, in time and not only when somebody writes. Returns how many (`maintenance`)."""
    done = 0
    for account in Account.objects.filter(
        product=Account.Product.OFFICIAL_ACCOUNT, tokens__isnull=False, stopped_at=None
    ):
        if is_due(account, now):
            try:
                access_token(account)
            except NoToken as error:
                log.warning("a Zalo token was not refreshed", account=account.own_id, reason=error.reason)
            else:
                done += 1
    return done


def _refreshed(account: Account, *, spent: Secret) -> Secret:
    failure: NoToken
    with transaction.atomic():
        locked = Account.objects.select_for_update(no_key=True).get(pk=account.pk)
        tokens = _usable(locked)
        if tokens.access != spent:
            # Another worker was quicker, and waiting for the lock was waiting for it.
            return tokens.access
        try:
            return _ask(locked, grant_type="refresh_token", refresh_token=tokens.refresh.reveal())
        except NoToken as error:
            failure = error
        if failure.stopped:
            stop(locked, failure.reason)
    raise failure


def _usable(account: Account) -> Tokens:
    """Raises NoToken: a stopped account's refresh token was refused, or asks in vain."""
    tokens = account.open_tokens()
    if tokens is None or account.stopped_at is not None:
        raise NoToken(account.stop_reason or "not granted yet", stopped=True)
    return tokens


def _ask(account: Account, **form: str) -> Secret:
    """Ask for a pair and store it, in the caller's transaction. Raises NoToken."""
    body = urlencode({"app_id": settings.ZALO_APP_ID, **form}).encode()
    headers = {"Content-Type": "application/x-www-form-urlencoded", "secret_key": settings.ZALO_APP_SECRET}
    try:
        answer = fetch(f"{settings.ZALO_OAUTH_URL}/v4/oa/access_token", seconds=PATIENCE, body=body, headers=headers)
        payload = orjson.loads(answer.body)
    except HttpError as error:
        raise NoToken(f"no answer ({error})", stopped=False) from None
    except orjson.JSONDecodeError:
        raise NoToken("an answer that is no JSON", stopped=False) from None
    pair = payload if isinstance(payload, dict) else {}
    if answer.status >= 500 or pair.get("error") == TOO_MANY_CALLS:
        raise NoToken(f"not now ({answer.status})", stopped=False)
    try:
        tokens = Tokens(Secret(pair["access_token"]), Secret(pair["refresh_token"]))
        # Text in Zalo's answers; trusted over the 25 hours of its pages.
        lives = timedelta(seconds=int(pair["expires_in"]))
    except (KeyError, ValueError, TypeError, OverflowError):
        # No error of a spent refresh token is documented: each one but "too many" is taken for final.
        raise NoToken(f"refused (error {_number(pair.get('error'))})", stopped=True) from None
    account.seal_tokens(tokens)
    account.refreshed_at = timezone.now()
    account.expires_at = account.refreshed_at + lives
    account.stopped_at, account.stop_reason = None, ""
    account.save(update_fields=["tokens", "key_id", "refreshed_at", "expires_at", "stopped_at", "stop_reason"])
    log.info("Zalo tokens stored", account=account.own_id, hours=round(lives.total_seconds() / 3600, 1))
    return tokens.access


def stop(account: Account, reason: str) -> None:
    """Nothing is sent from it until an administrator has granted again, or staff let it go on."""
    if Account.objects.filter(pk=account.pk, stopped_at=None).update(
        stopped_at=timezone.now(), stop_reason=reason[:100]
    ):
        log.error("a Zalo account is stopped", account=account.own_id, reason=reason)


def trouble(account: Account | None, now: datetime) -> tuple[bool, str]:
    """What is wrong with an account, for ops, and whether nothing can be sent because of it; an empty text where all is well."""
    if account is None:
        return True, "not granted yet"
    if account.stopped_at is not None:
        return True, f"stopped on {account.stopped_at:%d %b %H:%M} UTC: {account.stop_reason}"
    if account.product == Account.Product.OFFICIAL_ACCOUNT:
        if account.refreshed_at is None or account.expires_at is None:
            return True, "not granted yet"
        if now - account.refreshed_at > ALARM_AFTER:
            return True, f"tokens refreshed {(now - account.refreshed_at).days} days ago, and good for 90"
        if now > account.expires_at:
            return False, f"access token expired on {account.expires_at:%d %b %H:%M} UTC and was not refreshed"
    if account.quota_error_at is not None and now - account.quota_error_at < timedelta(days=1):
        return False, f"quota or money: error {account.quota_error}"
    return False, ""


def go_on(account: Account) -> None:
    """Somebody has mended what stopped it."""
    Account.objects.filter(pk=account.pk).update(stopped_at=None, stop_reason="", paused_until=None)


def _number(value: Any) -> str:
    """An error's number, and nothing else that an answer may hold."""
    return str(value) if isinstance(value, int) else "without a number"


# --- An administrator grants ---------------------------------------------------------------------


def grant_link(account: Account) -> str:
    """Where an administrator of the account agrees (RFC 7636 with S256)."""
    challenge = base64.urlsafe_b64encode(hashlib.sha256(_verifier(account).encode()).digest()).rstrip(b"=").decode()
    query = {
        "app_id": settings.ZALO_APP_ID,
        "redirect_uri": f"{settings.CONNECTOR_PUBLIC_URL}/zalo/granted",
        "code_challenge": challenge,
        "state": account.own_id,
    }
    return f"{settings.ZALO_OAUTH_URL}/v4/oa/permission?{urlencode(query)}"


def grant(account: Account, code: str) -> None:
    """Redeem the code that Zalo gave the administrator. Raises NoToken."""
    with transaction.atomic():
        locked = Account.objects.select_for_update(no_key=True).get(pk=account.pk)
        _ask(locked, grant_type="authorization_code", code=code, code_verifier=_verifier(locked))


def _verifier(account: Account) -> str:
    """The same for a link and its code, 43 characters, another after each grant; nobody can guess it, and nothing stores it."""
    since = account.refreshed_at.isoformat() if account.refreshed_at else ""
    value = salted_hmac("chat.zalo.grant", f"{account.pk} {since}", algorithm="sha256").digest()
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()
