"""PostgreSQL and Redis stopped, restarted, killed and frozen while people are at work.

The rules: no call ends with 500, hangs or is lost; while PostgreSQL is away the answer is 503 with a code; without Redis everything
goes on; afterwards everything works, without anybody's help, on no more connections than before.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from devtools.faults.callers import LOST, Answered, Callers, counted, percentile
from devtools.faults.scenarios import Options, Row, Scenario
from devtools.faults.servers import PostgreSQL, Redis
from devtools.faults.stage import UNTHROTTLED, Stage, stage

PROCESSES, THREADS = 2, 8
# Each process: its threads, four spare ones, the writer of tool-call lines.
MOST_CONNECTIONS = PROCESSES * (THREADS + 5)
PER_SECOND = 15.0
BEFORE, AFTER = 3.0, 4.0
# How long after a server is back nobody may notice anything any more.
SETTLED = 2.0


@dataclass(frozen=True)
class _Fault:
    """`cause` makes it and ends it. needs_database: calls may meet 503 while it lasts."""

    name: str
    cause: Callable[[], None]
    needs_database: bool
    slowest: float = 5.0


def run(options: Options) -> Iterator[Row]:
    scale = 3 if options.long else 1
    with (
        PostgreSQL() as database,
        Redis() as cache,
        stage(
            options.folder,
            postgresql_url=database.url,
            redis_url=cache.url,
            # Its pages need no collected files then.
            ENVIRONMENT="development",
            WEB_CONCURRENCY=str(PROCESSES),
            WEB_THREADS=str(THREADS),
            CONNECTIONS_PER_CLIENT="3",
            # Enough for each caller, and so few that a process asks Redis for more every second.
            **UNTHROTTLED | {"RATE_LIMIT_PER_MINUTE": "600"},
        ) as set_up,
    ):

        def restarted() -> None:
            database.stop()
            database.start()

        def crashed() -> None:
            database.stop("immediate")
            database.start()

        def away() -> None:
            database.stop()
            time.sleep(4 * scale)
            database.start()

        def without_redis() -> None:
            cache.stop()
            time.sleep(4 * scale)
            cache.start()

        def frozen_redis() -> None:
            cache.freeze()
            time.sleep(4 * scale)
            cache.thaw()

        app = set_up.client_app()
        faults = (
            _Fault("PostgreSQL restarted", restarted, True),
            _Fault("PostgreSQL crashed", crashed, True),
            _Fault(f"PostgreSQL away for {4 * scale} s", away, True),
            _Fault(f"Redis away for {4 * scale} s", without_redis, False),
            # Each question of it may take the half second that it is given.
            _Fault(f"Redis frozen for {4 * scale} s", frozen_redis, False, 15.0),
        )
        with Callers(set_up, app, set_up.connector, per_second=PER_SECOND) as callers:
            for fault in faults:
                yield _met(fault, callers, database, set_up)
        wrong = callers.written_wrong()
        if not _said_by_itself(set_up):
            wrong.append("the log does not say that processes throttle by themselves")
        whole = callers.since()
        yield Row(
            ("All of it", f"{len(whole)} calls, {callers.writes} writes", "–", "–", "–", "–"),
            tuple(wrong) or (() if callers.writes else ("nothing was written",)),
        )


def _met(fault: _Fault, callers: Callers, database: PostgreSQL, set_up: Stage) -> Row:
    said_by_itself = _said_by_itself(set_up)
    time.sleep(BEFORE)
    began = time.monotonic()
    fault.cause()
    back = time.monotonic()
    time.sleep(SETTLED + AFTER)
    met = callers.since(began)
    during = [one for one in met if one.at < back + SETTLED]
    after = [one for one in met if one.at >= back + SETTLED]
    held = database.connections()
    problems = [f"{one.kind}: {one.status} {one.code}" for one in met if not _allowed(one, fault, back + SETTLED)]
    if slow := [one for one in met if one.seconds > fault.slowest]:
        problems.append(f"{len(slow)} calls took more than {fault.slowest:g} s, {slow[0].kind} {slow[0].seconds:.1f} s")
    if held > MOST_CONNECTIONS:
        problems.append(f"{held} connections to PostgreSQL, {MOST_CONNECTIONS} at most")
    if not during or not after:
        problems.append("nobody called")
    said_by_itself = _said_by_itself(set_up) - said_by_itself
    if not fault.needs_database and said_by_itself > PROCESSES:
        problems.append(
            f"the log says {said_by_itself} times that processes throttle by themselves: once a minute and process is enough"
        )
    return Row(
        (
            fault.name,
            _endings(during),
            _endings(after),
            f"{percentile(met, 0.5) * 1000:.0f} / {percentile(met, 1) * 1000:.0f} ms",
            f"{held} of {MOST_CONNECTIONS}",
            str(said_by_itself) if not fault.needs_database else "–",
        ),
        tuple(problems[:10]),
    )


def _allowed(one: Answered, fault: _Fault, settled: float) -> bool:
    if one.status == LOST or (one.status >= 500 and not (one.status == 503 and one.structured)):
        # Staff and people in the middle of signing in see a page.
        return one.kind in ("staff", "sign-in") and one.status == 503 and fault.needs_database and one.at < settled
    if one.status == 503:
        return fault.needs_database and one.at < settled
    if one.kind == "staff":
        # Without Redis there are no staff sessions: the page to sign in.
        return one.status == 200 or (one.status == 302 and not fault.needs_database)
    return one.status < 400


def _endings(answers: list[Answered]) -> str:
    return ", ".join(f"{count} × {ending}" for ending, count in counted(answers).most_common())


def _said_by_itself(set_up: Stage) -> int:
    return set_up.connector.log.count("each process throttles by itself")


SCENARIOS = (
    Scenario(
        "databases",
        "PostgreSQL and Redis",
        ("Fault", "Until it is over", "Afterwards", "p50 / slowest", "Connections", "Throttles open, said"),
        run,
    ),
)
