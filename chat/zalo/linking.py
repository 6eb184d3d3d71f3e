"""Who on Zalo may be talked to about whose pets: a sender and one connection, tied by a one-time link and the ordinary sign-in.

What this rests on, and what it does not stop: docs/security.md, "At the chat's door".
"""

import secrets
from collections.abc import Iterator
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from chat.languages import CODES, language
from chat.zalo import metrics, profiles
from chat.zalo.models import Event, LinkOffer, Sender
from oauthbridge import connections, consent
from oauthbridge.models import Application, AuthorizationRequest, Connection
from oauthbridge.pages import Problem
from oauthbridge.tokens import digest
from petstools.understand.text import lowered, said, words

CLIENT_ID = "zalo"
LINK_SERVES = timedelta(minutes=10)
# Who unfollows by mistake finds everything as it was.
UNFOLLOWED_KEPT = timedelta(days=30)

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


class Refused(Exception):
    """A link that leads nowhere, or not to a connection (any more); `problem`: what the person is told."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem
        metrics.LINKS.labels(problem.value).inc()


def client() -> Application:
    """What Zalo is called where connections are listed; no client of OAuth (`Application.is_usable`)."""
    application: Application
    application, _made = Application.objects.get_or_create(
        client_id=CLIENT_ID,
        defaults={
            "name": "Zalo",
            "door": Application.Door.ZALO,
            "client_type": Application.CLIENT_CONFIDENTIAL,
            "authorization_grant_type": Application.GRANT_AUTHORIZATION_CODE,
        },
    )
    return application


def is_linked(sender: Sender) -> bool:
    return sender.connection is not None and sender.connection.is_active


# --- In the chat ---------------------------------------------------------------------------------


def unlinked(sender: Sender, event: Event) -> str:
    """What to say to somebody who is not connected, whatever they wrote: a link, or that the last one still serves."""
    spoken = language(_language_of(sender, event))
    if client().disabled_at is not None:
        return spoken.say("zalo_paused")
    profiles.refresh(sender)
    now = timezone.now()
    with transaction.atomic():
        Sender.objects.select_for_update().get(pk=sender.pk)
        waiting = LinkOffer.objects.filter(sender=sender, used_at=None, expires_at__gt=now)
        if event.attempts > 1:
            # The worker died before its answer was stored: nobody has that link.
            waiting.delete()
        open_offer = waiting.first()
        if open_offer is not None:
            return spoken.say("zalo_link_waits", time=_clock(open_offer.expires_at))
        token = secrets.token_urlsafe(32)
        LinkOffer.objects.create(sender=sender, digest=digest(token), expires_at=now + LINK_SERVES)
    link = f"{settings.CONNECTOR_PUBLIC_URL}/zalo/link/{token}"
    return spoken.say("zalo_link" if sender.connection is None else "zalo_link_again", link=link)


def lost(sender: Sender) -> bool:
    """Whether the connection turned out to be dead while the last message was answered: not by the person's own wish."""
    connection = sender.connection
    assert connection is not None  # noqa: S101 - it was answered about somebody's pets
    connection.refresh_from_db(fields=["status", "end_reason"])
    return not connection.is_active and connection.end_reason != Connection.EndReason.PERSON


def _language_of(sender: Sender, event: Event) -> str:
    """What they spoke before, or another one that has a word for all that they wrote."""
    before = sender.language if sender.connection is None else sender.connection.language
    text, _attachment = event.open()
    phrase = tuple(words(lowered(said(text, limit=100))))
    speaking = [code for code in CODES if phrase and language(code).tags(phrase)]
    if not speaking or before in speaking:
        return before
    Sender.objects.filter(pk=sender.pk).update(language=speaking[0])
    return speaking[0]


def _clock(moment: datetime) -> str:
    return moment.astimezone(ZoneInfo(settings.DEFAULT_TIME_ZONE)).strftime("%H:%M")


# --- In the browser ------------------------------------------------------------------------------


def known(token: str) -> LinkOffer:
    """The offer behind a link, however it stands. Raises Refused."""
    offer = LinkOffer.objects.filter(digest=digest(token)).first()
    if offer is None:
        raise Refused(Problem.BAD_LINK)
    return offer


