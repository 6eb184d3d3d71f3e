"""Databases at the latest migration: migrated once, then copied. The migrations take some seconds, and a run wants twenty databases."""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
from django.apps import apps

from tests.production import ROOT, machine_environment

# What any Python may use, and what is this one's.
CACHE_OF_ALL = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "meo-connector"
CACHE = CACHE_OF_ALL / str(sys.implementation.cache_tag)
# Whoever changes a migration or a model leaves a file behind.
KEPT_SECONDS = 7 * 24 * 3600


def migrated_file() -> Path:
    """An SQLite database to copy, not to open; kept for the next run, until a migration or a model changes."""
    with _alone():
        kept = CACHE / f"migrated-{_told_by_the_sources()}.sqlite3"
        if not kept.exists():
            for old in CACHE.glob("migrated-*.sqlite3"):
                if old.stat().st_mtime < time.time() - KEPT_SECONDS:
                    old.unlink()
            making = kept.with_suffix(".making")
            _migrate(f"sqlite:///{making}")
            making.rename(kept)
    return kept


def copy_migrated_file(to: Path) -> str:
    """Its DATABASE_URL."""
    shutil.copyfile(migrated_file(), to)
    return f"sqlite:///{to}"


def migrated_database(server: str) -> str:
    """The name of a PostgreSQL database on this server, to be a template; `drop_migrated_database` ends it with the run."""
    name = _template()
    with _alone(), psycopg.connect(_of(server, "postgres"), autocommit=True) as admin:
        if admin.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,)).fetchone() is None:
            making = f"{name}_making"
            admin.execute(f"DROP DATABASE IF EXISTS {making}".encode())
            admin.execute(f"CREATE DATABASE {making}".encode())
            _migrate(_of(server, making))
            admin.execute(f"ALTER DATABASE {making} RENAME TO {name}".encode())
    return name


def drop_migrated_database(server: str) -> None:
    with psycopg.connect(_of(server, "postgres"), autocommit=True) as admin:
        admin.execute(f"DROP DATABASE IF EXISTS {_template()}".encode())


def _template() -> str:
    return f"test_meo_connector_{os.environ['TEST_RUN']}_template"


def _of(server: str, database: str) -> str:
    return urlunsplit(urlsplit(server)._replace(path=f"/{database}"))


def _migrate(database_url: str) -> None:
    environment = machine_environment() | {"DATABASE_URL": database_url}
    command = [sys.executable, "manage.py", "migrate", "--verbosity", "0", "--skip-checks"]
    subprocess.run(command, cwd=ROOT, env=environment, check=True, timeout=110)


def _told_by_the_sources() -> str:
    """Of all migrations, ours and the packages', and of the models, whose permissions are made with them."""
    folders = [Path(app.path) for app in apps.get_app_configs()]
    files = {
        file for folder in folders for pattern in ("migrations/*.py", "models.py") for file in folder.glob(pattern)
    }
    told = hashlib.sha256()
    for file in sorted(files):
        told.update(file.read_bytes())
    return told.hexdigest()[:16]


@contextmanager
def _alone() -> Iterator[None]:
    """Of all processes that run tests."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / "migrated.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
