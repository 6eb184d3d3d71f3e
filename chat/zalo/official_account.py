"""Zalo's Official Account: its webhook's events (zalo-api.md §2) and its consultation messages (§4)."""

import hashlib
import hmac
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import structlog
from django.conf import settings
from django.utils import timezone

from chat.zalo import tokens
from chat.zalo.adapters import Delivery, Incoming, Received, Refused, Verdict, number_of_error
from chat.zalo.models import DUPLICATES_COME_WITHIN, Account, Event
from mainapp.http.connection import HttpError
from mainapp.http.fetching import fetch
from mainapp.secret import Secret
from oauthbridge.tokens import CannotDecrypt

PATIENCE = 10.0
# More than Zalo lets anybody write.
LONGEST_MESSAGE = 4000
# What an id may be: it becomes part of a key and of an address.
_ID = re.compile(r"[0-9A-Za-z_-]{1,64}")
_MESSAGE_ID = re.compile(r"[!-~]{1,120}")
_MILLISECONDS = re.compile(r"[0-9]{13}")

Kind = Event.Kind
_KINDS = {
    "user_send_text": Kind.TEXT,
    "user_send_image": Kind.PICTURE,
    **{
        f"user_send_{what}": Kind.OTHER
        for what in ("gif", "sticker", "file", "audio", "video", "location", "link", "business_card")
    },
    "follow": Kind.FOLLOW,
    "unfollow": Kind.UNFOLLOW,
}

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


class OfficialAccount:
    product = Account.Product.OFFICIAL_ACCOUNT

    def is_on(self) -> bool:
        return bool(settings.ZALO_OFFICIAL_ACCOUNTS)

    def read(self, headers: Mapping[str, str], body: bytes) -> Received:
        try:
            event = orjson.loads(body)
        except orjson.JSONDecodeError:
            raise Refused("malformed") from None
        if not isinstance(event, dict):
            raise Refused("malformed")
        own_id = _own_id(event)
        written = event.get("timestamp")
        # As it is written: it is part of what is signed.
        if not isinstance(written, str) or not _MILLISECONDS.fullmatch(written):
            raise Refused("malformed")
        _verify(headers.get("X-ZEvent-Signature", ""), body, written, settings.ZALO_OFFICIAL_ACCOUNTS[own_id])
        sent_at = datetime.fromtimestamp(int(written) / 1000, UTC)
        now = timezone.now()
        if now - sent_at > DUPLICATES_COME_WITHIN:
            raise Refused("too_old")
        return Received(own_id, _incoming(event, own_id, written, min(sent_at, now)))

    def send(self, account: Account, chat_id: str, text: str) -> Delivery:
        try:
            token = tokens.access_token(account)
            error = _send(token, chat_id, text)
            if error in _TOKEN_REFUSED:
                error = _send(tokens.access_token(account, instead_of=token), chat_id, text)
        except HttpError:
            return Delivery(Verdict.AGAIN, 0, pauses=True)
        except tokens.NoToken as failure:
            return Delivery(Verdict.STOPPED if failure.stopped else Verdict.AGAIN, reason=failure.reason, pauses=True)
        except CannotDecrypt:
            return Delivery(Verdict.STOPPED, reason="its tokens can't be decrypted")
        return _delivery(error)


# --- What comes ----------------------------------------------------------------------------------


def _own_id(event: dict[str, Any]) -> str:
    """Which of our accounts it came to. An echo of what was sent from one has it as its sender. Raises Refused."""
    to, by = event.get("recipient"), event.get("sender")
    named = [event.get("oa_id"), to.get("id") if isinstance(to, dict) else None]
    if not str(event.get("event_name")).startswith("user_send_"):
        named.append(by.get("id") if isinstance(by, dict) else None)
    ours = [one for one in named if isinstance(one, str) and one in settings.ZALO_OFFICIAL_ACCOUNTS]
    if not ours:
        raise Refused("unknown_account")
    return str(ours[0])


def _verify(signature: str, body: bytes, timestamp: str, secret: str) -> None:
    """SHA-256, not HMAC, of app id, body as received, timestamp and the account's secret key (zalo-api.md §2.2). Raises Refused."""
    signed = settings.ZALO_APP_ID.encode() + body + timestamp.encode() + secret.encode()
    expected = hashlib.sha256(signed).hexdigest().encode()
    if not hmac.compare_digest(signature.removeprefix("mac=").encode(), expected):
        raise Refused("forged")


