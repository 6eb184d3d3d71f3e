"""Measure the connector against a main app that costs nothing: `make bench`, read docs/performance.md.

Needs two processor cores, and PostgreSQL and Redis as the tests do (TEST_DATABASE_URL, TEST_REDIS_URL). The connector gets the
first core; the main app, the load and the servers share the rest.
"""

import argparse
import asyncio
import json
import os
import secrets
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit, urlunsplit

import httpx
import psycopg
from psycopg import sql

from bench.load import Wire, load, wire
from bench.main_app import PEOPLE

ROOT = Path(__file__).resolve().parent.parent
DATABASE = os.environ.get("TEST_DATABASE_URL", "postgres://postgres@127.0.0.1:5432/postgres")
REDIS = os.environ.get("TEST_REDIS_URL", "redis://127.0.0.1:6379")
GPT = "g-bench123"
JSON = {"Content_Type": "application/json"}
FORM = {"Content_Type": "application/x-www-form-urlencoded"}

Step = Callable[[Wire, int], Awaitable[int]]
Row = dict[str, Any]


class Bench:
    """The running service: its address, its client, the access tokens of its people."""

    def __init__(
        self, port: int, process: "subprocess.Popen[bytes]", client: dict[str, Any], environment: dict[str, str]
    ) -> None:
        self.port, self.process, self.client, self.environment = port, process, client, environment
        self.tokens: list[dict[str, str]] = []

    async def sign_in(self, own: Wire, _number: int = 0) -> int:
        """Authorize, come back from the main app, fetch the tokens; the last status."""
        redirect = self.client["redirect_uris"][0]
        asked = {"response_type": "code", "client_id": self.client["client_id"], "redirect_uri": redirect, "state": "s"}
        away = await own.ask("GET", f"/oauth/authorize?{urlencode(asked)}")
        if away.status != 302:
            return away.status
        session = parse_qs(urlsplit(away.header("location")).query)["session_id"][0]
        cookie = away.header("set-cookie").partition(";")[0]
        back = await own.ask("GET", f"/oauth/callback?session_id={session}&code={uuid.uuid4()}", Cookie=cookie)
        code = parse_qs(urlsplit(back.header("location")).query).get("code")
        if back.status != 302 or not code:
            return 400
        return await self._token(own, grant_type="authorization_code", code=code[0], redirect_uri=redirect)

    async def refresh(self, own: Wire, number: int) -> int:
        token = self.tokens[number % PEOPLE]["refresh_token"]
        return await self._token(own, grant_type="refresh_token", refresh_token=token, keep="no")

    async def _token(self, own: Wire, keep: str = "yes", **fields: str) -> int:
        who = {name: self.client[name] for name in ("client_id", "client_secret")}
        answer = await own.ask("POST", "/oauth/token", urlencode(fields | who).encode(), **FORM)
        if answer.status == 200 and keep == "yes" and len(self.tokens) < PEOPLE:
            self.tokens.append(json.loads(answer.body))
        return answer.status

    def tool(self, method: str, path: str, body: object = None) -> Step:
        raw = b"" if body is None else json.dumps(body).encode()

        async def step(own: Wire, number: int) -> int:
            bearer = f"Bearer {self.tokens[number % PEOPLE]['access_token']}"
            return (await own.ask(method, path, raw, Authorization=bearer, **JSON)).status

        return step

    def processes(self) -> list[int]:
        pid = self.process.pid
        return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]

    def processor_seconds(self) -> float:
        ticks = 0
        for pid in self.processes():
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            ticks += int(fields[11]) + int(fields[12])
        return ticks / os.sysconf("SC_CLK_TCK")

    def megabytes(self) -> int:
        """Of the largest process, at its peak."""
        lines = [Path(f"/proc/{pid}/status").read_text() for pid in self.processes()]
        return max(int(text.partition("VmHWM:")[2].split()[0]) for text in lines) // 1024