def offered(token: str) -> LinkOffer:
    """The offer behind a link that may be gone on with. Changes nothing: a preview of the link opens it too. Raises Refused."""
    return _open(LinkOffer.objects.filter(digest=digest(token)))


def begin(token: str, browser_id: str, last_page: str) -> AuthorizationRequest:
    """Use the link up for a sign-in of this browser. Pressed twice there, it is the same sign-in. Raises Refused."""
    with transaction.atomic():
        rows = LinkOffer.objects.select_for_update(of=("self",)).filter(digest=digest(token))
        used = rows.filter(sign_in__status=AuthorizationRequest.Status.PENDING).select_related("sign_in").first()
        if used is not None and used.sign_in is not None and used.sign_in.browser_digest == digest(browser_id):
            return used.sign_in
        offer = _open(rows)
        application = client()
        if application.disabled_at is not None:
            raise Refused(Problem.CHAT_PAUSED)
        offer.sign_in = consent.begin_in_chat(application, last_page, browser_id)
        offer.used_at = timezone.now()
        offer.save(update_fields=["sign_in", "used_at"])
    metrics.LINKS.labels("begun").inc()
    return offer.sign_in


def decline(token: str) -> None:
    """Whoever was shown the link did not ask for it: it serves nobody any more. Raises Refused."""
    with transaction.atomic():
        offer = _open(LinkOffer.objects.select_for_update(of=("self",)).filter(digest=digest(token)))
        LinkOffer.objects.filter(pk=offer.pk).update(used_at=timezone.now())
    metrics.LINKS.labels("declined").inc()


def of_sign_in(sign_in: AuthorizationRequest) -> LinkOffer:
    """The offer that a sign-in came from. Raises Refused."""
    offer = LinkOffer.objects.filter(sign_in=sign_in).select_related("sender__account", "sender__connection").first()
    if offer is None:
        raise Refused(Problem.BAD_LINK)
    return offer


def bind(offer: LinkOffer, connection: Connection) -> None:
    """Tie the sender to a new connection, in the transaction that makes it (`consent.keep_held`). Raises Refused, which undoes both."""
    sender = Sender.objects.select_for_update(of=("self",)).select_related("connection").get(pk=offer.sender_id)
    if is_linked(sender):
        raise Refused(Problem.CHAT_CONNECTED)
    if connection.application.disabled_at is not None:
        raise Refused(Problem.CHAT_PAUSED)
    sender.connection, sender.linked_at = connection, timezone.now()
    sender.save(update_fields=["connection", "linked_at"])
    metrics.LINKS.labels("connected").inc()


def _open(rows: QuerySet[LinkOffer]) -> LinkOffer:
    offer = rows.select_related("sender__account", "sender__connection").first()
    if offer is None:
        raise Refused(Problem.BAD_LINK)
    if offer.used_at is not None:
        raise Refused(Problem.ALREADY_USED)
    if offer.expires_at <= timezone.now():
        raise Refused(Problem.EXPIRED)
    if is_linked(offer.sender):
        raise Refused(Problem.CHAT_CONNECTED)
    return offer


# --- Later ---------------------------------------------------------------------------------------


def unfollowed(now: datetime) -> QuerySet[Connection]:
    """Connections of those who have unfollowed long ago."""
    return Connection.objects.active().filter(zalo_sender__unfollowed_at__lt=now - UNFOLLOWED_KEPT)


def end_unfollowed(now: datetime) -> Iterator[int]:
    """End them; yields 1 for each, 0 for one that ended meanwhile."""
    ids = list(unfollowed(now).values_list("pk", flat=True))
    yield from map(int, connections.end_each(ids, Connection.EndReason.UNFOLLOWED))


def names(connection_ids: list[UUID]) -> dict[UUID, str]:
    """What those who write call themselves, by their connection."""
    rows = Sender.objects.filter(connection__in=connection_ids).values_list("connection_id", "display_name")
    return {number: name for number, name in rows if number is not None}
