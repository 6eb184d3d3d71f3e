"""Under which reference a person was shown that their sign-in came to nothing: for the log, and for who helps them."""

import structlog
from django.db import DatabaseError, transaction
from django.db.models import F, Q, QuerySet
from django.http import HttpRequest

from oauthbridge.models import AuthorizationRequest

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


def remember(request: HttpRequest, problem: str, sign_in: AuthorizationRequest | None) -> None:
    """Keep what the page of this request says. Never fails: the page has to be shown, whatever the database does.

    Where no sign-in is known there is nothing to keep it with: then it stands in the log alone.
    """
    who = {} if sign_in is None else {"sign_in": str(sign_in.pk)}
    structlog.contextvars.bind_contextvars(problem=str(problem), **who)
    reference = request.META.get("MEO_REQUEST_ID", "")
    if sign_in is None or not reference:
        return
    try:
        with transaction.atomic():
            AuthorizationRequest.objects.filter(pk=sign_in.pk).update(
                earlier_reference=F("reference"), reference=reference, problem=str(problem)
            )
    except DatabaseError as error:
        log.warning("reference not kept", kind=type(error).__name__)


def under(reference: str) -> QuerySet[AuthorizationRequest]:
    """The sign-ins with this reference, or one that begins so."""
    return AuthorizationRequest.objects.filter(
        Q(reference__startswith=reference) | Q(earlier_reference__startswith=reference)
    )
