"""`/connections`: what a person has connected, and one tap to end it.

Who they are is learned as for any sign-in: they go to the main app, confirm, and come back with a code. It is exchanged for their
number, its token revoked at once, and the number kept in a signed cookie for a quarter of an hour.
"""

import hmac
from collections.abc import Callable, Iterable, Mapping
from uuid import UUID

from django.conf import settings
from django.core import signing
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import salted_hmac

from oauthbridge import connections
from oauthbridge.models import Connection
from oauthbridge.names import name_for_people

SECONDS = 900
# Whose account at the other end a connection is, by its number, where a room above knows (chat.zalo.apps).
ACCOUNTS: list[Callable[[list[UUID]], Mapping[UUID, str]]] = []
_SALT = "oauthbridge.own_connections"


def cookie_name() -> str:
    return "__Host-meo_person" if settings.SERVED_OVER_HTTPS else "meo_person"


def remember(response: HttpResponse, main_app_user_id: int) -> None:
    """Let this browser see the page for a while."""
    response.set_cookie(
        cookie_name(),
        signing.TimestampSigner(salt=_SALT).sign(str(main_app_user_id)),
        max_age=SECONDS,
        path="/",
        secure=settings.SERVED_OVER_HTTPS,
        httponly=True,
        # Strict would be left out of the redirect that ends the way back from the main app.
        samesite="Lax",
    )


def forget(response: HttpResponse) -> None:
    response.delete_cookie(cookie_name(), path="/", samesite="Lax")


def person_of(request: HttpRequest) -> int | None:
    """The number in the main app of whoever has just signed in in this browser."""
    cookie = request.COOKIES.get(cookie_name(), "")
    try:
        return int(signing.TimestampSigner(salt=_SALT).unsign(cookie, max_age=SECONDS))
    except (signing.BadSignature, ValueError):
        return None


def form_token(request: HttpRequest) -> str:
    """What the page's forms carry: bound to the cookie, so that no other site can send one."""
    return salted_hmac(_SALT, request.COOKIES.get(cookie_name(), ""), algorithm="sha256").hexdigest()


def is_form_token(request: HttpRequest, token: str) -> bool:
    return hmac.compare_digest(token.encode(), form_token(request).encode())


def of_person(main_app_user_id: int) -> QuerySet[Connection]:
    """Their live connections, the newest first."""
    rows = Connection.objects.active().filter(user__main_app_user_id=main_app_user_id)
    return rows.select_related("application").order_by("-created_at")


def account_names(rows: Iterable[Connection]) -> dict[UUID, str]:
    """A stranger's words for it, made fit for people."""
    ids = [row.pk for row in rows]
    return {number: name_for_people(name) for ask in ACCOUNTS for number, name in ask(ids).items()}


def end(main_app_user_id: int, connection_id: UUID) -> bool:
    """End one of theirs. Returns whether it was theirs and active."""
    if not of_person(main_app_user_id).filter(pk=connection_id).exists():
        return False
    return connections.end(connection_id, Connection.EndReason.PERSON)
