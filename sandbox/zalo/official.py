"""An Official Account: its events, and what an app may ask (oauth.zaloapp.com, openapi.zalo.me)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import html
import json
import secrets
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from sandbox.zalo.messages import Reply, Request, json_reply
from sandbox.zalo.world import FREE, OPEN, OfficialAccount, Person, World

LONGEST_TEXT = 2000
CODE_LIFE = 600_000
ACCESS_LIFE = 90_000
REFRESH_LIFE = 90 * 24 * 3600
MEANINGS = {
    0: "Success",
    -32: "Application reached its call limit",
    -201: "Parameter is invalid",
    -210: "Parameter exceeds its allowed length",
    -211: "Out of quota",
    -213: "User has not followed the OA",
    -216: "Access token is invalid",
    -230: "User has not interacted with the OA in the past 7 days",
    -242: "appsecret_proof provided in the API is invalid",
    -321: "Zalo Cloud Account is out of money",
}
GRANT_PAGE = """<!doctype html>
<html lang="vi">
<meta charset="utf-8">
<title>Cấp quyền</title>
<body style="font: 1.1em sans-serif; max-width: 30em; margin: 3em auto">
<main>
<h1>Cấp quyền cho ứng dụng</h1>
<p>Ứng dụng muốn quản lý Official Account <b>{name}</b>: gửi và nhận tin nhắn, xem thông tin người quan tâm.</p>
<form method="post"><button style="font: inherit; padding: .6em 1.2em">Đồng ý</button></form>
<p lang="en"><small>This is a stand-in for Zalo.</small></p>
</main>
"""


def signature(app_id: str, body: bytes, timestamp: str, secret_key: str) -> str:
    """SHA-256 over app id, body, the body's timestamp and the OA's secret key, one after the other; no HMAC."""
    return hashlib.sha256(app_id.encode() + body + timestamp.encode() + secret_key.encode()).hexdigest()


# --- Events --------------------------------------------------------------------------------------


def message_event(
    world: World, oa: OfficialAccount, person: Person, text: str, message_id: str, picture: str
) -> dict[str, Any]:
    message: dict[str, Any] = {"text": text, "msg_id": message_id}
    if picture:
        message = {
            "msg_id": message_id,
            "attachments": [{"type": "image", "payload": {"thumbnail": picture, "url": picture}}],
        }
        message |= {"text": text} if text else {}
    event = {"event_name": "user_send_image" if picture else "user_send_text", "message": message}
    return {**event, "sender": {"id": person.id_in(oa)}, "recipient": {"id": oa.id}, **_common(world, person)}


def follow_event(world: World, oa: OfficialAccount, person: Person, *, follows: bool) -> dict[str, Any]:
    event: dict[str, Any] = {"event_name": "follow" if follows else "unfollow", "source": "oa_profile"}
    return {**event, "follower": {"id": person.id_in(oa)}, "oa_id": oa.id, **_common(world, person)}


def _common(world: World, person: Person) -> dict[str, str]:
    by_app = str(10**18 + int.from_bytes(hashlib.sha256(f"{world.app_id} {person.key}".encode()).digest()[:7]))
    return {"app_id": world.app_id, "user_id_by_app": by_app, "timestamp": str(world.now() - world.habits.late_ms)}


def signed(world: World, oa: OfficialAccount, event: dict[str, Any]) -> tuple[bytes, dict[str, str]]:
    """Body and headers as they are posted."""
    body = json.dumps(event, ensure_ascii=world.habits.escaped, separators=(",", ":")).encode()
    mac = signature(str(event["app_id"]), body, str(event["timestamp"]), oa.secret_key)
    return body, {"Content-Type": "application/json", "X-ZEvent-Signature": f"{world.habits.prefix}{mac}"}


# --- Tokens --------------------------------------------------------------------------------------


@dataclass
class _Code:
    oa_id: str
    challenge: str
    until: int


@dataclass
class _Pair:
    """refresh works once; where it comes a second time, somebody else has it, and all of this grant dies."""

    oa_id: str
    until: int
    refresh_until: int
    spent: bool = False
    dead: bool = False
    follower: _Pair | None = None


@dataclass
class Tokens:
    """Of all accounts: codes, access tokens and refresh tokens by their text. `calls` counts what was asked for."""

    codes: dict[str, _Code] = field(default_factory=dict)
    access: dict[str, _Pair] = field(default_factory=dict)
    refresh: dict[str, _Pair] = field(default_factory=dict)


class Official:
    """What an app may ask. Failures are HTTP 200 with a number in the body."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.tokens = Tokens()

    def answer(self, asked: Request) -> Reply:
        return {
            "/v4/oa/permission": self._permission,
            "/v4/oa/access_token": self._access_token,
            "/v3.0/oa/user/detail": self._user_detail,
            "/v3.0/oa/message/cs": self._message,
        }[asked.path](asked)

    def issue(self, oa_id: str) -> dict[str, str]:
        """A pair as the token address answers it: numbers come as text."""
        access, refresh = secrets.token_urlsafe(60), secrets.token_urlsafe(90)
        now = self.world.now()
        pair = _Pair(oa_id, now + ACCESS_LIFE * 1000, now + REFRESH_LIFE * 1000)
        self.tokens.access[access] = self.tokens.refresh[refresh] = pair
        return {
            "access_token": access,
            "refresh_token": refresh,
            "expires_in": str(ACCESS_LIFE),
            "refresh_token_expires_in": str(REFRESH_LIFE),
        }

    def expire_access(self) -> None:
        """Every access token is over now, as after 25 hours."""
        for pair in self.tokens.access.values():
            pair.until = 0

    def _permission(self, asked: Request) -> Reply:
        """The page on which an account's administrator agrees: GET shows it, POST is the press."""
        if asked.query.get("app_id") != self.world.app_id or not asked.query.get("redirect_uri"):
            return Reply(b"<!doctype html><title>Zalo</title><p>app_id or redirect_uri is wrong.", 400, "text/html")
        if asked.method == "GET":
            page = GRANT_PAGE.format(name=html.escape(self.world.oa.name))
            return Reply(page.encode(), 200, "text/html; charset=utf-8")
        code = secrets.token_urlsafe(40)
        challenge = asked.query.get("code_challenge", "")
        self.tokens.codes[code] = _Code(self.world.oa.id, challenge, self.world.now() + CODE_LIFE)
        back = {"code": code, "oa_id": self.world.oa.id}
        if self.world.habits.returns_state:
            back["state"] = asked.query.get("state", "")
        sign = "&" if "?" in asked.query["redirect_uri"] else "?"
        return Reply(status=302, headers={"Location": f"{asked.query['redirect_uri']}{sign}{urlencode(back)}"})

    def _access_token(self, asked: Request) -> Reply:
        form = asked.form()
        if form.get("app_id") != self.world.app_id or asked.headers.get("secret_key") != self.world.app_secret:
            return _no_token("Invalid app id or secret key")
        if form.get("grant_type") == "authorization_code":
            code = self.tokens.codes.pop(form.get("code", ""), None)
            if code is None or code.until < self.world.now():
                return _no_token("Invalid code")
            if code.challenge and code.challenge != _s256(form.get("code_verifier", "")):
                return _no_token("Invalid code verifier")
            return json_reply(self.issue(code.oa_id))
        pair = self.tokens.refresh.get(form.get("refresh_token", ""))
        if form.get("grant_type") != "refresh_token" or pair is None or pair.refresh_until < self.world.now():
            return _no_token("Invalid refresh token")
        if pair.spent or pair.dead:
            while pair is not None:
                pair.dead, pair = True, pair.follower
            return _no_token("Invalid refresh token")
        # The old access token dies at once.
        pair.spent, pair.until = True, 0
        issued = self.issue(pair.oa_id)
        pair.follower = self.tokens.access[issued["access_token"]]
        return json_reply(issued)

    # --- Calls ---------------------------------------------------------------------------------------

    def _account(self, asked: Request) -> OfficialAccount | int:
        """Of the token, or the number of what is wrong with it."""
        token = asked.headers.get("access_token", "")
        pair = self.tokens.access.get(token)
        if pair is None or pair.dead or pair.until < self.world.now():
            return -216
        proof = hmac.new(self.world.app_secret.encode(), token.encode(), "sha256").hexdigest()
        if self.world.habits.wants_proof and asked.headers.get("appsecret_proof") != proof:
            return -242
        return self.world.accounts[pair.oa_id]

    def _user_detail(self, asked: Request) -> Reply:
        oa = self._account(asked)
        if isinstance(oa, int):
            return failed(oa)
        try:
            user_id = str(json.loads(asked.query.get("data", "{}"))["user_id"])
        except (ValueError, KeyError, TypeError):
            return failed(-201)
        chat = self.world.chat_by_id(oa, user_id)
        if chat is None:
            return failed(-201)
        if not chat.follows:
            return failed(-213)
        about = {
            "user_id": user_id,
            "user_id_by_app": _common(self.world, chat.person)["user_id_by_app"],
            "display_name": chat.person.name,
            "user_is_follower": True,
            "avatar": "",
        }
        return json_reply({"error": 0, "message": MEANINGS[0], "data": about})

    def _message(self, asked: Request) -> Reply:
        oa = self._account(asked)
        if isinstance(oa, int):
            return failed(oa)
        try:
            user_id, text = asked.json()["recipient"]["user_id"], asked.json()["message"]["text"]
        except (KeyError, TypeError):
            return failed(-201)
        chat = self.world.chat_by_id(oa, user_id) if isinstance(user_id, str) else None
        if chat is None or not isinstance(text, str) or not text:
            return failed(-201)
        if len(text) > LONGEST_TEXT:
            return failed(-210)
        if not chat.follows:
            return failed(-213)
        since = OPEN if chat.acted_at is None else self.world.now() - chat.acted_at
        if since >= OPEN:
            return failed(-230)
        if since >= FREE:
            if oa.credit == 0:
                return failed(-321)
            oa.credit -= 1
        line = self.world.write(chat, "service", text)
        data = {"message_id": line.id, "user_id": user_id, "sent_time": str(line.at)}
        return json_reply({"error": 0, "message": MEANINGS[0], "data": data})


def failed(error: int) -> Reply:
    return json_reply({"error": error, "message": MEANINGS.get(error, "Refused")})


def _no_token(description: str) -> Reply:
    # The number is not documented (docs/zalo.md): nothing may hang on it.
    return json_reply(
        {"error": -14014, "error_name": description, "error_description": description, "error_reason": ""}
    )


def _s256(verifier: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
