"""A file host on loopback, with real TLS under an authority of its own, that can be told to behave badly."""

import datetime
import ipaddress
import socket
import ssl
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from petstools.files.download import DownloadLimits, FileReference

NAME = "files.test"
SECRET = "sig=S3cretCapability"

Answer = Callable[[BaseHTTPRequestHandler], object]


class Authority:
    """A certificate authority in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._certificate = self._sign("Test authority", self._key.public_key(), authority=True)
        self.file = folder / "authority.pem"
        self.file.write_bytes(self._certificate.public_bytes(serialization.Encoding.PEM))

    def context_for(self, name: str) -> ssl.SSLContext:
        """A server's TLS context with a certificate for the name (or IP address)."""
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = self._sign(name, key.public_key(), authority=False)
        path = self._folder / f"{name}.pem"
        path.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
            + certificate.public_bytes(serialization.Encoding.PEM)
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path)
        return context

    def _sign(self, name: str, public_key: ec.EllipticCurvePublicKey, *, authority: bool) -> x509.Certificate:
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        now = datetime.datetime.now(datetime.UTC)
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(subject if authority else self._certificate.subject)
            .public_key(public_key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(minutes=5))
            .not_valid_after(now + datetime.timedelta(days=1))
            .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
            # From Python 3.13 on a certificate is taken by RFC 5280 alone (VERIFY_X509_STRICT), which wants these.
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), critical=False)
        )
        if authority:
            signs = dict.fromkeys(("digital_signature", "content_commitment", "key_encipherment"), False)
            signs |= dict.fromkeys(("data_encipherment", "key_agreement", "encipher_only", "decipher_only"), False)
            usage = x509.KeyUsage(key_cert_sign=True, crl_sign=True, **signs)
            builder = builder.add_extension(usage, critical=True)
        if not authority:
            try:
                alternative: x509.GeneralName = x509.IPAddress(ipaddress.ip_address(name))
            except ValueError:
                alternative = x509.DNSName(name)
            builder = builder.add_extension(x509.SubjectAlternativeName([alternative]), critical=False)
        return builder.sign(self._key, hashes.SHA256())


class FileHost:
    """The host: `answers` says what each path does, `requests` what was asked, `server_names` what SNI named."""

    def __init__(self, authority: Authority, *, certificate_name: str = NAME, address: str = "127.0.0.1") -> None:
        self.answers: dict[str, Answer] = {}
        self.requests: list[tuple[str, dict[str, str]]] = []
        self.server_names: list[str | None] = []
        self.connections = 0
        self.authority = authority
        context = authority.context_for(certificate_name)
        context.sni_callback = lambda _sock, name, _context: self.server_names.append(name)
        host = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                host.requests.append((self.path, dict(self.headers)))
                host.answers[self.path.partition("?")[0]](self)
                self.close_connection = True

            def log_message(self, *_: Any) -> None: ...

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            block_on_close = False

            def finish_request(self, request: Any, client_address: Any) -> None:
                host.connections += 1
                # The handshake belongs to the connection's own thread, else one silent client stops the rest.
                request.settimeout(10)
                try:
                    super().finish_request(context.wrap_socket(request, server_side=True), client_address)
                except (OSError, ValueError):
                    return  # the client hung up, which is what most of these tests want of it

            def handle_error(self, *_: Any) -> None: ...

        self._server = Server((address, 0), Handler)
        self.port: int = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def serve(self, path: str, body: bytes, *, status: int = 200, **headers: str) -> None:
        """Answer the path with this body and headers (`content_type=` is Content-Type)."""

        def answer(handler: BaseHTTPRequestHandler) -> None:
            handler.send_response(status)
            for name, value in {"content_length": str(len(body)), **headers}.items():
                handler.send_header(name.replace("_", "-").title(), value)
            handler.end_headers()
            handler.wfile.write(body)

        self.answers[path] = answer

    def link(self, path: str, *, name: str = NAME) -> FileReference:
        return reference(f"https://{name}:{self.port}{path}?{SECRET}")

    def limits(self, **changes: Any) -> DownloadLimits:
        values: dict[str, Any] = {
            "hosts": (f"{NAME}:{self.port}",),
            "private_addresses": True,
            "ca_file": str(self.authority.file),
            "timeout_seconds": 5.0,
        }
        return DownloadLimits(**{**values, **changes})


class Names:
    """A name server: each name's answers in turn, the last one for good. Addresses resolve to themselves."""

    def __init__(self) -> None:
        self.answers: dict[str, list[list[str]]] = {}
        self.asked: list[str] = []
        self._system = socket.getaddrinfo

    def __call__(self, host: str, port: Any, *args: Any, **kwargs: Any) -> Any:
        if host not in self.answers:
            try:
                ipaddress.ip_address(host)
            except ValueError:
                raise socket.gaierror(socket.EAI_NONAME, "no such name in this test") from None
            return self._system(host, port, *args, **kwargs)
        self.asked.append(host)
        turns = self.answers[host]
        addresses = turns.pop(0) if len(turns) > 1 else turns[0]
        return [
            (socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))
            for address in addresses
        ]


def reference(link: str) -> FileReference:
    return FileReference(name="book.jpg", id="file-1", mime_type="image/jpeg", download_link=link)
