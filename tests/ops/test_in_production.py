"""gunicorn in production: what its log shows and hides, what it counts, and what a stop, a kill and a fork do to tool-call lines."""

import json
import os
import re
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any, cast

import httpx
import psycopg
import pytest
from django.conf import settings
from django.db import connection as db
from prometheus_client.parser import text_string_to_metric_families

from sandbox.server import SandboxServer
from tests.files.file_host import Authority
from tests.ops.collector import Collector
from tests.ops.processes import PUBLIC_URL, Production, production, under_tls
from tests.playing import PASSWORD, ClientApp, Connector, Person
from tests.production import ROOT, complete_environment, machine_environment

pytestmark = pytest.mark.django_db

METRICS_TOKEN = "mt_9f2c7b1e64d80a35c1f7e29b08d46a5392e1b7c0"


@pytest.fixture(scope="module")
def stand_in(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[SandboxServer, Authority]]:
    authority = Authority(tmp_path_factory.mktemp("tls"))
    sandbox = SandboxServer(environment="development", connector_url=PUBLIC_URL)
    with under_tls(sandbox, authority), sandbox:
        yield sandbox, authority


@pytest.fixture
def serve(stand_in: tuple[SandboxServer, Authority], tmp_path: Path) -> Iterator[Callable[..., Production]]:
    if db.vendor != "postgresql" or not settings.REDIS_URL:
        pytest.skip("production needs PostgreSQL and Redis")
    sandbox, authority = stand_in
    running: list[Any] = []

    def start(**changes: str) -> Production:
        running.append(production(tmp_path, sandbox, authority, settings.REDIS_URL, **changes))
        return cast(Production, running[-1].__enter__())

    yield start
    for each in running:
        each.__exit__(None, None, None)


