"""What a file host may answer: the file itself, whole, plain, small enough and in time."""

import gzip
import socket
import time
from http.server import BaseHTTPRequestHandler

import pytest

from mainapp.http.connection import Deadline
from petstools.files.download import download
from petstools.files.refusals import FileRefused, RefusalCode
from tests.files.file_host import Answer, FileHost


def test_it_returns_the_bytes_and_the_clients_name_for_them(file_host: FileHost) -> None:
    file_host.serve("/a", b"picture")

    downloaded = download(file_host.link("/a"), deadline=Deadline(5), limits=file_host.limits())

    assert (downloaded.data, downloaded.name) == (b"picture", "book.jpg")
    assert file_host.requests[0][1]["Accept-Encoding"] == "identity"


@pytest.mark.parametrize("status", [401, 403, 404, 410])
def test_a_link_that_no_longer_opens_has_expired(status: int, file_host: FileHost) -> None:
    file_host.serve("/a", b"<Error>Signature not valid in the specified time frame</Error>", status=status)

    assert _refusal(file_host) is RefusalCode.LINK_EXPIRED


@pytest.mark.parametrize("status", [204, 206, 400, 429, 500, 503])
def test_any_other_status_is_a_failed_download(status: int, file_host: FileHost) -> None:
    file_host.serve("/a", b"" if status == 204 else b"?", status=status)

    assert _refusal(file_host) is RefusalCode.DOWNLOAD_FAILED


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("target", ["https://evil.example/a", "http://169.254.169.254/", "/elsewhere"])
def test_a_redirect_is_not_followed(status: int, target: str, file_host: FileHost) -> None:
    file_host.serve("/a", b"", status=status, location=target)
    file_host.serve("/elsewhere", b"picture")

    assert _refusal(file_host) is RefusalCode.LINK_NOT_ALLOWED
    assert len(file_host.requests) == 1


def test_an_empty_file_is_refused(file_host: FileHost) -> None:
    file_host.serve("/a", b"")

    assert _refusal(file_host) is RefusalCode.EMPTY


def test_a_file_of_just_the_limit_is_taken(file_host: FileHost) -> None:
    file_host.serve("/a", b"x" * 1000)

    assert (
        len(download(file_host.link("/a"), deadline=Deadline(5), limits=file_host.limits(max_bytes=1000)).data) == 1000
    )


def test_a_file_declared_too_large_is_not_read(file_host: FileHost) -> None:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "1001")
        handler.end_headers()
        time.sleep(6)

    file_host.answers["/a"] = answer
    started = time.monotonic()

    assert _refusal(file_host, max_bytes=1000) is RefusalCode.TOO_LARGE
    assert time.monotonic() - started < 5


def test_a_file_that_turns_out_too_large_is_cut_off(file_host: FileHost) -> None:
    sent = 0

    def answer(handler: BaseHTTPRequestHandler) -> None:
        nonlocal sent
        handler.send_response(200)
        handler.send_header("Transfer-Encoding", "chunked")
        handler.end_headers()
        for _ in range(2000):
            handler.wfile.write(b"10000\r\n" + b"x" * 0x10000 + b"\r\n")
            sent += 0x10000

    file_host.answers["/a"] = answer

    assert _refusal(file_host, max_bytes=1_000_000) is RefusalCode.TOO_LARGE
    assert sent < 50_000_000


@pytest.mark.parametrize("encoding", ["gzip", "br", "zstd", "deflate", "gzip, identity"])
def test_a_compressed_answer_is_refused_unopened(encoding: str, file_host: FileHost) -> None:
    file_host.serve("/a", gzip.compress(b"\0" * 50_000_000, 1), content_encoding=encoding)

    assert _refusal(file_host) is RefusalCode.DOWNLOAD_FAILED


def test_a_file_cut_short_is_a_failed_download(file_host: FileHost) -> None:
    file_host.serve("/a", b"half", content_length="8")

    assert _refusal(file_host) is RefusalCode.DOWNLOAD_FAILED


def test_headers_without_end_are_a_failed_download(file_host: FileHost) -> None:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
        for number in range(20_000):
            handler.wfile.write(b"X-%d: %s\r\n" % (number, b"y" * 100))

    file_host.answers["/a"] = answer

    assert _refusal(file_host) is RefusalCode.DOWNLOAD_FAILED


def test_an_answer_that_is_not_http_is_a_failed_download(file_host: FileHost) -> None:
    file_host.answers["/a"] = lambda handler: handler.wfile.write(b"SSH-2.0-OpenSSH_9.2\r\n")

    assert _refusal(file_host) is RefusalCode.DOWNLOAD_FAILED


def _drip_body(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    _drip(handler, b"x" * 1000)


def _drip_headers(handler: BaseHTTPRequestHandler) -> None:
    _drip(handler, b"HTTP/1.1 200 OK\r\nX: " + b"y" * 1000)


def _say_nothing(handler: BaseHTTPRequestHandler) -> None:
    time.sleep(6)


def _drip(handler: BaseHTTPRequestHandler, data: bytes) -> None:
    for position in range(len(data)):
        handler.wfile.write(data[position : position + 1])
        time.sleep(0.05)


@pytest.mark.parametrize("slow", [_drip_body, _drip_headers, _say_nothing])
@pytest.mark.parametrize(("deadline", "timeout"), [(0.6, 30), (30, 0.6)])
def test_a_slow_host_ends_at_the_deadline_or_the_time_limit(
    slow: Answer, deadline: float, timeout: float, file_host: FileHost
) -> None:
    file_host.answers["/a"] = slow
    started = time.monotonic()

    with pytest.raises(FileRefused) as refused:
        download(file_host.link("/a"), deadline=Deadline(deadline), limits=file_host.limits(timeout_seconds=timeout))

    assert refused.value.code is RefusalCode.TIMED_OUT
    assert time.monotonic() - started < 4


def test_a_silent_name_server_ends_at_the_deadline(file_host: FileHost, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("socket.getaddrinfo", _answer_too_late)
    started = time.monotonic()

    with pytest.raises(FileRefused) as refused:
        download(file_host.link("/a"), deadline=Deadline(0.5), limits=file_host.limits())

    assert refused.value.code is RefusalCode.TIMED_OUT
    assert time.monotonic() - started < 4


def _answer_too_late(*_: object, **__: object) -> None:
    time.sleep(5)
    raise socket.gaierror(socket.EAI_AGAIN, "too late")


def _refusal(file_host: FileHost, **limits: object) -> RefusalCode:
    with pytest.raises(FileRefused) as refused:
        download(file_host.link("/a"), deadline=Deadline(5), limits=file_host.limits(**limits))
    return refused.value.code
