"""The connector as production runs it: gunicorn under ENVIRONMENT=production on PostgreSQL and Redis, a stand-in under TLS."""

import json
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import httpx
import psycopg

from sandbox.server import SandboxServer
from tests.databases import migrated_database
from tests.files.file_host import Authority
from tests.ops.conftest import database_url
from tests.ports import free_port
from tests.production import ROOT, collect_static_files, complete_environment, machine_environment, settled

PUBLIC_URL = "https://connector.example.com"
START_SECONDS = 60


class ThroughTheProxy(httpx.BaseTransport):
    """Speaks to the public address as a TLS proxy in front would pass it on: plain HTTP, with its headers."""

    def __init__(self, port: int, **headers: str) -> None:
        self._port = port
        self._headers = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "203.0.113.7", **headers}
        self._plain = httpx.HTTPTransport()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if request.url.host != urlsplit(PUBLIC_URL).hostname:
            return self._plain.handle_request(request)
        passed_on = httpx.Request(
            request.method,
            request.url.copy_with(scheme="http", host="127.0.0.1", port=self._port),
            headers={**self._headers, **dict(request.headers)},
            content=request.read(),
        )
        return self._plain.handle_request(passed_on)

    def close(self) -> None:
        self._plain.close()


@dataclass
class Production:
    """One running connector. `log` is all it has written so far."""

    environment: dict[str, str] = field(repr=False)
    port: int
    log_file: Path
    process: subprocess.Popen[bytes]

    @property
    def log(self) -> str:
        """All that it has logged, once no more comes: a request's line is written when its answer has left."""
        return settled(self.log_file)

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.log.splitlines() if line.startswith("{")]

    def transport(self, **headers: str) -> ThroughTheProxy:
        return ThroughTheProxy(self.port, **headers)

    def http(self, **headers: str) -> httpx.Client:
        return httpx.Client(base_url=PUBLIC_URL, transport=self.transport(**headers), timeout=30)

    def manage(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "manage.py", *arguments]
        return subprocess.run(
            command, cwd=ROOT, env=self.environment, capture_output=True, text=True, timeout=120, check=False
        )

    def stop(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(60)

    def wait_until_ready(self) -> None:
        until = time.monotonic() + START_SECONDS
        while time.monotonic() < until:
            assert self.process.poll() is None, self.log[-3000:]
            try:
                if httpx.get(f"http://127.0.0.1:{self.port}/health/ready", timeout=5).is_success:
                    return
            except httpx.HTTPError:
                pass
            time.sleep(0.1)
        raise AssertionError(self.log[-3000:])


@contextmanager
def own_database() -> Iterator[str]:
    """A database without rows beside the tests' own."""
    server = database_url()
    name = f"meo_ops_{secrets.token_hex(4)}"
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name} TEMPLATE {migrated_database(server)}".encode())
        try:
            yield urlunsplit(urlsplit(server)._replace(path=f"/{name}"))
        finally:
            admin.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


@contextmanager
def under_tls(sandbox: SandboxServer, authority: Authority) -> Iterator[None]:
    """Production demands an https main app: the stand-in behind TLS, on the port it has."""
    server = sandbox._server
    plain = server.socket
    # The handshake belongs to the connection's own thread, not to the one that accepts.
    context = authority.context_for("127.0.0.1")
    server.socket = context.wrap_socket(plain, server_side=True, do_handshake_on_connect=False)
    sandbox.app.url = sandbox.app.url.replace("http:", "https:")
    yield


@contextmanager
def production(
    folder: Path, sandbox: SandboxServer, authority: Authority, redis_url: str, **changes: str
) -> Iterator[Production]:
    """Serve on a database of its own; all gone at the end."""
    port = free_port()
    with own_database() as database:
        environment = machine_environment() | complete_environment()
        environment |= {
            "MAIN_APP_URL": sandbox.url,
            "CONNECTOR_PUBLIC_URL": PUBLIC_URL,
            "CONNECTOR_API_KEY": sandbox.app.api_key,
            "HMAC_SHARED_SECRET": sandbox.app.hmac_secret,
            "DATABASE_URL": database,
            "REDIS_URL": redis_url,
            "SSL_CERT_FILE": str(authority.file),
            "BIND": f"127.0.0.1:{port}",
            "LOG_LEVEL": "debug",
            "PYTHONUNBUFFERED": "1",
            **changes,
        }
        collect_static_files()
        log_file = folder / "connector.log"
        with log_file.open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "gunicorn"],
                cwd=ROOT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        running = Production(environment, port, log_file, process)
        try:
            running.wait_until_ready()
            yield running
        finally:
            if process.poll() is None:
                process.terminate()
                try:
                    process.wait(60)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()
