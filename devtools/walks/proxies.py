"""deploy/'s nginx and Caddy in front of the real gunicorn, and its Prometheus beside it.

Each with its own example, but for ports, names of files and how often it asks.
"""

import contextlib
import re
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import httpx

from devtools.faults.scenarios import Options, Row, Scenario
from devtools.faults.stage import Stage, stage
from tests.ops.processes import PUBLIC_URL, Production
from tests.ports import free_port
from tests.production import ROOT

DEPLOY = ROOT / "deploy"
HOST = str(urlsplit(PUBLIC_URL).hostname)
PATHS = f"{Path('/usr/sbin')}:/usr/bin"
HALVES = 40
Answer = TypeVar("Answer")
# The examples give a request ten seconds.
CUT_WITHIN, HEALTH_WITHIN = 13.0, 1.0


@dataclass
class Behind(Production):
    """A connector as the world reaches it by a proxy that ends TLS on `front`."""

    front: int
    trusted: ssl.SSLContext

    def transport(self, **headers: str) -> Any:
        return _ToTheProxy(self.front, self.trusted, headers)


class _ToTheProxy(httpx.BaseTransport):
    def __init__(self, port: int, trusted: ssl.SSLContext, headers: dict[str, str]) -> None:
        self._port, self._headers = port, headers
        self._http = httpx.HTTPTransport(verify=trusted)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        passed = httpx.Request(
            request.method,
            request.url.copy_with(host="127.0.0.1", port=self._port),
            headers={**self._headers, **dict(request.headers)},
            content=request.read(),
            extensions={"sni_hostname": HOST},
        )
        return self._http.handle_request(passed)

    def close(self) -> None:
        self._http.close()


def program(name: str) -> str | None:
    return shutil.which(name) or shutil.which(name, path=PATHS)


def nginx(folder: Path, connector: int, front: int, pair: Path) -> list[str]:
    text = (DEPLOY / "nginx" / "meo-connector.conf").read_text()
    text = re.sub(
        r"(ssl_certificate(?:_key)?) .*;", rf"\1 {pair};", text.replace("127.0.0.1:8000", f"127.0.0.1:{connector}")
    )
    text = re.sub(r"listen (\[::\]:)?80;", f"listen 127.0.0.1:{free_port()};", text, count=1)
    text = re.sub(r" +listen \[::\]:.*\n", "", text).replace("listen 443 ", f"listen 127.0.0.1:{front} ")
    places = "".join(
        f"{kind}_temp_path {folder}/{kind};\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (folder / "nginx.conf").write_text(
        f"user root;\ndaemon off;\npid {folder}/nginx.pid;\nerror_log stderr;\nevents {{}}\n"
        f"http {{\naccess_log {folder}/access.log;\n{places}{text}}}\n"
    )
    return ["-c", str(folder / "nginx.conf"), "-p", str(folder)]


def caddy(folder: Path, connector: int, front: int, pair: Path) -> list[str]:
    text = (DEPLOY / "caddy" / "Caddyfile").read_text().replace("127.0.0.1:8000", f"127.0.0.1:{connector}")
    text = text.replace("\n{\n", "\n{\n\tadmin off\n\tauto_https disable_redirects\n", 1)
    text = text.replace(
        f"\n{HOST} {{\n",
        f"\n{HOST}:{front} {{\n\tbind 127.0.0.1\n\ttls {pair} {pair}\n",
    )
    (folder / "Caddyfile").write_text(text)
    return ["run", "--adapter", "caddyfile", "--config", str(folder / "Caddyfile")]


