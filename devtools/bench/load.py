"""A closed loop of plain HTTP/1.1 connections: each sends its next request when it has the answer to the last one."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import cast


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    head: str
    body: bytes

    def header(self, name: str) -> str:
        """The first header of that name; empty when there is none."""
        for line in self.head.split("\r\n")[1:]:
            found, _colon, value = line.partition(":")
            if found.lower() == name:
                return value.strip()
        return ""


class Wire(asyncio.Protocol):
    """One kept connection. A protocol, not streams: what the load itself takes is time that no service can give back."""

    def __init__(self) -> None:
        self._asked: asyncio.Future[Answer] | None = None
        # Of the answer to it: what has come, what its head says, and where its body begins and ends.
        self._read = b""
        self._head: Answer | None = None
        self._body = slice(0)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)

    async def ask(self, method: str, path: str, body: bytes = b"", **headers: str) -> Answer:
        """Raises ConnectionError when the service closes before its answer is whole."""
        lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        if body:
            lines.append(f"Content-Length: {len(body)}")
        self._asked = asyncio.get_running_loop().create_future()
        self.transport.write("\r\n".join([*lines, "", ""]).encode() + body)
        return await self._asked

    def data_received(self, data: bytes) -> None:
        self._read += data
        if self._head is None:
            head, end, _body = self._read.partition(b"\r\n\r\n")
            if not end:
                return
            text = head.decode("latin-1")
            self._head = Answer(int(text[9:12]), text, b"")
            begins = len(head) + len(end)
            self._body = slice(begins, begins + int(self._head.header("content-length") or 0))
        if len(self._read) >= self._body.stop and self._asked is not None:
            answer = replace(self._head, body=self._read[self._body])
            self._read, self._head = b"", None
            self._asked.set_result(answer)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._asked is not None and not self._asked.done():
            self._asked.set_exception(ConnectionError("closed before the answer was whole"))


@asynccontextmanager
async def wire(port: int) -> AsyncIterator[Wire]:
    _transport, own = await asyncio.get_running_loop().create_connection(Wire, "127.0.0.1", port)
    try:
        yield own
    finally:
        own.transport.close()


@dataclass(slots=True)
class Measured:
    """seconds: of each good answer. turned_away: 503s, and how long the slowest took. wrong: anything else."""

    elapsed: float = 0.0
    seconds: list[float] = field(default_factory=list)
    turned_away: list[float] = field(default_factory=list)
    wrong: int = 0

    def percentile(self, share: float) -> float:
        """Of the good answers, in seconds; 0 without any."""
        ordered = sorted(self.seconds)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else 0.0


async def load(port: int, connections: int, seconds: float, step: Callable[[Wire, int], Awaitable[int]]) -> Measured:
    """Repeat `step(wire, number of the connection)`, which tells the status it met, for so long on so many connections."""
    measured = Measured()
    started = time.perf_counter()
    until = started + seconds

    async def one(number: int) -> None:
        async with wire(port) as own:
            while (before := time.perf_counter()) < until:
                status = await step(own, number)
                taken = time.perf_counter() - before
                if status < 400:
                    measured.seconds.append(taken)
                elif status == 503:
                    measured.turned_away.append(taken)
                else:
                    measured.wrong += 1

    await asyncio.gather(*(one(number) for number in range(connections)))
    measured.elapsed = time.perf_counter() - started
    return measured
