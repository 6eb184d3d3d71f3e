"""Two web sites, played by one: ChatGPT's file storage with a picture, and an MCP client's with the document about it.

Behind HTTPS on this machine, under an authority made for this run.
"""

import datetime
import io
import json
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
APP = "Paws"
CERTIFICATE = "file-host-key.pem"


class FileHost:
    """Serves a drawn vaccination card at `link`, and at `client_id` what the app of that name says of itself; `authority` is
    the file to trust it by."""

    def __init__(self, folder: Path) -> None:
        self.authority = folder / "file-host.pem"
        self.certificate = folder / CERTIFICATE
        pages: dict[str, tuple[str, bytes]] = {}

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                kind, body = pages.get(self.path.partition("?")[0], ("text/plain", b""))
                self.send_response(200 if body else 404)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None: ...

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.socket = _tls(folder, self.authority).wrap_socket(self._server.socket, server_side=True)
        self.host = f"{NAME}:{self._server.server_address[1]}"
        self.link = f"https://{self.host}/file-demo?sig=only-this-chat-knows"
        self.client_id = f"https://{self.host}/oauth/client.json"
        self.callback = f"https://{self.host}/oauth/callback"
        pages["/file-demo"] = ("image/png", _card())
        pages["/oauth/client.json"] = ("application/json", json.dumps(self._about_the_app()).encode())

    def _about_the_app(self) -> dict[str, object]:
        """A Client ID Metadata Document (draft-ietf-oauth-client-id-metadata-document §4), as ChatGPT and Claude publish one."""
        return {
            "client_id": self.client_id,
            "client_name": APP,
            "redirect_uris": [self.callback],
            "grant_types": ["authorization_code", "refresh_token"],
            "response_types": ["code"],
            "token_endpoint_auth_method": "none",
        }

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
    both = folder / CERTIFICATE
    both.touch(mode=0o600)
    both.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + authority.read_bytes()
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(both)
    return context
