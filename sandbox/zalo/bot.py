"""A bot of the Zalo Bot Platform: its events, and its methods under /bot<ID:SECRET>/ (bot-api.zaloplatforms.com)."""

from __future__ import annotations

import json
from typing import Any

from sandbox.zalo.messages import Reply, Request, json_reply
from sandbox.zalo.world import Bot, Chat, Line, World

LONGEST_TEXT = 2000
LONGEST_POLL = 60.0
LOOPBACK = ("http://127.0.0.1", "http://localhost")


def message_event(world: World, chat: Chat, line: Line, kind: str = "") -> dict[str, Any]:
    """`kind`: text, image, sticker, unsupported; else told by the line."""
    kind = kind or ("image" if line.picture else "text")
    sent_at = line.at // 1000 if world.habits.seconds else line.at
    person_id = chat.person.id_in(chat.account)
    message: dict[str, Any] = {
        "message_id": line.id,
        "date": sent_at,
        "chat": {"id": chat.id, "chat_type": "PRIVATE" if chat.id == person_id else "GROUP"},
        "from": {"id": person_id, "display_name": chat.person.name, "is_bot": False},
        "message_type": f"CHAT_{kind.upper()}",
    }
    message |= {
        "text": {"text": line.text},
        "image": {"photo_url": line.picture, "caption": line.text},
        "sticker": {"sticker": "bfe458bf64fa8da4d4eb"},
        "unsupported": {},
    }[kind]
    return {"event_name": f"message.{kind}.received", "message": message}


def posted(world: World, bot: Bot, event: dict[str, Any]) -> tuple[bytes, dict[str, str]]:
    """Body and headers as they are posted."""
    event = {"ok": True, "result": event} if world.habits.wrapped else event
    body = json.dumps(event, ensure_ascii=world.habits.escaped).encode()
    return body, {"Content-Type": "application/json", "X-Bot-Api-Secret-Token": bot.webhook_secret}


class BotApi:
    def __init__(self, world: World) -> None:
        self.world = world

    def answer(self, asked: Request) -> Reply:
        token, _, method = asked.path.removeprefix("/bot").partition("/")
        bot = self.world.bot
        if token != bot.token:
            return failed(401, "Unauthorized")
        deed = {
            "getMe": self._me,
            "setWebhook": self._set_webhook,
            "getWebhookInfo": self._webhook_info,
            "deleteWebhook": self._delete_webhook,
            "getUpdates": self._updates,
            "sendMessage": self._send,
            "sendChatAction": self._action,
        }.get(method)
        return failed(404, "Not Found") if deed is None else deed(bot, asked.json())

    def _me(self, bot: Bot, body: dict[str, Any]) -> Reply:
        return done({"id": bot.id, "account_name": "bot.meomaimoi", "account_type": "BASIC", "can_join_groups": False})

    def _set_webhook(self, bot: Bot, body: dict[str, Any]) -> Reply:
        url, secret = str(body.get("url", "")), str(body.get("secret_token", ""))
        # The real one takes https alone; this one has no certificate to ask for on its own machine.
        if not url.startswith(("https://", *LOOPBACK)):
            return failed(400, "Bad Request: url must be https")
        if not 8 <= len(secret) <= 256:
            return failed(400, "Bad Request: secret_token must be between 8 and 256 characters")
        bot.webhook, bot.webhook_secret, bot.updated_at = url, secret, self.world.now()
        return self._webhook_info(bot, body)

    def _webhook_info(self, bot: Bot, body: dict[str, Any]) -> Reply:
        return done({"url": bot.webhook, "updated_at": bot.updated_at})

    def _delete_webhook(self, bot: Bot, body: dict[str, Any]) -> Reply:
        bot.webhook, bot.updated_at = "", self.world.now()
        return self._webhook_info(bot, body)

    def _updates(self, bot: Bot, body: dict[str, Any]) -> Reply:
        """One event, or after `timeout` (seconds, as text) the failure that only says that nobody wrote."""
        if bot.webhook:
            return failed(400, "Bad Request: can't use getUpdates while a webhook is set")
        timeout = str(body.get("timeout", "30"))
        patience = min(float(timeout) if timeout.isdigit() else 0.0, LONGEST_POLL)
        with self.world.changed:
            if not self.world.changed.wait_for(lambda: bool(bot.updates), patience):
                return failed(408, "Request timeout")
            return done(bot.updates.pop(0))

    def _send(self, bot: Bot, body: dict[str, Any]) -> Reply:
        text = body.get("text")
        chat = self.world.chat_by_id(bot, str(body.get("chat_id")))
        if chat is None:
            return failed(400, "Bad Request: chat not found")
        if not isinstance(text, str) or not 1 <= len(text) <= LONGEST_TEXT:
            return failed(400, "Bad Request: text must be between 1 and 2000 characters")
        if bot.left_this_month == 0:
            return failed(429, "Quota exceeded")
        bot.left_this_month -= 1
        line = self.world.write(chat, "service", text)
        return done({"message_id": line.id, "date": line.at})

    def _action(self, bot: Bot, body: dict[str, Any]) -> Reply:
        return done({}) if body.get("action") == "typing" else failed(400, "Bad Request: action")


def done(result: dict[str, Any]) -> Reply:
    return json_reply({"ok": True, "result": result})


def failed(code: int, description: str) -> Reply:
    """HTTP 200, whatever the number says."""
    return json_reply({"ok": False, "error_code": code, "description": description})
