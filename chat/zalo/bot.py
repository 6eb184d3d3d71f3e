"""Zalo's Bot Platform: its events, by webhook or by polling, and its messages (zalo-api.md §7).

A bot's token is part of every address, so no address of this file may stand in a log line or an error.
"""

import hmac
import re
import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import orjson
import structlog
from django.conf import settings
from django.utils import timezone

from chat.zalo.adapters import Delivery, Incoming, Received, Refused, Verdict, number_of_error
from chat.zalo.models import DUPLICATES_COME_WITHIN, Account, Event
from mainapp.http.connection import HttpError
from mainapp.http.fetching import fetch
from oauthbridge.names import name_for_people

PATIENCE = 10.0
# Zalo holds a poll for so many seconds, and then says that nobody wrote.
POLL_SECONDS = 30
IDLE_PAUSE = 0.5
# After a poll that failed, the second, … and the last of these from then on.
PAUSES = (1.0, 5.0, 15.0, 60.0)
LONGEST_MESSAGE = 4000
_ID = re.compile(r"[0-9A-Za-z_-]{1,64}")
_MESSAGE_ID = re.compile(r"[!-~]{1,120}")
# Some events say seconds where the rest say milliseconds.
_SECONDS_BELOW = 10**12
_LINK = re.compile(r"https?://\S+")

UNAUTHORIZED, FORBIDDEN, TIMED_OUT, TOO_MANY, GATEWAY_TIMED_OUT = 401, 403, 408, 429, 504
IDLE = frozenset({TIMED_OUT, GATEWAY_TIMED_OUT})

Kind = Event.Kind
_KINDS = {
    "message.text.received": Kind.TEXT,
    "message.image.received": Kind.PICTURE,
    "message.sticker.received": Kind.OTHER,
    # Voice, files, video, and whatever people write whom Zalo protects.
    "message.unsupported.received": Kind.OTHER,
}

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


class BotError(Exception):
    """Zalo said no to a call. code: Zalo's number."""

    def __init__(self, method: str, code: int) -> None:
        super().__init__(f"Zalo refused {method} ({code})")
        self.code = code


class Bot:
    product = Account.Product.BOT

    def is_on(self) -> bool:
        return bool(settings.ZALO_BOT_TOKEN)

    def read(self, headers: Mapping[str, str], body: bytes) -> Received:
        token = headers.get("X-Bot-Api-Secret-Token", "").encode()
        if not hmac.compare_digest(token, settings.ZALO_BOT_WEBHOOK_SECRET.encode()):
            raise Refused("forged")
        try:
            event = orjson.loads(body)
        except orjson.JSONDecodeError:
            raise Refused("malformed") from None
        return received(event)

    def send(self, account: Account, chat_id: str, text: str) -> Delivery:
        try:
            call("sendMessage", chat_id=chat_id, text=_LINK.sub(_plain, text))
        except HttpError:
            return Delivery(Verdict.AGAIN, 0, pauses=True)
        except BotError as error:
            return _delivery(error.code)
        return Delivery(Verdict.SENT, 0)


def own_id() -> str:
    """The bot's number, the part of its token that is no secret."""
    return str(settings.ZALO_BOT_TOKEN).partition(":")[0]


# --- What comes ----------------------------------------------------------------------------------


def received(event: object) -> Received:
    """An event as it is, or inside {ok, result} as some deployments send it. Raises Refused."""
    if isinstance(event, dict) and "event_name" not in event:
        event = event.get("result")
    if not isinstance(event, dict) or not isinstance(event.get("event_name"), str):
        raise Refused("malformed")
    kind = _KINDS.get(event["event_name"])
    return Received(own_id(), None if kind is None else _incoming(kind, event.get("message")))


def _incoming(kind: Event.Kind, message: object) -> Incoming | None:
    """None for what other bots write. Raises Refused."""
    if not isinstance(message, dict):
        raise Refused("malformed")
    who, chat = message.get("from"), message.get("chat")
    if not isinstance(who, dict) or not isinstance(chat, dict):
        raise Refused("malformed")
    sender_id, chat_id, key = _text(_ID, who.get("id")), _text(_ID, chat.get("id")), message.get("message_id")
    sent_at = _sent_at(message.get("date"))
    key = _text(_MESSAGE_ID, key)
    if who.get("is_bot") is True:
        return None
    if chat.get("chat_type", "PRIVATE") != "PRIVATE":
        # Others read along, and many may write: one hint an hour.
        return Incoming(Kind.GROUP, sender_id, f"group {chat_id} {sent_at:%Y-%m-%d %H}", sent_at, chat_id=chat_id)
    text = message.get("caption" if kind == Kind.PICTURE else "text")
    picture = message.get("photo_url") if kind == Kind.PICTURE else ""
    text, picture = (one if isinstance(one, str) else "" for one in (text, picture))
    if (kind == Kind.TEXT and not text.strip()) or (kind == Kind.PICTURE and not 0 < len(picture) <= 2000):
        kind, picture = Kind.OTHER, ""
    name = who.get("display_name") or who.get("first_name") or who.get("name")
    return Incoming(
        kind,
        sender_id,
        key,
        sent_at,
        text=text[:LONGEST_MESSAGE],
        attachment_url=picture,
        display_name=name_for_people(name),
    )


