"""Under which reference a person was shown that their sign-in came to nothing: for the log, and for who helps them."""

from dataclasses import asdict, dataclass
from datetime import datetime
from zlib import crc32

import structlog
from django.core.cache import cache
from django.db import DatabaseError, transaction
from django.db.models import F, Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from oauthbridge.models import AuthorizationRequest

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


# Pages without a sign-in: whoever knocks makes one, so there is a place for so many, and the last to come has it.
_PLACES, _KEPT_SECONDS = 20_000, 7 * 86_400
_SHORTEST = 8


@dataclass(frozen=True)
class LonelyPage:
    """A page that belongs to no sign-in. host: of an app that is on no list. door: from which somebody came, where that is known."""

    reference: str
    problem: str
    path: str
    at: str
    host: str = ""
    door: str = ""

    @property
    def shown_at(self) -> datetime:
        return datetime.fromisoformat(self.at)


def remember(
    request: HttpRequest, problem: str, sign_in: AuthorizationRequest | None, *, host: str = "", door: str = ""
) -> None:
    """Keep what the page of this request says. Never fails: the page has to be shown, whatever the database does.

    Where no sign-in is known, the cache keeps it for a week.
    """
    who = {} if sign_in is None else {"sign_in": str(sign_in.pk)}
    structlog.contextvars.bind_contextvars(problem=str(problem), **who)
    reference = request.META.get("MEO_REQUEST_ID", "")
    if not reference:
        return
    if sign_in is None:
        # As the code names it: the address itself may hold a one-time link, which is a secret.
        path = f"/{request.resolver_match.route}" if request.resolver_match else "(no such address)"
        page = LonelyPage(reference, str(problem), path, timezone.now().isoformat(), host, door)
        cache.set(_place(reference), asdict(page), _KEPT_SECONDS)
        return
    try:
        with transaction.atomic():
            AuthorizationRequest.objects.filter(pk=sign_in.pk).update(
                earlier_reference=F("reference"), reference=reference, problem=str(problem)
            )
    except DatabaseError as error:
        log.warning("reference not kept", kind=type(error).__name__)


def without_sign_in(reference: str) -> LonelyPage | None:
    """The page with this reference, or with one that begins so, if its place was not taken since."""
    page = cache.get(_place(reference))
    if not page or not page["reference"].startswith(reference):
        return None
    return LonelyPage(**page)


def _place(reference: str) -> str:
    return f"page:{crc32(reference[:_SHORTEST].encode()) % _PLACES}"


def under(reference: str) -> QuerySet[AuthorizationRequest]:
    """The sign-ins with this reference, or one that begins so."""
    return AuthorizationRequest.objects.filter(
        Q(reference__startswith=reference) | Q(earlier_reference__startswith=reference)
    )
