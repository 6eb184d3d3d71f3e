"""A sign-in from beginning to end: out to the main app's consent page, back through the callback (design.md, steps 2 to 4).

`begin` writes the row; `answer` writes down what the person said on our own page, where there is one (`consent_page`);
`finish` takes it once, whatever comes back: the same row, code or browser cookie never works twice.
"""

import contextlib
import hmac
import re
import secrets
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog
from django.conf import settings
from django.db import DatabaseError, IntegrityError, transaction
from django.utils import timezone

from mainapp import bridge
from mainapp.client import MainAppClient
from mainapp.errors import BadBridgeCode, MainAppError
from mainapp.http.connection import Deadline
from mainapp.records import Account
from mainapp.secret import Secret
from oauthbridge import clients, connections, revocation, security_events
from oauthbridge.compiled_queries import CompiledQuery
from oauthbridge.consent_page import is_form_token
from oauthbridge.models import Application, AuthorizationRequest, Connection, PendingRevocation
from oauthbridge.request_ids import current_request_id
from oauthbridge.security_events import Event
from oauthbridge.tokens import digest

Status = AuthorizationRequest.Status

_SIGN_IN = CompiledQuery(AuthorizationRequest.objects.select_related("application"), "id")

LANGUAGES = frozenset(code for code, _name in settings.LANGUAGES)
# The main app's codes are UUIDs (contract §5.3); anything else is not worth a call.
_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_BROWSER_ID = re.compile(r"[A-Za-z0-9_-]{43}")

# A sign-in whose process died has not stored its connection by then: its token is revoked (`retry_revocations`).
KEPT_WITHIN = timedelta(minutes=2)

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


class SignInFailed(Exception):
    """A sign-in that can't be finished. `status` says why (None: no such sign-in); `request` is its row, where there is one."""

    def __init__(self, status: Status | None, request: AuthorizationRequest | None = None) -> None:
        super().__init__(str(status or "unknown sign-in"))
        if status in (Status.WRONG_BROWSER, Status.CODE_REUSED):
            security_events.note(Event(status.value), str(request.pk) if request else security_events.UNKNOWN)
        self.status = status
        self.request = request


class AlreadyAgreed(Exception):
    """The form came a second time, in its own browser, while the sign-in is still open in the main app."""

    def __init__(self, request: AuthorizationRequest) -> None:
        super().__init__("agreed before")
        self.request = request


class InAnotherBrowser(Exception):
    """The callback came to a browser that did not begin the sign-in, which is still open. Nothing has changed."""

    def __init__(self, request: AuthorizationRequest) -> None:
        super().__init__("in another browser")
        self.request = request


@dataclass(frozen=True)
class Identified:
    """A sign-in that only says who the person is, for the page of their connections."""

    main_app_user_id: int


@dataclass(frozen=True)
class Held:
    """A sign-in of a chat, whose token waits for our last page (`held`, `keep_held`, `let_go`)."""

    request: AuthorizationRequest


@dataclass(frozen=True)
class Finished:
    """A sign-in that ended well: the new connection, and the client's redirect with code, state and `iss`."""

    connection: Connection
    # It holds a code.
    redirect_to: str = field(repr=False)


def new_browser_id() -> str:
    return secrets.token_urlsafe(32)


def usable_browser_id(value: str | None) -> str | None:
    return value if value and _BROWSER_ID.fullmatch(value) else None


def begin(
    application: Application,
    credentials: Mapping[str, Any],
    scopes: list[str],
    *,
    resource: str,
    redirect_uri_given: bool,
    browser_id: str,
) -> AuthorizationRequest:
    """Remember an authorization request that django-oauth-toolkit has found valid (RFC 6749 §4.1.1)."""
    stored = application.pk is not None
    return AuthorizationRequest.objects.create(
        application=application if stored else None,
        client_copy=None if stored else application.copy_of_it(),
        redirect_uri=credentials["redirect_uri"],
        redirect_uri_given=redirect_uri_given,
        scope=" ".join(scopes),
        resource=resource,
        state=credentials.get("state") or "",
        code_challenge=credentials.get("code_challenge") or "",
        code_challenge_method=credentials.get("code_challenge_method") or "",
        browser_digest=digest(browser_id),
        expires_at=timezone.now() + timedelta(seconds=settings.AUTHORIZATION_REQUEST_SECONDS),
    )


def begin_identification(browser_id: str) -> AuthorizationRequest:
    """A sign-in of the person alone, for the page of their connections."""
    return AuthorizationRequest.objects.create(
        browser_digest=digest(browser_id),
        expires_at=timezone.now() + timedelta(seconds=settings.AUTHORIZATION_REQUEST_SECONDS),
    )


