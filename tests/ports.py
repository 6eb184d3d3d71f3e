"""Ports for what a test starts, or takes for dead."""

import random
import socket
from collections.abc import Iterator
from contextlib import contextmanager


def free_port() -> int:
    """A port to serve on that is still free when it is bound: below those that the kernel gives to whoever asks for any,
    which other tests do all the time."""
    while True:
        port = random.randrange(20_000, 32_000)
        with socket.socket() as tried:
            try:
                tried.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port


@contextmanager
def deaf_port() -> Iterator[int]:
    """A port that refuses connections and that nobody else can take meanwhile: bound, and not listening."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield int(bound.getsockname()[1])
