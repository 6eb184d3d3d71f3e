"""Where Zalo's events come in: checked, stored, and answered at once, within the two seconds that Zalo gives (zalo-api.md §2.1)."""

from datetime import datetime, timedelta
from typing import Any

import structlog
from django.core.cache import cache
from django.db import IntegrityError, transaction
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from chat.zalo import work
from chat.zalo.adapters import LONGEST_BODY, Incoming, Refused
from chat.zalo.metrics import EVENTS
from chat.zalo.models import Account, Event, Sender, account
from chat.zalo.products import ADAPTERS
from oauthbridge.throttle import PERIOD, Throttle

# Of one person; what they sent beyond that within a minute is not kept, and the first of those is answered with that.
EVENTS_PER_MINUTE = 20

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


def receive(request: HttpRequest, product: Account.Product) -> JsonResponse:
    """200 for what was stored, and for what may be forgotten: repeats, receipts, what is too old. 403 for what Zalo did not send. 404
    while the product is off. A GET is Zalo's look whether anybody is there."""
    adapter = ADAPTERS[product]
    if not adapter.is_on():
        raise Http404
    if request.method == "GET":
        return _said("here", 200)
    body = _body(request)
    if body is None:
        return _refused(product, "too_large", 413)
    try:
        own_id, incoming = adapter.read(request.headers, body)
    except Refused as refusal:
        # Too old: Zalo need not send it again. What is forged or not to be read is not from Zalo.
        return _refused(product, refusal.reason, 200 if refusal.reason == "too_old" else 403)
    outcome = "ignored" if incoming is None else store(account(product, own_id), incoming)
    EVENTS.labels(product, outcome).inc()
    return _said(outcome, 200)


def _body(request: HttpRequest) -> bytes | None:
    """None where it is too large, before any of it is read or hashed."""
    length = request.headers.get("Content-Length", "")
    if length.isdecimal() and int(length) > LONGEST_BODY:
        return None
    body = request.read(LONGEST_BODY + 1)
    return body if len(body) <= LONGEST_BODY else None


def store(to: Account, incoming: Incoming) -> str:
    sender, _made = Sender.objects.get_or_create(account=to, sender_id=incoming.sender_id)
    if incoming.display_name and incoming.display_name != sender.display_name:
        Sender.objects.filter(pk=sender.pk).update(display_name=incoming.display_name)
    kind, key = incoming.kind, incoming.key
    if kind != Event.Kind.UNFOLLOW and _are_too_many(sender, incoming.sent_at):
        if not cache.add(f"zalo-too-many:{sender.pk}", 1, PERIOD):
            return "throttled"
        kind = Event.Kind.TOO_MANY
    event = Event(account=to, sender=sender, key=key, kind=kind, chat_id=incoming.chat_id, sent_at=incoming.sent_at)
    if kind != Event.Kind.TOO_MANY:
        event.seal(incoming.text, incoming.attachment_url)
    is_kept = work.answer_sender.get_backend().supports_defer
    try:
        with transaction.atomic():
            event.save(force_insert=True)
            if is_kept:
                # One commit for both; a task that is done at once has to find its event committed.
                work.answer_sender.enqueue(sender.pk)
    except IntegrityError:
        return "duplicate"
    if not is_kept:
        work.answer_sender.enqueue(sender.pk)
    return "stored"


def _are_too_many(sender: Sender, sent_at: datetime) -> bool:
    """By when they were sent: after an outage Zalo repeats at once what was written over hours."""
    if not Throttle("zalo", EVENTS_PER_MINUTE).hit(str(sender.pk)):
        return False
    kept = Event.objects.filter(sender=sender).exclude(kind=Event.Kind.TOO_MANY)
    minute = timedelta(seconds=PERIOD)
    before, after = Q(sent_at__range=(sent_at - minute, sent_at)), Q(sent_at__range=(sent_at, sent_at + minute))
    counted = kept.filter(before | after).aggregate(before=Count("pk", filter=before), after=Count("pk", filter=after))
    return max(int(counted["before"]), int(counted["after"])) >= EVENTS_PER_MINUTE


def _refused(product: str, reason: str, status: int) -> JsonResponse:
    EVENTS.labels(product, reason).inc()
    log.warning("a Zalo event was refused", product=product, reason=reason)
    return _said(reason, status)


def _said(outcome: str, status: int) -> JsonResponse:
    return JsonResponse({"outcome": outcome}, status=status, headers={"Cache-Control": "no-store"})


def webhook(product: Account.Product) -> Any:
    """The view of one product."""

    @csrf_exempt
    @require_http_methods(["GET", "POST"])
    def view(request: HttpRequest) -> JsonResponse:
        return receive(request, product)

    vars(view).update(for_programs=True)
    return view


@require_safe
def granted(request: HttpRequest) -> HttpResponse:
    """Where Zalo sends an account's administrator with a code (`manage.py zalo_oa`). The code is worth nothing without the verifier."""
    if not ADAPTERS[Account.Product.OFFICIAL_ACCOUNT].is_on():
        raise Http404
    text = "Copy the whole address of this page and give it to: manage.py zalo_oa grant\nIts code is good for ten minutes.\n"
    return HttpResponse(text, content_type="text/plain; charset=utf-8", headers={"Cache-Control": "no-store"})


vars(granted).update(for_programs=True)
