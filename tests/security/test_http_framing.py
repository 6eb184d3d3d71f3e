"""Requests that two servers could read differently (RFC 9112 §11.2, request smuggling), and that no application should see."""

import time

import pytest

from tests.security.instance import HOST, Production

# Without it the database is not made where this file is run alone.
pytestmark = pytest.mark.django_db

HEAD = f"Host: {HOST}\r\nX-Forwarded-Proto: https\r\n".encode()
FORM = b"Content-Type: application/x-www-form-urlencoded\r\n"
POST = b"POST /oauth/token HTTP/1.1\r\n" + HEAD + FORM
SMUGGLED = b"GET /smuggled HTTP/1.1\r\n" + HEAD + b"\r\n"

GET = b"GET /health HTTP/1.1\r\n" + HEAD
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n"

AMBIGUOUS = {
    "CL.TE": POST + b"Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nG",
    "TE.CL": POST + b"Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n1\r\na\r\n0\r\n\r\n",
    "TE.TE": POST + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n",
    "chunked twice": POST + b"Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n",
    "chunked twice, two headers": POST + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "chunked not last": POST + b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
    "unknown coding": POST + b"Transfer-Encoding: xchunked\r\nContent-Length: 1\r\n\r\na",
    "unknown coding alone": POST + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "coding in quotes": POST + b'Transfer-Encoding: "chunked"\r\n\r\n0\r\n\r\n',
    "coding after a vertical tab": POST + b"Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n",
    "coding with NUL": POST + b"Transfer-Encoding: chunked\x00\r\n\r\n0\r\n\r\n",
    "coding folded": POST + b"Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n",
    "coding in HTTP/1.0": CHUNKED.replace(b"HTTP/1.1", b"HTTP/1.0") + b"0\r\n\r\n",
    "space before the colon": POST + b"Transfer-Encoding : chunked\r\nContent-Length: 1\r\n\r\na",
    "tab before the colon": POST + b"Content-Length\t: 1\r\n\r\na",
    "two lengths": POST + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nab",
    "the same length twice": POST + b"Content-Length: 1\r\nContent-Length: 1\r\n\r\na",
    "a list of lengths": POST + b"Content-Length: 1, 1\r\n\r\na",
    "a signed length": POST + b"Content-Length: +1\r\n\r\na",
    "a hexadecimal length": POST + b"Content-Length: 0x1\r\n\r\na",
    "a negative length": POST + b"Content-Length: -1\r\n\r\n",
    "an empty length": POST + b"Content-Length: \r\n\r\n",
    "a length with an underscore": POST + b"Content-Length: 1_0\r\n\r\n",
    "a length as a float": POST + b"Content-Length: 1.0\r\n\r\na",
    "a length in Arabic digits": POST + "Content-Length: ١\r\n\r\na".encode(),
    "a length with spaces inside": POST + b"Content-Length: 1 0\r\n\r\n",
    "a folded header": GET + b"X-A: b\r\n c\r\n\r\n",
    "folded with a tab": GET + b"X-A: b\r\n\tc\r\n\r\n",
    "a first header that is folded": b"GET /health HTTP/1.1\r\n X-A: b\r\n" + HEAD + b"\r\n",
    "bare line feeds": f"GET /health HTTP/1.1\nHost: {HOST}\n\n".encode(),
    "a bare line feed after a header": GET + b"X-A: b\nX-B: c\r\n\r\n",
    "a bare carriage return in a header": GET + b"X-A: b\rX-B: c\r\n\r\n",
    "NUL in a header": GET + b"X-A: b\x00c\r\n\r\n",
    "NUL in a header's name": GET + b"X\x00A: b\r\n\r\n",
    "a space in a header's name": GET + b"X A: b\r\n\r\n",
    "a header without a name": GET + b": b\r\n\r\n",
    "a header without a colon": GET + b"X-A\r\n\r\n",
    "a header's name beyond ASCII": GET + "X-Ä: b\r\n\r\n".encode(),
    "two hosts": b"GET /health HTTP/1.1\r\nHost: evil.example\r\n" + HEAD + b"\r\n",
    "NUL in the address": b"GET /hea\x00lth HTTP/1.1\r\n" + HEAD + b"\r\n",
    "a carriage return in the address": b"GET /hea\rlth HTTP/1.1\r\n" + HEAD + b"\r\n",
    "a version that is none": b"GET /health HTTP/1.1x\r\n" + HEAD + b"\r\n",
    "a version without a dot": b"GET /health HTTP/11\r\n" + HEAD + b"\r\n",
    "HTTP/0.9": b"GET /health\r\n" + HEAD + b"\r\n",
    "a method with a space before it": b" GET /health HTTP/1.1\r\n" + HEAD + b"\r\n",
}

