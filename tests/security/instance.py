"""The connector as it stands in production: gunicorn behind a TLS proxy, PostgreSQL and Redis, the stand-in main app over TLS.

Tests speak to gunicorn's own port as the proxy would, and as somebody would who gets past it.
"""

import contextlib
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from sandbox.server import SandboxServer
from tests.files.file_host import Authority
from tests.playing import Connector
from tests.ports import free_port
from tests.production import ROOT, complete_environment, machine_environment, settled

HOST = "connector.example.com"
PUBLIC_URL = f"https://{HOST}"
STARTING_SECONDS = 30


class ThroughTheProxy(httpx.BaseTransport):
    """What the TLS proxy does: hands a request for the public address on to gunicorn, and says where it came from."""

    def __init__(self, port: int, address: str = "203.0.113.7") -> None:
        self._port = port
        self._address = address
        self._inner = httpx.HTTPTransport(verify=False)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        # A request of its own: the browser must go on believing that it spoke to the public address, for its cookies' sake.
        told = request.headers.get("X-Forwarded-For")
        headers = httpx.Headers(request.headers)
        headers["X-Forwarded-Proto"] = "https"
        headers["X-Forwarded-For"] = f"{told}, {self._address}" if told else self._address
        url = request.url.copy_with(scheme="http", host="127.0.0.1", port=self._port)
        return self._inner.handle_request(
            httpx.Request(request.method, url, headers=headers, stream=request.stream, extensions=request.extensions)
        )

    def close(self) -> None:
        self._inner.close()


@dataclass
class Production:
    """A running instance. `log` is all that it has written; `secrets` are those of its environment."""

    port: int
    log_file: Path
    environment: dict[str, str] = field(repr=False)
    pid: int

    @property
    def log(self) -> str:
        """All that it has logged, once no more comes: a request's line is written when its answer has left."""
        return settled(self.log_file)

    @property
    def secrets(self) -> list[str]:
        names = ("CONNECTOR_API_KEY", "HMAC_SHARED_SECRET", "ENCRYPTION_KEY", "SECRET_KEY", "METRICS_TOKEN")
        return [self.environment[name] for name in names if name in self.environment]

    def connector(self) -> Connector:
        """ChatGPT's servers, through the proxy."""
        connector = Connector(PUBLIC_URL)
        connector.http.close()
        connector.http = httpx.Client(base_url=PUBLIC_URL, transport=ThroughTheProxy(self.port), timeout=30)
        return connector

    def raw(self, sent: bytes, *, wait: float = 5.0) -> bytes:
        """Send these bytes to gunicorn's port; all that comes back until it closes, or falls silent for `wait` seconds."""
        received = bytearray()
        with socket.create_connection(("127.0.0.1", self.port), timeout=wait) as wire:
            with contextlib.suppress(OSError):
                wire.sendall(sent)
            with contextlib.suppress(TimeoutError, ConnectionResetError):
                while chunk := wire.recv(65_536):
                    received += chunk
        return bytes(received)


@contextlib.contextmanager
def over_tls(sandbox: SandboxServer, authority: Authority) -> Iterator[SandboxServer]:
    """Serve the stand-in over TLS: production takes no other main app."""
    context = authority.context_for("127.0.0.1")
    server: Any = sandbox._server
    # The handshake happens in each connection's own thread.
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    sandbox.app.url = sandbox.app.url.replace("http://", "https://")
    with sandbox:
        yield sandbox


@contextlib.contextmanager
def running(
    folder: Path, sandbox: SandboxServer, authority: Authority, *, database: str, redis: str, static: Path, **more: str
) -> Iterator[Production]:
    """Start gunicorn; ends it, and everything it started, at the end."""
    port = free_port()
    environment = (
        machine_environment()
        | complete_environment()
        | {
            "CONNECTOR_API_KEY": sandbox.app.api_key,
            "HMAC_SHARED_SECRET": sandbox.app.hmac_secret,
            "CONNECTOR_PUBLIC_URL": PUBLIC_URL,
            "MAIN_APP_URL": sandbox.url,
            "DATABASE_URL": database,
            "REDIS_URL": redis,
            "SSL_CERT_FILE": str(authority.file),
            "BIND": f"127.0.0.1:{port}",
            "WEB_CONCURRENCY": "1",
            "WEB_THREADS": "8",
            "LOG_LEVEL": "debug",
            "TOOL_CALL_LOG": "inline",
            "METRICS_TOKEN": secrets.token_urlsafe(32),
            "TEST_STATIC_ROOT": str(static),
            "DJANGO_SETTINGS_MODULE": "tests.security.production_settings",
        }
        | more
    )
    if not (static / "staticfiles.json").exists():
        subprocess.run(
            [sys.executable, "manage.py", "collectstatic", "--no-input", "--verbosity", "0", "--skip-checks"],
            cwd=ROOT,
            env=environment,
            check=True,
        )
    log_file = folder / "connector.log"
    with log_file.open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "gunicorn"],
            cwd=ROOT,
            env=environment,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        _wait_until_it_serves(process, port, log_file)
        yield Production(port, log_file, environment, process.pid)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(3)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _wait_until_it_serves(process: "subprocess.Popen[bytes]", port: int, log_file: Path) -> None:
    until = time.monotonic() + STARTING_SECONDS
    while time.monotonic() < until and process.poll() is None:
        with contextlib.suppress(httpx.TransportError):
            if httpx.get(f"http://127.0.0.1:{port}/health", trust_env=False).status_code == 200:
                return
        time.sleep(0.05)
    raise RuntimeError(f"gunicorn did not start:\n{log_file.read_text()}")
