"""A new version put in place of an old one, and keys rotated, while people are at work: no call may fail.

The old version is an earlier commit of this repository (FAULTS_FROM), run from its own code on the same database.
"""

import os
import secrets
import subprocess
import tarfile
import time
from collections.abc import Container, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from devtools.faults.balancer import Balancer
from devtools.faults.callers import Answered, Callers, counted, percentile
from devtools.faults.scenarios import Options, Row, Scenario
from devtools.faults.stage import Stage, stage
from tests.ops.processes import Production
from tests.production import ROOT

# The last version before scopes, the second door and what came with them.
OLD_VERSION = "04a90de"
PER_SECOND = 12.0
SETTINGS: dict[str, Any] = {
    # Staff's pages need no collected files then.
    "ENVIRONMENT": "development",
    "WEB_CONCURRENCY": "1",
    "WEB_THREADS": "8",
    "CONNECTIONS_PER_CLIENT": "3",
    "RATE_LIMIT_PER_MINUTE": "100000",
    "CALLS_IN_FLIGHT_PER_PERSON": "100",
    "AUTHORIZE_LIMIT_PER_MINUTE": "100000",
    "REFRESH_LIMIT_PER_MINUTE": "100000",
}
COLUMNS = ("While", "Calls", "p50 / slowest", "Answers of each")


def deploy(options: Options) -> Iterator[Row]:
    old = export(options.folder / "old", os.environ.get("FAULTS_FROM", OLD_VERSION))
    if old is None:
        yield Row((f"not measured: {OLD_VERSION} is not in this clone", "–", "–", "–"))
        return
    with stage(options.folder, root=old, **SETTINGS) as set_up, balanced(set_up) as (balancer, callers):
        watch = Watch(callers, balancer, 4.0 if options.long else 2.0)
        first = set_up.connector
        yield watch.row("the old version alone")
        set_up.manage("migrate", "--verbosity", "0", root=ROOT)
        yield watch.row("the new version's migrations run; the old one serves")
        second = set_up.serve(ROOT)
        balancer.targets = [first.port, second.port]
        yield watch.row("both serve", longer=2)
        balancer.targets = [second.port]
        yield watch.row("the old one ends (TERM)", stopped(first))
        third = set_up.serve(ROOT)
        balancer.targets = [second.port, third.port]
        # The balancer is not told: who knocks at the one that stops is refused, and asks the other.
        yield watch.row("one of two new ones ends (TERM) without a word to the balancer", stopped(second))
        fourth = set_up.serve(old)
        balancer.targets = [third.port, fourth.port]
        yield watch.row("the old version comes back beside the new one", longer=2)
        balancer.targets = [fourth.port]
        yield watch.row("the new one ends", stopped(third))
        backwards = _backwards(set_up, old)
        yield watch.row("the migrations are taken back; the old version serves", backwards)
        set_up.manage("migrate", "--verbosity", "0", root=ROOT)
        yield watch.row("and made again")
    wrong = callers.written_wrong()
    yield Row(("all of it", str(len(callers.since())), f"{callers.writes} writes, each once", "–"), tuple(wrong))


def keys(options: Options) -> Iterator[Row]:
    old, new = secrets.token_hex(32), secrets.token_hex(32)
    with stage(options.folder, **SETTINGS, ENCRYPTION_KEY=old) as set_up, balanced(set_up) as (balancer, callers):
        watch = Watch(callers, balancer, 4.0 if options.long else 2.0)
        serving = set_up.connector
        yield watch.row("under the old key")
        for ring, what in (
            (f"{old},{new}", "each process learns the new key: old,new"),
            (f"{new},{old}", "each encrypts with the new key: new,old"),
        ):
            set_up.environment["ENCRYPTION_KEY"] = ring
            following = set_up.serve()
            balancer.targets = [serving.port, following.port]
            # One with each ring, at the same time: what either encrypts the other must open.
            yield watch.row(what, longer=2)
            yield watch.row(f"{what}; the other ends", stopped(serving))
            balancer.targets = [following.port]
            serving = following
        set_up.manage("rotate_encryption_key")
        yield watch.row("rotate_encryption_key ran")
        set_up.manage("rotate_encryption_key", "--verify")
        set_up.environment["ENCRYPTION_KEY"] = new
        following = set_up.serve()
        balancer.targets = [following.port]
        yield watch.row("the old key is gone", stopped(serving), longer=2)
    wrong = callers.written_wrong()
    yield Row(("all of it", str(len(callers.since())), f"{callers.writes} writes, each once", "–"), tuple(wrong))


