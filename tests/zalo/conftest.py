"""Zalo as it is seen from here: a server with its two hosts' calls, signed events, and a person who writes."""

import hashlib
import json
import threading
import time
import urllib.parse
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from chat.zalo.models import Account, Sender, Tokens, account
from mainapp.secret import Secret
from oauthbridge.models import Connection
from tests.chat.conftest import talk  # noqa: F401 - a person who is signed in

APP, APP_SECRET = "4012345678901234567", "an app's secret key"
OA, OA_SECRET = "2345678901234567890", "an-account-secret-key"
OTHER, OTHER_SECRET = "3456789012345678901", "another-secret-key"
MAI = "8765432109876543210"


@dataclass
class Zalo:
    """What Zalo's servers were asked, and what they say. errors: of the next sends; pairs: one refresh token is good at a time."""

    url: str = ""
    sent: list[tuple[str, str]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    errors: list[int | str] = field(default_factory=list)
    refreshes: list[dict[str, str]] = field(default_factory=list)
    refresh_error: dict[str, Any] | None = None
    delay: float = 0.0
    access: str = "access-0"
    refresh: str = "refresh-0"
    lock: threading.Lock = field(default_factory=threading.Lock)

    def texts(self) -> list[str]:
        return [text for _to, text in self.sent]

    def ask_tokens(self, form: dict[str, str]) -> dict[str, Any]:
        time.sleep(self.delay)
        with self.lock:
            self.refreshes.append(form)
            if self.refresh_error is not None:
                return self.refresh_error
            if form["grant_type"] == "refresh_token" and form["refresh_token"] != self.refresh:
                return {"error": -14014, "error_name": "Invalid refresh token"}
            number = len(self.refreshes)
            self.access, self.refresh = f"access-{number}", f"refresh-{number}"
            return {"access_token": self.access, "refresh_token": self.refresh, "expires_in": "90000"}

    def send(self, headers: dict[str, str], message: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        with self.lock:
            self.headers.append(headers)
            error = self.errors.pop(0) if self.errors else 0
            if error == "away":
                return 503, {}
            if error == 0 and headers.get("access_token") != self.access:
                error = -216
            if error:
                return 200, {"error": error, "message": "no"}
            self.sent.append((message["recipient"]["user_id"], message["message"]["text"]))
            return 200, {"error": 0, "message": "Success", "data": {"message_id": str(len(self.sent))}}


@pytest.fixture
def zalo(settings: Any) -> Iterator[Zalo]:
    state = Zalo()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            status, answer = 200, {}
            if self.path == "/v4/oa/access_token":
                answer = state.ask_tokens(dict(urllib.parse.parse_qsl(body.decode())))
            else:
                assert self.path == "/v3.0/oa/message/cs"
                status, answer = state.send(headers, json.loads(body))
            payload = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(payload)))
            self.end_headers()
            self.wfile.write(payload)

        def log_message(self, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state.url = f"http://127.0.0.1:{server.server_port}"
    settings.ZALO_APP_ID, settings.ZALO_APP_SECRET = APP, APP_SECRET
    settings.ZALO_OFFICIAL_ACCOUNTS = {OA: OA_SECRET, OTHER: OTHER_SECRET}
    settings.ZALO_API_URL = settings.ZALO_OAUTH_URL = state.url
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield state
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def oa(zalo: Zalo, db: None) -> Account:
    """Our Official Account, granted a moment ago."""
    return granted(zalo, OA)


def granted(zalo: Zalo, own_id: str) -> Account:
    row = account(Account.Product.OFFICIAL_ACCOUNT, own_id)
    row.seal_tokens(Tokens(Secret(zalo.access), Secret(zalo.refresh)))
    row.refreshed_at = timezone.now()
    row.expires_at = row.refreshed_at + timedelta(hours=25)
    row.save()
    return row


def milliseconds(ago: float = 0.0) -> str:
    """Zalo's way to write a moment so many seconds ago."""
    return str(round((time.time() - ago) * 1000))


def event(text: str = "help", *, by: str = MAI, to: str = OA, ago: float = 0.0, **changes: Any) -> dict[str, Any]:
    """A message as the Official Account's webhook tells of it; `changes` replace what stands in it."""
    number = next(_numbers)
    return {
        "event_name": "user_send_text",
        "app_id": APP,
        "sender": {"id": by},
        "recipient": {"id": to},
        "message": {"text": text, "msg_id": f"msg-{number}"},
        "timestamp": milliseconds(ago),
        "user_id_by_app": "5555",
        **changes,
    }


_numbers = iter(range(1, 10**9))


def signature(body: bytes, timestamp: str, *, secret: str = OA_SECRET, app: str = APP) -> str:
    return hashlib.sha256(app.encode() + body + timestamp.encode() + secret.encode()).hexdigest()


Post = Callable[..., Any]


@pytest.fixture
def post() -> Post:
    """Send an event to the webhook as Zalo does; `signed` in place of the right signature."""

    def send(
        what: dict[str, Any] | bytes, *, secret: str = OA_SECRET, signed: str | None = None, **headers: str
    ) -> Any:
        body = what if isinstance(what, bytes) else json.dumps(what, ensure_ascii=False).encode()
        if signed is None:
            signed = signature(body, json.loads(body)["timestamp"], secret=secret)
        headers = {"X-ZEvent-Signature": signed}
        return Client().post("/zalo/webhook", body, content_type="application/json", headers=headers)

    return send


@pytest.fixture
def linked(oa: Account, talk: Callable[..., Any]) -> Callable[..., Sender]:  # noqa: F811 - the fixture imported above
    """A sender who has signed in as one of the stand-in's people."""

    def link(key: str = "mai", *, by: str = MAI, **options: Any) -> Sender:
        connection: Connection = talk(key, **options).connection
        return Sender.objects.create(account=oa, sender_id=by, connection=connection, linked_at=timezone.now())

    return link