def begin_in_chat(application: Application, last_page: str, browser_id: str) -> AuthorizationRequest:
    """A sign-in that a chat of ours has asked for and this browser has agreed to; `last_page` is where it comes back to."""
    now = timezone.now()
    return AuthorizationRequest.objects.create(
        application=application,
        redirect_uri=last_page,
        browser_digest=digest(browser_id),
        consented_at=now,
        expires_at=now + timedelta(seconds=settings.AUTHORIZATION_REQUEST_SECONDS),
    )


def asked_about(session_id: str, browser_id: str | None) -> AuthorizationRequest:
    """The sign-in that our own page asks about in this browser, still open. Raises SignInFailed, and changes nothing."""
    row = _asked(session_id, browser_id)
    if row.status != Status.PENDING or row.is_expired:
        raise SignInFailed(Status.EXPIRED if row.status == Status.PENDING else Status(row.status), row)
    return row


def _asked(session_id: str, browser_id: str | None) -> AuthorizationRequest:
    return _in_its_browser(session_id, browser_id, lambda client: client.is_mcp)


def _in_its_browser(
    session_id: str, browser_id: str | None, is_asked_here: Callable[[Application], bool]
) -> AuthorizationRequest:
    if not _UUID.fullmatch(session_id) or browser_id is None:
        raise SignInFailed(None if browser_id else Status.WRONG_BROWSER)
    row = _SIGN_IN.first(uuid.UUID(session_id))
    if row is None or row.client is None or not is_asked_here(row.client):
        raise SignInFailed(None)
    if not hmac.compare_digest(digest(browser_id), row.browser_digest):
        raise SignInFailed(Status.WRONG_BROWSER, row)
    return row


def answer(
    session_id: str, form_token: str, browser_id: str | None, *, agreed: bool, withholds_deletion: bool = False
) -> AuthorizationRequest:
    """What the person said on our own page, once. Returns the sign-in as it was asked for, `state` and all.

    Raises SignInFailed, AlreadyAgreed. A form from elsewhere changes nothing: it must not be able to spend somebody's sign-in.
    """
    row = _asked(session_id, browser_id)
    if not is_form_token(form_token, row, browser_id or ""):
        raise SignInFailed(None, row)
    if row.status == Status.PENDING and row.is_expired:
        raise _ended(row, Status.EXPIRED)
    now = timezone.now()
    open_rows = AuthorizationRequest.objects.filter(pk=row.pk, status=Status.PENDING)
    if agreed:
        written = open_rows.filter(consented_at=None).update(consented_at=now, withholds_deletion=withholds_deletion)
    else:
        # Also after having agreed: who comes back from the main app's page must be believed.
        written = open_rows.update(status=Status.DECLINED, finished_at=now, state="", code_challenge="")
    if written:
        return row
    row.refresh_from_db()
    if agreed and row.status == Status.PENDING:
        raise AlreadyAgreed(row)
    raise SignInFailed(Status(row.status), row)


def finish(
    session_id: str,
    code: str,
    browser_id: str | None,
    *,
    language: str,
    authorize: Callable[[AuthorizationRequest, Connection], str],
) -> Finished | Identified | Held:
    """Turn the main app's answer into a connection, or into who the person is. `authorize` lets the OAuth server make its code,
    and returns the redirect. `language` is the browser's, used when the main app can't say which one the person has chosen.

    Raises SignInFailed, and InAnotherBrowser, which has changed nothing. A Sanctum token that reaches us and is not kept is
    revoked: nobody else knows that it lives. It is written down as one to be revoked before anything else is done with it, so that
    this holds for a process that is killed.
    """
    if not _UUID.fullmatch(session_id) or not _UUID.fullmatch(code):
        raise SignInFailed(None)
    row = _SIGN_IN.first(uuid.UUID(session_id))
    if row is None:
        raise SignInFailed(None)
    if browser_id is None or not hmac.compare_digest(digest(browser_id), row.browser_digest):
        raise _elsewhere(row)
    _take(row, code)
    if row.is_expired:
        _discard(code)
        raise _ended(row, Status.EXPIRED)
    if row.client is not None and row.client.is_mcp and row.consented_at is None:
        # Nobody was asked here: the client was of the other door when the sign-in began, or the way to the main app was forged.
        _discard(code)
        raise _ended(row, Status.CLIENT_CHANGED)
    try:
        token, main_app_user_id = _exchange(code)
    except BadBridgeCode:
        raise _ended(row, Status.REFUSED) from None
    except MainAppError as error:
        log.warning("code exchange failed", kind=type(error).__name__)
        raise _ended(row, Status.MAIN_APP_AWAY) from None
    if row.client is None:
        # Its token was for nothing but to learn this.
        _revoke_soon(token)
        AuthorizationRequest.objects.filter(pk=row.pk).update(status=Status.CONNECTED, finished_at=timezone.now())
        return Identified(main_app_user_id)
    if row.client.is_chat:
        return _hold(row, token)
    return _keep(row, token, main_app_user_id, language, authorize)


