"""The network under a download: only addresses checked beforehand, and never past the deadline."""

from collections.abc import Iterable, Sequence
from ipaddress import ip_address

import httpcore

from mainapp.deadline import Deadline
from mainapp.transport import DeadlineStream


class PinnedBackend(httpcore.NetworkBackend):
    """Connects to the given addresses instead of looking a host name up.

    httpcore keeps the name for SNI and for the check of the certificate; only where the bytes go is fixed here, so a
    second answer of the name server (DNS rebinding) has nothing to change. Its streams end with the deadline of the
    `mainapp.transport.exchange` block they are used in: httpcore's own timeouts start anew with each read, and a server
    that drips one byte a second would never meet one.
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
                return DeadlineStream(
                    self._sockets.connect_tcp(address, port, share, local_address, list(socket_options or ()))
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure or httpcore.ConnectTimeout("deadline passed")
