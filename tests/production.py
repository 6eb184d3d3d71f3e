"""A complete production environment with values made up on the spot, and a way to run a command in it.

`python -m tests.production manage.py check --deploy`; nothing in it reaches a real service.
"""

import fcntl
import os
import runpy
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.core.checks import ERROR, run_checks

ROOT = Path(__file__).resolve().parent.parent


def complete_environment() -> dict[str, str]:
    """Every variable that production demands (README, "Settings"), good enough to pass each check."""
    return {
        "ENVIRONMENT": "production",
        "MAIN_APP_URL": "https://meo.example.com",
        "CONNECTOR_PUBLIC_URL": "https://connector.example.com",
        "CONNECTOR_API_KEY": secrets.token_hex(32),
        "HMAC_SHARED_SECRET": secrets.token_hex(32),
        "ENCRYPTION_KEY": secrets.token_hex(32),
        "SECRET_KEY": secrets.token_urlsafe(64),
        "DATABASE_URL": f"postgres://connector:{secrets.token_hex(8)}@db.example.com:5432/connector?sslmode=verify-full",
        "REDIS_URL": "rediss://cache.example.com:6379/0",
    }


def machine_environment() -> dict[str, str]:
    """What a program needs from this machine to start; nothing of the developer's own settings, no `.env`."""
    kept = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "VIRTUAL_ENV")
    return {name: os.environ[name] for name in kept if name in os.environ} | {"PYTHON_DOTENV_DISABLED": "1"}


@contextmanager
def settings_of(**environment: str) -> Iterator[SimpleNamespace]:
    """The settings file, read anew in this environment."""
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            patch.delenv(name)
        for name, value in (machine_environment() | environment).items():
            patch.setenv(name, value)
        yield SimpleNamespace(**runpy.run_path(str(ROOT / "connector" / "settings.py")))


def refusals(**environment: str) -> list[str]:
    """What a start in this environment says before it ends with 3 (that it does: whole processes in `tests/frame/test_start.py`)."""
    with settings_of(**environment) as read, pytest.MonkeyPatch.context() as patch:
        for module in ("connector.checks", "oauthbridge.checks"):
            patch.setattr(f"{module}.settings", read)
        return [message.msg for message in run_checks(tags=["settings"]) if message.is_serious(ERROR)]


def collect_static_files(root: Path = ROOT) -> None:
    """Production is not ready without them. Once for all who ask: they lie in the working copy, as in an installation."""
    folder = root / "staticfiles"
    folder.mkdir(exist_ok=True)
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        manifest = folder / "staticfiles.json"
        newest = max(file.stat().st_mtime for file in root.glob("*/static/**/*"))
        if manifest.exists() and manifest.stat().st_mtime > newest:
            return
        command = ("manage.py", "collectstatic", "--no-input", "--verbosity", "0", "--skip-checks")
        environment = machine_environment() | complete_environment()
        subprocess.run([sys.executable, *command], cwd=root, env=environment, check=True, timeout=300)


def settled(log: Path, still: float = 0.15, most: float = 2.0) -> str:
    """A log file's text when nothing was added to it for `still` seconds; after `most` seconds, what there is."""
    until, seen = time.monotonic() + most, -1
    while seen != (size := log.stat().st_size) and time.monotonic() < until:
        seen = size
        time.sleep(still)
    return log.read_text(errors="replace")


def main() -> int:
    command = [sys.executable, *sys.argv[1:]]
    return subprocess.run(command, env=machine_environment() | complete_environment(), cwd=ROOT, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
