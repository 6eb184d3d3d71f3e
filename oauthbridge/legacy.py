"""Bearer tokens of the FastAPI connector, honoured until a day that ops set, so that nobody has to reconnect on the day of the switch.

Such a token is an HS256 JWT under `JWT_SECRET`: `sub` the main-app user id, `tok` URL-safe base64 of nonce + AES-256-GCM ciphertext of
the Sanctum token under the old `ENCRYPTION_KEY` (keep it in the key ring), `exp`, `jti`; revoked ids are in Redis as `jwt:bl:{jti}`.
It set no `iss`, `aud` or `iat`; every one of its tokens lives for a year, which says when it was issued.
The first use makes a `Connection` like any other, which staff see and can end. Nothing of the token is stored but a digest of its id.
Ending a connection on purpose (`connections.end`) refuses every token that its person had been given by then, used or not.
"""

import base64
import binascii
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from jwcrypto.common import JWException, base64url_encode
from jwcrypto.jwk import JWK
from jwcrypto.jws import JWS
from redis.exceptions import RedisError
from rest_framework.exceptions import APIException

from mainapp.secret import Secret
from oauthbridge.models import Application, Connection, LegacyCutoff, LegacyToken, User
from oauthbridge.tokens import digest

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

LONGEST = 4096
LIFETIME = timedelta(days=365)
_NONCE_BYTES = 12


class Unanswerable(APIException):
    """Whether this token was revoked can't be told just now (Redis is away): neither yes nor no would be right."""

    status_code = 503
    default_code = "unavailable"


@dataclass(frozen=True)
class _Claims:
    user_id: int
    jti: str
    issued: datetime
    expires: datetime
    token: Secret


def is_on() -> bool:
    """Whether tokens of the old connector count (any more)."""
    until = settings.JWT_ACCEPTED_UNTIL
    return bool(settings.JWT_SECRET and until is not None and timezone.now().date() <= until)


def is_accepted(token: str) -> bool:
    """Whether this could be a token of the old connector, in the time in which those count."""
    return token.count(".") == 2 and len(token) <= LONGEST and is_on()


def refuse_issued_until_now(main_app_user_id: int | None) -> None:
    """Every token that the old connector has given this person (None: anybody), whether or not it was ever used here."""
    LegacyCutoff.objects.update_or_create(main_app_user_id=main_app_user_id, defaults={"issued_until": timezone.now()})


def connection_of(token: str) -> Connection | None:
    """The connection that this token stands for, made at its first use; None when it is not (or no longer) good.

    Raises Unanswerable.
    """
    claims = _verified(token)
    if claims is None or _is_revoked(claims.jti):
        return None
    known = (
        LegacyToken.objects.select_related("connection", "connection__user", "connection__application")
        .filter(jti_digest=digest(claims.jti))
        .first()
    )
    connection = known.connection if known is not None else _first_use(claims)
    return connection if connection is not None and connection.is_active else None


def _first_use(claims: _Claims) -> Connection | None:
    application = Application.objects.filter(client_id=settings.OAUTH_CLIENT_ID).first()
    if application is None:
        log.error("no client for tokens of the old connector", client=settings.OAUTH_CLIENT_ID)
        return None
    with transaction.atomic():
        user = User.objects.person(claims.user_id)
        # Two calls with one token, or two tokens of one sign-in, at the same moment: one connection.
        User.objects.select_for_update(no_key=True).get(pk=user.pk)
        known = LegacyToken.objects.select_related("connection").filter(jti_digest=digest(claims.jti)).first()
        if known is not None:
            return known.connection
        cutoffs = LegacyCutoff.objects.filter(Q(main_app_user_id=claims.user_id) | Q(main_app_user_id=None))
        if cutoffs.filter(issued_until__gte=claims.issued).exists():
            return None
        connections = list(Connection.objects.of_client(user, application))
        if any(one.is_active and not one.is_legacy for one in connections):
            # They have signed in anew since: that connection replaced the old one, as it does for everybody.
            return None
        connection = next((one for one in connections if one.is_active and one.open_token() == claims.token), None)
        connection = connection or _made(user, application, claims)
        LegacyToken.objects.create(jti_digest=digest(claims.jti), connection=connection, expires=claims.expires)
    log.info("took over a connection of the old connector", user_id=claims.user_id, connection=str(connection.pk))
    return connection


def _made(user: User, application: Application, claims: _Claims) -> Connection:
    connection = Connection(user=user, application=application, is_legacy=True, expires_at=claims.expires)
    connection.seal_token(claims.token)
    connection.save(force_insert=True)
    return connection


def _verified(token: str) -> _Claims | None:
    """The claims of a token that JWT_SECRET signed with HS256 and that has not run out; None for any other."""
    try:
        jws = JWS()
        jws.allowed_algs = ["HS256"]
        jws.deserialize(token, JWK(kty="oct", k=base64url_encode(settings.JWT_SECRET)))
        claims = json.loads(jws.payload)
        expires = datetime.fromtimestamp(int(claims["exp"]), UTC)
        issued = datetime.fromtimestamp(int(claims["iat"]), UTC) if "iat" in claims else expires - LIFETIME
        user_id = int(claims["sub"])
        jti = str(claims["jti"])
        sealed = base64.urlsafe_b64decode(str(claims["tok"]) + "==")
    except (JWException, ValueError, KeyError, TypeError, OverflowError, OSError, binascii.Error):
        return None
    if expires <= timezone.now() or not 0 < user_id < 2**63 or not jti or not _is_ours(claims):
        return None
    opened = _opened(sealed)
    return _Claims(user_id, jti, issued, expires, opened) if opened is not None else None


def _is_ours(claims: dict[str, Any]) -> bool:
    """RFC 7519 §4.1.1, §4.1.3: where a token names an issuer or an audience, it is this service. JWT_SECRET may sign others, too."""
    audience = claims.get("aud", settings.CONNECTOR_PUBLIC_URL)
    audiences = audience if isinstance(audience, list) else [audience]
    return claims.get("iss", settings.CONNECTOR_PUBLIC_URL) == settings.CONNECTOR_PUBLIC_URL and (
        settings.CONNECTOR_PUBLIC_URL in audiences or settings.MCP_URL in audiences
    )


def _opened(sealed: bytes) -> Secret | None:
    for key in settings.ENCRYPTION_KEYS:
        try:
            return Secret(AESGCM(key).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], None).decode())
        except (InvalidTag, ValueError):
            continue
    log.error("a token of the old connector can't be opened: its ENCRYPTION_KEY is missing in the key ring")
    return None


def _is_revoked(jti: str) -> bool:
    if not settings.REDIS_URL:
        return False
    from django_redis import get_redis_connection

    try:
        # The old connector's own key: no prefix, no version.
        return bool(get_redis_connection("default").exists(f"jwt:bl:{jti}"))
    except RedisError:
        raise Unanswerable from None
