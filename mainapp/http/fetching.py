"""One HTTPS request to a host that somebody else named, without becoming a way into our own network."""

import functools
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from enum import StrEnum

import httpcore
import httpx

from mainapp.http import resolver
from mainapp.http.addresses import is_public
from mainapp.http.deadline import Deadline
from mainapp.http.pinned import PinnedBackend


class Unreachable(StrEnum):
    """Why a host was not asked, or did not answer."""

    TIMED_OUT = "deadline"
    NO_NAME = "name lookup"
    NOT_PUBLIC = "address"
    BROKEN = "connection"


class NotFetched(Exception):
    """No answer to work with. `detail` names the kind of failure and quotes nothing of the exchange."""

    def __init__(self, reason: Unreachable, detail: str = "") -> None:
        super().__init__(detail or str(reason))
        self.reason = reason


@contextmanager
def asked(
    host: str,
    port: int,
    target: str,
    *,
    accept: str,
    budget: Deadline,
    private_addresses: bool = False,
    ca_file: str | None = None,
) -> Iterator[httpcore.Response]:
    """The answer to `GET https://host:port/target`, to be read inside the block. Raises NotFetched.

    The host is looked up once, every address of it must be public (unless `private_addresses`, for tests and the demo), and
    the connection goes to those addresses only; the certificate is checked for the name. Redirects are not followed, no proxy
    is used, and everything, name look-up and body included, ends with the budget. `ca_file`: trust these authorities
    instead of the public ones.
    """
    headers: Mapping[bytes | str, bytes | str] = {
        "Accept": accept,
        "Accept-Encoding": "identity",
        "Connection": "close",
    }
    addresses = _addresses_of(host, port, budget, private_allowed=private_addresses)
    pool = httpcore.ConnectionPool(
        ssl_context=_ssl_context(ca_file),
        network_backend=PinnedBackend(addresses, budget),
        max_connections=1,
        max_keepalive_connections=0,
    )
    url = httpcore.URL(scheme="https", host=host, port=port, target=target)
    try:
        with pool, pool.stream("GET", url, headers=dict(headers)) as answer:
            yield answer
    except httpcore.TimeoutException:
        raise NotFetched(Unreachable.TIMED_OUT) from None
    except (httpcore.NetworkError, httpcore.ProtocolError) as error:
        # `from None`: what h11 or OpenSSL quote of the exchange must not travel up with the refusal.
        raise NotFetched(Unreachable.BROKEN, type(error).__name__) from None


def _addresses_of(host: str, port: int, budget: Deadline, *, private_allowed: bool) -> list[str]:
    """All addresses of the host, looked up once; refused when one of them is not public."""
    try:
        addresses = resolver.addresses_of(host, port, budget.remaining())
    except TimeoutError:
        raise NotFetched(Unreachable.TIMED_OUT, Unreachable.NO_NAME) from None
    except resolver.NotFound:
        raise NotFetched(Unreachable.NO_NAME) from None
    if not private_allowed and not all(is_public(address) for address in addresses):
        raise NotFetched(Unreachable.NOT_PUBLIC)
    return addresses


@functools.lru_cache(maxsize=4)
def _ssl_context(ca_file: str | None) -> ssl.SSLContext:
    if ca_file:
        return ssl.create_default_context(cafile=ca_file)
    return httpx.create_ssl_context(trust_env=False)
