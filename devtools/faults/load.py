"""Half an hour of people at work, and one thing after another failing meanwhile: nothing may leak, nothing end with 500.

Shorter without --long; `--minutes` says how long. Every fault comes once in each round.
"""

import itertools
import os
import re
import signal
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from devtools.faults.callers import LOST, Answered, Callers, counted, percentile
from devtools.faults.scenarios import Options, Row, Scenario
from devtools.faults.servers import PostgreSQL, Redis
from devtools.faults.stage import UNTHROTTLED, Stage, stage

PROCESSES, THREADS = 2, 16
PER_SECOND = 15.0
SHORT_MINUTES, LONG_MINUTES = 1.5, 30.0
# A round's faults come so far apart at most.
SECONDS_APART = 40.0
# The main app's own faults spare its pages: a person must be able to agree.
ITS_API = r"^/api/(?!gpt-auth/)"
# Its circuit breaker looks again within so many seconds of its return.
MAIN_APP_SETTLED, DATABASE_SETTLED, CACHE_SETTLED = 12.0, 3.0, 1.0
EVERY_SECONDS = 5.0
# What a process may grow by between the second quarter of the time and the last: memory of the allocator's and of caches.
MOST_MEGABYTES, MOST_MORE_THREADS, MOST_MORE_FILES = 25.0, 6, 12
# Threads are started when they are needed, as when the main app is slow; each has a connection to PostgreSQL and to the main app.
FILES_OF_A_THREAD = 2


@dataclass(frozen=True)
class _Fault:
    """`cause` makes it and ends it; for `settled` seconds more, calls may end with one of `allowed`."""

    name: str
    cause: Callable[[], None]
    settled: float
    allowed: frozenset[int]


@dataclass
class _Met:
    """A fault's times: when it began and when nothing of it may be noticed any more."""

    fault: _Fault
    times: list[tuple[float, float]] = field(default_factory=list)


@dataclass(frozen=True)
class _Sample:
    """Of each process of gunicorn's, the largest; connections of all together."""

    megabytes: float
    threads: int
    files: int
    connections: int


def run(options: Options) -> Iterator[Row]:
    minutes = options.minutes or (LONG_MINUTES if options.long else SHORT_MINUTES)
    with (
        PostgreSQL() as database,
        Redis() as cache,
        stage(
            options.folder,
            postgresql_url=database.url,
            redis_url=cache.url,
            # Staff's pages need no collected files then.
            ENVIRONMENT="development",
            WEB_CONCURRENCY=str(PROCESSES),
            WEB_THREADS=str(THREADS),
            CONNECTIONS_PER_CLIENT="3",
            **UNTHROTTLED,
            MALLOC_ARENA_MAX="2",
        ) as set_up,
    ):
        faults = [_Met(fault) for fault in _faults(set_up, database, cache)]
        samples: list[_Sample] = []
        app = set_up.client_app()
        with Callers(set_up, app, set_up.connector, per_second=PER_SECOND) as callers:
            began = time.monotonic()
            end = began + minutes * 60
            apart = min(SECONDS_APART, minutes * 60 / (len(faults) + 1))
            turn = itertools.cycle(faults)
            following = began + apart / 2
            while (now := time.monotonic()) < end:
                if now >= following and end - now > EVERY_SECONDS:
                    _happen(next(turn))
                    following += apart
                samples.append(_sample(set_up, database))
                _progress(callers, began, end, samples[-1])
                time.sleep(max(0.0, min(EVERY_SECONDS, end - time.monotonic())))
        yield from _rows(faults, callers, samples, minutes)


def _faults(set_up: Stage, database: PostgreSQL, cache: Redis) -> Iterator[_Fault]:
    def main_app(seconds: float, **switches: Any) -> Callable[[], None]:
        def cause() -> None:
            set_up.sandbox.faults.add(path=ITS_API, **switches)
            time.sleep(seconds)
            set_up.sandbox.faults.clear()

        return cause

    def without_redis() -> None:
        cache.stop()
        time.sleep(3)
        cache.start()

    def restarted() -> None:
        database.stop()
        database.start()

    def killed() -> None:
        os.kill(set_up.workers()[0], signal.SIGKILL)

    away = frozenset({502, 503, 504})
    yield _Fault("main app in maintenance for 3 s", main_app(3, outage=True), MAIN_APP_SETTLED, away)
    yield _Fault("Redis away for 3 s", without_redis, CACHE_SETTLED, frozenset())
    yield _Fault("PostgreSQL restarted", restarted, DATABASE_SETTLED, frozenset({503}))
    yield _Fault("a process killed", killed, DATABASE_SETTLED, frozenset({LOST}))
    yield _Fault("a third of the main app's answers 500 for 3 s", main_app(3, error_rate=0.33), MAIN_APP_SETTLED, away)
    yield _Fault("main app cuts its answers off for 3 s", main_app(3, drop="mid_body"), MAIN_APP_SETTLED, away)
    yield _Fault("main app takes 2 s for each answer, for 3 s", main_app(3, latency_ms=2000), MAIN_APP_SETTLED, away)


def _happen(met: _Met) -> None:
    began = time.monotonic()
    met.fault.cause()
    met.times.append((began, time.monotonic() + met.fault.settled))