# What comes after a head that is in order: the application may have begun to answer, but nothing behind it is a request.
BAD_CHUNKS = {
    "negative": b"-1\r\na\r\n0\r\n\r\n",
    "signed": b"+1\r\na\r\n0\r\n\r\n",
    "hexadecimal prefix": b"0x1\r\na\r\n0\r\n\r\n",
    "underscore": b"1_0\r\n" + b"a" * 16 + b"\r\n0\r\n\r\n",
    "space before": b" 1\r\na\r\n0\r\n\r\n",
    "empty": b"\r\na\r\n0\r\n\r\n",
    "no number": b"x\r\na\r\n0\r\n\r\n",
    "bare line feeds": b"1\na\n0\n\n",
    "a bare line feed in an extension": b"1;a\nb\r\na\r\n0\r\n\r\n",
    "more than it says": b"1\r\nab\r\n0\r\n\r\n",
    "no line end after it": b"1\r\na0\r\n\r\n",
}


def count(answer: bytes) -> int:
    return answer.count(b"HTTP/1.1 ")


@pytest.mark.parametrize("name", AMBIGUOUS)
def test_an_ambiguous_request_is_refused_and_ends_the_connection(production: Production, name: str) -> None:
    """RFC 9112 §2.2, §3.2, §5.1, §5.2, §6.1, §6.3, §11.2."""
    began = time.monotonic()

    answer = production.raw(AMBIGUOUS[name] + SMUGGLED)

    assert answer.startswith((b"HTTP/1.1 400", b"HTTP/1.1 501", b"HTTP/1.1 505")), answer[:200]
    assert count(answer) == 1
    assert time.monotonic() - began < 4, "the connection was left open"


@pytest.mark.parametrize("name", BAD_CHUNKS)
def test_a_bad_chunk_ends_the_connection(production: Production, name: str) -> None:
    """RFC 9112 §7.1."""
    began = time.monotonic()

    answer = production.raw(CHUNKED + BAD_CHUNKS[name] + SMUGGLED)

    assert count(answer) == 1, answer
    assert answer.startswith((b"HTTP/1.1 400", b"HTTP/1.1 413")), answer[:200]
    assert time.monotonic() - began < 4, "the connection was left open"


@pytest.mark.parametrize(
    "sent", [POST + b"Content-Length: " + b"9" * 100 + b"\r\n\r\n", CHUNKED + b"f" * 100 + b"\r\na\r\n"]
)
def test_a_length_beyond_all_lengths_is_refused_or_waited_for_in_vain(production: Production, sent: bytes) -> None:
    """RFC 9110 §8.6: no overflow, and nothing behind it is a request. It ends with the time that a request has."""
    answer = production.raw(sent + b"a" * 100 + SMUGGLED, wait=1)

    assert count(answer) <= 1
    assert not answer.startswith((b"HTTP/1.1 2", b"HTTP/1.1 5"))


