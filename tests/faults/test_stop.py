"""TERM: what is under way or has just arrived is answered, who comes later is refused at once, and the exit code is 0."""

import signal
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from sandbox.server import SandboxServer
from tests.faults.conftest import gunicorn, until

pytestmark = pytest.mark.django_db(transaction=True)

THREADS = 4
SECONDS = 1.5


def test_calls_under_way_are_answered_and_new_ones_refused(main_app: SandboxServer) -> None:
    with gunicorn(main_app, WEB_THREADS=str(THREADS)) as serving:
        address = ("127.0.0.1", int(urlsplit(serving.url).port or 0))
        main_app.faults.add(path="/pet-types", latency_ms=int(SECONDS * 1000))
        with (
            httpx.Client(base_url=serving.url, timeout=30, trust_env=False) as client,
            ThreadPoolExecutor(THREADS) as people,
        ):
            # The first of them also asks which version answers.
            asked = [people.submit(client.get, "/pet-types") for _ in range(THREADS)]
            until(lambda: any("pet-types" in one.path for one in main_app.requests))
            # On a busy machine the others may not have come yet.
            until(lambda: connections(address[1]) >= THREADS)
            stopped_at = time.monotonic()
            serving.master.send_signal(signal.SIGTERM)
            until(lambda: refused(address), SECONDS)
            assert not any(one.done() for one in asked)
            answers = [one.result() for one in asked]
            # On a connection that is kept: its client could not know.
            one_more = client.get("/privacy")
        code = serving.master.wait(30)

    assert [one.status_code for one in answers] == [200] * THREADS
    assert (one_more.status_code, one_more.headers["Connection"]) == (200, "close")
    assert code == 0
    assert time.monotonic() - stopped_at < 15


def connections(port: int) -> int:
    """Those that the kernel holds open to this port, accepted or not (proc(5))."""
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    established = "01"
    return sum(row[1].endswith(f":{port:04X}") and row[3] == established for row in rows)


def refused(address: tuple[str, int]) -> bool:
    try:
        socket.create_connection(address, timeout=1).close()
    except ConnectionRefusedError:
        return True
    return False
