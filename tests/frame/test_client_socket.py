"""A client's connection (`connector.serving`), against a real one at its other end."""

import contextlib
import socket
from collections.abc import Iterator

import pytest
from gunicorn.config import Config
from gunicorn.http.errors import NoMoreData

from connector.serving.gunicorn_worker import BODY_BYTES, REQUEST_BYTES, Client

GET = b"GET /pets HTTP/1.1\r\nHost: x\r\n\r\n"
POST = b"POST /pets/find HTTP/1.1\r\nHost: x\r\n"
CHUNKED = POST + b"Transfer-Encoding: Chunked \r\n\r\n"

WHOLE = {
    "no body": GET,
    "a body": POST + b"content-length:  3\r\n\r\nmiu",
    "an empty body": POST + b"Content-Length: 0\r\n\r\n",
    "a name that only ends so": POST + b"X-Content-Length: 9\r\n\r\n",
    "chunks": CHUNKED + b"3\r\nmiu\r\nA;x=y\r\n0\r\n\r\n0\r\n\r\n\r\n1\r\n0\r\n0\r\n\r\n",
    "a trailer": CHUNKED + b"1\r\na\r\n0\r\nX-A: b\r\nX-B: c\r\n\r\n",
    "no chunk": CHUNKED + b"000\r\n\r\n",
    "two codings": POST + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
}
# Given to gunicorn as they are, which refuses them or closes behind them; the last byte is the one that tells.
NOT_WHOLE = {
    "a bare line feed": b"GET /pets HTTP/1.1\r\nX-A: b\nX-B: c\r\n\r\n",
    "no method": b"PET /pets HTTP/1.1\r\n\r\n",
    "two lengths": POST + b"Content-Length: 3\r\nContent-Length: 4\r\n\r\n",
    "length and chunks": POST + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n",
    "a length that is none": POST + b"Content-Length: +3\r\n\r\n",
    "another coding": POST + b"Transfer-Encoding: gzip\r\n\r\n",
    "a coding that names a length": POST + b"Transfer-Encoding: content-length: 3\r\n\r\n",
    "too long a body": POST + b"Content-Length: %d\r\n\r\n" % (BODY_BYTES + 1),
    "a chunk that is none": CHUNKED + b"-",
    "chunks without line ends": CHUNKED + b"1\n",
}


@pytest.fixture
def ends() -> Iterator[tuple[Client, socket.socket]]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        client = socket.create_connection(listening.getsockname())
        own = Client(Config(), listening)
    with own, client:
        client.settimeout(10)
        yield own, client


def is_taken(own: Client) -> bool:
    own.receive()
    return bool(own.whole or own.is_broken)


def read(own: Client) -> bytes:
    """All that gunicorn can read."""
    found = bytearray()
    with contextlib.suppress(NoMoreData):
        while True:
            found += own.recv(7)
    return bytes(found)


@pytest.mark.parametrize("name", [*WHOLE, *NOT_WHOLE])
def test_a_request_is_taken_with_its_last_byte(ends: tuple[Client, socket.socket], name: str) -> None:
    """However it comes."""
    own, client = ends
    sent = (WHOLE | NOT_WHOLE)[name]
    for byte in sent[:-1]:
        client.sendall(bytes([byte]))
        assert not is_taken(own)
    client.sendall(sent[-1:])

    assert is_taken(own)

    assert (own.whole, own.is_broken) == (1, False) if name in WHOLE else (0, True)
    assert read(own) == sent


@pytest.mark.parametrize("name", WHOLE)
def test_requests_that_come_together_are_counted(ends: tuple[Client, socket.socket], name: str) -> None:
    own, client = ends
    client.sendall(WHOLE[name] * 2 + GET[:9])

    own.receive()

    assert (own.whole, own.has_begun, own.is_broken) == (2, True, False)


def test_behind_a_request_that_ends_the_connection_nothing_is_whole(ends: tuple[Client, socket.socket]) -> None:
    own, client = ends
    client.sendall(GET.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n") + GET)

    own.receive()

    assert (own.whole, own.is_broken) == (1, True)


@pytest.mark.parametrize("start", [b"GET /", CHUNKED, CHUNKED + b"0\r\nX: "])
def test_nothing_is_collected_without_an_end(ends: tuple[Client, socket.socket], start: bytes) -> None:
    own, client = ends
    client.sendall(start)
    while not is_taken(own):
        assert len(own.received) <= REQUEST_BYTES
        client.sendall(b"a" * 10_000 if start != CHUNKED else b"2710\r\n" + b"a" * 10_000 + b"\r\n")

    assert not own.whole


@pytest.mark.parametrize("version", ["1.0", "1.1"])
def test_who_waits_to_send_a_body_is_told_to(ends: tuple[Client, socket.socket], version: str) -> None:
    """RFC 9110 §10.1.1; in HTTP/1.0 there is no such thing."""
    own, client = ends
    head = POST.replace(b"1.1", version.encode()) + b"Expect: 100-continue\r\nContent-Length: 3\r\n\r\n"
    client.sendall(head)
    for _ in range(3):
        assert not is_taken(own)
    client.sendall(b"miu")
    assert is_taken(own)
    own.close()

    assert client.recv(1000) == (b"HTTP/1.1 100 Continue\r\n\r\n" if version == "1.1" else b"")


def test_an_answer_waits_in_memory(ends: tuple[Client, socket.socket]) -> None:
    """However long it is, and whoever does not take it: no thread waits."""
    own, _client = ends
    own.sendall(b"m" * 20_000_000)

    assert len(own.unsent) == 20_000_000


def test_the_end_of_a_client_is_seen(ends: tuple[Client, socket.socket]) -> None:
    own, client = ends
    own.receive()
    client.close()

    with pytest.raises(ConnectionResetError):
        own.receive()
