"""Redis's connections with their time limit kept by the kernel."""

import socket
import struct

import redis


class KernelTimedConnection(redis.Connection):
    """Waits for Redis no longer than `socket_timeout`, as its base does, in half the system calls.

    Python asks whether a socket with a time limit is ready before each read and write, and every system call gives up the
    interpreter's lock to another thread (docs/performance.md). SO_RCVTIMEO and SO_SNDTIMEO (socket(7)) need no asking. What they
    end is a `redis.ConnectionError`.
    """

    def _connect(self) -> socket.socket:
        opened: socket.socket = super()._connect()  # type: ignore[no-untyped-call]
        if self.socket_timeout:
            limit = struct.pack("ll", int(self.socket_timeout), int(self.socket_timeout % 1 * 1_000_000))
            for option in (socket.SO_RCVTIMEO, socket.SO_SNDTIMEO):
                opened.setsockopt(socket.SOL_SOCKET, option, limit)
            opened.settimeout(None)
        return opened
