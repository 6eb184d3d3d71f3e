"""One HTTP request on a connection of its own: to a host that somebody else named, without becoming a way into our own network; or to
an address of our own settings."""

from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from typing import NamedTuple
from urllib.parse import urlsplit

from django.conf import settings

from mainapp.http.connection import Deadline, Exchange, HttpError, NoSuchHost, Origin, Response, connect, request_head

# Of an answer of an address of our own settings.
LONGEST_BODY = 1_000_000


class Fetched(NamedTuple):
    """A whole answer."""

    status: int
    headers: dict[str, str]
    body: bytes


@contextmanager
def asked(
    origin: Origin | None,
    target: str,
    headers: Mapping[str, str],
    budget: Deadline,
    *,
    body: bytes | None = None,
    private_addresses: bool = False,
    ca_file: str | None = None,
) -> Iterator[Response]:
    """The answer to a GET, or with a body to a POST, to be read inside the block. Raises HttpError.

    Every address of the host must be public (unless `private_addresses`: our own settings, tests, the demo). Redirects are not
    followed, no proxy is used, and everything, name look-up and body included, ends with the budget. `ca_file`: trust these authorities
    instead of the public ones.
    """
    if origin is None:
        raise NoSuchHost("no web address")
    always = {"Host": origin.host_header, "Accept-Encoding": "identity", "Connection": "close"}
    head = request_head("GET" if body is None else "POST", target, {**always, **headers})
    with closing(connect(origin, budget, ca_file, public=not private_addresses)) as connection:
        yield connection.ask(head, body or b"", Exchange(budget))


def fetch(url: str, *, seconds: float, body: bytes | None = None, headers: Mapping[str, str] | None = None) -> Fetched:
    """What an address of our own settings answers, public or not, to a GET or a POST (of JSON by default). Raises HttpError."""
    parts = urlsplit(url)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    of_body = {} if body is None else {"Content-Type": "application/json", "Content-Length": str(len(body))}
    head, trusted = {"Accept": "*/*", **of_body, **(headers or {})}, settings.SSL_CERT_FILE
    request = asked(
        Origin.of(parts), target, head, Deadline(seconds), body=body, private_addresses=True, ca_file=trusted
    )
    with request as answer:
        received = answer.body(LONGEST_BODY)
    if received is None:
        raise HttpError("too large")
    return Fetched(answer.status, answer.headers, received)
