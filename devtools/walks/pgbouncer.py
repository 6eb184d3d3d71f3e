"""A PgBouncer of a walk's own, in transaction mode."""

import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Self

import psycopg

from tests.ports import free_port

PROGRAM = "/usr/sbin/pgbouncer"


class PgBouncer:
    """Context manager; `port` leads to every database of the PostgreSQL at `server`, `sessions` of it for each. Debian's package; as
    root it runs as the user postgres."""

    def __init__(self, server: int, sessions: int) -> None:
        if not Path(PROGRAM).exists():
            raise RuntimeError("No PgBouncer: install the package pgbouncer.")
        self.port = free_port()
        self._folder = Path(tempfile.mkdtemp(prefix="meo-pgbouncer-"))
        (self._folder / "users").write_text('"postgres" ""\n')
        (self._folder / "pgbouncer.ini").write_text(
            f"[databases]\n* = host=127.0.0.1 port={server}\n"
            f"[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {self.port}\nunix_socket_dir =\n"
            f"auth_type = trust\nauth_file = {self._folder}/users\n"
            f"pool_mode = transaction\ndefault_pool_size = {sessions}\nmax_client_conn = 300\n"
        )
        self._as_postgres: list[str] = []
        if os.geteuid() == 0:
            shutil.chown(self._folder, "postgres")
            self._as_postgres = ["runuser", "-u", "postgres", "--"]

    def __enter__(self) -> Self:
        command = [*self._as_postgres, PROGRAM, str(self._folder / "pgbouncer.ini")]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        until = time.monotonic() + 20
        while True:
            try:
                psycopg.connect(f"postgres://postgres@127.0.0.1:{self.port}/postgres").close()
                return self
            except psycopg.OperationalError:
                if time.monotonic() > until or self._process.poll() is not None:
                    raise
                time.sleep(0.05)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.terminate()
        self._process.wait()
        shutil.rmtree(self._folder)
