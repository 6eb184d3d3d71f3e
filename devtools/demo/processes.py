"""The connector as shipped, the stand-in main app and the stand-in Zalo, each a process of its own, with secrets made for this run."""

import os
import secrets
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Self

import requests

from devtools.demo.filehost import FileHost

ROOT = Path(__file__).resolve().parent.parent.parent
START_SECONDS = 60
STOP_SECONDS = 15


class ProcessFailed(Exception):
    """A process that did not start, died or ended badly; `log_tail` is what it said last."""

    def __init__(self, what: str, log_tail: str = "") -> None:
        super().__init__(what)
        self.log_tail = log_tail


class Processes:
    """Context manager; everything it makes lies in `folder`, and all it started is stopped at the end."""

    def __init__(self, folder: Path, *, connector_port: int = 0, main_app_port: int = 0) -> None:
        self.folder = folder
        connector_port, main_app_port, zalo_port, self._pictures_port = _ports(connector_port, main_app_port, 0, 0)
        self._bind = f"127.0.0.1:{connector_port}"
        self._main_app_port = main_app_port
        self.connector_url = f"http://{self._bind}"
        self.main_app_url = f"http://127.0.0.1:{main_app_port}"
        self.zalo_url = f"http://127.0.0.1:{zalo_port}"
        self._zalo_port = zalo_port
        self.database = folder / "connector.sqlite3"
        self.secrets = {
            name: secrets.token_hex(32)
            for name in (
                "SECRET_KEY",
                "CONNECTOR_API_KEY",
                "HMAC_SHARED_SECRET",
                "ENCRYPTION_KEY",
                "ZALO_APP_SECRET",
                "ZALO_BOT_WEBHOOK_SECRET",
            )
        }
        self.zalo_key, self.zalo_bot_secret = secrets.token_hex(16), secrets.token_hex(16)
        self.files = FileHost(folder)
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for process in self._running.values():
            process.terminate()
        for process in self._running.values():
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self.files.stop()

    @property
    def environment(self) -> dict[str, str]:
        """Nothing of the caller's own settings, no `.env`; the log as talkative as it gets, for the search at the end."""
        kept = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR")
        return {name: os.environ[name] for name in kept if name in os.environ} | {
            "PYTHON_DOTENV_DISABLED": "1",
            "PYTHONUNBUFFERED": "1",
            "MAIN_APP_URL": self.main_app_url,
            "CONNECTOR_PUBLIC_URL": self.connector_url,
            "DATABASE_URL": f"sqlite:///{self.database}",
            "LOG_LEVEL": "debug",
            "BIND": self._bind,
            "FILE_DOWNLOAD_HOSTS": self.files.host,
            "FILE_DOWNLOAD_PRIVATE_ADDRESSES": "true",
            "FILE_DOWNLOAD_CA_FILE": str(self.files.authority),
            "MCP_CLIENT_HOSTS": f"known,{self.files.host}",
            "MCP_CLIENT_PRIVATE_ADDRESSES": "true",
            "MCP_CLIENT_CA_FILE": str(self.files.authority),
            "ZALO_APP_ID": "4012345678901234567",
            "ZALO_OFFICIAL_ACCOUNTS": f"2345678901234567890:{self.zalo_key}",
            "ZALO_BOT_TOKEN": f"314159265358979323:{self.zalo_bot_secret}",
            **dict.fromkeys(("ZALO_API_URL", "ZALO_OAUTH_URL", "ZALO_BOT_URL"), self.zalo_url),
            "ZALO_PICTURE_HOSTS": f"localhost:{self._pictures_port}",
            **self.secrets,
        }

    def start(self) -> None:
        """Migrate, then all services up and answering. Raises ProcessFailed."""
        self.files.start()
        self.manage("migrate", "--verbosity", "0")
        self._spawn("main-app", "manage.py", "sandbox", "--port", str(self._main_app_port))
        zalo = self.environment
        self._spawn(
            "zalo",
            *("-m", "sandbox.zalo", "--port", str(self._zalo_port), "--webhook", f"{self.connector_url}/zalo/webhook"),
            *("--oa", zalo["ZALO_OFFICIAL_ACCOUNTS"], "--bot-token", zalo["ZALO_BOT_TOKEN"]),
            *("--app-id", zalo["ZALO_APP_ID"], "--app-secret", zalo["ZALO_APP_SECRET"]),
            *("--certificate", str(self.files.certificate), "--pictures-port", str(self._pictures_port)),
        )
        self._spawn("connector", "-m", "gunicorn")
        self._wait_for("main-app", f"{self.main_app_url}/api/version")
        self._wait_for("zalo", f"{self.zalo_url}/__zalo/people")
        self._wait_for("connector", f"{self.connector_url}/health/ready")

    def manage(self, *arguments: str, **environment: str) -> str:
        """Run a management command in the connector's environment, and this; its output. Raises ProcessFailed."""
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=self.environment | environment,
            capture_output=True,
            text=True,
            check=False,
        )
        (self.folder / "commands.log").open("a").write(done.stderr)
        if done.returncode:
            raise ProcessFailed(f"manage.py {arguments[0]} ended with {done.returncode}", done.stderr[-2000:])
        return done.stdout

    def must_live(self) -> None:
        for name, process in self._running.items():
            if process.poll() is not None:
                raise ProcessFailed(f"{name} ended by itself with {process.returncode}", self._tail(name))

    def _spawn(self, name: str, *arguments: str) -> None:
        with (self.folder / f"{name}.log").open("wb") as log:
            # A session of its own: Ctrl-C reaches the demo alone, which then stops all in order.
            self._running[name] = subprocess.Popen(
                [sys.executable, *arguments],
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def _wait_for(self, name: str, url: str) -> None:
        last = "no answer"
        until = time.monotonic() + START_SECONDS
        while time.monotonic() < until:
            self.must_live()
            try:
                answer = requests.get(url, timeout=5)
            except requests.RequestException:
                time.sleep(0.1)
                continue
            if answer.ok:
                return
            last = f"{answer.status_code} {answer.text[:200]}"
            time.sleep(0.2)
        raise ProcessFailed(f"{name} was not ready within {START_SECONDS} s ({last})", self._tail(name))

    def _tail(self, name: str) -> str:
        return "\n".join((self.folder / f"{name}.log").read_text(errors="replace").splitlines()[-30:])


def _ports(*wanted: int) -> list[int]:
    """The wanted ports; a free one for each 0. All are held until all are known, so that no two are the same."""
    held = [socket.create_server(("127.0.0.1", port)) if port == 0 else None for port in wanted]
    found = [one.getsockname()[1] if one else port for one, port in zip(held, wanted, strict=True)]
    for one in held:
        if one:
            one.close()
    return found
