"""What scenarios stand on: the connector under gunicorn in production's settings, on PostgreSQL and Redis, a stand-in main app
behind a wire that can be cut, and people who signed in to it as people do."""

import contextlib
import json
import os
import secrets
import ssl
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import httpx
import psycopg
import redis

from devtools.demo.filehost import FileHost
from devtools.faults.wire import Wire
from sandbox.server import SandboxServer
from tests.files.file_host import Authority
from tests.ops.processes import PUBLIC_URL, Production
from tests.playing import ClientApp, Connector, Person, queries
from tests.ports import free_port
from tests.production import ROOT, collect_static_files, complete_environment, machine_environment
from tests.run import DATABASE, REDIS

# Beside those that the tests empty (8 to 15).
REDIS_DATABASE = 5
# For scenarios whose callers ask faster than people do.
UNTHROTTLED: dict[str, Any] = {
    "CALLS_IN_FLIGHT_PER_PERSON": "100",
    **dict.fromkeys(("RATE_LIMIT_PER_MINUTE", "AUTHORIZE_LIMIT_PER_MINUTE", "REFRESH_LIMIT_PER_MINUTE"), "100000"),
}


@dataclass
class Stage:
    """The world of one scenario. `wire` is what the connector takes for the main app, `environment` what it was started with."""

    folder: Path
    sandbox: SandboxServer
    authority: Authority
    wire: Wire
    files: FileHost
    environment: dict[str, str] = field(repr=False)
    # Of the first connector, and of the commands.
    root: Path = ROOT
    served: list[Production] = field(default_factory=list)

    @property
    def connector(self) -> Production:
        return self.served[0]

    @property
    def reaching_files(self) -> dict[str, Any]:
        """Changes for a connector that may fetch files from this machine, which production refuses to."""
        return {
            "ENVIRONMENT": "development",
            "FILE_DOWNLOAD_HOSTS": self.files.host,
            "FILE_DOWNLOAD_PRIVATE_ADDRESSES": "true",
            "FILE_DOWNLOAD_CA_FILE": str(self.files.authority),
        }

    def serve(self, root: Path | None = None, **changes: str) -> Production:
        """One more gunicorn on the same database and Redis, with other settings, of other code; stopped with the stage."""
        port = free_port()
        environment = self.environment | {"BIND": f"127.0.0.1:{port}", **changes}
        log_file = self.folder / f"connector-{len(self.served)}.log"
        with log_file.open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "gunicorn"],
                cwd=root or self.root,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        running = Production(environment, port, log_file, process)
        self.served.append(running)
        running.wait_until_ready()
        return running

    def client_app(self) -> ClientApp:
        """The GPT's client, made as ops make it; ChatGPT reaches the first connector."""
        made = json.loads(self.manage("gpt_client", "--gpt-id", "g-meo123", "--json"))
        connector = Connector(PUBLIC_URL)
        connector.http.close()
        connector.http = self.connector.http()
        return ClientApp(connector, made["client_id"], made["client_secret"], made["redirect_uris"][0])

    def mcp_app(self) -> ClientApp:
        """A public client of the MCP door, made as ops make it."""
        made = json.loads(self.manage("mcp_client", "create", "Claude", "--for", "claude", "--json"))
        connector = Connector(PUBLIC_URL)
        connector.http.close()
        connector.http = self.connector.http()
        return ClientApp(connector, made["client_id"], made["client_secret"], made["redirect_uris"][0], made["scope"])

    def sign_in_with_pkce(self, app: ClientApp, key: str) -> dict[str, Any]:
        """A person goes the whole way of the MCP door, by our own consent page; the client's token answer."""
        with self._person(key, self.connector) as person:
            return person.connect_with_pkce(app)

    def sign_in(self, app: ClientApp, key: str, *, via: Production | None = None) -> dict[str, Any]:
        """A person of the stand-in goes the whole way, `via` another connector than the first; the client's token answer."""
        answer = self.signing_in(app, key, via=via)
        answer.raise_for_status()
        tokens: dict[str, Any] = answer.json()
        return tokens

    def signing_in(self, app: ClientApp, key: str, *, via: Production | None = None) -> httpx.Response:
        """As `sign_in`; the last answer on the way, which is the first that does not lead on."""
        with self._person(key, via or self.connector) as person:
            begun = person.open(app.authorize_url())
            if begun.status_code != 302:
                return begun
            back = person.open(person.agree(begun.headers["Location"]))
            if back.status_code != 302:
                return back
            return replace(app, connector=person.connector).exchange(queries(back.headers["Location"])["code"])

    @contextmanager
    def _person(self, key: str, through: Production) -> Iterator[Person]:
        """Somebody of the stand-in, with a browser that reaches us and the main app."""
        at = Connector(PUBLIC_URL)
        at.http.close()
        at.http = through.http()
        person = Person(self.sandbox, at, key, {})
        person.browser.close()
        trusted = ssl.create_default_context(cafile=str(self.authority.file))
        person.browser = httpx.Client(
            transport=_Either(through.transport(), httpx.HTTPTransport(verify=trusted)), timeout=30
        )
        with at.http, person.browser:
            yield person

    def manage(self, *arguments: str, root: Path | None = None, changes: Mapping[str, str] | None = None) -> str:
        """A management command in the connector's environment; what it printed."""
        command = [sys.executable, "manage.py", *arguments]
        environment = self.environment | dict(changes or {})
        done = subprocess.run(
            command, cwd=root or self.root, env=environment, capture_output=True, text=True, timeout=120, check=False
        )
        if done.returncode:
            raise RuntimeError(
                f"{' '.join(arguments)} ended with {done.returncode}: {done.stdout}{done.stderr[-2000:]}"
            )
        return done.stdout

    def finding(self, name: str) -> dict[str, str]:
        """What `manage.py doctor` says to one of its questions."""
        command = [sys.executable, "manage.py", "doctor", "--json"]
        # It ends with 1 where anything is red.
        done = subprocess.run(
            command, cwd=self.root, env=self.environment, capture_output=True, text=True, timeout=120, check=False
        )
        found: dict[str, str] = next(one for one in json.loads(done.stdout)["findings"] if one["name"] == name)
        return found

    def workers(self) -> list[int]:
        """The processes of the first connector that serve."""
        pid = self.connector.process.pid
        return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]

    def stop(self) -> None:
        for one in self.served:
            if one.process.poll() is None:
                one.process.terminate()
        for one in self.served:
            try:
                one.process.wait(60)
            except subprocess.TimeoutExpired:
                one.process.kill()
                one.process.wait()


