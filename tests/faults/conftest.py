"""gunicorn on this run's test database, one process of it to be killed, and the stand-in main app that it asks."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import psycopg
import pytest
from django.db import connection as db
from pytest_django import Settings

from sandbox.server import SandboxServer
from tests.ops.conftest import database_url, shell_environment
from tests.playing import ClientApp, Connector, Person
from tests.ports import free_port
from tests.production import ROOT

START_SECONDS = 60
LIMITS = (
    "RATE_LIMIT_PER_MINUTE",
    "AUTHORIZE_LIMIT_PER_MINUTE",
    "REFRESH_LIMIT_PER_MINUTE",
    "TOKEN_FAILURE_LIMIT_PER_MINUTE",
)


def until(holds: Callable[[], object], seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.01)


@dataclass
class Serving:
    """gunicorn with one process, on the addresses that its clients know."""

    url: str
    master: "subprocess.Popen[bytes]"

    @property
    def worker(self) -> int | None:
        children = Path(f"/proc/{self.master.pid}/task/{self.master.pid}/children").read_text().split()
        return int(children[0]) if children else None

    def kill_worker(self) -> None:
        """SIGKILL, and wait for the next process to answer."""
        killed = self.worker
        assert killed is not None
        os.kill(killed, signal.SIGKILL)
        until(lambda: self.worker not in (None, killed))
        self.wait_until_ready()

    def wait_until_ready(self) -> None:
        end = time.monotonic() + START_SECONDS
        while True:
            assert self.master.poll() is None, "gunicorn ended by itself"
            try:
                if httpx.get(f"{self.url}/health/ready", timeout=5, trust_env=False).is_success:
                    return
            except httpx.TransportError:
                pass
            assert time.monotonic() < end, "gunicorn did not start"
            time.sleep(0.02)


@pytest.fixture(scope="module")
def main_app() -> Iterator[SandboxServer]:
    with SandboxServer(environment="development") as server:
        yield server


@contextmanager
def gunicorn(main_app: SandboxServer, **more: str) -> Iterator[Serving]:
    """Serve until the end, on this run's test database."""
    if db.vendor != "postgresql":
        pytest.skip("rows are locked in PostgreSQL only")
    port = free_port()
    url = main_app.connector_url = f"http://127.0.0.1:{port}"
    environment = shell_environment(
        **dict.fromkeys(LIMITS, "100000"),
        MAIN_APP_URL=main_app.url,
        CONNECTOR_PUBLIC_URL=url,
        BIND=f"127.0.0.1:{port}",
        WEB_CONCURRENCY="1",
        TOOL_CALL_LOG="off",
        **more,
    )
    master = subprocess.Popen(
        [sys.executable, "-m", "gunicorn"],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        running = Serving(url, master)
        running.wait_until_ready()
        yield running
    finally:
        master.kill()
        master.wait()


@pytest.fixture(scope="module")
def serving(django_db_setup: None, main_app: SandboxServer) -> Iterator[Serving]:
    """For all tests of a module: each of them makes its rows anew."""
    with gunicorn(main_app, WEB_THREADS="4") as running:
        yield running


@pytest.fixture
def connector(serving: Serving, main_app: SandboxServer, settings: Settings) -> Iterator[Connector]:
    settings.MAIN_APP_URL = main_app.url
    main_app.world.reset()
    main_app.faults.clear()
    serving.wait_until_ready()
    with Connector(serving.url) as made:
        yield made
    main_app.faults.clear()


@pytest.fixture
def client_app(connector: Connector) -> ClientApp:
    return ClientApp.made_for_gpt(connector, "g-meo123")


@pytest.fixture
def person(main_app: SandboxServer, connector: Connector) -> Iterator[Person]:
    mai = Person(main_app, connector, "mai", {})
    yield mai
    mai.browser.close()


@contextmanager
def locked(sql: str) -> Iterator[Callable[[], bool]]:
    """Hold these rows' locks; the callable tells whether somebody waits for them."""
    with psycopg.connect(database_url()) as holder, psycopg.connect(database_url(), autocommit=True) as watcher:
        holder.execute(sql.encode())

        def somebody_waits() -> bool:
            waiting = watcher.execute(
                "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
            ).fetchone()
            return waiting is not None

        yield somebody_waits
        holder.rollback()
