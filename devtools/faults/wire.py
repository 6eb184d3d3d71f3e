"""The wire between the connector and the stand-in main app: ends TLS as the main app's proxy does, and can be cut, choked,
stalled or answered by another."""

import contextlib
import random
import socket
import ssl
import struct
import threading
import time
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.files.file_host import Authority

PIECE = 65_536


class Fault(StrEnum):
    """What the wire does instead of passing bytes on."""

    NONE = "none"
    REFUSED = "refused"  # nobody listens
    SILENT = "silent"  # takes the request and never answers
    DRIP = "drip"  # one byte of the answer a second
    RESET = "reset"  # RST after the first bytes of the answer
    STRAY = "stray"  # each answer once more, up to 50 ms late
    WRONG_CERTIFICATE = "wrong certificate"  # TLS under an authority that nobody trusts


class Wire:
    """Context manager; `url` stays the same while the fault changes, connections made before a change are ended by it."""

    def __init__(self, main_app_port: int, authority: Authority, folder: Path) -> None:
        self._main_app = ("127.0.0.1", main_app_port)
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._fault = Fault.NONE
        self._trusted = authority.context_for("127.0.0.1")
        stranger = folder / "stranger"
        stranger.mkdir()
        self._stranger = Authority(stranger).context_for("127.0.0.1")
        # Bound all the time, so that nobody else takes the port while it refuses.
        self._port_holder = socket.socket()
        self._port_holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        self._port_holder.bind(("127.0.0.1", 0))
        self.port = int(self._port_holder.getsockname()[1])
        self.url = f"https://127.0.0.1:{self.port}"
        self._listening: socket.socket | None = None

    def __enter__(self) -> Self:
        self._listen()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._deafen()
        self._end_all()
        self._port_holder.close()

    def become(self, fault: Fault) -> None:
        """From now on, for every connection."""
        self._fault = fault
        self._end_all()
        # Until the other side has seen that they ended: what it sends into a dying connection has left, for all it knows.
        time.sleep(0.2)
        if fault is Fault.REFUSED:
            self._deafen()
        elif self._listening is None:
            self._listen()

    def _listen(self) -> None:
        listening = socket.socket()
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        listening.bind(("127.0.0.1", self.port))
        listening.listen(512)
        self._listening = listening
        threading.Thread(target=self._accept, args=(listening,), daemon=True, name="wire").start()

    def _deafen(self) -> None:
        listening, self._listening = self._listening, None
        if listening is not None:
            # shutdown first: close() alone leaves accept() waiting on Linux.
            with contextlib.suppress(OSError):
                listening.shutdown(socket.SHUT_RDWR)
            listening.close()

    def _accept(self, listening: socket.socket) -> None:
        while True:
            try:
                caller, _address = listening.accept()
            except OSError:
                return
            self._keep(caller)
            threading.Thread(target=self._serve, args=(caller,), daemon=True, name="wire").start()

    def _serve(self, caller: socket.socket) -> None:
        fault = self._fault
        context = self._stranger if fault is Fault.WRONG_CERTIFICATE else self._trusted
        try:
            under_tls = context.wrap_socket(caller, server_side=True)
        except OSError:
            self._drop(caller)
            return
        self._keep(under_tls)
        try:
            main_app = socket.create_connection(self._main_app)
        except OSError:
            self._drop(under_tls)
            return
        self._keep(main_app)
        threading.Thread(target=self._forward, args=(under_tls, main_app), daemon=True, name="wire").start()
        self._back(main_app, under_tls, fault)

    def _forward(self, caller: ssl.SSLSocket, main_app: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while piece := caller.recv(PIECE):
                main_app.sendall(piece)
        self._drop(main_app)

    def _back(self, main_app: socket.socket, caller: ssl.SSLSocket, fault: Fault) -> None:
        answer, sending = bytearray(), threading.Lock()

        def once_more(strayed: bytearray) -> None:
            with sending, contextlib.suppress(OSError):
                caller.sendall(strayed)

        with contextlib.suppress(OSError):
            while piece := main_app.recv(PIECE):
                if fault is Fault.DRIP:
                    for byte in piece:
                        caller.sendall(bytes([byte]))
                        time.sleep(1)
                elif fault is Fault.RESET:
                    caller.sendall(piece[: len(piece) // 2])
                    caller.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    break
                elif fault is Fault.STRAY:
                    with sending:
                        caller.sendall(piece)
                    if piece.startswith(b"HTTP/"):
                        answer = bytearray()
                        threading.Timer(random.uniform(0, 0.05), once_more, [answer]).start()
                    answer += piece
                elif fault is Fault.NONE:
                    caller.sendall(piece)
        self._drop(caller)
        self._drop(main_app)

    def _keep(self, one: socket.socket) -> None:
        with self._lock:
            self._open.add(one)

    def _drop(self, one: socket.socket) -> None:
        with self._lock:
            self._open.discard(one)
        with contextlib.suppress(OSError):
            # Another thread may be reading from it, and would keep it open: nothing would be sent of the end.
            socket.socket.shutdown(one, socket.SHUT_RD)
        one.close()

    def _end_all(self) -> None:
        with self._lock:
            ended, self._open = self._open, set()
        for one in ended:
            with contextlib.suppress(OSError):
                # The plain socket's: SSLSocket's own would make what another thread still sends go out in clear.
                socket.socket.shutdown(one, socket.SHUT_RDWR)
            one.close()
