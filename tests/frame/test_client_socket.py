"""A client's connection (`connector.serving.client_socket`), against a real one at its other end."""

import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from connector.serving import client_socket
from connector.serving.client_socket import ClientSocket

HEAD, BODY = b"HTTP/1.1 200 OK\r\n\r\n", b"miu"
# More than the kernel takes from a writer whose reader does not read.
MUCH = b"m" * 20_000_000


@pytest.fixture
def ends() -> Iterator[tuple[ClientSocket, socket.socket]]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        client = socket.create_connection(listening.getsockname())
        accepted, _address = listening.accept()
    with ClientSocket(accepted) as own, client:
        client.settimeout(10)
        yield own, client


def test_what_is_there_is_read_at_once(ends: tuple[ClientSocket, socket.socket]) -> None:
    own, client = ends
    own.setblocking(True)
    client.sendall(BODY)

    assert own.recv(100) == BODY


def test_what_is_still_to_come_is_waited_for(ends: tuple[ClientSocket, socket.socket]) -> None:
    own, client = ends
    own.setblocking(True)
    later = threading.Timer(0.2, client.sendall, [BODY])
    later.start()

    assert own.recv(100) == BODY
    later.join()


def test_an_end_is_read_as_one(ends: tuple[ClientSocket, socket.socket]) -> None:
    own, client = ends
    own.setblocking(True)
    client.close()

    assert own.recv(100) == b""


def test_a_request_has_one_limit_however_it_trickles(
    ends: tuple[ClientSocket, socket.socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client_socket, "REQUEST_SECONDS", 0.4)
    own, client = ends
    own.setblocking(True)
    for _byte in range(3):
        client.sendall(b"m")
        assert own.recv(100) == b"m"
        time.sleep(0.1)

    with pytest.raises(ConnectionResetError):
        own.recv(100)


def test_each_request_has_its_own_time(
    ends: tuple[ClientSocket, socket.socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client_socket, "REQUEST_SECONDS", 0.2)
    own, client = ends
    for _request in range(2):
        own.setblocking(True)
        client.sendall(BODY)
        assert own.recv(100) == BODY
        time.sleep(0.25)


def test_the_callers_shorter_limit_ends_the_waiting(ends: tuple[ClientSocket, socket.socket]) -> None:
    own, _client = ends
    own.setblocking(True)
    own.settimeout(0.1)

    with pytest.raises(TimeoutError):
        own.recv(100)
    assert own.gettimeout() == 0.1


def test_nobody_waits_where_nobody_may(ends: tuple[ClientSocket, socket.socket]) -> None:
    own, _client = ends
    own.setblocking(False)

    with pytest.raises(BlockingIOError):
        own.recv(100)


def test_a_client_that_takes_its_time_gets_all_of_it(ends: tuple[ClientSocket, socket.socket]) -> None:
    own, client = ends
    own.setblocking(True)
    sending = threading.Thread(target=own.sendall, args=(MUCH,))
    sending.start()
    time.sleep(0.2)
    taken = 0
    while taken < len(MUCH):
        taken += len(client.recv(1_000_000))
    sending.join()

    assert taken == len(MUCH)


def test_a_client_that_takes_nothing_is_given_up(
    ends: tuple[ClientSocket, socket.socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client_socket, "ANSWER_SECONDS", 0.3)
    own, _client = ends
    own.setblocking(True)

    with pytest.raises(ConnectionResetError):
        own.sendall(MUCH)


def test_a_file_is_sent_within_the_same_limit(
    ends: tuple[ClientSocket, socket.socket], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    own, client = ends
    own.setblocking(True)
    (tmp_path / "style.css").write_bytes(BODY)
    own.hold_head()
    own.sendall(HEAD)
    with (tmp_path / "style.css").open("rb") as file:
        own.sendfile(file, 0, len(BODY))
    assert client.makefile("rb").read(len(HEAD + BODY)) == HEAD + BODY

    monkeypatch.setattr(client_socket, "ANSWER_SECONDS", 0.3)
    (tmp_path / "much").write_bytes(MUCH)
    with pytest.raises(ConnectionResetError), (tmp_path / "much").open("rb") as file:
        own.sendfile(file, 0, len(MUCH))


def test_head_and_body_leave_together(ends: tuple[ClientSocket, socket.socket]) -> None:
    own, client = ends
    own.hold_head()
    own.sendall(HEAD)
    client.setblocking(False)
    with pytest.raises(BlockingIOError):
        client.recv(100)
    client.settimeout(10)
    own.sendall(BODY)
    assert client.recv(100) == HEAD + BODY
    own.sendall(BODY)
    assert client.recv(100) == BODY


def test_a_head_without_a_body_leaves_at_the_end(ends: tuple[ClientSocket, socket.socket]) -> None:
    own, client = ends
    own.hold_head()
    own.sendall(HEAD)
    own.send_head()

    assert client.recv(100) == HEAD


def test_an_answer_that_fails_leaves_no_head_behind(ends: tuple[ClientSocket, socket.socket]) -> None:
    own, client = ends
    own.hold_head()
    own.sendall(HEAD)
    own.drop_head()
    own.sendall(BODY)

    assert client.recv(100) == BODY