def _rows(faults: list[_Met], callers: Callers, samples: list[_Sample], minutes: float) -> Iterator[Row]:
    whole = callers.since()
    explained: set[int] = set()
    for met in faults:
        inside = [one for one in whole if any(_meets(one, *time) for time in met.times)]
        explained |= {id(one) for one in inside if one.status in met.fault.allowed and _in_shape(one)}
        seconds = sum(end - begin for begin, end in met.times)
        cells = (f"{met.fault.name}, × {len(met.times)}", f"{seconds:.0f} s", _endings(inside), _times(inside))
        yield Row(cells, () if met.times else ("it did not happen: more minutes are needed",))
    unexplained = [one for one in whole if not _good(one) and id(one) not in explained]
    endings = counted(unexplained)
    yield Row(
        (
            f"all of {minutes:g} min, {len(whole) / (minutes * 60):.1f} calls a second",
            "",
            _endings(whole),
            _times(whole),
        ),
        (
            *(f"{count} × {ending} without a reason" for ending, count in endings.items()),
            *sorted({f"{one.kind}: {one.status} {one.code}" for one in unexplained})[:10],
            *callers.written_wrong()[:10],
        ),
    )
    yield _grown(samples, callers)


def _meets(one: Answered, begin: float, end: float) -> bool:
    return one.at < end and one.at + one.seconds > begin


def _good(one: Answered) -> bool:
    # Redis has lost the staff's sessions: from then on they see the page to sign in.
    return 200 <= one.status < 300 or (one.kind == "staff" and one.status == 302)


def _in_shape(one: Answered) -> bool:
    """With an error's code, but for pages and what never came."""
    return one.structured or one.status == LOST or one.kind in ("staff", "sign-in")


def _grown(samples: list[_Sample], callers: Callers) -> Row:
    """The second quarter against the last: the first one fills caches."""
    quarter = max(1, len(samples) // 4)
    before, after = samples[quarter : 2 * quarter] or samples[:1], samples[-quarter:]

    def both(name: str) -> tuple[float, float]:
        return tuple(statistics.median(getattr(one, name) for one in some) for some in (before, after))

    medians: Mapping[str, tuple[float, float]] = {name: both(name) for name in _Sample.__dataclass_fields__}
    most = PROCESSES * (THREADS + 5)
    grown = {name: after - before for name, (before, after) in medians.items()}
    room = {
        "megabytes": MOST_MEGABYTES,
        "threads": MOST_MORE_THREADS,
        "files": MOST_MORE_FILES + FILES_OF_A_THREAD * max(0.0, grown["threads"]),
    }
    problems = [
        f"{name} grew from {medians[name][0]:g} to {medians[name][1]:g}"
        for name, most_more in room.items()
        if grown[name] > most_more
    ]
    if (highest := max(one.connections for one in samples)) > most:
        problems.append(f"{highest} connections to PostgreSQL, {most} at most")
    if not callers.writes:
        problems.append("nothing was written")
    cells = (
        "largest process, second quarter → last",
        "",
        f"{medians['megabytes'][0]:.0f} → {medians['megabytes'][1]:.0f} MB, "
        f"{medians['threads'][0]:g} → {medians['threads'][1]:g} threads, "
        f"{medians['files'][0]:g} → {medians['files'][1]:g} open files and sockets; "
        f"at most {highest} of {most} connections to PostgreSQL; "
        f"{callers.writes} writes, each once",
        "",
    )
    return Row(cells, tuple(problems))


def _endings(answers: list[Answered]) -> str:
    return ", ".join(f"{count} × {ending}" for ending, count in counted(answers).most_common())


def _times(answers: list[Answered]) -> str:
    return " / ".join(f"{percentile(answers, share) * 1000:.0f}" for share in (0.5, 0.99, 1)) + " ms"


# --- Looking at processes -------------------------------------------------------------------------


def _sample(set_up: Stage, database: PostgreSQL) -> _Sample:
    seen = [one for pid in set_up.workers() if (one := _of_process(Path(f"/proc/{pid}"))) is not None]
    megabytes, threads, files = (max(values) for values in zip(*seen, strict=True))
    return _Sample(megabytes, int(threads), int(files), database.connections())


def _of_process(proc: Path) -> tuple[float, float, float] | None:
    """Megabytes of its own, threads, open files; None for one that has just ended."""
    try:
        private = sum(int(size) for size in re.findall(r"Private_\w+:\s+(\d+)", (proc / "smaps_rollup").read_text()))
        return private / 1024, len(list((proc / "task").iterdir())), len(list((proc / "fd").iterdir()))
    except OSError:
        return None


def _progress(callers: Callers, began: float, end: float, sample: _Sample) -> None:
    done = time.monotonic() - began
    sys.stderr.write(
        f"  {done:5.0f} of {end - began:.0f} s, {len(callers.answers)} calls, {sample.megabytes:.0f} MB, "
        f"{sample.threads} threads, {sample.files} files, {sample.connections} connections\n"
    )


SCENARIOS = (
    Scenario(
        "load",
        "People at work while one thing after another fails",
        ("What failed", "For", "Answers", "p50 / p99 / slowest"),
        run,
    ),
)
