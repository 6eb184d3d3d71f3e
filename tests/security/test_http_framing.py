"""Requests that two servers could read differently (RFC 9112 §11.2, request smuggling), and that no application should see."""

import pytest

from tests.security.instance import HOST, Production

HEAD = f"Host: {HOST}\r\nX-Forwarded-Proto: https\r\n".encode()
FORM = b"Content-Type: application/x-www-form-urlencoded\r\n"
POST = b"POST /oauth/token HTTP/1.1\r\n" + HEAD + FORM
SMUGGLED = b"GET /smuggled HTTP/1.1\r\n" + HEAD + b"\r\n"

AMBIGUOUS = {
    "CL.TE": POST + b"Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nG" + SMUGGLED,
    "TE.CL": POST + b"Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n1\r\na\r\n0\r\n\r\n" + SMUGGLED,
    "TE.TE": POST + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n" + SMUGGLED,
    "unknown coding": POST + b"Transfer-Encoding: xchunked\r\nContent-Length: 1\r\n\r\na" + SMUGGLED,
    "space before the colon": POST + b"Transfer-Encoding : chunked\r\nContent-Length: 1\r\n\r\na" + SMUGGLED,
    "two lengths": POST + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nab" + SMUGGLED,
    "a list of lengths": POST + b"Content-Length: 1, 1\r\n\r\na" + SMUGGLED,
    "a signed length": POST + b"Content-Length: +1\r\n\r\na" + SMUGGLED,
    "a hexadecimal length": POST + b"Content-Length: 0x1\r\n\r\na" + SMUGGLED,
    "a negative length": POST + b"Content-Length: -1\r\n\r\n" + SMUGGLED,
    "a folded header": b"GET /health HTTP/1.1\r\n" + HEAD + b"X-A: b\r\n c\r\n\r\n" + SMUGGLED,
    "bare line feeds": f"GET /health HTTP/1.1\nHost: {HOST}\n\n".encode() + SMUGGLED,
    "NUL in a header": b"GET /health HTTP/1.1\r\n" + HEAD + b"X-A: b\x00c\r\n\r\n" + SMUGGLED,
    "two hosts": b"GET /health HTTP/1.1\r\nHost: evil.example\r\n" + HEAD + b"\r\n" + SMUGGLED,
    "a bad chunk size": POST + b"Transfer-Encoding: chunked\r\n\r\n-1\r\na\r\n0\r\n\r\n" + SMUGGLED,
}


@pytest.mark.parametrize("name", AMBIGUOUS)
def test_an_ambiguous_request_is_refused_and_ends_the_connection(production: Production, name: str) -> None:
    answer = production.raw(AMBIGUOUS[name])

    assert answer.startswith((b"HTTP/1.1 400", b"HTTP/1.1 501")), answer[:200]
    assert b"HTTP/1.1 404" not in answer


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\n" + HEAD + b"\r\n", b"414"),
        (b"GET / HTTP/1.1\r\n" + HEAD + b"X-A: " + b"a" * 9000 + b"\r\n\r\n", b"431"),
        (b"GET / HTTP/1.1\r\n" + HEAD + b"".join(b"X-%d: a\r\n" % n for n in range(60)) + b"\r\n", b"431"),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"400"),
        (b"get /health HTTP/1.1\r\n" + HEAD + b"\r\n", b"400"),
    ],
    ids=["long line", "long header", "many headers", "HTTP/2", "method in lower case"],
)
def test_a_request_beyond_the_limits_is_refused(production: Production, request_: bytes, status: bytes) -> None:
    assert production.raw(request_).startswith(b"HTTP/1.1 " + status)


@pytest.mark.parametrize(
    "header", [b"SCRIPT_NAME: /x", b"SCRIPT-NAME: /x", b"PATH_INFO: /health", b"PATH-INFO: /health"]
)
def test_no_header_moves_the_application(production: Production, header: bytes) -> None:
    """A proxy's rule for an address (/admin for staff's network only) would otherwise be passed as /x/admin."""
    start = b"GET /x/health HTTP/1.1\r\n" + HEAD + b"Connection: close\r\n"

    assert production.raw(start + header + b"\r\n\r\n").startswith(b"HTTP/1.1 404")


@pytest.mark.parametrize("header", [b"X_Forwarded_Proto: https", b"X-Forwarded-Proto: http"])
def test_a_look_alike_of_the_proxys_header_is_not_believed(production: Production, header: bytes) -> None:
    start = f"GET /oauth/callback HTTP/1.1\r\nHost: {HOST}\r\nConnection: close\r\n".encode()

    assert production.raw(start + header + b"\r\n\r\n").startswith(b"HTTP/1.1 301")


@pytest.mark.parametrize(
    "host", ["evil.example", f"{HOST}.evil.example", f"a@{HOST}", f"{HOST}:x", "", f"{HOST}\\@evil"]
)
def test_another_host_is_refused_without_being_repeated(production: Production, host: str) -> None:
    start = f"GET /oauth/callback HTTP/1.1\r\nHost: {host}\r\nX-Forwarded-Proto: https\r\nConnection: close\r\n\r\n"
    before = len(production.log)

    answer = production.raw(start.encode())

    assert answer.startswith(b"HTTP/1.1 400")
    assert b"evil" not in answer
    assert "Traceback" not in production.log[before:]