class _Either(httpx.BaseTransport):
    """The browser's way: our public address through the proxy in front, the main app's own straight."""

    def __init__(self, connector: httpx.BaseTransport, main_app: httpx.BaseTransport) -> None:
        self._connector, self._main_app = connector, main_app

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        ours = str(request.url).startswith(PUBLIC_URL)
        return (self._connector if ours else self._main_app).handle_request(request)

    def close(self) -> None:
        self._connector.close()
        self._main_app.close()


@contextmanager
def stage(
    folder: Path,
    *,
    redis_url: str | None = None,
    postgresql_url: str | None = None,
    root: Path = ROOT,
    **changes: str,
) -> Iterator[Stage]:
    """Everything up and one connector serving the code at `root`, with `changes` in its environment; all gone at the end.

    redis_url: another Redis than TEST_REDIS_URL, whose database of ours is emptied at the start. postgresql_url: another server
    than TEST_DATABASE_URL; a database of its own is made there.
    """
    authority = Authority(folder)
    files = FileHost(folder)
    sandbox = SandboxServer(environment="development", connector_url=PUBLIC_URL)
    with contextlib.ExitStack() as opened:
        opened.enter_context(sandbox)
        wire = opened.enter_context(Wire(urlsplit(sandbox.url).port or 0, authority, folder))
        sandbox.app.url = wire.url
        files.start()
        opened.callback(files.stop)
        database = opened.enter_context(own_database(postgresql_url))
        environment = machine_environment() | complete_environment()
        environment |= {
            "MAIN_APP_URL": wire.url,
            "CONNECTOR_PUBLIC_URL": PUBLIC_URL,
            "CONNECTOR_API_KEY": sandbox.app.api_key,
            "HMAC_SHARED_SECRET": sandbox.app.hmac_secret,
            "DATABASE_URL": database,
            "REDIS_URL": redis_url or own_redis(),
            "SSL_CERT_FILE": str(authority.file),
            "METRICS_TOKEN": secrets.token_urlsafe(32),
            "PYTHONUNBUFFERED": "1",
            **changes,
        }
        migrate = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
        for each in {root, ROOT}:
            collect_static_files(each)
        subprocess.run(migrate, cwd=root, env=environment, check=True, timeout=120)
        set_up = Stage(folder, sandbox, authority, wire, files, environment, root)
        opened.callback(set_up.stop)
        set_up.serve()
        yield set_up


@contextmanager
def own_database(server: str | None = None) -> Iterator[str]:
    """An empty PostgreSQL database for one scenario; its address."""
    server = server or os.environ.get("TEST_DATABASE_URL", DATABASE)
    name = f"meo_faults_{secrets.token_hex(4)}"
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name}".encode())
    try:
        yield urlunsplit(urlsplit(server)._replace(path=f"/{name}"))
    finally:
        # Connected anew: a scenario may have restarted the server.
        with psycopg.connect(server, autocommit=True) as admin:
            admin.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


def own_redis() -> str:
    """The address of our database in the tests' Redis, emptied."""
    url = urlunsplit(urlsplit(os.environ.get("TEST_REDIS_URL", REDIS))._replace(path=f"/{REDIS_DATABASE}"))
    with redis.Redis.from_url(url) as server:
        server.flushdb()
    return url
