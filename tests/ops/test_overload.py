"""More work than threads, and a main app that takes its time: the excess is told so at once; health, tokens and staff go on."""

import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from connector.middleware import BUSY_RETRY_AFTER_SECONDS
from connector.serving.gunicorn_worker import QUEUE_SECONDS, SPARE_THREADS, STUCK_SECONDS
from tests.databases import copy_migrated_file
from tests.ports import free_port
from tests.production import ROOT, machine_environment

THREADS = 2
# How long a call that hangs keeps its thread: all of the test must happen within it.
DEADLINE = 10
STAFF = {
    "DJANGO_SUPERUSER_USERNAME": "olena",
    "DJANGO_SUPERUSER_PASSWORD": "Purr-sonal-12",
    "DJANGO_SUPERUSER_EMAIL": "o@example.com",
}
# What a busy machine may add to the time in the queue.
SLACK = 4.0


@pytest.fixture(scope="module")
def silent_main_app() -> Iterator[str]:
    """Takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"


@pytest.fixture(scope="module")
def connector(silent_main_app: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    port = free_port()
    environment = machine_environment() | {
        "MAIN_APP_URL": silent_main_app,
        "DATABASE_URL": copy_migrated_file(tmp_path_factory.mktemp("overload") / "connector.sqlite3"),
        "TOOL_CALL_LOG": "off",
        "TOOL_DEADLINE_SECONDS": str(DEADLINE),
        "WEB_CONCURRENCY": "1",
        "WEB_THREADS": str(THREADS),
        "BIND": f"127.0.0.1:{port}",
    }
    manage = [sys.executable, "manage.py", "createsuperuser", "--no-input", "--verbosity", "0"]
    subprocess.run(manage, cwd=ROOT, env=environment | STAFF, check=True)
    process = subprocess.Popen(
        [sys.executable, "-m", "gunicorn"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.STDOUT,
    )
    limits = httpx.Limits(max_connections=50)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=40, trust_env=False, limits=limits) as client:
            until = time.monotonic() + 30
            while True:
                try:
                    client.get("/privacy")
                    break
                except httpx.TransportError:
                    assert process.poll() is None, "gunicorn did not start"
                    assert time.monotonic() < until
                    time.sleep(0.1)
            yield client
    finally:
        process.kill()
        process.wait()


def timed(client: httpx.Client, method: str, path: str) -> tuple[httpx.Response, float]:
    started = time.monotonic()
    answer = client.request(method, path)
    return answer, time.monotonic() - started


def sign_in_as_staff(connector: httpx.Client) -> None:
    form = connector.get("/admin/login/")
    hidden = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', form.text)
    assert hidden is not None
    fields = {"csrfmiddlewaretoken": hidden[1], "username": "olena", "password": STAFF["DJANGO_SUPERUSER_PASSWORD"]}
    answer = connector.post("/admin/login/", data=fields, headers={"Origin": str(connector.base_url).rstrip("/")})
    assert answer.status_code == 302, answer.text


def test_a_refusal_ends_its_connection_where_the_body_was_not_read(connector: httpx.Client) -> None:
    """RFC 9112 §9.6: what is left of the body would be read as the next request."""
    port = connector.base_url.port
    head = (
        f"POST /mcp HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\nContent-Length: ".encode()
    )
    with ThreadPoolExecutor(THREADS) as people:
        held = [people.submit(timed, connector, "GET", "/pet-types") for _ in range(THREADS)]
        time.sleep(0.5)
        with socket.create_connection(("127.0.0.1", port or 0), 20) as unread:
            unread.sendall(head + b"1000001\r\n\r\n{}")
            cut = _answer(unread)
            assert unread.recv(1) == b""
        with socket.create_connection(("127.0.0.1", port or 0), 20) as read:
            read.sendall(head + b"2\r\n\r\n{}")
            first = _answer(read)
            read.sendall(head + b"2\r\n\r\n{}")
            second = _answer(read)
        for one in held:
            one.result()

    assert [each[9:12] for each in (cut, first, second)] == [b"503"] * 3
    assert b"\r\nConnection: close\r\n" in cut
    assert b"\r\nConnection: close\r\n" not in first


def _answer(wire: socket.socket) -> bytes:
    """One answer, to the end of its body."""
    received = b""
    while b"\r\n\r\n" not in received:
        received += wire.recv(65_536) or b"\r\n\r\n"
    head, _, body = received.partition(b"\r\n\r\n")
    length = re.search(rb"Content-Length: (\d+)", head)
    while length and len(body) < int(length[1]):
        body += wire.recv(65_536)
    return head + b"\r\n\r\n"


def test_what_finds_no_thread_is_turned_away_and_the_rest_goes_on(connector: httpx.Client) -> None:
    excess = 3 * SPARE_THREADS
    sign_in_as_staff(connector)
    with ThreadPoolExecutor(THREADS + excess) as people:
        held = [people.submit(timed, connector, "GET", "/pet-types") for _ in range(THREADS)]
        time.sleep(0.5)
        late = [people.submit(timed, connector, "GET", "/pet-types") for _ in range(excess)]
        for answer, seconds in (one.result() for one in late):
            assert answer.status_code == 503
            assert answer.headers["Retry-After"] == str(BUSY_RETRY_AFTER_SECONDS)
            assert answer.headers["Content-Length"] == str(len(answer.content))
            assert answer.json()["error"] == "SERVICE_UNAVAILABLE"
            assert seconds < QUEUE_SECONDS + SLACK
        told, _seconds = timed(connector, "POST", "/mcp")
        assert (told.status_code, told.headers["Retry-After"]) == (503, str(BUSY_RETRY_AFTER_SECONDS))
        assert told.headers["Content-Length"] == str(len(told.content))
        assert {**told.json(), "error": told.json()["error"]["code"]} == {"jsonrpc": "2.0", "id": None, "error": 503}
        asked = {
            path: people.submit(timed, connector, method, path)
            for method, path in (("POST", "/oauth/token"), ("GET", "/health"), ("GET", "/admin/"))
        }
        for path, (answer, seconds) in ((path, one.result()) for path, one in asked.items()):
            assert answer.status_code == (400 if path == "/oauth/token" else 200), (path, answer.text)
            assert "SERVICE_UNAVAILABLE" not in answer.text
            # /health gives the main app two seconds.
            assert seconds < QUEUE_SECONDS + 2 + SLACK
        for path in ("/admin/oauthbridge/connection/", "/static/admin/css/base.css"):
            # No thread has come free for a while: nobody waits for one any more.
            page, seconds = timed(connector, "GET", path)
            assert page.status_code == 200, path
            assert seconds < STUCK_SECONDS + SLACK
        assert not any(one.done() for one in held), "the threads were free before the end: nothing was shown"
        for answer, _seconds in (one.result() for one in held):
            assert answer.status_code in (502, 503, 504)
            assert "Retry-After" not in answer.headers or answer.headers["Retry-After"] != str(BUSY_RETRY_AFTER_SECONDS)