class Watch:
    """Turns what the callers met since the row before into a row."""

    def __init__(self, callers: Callers, balancer: Balancer, seconds: float) -> None:
        self._callers, self._balancer, self._seconds = callers, balancer, seconds
        self._since = 0.0
        self._served: dict[int, int] = {}

    def row(self, name: str, problem: str = "", *, longer: int = 1, costs: Container[str] = ()) -> Row:
        """costs: the kinds of calls that may fail at this step."""
        time.sleep(self._seconds * longer)
        now = time.monotonic()
        met = [one for one in self._callers.since(self._since) if one.at < now]
        served = dict(self._balancer.served)
        shares = [count - self._served.get(port, 0) for port, count in served.items()]
        self._since, self._served = now, served
        problems = [problem] if problem else []
        problems += [f"{ending}: {count}" for ending, count in counted(_failed(met, costs)).items()]
        if not met:
            problems.append("nobody called")
        cells = (
            name,
            str(len(met)),
            f"{percentile(met, 0.5) * 1000:.0f} / {percentile(met, 1) * 1000:.0f} ms",
            " + ".join(str(share) for share in shares if share),
        )
        return Row(cells, tuple(problems))


def _failed(answers: list[Answered], costs: Container[str]) -> list[Answered]:
    # Staff sign in again: what their session must hold is another in either version.
    signed_out = [one for one in answers if one.kind == "staff" and one.status == 302]
    return [
        replace(one, code=f"{one.code} {one.kind}")
        for one in answers
        if not 200 <= one.status < 300 and one not in signed_out and one.kind not in costs
    ]


@contextmanager
def balanced(set_up: Stage) -> Iterator[tuple[Balancer, Callers]]:
    app = set_up.client_app()
    with Balancer(set_up.connector.port) as balancer:
        through = replace(set_up.connector, port=balancer.port)
        with Callers(set_up, app, through, per_second=PER_SECOND) as callers:
            yield balancer, callers


def stopped(one: Production) -> str:
    """TERM; what was wrong with its end, or nothing."""
    code = one.stop()
    return "" if code == 0 else f"it ended with {code}"


def _backwards(set_up: Stage, old: Path) -> str:
    """Take back each app to the last migration that the old version knows; what went wrong, or nothing."""
    for app in ("petstools", "oauthbridge"):
        known = sorted(path.stem for path in (old / app / "migrations").glob("[0-9]*.py"))[-1]
        try:
            set_up.manage("migrate", app, known, "--verbosity", "0", root=ROOT)
        except RuntimeError as error:
            return str(error)
    return ""


def export(folder: Path, version: str) -> Path | None:
    """The code of an older version; None in a clone without its history."""
    packed = folder.with_suffix(".tar")
    with packed.open("wb") as out:
        done = subprocess.run(
            ["git", "archive", version],  # noqa: S607
            cwd=ROOT,
            stdout=out,
            stderr=subprocess.DEVNULL,
            check=False,
        )
    if done.returncode:
        return None
    with tarfile.open(packed) as archive:
        archive.extractall(folder, filter="data")
    return folder


SCENARIOS = (
    Scenario("deploy", "A new version, and back", COLUMNS, deploy),
    Scenario("keys", "ENCRYPTION_KEY rotated", COLUMNS, keys),
)
