"""The stand-in Zalo on a port of its own: one address for the hosts that are three in the real one."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

from sandbox.zalo import bot, official
from sandbox.zalo.delivery import Deliveries, Delivery
from sandbox.zalo.faults import Faults
from sandbox.zalo.hand import Hand
from sandbox.zalo.messages import Reply, Request
from sandbox.zalo.world import Account, Chat, Line, World

OFFICIAL = ("/v4/oa/permission", "/v4/oa/access_token", "/v3.0/oa/user/detail", "/v3.0/oa/message/cs")
LONGEST_BODY = 5_000_000


class ZaloServer:
    """A context manager, or start() and stop(). `certificate`: a file of certificate and key, with which pictures are served over HTTPS
    on a second port, as a connector demands."""

    def __init__(
        self,
        port: int = 0,
        *,
        host: str = "127.0.0.1",
        certificate: Path | None = None,
        pictures_port: int = 0,
        world: World | None = None,
    ) -> None:
        self.world = world or World()
        self.faults = Faults()
        self.deliveries = Deliveries(self.world)
        self.official = official.Official(self.world)
        self.bot_api = bot.BotApi(self.world)
        self.requests: list[str] = []
        self._hand = Hand(self)
        self._servers = [_Server((host, port), self)]
        self.url = f"http://{host}:{self._servers[0].server_port}"
        self.pictures_url = f"{self.url}/pictures"
        if certificate is not None:
            secure = _Server((host, pictures_port), self)
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            secure.socket = context.wrap_socket(secure.socket, server_side=True)
            self._servers.append(secure)
            self.pictures_url = f"https://localhost:{secure.server_port}/pictures"

    # --- What people do -------------------------------------------------------------------------

    def says(
        self, person: str, text: str = "", *, to: str = "oa", picture: str = "", group: str = "", kind: str = ""
    ) -> Delivery | None:
        """A message of `person` to the account (`oa`) or the `bot`, posted before this returns; None where nothing is posted: it waits
        for getUpdates, or nobody has set a webhook. kind: of a bot's event, where text or picture don't tell."""
        account = self.account(to)
        chat = self.world.chat(account, self.world.people[person], group)
        line = self.world.write(chat, "person", text, picture=picture, ago=self.world.habits.late_ms)
        if to == "bot":
            return self._bot_event(chat, line, kind)
        event = official.message_event(self.world, self.world.oa, chat.person, text, line.id, picture)
        return self.deliveries.post(account, *official.signed(self.world, self.world.oa, event))

    def follow(self, person: str, *, follows: bool = True) -> Delivery | None:
        who = self.world.people[person]
        self.world.chat(self.world.oa, who).follows = follows
        event = official.follow_event(self.world, self.world.oa, who, follows=follows)
        return self.deliveries.post(self.world.oa, *official.signed(self.world, self.world.oa, event))

    def unfollow(self, person: str) -> Delivery | None:
        return self.follow(person, follows=False)

    def _bot_event(self, chat: Chat, line: Line, kind: str) -> Delivery | None:
        event = bot.message_event(self.world, chat, line, kind)
        if self.world.bot.webhook:
            return self.deliveries.post(self.world.bot, *bot.posted(self.world, self.world.bot, event))
        with self.world.changed:
            wrapped = {"ok": True, "result": event} if self.world.habits.wrapped else event
            self.world.bot.updates.append(wrapped)
            self.world.changed.notify_all()
        return None

    # --- What can be seen -----------------------------------------------------------------------

    def account(self, which: str) -> Account:
        return self.world.bot if which == "bot" else self.world.oa

    def chat(self, person: str, to: str = "oa", group: str = "") -> Chat:
        return self.world.chat(self.account(to), self.world.people[person], group)

    def answers(self, person: str, to: str = "oa", group: str = "") -> list[str]:
        """What the service has written to them so far."""
        with self.world.lock:
            return [line.text for line in self.chat(person, to, group).lines if line.by == "service"]

    def waited_answers(self, count: int, person: str, to: str = "oa", *, seconds: float = 20) -> list[str]:
        """The same, once there are so many. Raises TimeoutError."""
        with self.world.changed:
            if not self.world.changed.wait_for(lambda: len(self.answers(person, to)) >= count, seconds):
                raise TimeoutError(f"{len(self.answers(person, to))} of {count} answers within {seconds} s")
            return self.answers(person, to)

    def person_id(self, person: str, to: str = "oa") -> str:
        return self.world.people[person].id_in(self.account(to))

    # --- Time and tokens ------------------------------------------------------------------------

    def advance(self, seconds: float) -> None:
        """Time passes here, and what is to be posted again is."""
        self.world.pass_time(int(seconds * 1000))
        self.deliveries.repeat()

    def issue_tokens(self) -> dict[str, str]:
        """What an administrator's grant would give, without asking anybody."""
        return self.official.issue(self.world.oa.id)

    # --- Serving --------------------------------------------------------------------------------

    def answer(self, asked: Request) -> Reply | None:
        """None: the connection is closed without an answer."""
        is_bot = asked.path.startswith("/bot") and "/" in asked.path[4:]
        if not is_bot and asked.path not in OFFICIAL:
            return self._hand.answer(asked)
        self.requests.append(f"{asked.method} {'/bot…/' + asked.path.rpartition('/')[2] if is_bot else asked.path}")
        fault = self.faults.met_by(asked.path)
        time.sleep(fault.latency_ms / 1000)
        if fault.drop == "before":
            return None
        if fault.status:
            return Reply(b"<html>Bad gateway</html>", fault.status, "text/html")
        if fault.error:
            return bot.failed(fault.error, "Refused") if is_bot else official.failed(fault.error)
        reply = self.bot_api.answer(asked) if is_bot else self.official.answer(asked)
        return None if fault.drop == "after" else reply

    def start(self) -> Self:
        for server in self._servers:
            threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True, name="zalo").start()
        return self

    def stop(self) -> None:
        for server in self._servers:
            server.shutdown()
            server.server_close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 512

    def __init__(self, address: tuple[str, int], zalo: ZaloServer) -> None:
        self.zalo = zalo
        super().__init__(address, _Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Quiet where a client went away."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = 64 * 1024
    server: _Server

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        length = self.headers.get("Content-Length", "0")
        size = int(length) if length.isdigit() else 0
        if size > LONGEST_BODY:
            self.close_connection = True
            self._send(Reply(status=413))
            return
        body = self.rfile.read(size)
        headers = {name.lower(): value for name, value in self.headers.items()}
        reply = self.server.zalo.answer(Request(self.command, parts.path, dict(parse_qsl(parts.query)), headers, body))
        if reply is None:
            self.close_connection = True
            with contextlib.suppress(OSError):
                self.connection.shutdown(socket.SHUT_RDWR)
            return
        self._send(reply)

    do_POST = do_PUT = do_DELETE = do_GET  # noqa: N815 - http.server's names

    def _send(self, reply: Reply) -> None:
        self.send_response(reply.status)
        for name, value in {
            "Content-Type": reply.kind,
            "Content-Length": str(len(reply.body)),
            **reply.headers,
        }.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(reply.body)

    def log_message(self, *_: object) -> None:
        """Quiet: a bot's address holds its token."""
