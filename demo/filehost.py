"""ChatGPT's file storage, played: one picture behind HTTPS on this machine, under an authority made for this run."""

import datetime
import io
import ssl
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from PIL import Image, ImageDraw

NAME = "localhost"


class FileHost:
    """Serves a drawn vaccination card at `link`; `authority` is the file to trust it by."""

    def __init__(self, folder: Path) -> None:
        self.authority = folder / "file-host.pem"
        picture = _card()

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200)
                self.send_header("Content-Type", "image/png")
                self.send_header("Content-Length", str(len(picture)))
                self.end_headers()
                self.wfile.write(picture)

            def log_message(self, *_: object) -> None: ...

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.socket = _tls(folder, self.authority).wrap_socket(self._server.socket, server_side=True)
        self.host = f"{NAME}:{self._server.server_address[1]}"
        self.link = f"https://{self.host}/file-demo?sig=only-this-chat-knows"

    def start(self) -> None:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        self._server.server_close()


def _card() -> bytes:
    image = Image.new("RGB", (640, 400), "ivory")
    draw = ImageDraw.Draw(image)
    for row, text in enumerate(
        ("VACCINATION CARD", "Waffle", "Rabies 2026-03-01, next 2027-03-01", "FVRCP 2026-03-01")
    ):
        draw.text((40, 40 + row * 60), text, fill="black")
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def _tls(folder: Path, authority: Path) -> ssl.SSLContext:
    """A server's context with a certificate of its own, which `authority` then trusts."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Meo demo")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(minutes=5))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    authority.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    both = folder / "file-host-key.pem"
    both.touch(mode=0o600)
    both.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + authority.read_bytes()
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(both)
    return context
