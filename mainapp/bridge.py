"""The consent bridge, server to server: where the person's token comes from and how it ends (main-app.md §5)."""

import hashlib
import hmac
from contextlib import suppress
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django.conf import settings
from msgspec import Struct

from mainapp import routes
from mainapp.errors import BridgeKeyRefused, BrokenAnswer
from mainapp.http.connection import Deadline
from mainapp.records import Id, Text
from mainapp.secret import Secret
from mainapp.session import Session


class Exchanged(NamedTuple):
    """What a code was worth: the person's Sanctum token and user id in the main app."""

    token: Secret
    user_id: int


class _Exchanged(Struct):
    """As the main app answers. Held for a moment: the token is text here."""

    user_id: Id
    sanctum_token: Text


def exchange(
    code: str, *, request_id: str, deadline: Deadline, base_url: str | None = None, key: str | None = None
) -> Exchanged:
    """Turn the one-time code of the callback into the person's token (§5.3); a code serves once, for 5 minutes.

    key: this one of `connector_keys()` alone, to find out whether the main app takes it.

    Raises `BadBridgeCode` (spent, unknown, expired), `BridgeKeyRefused`, `BridgeNotConfigured`, any other
    `MainAppError`; with `outcome_unknown` a token may live that nobody knows.
    """
    answer = _call(routes.EXCHANGE_CODE, {"code": code}, request_id, deadline, base_url, only=key, kind=_Exchanged)
    with suppress(ValueError):
        return Exchanged(user_id=answer.user_id, token=Secret(answer.sanctum_token))
    # Raised out here: the exception above holds the token.
    broken = BrokenAnswer(field="data.sanctum_token", status=200, route=str(routes.EXCHANGE_CODE))
    broken.outcome_unknown = True
    raise broken


def revoke(token: Secret, *, request_id: str, deadline: Deadline, base_url: str | None = None) -> None:
    """End a person's token in the main app; one that is gone already counts as ended (§5.4). Raises `MainAppError`,
    at once while the breaker is open."""
    _call(routes.REVOKE_TOKEN, {"token": token.reveal()}, request_id, deadline, base_url)


def sign_session(session_id: str) -> str:
    """Sign a session id as the main app checks it: HMAC-SHA256 under `HMAC_SHARED_SECRET`, 64 hex digits (§5.2)."""
    return hmac.new(settings.HMAC_SHARED_SECRET.encode(), session_id.encode(), hashlib.sha256).hexdigest()


def consent_url(session_id: str) -> str:
    """The main app's page where the person signs in and agrees (§5.1)."""
    query = urlencode({"session_id": session_id, "session_sig": sign_session(session_id)})
    return f"{settings.MAIN_APP_URL.rstrip('/')}/gpt-connect?{query}"


def connector_keys() -> tuple[str, ...]:
    """The keys by which the main app may know us, in the order in which they are tried: more than one while a rotation lasts."""
    return (settings.CONNECTOR_API_KEY, *settings.CONNECTOR_API_KEY_FALLBACKS)


def _call(
    route: routes.Route,
    body: dict[str, str],
    request_id: str,
    deadline: Deadline,
    base_url: str | None,
    *,
    only: str | None = None,
    kind: type | None = None,
) -> Any:
    """Under the newest key; while a rotation lasts under the older ones too. A refused key costs nothing: it is the first thing
    the main app looks at, and no code is spent for it (§5.3)."""
    refused: BridgeKeyRefused | None = None
    for key in connector_keys() if only is None else (only,):
        session = Session(
            None,
            # Bridge messages are English in every language (§12).
            language="en",
            request_id=request_id,
            deadline=deadline,
            base_url=base_url,
            connector_key=key,
            # The main app has just sent this person here, so it is there; and the code does not live long.
            guarded=route is not routes.EXCHANGE_CODE,
        )
        try:
            return session.call(route, json=body, kind=kind)
        except BridgeKeyRefused as error:
            refused = error
    assert refused is not None  # noqa: S101 - there is always one key
    raise refused
