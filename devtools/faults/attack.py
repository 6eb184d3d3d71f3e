"""Somebody holds on to all that a process has (CWE-400): half requests, renewed; answers that nobody reads; idle connections by the
thousand. Health and a signed-in person's calls go on.

All of it comes from one address, the person's own too, and nothing stands in front: only what each does tells them apart.
"""

import resource
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import httpx

from devtools.faults.scenarios import Options, Row, Scenario
from devtools.faults.stage import Stage, stage
from tests.production import ROOT

SECONDS = 60.0
HALF_POSTS, READERS, IDLE = 20, 45, 1_040
DESCRIPTORS = 1_024
# What must hold meanwhile.
HEALTH_WITHIN, GOOD = 1.0, 0.95
# The person keeps below what the main app allows them, 300 calls a minute.
BETWEEN_CALLS = 0.3
PATIENCE = 10.0

PARTS = {
    f"{HALF_POSTS} half requests": {"half": HALF_POSTS},
    f"{READERS} who read nothing": {"greedy": READERS},
    f"{IDLE:,} idle connections": {"idle": IDLE},
    "all of it": {"half": HALF_POSTS, "greedy": READERS, "idle": IDLE},
}


@contextmanager
def _attacked(port: int, parts: dict[str, int]) -> Iterator[None]:
    """By a process of its own: its work is not the monitor's."""
    asked = [f"{kind}={count}" for kind, count in parts.items()]
    attackers = subprocess.Popen([sys.executable, "-m", "devtools.faults.attackers", str(port), *asked], cwd=ROOT)
    try:
        yield
    finally:
        attackers.kill()
        attackers.wait()


@dataclass(frozen=True)
class _Answer:
    """status: 0 where there was none. closes: it said that its connection ends with it."""

    status: int
    seconds: float
    closes: bool = False


def run(options: Options) -> Iterator[Row]:
    seconds = SECONDS if options.minutes is None else min(SECONDS, options.minutes * 10)
    with (
        _descriptors(DESCRIPTORS),
        # One process, so that there is no other to go on.
        stage(options.folder, root=options.root, WEB_CONCURRENCY="1", RATE_LIMIT_PER_MINUTE="100000") as set_up,
    ):
        _lift_descriptors()
        worker = set_up.workers()
        token = set_up.sign_in(set_up.client_app(), "mai")["access_token"]
        for name, parts in PARTS.items():
            with _attacked(set_up.connector.port, parts):
                met = _meanwhile(set_up, str(token), seconds if name == "all of it" else seconds / 4)
            yield _row(name, *met, [] if set_up.workers() == worker else ["the process ended"])


@contextmanager
def _descriptors(most: int) -> Iterator[None]:
    """What is started meanwhile may open so many files."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


def _lift_descriptors() -> None:
    """The attackers' own."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _meanwhile(set_up: Stage, token: str, seconds: float) -> tuple[list[_Answer], list[_Answer]]:
    """What a monitor and the person meet: the monitor on new connections, the person as apps do, on kept ones."""
    health: list[_Answer] = []
    calls: list[_Answer] = []
    until = time.monotonic() + seconds

    def monitor() -> None:
        while time.monotonic() < until:
            with set_up.connector.http() as http:
                health.append(_asked(http, "/health"))
            time.sleep(BETWEEN_CALLS)

    def person() -> None:
        with set_up.connector.http(Authorization=f"Bearer {token}") as http:
            while time.monotonic() < until:
                calls.append(_asked(http, "/pets"))
                time.sleep(BETWEEN_CALLS)

    threads = [threading.Thread(target=each) for each in (monitor, person)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return health, calls


def _asked(http: httpx.Client, path: str) -> _Answer:
    began = time.monotonic()
    try:
        answer = http.get(path, timeout=PATIENCE)
    except httpx.HTTPError:
        return _Answer(0, time.monotonic() - began)
    closes = answer.headers.get("Connection", "").lower() == "close"
    return _Answer(answer.status_code, time.monotonic() - began, closes)


def _row(name: str, health: list[_Answer], calls: list[_Answer], problems: list[str]) -> Row:
    slowest = max((one.seconds for one in health), default=PATIENCE)
    good = sum(one.status == 200 for one in calls) / max(len(calls), 1)
    if bad := Counter(one.status for one in health if one.status != 200):
        problems.append(f"/health: {dict(bad)}")
    if slowest > HEALTH_WITHIN:
        problems.append(f"/health took {slowest:.1f} s")
    if good <= GOOD:
        problems.append(f"{good:.0%} of the person's calls were good: {dict(Counter(one.status for one in calls))}")
    if any(one.status == 503 and not one.closes for one in calls):
        problems.append("a call that was turned away kept its connection")
    ordered = sorted(one.seconds for one in calls)
    cells = (
        name,
        f"{len(health)}, the slowest {slowest * 1000:.0f} ms",
        f"{len(calls)}, {good:.1%} good",
        f"{ordered[len(ordered) // 2] * 1000:.0f} / {ordered[-1] * 1000:.0f} ms" if ordered else "–",
    )
    return Row(cells, tuple(problems))


SCENARIOS = (
    Scenario(
        "attack",
        f"A process with {DESCRIPTORS:,} descriptors, attacked",
        ("By", "`/health`", "A person's calls", "p50 / slowest"),
        run,
    ),
)