class Walk:
    """ChatGPT and a person at one running connector; remembers every secret that went over a wire."""

    def __init__(self, served: Production, sandbox: SandboxServer, authority: Authority) -> None:
        self.served, self.sandbox = served, sandbox
        made = json.loads(served.manage("gpt_client", "--gpt-id", "g-meo123", "--json").stdout)
        self.secrets: set[str] = {made["client_secret"], PASSWORD}
        self.connector = Connector(PUBLIC_URL)
        self.connector.http = served.http()
        self.app = ClientApp(self.connector, made["client_id"], made["client_secret"], made["redirect_uris"][0])
        self._authority = authority

    def sign_in(self, key: str = "mai") -> str:
        """An access token of a whole sign-in."""
        person = Person(self.sandbox, self.connector, key, {})
        trusted = ssl.create_default_context(cafile=str(self._authority.file))
        person.browser = httpx.Client(
            transport=_Either(self.served.transport(), httpx.HTTPTransport(verify=trusted)),
            timeout=30,
        )
        consent_url = person.begin(self.app)
        callback = person.agree(consent_url)
        location = person.open(callback).headers["Location"]
        code = httpx.URL(location).params["code"]
        answer = self.app.exchange(code).json()
        for address in (consent_url, callback, location):
            self.secrets |= {value for name, value in httpx.URL(address).params.items() if name not in ("iss",)}
        self.secrets |= {code, answer["access_token"], answer["refresh_token"], person.account.email}
        self.secrets |= {token.partition("|")[2] for token in person.main_app_tokens} | set(person.main_app_tokens)
        self.secrets |= {cookie.value for cookie in person.browser.cookies.jar if cookie.value}
        return str(answer["access_token"])

    def call(self, method: str, path: str, token: str, **options: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {token}", **options.pop("headers", {})}
        return self.connector.http.request(method, path, headers=headers, **options)


class _Either(httpx.BaseTransport):
    def __init__(self, connector: httpx.BaseTransport, main_app: httpx.BaseTransport) -> None:
        self._connector, self._main_app = connector, main_app

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        ours = str(request.url).startswith(PUBLIC_URL)
        return (self._connector if ours else self._main_app).handle_request(request)


@pytest.fixture
def walk(stand_in: tuple[SandboxServer, Authority]) -> Callable[[Production], Walk]:
    return lambda served: Walk(served, *stand_in)


def tool_lines(served: Production) -> int:
    with psycopg.connect(served.environment["DATABASE_URL"]) as rows:
        found = rows.execute("SELECT count(*) FROM petstools_toolcall").fetchone()
    assert found is not None
    return int(found[0])


def until(holds: Callable[[], bool], seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.05)


# --- Traces ---------------------------------------------------------------------------------------


def test_traces_tell_what_took_how_long_and_nothing_of_what_was_said(
    serve: Callable[..., Production], walk: Callable[[Production], Walk], stand_in: tuple[SandboxServer, Authority]
) -> None:
    sandbox, _authority = stand_in
    mai = sandbox.world.user("mai")
    pet = sandbox.world.add_pet(mai, name="Zuzannenkaetzchen", species="cat", description="Sleepyhead by the stove")
    with Collector() as collector:
        served = serve(TRACES_URL=collector.url)
        talk = walk(served)
        token = talk.sign_in("mai")
        asked = [
            talk.call("GET", "/pets?name=Quersprechend", token),
            talk.call("POST", "/pets/find", token, json={"name": "Zuzannenkaetzchen"}),
            talk.call("POST", f"/pets/{pet.id}/weights", token, json={"weight_kg": "4.321 kg"}),
            talk.call("GET", "/pets/987654", token),
            talk.call("GET", "/nowhere/Quersprechend", token),
        ]
        sandbox.app.faults.add(error_rate=1.0, error_status=500)
        asked.append(talk.call("GET", f"/pets/{pet.id}", token))
        sandbox.app.faults.clear()
        # What waits is sent when a process ends.
        served.stop()

    assert [one.status_code for one in asked] == [200, 200, 201, 404, 404, 502]
    spans = collector.spans()
    names = {span.name for span in spans}
    assert {"GET /pets", "list_pets", "find_pet", "add_weight", "GET (no such address)"} <= names
    assert {"POST /oauth/token", "SELECT oauthbridge_accesstoken", "POST /pets/{pet}/weights"} <= names
    attributes = {(one.key, one.value.string_value or one.value.int_value) for span in spans for one in span.attributes}
    assert {"http.request.method", "http.route", "http.response.status_code", "meo.request_id"} | {
        f"meo.{each}" for each in ("kind", "door", "outcome", "code")
    } == {key for key, _value in attributes}
    assert [
        value for key, value in attributes if key != "meo.request_id" and re.search(r"\d{4,}|[?@=]", str(value))
    ] == []
    assert [name for name in names if re.search(r"\d{2,}|[?@=]", name)] == []
    assert [span.events for span in spans if span.events] == []
    assert [span.status.message for span in spans if span.status.message] == []
    (failed,) = [span for span in spans if span.name == "get_pet" and span.status.code == 2]
    root = next(span for span in spans if span.span_id == failed.parent_span_id)
    assert root.name.startswith("GET /pets/")

    everything = collector.everything()
    keys = ("CONNECTOR_API_KEY", "HMAC_SHARED_SECRET", "ENCRYPTION_KEY", "SECRET_KEY")
    said = {"Quersprechend", "Zuzannenkaetzchen", "Sleepyhead", "4.321", "987654", f'"{pet.id}"', mai.name}
    hidden = {*talk.secrets, *said, *(served.environment[key] for key in keys)}
    assert [one for one in hidden if len(one) > 2 and one in everything] == []


@pytest.mark.once
def test_without_traces_nothing_of_them_is_imported() -> None:
    # redis imports OpenTelemetry's metrics wherever they are installed, and uses none.
    parts = ("opentelemetry.sdk.trace", "opentelemetry.exporter", "google.protobuf")
    # Protobuf's parser in C comes with the exporter and with nothing else.
    command = (
        "import sys, pathlib, connector.wsgi, connector.serving.gunicorn_worker\n"
        f"print([name for name in sys.modules if name.startswith({parts})], "
        "'google/_upb' in pathlib.Path('/proc/self/maps').read_text())"
    )
    environment = machine_environment() | complete_environment()
    told = subprocess.run(
        [sys.executable, "-c", command], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    assert told.stdout.strip().splitlines()[-1] == "[] False"


# --- Logs -----------------------------------------------------------------------------------------


def test_a_whole_conversation_in_the_log(
    serve: Callable[..., Production], walk: Callable[[Production], Walk], stand_in: tuple[SandboxServer, Authority]
) -> None:
    sandbox, _authority = stand_in
    served = serve()
    talk = walk(served)
    token = talk.sign_in("mai")
    pet = sandbox.world.add_pet(sandbox.world.user("mai"), name="Zuzannenkätzchen", species="cat")
    user_id = sandbox.world.user("mai").id

    listed = talk.call("GET", "/pets?name=Quersprechend", token, headers={"X-Request-ID": "proxy-1234-abcd"})
    weight = talk.call(
        "POST", f"/pets/{pet.id}/weights", token, json={"weight_kg": "4.321 kg", "measured_at": "2026-01-02"}
    )
    missing = talk.call("GET", "/pets/999999", token, headers={"X-Request-ID": "no good one"})
    refused = talk.call("GET", "/pets", "meo_at_" + "x" * 43)
    talk.secrets |= {"Quersprechend", "Zuzannenkätzchen", "4.321", "meo_at_" + "x" * 43}
    ended = talk.app.revoke(token)
    served.stop()

    assert [one.status_code for one in (listed, weight, missing, refused, ended)] == [200, 201, 404, 401, 200], (
        weight.text
    )
    log = served.log
    assert [line for line in log.splitlines() if not line.startswith("{")] == []
    ours = [
        served.environment[name] for name in ("CONNECTOR_API_KEY", "HMAC_SHARED_SECRET", "ENCRYPTION_KEY", "SECRET_KEY")
    ]
    shown = [secret for secret in {*talk.secrets, *ours} if len(secret) > 4 and secret in log]
    assert shown == []
    assert not re.search(r"[\w.]+@[\w-]+\.\w+", log)
    assert "session_id=" not in log
    assert "?" not in "".join(line.get("endpoint", "") for line in served.lines)

    by_id = {line["request_id"]: line for line in served.lines if line["event"] == "request"}
    line = by_id["proxy-1234-abcd"]
    assert listed.headers["X-Request-ID"] == "proxy-1234-abcd"
    assert line["user_id"] == user_id
    assert (line["method"], line["endpoint"], line["status"], line["operation"]) == ("GET", "/pets", 200, "list_pets")
    assert line["upstream_calls"] >= 1
    assert line["latency_ms"] > 0
    assert line["level"] == "info"
    own = missing.headers["X-Request-ID"]
    assert re.fullmatch(r"[0-9a-f]{32}", own)
    assert missing.json()["request_id"] == own
    assert (by_id[own]["error_code"], by_id[own]["status"]) == ("NOT_FOUND", 404)
    assert by_id[refused.headers["X-Request-ID"]]["error_code"] == "UNAUTHORIZED"
    # What docs/operations.md, "Restore", reads from the log.
    (ending,) = [line for line in served.lines if line["event"] == "connection ended"]
    assert re.fullmatch(r"[0-9a-f-]{36}", ending["connection"])
    assert re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d", ending["timestamp"])
    upstream = {
        value for one in list(sandbox.requests) for name, value in one.headers.items() if name.lower() == "x-request-id"
    }
    assert {"proxy-1234-abcd", own} <= upstream


# --- Tool-call lines ------------------------------------------------------------------------------


def test_a_killed_worker_loses_only_the_last_moment_keeps_its_counts_and_not_its_gauges(
    serve: Callable[..., Production], walk: Callable[[Production], Walk]
) -> None:
    served = serve(WEB_CONCURRENCY="1", METRICS_TOKEN=METRICS_TOKEN, RATE_LIMIT_PER_MINUTE="100000")
    talk = walk(served)
    token = talk.sign_in("mai")
    for _ in range(5):
        talk.call("GET", "/pets", token)
    until(lambda: tool_lines(served) == 5, 5)
    folder = _counts_of(served)
    assert folder is not None
    (worker,) = processes_of(served)
    assert (folder / f"gauge_livesum_{worker}.db").exists()

    os.kill(int(worker), signal.SIGKILL)

    served.wait_until_ready()
    assert talk.call("GET", "/pets", token).status_code == 200
    until(lambda: tool_lines(served) == 6, 5)
    until(lambda: not (folder / f"gauge_livesum_{worker}.db").exists(), 5)
    assert metrics(served)['meo_tool_calls_total{code="",door="actions",operation="list_pets",outcome="ok"}'] == 6


# --- Sharing the work -----------------------------------------------------------------------------


def test_processes_share_a_burst_of_connections(serve: Callable[..., Production]) -> None:
    """As a proxy opens that keeps them: whoever took them all would serve them all, and the other process none."""
    served = serve(WEB_CONCURRENCY="2")
    until(lambda: sum("anon_inode:[eventpoll]" in files(process) for process in processes_of(served)) == 2)
    children = processes_of(served)
    # Which of two wakes first is the kernel's to say: one burst may be lopsided, eight in a row are no accident.
    least = [min(burst_on(served, children)) for _burst in range(8)]

    assert max(least) >= 8, least


def burst_on(served: Production, children: list[str]) -> list[int]:
    """How many of 64 connections, opened at once, each process has."""
    with ExitStack() as opened:
        ours = [
            opened.enter_context(socket.create_connection(("127.0.0.1", served.port))).getsockname()[1]
            for _connection in range(64)
        ]
        until(lambda: sum(shares(children, ours)) == 64, seconds=5)
        return shares(children, ours)


def shares(processes: list[str], ports: list[int]) -> list[int]:
    """How many of the connections from these ports each process has."""
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    theirs = {f"socket:[{row[9]}]" for row in rows if int(row[2].partition(":")[2], 16) in ports}
    return [len(theirs & files(process)) for process in processes]


def processes_of(served: Production) -> list[str]:
    return Path(f"/proc/{served.process.pid}/task/{served.process.pid}/children").read_text().split()


def files(process: str) -> set[str]:
    """What a process has open: `socket:[…]`, `anon_inode:[eventpoll]` and the like."""
    found = set()
    for file in Path(f"/proc/{process}/fd").iterdir():
        # Another thread may just have closed it.
        with suppress(FileNotFoundError):
            found.add(str(file.readlink()))
    return found


# --- The throttle of tool calls ---------------------------------------------------------------------


def test_processes_hold_a_connection_to_the_limit_together(
    serve: Callable[..., Production], walk: Callable[[Production], Walk]
) -> None:
    """Three that counted each for themselves would let 90 calls pass."""
    served = serve(WEB_CONCURRENCY="3", RATE_LIMIT_PER_MINUTE="30")
    talk = walk(served)
    headers = {"Authorization": f"Bearer {talk.sign_in('mai')}", "Connection": "close"}
    # All in one minute, of which the first half at least lies before it: no hit slides out of the window meanwhile.
    if time.time() % 60 > 40:
        time.sleep(60 - time.time() % 60)

    with served.http() as http:
        told = [http.get("/account", headers=headers).status_code for _call in range(240)]

    assert set(told) == {200, 429}
    assert told.count(200) == 30
    assert told[-80:] == [429] * 80


# --- Metrics --------------------------------------------------------------------------------------


def samples(text: str) -> dict[str, float]:
    """`name{label="value"}` → value."""
    found = {}
    for family in text_string_to_metric_families(text):
        for one in family.samples:
            labels = ",".join(f'{name}="{value}"' for name, value in sorted(one.labels.items()))
            found[f"{one.name}{{{labels}}}"] = one.value
    return found


def metrics(served: Production) -> dict[str, float]:
    url, headers = f"http://127.0.0.1:{served.port}/metrics", {"Authorization": f"Bearer {METRICS_TOKEN}"}
    return samples(httpx.get(url, headers=headers).text)


def test_metrics_count_over_all_processes_and_a_graceful_stop_writes_every_line(
    serve: Callable[..., Production], walk: Callable[[Production], Walk], stand_in: tuple[SandboxServer, Authority]
) -> None:
    """gthread, forked from a preloaded parent: each worker has its own thread, and its own last flush."""
    served = serve(WEB_CONCURRENCY="2", METRICS_TOKEN=METRICS_TOKEN, RATE_LIMIT_PER_MINUTE="100000")
    talk = walk(served)
    token = talk.sign_in("mai")
    before = tool_lines(served)
    with served.http() as http:
        for _ in range(30):
            # A connection each, so that both workers get some.
            http.get("/pets", headers={"Authorization": f"Bearer {token}", "Connection": "close"})
        http.get("/pets/999999", headers={"Authorization": f"Bearer {token}"})
        http.post("/pets/find", json={}, headers={"Authorization": f"Bearer {token}"})
    plain = f"http://127.0.0.1:{served.port}/metrics"
    authorized = {"Authorization": f"Bearer {METRICS_TOKEN}"}

    answers = [httpx.get(plain, headers=authorized) for _ in range(4)]

    assert {one.status_code for one in answers} == {200}
    assert answers[0].headers["Content-Type"].startswith("text/plain; version=")
    seen = [samples(one.text) for one in answers]
    for told in seen:
        assert told['meo_tool_calls_total{code="",door="actions",operation="list_pets",outcome="ok"}'] == 30
        assert told['meo_tool_calls_total{code="NOT_FOUND",door="actions",operation="get_pet",outcome="error"}'] == 1
        assert told['meo_tool_calls_total{code="missing",door="actions",operation="find_pet",outcome="asked"}'] == 1
        assert told['meo_tool_call_seconds_count{door="actions",operation="list_pets"}'] == 30
        assert told['meo_tool_call_seconds_bucket{door="actions",le="25.0",operation="list_pets"}'] == 30
        assert told['meo_main_app_calls_total{outcome="ok",route="GET /my-pets/sections"}'] == 30
        assert told['meo_sign_ins_total{outcome="began"}'] == 1
        assert told['meo_sign_ins_total{outcome="connected"}'] == 1
        assert told['meo_http_requests_total{endpoint="/oauth/token",status="200"}'] == 1
        assert told['meo_connections_active{client="meo-gpt",door="actions"}'] == 1
        assert told["meo_revocations_waiting{}"] == 0
        assert told["meo_main_app_calls_under_way{}"] == 0
    sandbox, _authority = stand_in
    text = answers[-1].text
    assert not [secret for secret in talk.secrets if len(secret) > 4 and secret in text]
    assert f'"{sandbox.world.user("mai").id}"' not in text
    assert len(seen[-1]) < 400, "labels are few"
    folder = _counts_of(served)
    assert folder is not None
    with served.http() as http:
        last = {http.get("/pets", headers={"Authorization": f"Bearer {token}"}).status_code for _ in range(10)}
    assert last == {200}
    assert served.stop(signal.SIGTERM) == 0
    assert tool_lines(served) - before == 42
    assert not folder.exists(), "what the processes counted into is left behind"


def _counts_of(served: Production) -> Path | None:
    """The folder that this gunicorn's processes count into."""
    pid = served.process.pid
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        for link in Path(f"/proc/{child}/map_files").iterdir():
            target = Path(link.readlink())
            if target.suffix == ".db" and target.parent.name.startswith("meo-metrics-"):
                return target.parent
    return None
