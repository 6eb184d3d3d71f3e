"""A complete production environment with values made up on the spot, and a way to run a command in it.

`python -m tests.production manage.py check --deploy`; nothing in it reaches a real service.
"""

import fcntl
import os
import secrets
import subprocess
import sys
import time
from pathlib import Path

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
