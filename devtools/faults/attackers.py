"""Who holds on to a process of the connector: `python -m devtools.faults.attackers PORT half=20 greedy=45 idle=1040`, until killed.

Whoever is ended comes again.
"""

import asyncio
import contextlib
import socket
import sys
from collections.abc import Callable, Coroutine
from typing import Any

_HEAD = b"Host: connector.example.com\r\nX-Forwarded-Proto: https\r\n"
_HALF_A_POST = (
    b"POST /oauth/token HTTP/1.1\r\n"
    + _HEAD
    + b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 100\r\n\r\ngrant_type="
)
_ASKS = (b"GET /openapi.json HTTP/1.1\r\n" + _HEAD + b"\r\n") * 50


async def _half(sock: socket.socket) -> None:
    """Half a request, and patience."""
    loop = asyncio.get_running_loop()
    await loop.sock_sendall(sock, _HALF_A_POST)
    while await loop.sock_recv(sock, 4096):
        pass


async def _greedy(sock: socket.socket) -> None:
    """Ask as long as it is taken, and read nothing."""
    while True:
        await asyncio.get_running_loop().sock_sendall(sock, _ASKS)


async def _idle(sock: socket.socket) -> None:
    await asyncio.get_running_loop().sock_recv(sock, 1)


# Each with the seconds until it comes again.
KINDS: dict[str, tuple[Callable[[socket.socket], Coroutine[Any, Any, None]], float]] = {
    "half": (_half, 0.05),
    "greedy": (_greedy, 0.05),
    "idle": (_idle, 1.0),
}


async def _again_and_again(port: int, kind: str) -> None:
    attack, pause = KINDS[kind]
    while True:
        with socket.socket() as sock, contextlib.suppress(OSError):
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            sock.setblocking(False)
            await asyncio.get_running_loop().sock_connect(sock, ("127.0.0.1", port))
            await attack(sock)
        await asyncio.sleep(pause)


async def _everybody(port: int, asked: list[str]) -> None:
    counts = {kind: int(count) for kind, _equals, count in (one.partition("=") for one in asked)}
    await asyncio.gather(*(_again_and_again(port, kind) for kind, count in counts.items() for _ in range(count)))


if __name__ == "__main__":
    asyncio.run(_everybody(int(sys.argv[1]), sys.argv[2:]))
