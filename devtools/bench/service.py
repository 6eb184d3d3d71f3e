"""The connector as `make bench` runs it: its processes, its database, its people and what they ask."""

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

from devtools.bench import floor, mcp
from devtools.bench.load import Wire, wire
from devtools.bench.main_app import PEOPLE

ROOT = Path(__file__).resolve().parent.parent.parent
DATABASE = os.environ.get("TEST_DATABASE_URL", "postgres://postgres@127.0.0.1:5432/postgres")
REDIS = os.environ.get("TEST_REDIS_URL", "redis://127.0.0.1:6379")
GPT = "g-bench123"
JSON = {"Content_Type": "application/json"}
FORM = {"Content_Type": "application/x-www-form-urlencoded"}

Step = Callable[[Wire, int], Awaitable[int]]


class Served:
    """A running gunicorn: its port, and what its processes take."""

    def __init__(self, process: "subprocess.Popen[bytes]", port: int) -> None:
        self.process, self.port = process, port

    def processes(self) -> list[int]:
        pid = self.process.pid
        return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]

    def processor_seconds(self) -> float:
        ticks = 0
        for pid in self.processes():
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            ticks += int(fields[11]) + int(fields[12])
        return ticks / os.sysconf("SC_CLK_TCK")

    def megabytes(self, field: str = "VmHWM") -> int:
        """Of the largest process: at its peak, or now with "VmRSS"."""
        lines = [Path(f"/proc/{pid}/status").read_text() for pid in self.processes()]
        return max(int(text.partition(f"{field}:")[2].split()[0]) for text in lines) // 1024


class Bench(Served):
    """The running connector: a client of each door, the access tokens of its people, and the floor that it is measured beside."""

    def __init__(
        self,
        process: "subprocess.Popen[bytes]",
        floor: Served,
        environment: dict[str, str],
        client: dict[str, Any],
        mcp_client: str,
    ) -> None:
        super().__init__(process, int(environment["BIND"].rpartition(":")[2]))
        self.floor, self.environment, self.client, self.mcp_client = floor, environment, client, mcp_client
        self.main_app_port = int(environment["MAIN_APP_URL"].rpartition(":")[2])
        self.database = environment["DATABASE_URL"]
        self.tokens: list[dict[str, str]] = []
        self.mcp_tokens: list[str] = []

    async def everybody_signs_in(self) -> None:
        """Raises RuntimeError when somebody could not."""
        async with wire(self.port) as own:
            for _person in range(PEOPLE):
                if (status := await self.sign_in(own)) != 200:
                    raise RuntimeError(f"a sign-in ended with {status}")
            self.mcp_tokens = await mcp.everybody(own, self.environment["CONNECTOR_PUBLIC_URL"], self.mcp_client)

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

    def tool(self, method: str, path: str, body: object = None, *, of_floor: bool = False) -> Step:
        """A request of the Actions door, or the same of the floor, whose bearers are its own."""
        raw = b"" if body is None else json.dumps(body).encode()

        async def step(own: Wire, number: int) -> int:
            person = number % PEOPLE
            bearer = floor.bearer(person) if of_floor else f"Bearer {self.tokens[person]['access_token']}"
            return (await own.ask(method, path, raw, Authorization=bearer, **JSON)).status

        return step

    def mcp(self, method: str, **params: Any) -> Step:
        """One request of the MCP door. An answer that holds an error counts as 500, whatever HTTP's status is."""
        headers, raw = mcp.request(method, **params)

        async def step(own: Wire, number: int) -> int:
            bearer = f"Bearer {self.mcp_tokens[number % PEOPLE]}"
            answer = await own.ask("POST", "/mcp", raw, Authorization=bearer, **headers)
            return 500 if answer.status == 200 and b'"isError":true' in answer.body else answer.status

        return step

    def main_app(self, **changes: float) -> int:
        """Change how the main app behaves from now on (`bench.main_app`); how many requests it has had so far."""
        asked = httpx.get(f"{self.environment['MAIN_APP_URL']}/__bench", params={"now": 1, **changes}, trust_env=False)
        return int(asked.json()["data"]["requests"])


@contextmanager
def running(delay_ms: float, threads: int, cores: set[int]) -> Iterator[Bench]:
    """Main app, floor and connector, the last two with a process for each core, on a database of its own; all of it goes at the end."""
    name, port, main_app, beside = f"meo_bench_{secrets.token_hex(4)}", free_port(), free_port(), free_port()
    environment = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ} | {
        "PYTHON_DOTENV_DISABLED": "1",
        "MAIN_APP_URL": f"http://127.0.0.1:{main_app}",
        "CONNECTOR_PUBLIC_URL": f"http://127.0.0.1:{port}",
        "BIND": f"127.0.0.1:{port}",
        "DATABASE_URL": urlunsplit(urlsplit(DATABASE)._replace(path=f"/{name}")),
        "REDIS_URL": urlunsplit(urlsplit(REDIS)._replace(path="/7")),
        "WEB_CONCURRENCY": str(len(cores)),
        "WEB_THREADS": str(threads),
        "RATE_LIMIT_PER_MINUTE": "100000",
        "CALLS_IN_FLIGHT_PER_PERSON": "100",
        "AUTHORIZE_LIMIT_PER_MINUTE": "100000",
        "REFRESH_LIMIT_PER_MINUTE": "100000",
        "CONNECTIONS_PER_CLIENT": "20",
        # As in production; text for people is dearer.
        "LOG_FORMAT": "json",
    }
    (ROOT / "var").mkdir(exist_ok=True)
    with psycopg.connect(DATABASE, autocommit=True) as server, (ROOT / "var" / "bench.log").open("wb") as log:
        server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        started: list[subprocess.Popen[bytes]] = []

        def start(*command: str, **options: Any) -> "subprocess.Popen[bytes]":
            started.append(
                subprocess.Popen(
                    [sys.executable, *command], cwd=ROOT, stdout=log, stderr=log, env=environment, **options
                )
            )
            return started[-1]

        try:
            start("-m", "devtools.bench.main_app", str(main_app), str(delay_ms))
            manage = [sys.executable, "manage.py"]
            subprocess.run([*manage, "migrate", "--verbosity", "0"], cwd=ROOT, env=environment, check=True)
            made = [*manage, "gpt_client", "--gpt-id", GPT, "--json"]
            created = subprocess.run(made, cwd=ROOT, env=environment, check=True, capture_output=True)
            client = json.loads(created.stdout)
            made = [*manage, "mcp_client", "create", "Bench", "--redirect-uri", mcp.REDIRECT, "--json"]
            created = subprocess.run(made, cwd=ROOT, env=environment, check=True, capture_output=True)
            mcp_client = str(json.loads(created.stdout)["client_id"])

            def serving(port: int, *command: str) -> Served:
                process = start("-m", *command, preexec_fn=lambda: os.sched_setaffinity(0, cores))
                wait_for(port, process)
                return Served(process, port)

            bare = serving(beside, "devtools.bench.floor", str(beside), str(main_app), str(threads), str(len(cores)))
            yield Bench(serving(port, "gunicorn").process, bare, environment, client, mcp_client)
        finally:
            for one in reversed(started):
                one.terminate()
                one.wait()
            server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def wait_for(port: int, process: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + 30
    while time.monotonic() < until and process.poll() is None:
        try:
            httpx.get(f"http://127.0.0.1:{port}/health", trust_env=False).raise_for_status()
        except httpx.HTTPError:
            time.sleep(0.1)
        else:
            return
    sys.exit("The connector, or the floor beside it, did not start; see var/bench.log.")


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])