def _proxy(name: str, arguments: Callable[[Path, int, int, Path], list[str]]) -> Callable[[Options], Iterator[Row]]:
    def run(options: Options) -> Iterator[Row]:
        found = program(name)
        if found is None:
            yield Row((f"not walked: {name} is not installed", "–"))
            return
        with stage(options.folder, TRUSTED_PROXY_COUNT="1", WEB_CONCURRENCY="1", WEB_THREADS="4") as set_up:
            set_up.authority.context_for(HOST)
            front = free_port()
            command = [found, *arguments(options.folder, set_up.connector.port, front, options.folder / f"{HOST}.pem")]
            log = options.folder / "proxy.log"
            with _started(command, front, log):
                one = set_up.connector
                trusted = ssl.create_default_context(cafile=str(set_up.authority.file))
                behind = Behind(one.environment, one.port, one.log_file, one.process, front, trusted)
                yield from _calls(set_up, behind)
                yield from _attacked(behind)
            spoken = "".join(file.read_text() for file in (options.folder / "access.log", log) if file.exists())
            wrong = ("a query string of /oauth/ is in the proxy's log",) if re.search(r"code=|state=", spoken) else ()
            yield Row(("no code in the proxy's log", f"{len(spoken.splitlines())} lines"), wrong)

    return run


@contextlib.contextmanager
def _started(command: list[str], port: int, log: Path) -> Iterator[None]:
    with log.open("wb") as out:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, cwd=log.parent)
    try:
        until = time.monotonic() + 20
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                if time.monotonic() > until or process.poll() is not None:
                    raise RuntimeError(log.read_text()[-2000:]) from None
                time.sleep(0.1)
        yield
    finally:
        process.terminate()
        process.wait(30)


def _calls(set_up: Stage, behind: Behind) -> Iterator[Row]:
    token = set_up.sign_in(set_up.client_app(), "emma", via=behind)["access_token"]
    with behind.http() as http:
        asked = {
            "Emma signs in through it; her pets": (
                http.get("/pets", headers={"Authorization": f"Bearer {token}"}),
                200,
            ),
            "without a token": (http.get("/pets"), 401),
            "/mcp without a token": (http.post("/mcp", json={}), 401),
            "/metrics": (http.get("/metrics"), 404),
        }
        for name, (answer, status) in asked.items():
            wrong = () if answer.status_code == status else (f"{answer.status_code} {answer.text[:200]}, not {status}",)
            yield Row((name, str(answer.status_code)), wrong)
        # Debian's Caddy 2.6 has no better word for it than 502; the connector, which may answer first, says 413.
        signed_in = {"Authorization": f"Bearer {token}"}
        large = http.post("/pets", content=b"x" * 2_000_000, headers=signed_in).status_code
        yield Row(("2 MB", str(large)), () if large in (413, 502) else ("not refused",))
        form = {"grant_type": "refresh_token", "refresh_token": "x", "client_id": "meo-gpt", "client_secret": "wrong"}
        http.post("/oauth/token", data=form, headers={"X-Forwarded-For": "198.51.100.1"})
    addresses = {line["address"] for line in behind.lines if line.get("security") == "client_failed"}
    yield Row(
        ("who it was that failed", ", ".join(addresses)),
        () if addresses == {"127.0.0.1"} else ("not the proxy's word",),
    )


def _attacked(behind: Behind) -> Iterator[Row]:
    """Half requests, more than the connector has threads; health and a look at how long the proxy bears them."""
    with contextlib.ExitStack() as opened:
        halves = []
        began = time.monotonic()
        for _ in range(HALVES):
            plain = opened.enter_context(socket.create_connection(("127.0.0.1", behind.front), 10))
            half = opened.enter_context(behind.trusted.wrap_socket(plain, server_hostname=HOST))
            half.sendall(f"POST /oauth/token HTTP/1.1\r\nHost: {HOST}\r\nContent-Length: 100\r\n\r\ngrant".encode())
            halves.append(half)
        slowest = 0.0
        with behind.http() as http:
            while time.monotonic() - began < CUT_WITHIN:
                asked = time.monotonic()
                http.get("/health").raise_for_status()
                slowest = max(slowest, time.monotonic() - asked)
                time.sleep(0.3)
        wrong = () if slowest < HEALTH_WITHIN else (f"/health took {slowest:.1f} s",)
        yield Row((f"{HALVES} half requests; /health meanwhile", f"{slowest * 1000:.0f} ms at most"), wrong)
        left = sum(not _ended(half) for half in halves)
    yield Row(
        (f"half requests that it still bears after {CUT_WITHIN:.0f} s", str(left)),
        (f"{left} are left",) if left else (),
    )
    reached = sum(line.get("endpoint") == "/oauth/token" and line.get("status") == 400 for line in behind.lines)
    yield Row(("half requests that reached the connector", str(reached)), ("it does not buffer",) if reached else ())


