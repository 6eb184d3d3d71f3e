"""A PostgreSQL and a Redis of a scenario's own, which it may stop, kill and start again."""

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

import psycopg
import redis

from tests.ports import free_port

PROGRAMS = Path("/usr/lib/postgresql")


class PostgreSQL:
    """Context manager; `url` names its database `postgres`. Needs Debian's package; as root it runs as the user postgres."""

    def __init__(self) -> None:
        found = sorted(PROGRAMS.glob("*/bin"), key=lambda path: int(path.parent.name))
        if not found:
            raise RuntimeError(f"No PostgreSQL under {PROGRAMS}: install the package postgresql.")
        self._programs = found[-1]
        self._folder = Path(tempfile.mkdtemp(prefix="meo-postgresql-"))
        self._as_postgres: list[str] = []
        if os.geteuid() == 0:
            shutil.chown(self._folder, "postgres")
            self._as_postgres = ["runuser", "-u", "postgres", "--"]
        self.port = free_port()
        self.url = f"postgres://postgres@127.0.0.1:{self.port}/postgres"

    def __enter__(self) -> Self:
        self._run("initdb", "--username", "postgres", "--auth", "trust", "--encoding", "UTF8", "--no-sync")
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with contextlib.suppress(subprocess.CalledProcessError):
            self.stop("immediate")
        shutil.rmtree(self._folder)

    def start(self) -> None:
        options = f"-p {self.port} -h 127.0.0.1 -k '' -c fsync=off"
        self._run("pg_ctl", "start", "--wait", "--log", str(self._folder / "log"), "--options", options)

    def stop(self, mode: Literal["fast", "immediate"] = "fast") -> None:
        """fast: sessions are ended in order, as a restart does; immediate: as if it had crashed."""
        self._run("pg_ctl", "stop", "--wait", "--mode", mode)

    def demand_passwords(self) -> None:
        """Of everybody but its administrator `postgres`."""
        rules = self._folder / "data" / "pg_hba.conf"
        rules.write_text("host all postgres 127.0.0.1/32 trust\nhost all all 127.0.0.1/32 scram-sha-256\n")
        self._run("pg_ctl", "reload")

    def connections(self) -> int:
        """How many the connector holds now."""
        with psycopg.connect(self.url) as connection:
            counted = connection.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
            ).fetchone()
        return int(counted[0]) if counted else 0

    def _run(self, program: str, *arguments: str) -> None:
        command = [
            *self._as_postgres,
            str(self._programs / program),
            *arguments,
            "--pgdata",
            str(self._folder / "data"),
        ]
        subprocess.run(command, cwd=self._folder, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


class Redis:
    """Context manager; keeps nothing when it stops."""

    def __init__(self) -> None:
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        command = [
            "redis-server",
            "--port",
            str(self.port),
            "--bind",
            "127.0.0.1",
            "--save",
            "",
            "--dir",
            tempfile.gettempdir(),
        ]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        until = time.monotonic() + 20
        while True:
            try:
                with redis.Redis.from_url(self.url) as client:
                    client.ping()
                return
            except redis.ConnectionError:
                if time.monotonic() > until or self._process.poll() is not None:
                    raise
                time.sleep(0.05)

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def freeze(self) -> None:
        """It takes connections and says nothing, as behind a broken network."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._signal(signal.SIGCONT)

    def _signal(self, number: int) -> None:
        if self._process is not None:
            self._process.send_signal(number)
