"""SQLite on a full disk, or in a file that may not be written: each answer says to come again, and the log says why."""

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from pytest_django import Settings

from sandbox.server import SandboxServer
from tests.databases import copy_migrated_file
from tests.playing import ClientApp, Connector, Person
from tests.ports import free_port
from tests.production import ROOT, machine_environment

# root may write to any file; without this capability it is one user among others.
AS_ANYBODY = ["setpriv", "--bounding-set", "-dac_override"] if os.geteuid() == 0 else []


@pytest.fixture
def running(sandbox: SandboxServer, settings: Settings, tmp_path: Path) -> Iterator[tuple[Connector, int, Path]]:
    """gunicorn with one process; the connector, that process, and the folder of database and log."""
    port = free_port()
    url = sandbox.connector_url = f"http://127.0.0.1:{port}"
    database = tmp_path / "database" / "connector.sqlite3"
    database.parent.mkdir()
    environment = machine_environment() | {
        "MAIN_APP_URL": sandbox.url,
        "CONNECTOR_PUBLIC_URL": url,
        "CONNECTOR_API_KEY": settings.CONNECTOR_API_KEY,
        "HMAC_SHARED_SECRET": settings.HMAC_SHARED_SECRET,
        "DATABASE_URL": copy_migrated_file(database),
        "TOOL_CALL_LOG": "off",
        "WEB_CONCURRENCY": "1",
        "BIND": f"127.0.0.1:{port}",
        "PYTHONUNBUFFERED": "1",
    }
    made = subprocess.run(
        [sys.executable, "manage.py", "gpt_client", "--gpt-id", "g-meo123", "--json"],
        cwd=ROOT,
        env=environment,
        check=True,
        capture_output=True,
    )
    (tmp_path / "client.json").write_bytes(made.stdout)
    with (tmp_path / "log").open("wb") as log:
        # A pipe: the limit on files must not stop the log.
        tee = subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=log)
        gunicorn = subprocess.Popen(
            [*AS_ANYBODY, sys.executable, "-m", "gunicorn"],
            cwd=ROOT,
            env=environment,
            stdout=tee.stdin,
            stderr=tee.stdin,
        )
    try:
        until = time.monotonic() + 60
        while True:
            try:
                httpx.get(f"{url}/health/ready", trust_env=False).raise_for_status()
                break
            except httpx.HTTPError:
                assert gunicorn.poll() is None
                assert time.monotonic() < until
                time.sleep(0.05)
        (worker,) = Path(f"/proc/{gunicorn.pid}/task/{gunicorn.pid}/children").read_text().split()
        with Connector(url) as connector:
            yield connector, int(worker), tmp_path
    finally:
        gunicorn.kill()
        gunicorn.wait()
        assert tee.stdin is not None
        tee.stdin.close()
        tee.wait()


def disk_is_full(worker: int, full: bool) -> None:
    most = 0 if full else resource.RLIM_INFINITY
    resource.prlimit(worker, resource.RLIMIT_FSIZE, (most, resource.RLIM_INFINITY))


def may_not_be_written(folder: Path) -> None:
    for path in folder.iterdir():
        path.chmod(0o400)
    folder.chmod(0o500)


def test_each_answer_says_to_come_again(running: tuple[Connector, int, Path], sandbox: SandboxServer) -> None:
    connector, worker, folder = running
    made = json.loads((folder / "client.json").read_bytes())
    app = ClientApp(connector, made["client_id"], made["client_secret"], made["redirect_uris"][0])
    mai = Person(sandbox, connector, "mai", {})
    tokens = mai.connect(app)
    pet = sandbox.world.add_pet(mai.account, name="Zuzu")

    def told() -> list[str]:
        """What the log says about three things that had to be stored and could not be."""
        before = (folder / "log").read_text()
        written = connector.post(
            f"/pets/{pet.id}/medical-records",
            headers={"Authorization": f"Bearer {tokens['access_token']}"},
            json={"record_type": "checkup", "record_date": "2026-01-07", "description": "well"},
        )
        assert (written.status_code, written.json()["error"]) == (503, "SERVICE_UNAVAILABLE")
        refreshed = app.refresh(tokens["refresh_token"])
        assert (refreshed.status_code, refreshed.json()["error"]) == (503, "temporarily_unavailable")
        assert mai.open(app.authorize_url()).status_code == 503
        until = time.monotonic() + 10
        while True:
            # What was logged comes by way of a pipe and another process.
            lines = (folder / "log").read_text().removeprefix(before).splitlines()
            reasons = [line.partition("why=")[2] for line in lines if "why=" in line]
            if len(reasons) >= 3 or time.monotonic() > until:
                return reasons
            time.sleep(0.02)

    disk_is_full(worker, True)
    assert told() == ["'disk I/O error'"] * 3
    disk_is_full(worker, False)
    assert app.refresh(tokens["refresh_token"]).status_code == 200
    may_not_be_written(folder / "database")
    assert told() == ["'attempt to write a readonly database'"] * 3
    assert pet.medical_records == []
    mai.browser.close()
