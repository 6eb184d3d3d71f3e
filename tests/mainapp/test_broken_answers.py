"""Whatever bytes come back, the caller meets a MainAppError, never an exception of a library."""

import contextlib
import gzip
import socket
import struct
import threading

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from mainapp import errors, routes
from tests.mainapp.conftest import client_of, http, ok
from tests.mainapp.test_records import PET, WEIGHT
from tests.ports import deaf_port

PAGE = b"<!DOCTYPE html><html><body>502 Bad Gateway</body></html>"


def reset(request, conn) -> None:
    conn.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def reset_in_the_body(request, conn) -> None:
    conn.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{"success": true, "data": [')
    reset(request, conn)


def call(server, route=routes.MY_PETS, *ids, **more) -> errors.MainAppError:
    with pytest.raises(errors.MainAppError) as caught:
        client_of(server.url).call(route, *ids, **more)
    assert caught.value.__context__ is None
    assert caught.value.__cause__ is None
    return caught.value


@pytest.mark.parametrize(
    "answer",
    [
        http(200, PAGE, {"Content-Type": "text/html"}),
        http(200, b""),
        http(200, b"null"),
        http(200, b"[]"),
        http(200, b'"text"'),
        http(200, b"{}"),
        http(200, b'{"success": true}'),
        http(200, b'{"success": false, "data": null}'),
        http(200, b'{"success": true, "data": '),
        http(200, b'{"success": true, "data": NaN}'),
        http(200, b'{"success": true, "data": "\xff\xfe"}'),
        http(200, '{"success": true, "data": []}'.encode("utf-16")),
        http(200, b'{"data": ' + b"9" * 5000 + b"}"),
        http(200, b'{"data": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"),
        http(200, gzip.compress(b'{"data": []}'), {"Content-Encoding": "gzip"}),
        http(301, None, {"Location": "/"}),
        http(304, None),
        http(204, None),
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
        b"HTTP/1.1 999 Strange\r\nContent-Length: 2\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nContent-Length: nonsense\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"a" * 200_000 + b"\r\n\r\n",
        b"SSH-2.0-OpenSSH_9.6\r\n\r\n",
        b"\x16\x03\x01\x00\x05hello\r\n\r\n",
        b"\x00" * 200_000,
    ],
    ids=range(27),
)
def test_what_is_no_answer_is_broken(answer, serve, settings) -> None:
    settings.MAIN_APP_MAX_ATTEMPTS = 1
    server = serve(lambda request, conn: (conn.sendall(answer), conn.shutdown(socket.SHUT_WR))[0])

    assert type(call(server)) is errors.BrokenAnswer


@pytest.mark.parametrize("play", [reset, reset_in_the_body], ids=["before", "in the middle"])
def test_a_reset_connection_is_broken(play, serve) -> None:
    server = serve(play)

    assert type(call(server)) is errors.BrokenAnswer
    assert len(server.requests) == 3


def test_a_refused_connection_is_unreachable() -> None:
    with deaf_port() as port, pytest.raises(errors.Unreachable, match="connection refused") as caught:
        client_of(f"http://127.0.0.1:{port}").call(routes.CREATE_PET, json={})

    assert not caught.value.sent
    assert not caught.value.outcome_unknown


@pytest.mark.parametrize("host", ["no-such-host.invalid", "a" * 64 + ".example", ".", "exa mple"])
def test_a_name_that_does_not_resolve_is_unreachable(host) -> None:
    with pytest.raises(errors.Unreachable):
        client_of(f"http://{host}").call(routes.MY_PETS)


def test_a_server_without_tls_is_unreachable_over_https() -> None:
    def answer_in_clear() -> None:
        with contextlib.suppress(OSError):
            while True:
                conn, _ = listening.accept()
                conn.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
                conn.close()

    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=answer_in_clear, daemon=True).start()

        with pytest.raises(errors.Unreachable, match="TLS failed") as caught:
            client_of(f"https://127.0.0.1:{listening.getsockname()[1]}").call(routes.CREATE_PET, json={})
        listening.shutdown(socket.SHUT_RDWR)

    assert not caught.value.outcome_unknown


def test_a_body_over_the_limit_is_not_read_to_its_end(serve, settings) -> None:
    settings.MAIN_APP_MAX_BODY_BYTES = 100_000
    sent = []

    def play(request, conn):
        conn.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100000000\r\n\r\n")
        for _ in range(1000):
            conn.sendall(b" " * 100_000)
            sent.append(100_000)

    error = call(serve(play))

    assert type(error) is errors.BrokenAnswer
    assert "too large" in str(error)
    assert sum(sent) < 20_000_000


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, errors.BrokenAnswer),
        (401, errors.BrokenAnswer),
        (403, errors.BrokenAnswer),
        (404, errors.BrokenAnswer),
        (413, errors.BodyTooLarge),
        (422, errors.BrokenAnswer),
        (429, errors.Throttled),
        (500, errors.ServerFault),
        (502, errors.ServerFault),
        (503, errors.Maintenance),
        (504, errors.ServerFault),
    ],
)
def test_a_proxys_page_is_judged_by_its_status_and_proves_nothing_about_a_pet_or_token(
    status, kind, serve, settings
) -> None:
    settings.MAIN_APP_MAX_ATTEMPTS = 1
    server = serve(lambda request, conn: http(status, PAGE, {"Content-Type": "text/html"}, version=None))

    error = call(server, routes.PET, 1)

    assert type(error) is kind
    assert error.status == status
    assert error.message == ""


