"""One HTTPS request to a host that somebody else named, without becoming a way into our own network."""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import NamedTuple
from urllib.parse import urlsplit

from django.conf import settings

from mainapp.http.addresses import is_public
from mainapp.http.connection import (
    Connection,
    Deadline,
    Exchange,
    HttpError,
    NoSuchHost,
    Origin,
    TooLate,
    connect,
    request_head,
    resolve,
    tls_context,
)

# Of an answer of an address of our own settings.
LONGEST_BODY = 1_000_000


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


class Answer:
    """The answer to one request: its status, its headers by lower-case names, and its body as it comes."""

    def __init__(self, connection: Connection, exchange: Exchange) -> None:
        self.status, self.headers = connection.response.status, connection.response.headers
        self.pieces: Iterator[bytes] = connection.pieces(exchange)


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
) -> Iterator[Answer]:
    """The answer to `GET https://host:port/target`, to be read inside the block. Raises NotFetched.

    The host is looked up once, every address of it must be public (unless `private_addresses`, for tests and the demo), and
    the connection goes to those addresses only, so that a second answer of the name server (DNS rebinding) has nothing to change;
    the certificate is checked for the name. Redirects are not followed, no proxy is used, and everything, name look-up and body
    included, ends with the budget. `ca_file`: trust these authorities instead of the public ones.
    """
    origin = Origin("https", host, port)
    with _named_failures():
        addresses = resolve(host, port, budget)
        if not private_addresses and not all(is_public(address) for address in addresses):
            raise NotFetched(Unreachable.NOT_PUBLIC)
        with _answer("GET", origin, target, {"Accept": accept}, b"", addresses, budget, ca_file) as answer:
            yield answer


class Fetched(NamedTuple):
    """A whole answer."""

    status: int
    headers: dict[str, str]
    body: bytes


def fetch(url: str, *, seconds: float, json: bytes | None = None) -> Fetched:
    """What an address of our own settings answers, public or not, to a GET, or to a POST of this JSON. Raises NotFetched."""
    parts = urlsplit(url)
    origin, budget = Origin.of(parts), Deadline(seconds)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    method, headers = "GET", {"Accept": "*/*"}
    if json is not None:
        method, headers = "POST", {**headers, "Content-Type": "application/json", "Content-Length": str(len(json))}
    with _named_failures():
        if origin is None:
            raise NoSuchHost("no web address")
        addresses = resolve(origin.host, origin.port, budget)
        with _answer(method, origin, target, headers, json or b"", addresses, budget, settings.SSL_CERT_FILE) as answer:
            body = b""
            for piece in answer.pieces:
                body += piece
                if len(body) > LONGEST_BODY:
                    raise HttpError("too large")
            return Fetched(answer.status, answer.headers, body)


@contextmanager
def _named_failures() -> Iterator[None]:
    try:
        yield
    except NoSuchHost:
        raise NotFetched(Unreachable.NO_NAME) from None
    except TooLate as error:
        raise NotFetched(Unreachable.TIMED_OUT, str(error)) from None
    except HttpError as error:
        raise NotFetched(Unreachable.BROKEN, str(error)) from None


@contextmanager
def _answer(
    method: str,
    origin: Origin,
    target: str,
    headers: dict[str, str],
    body: bytes,
    addresses: list[str],
    budget: Deadline,
    ca_file: str | None,
) -> Iterator[Answer]:
    """One request on a connection of its own to these addresses."""
    always = {"Host": origin.host_header, "Accept-Encoding": "identity", "Connection": "close"}
    head = request_head(method, target, {**always, **headers})
    exchange = Exchange(budget, connect_seconds=math.inf, each_seconds=math.inf)
    connection = connect(origin, addresses, budget, tls_context(ca_file) if origin.scheme == "https" else None)
    try:
        connection.ask(head, body, exchange)
        yield Answer(connection, exchange)
    finally:
        connection.close()
