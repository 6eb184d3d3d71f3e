"""A bearer token becomes a connection: one query, no session, no login.

RFC 6750: the token comes in the Authorization header and nowhere else; a refusal says `invalid_token` and nothing more.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils import timezone
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from oauthbridge import legacy
from oauthbridge.compiled_queries import CompiledQuery
from oauthbridge.models import AccessToken, Application, Connection, User
from oauthbridge.tokens import ACCESS_TOKEN, digest

if TYPE_CHECKING:
    from rest_framework.views import APIView

Door = Application.Door


@dataclass(frozen=True)
class Bearer:
    """What a tool call may rely on (`request.auth`): the connection that a live token belongs to, and what the token is for.

    `resource` is its audience (RFC 8707): the MCP address, or nothing for a token of the Actions door.
    """

    connection: Connection
    scopes: frozenset[str] = frozenset()
    resource: tuple[str, ...] = ()

    @property
    def door(self) -> str | None:
        """The one door this token opens. None, so no door at all, when its audience is no address of ours (any more)."""
        if not self.resource:
            return Door.ACTIONS.value
        return Door.MCP.value if self.resource == (settings.MCP_URL,) else None


# All that a call needs, and no more: Django spends more on a column that nobody reads than on the round trip.
_TOKEN = CompiledQuery(
    AccessToken.objects.select_related("connection__user").only(
        *("expires", "scope", "resource", "connection__user__main_app_user_id"),
        *("connection__user", "connection__application", "connection__status", "connection__withholds_deletion"),
        *("connection__created_at", "connection__last_used_at", "connection__expires_at"),
        *("connection__language", "connection__time_zone", "connection__sanctum_token", "connection__key_id"),
    ),
    "token_checksum",
)


def bearer_of(header: str, door: str) -> Bearer:
    """The connection behind an `Authorization` header at this door. `connection.user` is there without another query.

    Raises AuthenticationFailed for whatever does not open this door, and legacy.Unanswerable.
    """
    scheme, _space, token = header.partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise AuthenticationFailed
    if not token.startswith(ACCESS_TOKEN) and door == Door.ACTIONS and legacy.is_accepted(token):
        # The old connector knew one door, so its tokens open the Actions door and no other.
        taken_over = legacy.connection_of(token)
        bearer = Bearer(taken_over, frozenset(settings.OAUTH_SCOPES)) if taken_over is not None else None
    else:
        row = _TOKEN.first(digest(token))
        if row is None or row.expires <= timezone.now() or not row.connection.is_active:
            raise AuthenticationFailed
        bearer = Bearer(row.connection, frozenset(row.scope.split()), tuple(row.resource or ()))
    if bearer is None or bearer.door != door:
        raise AuthenticationFailed
    bearer.connection.note_use()
    return bearer


class ConnectionAuthentication(BaseAuthentication):
    """`Authorization: Bearer` → (person, Bearer) at the Actions door. Raises AuthenticationFailed, which answers 401."""

    def authenticate(self, request: Request) -> tuple[User, Bearer] | None:
        header = request.META.get("HTTP_AUTHORIZATION", "")
        if not header:
            return None
        bearer = bearer_of(header, Door.ACTIONS.value)
        return bearer.connection.user, bearer

    def authenticate_header(self, request: Request) -> str:
        problem = ', error="invalid_token"' if request.META.get("HTTP_AUTHORIZATION") else ""
        return f'Bearer realm="Meo Connector"{problem}'


class IsConnected(BasePermission):
    """Only calls with a live connection; every tool but those that need none."""

    def has_permission(self, request: Request, view: "APIView") -> bool:
        return isinstance(request.auth, Bearer)
