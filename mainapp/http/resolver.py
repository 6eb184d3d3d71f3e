"""Looking a host name up, within a time: `getaddrinfo` knows none, and a dead resolver takes 20 s and more."""

import queue
import socket
import threading


class NotFound(Exception):
    """No such host, no answer of the resolver's, or no name that could be asked for."""


def addresses_of(host: str, port: int, seconds: float) -> list[str]:
    """All addresses of a host, each once, in the resolver's order. Raises NotFound and TimeoutError."""
    answers: queue.SimpleQueue[list[str]] = queue.SimpleQueue()

    def look_up() -> None:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        # ValueError: what is no host name, in whatever way.
        except (OSError, ValueError):
            found = []
        answers.put(list(dict.fromkeys(str(address[0]) for *_, address in found)))

    threading.Thread(target=look_up, name="name-look-up", daemon=True).start()
    try:
        addresses = answers.get(timeout=seconds)
    except queue.Empty:
        raise TimeoutError from None
    if not addresses:
        raise NotFound
    return addresses