def _elsewhere(row: AuthorizationRequest) -> InAnotherBrowser | SignInFailed:
    """A browser that did not begin this may learn how it stands, and changes nothing: neither here nor in the main app."""
    if row.status != Status.PENDING:
        return SignInFailed(Status(row.status), row)
    return SignInFailed(Status.EXPIRED, row) if row.is_expired else InAnotherBrowser(row)


def disown(session_id: str, code: str, is_ours: Callable[[AuthorizationRequest], bool]) -> AuthorizationRequest:
    """Somebody who did not begin a sign-in was led to confirm it, and ends it: its token is revoked. `is_ours` checks the form.

    Raises SignInFailed. Only who holds a code that the main app takes can do this.
    """
    if not _UUID.fullmatch(session_id) or not _UUID.fullmatch(code):
        raise SignInFailed(None)
    row = _SIGN_IN.first(uuid.UUID(session_id))
    if row is None or not is_ours(row):
        raise SignInFailed(None)
    if row.status != Status.PENDING or row.is_expired:
        raise _elsewhere(row)
    try:
        token, _user_id = _exchange(code)
    except BadBridgeCode:
        raise SignInFailed(Status.REFUSED, row) from None
    except MainAppError as error:
        log.warning("code exchange failed", kind=type(error).__name__)
        raise SignInFailed(Status.MAIN_APP_AWAY, row) from None
    _revoke_soon(token)
    AuthorizationRequest.objects.filter(pk=row.pk, status=Status.PENDING).update(
        status=Status.DECLINED, finished_at=timezone.now(), state="", code_challenge=""
    )
    return row


def _take(row: AuthorizationRequest, code: str) -> None:
    """Spend the row and the code together, in one statement: of two callbacks only one gets past here."""
    spent = digest(code.lower())
    try:
        with transaction.atomic():
            taken = AuthorizationRequest.objects.filter(pk=row.pk, status=Status.PENDING).update(
                status=Status.TAKEN, code_digest=spent, finished_at=timezone.now()
            )
    except IntegrityError:
        # The code has been spent on another row; this row is spent by having tried.
        AuthorizationRequest.objects.filter(pk=row.pk, status=Status.PENDING).update(
            status=Status.CODE_REUSED, finished_at=timezone.now()
        )
        raise SignInFailed(Status.CODE_REUSED, row) from None
    if taken:
        return
    row.refresh_from_db()
    if row.code_digest != spent:
        # A second consent came back for a spent row. The main app has made a token for it that nobody would ever see.
        _discard(code)
    raise SignInFailed(Status(row.status), row)


def _keep(
    row: AuthorizationRequest,
    token: Secret,
    main_app_user_id: int,
    browser_language: str,
    authorize: Callable[[AuthorizationRequest, Connection], str],
) -> Finished:
    waiting = _remember(token)
    try:
        language = _language_of(token, browser_language)
        with transaction.atomic():
            application = clients.keep(row)
            connection = connections.connect(
                main_app_user_id,
                application,
                token,
                language=language,
                withholds_deletion=row.withholds_deletion,
            )
            redirect_to = authorize(row, connection)
            AuthorizationRequest.objects.filter(pk=row.pk).update(
                status=Status.CONNECTED,
                application=application,
                client_copy=None,
                connection=connection,
                finished_at=timezone.now(),
                state="",
                code_challenge="",
            )
            if not revocation.forget(waiting):
                raise _TooLate
    except ClientChanged:
        revocation.attempt(waiting)
        raise _ended(row, Status.CLIENT_CHANGED) from None
    except _TooLate:
        raise _ended(row, Status.EXPIRED) from None
    except Exception:
        # Perhaps the database is away, and for long: the token need not wait for that.
        if _revoke_now(token):
            with contextlib.suppress(DatabaseError):
                revocation.forget(waiting)
        raise
    return Finished(connection, redirect_to)


# --- A sign-in of a chat: held until our last page has been answered -----------------------------


def _hold(row: AuthorizationRequest, token: Secret) -> Held:
    """The token is one to be revoked, under the sign-in's own number, until somebody confirms: who never does leaves nothing alive."""
    lasts = timedelta(seconds=settings.AUTHORIZATION_REQUEST_SECONDS)
    _remember(token, row.pk, unless_kept_within=lasts + KEPT_WITHIN)
    AuthorizationRequest.objects.filter(pk=row.pk).update(status=Status.HELD, expires_at=timezone.now() + lasts)
    return Held(row)


