"""A client's connection (`connector.serving.client_socket`), against a real one at its other end."""

import contextlib
import socket
import threading
from collections.abc import Iterator

import pytest

from connector.serving import client_socket
from connector.serving.client_socket import ANSWER_BYTES, BODY_BYTES, HEAD_BYTES, ClientSocket

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
}
# Given to gunicorn as they are, which refuses them or closes behind them; the last byte is the one that tells.
NOT_WHOLE = {
    "a bare line feed": b"GET /pets HTTP/1.1\r\nX-A: b\n",
    "two lengths": POST + b"Content-Length: 3\r\nContent-Length: 4\r\n\r\n",
    "length and chunks": POST + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n",
    "a length that is none": POST + b"Content-Length: +3\r\n\r\n",
    "another coding": POST + b"Transfer-Encoding: gzip, chunked\r\n\r\n",
    "a coding that names a length": POST + b"Transfer-Encoding: content-length: 3\r\n\r\n",
    "too long a body": POST + b"Content-Length: %d\r\n\r\n" % (BODY_BYTES + 1),
    "a chunk that is none": CHUNKED + b"-1\r\n",
    "chunks without line ends": CHUNKED + b"1\n",
    "too long a chunk": CHUNKED + b"%x\r\n" % BODY_BYTES,
}


@pytest.fixture
def ends() -> Iterator[tuple[ClientSocket, socket.socket]]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        client = socket.create_connection(listening.getsockname())
        accepted, _address = listening.accept()
    with ClientSocket(accepted) as own, client:
        client.settimeout(10)
        yield own, client


def read(own: ClientSocket) -> bytes:
    """All that gunicorn can read."""
    found = bytearray()
    with contextlib.suppress(ConnectionResetError):
        while True:
            found += own.recv(7)
    return bytes(found)


@pytest.mark.parametrize("name", [*WHOLE, *NOT_WHOLE])
def test_a_request_is_taken_with_its_last_byte(ends: tuple[ClientSocket, socket.socket], name: str) -> None:
    """However it comes, and with no byte of what comes behind it."""
    own, _client = ends
    sent = (WHOLE | NOT_WHOLE)[name]
    for byte in sent[:-1]:
        own.received.append(byte)
        assert not own.take_request()
    own.received += sent[-1:]

    assert own.take_request()

    assert own.is_whole == (name in WHOLE)
    assert read(own) == sent


@pytest.mark.parametrize("name", WHOLE)
def test_requests_that_came_together_are_taken_one_by_one(ends: tuple[ClientSocket, socket.socket], name: str) -> None:
    own, client = ends
    client.sendall(WHOLE[name] * 2 + GET[:9])
    while len(own.received) < 2 * len(WHOLE[name]) + 9:
        assert own.receive()

    for _ in range(2):
        assert own.take_request()
        assert (own.is_whole, read(own)) == (True, WHOLE[name])
    assert not own.take_request()
    assert own.received == GET[:9]


@pytest.mark.parametrize("start", [b"GET /", CHUNKED, CHUNKED + b"0\r\nX: "])
def test_nothing_is_collected_without_an_end(ends: tuple[ClientSocket, socket.socket], start: bytes) -> None:
    own, _client = ends
    own.received += start + b"a" * (HEAD_BYTES + BODY_BYTES)

    assert own.take_request()
    assert not own.is_whole


@pytest.mark.parametrize("version", ["1.0", "1.1"])
def test_who_waits_to_send_a_body_is_told_to_once(ends: tuple[ClientSocket, socket.socket], version: str) -> None:
    """RFC 9110 §10.1.1; in HTTP/1.0 there is no such thing."""
    own, client = ends
    head = POST.replace(b"1.1", version.encode()) + b"Expect: 100-continue\r\nContent-Length: 3\r\n\r\n"
    own.received += head
    for _ in range(3):
        assert not own.take_request()
    own.received += b"miu"
    assert own.take_request()
    # gunicorn says it, too, when the body is here.
    own.send(b"HTTP/1.1 100 Continue\r\n\r\n")
    own.close()

    assert client.recv(1000) == (b"HTTP/1.1 100 Continue\r\n\r\n" if version == "1.1" else b"")


def test_an_answer_waits_in_memory_for_a_client_that_does_not_take_it(
    ends: tuple[ClientSocket, socket.socket],
) -> None:
    own, client = ends
    filled = 0
    while not own.unsent:
        own.sendall(b"m" * ANSWER_BYTES)
        filled += ANSWER_BYTES
        own.flush()
    received = 0
    while own.unsent:
        received += len(client.recv(1_000_000))
        own.flush()
    own.close()
    while data := client.recv(1_000_000):
        received += len(data)

    assert received == filled


def test_a_client_that_takes_nothing_of_a_long_answer_is_given_up(
    ends: tuple[ClientSocket, socket.socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client_socket, "ANSWER_SECONDS", 0.2)
    own, _client = ends

    with pytest.raises(ConnectionResetError, match="too slow"):
        own.sendall(b"m" * 20_000_000)


def test_a_long_answer_goes_to_a_client_that_takes_its_time(ends: tuple[ClientSocket, socket.socket]) -> None:
    own, client = ends
    received: list[int] = []

    def take() -> None:
        while data := client.recv(1_000_000):
            received.append(len(data))

    taking = threading.Thread(target=take)
    taking.start()
    own.sendall(b"m" * 20_000_000)
    while own.unsent:
        own.flush()
    own.close()
    taking.join()

    assert sum(received) == 20_000_000


def test_the_end_of_a_client_is_seen(ends: tuple[ClientSocket, socket.socket]) -> None:
    own, client = ends
    assert own.receive()
    client.close()

    assert not own.receive()