def _incoming(event: dict[str, Any], own_id: str, written: str, sent_at: datetime) -> Incoming | None:
    """None for what nobody is to be answered for: receipts, echoes, groups. Raises Refused."""
    name = str(event.get("event_name"))
    kind = _KINDS.get(name)
    if kind is None or "group_id" in event or "group_info" in event:
        return None
    if kind in (Kind.FOLLOW, Kind.UNFOLLOW):
        follower = _id_in(event, "follower")
        return Incoming(kind, follower, f"{name} {follower} {written}", sent_at)
    message = event.get("message")
    if not isinstance(message, dict) or _id_in(event, "recipient") != own_id:
        raise Refused("malformed")
    key, text = message.get("msg_id"), message.get("text", "")
    if not isinstance(key, str) or not _MESSAGE_ID.fullmatch(key) or not isinstance(text, str):
        raise Refused("malformed")
    return Incoming(
        kind, _id_in(event, "sender"), key, sent_at, text=text[:LONGEST_MESSAGE], attachment_url=_attachment(message)
    )


def _id_in(event: dict[str, Any], role: str) -> str:
    who = event.get(role)
    id_ = who.get("id") if isinstance(who, dict) else None
    if not isinstance(id_, str) or not _ID.fullmatch(id_):
        raise Refused("malformed")
    return id_


def _attachment(message: dict[str, Any]) -> str:
    """The address of the first thing that was sent along, if it is one."""
    listed = message.get("attachments")
    first = listed[0] if isinstance(listed, list) and listed else None
    payload = first.get("payload") if isinstance(first, dict) else None
    url = payload.get("url") if isinstance(payload, dict) else None
    return url if isinstance(url, str) and len(url) <= 2000 else ""


# --- What goes -----------------------------------------------------------------------------------

# zalo-api.md §4.2. The rest is given up: of a person who can't receive, of a field that is wrong, and whatever is new.
_TOKEN_REFUSED = frozenset({-216, -220})
_TOO_MANY = -32
_NIGHT = -234
_STOPS = {
    -204: "Zalo says that the Official Account is not usable",
    -205: "Zalo says that the Official Account is not usable",
    -209: "Zalo says that the app is not usable",
    -219: "Zalo says that the app is not usable",
    -221: "Zalo says that the Official Account is not verified",
    -223: "Zalo says that the app may not send for the Official Account",
    -235: "Zalo says that the Official Account may not use this call",
    -248: "Zalo says that a message broke its policy",
}
_COSTS = frozenset({-211, -212, -224, -320, -321})
_OURS = frozenset({-201, -210, -233, -240, -242})
# Zalo's nights end at six in Vietnam, which has no summer time.
_HANOI = timedelta(hours=7)
_MORNING = 6


def _send(token: Secret, user_id: str, text: str) -> int:
    """Zalo's error number, 0 when it was sent. Raises HttpError, also for an answer that is none."""
    body = orjson.dumps({"recipient": {"user_id": user_id}, "message": {"text": text}})
    headers = {"access_token": token.reveal()}
    if settings.ZALO_APP_SECRET_PROOF:
        secret = settings.ZALO_APP_SECRET.encode()
        headers["appsecret_proof"] = hmac.new(secret, token.reveal().encode(), hashlib.sha256).hexdigest()
    answer = fetch(f"{settings.ZALO_API_URL}/v3.0/oa/message/cs", seconds=PATIENCE, body=body, headers=headers)
    try:
        # 200 also for failures: the number in the body counts.
        error = number_of_error(orjson.loads(answer.body)["error"])
    except (orjson.JSONDecodeError, KeyError, TypeError):
        error = None
    if error is None or answer.status >= 500:
        raise HttpError("no answer of Zalo's")
    return error


def _delivery(error: int) -> Delivery:
    if error == 0:
        return Delivery(Verdict.SENT, 0)
    if error == _TOO_MANY:
        return Delivery(Verdict.AGAIN, error, pauses=True)
    if error == _NIGHT:
        return Delivery(Verdict.AGAIN, error, not_before=_next_morning(timezone.now()))
    if error in _TOKEN_REFUSED:
        return Delivery(Verdict.STOPPED, error, reason="Zalo refuses a token that it has just given")
    if error in _STOPS:
        return Delivery(Verdict.STOPPED, error, reason=_STOPS[error])
    if error in _OURS:
        log.error("Zalo refused what we sent", error=error)
    return Delivery(Verdict.GIVEN_UP, error, costs=error in _COSTS)


def _next_morning(now: datetime) -> datetime:
    there = now + _HANOI
    morning = there.replace(hour=_MORNING, minute=0, second=0, microsecond=0)
    return (morning if morning > there else morning + timedelta(days=1)) - _HANOI
