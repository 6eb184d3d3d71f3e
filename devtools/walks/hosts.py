"""From one host to three behind a load balancer, with PgBouncer in transaction mode before PostgreSQL, and nobody notices."""

import contextlib
from collections.abc import Iterator
from urllib.parse import urlsplit, urlunsplit

import psycopg

from devtools.faults.deploys import COLUMNS, SETTINGS, Watch, balanced, stopped
from devtools.faults.scenarios import Options, Row, Scenario
from devtools.faults.servers import PostgreSQL
from devtools.faults.stage import stage
from devtools.walks.pgbouncer import PgBouncer

# Three hosts of 2 × (8 + 5) connections share these.
SESSIONS = 5
HOST = {"WEB_CONCURRENCY": "2", "WEB_THREADS": "8"}


def run(options: Options) -> Iterator[Row]:
    with (
        PostgreSQL() as database,
        PgBouncer(database.port, SESSIONS) as pooler,
        stage(options.folder, postgresql_url=database.url, **(SETTINGS | HOST)) as set_up,
        balanced(set_up) as (balancer, callers),
    ):
        watch = Watch(callers, balancer, 4.0 if options.long else 2.0)
        first = set_up.connector
        yield watch.row("one host, straight at PostgreSQL")
        direct = urlsplit(set_up.environment["DATABASE_URL"])
        pooled = urlunsplit(direct._replace(netloc=f"postgres@127.0.0.1:{pooler.port}"))
        set_up.environment["DATABASE_URL"] = pooled
        finding = set_up.finding("database connections")
        problem = "" if finding["state"] == "red" and "DATABASE_POOLED" in finding["repair"] else f"doctor: {finding}"
        yield watch.row("DATABASE_URL leads to PgBouncer alone: doctor says what is missing", problem)
        set_up.environment["DATABASE_POOLED"] = "true"
        finding = set_up.finding("database connections")
        problem = "" if finding["state"] == "green" else f"doctor: {finding}"
        set_up.manage("migrate", "--verbosity", "0")
        second, third = set_up.serve(), set_up.serve()
        balancer.targets = [first.port, second.port, third.port]
        yield watch.row("DATABASE_POOLED=true: two more hosts, by PgBouncer", problem, longer=2)
        problem = stopped(first)
        fourth = set_up.serve()
        balancer.targets = [second.port, third.port, fourth.port]
        yield watch.row("the first one goes there too", problem, longer=3)
        yield watch.row("one of three ends (TERM) without a word to the balancer", stopped(second))
        set_up.manage("prune")
        set_up.manage("rotate_encryption_key", "--verify")
        fifth = set_up.serve()
        balancer.targets = [third.port, fourth.port, fifth.port]
        yield watch.row("and comes back; commands run by PgBouncer", "; ".join(_left_behind(pooled)), longer=2)
        held = _held(database, urlsplit(pooled).path[1:])
        problem = "" if held <= SESSIONS else f"{held} connections to PostgreSQL, {SESSIONS} at most"
        yield watch.row(f"three hosts share {SESSIONS} connections", problem)
    wrong = callers.written_wrong()
    yield Row(("all of it", str(len(callers.since())), f"{callers.writes} writes, each once", "–"), tuple(wrong))


def _left_behind(pooled: str) -> Iterator[str]:
    """What callers left in the sessions that all of them share."""
    with contextlib.ExitStack() as opened:
        # Transactions side by side, so that each has a session of its own.
        for _ in range(SESSIONS - 1):
            one = opened.enter_context(psycopg.connect(pooled, prepare_threshold=None))
            prepared = one.execute("SELECT count(*) FROM pg_prepared_statements").fetchone()
            if prepared != (0,):
                yield f"prepared statements are left: {prepared}"
            timeout = one.execute("SHOW idle_session_timeout").fetchone()
            if timeout != ("0",):
                yield f"idle_session_timeout is left: {timeout}"


def _held(database: PostgreSQL, name: str) -> int:
    """How many sessions of PostgreSQL are in this database."""
    with psycopg.connect(database.url) as connection:
        (count,) = connection.execute("SELECT count(*) FROM pg_stat_activity WHERE datname = %s", [name]).fetchall()[0]
    return int(count)


SCENARIOS = (Scenario("hosts", "From one host to three, with PgBouncer", COLUMNS, run),)
