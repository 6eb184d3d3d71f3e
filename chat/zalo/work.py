"""Answering what people wrote, later and elsewhere: a task for each event wakes a worker, and the worker answers all that waits of
that person, in the order in which it was written.

A person belongs to one worker at a time (`lease`). Whoever finds a person busy leaves: the worker that has them looks for more
after it has let go. A killed worker's lease runs out, and `wake_up` finds what it left.
"""

import contextvars
from collections.abc import Iterator
from datetime import datetime, timedelta

import structlog
from django.db import transaction
from django.db.models import Exists, Max, OuterRef, Q
from django.utils import timezone
from django_tasks import task

from chat import conversation
from chat.calls import MAY_GO_ON
from chat.languages import language
from chat.zalo import linking, outbox, pictures, tokens
from chat.zalo.lease import Lease, Lost
from chat.zalo.models import Event, Sender
from chat.zalo.products import ADAPTERS
from oauthbridge.tokens import CannotDecrypt
from petstools.models import WriteAttempt
from petstools.upkeep import Duty, Step

MOST_ATTEMPTS = 3
# Of a text that is quoted back.
LONGEST_QUOTE = 60

Kind, State = Event.Kind, Event.State
log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


@task()
def answer_sender(sender_pk: int) -> None:
    """All that waits of one person, unless another worker is at it."""
    with Lease(sender_pk) as lease:
        while _has_work(sender_pk) and lease.take():
            try:
                while lease.take() and _answer_next(sender_pk, lease):
                    pass
            except conversation.Later as later:
                # Nobody takes them before then; `wake_up` does after it.
                lease.let_go(timezone.now() + timedelta(seconds=later.seconds))
                return
            except Lost:
                log.warning("a worker lost its lease", sender=sender_pk)
                return
            finally:
                lease.let_go()
            # Whoever came meanwhile and left has stored their event before: it is seen now.


def wake_up() -> int:
    """Ask for workers for whom nobody is at work and something waits; returns for how many (`manage.py maintenance`, every minute)."""
    now = timezone.now()
    waiting = Event.objects.filter(sender=OuterRef("pk")).exclude(state=State.DONE)
    free = Sender.objects.filter(Q(busy_until=None) | Q(busy_until__lt=now))
    left = free.filter(Q(Exists(waiting)) | Q(Exists(outbox.due(now).filter(event__sender=OuterRef("pk")))))
    count = 0
    for pk in left.values_list("pk", flat=True):
        answer_sender.enqueue(pk)
        count += 1
    return count


def _look_after() -> Iterator[Step]:
    now = timezone.now()
    if not any(adapter.is_on() for adapter in ADAPTERS.values()):
        return
    yield "tokens refreshed", tokens.refresh_all(now)
    yield "answers given up", outbox.give_up_old(now)
    yield "people woken", wake_up()


DUTY = Duty("zalo", _look_after)


def tell(sender: Sender, text: str) -> None:
    """Say something that is no answer to a message, such as that signing in has worked; to somebody who has written before."""
    event = sender.events.order_by("-sent_at", "-pk").first()
    if event is None:
        return
    with transaction.atomic():
        # Whoever answers that event now gives its pieces numbers, too (`Lease.hold`).
        Sender.objects.select_for_update(no_key=True).get(pk=sender.pk)
        outbox.put(event, text)
    answer_sender.enqueue(sender.pk)


def answer_event(event: Event, lease: Lease) -> None:
    """Do what an event asks for and store the answer; it is sent later (`outbox`). Raises Later, Lost."""
    MAY_GO_ON.set(lease.check)
    again = event.attempts > 0
    event.attempts += 1
    event.state = State.BEGUN
    event.begun_at = event.begun_at or timezone.now()
    event.save(update_fields=["attempts", "state", "begun_at"])
    structlog.contextvars.bind_contextvars(request_id=event.request_id)
    try:
        text, outcome = _interrupted(event) if again and _may_have_written(event) else _answer(event)
    except CannotDecrypt:
        log.error("a Zalo message can't be decrypted", zalo_event=event.pk, key_id=event.key_id)
        text, outcome = language(_spoken(event.sender)).say("failed"), Event.Outcome.FAILED
    except Lost:
        raise
    except conversation.Later:
        event.attempts -= 1
        if not event.attempts:
            event.state, event.begun_at = State.WAITING, None
        event.save(update_fields=["attempts", "state", "begun_at"])
        raise
    except Exception:
        log.exception("a Zalo event failed", zalo_event=event.pk, attempt=event.attempts)
        if event.attempts < MOST_ATTEMPTS:
            raise
        text, outcome = language(_spoken(event.sender)).say("failed"), Event.Outcome.FAILED
    if event.sent_at < timezone.now() - conversation.LATE:
        text = _late_ones_together(event, text, outcome)
    with transaction.atomic():
        lease.hold()
        if text:
            outbox.put(event, text)
        event.state, event.outcome, event.finished_at = State.DONE, outcome, timezone.now()
        event.sealed, event.key_id = None, ""
        event.save(update_fields=["state", "outcome", "finished_at", "sealed", "key_id"])


