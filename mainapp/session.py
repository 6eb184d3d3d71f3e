"""The one place where a request to the main app leaves this process."""

import random
import re
import threading
import time
from collections.abc import Mapping
from typing import Any, TypeVar

from django.conf import settings

from mainapp import errors, metrics, routes, versions
from mainapp.breaker import Breaker, breaker_for
from mainapp.errors import MainAppError, Quota
from mainapp.http.connection import (
    Deadline,
    Exchange,
    HttpError,
    NoneFree,
    TooLate,
    connections_to,
    request_head,
)
from mainapp.messages import Answer, File, Prepared, Rate, prepare
from mainapp.records import Account, data_in
from mainapp.refusals import error_of, judged, may_have_happened, renamed, settles_earlier_attempts
from mainapp.routes import Route
from mainapp.secret import Secret, is_sendable
from mainapp.versions import AppVersion

T = TypeVar("T")

_IDEMPOTENCY_KEY = re.compile(r"[A-Za-z0-9_-]{1,128}")
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,128}")
# A server that asks for a longer pause than this is not waited for inside a call.
_LONGEST_PAUSE = 2.0


class Session:
    """The calls made on behalf of one person for one question, under one deadline.

    token: the person's Sanctum token; None for the routes that need none. language: en, ru, uk or vi.
    request_id: ours, sent along. base_url: the main app, `MAIN_APP_URL` when not given. connector_key: for the bridge's
    routes, `CONNECTOR_API_KEY` when not given. guarded: refused while the breaker is open; not for what must be tried then too.
    Threads may share one. `calls` counts the HTTP requests made so far, retries and inquiries included.
    """

    def __init__(
        self,
        token: Secret | None,
        *,
        language: str,
        request_id: str,
        deadline: Deadline,
        base_url: str | None = None,
        connector_key: str | None = None,
        guarded: bool = True,
    ) -> None:
        if not _REQUEST_ID.fullmatch(request_id):
            raise ValueError("a request id is 1 to 128 letters, digits, dots, dashes and underscores")
        self.language = language
        self.request_id = request_id
        self.deadline = deadline
        self.base_url = (base_url or settings.MAIN_APP_URL).rstrip("/")
        self.calls = 0
        # What is left of each route's minute limit, as its last answer told (§2.1).
        self.rates: dict[Route, Rate] = {}
        # The daily quota, once an answer refused for it (§2.2); also where the caller makes something else of that refusal.
        self.quota: Quota | None = None
        self._token = token
        self._connector_key = connector_key if connector_key is not None else settings.CONNECTOR_API_KEY
        self._breaker: Breaker | None = breaker_for(self.base_url) if guarded else None
        self._counting = threading.Lock()
        self._inquiring = threading.Lock()
        self._standing: Account | MainAppError | None = None

    def call(
        self,
        route: Route,
        *ids: routes.InPath,
        query: Mapping[str, str | int] | None = None,
        json: Mapping[str, Any] | None = None,
        files: Mapping[str, File] | None = None,
        idempotency_key: str | None = None,
        language: str | None = None,
        kind: type | None = None,
    ) -> Any:
        """Call one allowed route and return its answer's `data`: parsed JSON (None of a 204), or as `kind`.

        ids: the path's, positive integers, in their order. json: the body; with `files` ({field: (name, bytes, type)}) its values
        travel as form fields, as text. idempotency_key: makes a write repeatable (§3); it is left out by itself
        where the running version cannot take it (§14). kind: a record of `mainapp.records`.
        Reads are tried again on connection errors, timeouts and 502/503/504, keyed writes likewise with the same
        key, anything of which no byte had left; never past the deadline.
        Raises `MainAppError`, and `ValueError` for a call that must not be made.
        """
        prepared = prepare(route, self.base_url, ids, query, json, files, language or self.language)
        self._check_credentials(route)
        key = self._usable_key(route, idempotency_key)
        in_doubt = False
        attempt = 0
        while True:
            attempt += 1
            outcome = self._refused(route) or self._attempt(prepared, key, kind)
            if not isinstance(outcome, MainAppError):
                return outcome
            error = judged(outcome, route, self._account_standing, keyed=key is not None)
            if error is None and not in_doubt:
                # The token lives, so it was the key this version cannot take, and nothing was done (§14.2).
                key = None
                continue
            error = error or renamed(errors.Refused, outcome)
            pause = self._pause_before_another(error, route, attempt, keyed=key is not None)
            if in_doubt and not settles_earlier_attempts(error):
                error.outcome_unknown = True
            if pause is None:
                try:
                    raise error
                finally:
                    # What is raised knows this frame by its traceback. Known to the frame too, it would wait for the garbage collector.
                    del error, outcome
            in_doubt = in_doubt or error.outcome_unknown
            time.sleep(pause)

    def record(self, kind: type[T], route: Route, *ids: routes.InPath, **beside: Any) -> T:
        """The record, or the tuple of them, that `call` is answered with."""
        record: T = self.call(route, *ids, kind=kind, **beside)
        return record

    def app_version(self) -> AppVersion:
        """Tell which version answers, as last seen by this process; ask if none was. Raises `MainAppError`."""
        seen = versions.seen.get(self.base_url)
        if seen is not None:
            return seen
        try:
            payload = self.call(routes.VERSION)
        except (errors.NotFound, errors.NotAllowed):
            payload = None
        text = payload.get("version") if isinstance(payload, dict) else None
        version = versions.parse_version(text if isinstance(text, str) else None) or versions.NO_VERSION
        versions.seen[self.base_url] = version
        return version

    # --- Before ------------------------------------------------------------------------------------

    def _check_credentials(self, route: Route) -> None:
        if self._token is None and route.auth in ("required", "optional"):
            raise ValueError(f"{route} needs a person's token")
        if route.auth == "connector" and not is_sendable(self._connector_key):
            raise errors.BridgeKeyRefused(route=str(route), detail="CONNECTOR_API_KEY cannot stand in a header")

    def _usable_key(self, route: Route, key: str | None) -> str | None:
        if key is None:
            return None
        if not route.idempotent_key:
            raise ValueError(f"{route} takes no Idempotency-Key")
        if not _IDEMPOTENCY_KEY.fullmatch(key):
            raise ValueError("an Idempotency-Key is 1 to 128 letters, digits, dashes and underscores")
        return key if self.app_version() >= versions.IDEMPOTENCY_WITH_TOKENS else None

    # --- One attempt -------------------------------------------------------------------------------

    def _refused(self, route: Route) -> MainAppError | None:
        wait = self._breaker.refusal() if self._breaker is not None else None
        if wait is None:
            return None
        metrics.REFUSED.labels(str(route)).inc()
        return errors.CircuitOpen(route=str(route), retry_after=wait, detail="not asked: it has not been answering")

    def _attempt(self, prepared: Prepared, key: str | None, kind: type | None) -> Any:
        """What `call` returns, or the MainAppError."""
        began, route = time.monotonic(), prepared.route
        with metrics.UNDER_WAY.track_inprogress():
            outcome: Any = self._exchange(prepared, key)
            if isinstance(outcome, Answer):
                outcome = self._read(outcome, route, kind)
        error = outcome if isinstance(outcome, MainAppError) else None
        if error is not None and route.is_write and not route.repeatable:
            error.outcome_unknown = may_have_happened(error)
        metrics.count(route, time.monotonic() - began, type(error).__name__ if error is not None else "ok")
        if self._breaker is not None:
            self._breaker.note(error, began)
        return outcome

    def _read(self, answer: Answer, route: Route, kind: type | None) -> Any:
        version = versions.parse_version(answer.headers.get("x-app-version"))
        if version is not None:
            versions.seen[self.base_url] = version
        if answer.rate is not None:
            self.rates[route] = answer.rate
        if not 200 <= answer.status < 300:
            error = error_of(answer, route)
            self.quota = error.quota or self.quota
            return error
        try:
            return data_in(answer, route, kind)
        except errors.BrokenAnswer as broken:
            return broken

    def _exchange(self, prepared: Prepared, key: str | None) -> Answer | MainAppError:
        """Send once. Errors are returned, not raised: an `except` block would chain what it caught."""
        route = str(prepared.route)
        if not self.deadline.remaining():
            return errors.TimedOut(route=route, detail="no time left")
        with self._counting:
            self.calls += 1
        under_way = Exchange(self.deadline, settings.MAIN_APP_READ_TIMEOUT)
        # What needs no person's token answers to nobody in particular.
        owner = hash(self._token) if prepared.route.auth in ("required", "optional") else None
        status: int | None = None
        error: MainAppError
        try:
            head = request_head(prepared.route.method, prepared.target, self._headers(prepared, key))
            pool = connections_to(prepared.origin)
            with pool.ask(head, prepared.body or b"", under_way, owner) as response:
                status = response.status
                body = response.body(settings.MAIN_APP_MAX_BODY_BYTES)
            # An error tells what it is without its text.
            if body is not None or status >= 400:
                return Answer(status, response.headers, body or b"")
            return errors.BrokenAnswer("too large", status=status, route=route)
        except NoneFree as failure:
            error = errors.NoConnectionFree(route=route, detail=str(failure))
        except TooLate:
            error = errors.TimedOut(route=route, detail="no whole answer in time")
        except HttpError as failure:
            if status is not None:
                error = errors.BrokenAnswer("cut in the middle", route=route, status=status)
            elif under_way.sent:
                error = errors.BrokenAnswer("cut off, or no HTTP", route=route)
            else:
                error = errors.Unreachable(route=route, detail=str(failure))
        error.sent = under_way.sent
        error.transient = True
        return error

    def _headers(self, prepared: Prepared, key: str | None) -> dict[str, str]:
        # Never Origin, Referer or cookies: they would switch the main app to cookie mode (§0). No compression: a small body
        # could then unpack to gigabytes.
        headers = {
            "Host": prepared.origin.host_header,
            "Accept": "application/json",
            "Accept-Encoding": "identity",
            "Accept-Language": prepared.language,
            "User-Agent": f"MeoConnector/{settings.VERSION}",
            "X-Request-ID": self.request_id,
        }
        if prepared.content_type is not None:
            headers["Content-Type"] = prepared.content_type
        if prepared.body is not None or prepared.route.method in ("POST", "PUT"):
            headers["Content-Length"] = str(len(prepared.body or b""))
        if key is not None:
            headers["Idempotency-Key"] = key
        if prepared.route.auth == "connector":
            headers["Authorization"] = f"Bearer {self._connector_key}"
        elif prepared.route.auth != "none" and self._token is not None:
            headers["Authorization"] = f"Bearer {self._token.reveal()}"
        return headers

    # --- After -------------------------------------------------------------------------------------

    def _account_standing(self) -> Account | MainAppError:
        """Ask `GET /users/me` who this is, once for all the threads of this question."""
        with self._inquiring:
            if self._standing is None or isinstance(self._standing, errors.MainAppAway):
                try:
                    self._standing = self.record(Account, routes.ME)
                except MainAppError as error:
                    self._standing = error
            return self._standing

    def _pause_before_another(self, error: MainAppError, route: Route, attempt: int, *, keyed: bool) -> float | None:
        """Seconds to wait before the next attempt; None when there shall be none."""
        if attempt >= settings.MAIN_APP_MAX_ATTEMPTS:
            return None
        may_repeat = not route.is_write or route.repeatable or keyed
        if isinstance(error, errors.StillProcessing):
            pause = random.uniform(0.5, 1.0)  # noqa: S311
        elif error.transient and (may_repeat or not error.sent):
            pause = random.uniform(0.05, min(0.2 * 2**attempt, 1.0))  # noqa: S311
        else:
            return None
        pause = max(pause, error.retry_after or 0)
        return pause if pause <= _LONGEST_PAUSE and pause < self.deadline.remaining() else None
