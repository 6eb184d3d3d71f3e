"""A bearer token becomes a connection: one query, no session, no login.

RFC 6750: the token comes in the Authorization header and nowhere else; a refusal says `invalid_token` and nothing more.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import InterfaceError, OperationalError, connection
from django.utils import timezone
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import APIException, AuthenticationFailed
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from oauthbridge import legacy
from oauthbridge.models import AccessToken, Connection, User
from oauthbridge.tokens import digest

if TYPE_CHECKING:
    from rest_framework.views import APIView

# How exact "last used" is: a write for every tool call would cost more than it tells.
LAST_USED_STEP = timedelta(minutes=10)
_LONGEST_TOKEN = 200


@dataclass(frozen=True)
class Bearer:
    """What a tool call may rely on: the connection that a live token belongs to (`request.auth`)."""

    connection: Connection


class ConnectionAuthentication(BaseAuthentication):
    """`Authorization: Bearer` → (person, Bearer). Raises AuthenticationFailed, which answers 401."""

    def authenticate(self, request: Request) -> tuple[User, Bearer] | None:
        header = request.META.get("HTTP_AUTHORIZATION", "")
        if not header:
            return None
        scheme, _space, token = header.partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise AuthenticationFailed
        if legacy.is_accepted(token):
            return _by_legacy_token(token)
        if len(token) > _LONGEST_TOKEN:
            raise AuthenticationFailed
        access_token = _stored(digest(token))
        if access_token is None or access_token.is_expired() or not access_token.connection.is_active:
            raise AuthenticationFailed
        _note_use(access_token.connection)
        return access_token.connection.user, Bearer(access_token.connection)

    def authenticate_header(self, request: Request) -> str:
        problem = ', error="invalid_token"' if request.META.get("HTTP_AUTHORIZATION") else ""
        return f'Bearer realm="Meo Connector"{problem}'


def _stored(checksum: str) -> AccessToken | None:
    """The token's row, with all that a call needs of it: one query.

    A kept connection may have died since this thread's last call (a database restart). Asking it first, as CONN_HEALTH_CHECKS
    does, would cost every call a round trip; instead the first query is simply asked once more on a new one.
    """
    rows = AccessToken.objects.select_related("connection", "connection__user", "connection__application").filter(
        token_checksum=checksum
    )
    found: AccessToken | None
    try:
        found = rows.first()
    except (OperationalError, InterfaceError):
        if connection.in_atomic_block:
            raise
        connection.close()
        found = rows.first()
    return found


class TemporarilyUnavailable(APIException):
    status_code = 503
    default_code = "unavailable"


def _by_legacy_token(token: str) -> tuple[User, Bearer]:
    try:
        taken_over = legacy.connection_of(token)
    except legacy.Unanswerable:
        raise TemporarilyUnavailable from None
    if taken_over is None:
        raise AuthenticationFailed
    _note_use(taken_over)
    return taken_over.user, Bearer(taken_over)


class IsConnected(BasePermission):
    """Only calls with a live connection; every tool but those that need none."""

    def has_permission(self, request: Request, view: "APIView") -> bool:
        return isinstance(request.auth, Bearer)


def _note_use(used: Connection) -> None:
    now = timezone.now()
    if now - used.last_used_at >= LAST_USED_STEP:
        Connection.objects.filter(pk=used.pk).update(last_used_at=now)
