"""Answers on their way: stored before they are sent, in pieces as long as Zalo takes, in order, and again only where that can help.

An answer that Zalo took and whose word of that was lost is sent twice: harmless, as it says what stands on record.
"""

from datetime import datetime, timedelta

import structlog
from django.db.models import Max, Q, QuerySet
from django.utils import timezone

from chat.zalo import tokens
from chat.zalo.adapters import LONGEST_TEXT, Delivery, Verdict
from chat.zalo.models import WINDOW, Account, Event, Reply
from chat.zalo.products import ADAPTERS
from oauthbridge.tokens import CannotDecrypt

# After the first failure, the second, … and the last of these from then on.
PAUSES = tuple(timedelta(seconds=seconds) for seconds in (5, 20, 60, 300, 900, 1800))
# While an account's calls are refused or unanswered, nobody else's waits for their end.
ACCOUNT_PAUSE = timedelta(seconds=10)

State = Reply.State
log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


def pieces(text: str) -> list[str]:
    """At most LONGEST_TEXT characters each, cut at the ends of lines, else between words, else anywhere."""
    cut = []
    while len(text) > LONGEST_TEXT:
        room = text[: LONGEST_TEXT + 1]
        at = max(room.rfind("\n"), 0) or max(room.rfind(" "), 0) or LONGEST_TEXT
        cut.append(text[:at].rstrip())
        text = text[at:].lstrip()
    return [piece for piece in (*cut, text.strip()) if piece]


def put(event: Event, text: str) -> None:
    """Store an answer to an event, in the caller's transaction."""
    last = event.replies.aggregate(last=Max("part"))["last"]
    for part, piece in enumerate(pieces(text), 0 if last is None else last + 1):
        reply = Reply(event=event, part=part)
        reply.seal(piece)
        reply.save(force_insert=True)


def due(now: datetime) -> QuerySet[Reply]:
    """What can be sent now, but for a piece that has to wait for one before it."""
    usable = Q(event__account__paused_until=None) | Q(event__account__paused_until__lte=now)
    waiting = Reply.objects.filter(state=State.WAITING, next_attempt_at__lte=now, event__account__stopped_at=None)
    return waiting.filter(usable)


def deliver(sender_pk: int) -> datetime | None:
    """Send what waits for one person, until something can't be sent now. Returns when to try again, None where nothing is left."""
    waiting = Reply.objects.filter(event__sender=sender_pk, state=State.WAITING)
    while True:
        reply = waiting.select_related("event__sender", "event__account").order_by("pk").first()
        if reply is None:
            return None
        now = timezone.now()
        account = reply.event.account
        if (reason := _useless(reply, now)) is not None:
            _finish(reply, State.GIVEN_UP, reason)
            continue
        if reply.next_attempt_at > now:
            # Nothing overtakes it.
            waiting.filter(next_attempt_at__lt=reply.next_attempt_at).update(next_attempt_at=reply.next_attempt_at)
            return reply.next_attempt_at
        if account.stopped_at is not None:
            return None
        if account.paused_until is not None and account.paused_until > now:
            return account.paused_until
        _try(reply)


def give_up_old(now: datetime) -> int:
    """Answers that would cost money by now, or be refused, whatever keeps them (zalo-api.md §4.1). Returns how many."""
    old = Reply.objects.filter(state=State.WAITING, event__sent_at__lt=now - WINDOW)
    return old.update(state=State.GIVEN_UP, finished_at=now, sealed=None, key_id="")


def _useless(reply: Reply, now: datetime) -> str | None:
    event = reply.event
    if event.sender.unfollowed_at is not None:
        return "unfollowed"
    last = max(filter(None, (event.sender.last_message_at, event.sent_at)))
    return "window" if now - last > WINDOW else None


def _try(reply: Reply) -> None:
    event, account = reply.event, reply.event.account
    try:
        text = reply.open()
    except CannotDecrypt:
        log.error("a Zalo reply can't be decrypted", reply=reply.pk, key_id=reply.key_id)
        _finish(reply, State.GIVEN_UP, "sealed")
        return
    delivery = ADAPTERS[account.product].send(account, event.chat_id or event.sender.sender_id, text)
    reply.error = delivery.error
    reply.attempts += 1
    now = timezone.now()
    if delivery.costs:
        Account.objects.filter(pk=account.pk).update(quota_error=delivery.error, quota_error_at=now)
        log.error("Zalo refused a message for quota or money", account=account.own_id, error=delivery.error)
    if delivery.verdict == Verdict.SENT:
        _finish(reply, State.SENT)
    elif delivery.verdict == Verdict.GIVEN_UP:
        _finish(reply, State.GIVEN_UP, "refused")
    else:
        _later(reply, delivery, now)


def _later(reply: Reply, delivery: Delivery, now: datetime) -> None:
    account = reply.event.account
    if delivery.verdict == Verdict.STOPPED:
        # That holds it back; when the account goes on it is due.
        tokens.stop(account, delivery.reason)
    else:
        reply.next_attempt_at = delivery.not_before or now + PAUSES[min(reply.attempts, len(PAUSES)) - 1]
        if delivery.pauses:
            Account.objects.filter(pk=account.pk).update(paused_until=now + ACCOUNT_PAUSE)
    reply.save(update_fields=["error", "attempts", "next_attempt_at"])


def _finish(reply: Reply, state: Reply.State, reason: str = "") -> None:
    reply.state, reply.finished_at = state, timezone.now()
    reply.sealed, reply.key_id = None, ""
    reply.save(update_fields=["state", "error", "attempts", "finished_at", "sealed", "key_id"])
    if reason:
        log.info("a Zalo reply was given up", reply=reply.pk, reason=reason, error=reply.error)