def _answer(event: Event) -> tuple[str, Event.Outcome]:
    sender = event.sender
    spoken = language(_spoken(sender))
    if event.kind == Kind.UNFOLLOW:
        # Zalo promises no order: who has done something since follows again.
        if not sender.events.filter(sent_at__gt=event.sent_at).exclude(kind=Kind.UNFOLLOW).exists():
            Sender.objects.filter(pk=sender.pk).update(unfollowed_at=event.sent_at)
        return "", Event.Outcome.NOTHING
    if event.kind == Kind.GROUP:
        return spoken.say("zalo_group"), Event.Outcome.ANSWERED
    left = sender.unfollowed_at
    seen: dict[str, datetime | None] = {"unfollowed_at": left if left is not None and left > event.sent_at else None}
    if event.kind != Kind.FOLLOW:
        # Following may not open the time in which an answer is free (zalo-api.md §4.1).
        seen["last_message_at"] = max(sender.last_message_at or event.sent_at, event.sent_at)
    Sender.objects.filter(pk=sender.pk).update(**seen)
    if event.kind == Kind.TOO_MANY:
        return spoken.say("too_fast"), Event.Outcome.REFUSED
    if not linking.is_linked(sender):
        return linking.unlinked(sender, event), Event.Outcome.NOT_LINKED
    if event.kind == Kind.FOLLOW:
        return spoken.say("zalo_welcome"), Event.Outcome.ANSWERED
    if event.kind == Kind.OTHER:
        return spoken.say("zalo_only_text"), Event.Outcome.NOT_UNDERSTOOD
    assert sender.connection is not None  # noqa: S101 - it is linked
    text, attachment = event.open()
    picture = pictures.address(attachment) if event.kind == Kind.PICTURE else ""
    if event.kind == Kind.PICTURE and not picture:
        return spoken.say("picture_unusable"), Event.Outcome.NOT_UNDERSTOOD
    can_wait = answer_sender.get_backend().supports_defer
    message = conversation.Message(
        sender.connection, text, "zalo", event.request_id, event.sent_at, picture, can_wait=can_wait
    )
    answered = conversation.answer(message)
    if linking.lost(sender):
        return linking.unlinked(sender, event), Event.Outcome.NOT_LINKED
    return answered.text, Event.Outcome(answered.outcome)


def _late_ones_together(event: Event, text: str, outcome: Event.Outcome) -> str:
    """After an outage one answer says of how many messages nothing was stored: with the last of those that waited."""
    theirs = Event.objects.filter(sender=event.sender_id)
    answered_at = theirs.filter(replies__isnull=False, state=State.DONE).aggregate(last=Max("finished_at"))["last"]
    unsaid = theirs.filter(state=State.DONE, outcome=Event.Outcome.LATE, replies__isnull=True)
    count = (unsaid if answered_at is None else unsaid.filter(finished_at__gt=answered_at)).count()
    late = outcome == Event.Outcome.LATE
    waiting = theirs.exclude(pk=event.pk).exclude(state=State.DONE)
    if late and waiting.filter(sent_at__lt=timezone.now() - conversation.LATE).exists():
        return ""
    if not count:
        return text
    several = language(_spoken(event.sender)).say("late_several", count=count + late)
    return several if late else f"{text}\n\n{several}"


def _may_have_written(event: Event) -> bool:
    """Whether the worker that had begun this and died may have stored something. Only this person's messages are this connection's."""
    connection = event.sender.connection
    return (
        connection is not None
        and WriteAttempt.objects.filter(connection=connection, created_at__gte=event.begun_at).exists()
    )


def _interrupted(event: Event) -> tuple[str, Event.Outcome]:
    """Doing it again could store it twice, so the person is told to look."""
    text, _attachment = event.open()
    short = text if len(text) <= LONGEST_QUOTE else text[: LONGEST_QUOTE - 1] + "…"
    return language(_spoken(event.sender)).say("zalo_interrupted", text=short), Event.Outcome.INTERRUPTED


def _spoken(sender: Sender) -> str:
    return sender.connection.language if sender.connection is not None else sender.language


def _answer_next(sender_pk: int, lease: Lease) -> bool:
    """Whether there is more to do now."""
    outbox.deliver(sender_pk)
    event = (
        Event.objects.filter(sender=sender_pk)
        .exclude(state=State.DONE)
        .select_related("account", "sender__connection__user", "sender__connection__application")
        .order_by("sent_at", "pk")
        .first()
    )
    if event is None:
        return False
    # What its calls bind for log lines ends with it.
    contextvars.copy_context().run(answer_event, event, lease)
    return True


def _has_work(sender_pk: int) -> bool:
    waiting = Event.objects.filter(sender=sender_pk).exclude(state=State.DONE)
    return waiting.exists() or outbox.due(timezone.now()).filter(event__sender=sender_pk).exists()
