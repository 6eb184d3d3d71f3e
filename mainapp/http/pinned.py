"""The network under a download: only addresses checked beforehand, and never past the deadline."""

import socket
import ssl
from collections.abc import Iterable, Sequence
from ipaddress import ip_address
from typing import Any

import httpcore

from mainapp.http.deadline import Deadline


class PinnedBackend(httpcore.NetworkBackend):
    """Connects to the given addresses instead of looking a host name up.

    httpcore keeps the name for SNI and for the check of the certificate; only where the bytes go is fixed here, so a
    second answer of the name server (DNS rebinding) has nothing to change. Its streams end with the deadline:
    httpcore's own timeouts start anew with each read, and a server that drips one byte a second would never meet one.
    """

    def __init__(self, addresses: Sequence[str], deadline: Deadline) -> None:
        self._addresses = addresses
        self._deadline = deadline
        self._sockets = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """Open a connection to the first pinned address that answers; `host` is not used, by design."""
        failure: httpcore.ConnectError | httpcore.ConnectTimeout | None = None
        for position, address in enumerate(self._addresses):
            # The socket library would look a name up: what is no address must never get that far.
            ip_address(address)
            share = self._deadline.remaining() / (len(self._addresses) - position)
            if share <= 0:
                break
            try:
                opened = self._sockets.connect_tcp(address, port, share, local_address, list(socket_options or ()))
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
            else:
                return _DeadlineStream(opened, self._deadline)
        raise failure or httpcore.ConnectTimeout("deadline passed")


class _DeadlineStream(httpcore.NetworkStream):
    """A socket stream whose every operation ends with the deadline."""

    def __init__(self, inner: httpcore.NetworkStream, deadline: Deadline) -> None:
        self._inner, self._deadline = inner, deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, self._bounded(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        sock: socket.socket = self._inner.get_extra_info("socket")
        left = memoryview(buffer)
        # Not the inner stream's write: that one takes the full timeout anew for each piece the peer accepts.
        while left:
            try:
                sock.settimeout(self._bounded(timeout, httpcore.WriteTimeout))
                left = left[sock.send(left) :]
            except TimeoutError as error:
                raise httpcore.WriteTimeout(str(error)) from error
            except OSError as error:
                raise httpcore.WriteError(str(error)) from error

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        timeout = self._bounded(timeout, httpcore.ConnectTimeout)
        return _DeadlineStream(self._inner.start_tls(ssl_context, server_hostname, timeout), self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)

    def _bounded(self, timeout: float | None, too_late: type[httpcore.TimeoutException]) -> float:
        remaining = self._deadline.remaining()
        if remaining <= 0:
            raise too_late("deadline passed")
        return remaining if timeout is None else min(timeout, remaining)
