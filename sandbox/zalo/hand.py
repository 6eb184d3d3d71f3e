"""The page to chat by hand, and the switches behind it, under /__zalo/; no Zalo has these."""

from __future__ import annotations

import dataclasses
import json
import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sandbox.zalo.faults import Fault
from sandbox.zalo.messages import Reply, Request, json_reply

if TYPE_CHECKING:
    from sandbox.zalo.server import ZaloServer

PAGE = Path(__file__).with_name("page.html")
LONGEST_WAIT = 25.0
PICTURE_KINDS = ("image/jpeg", "image/png", "image/webp", "image/gif")


class Hand:
    def __init__(self, zalo: ZaloServer) -> None:
        self.zalo = zalo

    def answer(self, asked: Request) -> Reply:
        if asked.path.startswith("/pictures/"):
            kind, data = self.zalo.world.pictures.get(asked.path.rpartition("/")[2], ("", b""))
            return Reply(data, 200, kind) if kind else json_reply({"message": "No such picture."}, 404)
        deed = {
            "GET /": self._page,
            "GET /__zalo/people": self._people,
            "GET /__zalo/chat": self._chat,
            "GET /__zalo/deliveries": self._deliveries,
            "GET /__zalo/faults": self._show_faults,
            "PUT /__zalo/faults": self._set_faults,
            "DELETE /__zalo/faults": self._clear_faults,
            "GET /__zalo/habits": self._show_habits,
            "PUT /__zalo/habits": self._set_habits,
            "POST /__zalo/say": self._say,
            "POST /__zalo/follow": self._follow,
            "POST /__zalo/picture": self._picture,
            "POST /__zalo/advance": self._advance,
            "POST /__zalo/tokens": self._tokens,
        }.get(f"{asked.method} {asked.path}")
        if deed is None:
            return json_reply({"message": "No such page."}, 404)
        try:
            return deed(asked)
        except (KeyError, TypeError, ValueError) as error:
            return json_reply({"message": f"Not understood: {error}"}, 422)

    def _page(self, asked: Request) -> Reply:
        return Reply(PAGE.read_bytes(), 200, "text/html; charset=utf-8")

    def _people(self, asked: Request) -> Reply:
        world = self.zalo.world
        people = [dataclasses.asdict(person) for person in world.people.values()]
        return json_reply({"people": people, "oa": world.oa.name, "bot": world.bot.name})

    def _chat(self, asked: Request) -> Reply:
        """Lines from the `after`th on, as soon as there is one or `wait` seconds are over."""
        chat = self.zalo.chat(asked.query["person"], asked.query.get("to", "oa"))
        after, wait = int(asked.query.get("after", "0")), min(float(asked.query.get("wait", "0")), LONGEST_WAIT)
        with self.zalo.world.changed:
            self.zalo.world.changed.wait_for(lambda: len(chat.lines) > after, wait)
            return json_reply(
                {"follows": chat.follows, "lines": [dataclasses.asdict(line) for line in chat.lines[after:]]}
            )

    def _deliveries(self, asked: Request) -> Reply:
        shown = [
            {"account": one.account.id, "statuses": one.statuses, "due": one.due} for one in self.zalo.deliveries.all
        ]
        return json_reply({"deliveries": shown})

    def _show_faults(self, asked: Request) -> Reply:
        return json_reply({"faults": self.zalo.faults.as_json(), "a_fault": dataclasses.asdict(Fault())})

    def _set_faults(self, asked: Request) -> Reply:
        wanted = [Fault(**one) for one in json.loads(asked.body)]
        self.zalo.faults.clear()
        for one in wanted:
            self.zalo.faults.add(**dataclasses.asdict(one))
        return self._show_faults(asked)

    def _clear_faults(self, asked: Request) -> Reply:
        self.zalo.faults.clear()
        return self._show_faults(asked)

    def _show_habits(self, asked: Request) -> Reply:
        return json_reply(dataclasses.asdict(self.zalo.world.habits))

    def _set_habits(self, asked: Request) -> Reply:
        """Those named; `hold` set back to false posts what was held, the newest first."""
        world = self.zalo.world
        held = world.habits.hold
        world.habits = dataclasses.replace(world.habits, **asked.json())
        if held and not world.habits.hold:
            self.zalo.deliveries.release()
        return self._show_habits(asked)

    def _say(self, asked: Request) -> Reply:
        body = asked.json()
        told_as: dict[str, Any] = {
            name: str(body[name]) for name in ("to", "picture", "group", "kind") if body.get(name)
        }
        delivery = self.zalo.says(str(body["person"]), str(body.get("text", "")), **told_as)
        return json_reply({"statuses": None if delivery is None else delivery.statuses})

    def _follow(self, asked: Request) -> Reply:
        body = asked.json()
        delivery = self.zalo.follow(str(body["person"]), follows=bool(body.get("follows", True)))
        return json_reply({"statuses": None if delivery is None else delivery.statuses})

    def _picture(self, asked: Request) -> Reply:
        kind = asked.headers.get("content-type", "")
        if kind not in PICTURE_KINDS:
            raise ValueError("a picture's Content-Type is one of " + ", ".join(PICTURE_KINDS))
        name = secrets.token_hex(8)
        self.zalo.world.pictures[name] = (kind, asked.body)
        return json_reply({"url": f"{self.zalo.pictures_url}/{name}"})

    def _advance(self, asked: Request) -> Reply:
        self.zalo.advance(float(asked.json()["seconds"]))
        return json_reply({"now": self.zalo.world.now()})

    def _tokens(self, asked: Request) -> Reply:
        return json_reply(self.zalo.issue_tokens())
