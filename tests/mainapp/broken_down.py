"""A main app that breaks down, and those who call it."""

import socket
import struct
import time
from collections.abc import Callable

from mainapp import breaker, errors, routes, versions
from mainapp.client import MainAppClient
from mainapp.versions import AppVersion
from tests.mainapp.conftest import RawServer, Request, client_of, http, ok

PAGE = b"<html>Bad Gateway</html>"


class MainApp:
    """Answers what it is told to: `state` for everything, `only` for some paths."""

    def __init__(self, serve) -> None:
        self.state: bytes = ok([])
        self.only: dict[str, bytes | Callable[..., bytes | None]] = {}
        self.server: RawServer = serve(self._answer)
        self.url = self.server.url
        versions.seen[self.url] = AppVersion(1, 18, 5)

    def _answer(self, request: Request, conn: socket.socket) -> bytes | None:
        for path, answer in self.only.items():
            if request.path.startswith("/api" + path):
                return answer(request, conn) if callable(answer) else answer
        return self.state

    def count(self, path: str) -> int:
        return sum(request.path == "/api" + path for request in self.server.requests)


def person(main_app: MainApp, number: int = 1) -> MainAppClient:
    return client_of(main_app.url, token=f"{number}|token-of-person-{number}")


def ask(main_app: MainApp, times: int, *, route=routes.MY_PETS, people: int = 1) -> list[Exception | None]:
    """So many calls, by so many people in turn; how each ended."""
    endings: list[Exception | None] = []
    ids = (1,) * len(route.parameters)
    for number in range(times):
        try:
            person(main_app, number % people + 1).call(route, *ids)
            endings.append(None)
        except errors.MainAppError as error:
            endings.append(error)
    return endings


def break_down(main_app: MainApp) -> None:
    """For everybody, and until that is known."""
    main_app.state = http(502, PAGE)
    ask(main_app, 3)
    ask(main_app, 3, people=2, route=routes.PET)
    until(lambda: is_open(main_app))


def until(holds: Callable[[], bool], seconds: float = 5) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.01)


def is_open(main_app: MainApp) -> bool:
    return breaker.breaker_for(main_app.url).refusal() is not None


def cut(request: Request, conn: socket.socket) -> None:
    conn.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def fail(one: breaker.Breaker, times: int = 1) -> None:
    for _ in range(times):
        one.note(errors.Unreachable(), time.monotonic())
