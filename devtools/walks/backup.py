"""A backup made while people are served, and restored: into the same database, and on another host into an empty one."""

import re
import shlex
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg

from devtools.faults.scenarios import Options, Row, Scenario
from devtools.faults.servers import PROGRAMS
from devtools.faults.stage import Stage, stage
from tests.ops.processes import Production
from tests.playing import ClientApp
from tests.production import ROOT

Tokens = dict[str, str]


def run(options: Options) -> Iterator[Row]:
    dump, log = options.folder / "connector.dump", options.folder / "connector.log"
    with stage(options.folder) as set_up:
        app = set_up.client_app()
        emma, noah = (set_up.sign_in(app, key) for key in ("emma", "noah"))
        database = set_up.environment["DATABASE_URL"]
        _postgresql("pg_dump", "--format=custom", f"--file={dump}", database)
        # The page's jq compares whole seconds: nothing that ends now may be taken for something from before.
        moment = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime())
        time.sleep(1.1)
        with set_up.connector.http() as http:
            form = {"token": emma["refresh_token"], **app.credentials}
            http.post("/oauth/revoke", data=form).raise_for_status()
        mai = set_up.sign_in(app, "mai")
        yield Row(("pg_dump while it serves; then one connection ends and one begins",), ())
        first = set_up.connector
        ended = first.stop()
        log.write_text(first.log)
        yield Row(("gunicorn stops",), () if ended == 0 else (f"it ended with {ended}",))

        _postgresql("pg_restore", "--clean", "--if-exists", f"--dbname={database}", str(dump))
        set_up.manage("migrate", "--verbosity", "0")
        yield Row(("pg_restore --clean, migrate, doctor",), tuple(_doctor(set_up)))
        _end_again(set_up, log, moment)
        second = set_up.serve()
        yield Row(
            ("jq ends again what had ended; then people are served",), tuple(_after(app, second, emma, noah, mai))
        )
        app.connector.http = second.http()
        again = set_up.sign_in(app, "mai", via=second)
        yield Row(("who connected after the dump signs in again",), tuple(_wrong(second, again, "mai", 200)))
        second.stop()

        empty = urlunsplit(urlsplit(database)._replace(path=f"{urlsplit(database).path}_other_host"))
        name = urlsplit(empty).path[1:]
        with psycopg.connect(database, autocommit=True) as admin:
            admin.execute(f"CREATE DATABASE {name}".encode())
        try:
            _postgresql("pg_restore", "--clean", "--if-exists", f"--dbname={empty}", str(dump))
            set_up.environment["DATABASE_URL"] = empty
            set_up.manage("migrate", "--verbosity", "0")
            _end_again(set_up, log, moment)
            third = set_up.serve()
            wrong = [*_doctor(set_up), *_after(app, third, emma, noah, mai)]
            third.stop()
        finally:
            with psycopg.connect(database, autocommit=True) as admin:
                admin.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())
        yield Row(("the same on another host, into an empty database",), tuple(wrong))


def _postgresql(program: str, *arguments: str) -> None:
    newest = max(PROGRAMS.glob("*/bin"), key=lambda path: int(path.parent.name))
    subprocess.run([str(newest / program), *arguments], check=True, timeout=120)


def _end_again(set_up: Stage, log: Path, moment: str) -> None:
    """The page's own line, with this log, this moment and this machine's Python."""
    page = (ROOT / "docs" / "operations.md").read_text()
    (line,) = re.findall(r"^ *(jq -r [^\n]+\n[^\n]+)\n", page, re.MULTILINE)
    line = re.sub(r'"2026-[^"]+"', f'"{moment}"', line).replace("connector.log", shlex.quote(str(log)))
    line = line.replace("manage.py", f"{shlex.quote(sys.executable)} manage.py")
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", line],  # noqa: S607
        cwd=ROOT,
        env=set_up.environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"{line} ended with {done.returncode}: {done.stdout}{done.stderr[-2000:]}")


def _doctor(set_up: Stage) -> Iterator[str]:
    for asked in ("key ring", "migrations", "database"):
        if (finding := set_up.finding(asked))["state"] != "green":
            yield f"doctor: {finding}"


def _after(app: ClientApp, serving: Production, emma: Tokens, noah: Tokens, mai: Tokens) -> Iterator[str]:
    """Who was connected before works, with the token from before and with a new one; who had ended stays so."""
    yield from _wrong(serving, noah, "noah", 200)
    yield from _wrong(serving, emma, "emma, whose connection had ended,", 401)
    yield from _wrong(serving, mai, "mai, of whom the dump knows nothing,", 401)
    with serving.http() as http:
        for who, tokens, status in (("noah", noah, 200), ("emma", emma, 400)):
            form = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"], **app.credentials}
            if (answer := http.post("/oauth/token", data=form)).status_code != status:
                yield f"{who}'s refresh: {answer.status_code} {answer.text[:200]}"


def _wrong(serving: Production, tokens: Tokens, who: str, status: int) -> Iterator[str]:
    with serving.http(Authorization=f"Bearer {tokens['access_token']}") as http:
        if (answer := http.get("/pets")).status_code != status:
            yield f"{who} met {answer.status_code}: {answer.text[:200]}"


SCENARIOS = (Scenario("backup", "Back up and restore", ("Step",), run),)