def _text(shape: re.Pattern[str], value: object) -> str:
    """An id as text, however it is written. Raises Refused."""
    written = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    if not isinstance(written, str) or not shape.fullmatch(written):
        raise Refused("malformed")
    return written


def _sent_at(value: object) -> datetime:
    """Raises Refused; `too_old` as for an Official Account."""
    if isinstance(value, str) and re.fullmatch(r"[0-9]{1,15}", value):
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or value <= 0:
        raise Refused("malformed")
    try:
        sent_at = datetime.fromtimestamp(value if value < _SECONDS_BELOW else value / 1000, UTC)
    except (ValueError, OverflowError):
        raise Refused("malformed") from None
    now = timezone.now()
    if now - sent_at > DUPLICATES_COME_WITHIN:
        raise Refused("too_old")
    return min(sent_at, now)


def poll(take: Callable[[Received], None], stopping: threading.Event) -> None:
    """Ask for events, one a call, until `stopping` is set. A poll in which nobody wrote is health. Raises BotError where the token is
    refused, or polling is, because a webhook is set."""
    failures = 0
    while not stopping.is_set():
        try:
            event = call("getUpdates", patience=POLL_SECONDS + PATIENCE, timeout=str(POLL_SECONDS))
        except BotError as error:
            if error.code in IDLE:
                failures = 0
                # One that ends at once must not become a storm.
                stopping.wait(IDLE_PAUSE)
                continue
            if error.code != TOO_MANY and error.code < 500:
                raise
        except HttpError:
            pass
        else:
            failures = 0
            _taken(event, take)
            continue
        pause = PAUSES[min(failures, len(PAUSES) - 1)]
        failures += 1
        log.warning("Zalo did not answer a poll", failures=failures, seconds=pause)
        stopping.wait(pause)


def _taken(event: object, take: Callable[[Received], None]) -> None:
    try:
        take(received(event))
    except Refused as refusal:
        log.warning("a Zalo event was refused", product=Account.Product.BOT, reason=refusal.reason)


# --- What goes -----------------------------------------------------------------------------------


def call(method: str, *, patience: float = PATIENCE, **body: object) -> Any:
    """The result of one of the bot's methods. Raises BotError, HttpError (also for an answer that is none)."""
    url = f"{settings.ZALO_BOT_URL}/bot{settings.ZALO_BOT_TOKEN}/{method}"
    answer = fetch(url, seconds=patience, body=orjson.dumps(body))
    try:
        # 200 also for failures: the body counts.
        reply = orjson.loads(answer.body)
    except orjson.JSONDecodeError:
        reply = None
    if isinstance(reply, dict) and reply.get("ok") is True:
        return reply.get("result")
    code = number_of_error(reply.get("error_code")) if isinstance(reply, dict) else None
    if code is not None:
        raise BotError(method, code)
    if answer.status in IDLE or 400 <= answer.status < 500:
        raise BotError(method, answer.status)
    raise HttpError("no answer of Zalo's")


def _delivery(code: int) -> Delivery:
    if code in (UNAUTHORIZED, FORBIDDEN) and not _is_known():
        return Delivery(Verdict.STOPPED, code, reason="Zalo refuses the bot's token")
    if code == TOO_MANY or code in IDLE or code >= 500:
        return Delivery(Verdict.AGAIN, code, pauses=True)
    if code == UNAUTHORIZED:
        return Delivery(Verdict.AGAIN, code)
    return Delivery(Verdict.GIVEN_UP, code)


def _is_known() -> bool:
    """Whether the token is good: 403 may mean this one person, and nobody may stop a bot for the others by shutting it out."""
    try:
        call("getMe")
    except BotError as error:
        return error.code not in (UNAUTHORIZED, FORBIDDEN)
    except HttpError:
        return True
    return True


def _plain(link: re.Match[str]) -> str:
    """Zalo reads a little Markdown in what a bot writes: between two of these marks it would make the middle of a link slanted."""
    return link[0].replace("_", "%5F").replace("*", "%2A").replace("~", "%7E")
