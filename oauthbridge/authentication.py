"""A bearer token becomes a connection: one query, no session, no login.

RFC 6750: the token comes in the Authorization header and nowhere else; a refusal says `invalid_token` and nothing more.
"""

import functools
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeVar

import orjson
from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, InterfaceError, NotSupportedError, OperationalError
from django.db import connection as database
from django.db.models import Model, TextField
from django.db.models.base import ModelState
from django.db.models.functions import Cast
from django.utils import timezone
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import APIException, AuthenticationFailed
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from oauthbridge import legacy
from oauthbridge.database import prepared_cursor
from oauthbridge.models import AccessToken, Application, Connection, User
from oauthbridge.tokens import digest

if TYPE_CHECKING:
    from rest_framework.views import APIView

M = TypeVar("M", bound=Model)

Door = Application.Door

# How exact "last used" is: a write for every tool call would cost more than it tells.
LAST_USED_STEP = timedelta(minutes=10)
_LONGEST_TOKEN = 200


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


def bearer_of(header: str, door: str) -> Bearer:
    """The connection behind an `Authorization` header at this door. `connection.user` is there without another query.

    Raises AuthenticationFailed for whatever does not open this door, and TemporarilyUnavailable.
    """
    scheme, _space, token = header.partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise AuthenticationFailed
    if door == Door.ACTIONS and legacy.is_accepted(token):
        bearer = _by_legacy_token(token)
    elif len(token) > _LONGEST_TOKEN:
        raise AuthenticationFailed
    else:
        bearer = _bearer_of(digest(token))
    if bearer is None or bearer.door != door:
        raise AuthenticationFailed
    _note_use(bearer.connection)
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


# All that a call needs, and no more: Django spends more on a column that nobody reads than on the round trip.
def _in_order(model: type[Connection] | type[User], *names: str) -> tuple[str, ...]:
    """In the model's own order, as `Model.from_db` wants its values."""
    return tuple(field.attname for field in model._meta.concrete_fields if field.attname in names)


_OF_CONNECTION = _in_order(
    Connection,
    "id",
    "user_id",
    "application_id",
    "status",
    "language",
    "sanctum_token",
    "key_id",
    "created_at",
    "last_used_at",
    "expires_at",
)
_OF_USER = _in_order(User, "id", "main_app_user_id")
# JSON as text, which PostgreSQL sends in the same form however it is asked.
_OF_TOKEN = ("expires", "scope", Cast("resource", TextField()))
_COLUMNS = (
    *_OF_TOKEN,
    *(f"connection__{name}" for name in _OF_CONNECTION),
    *(f"connection__user__{name}" for name in _OF_USER),
)


@functools.cache
def _question(alias: str) -> tuple[str, dict[int, tuple[list[Any], Any]]]:
    """The one query of every call as SQL, and what makes Python values of its columns. Kept: composing it anew took a quarter of
    a tool call's whole CPU time (docs/performance.md)."""
    tokens = AccessToken.objects.using(alias).filter(token_checksum="").values_list(*_COLUMNS)
    compiler = tokens.query.get_compiler(alias)
    sql, _parameters = compiler.as_sql()
    return sql, compiler.get_converters([column for column, _sql, _alias in compiler.select])


def _ask(checksum: str) -> list[Any] | None:
    sql, converters = _question(DEFAULT_DB_ALIAS)
    with prepared_cursor() as cursor:
        cursor.execute(sql, [checksum])
        row = cursor.fetchone()
    if row is None:
        return None
    values = list(row)
    for position, (steps, column) in converters.items():
        for convert in steps:
            values[position] = convert(values[position], column, database)
    return values


def _bearer_of(checksum: str) -> Bearer | None:
    """An unexpired access token and its live connection, with the person: one query.

    A kept database connection may have died since this thread's last call (a restart). Asking it first, as CONN_HEALTH_CHECKS
    does, would cost every call a round trip; instead the query is simply asked once more on a new one.
    """
    try:
        found = _ask(checksum)
    except (OperationalError, InterfaceError, NotSupportedError):
        if database.in_atomic_block:
            raise
        database.close()
        found = _ask(checksum)
    if found is None:
        return None
    expires, scope, resource = found[: len(_OF_TOKEN)]
    if expires <= timezone.now():
        return None
    values = found[len(_OF_TOKEN) :]
    connection = _loaded(Connection, _OF_CONNECTION, values[: len(_OF_CONNECTION)])
    if not connection.is_active:
        return None
    connection.user = _loaded(User, _OF_USER, values[len(_OF_CONNECTION) :])
    return Bearer(connection, frozenset(scope.split()), tuple(orjson.loads(resource) or ()))


def _loaded(model: type[M], names: tuple[str, ...], values: list[Any]) -> M:
    """What `Model.from_db` makes of a row, its other fields deferred, without going through every field of the model for that
    (6 of 8 µs)."""
    loaded = model.__new__(model)
    loaded._state = ModelState()
    loaded._state.adding, loaded._state.db = False, DEFAULT_DB_ALIAS
    vars(loaded).update(zip(names, values, strict=True))
    return loaded


class TemporarilyUnavailable(APIException):
    status_code = 503
    default_code = "unavailable"


def _by_legacy_token(token: str) -> Bearer | None:
    """The old connector knew one door, so its tokens open the Actions door and no other."""
    try:
        taken_over = legacy.connection_of(token)
    except legacy.Unanswerable:
        raise TemporarilyUnavailable from None
    return Bearer(taken_over, frozenset(settings.OAUTH_SCOPES)) if taken_over is not None else None


class IsConnected(BasePermission):
    """Only calls with a live connection; every tool but those that need none."""

    def has_permission(self, request: Request, view: "APIView") -> bool:
        return isinstance(request.auth, Bearer)


def _note_use(used: Connection) -> None:
    now = timezone.now()
    if now - used.last_used_at >= LAST_USED_STEP:
        Connection.objects.filter(pk=used.pk).update(last_used_at=now)