@pytest.mark.parametrize(
    "method", [b"GET /health", b"GET /pets", b"POST /pets/find", b"POST /oauth/token", b"DELETE /nothing"]
)
@pytest.mark.parametrize("framing", ["length", "chunks"])
def test_a_body_that_nobody_read_is_no_request(production: Production, method: bytes, framing: str) -> None:
    """An answer given before the body is read (401, 404, 405) leaves it in the connection."""
    head = method + b" HTTP/1.1\r\n" + HEAD
    if framing == "length":
        sent = head + b"Content-Length: %d\r\n\r\n" % len(SMUGGLED) + SMUGGLED
    else:
        sent = head + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%b\r\n0\r\n\r\n" % (len(SMUGGLED), SMUGGLED)

    answer = production.raw(sent + GET + b"Connection: close\r\n\r\n")

    # One for each of the two that are requests, if the connection was kept.
    assert count(answer) <= 2
    assert answer.rpartition(b"HTTP/1.1 ")[2].startswith(b"200") or count(answer) == 1
    assert not answer.endswith(b"HTTP/1.1 404")


@pytest.mark.parametrize("extension", [b"", b";name=value", b';name="a;b"'])
def test_a_body_in_chunks_is_read_whole(production: Production, extension: bytes) -> None:
    """RFC 9112 §7.1: some proxies pass it on so; a tool must not take it for an empty one."""
    chunks = b"".join(
        b"%x%b\r\n%b\r\n" % (len(part), extension, part) for part in (b"grant_ty", b"pe=password&", b"client_id=x")
    )

    answer = production.raw(CHUNKED + chunks + b"0\r\n\r\n" + GET + b"Connection: close\r\n\r\n")

    first, second = answer.split(b"HTTP/1.1 ")[1:]
    assert b"unsupported_grant_type" in first
    assert second.startswith(b"200")


def test_a_body_in_chunks_has_an_end(production: Production) -> None:
    chunk = b"10000\r\n" + b"a" * 65_536 + b"\r\n"

    answer = production.raw(CHUNKED + chunk * 40 + b"0\r\n\r\n" + SMUGGLED)

    assert count(answer) <= 1
    # A reset may overtake the answer: we close while the client is still sending.
    assert answer.startswith(b"HTTP/1.1 413") or not answer


def test_two_requests_in_one_packet_are_two(production: Production) -> None:
    answer = production.raw(GET + b"\r\n" + SMUGGLED + GET + b"Connection: close\r\n\r\n")

    statuses = [part[:3] for part in answer.split(b"HTTP/1.1 ")[1:]]
    assert statuses == [b"200", b"404", b"200"]


def test_a_header_in_the_trailer_is_none(production: Production) -> None:
    """RFC 9110 §6.5.1: what comes after the body decides nothing."""
    trailer = b"0\r\nX-Forwarded-Proto: http\r\nHost: evil.example\r\nX-Request-ID: from-the-trailer\r\n\r\n"

    answer = production.raw(CHUNKED + trailer + GET + b"Connection: close\r\n\r\n")

    assert count(answer) in (1, 2)
    assert b"evil.example" not in answer
    assert b"from-the-trailer" not in answer


@pytest.mark.parametrize("upgrade", [b"h2c", b"websocket", b"TLS/1.0"])
def test_no_other_protocol_is_switched_to(production: Production, upgrade: bytes) -> None:
    asked = (
        b"Connection: Upgrade, HTTP2-Settings, close\r\nUpgrade: " + upgrade + b"\r\nHTTP2-Settings: AAMAAABk\r\n\r\n"
    )

    assert b"HTTP/1.1 101" not in production.raw(GET + asked, wait=0.5)


@pytest.mark.parametrize(
    "target", [b"http://evil.example/oauth/callback", b"https://evil.example/", b"evil.example:443", b"*"]
)
def test_a_target_that_names_a_host_moves_nothing(production: Production, target: bytes) -> None:
    """RFC 9112 §3.2.2: another host than the Host header's."""
    answer = production.raw(b"GET " + target + b" HTTP/1.1\r\n" + HEAD + b"Connection: close\r\n\r\n")

    # gunicorn quotes a request line that is none; as text (RFC 9110 §15.5.1), and nowhere it could be followed.
    assert b"Location: " not in answer or b"evil.example" not in answer
    assert count(answer) == 1
    assert int(answer[9:12]) < 500


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