def _ended(half: ssl.SSLSocket) -> bool:
    half.settimeout(0.1)
    try:
        while half.recv(4096):
            pass
    except TimeoutError:
        return False
    except OSError:
        return True
    return True


def prometheus(options: Options) -> Iterator[Row]:
    found = program("prometheus")
    if found is None:
        yield Row(("not walked: prometheus is not installed", "–"))
        return
    with stage(options.folder) as set_up:
        folder, port = options.folder, free_port()
        shutil.copy(DEPLOY / "prometheus" / "rules.yml", folder)
        (folder / "token").write_text(set_up.environment["METRICS_TOKEN"])
        job = (DEPLOY / "prometheus" / "meo-connector.yml").read_text()
        job = job.replace("/etc/prometheus/meo-connector.token", str(folder / "token"))
        job = job.replace("127.0.0.1:8000", f"127.0.0.1:{set_up.connector.port}")
        (folder / "prometheus.yml").write_text(f"global: {{scrape_interval: 1s, evaluation_interval: 1s}}\n{job}")
        command = [found, f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/tsdb"]
        listening = f"--web.listen-address=127.0.0.1:{port}"
        with (
            _started([*command, listening], port, folder / "prometheus.log"),
            httpx.Client(base_url=f"http://127.0.0.1:{port}/api/v1", timeout=10) as prometheus,
        ):
            up = _until(lambda: _values(prometheus, "up"), lambda values: values == ["1"])
            yield Row(("it reads /metrics with the token", f"up {up}"), () if up == ["1"] else ("not up",))
            rules = _until(lambda: _rules(prometheus), lambda all_of: all(one["health"] == "ok" for one in all_of))
            bad = tuple(
                f"{one['name']}: {one['health']} {one.get('lastError', '')}" for one in rules if one["health"] != "ok"
            )
            yield Row(("its rules are evaluated", f"{len(rules)} rules"), bad or (() if rules else ("none",)))
            firing = [one["name"] for one in rules if one["state"] != "inactive"]
            yield Row(("none of them fires on a healthy connector", str(len(firing))), tuple(firing))
            set_up.connector.stop()
            gone = _until(lambda: [one["name"] for one in _rules(prometheus) if one["state"] != "inactive"], bool)
            yield Row(("gunicorn ends", ", ".join(gone)), () if "ConnectorGone" in gone else ("no alert",))


def _until(ask: Callable[[], Answer], good: Callable[[Answer], bool]) -> Answer:
    """What it answers when that is good; after 20 seconds, what it does answer."""
    until = time.monotonic() + 20
    while not good(answer := ask()) and time.monotonic() < until:
        time.sleep(0.5)
    return answer


def _values(prometheus: httpx.Client, query: str) -> list[str]:
    return [one["value"][1] for one in prometheus.get("/query", params={"query": query}).json()["data"]["result"]]


def _rules(prometheus: httpx.Client) -> list[dict[str, Any]]:
    groups = prometheus.get("/rules").json()["data"]["groups"]
    return [rule for group in groups for rule in group["rules"]]


SCENARIOS = (
    Scenario("nginx", "deploy/nginx in front", ("Asked", "Answer"), _proxy("nginx", nginx)),
    Scenario("caddy", "deploy/caddy in front", ("Asked", "Answer"), _proxy("caddy", caddy)),
    Scenario("prometheus", "deploy/prometheus beside it", ("Asked", "Answer"), prometheus),
)