def main() -> int:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--delay-ms", type=float, default=30, help="what the main app takes for each answer")
    parser.add_argument("--seconds", type=float, default=5, help="for each row")
    parser.add_argument("--threads", type=int, default=32, help="WEB_THREADS of the one process")
    parser.add_argument("--only", default="", help="rows whose name holds this")
    parser.add_argument("--layers", action="store_true", help="what one call costs in one process, layer by layer")
    parser.add_argument("--save", type=Path, help="write the result to this file (JSON)")
    parser.add_argument("--compare", type=Path, help="show ratios to an earlier result")
    options = parser.parse_args()
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < 2:
        sys.exit("The benchmark needs two processor cores.")
    os.sched_setaffinity(0, cores[1:])
    before = {row["name"]: row for row in json.loads(options.compare.read_text())["rows"]} if options.compare else {}
    load_before = os.getloadavg()[0]
    if options.layers:
        _say(f"load average before the start {load_before:.1f}")
        return _layers(cores[0])
    _say(
        f"load average before the start {load_before:.1f}; {options.delay_ms:g} ms main app; {options.threads} threads"
    )
    _say(f"{'':<22}{'req/s':>8}{'p50 ms':>9}{'p99 ms':>9}{'CPU ms':>8}{'503':>7}{'wrong':>7}{'MB':>6}")
    rows: list[Row] = []
    with _running(options.delay_ms, options.threads, cores[0]) as bench:
        for name, connections, step in asyncio.run(_plan(bench)):
            if options.only in name:
                rows.append(_measure(bench, name, connections, options.seconds, step))
                _show(rows[-1], before.get(name))
    if options.save:
        told = {"load_before": load_before, "delay_ms": options.delay_ms, "threads": options.threads, "rows": rows}
        options.save.write_text(json.dumps(told, indent=1) + "\n")
    return 1 if any(row["wrong"] for row in rows) else 0


def _layers(core: int) -> int:
    with _running(0, 4, core) as bench, (ROOT / "var" / "bench.log").open("ab") as log:
        asyncio.run(_sign_all_in(bench))
        # A whole application of its own, on the core that gunicorn leaves idle meanwhile.
        done = subprocess.run(
            [sys.executable, "-m", "bench.layers"],
            input=bench.tokens[0]["access_token"],
            env=bench.environment | {"DJANGO_SETTINGS_MODULE": "connector.settings"},
            cwd=ROOT,
            text=True,
            stderr=log,
            stdout=subprocess.PIPE,
            check=False,
            preexec_fn=lambda: os.sched_setaffinity(0, {core}),
        )
    _say(done.stdout.rstrip())
    return done.returncode


async def _sign_all_in(bench: Bench) -> None:
    async with wire(bench.port) as own:
        for _person in range(PEOPLE):
            if (status := await bench.sign_in(own)) != 200:
                raise RuntimeError(f"a sign-in ended with {status}")


async def _plan(bench: Bench) -> list[tuple[str, int, Step]]:
    await _sign_all_in(bench)
    tools = {
        "get_pet": bench.tool("GET", "/pets/1"),
        "list_pets": bench.tool("GET", "/pets"),
        "find_pet": bench.tool("POST", "/pets/find", {"name": "Mimi"}),
    }
    plan = [(f"{name} x{many}", many, step) for name, step in tools.items() for many in (1, 16, 64)]
    plan.append(("list_pets x256", 256, tools["list_pets"]))
    overview = bench.tool("POST", "/pets/overview", {})
    plan += [(f"pets_overview x{many}", many, overview) for many in (1, 16, 64)]
    return [
        *plan,
        ("sign-in x1", 1, bench.sign_in),
        ("sign-in x16", 16, bench.sign_in),
        ("refresh x1", 1, bench.refresh),
    ]