@pytest.mark.parametrize("status", [400, 402, 410, 415, 419, 451])
def test_another_refusal_is_refused(status, serve) -> None:
    server = serve(lambda request, conn: http(status, {"message": "No."}))

    assert type(call(server)) is errors.Refused


@pytest.mark.parametrize(
    "body",
    [
        {"message": 7, "errors": "text", "data": []},
        {"message": {"a": 1}, "errors": {"name": 5}, "error_code": ["x"]},
        {"message": None, "errors": [1, 2], "data": {"code": {}, "existing_pet_ids": "all"}},
        {"message": "\ud83d\x00 hé", "errors": {"na\nme": ["x"], "ok": ["\udcff"], "n": []}},
        {"error": "duplicate_pet", "data": {"existing_pet_ids": [1, "2", True, -3, None]}},
        {"data": {"server_version": 5, "server_value": "x"}},
        {"data": {"error_code": "API_DAILY_QUOTA_EXCEEDED", "quota": {"limit": "many", "reset_at_utc": "soon"}}},
        {"error_code": "STORAGE_LIMIT_EXCEEDED", "meta": {"used_bytes": None}},
    ],
    ids=range(8),
)
@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 413, 422, 425, 429, 500, 503])
def test_an_error_of_strange_shape_is_still_an_error(status, body, serve, settings) -> None:
    settings.MAIN_APP_MAX_ATTEMPTS = 1
    server = serve(lambda request, conn: http(status, body))

    error = call(server)

    assert error.status == status
    assert isinstance(error.message, str)
    error.message.encode()
    [problem.reason.encode() for problem in error.fields]
    assert set(error.existing_pet_ids) <= {1}


@hypothesis_settings(max_examples=60)
@given(
    raw=st.one_of(
        st.binary(max_size=400),
        st.builds(lambda tail: b"HTTP/1.1 " + tail, st.binary(max_size=200)),
        st.builds(
            lambda status, head, body: f"HTTP/1.1 {status} X\r\n{head}\r\n\r\n".encode("latin-1", "replace") + body,
            st.integers(100, 999),
            st.sampled_from(["A: b", "Content-Length: 5", "Transfer-Encoding: chunked", "Retry-After: \x85", "\x00"]),
            st.binary(max_size=60),
        ),
    )
)
def test_no_bytes_bring_out_anything_else(raw, serve, settings) -> None:
    settings.MAIN_APP_MAX_ATTEMPTS = 1
    settings.MAIN_APP_READ_TIMEOUT = 1
    server = serve(lambda request, conn: (conn.sendall(raw), conn.shutdown(socket.SHUT_WR))[0])

    with pytest.raises(errors.MainAppError):
        client_of(server.url, seconds=2).call(routes.MY_PETS)
    server.close()


@pytest.mark.parametrize(
    ("record", "read"),
    [
        (PET, lambda client, wanted: client.pets.read(wanted)),
        (WEIGHT, lambda client, wanted: client.weights.read(1, wanted)),
    ],
)
def test_a_record_that_was_not_asked_for_is_no_answer(serve, record, read) -> None:
    """A proxy's second answer to the request before."""
    client = client_of(serve(lambda request, conn: ok(record)).url)

    assert read(client, record["id"]).id == record["id"]
    with pytest.raises(errors.BrokenAnswer, match="not the record that was asked for"):
        read(client, record["id"] + 1)
