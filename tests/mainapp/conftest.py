"""A server that answers any bytes, for what no well-behaved stand-in would send; and clients to call it with."""

import contextlib
import io
import json
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from PIL import Image

from mainapp import versions
from mainapp.client import Deadline, MainAppClient, without_sections
from mainapp.secret import Secret

TOKEN = "17|qWerTyUiOpAsDfGhJkLzXcVbNm1234567890abcdefghijkl"


@dataclass
class Request:
    """One request as it came over the wire."""

    method: str
    path: str
    headers: list[tuple[str, str]]
    body: bytes
    connection: int

    def header(self, name: str) -> str | None:
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)


Play = Callable[[Request, socket.socket], bytes | None]


@dataclass
class RawServer:
    """Hands each request to `play`, which returns the bytes to answer with, or None after using the socket itself."""

    play: Play
    requests: list[Request] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._listening = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port = self._listening.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._open: list[socket.socket] = []
        self._connections = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                conn, _ = self._listening.accept()
            except OSError:
                return
            self._open.append(conn)
            self._connections += 1
            threading.Thread(target=self._serve, args=(conn, self._connections), daemon=True).start()

    def _serve(self, conn: socket.socket, number: int) -> None:
        try:
            while (request := _read_request(conn, number)) is not None:
                self.requests.append(request)
                answer = self.play(request, conn)
                if answer is None:
                    return
                conn.sendall(answer)
        except OSError:
            pass
        finally:
            conn.close()

    @property
    def connections(self) -> int:
        return self._connections

    def close(self) -> None:
        # shutdown first: on Linux close() alone leaves accept() waiting.
        with contextlib.suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        for conn in self._open:
            conn.close()


def _read_request(conn: socket.socket, number: int) -> Request | None:
    data = b""
    while b"\r\n\r\n" not in data:
        piece = conn.recv(65536)
        if not piece:
            return None
        data += piece
    head, _, body = data.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    method, path, _ = first.split(" ")
    headers = [(name, value.strip()) for name, _, value in (line.partition(":") for line in lines)]
    request = Request(method, path, headers, body, number)
    length = int(request.header("content-length") or 0)
    while len(request.body) < length:
        request.body += conn.recv(65536)
    return request


def http(status: int, body: Any, headers: dict[str, str] | None = None, *, version: str | None = "v1.18.5") -> bytes:
    """An HTTP/1.1 answer; a body that is not bytes is sent as JSON, None as no body at all."""
    raw = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
    told = {"Content-Type": "application/json"} | (headers or {})
    if version is not None:
        told["X-App-Version"] = version
    if status != 204:
        told.setdefault("Content-Length", str(len(raw)))
    lines = "".join(f"{name}: {value}\r\n" for name, value in told.items())
    return f"HTTP/1.1 {status} Whatever\r\n{lines}\r\n".encode() + raw


def ok(data: Any, status: int = 200, **told: Any) -> bytes:
    return http(status, {"success": True, "data": data}, **told)


ME = {
    "id": 42,
    "name": "Mai",
    "email": "mai@example.com",
    "email_verified_at": "2026-01-01T00:00:00.000000Z",
    "is_banned": False,
    "locale": "vi",
}


def client_of(url: str, *, seconds: float = 10, token: str | None = TOKEN) -> MainAppClient:
    return MainAppClient(
        Secret(token) if token else None,
        language="vi",
        request_id="req-1",
        deadline=Deadline(seconds),
        base_url=url,
    )


@pytest.fixture(autouse=True)
def _nothing_remembered() -> Iterator[None]:
    yield
    versions.seen.clear()
    without_sections.clear()


@pytest.fixture
def serve() -> Iterator[Callable[[Play], RawServer]]:
    servers: list[RawServer] = []

    def start(play: Play) -> RawServer:
        servers.append(RawServer(play))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


@pytest.fixture
def tiny_png() -> bytes:
    made = io.BytesIO()
    Image.new("RGB", (32, 32), "orange").save(made, "PNG")
    return made.getvalue()