def _measure(bench: Bench, name: str, connections: int, seconds: float, step: Step) -> Row:
    asyncio.run(load(bench.port, min(connections, 16), min(1.0, seconds), step))
    time.sleep(0.5)
    spent = bench.processor_seconds()
    measured = asyncio.run(load(bench.port, connections, seconds, step))
    # The log of tool calls is written behind them: its share counts.
    time.sleep(0.7)
    done = len(measured.seconds)
    return {
        "name": name,
        "per_second": done / measured.elapsed,
        "p50_ms": measured.percentile(0.5) * 1000,
        "p99_ms": measured.percentile(0.99) * 1000,
        "cpu_ms": (bench.processor_seconds() - spent) * 1000 / max(1, done),
        "turned_away": len(measured.turned_away),
        "slowest_503_ms": max(measured.turned_away, default=0) * 1000,
        "wrong": measured.wrong,
        "megabytes": bench.megabytes(),
    }


def _show(row: Row, before: Row | None) -> None:
    text = f"{row['name']:<22}{row['per_second']:>8.1f}{row['p50_ms']:>9.1f}{row['p99_ms']:>9.1f}{row['cpu_ms']:>8.2f}"
    text += f"{row['turned_away']:>7}{row['wrong']:>7}{row['megabytes']:>6}"
    if before:
        ratios = [(each, row[each] / before[each]) for each in ("per_second", "p50_ms", "cpu_ms") if before[each]]
        text += "   " + ", ".join(f"{name.removesuffix('_ms')} ×{ratio:.2f}" for name, ratio in ratios)
    _say(text)


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


@contextmanager
def _running(delay_ms: float, threads: int, core: int) -> Iterator[Bench]:
    """Main app and connector, on a database of their own; both end, and the database goes, at the end."""
    name, port, main_app = f"meo_bench_{secrets.token_hex(4)}", _free_port(), _free_port()
    environment = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ} | {
        "PYTHON_DOTENV_DISABLED": "1",
        "MAIN_APP_URL": f"http://127.0.0.1:{main_app}",
        "CONNECTOR_PUBLIC_URL": f"http://127.0.0.1:{port}",
        "BIND": f"127.0.0.1:{port}",
        "DATABASE_URL": urlunsplit(urlsplit(DATABASE)._replace(path=f"/{name}")),
        "REDIS_URL": urlunsplit(urlsplit(REDIS)._replace(path="/7")),
        "WEB_CONCURRENCY": "1",
        "WEB_THREADS": str(threads),
        "RATE_LIMIT_PER_MINUTE": "100000",
        "AUTHORIZE_LIMIT_PER_MINUTE": "100000",
        "CONNECTIONS_PER_CLIENT": "20",
    }
    (ROOT / "var").mkdir(exist_ok=True)
    with psycopg.connect(DATABASE, autocommit=True) as server, (ROOT / "var" / "bench.log").open("wb") as log:
        server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        started: list[subprocess.Popen[bytes]] = []

        def start(*command: str, **options: Any) -> "subprocess.Popen[bytes]":
            started.append(
                subprocess.Popen(  # noqa: S603 - our own commands
                    [sys.executable, *command], cwd=ROOT, stdout=log, stderr=log, env=environment, **options
                )
            )
            return started[-1]

        try:
            start("-m", "bench.main_app", str(main_app), str(delay_ms))
            manage = [sys.executable, "manage.py"]
            subprocess.run([*manage, "migrate", "--verbosity", "0"], cwd=ROOT, env=environment, check=True)  # noqa: S603
            made = [*manage, "gpt_client", "--gpt-id", GPT, "--json"]
            told = subprocess.run(made, cwd=ROOT, env=environment, check=True, capture_output=True)  # noqa: S603
            client = json.loads(told.stdout)
            process = start("-m", "gunicorn", preexec_fn=lambda: os.sched_setaffinity(0, {core}))
            _wait_for(port, process)
            yield Bench(port, process, client, environment)
        finally:
            for one in reversed(started):
                one.terminate()
                one.wait()
            server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def _wait_for(port: int, process: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + 30
    while time.monotonic() < until and process.poll() is None:
        try:
            httpx.get(f"http://127.0.0.1:{port}/health", trust_env=False).raise_for_status()
        except httpx.HTTPError:
            time.sleep(0.1)
        else:
            return
    sys.exit("The connector did not start; see var/bench.log.")


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


if __name__ == "__main__":
    sys.exit(main())
