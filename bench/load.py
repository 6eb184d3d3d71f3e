"""A closed loop of plain HTTP/1.1 connections: each sends its next request when it has the answer to the last one."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field


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


class Wire:
    """One kept connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    async def ask(self, method: str, path: str, body: bytes = b"", **headers: str) -> Answer:
        lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        if body:
            lines.append(f"Content-Length: {len(body)}")
        self._writer.write("\r\n".join([*lines, "", ""]).encode() + body)
        head = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        answer = Answer(int(head[9:12]), head, b"")
        return Answer(answer.status, head, await self._reader.readexactly(int(answer.header("content-length") or 0)))


@asynccontextmanager
async def wire(port: int) -> AsyncIterator[Wire]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**20)
    try:
        yield Wire(reader, writer)
    finally:
        writer.close()


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
