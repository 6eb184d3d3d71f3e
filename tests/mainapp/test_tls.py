"""Certificates are checked, and the deadline holds inside an encrypted stream too."""

import contextlib
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from mainapp import errors, routes
from tests.mainapp.conftest import client_of, ok

Speak = Callable[[ssl.SSLSocket], None]


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for 127.0.0.1 that signs itself, with its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "stand-in")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path.write_bytes(made.public_bytes(pem) + private)
    return path


@pytest.fixture
def serve_tls(certificate) -> Iterator[Callable[[Speak], int]]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    listeners: list[socket.socket] = []

    def start(speak: Speak) -> int:
        listening = socket.create_server(("127.0.0.1", 0))
        listeners.append(listening)

        def run() -> None:
            with contextlib.suppress(OSError):
                while True:
                    conn, _ = listening.accept()
                    with contextlib.suppress(OSError), context.wrap_socket(conn, server_side=True) as encrypted:
                        encrypted.recv(65536)
                        speak(encrypted)

        threading.Thread(target=run, daemon=True).start()
        return int(listening.getsockname()[1])

    yield start
    for listening in listeners:
        with contextlib.suppress(OSError):
            listening.shutdown(socket.SHUT_RDWR)
        listening.close()


@pytest.fixture
def _trusted(certificate, settings) -> None:
    settings.SSL_CERT_FILE = str(certificate)


def test_a_certificate_nobody_vouches_for_is_refused_and_nothing_is_sent(serve_tls) -> None:
    heard: list[int] = []
    port = serve_tls(lambda conn: heard.append(1))

    with pytest.raises(errors.Unreachable, match="TLS failed") as caught:
        client_of(f"https://127.0.0.1:{port}").call(routes.CREATE_PET, json={})

    assert heard == []
    assert not caught.value.outcome_unknown


@pytest.mark.usefixtures("_trusted")
def test_an_authority_of_the_operators_own_is_trusted(serve_tls) -> None:
    port = serve_tls(lambda conn: conn.sendall(ok([])))

    assert client_of(f"https://127.0.0.1:{port}").call(routes.MY_PETS) == []


@pytest.mark.usefixtures("_trusted")
def test_a_certificate_for_another_name_is_refused(serve_tls) -> None:
    port = serve_tls(lambda conn: conn.sendall(ok([])))

    with pytest.raises(errors.Unreachable, match="TLS failed"):
        client_of(f"https://localhost:{port}").call(routes.MY_PETS)


@pytest.mark.usefixtures("_trusted")
def test_a_dripping_server_is_bounded_over_tls(serve_tls) -> None:
    def drip(conn: ssl.SSLSocket) -> None:
        for byte in b"HTTP/1.1 200 OK\r\nX-Pad: " + b"a" * 500:
            conn.sendall(bytes([byte]))
            time.sleep(0.02)

    port = serve_tls(drip)
    started = time.monotonic()

    with pytest.raises(errors.TimedOut):
        client_of(f"https://127.0.0.1:{port}", seconds=0.6).call(routes.MY_PETS)

    assert time.monotonic() - started < 2.5


@pytest.mark.usefixtures("_trusted")
def test_much_goes_both_ways_over_tls_to_a_server_that_takes_its_time(serve_tls) -> None:
    """More than a socket takes at once, and records that TLS has read ahead of what was asked for."""
    sent, answer = b"m" * 3_000_000, ["m" * 1000] * 1000
    heard: list[int] = []

    def slowly(conn: ssl.SSLSocket) -> None:
        # The fixture has read the beginning.
        time.sleep(0.3)
        total = 0
        while total < len(sent):
            total += len(conn.recv(65536))
        heard.append(total)
        told = ok(answer)
        conn.sendall(told[:70_000])
        time.sleep(0.1)
        conn.sendall(told[70_000:])

    port = serve_tls(slowly)
    told = client_of(f"https://127.0.0.1:{port}").call(
        routes.ADD_PET_PHOTO, 1, files={"photo": ("miu.jpg", sent, "image/jpeg")}
    )

    assert heard
    assert told == answer


def test_a_handshake_that_drips_is_bounded() -> None:
    def drip(listening: socket.socket) -> None:
        with contextlib.suppress(OSError):
            conn, _ = listening.accept()
            # A TLS record that promises 16 KB of handshake and never gets there.
            for byte in b"\x16\x03\x03\x40\x00" + b"\x02" * 500:
                conn.sendall(bytes([byte]))
                time.sleep(0.02)

    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=drip, args=(listening,), daemon=True).start()
        started = time.monotonic()

        with pytest.raises(errors.TimedOut):
            client_of(f"https://127.0.0.1:{listening.getsockname()[1]}", seconds=0.6).call(routes.MY_PETS)

    assert time.monotonic() - started < 2.5
