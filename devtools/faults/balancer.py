"""A load balancer in front of several connectors, as nginx with kept upstream connections is one: each request goes to the next
target, one that refuses the connection is passed over, and nothing is ever sent twice."""

import asyncio
import contextlib
import itertools
import threading
from collections import defaultdict
from types import TracebackType
from typing import Self

REFUSED = b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n"
LARGEST_HEAD = 2**17

_Pipe = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Balancer:
    """Context manager; `targets` are ports of this machine and may change at any time."""

    def __init__(self, *targets: int) -> None:
        self.targets = list(targets)
        self.served: dict[int, int] = defaultdict(int)
        self.port = 0
        self._turn = itertools.count()
        self._kept: dict[int, list[_Pipe]] = defaultdict(list)
        self._loop = asyncio.new_event_loop()
        self._started = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True, name="balancer")

    def __enter__(self) -> Self:
        self._thread.start()
        self._started.wait()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._ended.set)
        self._thread.join()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._serve())
        self._loop.close()

    async def _serve(self) -> None:
        self._ended = asyncio.Event()
        server = await asyncio.start_server(self._client, "127.0.0.1", 0, limit=LARGEST_HEAD)
        self.port = int(server.sockets[0].getsockname()[1])
        self._started.set()
        await self._ended.wait()
        server.close()
        for pipes in self._kept.values():
            for _reader, writer in pipes:
                writer.close()
        running = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    async def _client(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                body = await reader.readexactly(int(_field(head, b"content-length") or 0))
                writer.write(await self._passed_on(head + body))
                await writer.drain()
        writer.close()

    async def _passed_on(self, request: bytes) -> bytes:
        # Each once, whatever turns the requests beside this one take.
        first, targets = next(self._turn), list(self.targets)
        for each in range(len(targets)):
            target = targets[(first + each) % len(targets)]
            try:
                pipe = self._kept_to(target) or await _connected(target)
            except OSError:
                continue
            self.served[target] += 1
            try:
                return await self._asked(target, pipe, request)
            except (OSError, asyncio.IncompleteReadError):
                # It may have been done: who sends it again must know that.
                pipe[1].close()
                return REFUSED
        return REFUSED

    def _kept_to(self, target: int) -> _Pipe | None:
        """A kept connection that the target has not ended meanwhile."""
        while self._kept[target]:
            reader, writer = self._kept[target].pop()
            if not reader.at_eof() and not writer.is_closing():
                return reader, writer
            writer.close()
        return None

    async def _asked(self, target: int, pipe: _Pipe, request: bytes) -> bytes:
        reader, writer = pipe
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        length = _field(head, b"content-length")
        if length is None:
            # Ends with the connection, or chunk by chunk: asked to be short, both are read to the end.
            raise asyncio.IncompleteReadError(head, None)
        answer = head + await reader.readexactly(int(length))
        if (_field(head, b"connection") or b"").lower() == b"close":
            writer.close()
            return answer.replace(b"Connection: close", b"Connection: keep-alive", 1)
        self._kept[target].append(pipe)
        return answer


async def _connected(port: int) -> _Pipe:
    return await asyncio.open_connection("127.0.0.1", port, limit=LARGEST_HEAD)


def _field(head: bytes, name: bytes) -> bytes | None:
    for line in head.split(b"\r\n")[1:]:
        found, _colon, value = line.partition(b":")
        if found.strip().lower() == name:
            return value.strip()
    return None