def held(session_id: str, browser_id: str | None) -> AuthorizationRequest:
    """The sign-in that our last page asks about, in the browser that signed in. Raises SignInFailed, and changes nothing."""
    row = _in_its_browser(session_id, browser_id, lambda client: client.is_chat)
    if row.status != Status.HELD or row.is_expired:
        # What was connected is so, however late somebody opens the page again.
        is_late = row.is_expired and row.status != Status.CONNECTED
        raise SignInFailed(Status.EXPIRED if is_late else Status(row.status), row)
    return row


def whose(row: AuthorizationRequest) -> Account:
    """Who has signed in, asked of the main app with the token that is held. Raises MainAppError, SignInFailed."""
    waiting = PendingRevocation.objects.filter(pk=row.pk).first()
    if waiting is None:
        raise SignInFailed(Status.EXPIRED, row)
    return _account(waiting.open_token(), "en")


def keep_held(row: AuthorizationRequest, account: Account, bind: Callable[[Connection], None]) -> Connection:
    """The person means it: make the connection. `bind` ties it to the chat in the same transaction, and undoes all by raising.

    account: as `whose` told it. Raises SignInFailed.
    """
    with transaction.atomic():
        now = timezone.now()
        taken = AuthorizationRequest.objects.filter(pk=row.pk, status=Status.HELD, expires_at__gt=now).update(
            status=Status.CONNECTED, finished_at=now
        )
        waiting = PendingRevocation.objects.filter(pk=row.pk).first() if taken else None
        if waiting is None or row.application is None:
            row.refresh_from_db()
            raise SignInFailed(Status.EXPIRED if taken or row.is_expired else Status(row.status), row)
        token = waiting.open_token()
        connection = connections.connect(account.id, row.application, token, language=_spoken(account, "en"))
        bind(connection)
        AuthorizationRequest.objects.filter(pk=row.pk).update(connection=connection)
        if not revocation.forget(row.pk):
            raise SignInFailed(Status.EXPIRED, row)
    return connection


def let_go(row: AuthorizationRequest, status: Status = Status.DECLINED) -> None:
    """They don't, or it can't be kept: the token is revoked."""
    AuthorizationRequest.objects.filter(pk=row.pk, status=Status.HELD).update(status=status, finished_at=timezone.now())
    revocation.attempt(row.pk)


class _TooLate(Exception):
    """This took so long that the token has been revoked as one that nobody keeps."""


class ClientChanged(Exception):
    """The OAuth server refused at the end what it had accepted at the beginning: the client's row changed in between."""


def _language_of(token: Secret, browser_language: str) -> str:
    """The person's language; asked of the main app, whose silence is no reason to refuse a sign-in."""
    fallback = browser_language if browser_language in LANGUAGES else "en"
    try:
        account = _account(token, fallback)
    except MainAppError as error:
        log.warning("account not read at sign-in", kind=type(error).__name__)
        return fallback
    return _spoken(account, fallback)


def _account(token: Secret, language: str) -> Account:
    client = MainAppClient(
        token,
        language=language,
        request_id=current_request_id(),
        deadline=Deadline(settings.MAIN_APP_READ_TIMEOUT),
    )
    return client.account()


def _spoken(account: Account, fallback: str) -> str:
    if account.is_banned or not account.email_verified:
        log.info("connected with limits", banned=account.is_banned, verified=account.email_verified)
    return account.locale if account.locale in LANGUAGES else fallback


def _exchange(code: str) -> bridge.Exchanged:
    deadline = Deadline(settings.MAIN_APP_READ_TIMEOUT)
    return bridge.exchange(code, request_id=current_request_id(), deadline=deadline)


def _discard(code: str) -> None:
    """Exchange a code that may not be used, only to revoke the token behind it: unexchanged it would live for ever unseen."""
    try:
        token, _user_id = _exchange(code)
    except MainAppError as error:
        log.warning("unusable code not exchanged", kind=type(error).__name__)
        return
    _revoke_soon(token)


def _revoke_soon(token: Secret) -> None:
    revocation.attempt(_remember(token))


def _remember(token: Secret, as_id: UUID | None = None, *, unless_kept_within: timedelta = KEPT_WITHIN) -> UUID:
    """Raises DatabaseError, and has then tried to revoke the token: that was the only chance."""
    try:
        return revocation.queue(token, unless_kept_within=unless_kept_within, as_id=as_id)
    except DatabaseError:
        if not _revoke_now(token):
            log.error("a token could neither be stored nor revoked")
        raise


def _revoke_now(token: Secret) -> bool:
    try:
        revocation.revoke_in_main_app(token)
    except MainAppError as error:
        log.warning("a token was not revoked at once", kind=type(error).__name__)
        return False
    return True


def _ended(row: AuthorizationRequest, status: Status) -> SignInFailed:
    AuthorizationRequest.objects.filter(pk=row.pk).update(status=status, state="", code_challenge="")
    return SignInFailed(status, row)
