"""Each secret of docs/operations.md ("Rotate secrets") changed as that page says, with people at work; ENCRYPTION_KEY: `keys`."""

import json
import secrets
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit, urlunsplit

import httpx
import psycopg
import redis

from devtools.faults.balancer import Balancer
from devtools.faults.callers import Callers, sign_in_staff
from devtools.faults.deploys import COLUMNS, SETTINGS, Watch, balanced, stopped
from devtools.faults.scenarios import Options, Row, Scenario
from devtools.faults.servers import PostgreSQL, Redis
from devtools.faults.stage import Stage, stage
from tests.ops.processes import Production


def _new() -> str:
    return secrets.token_urlsafe(64)


@dataclass
class _World:
    set_up: Stage
    balancer: Balancer
    callers: Callers
    watch: Watch
    serving: Production

    def restart(self, **changes: str) -> str:
        """New processes with these settings beside the old ones, then the old ones end; what was wrong, or nothing."""
        self.set_up.environment |= changes
        following = self.set_up.serve()
        self.balancer.targets = [self.serving.port, following.port]
        time.sleep(1)
        self.balancer.targets = [following.port]
        problem = stopped(self.serving)
        self.serving = following
        return problem


def run(options: Options) -> Iterator[Row]:
    password = _new()
    with PostgreSQL() as database, Redis() as cache:
        with redis.Redis.from_url(cache.url) as administrator:
            administrator.config_set("requirepass", password)
        with (
            stage(
                options.folder,
                postgresql_url=database.url,
                redis_url=cache.url,
                REDIS_PASSWORD=password,
                **SETTINGS,
            ) as set_up,
            balanced(set_up) as (balancer, callers),
        ):
            watch = Watch(callers, balancer, 4.0 if options.long else 2.0)
            world = _World(set_up, balancer, callers, watch, set_up.connector)
            yield watch.row("before")
            yield from _secret_key(world)
            yield from _bridge_key(world)
            yield from _consent_secret(world)
            yield from _gpt_client(world)
            yield from _mcp_client(world)
            yield from _metrics_token(world)
            yield from _redis_password(world, cache, password)
            yield from _database_password(world, database)
        wrong = callers.written_wrong()
        yield Row(("all of it", str(len(callers.since())), f"{callers.writes} writes, each once", "–"), tuple(wrong))


def _secret_key(world: _World) -> Iterator[Row]:
    old, new = world.set_up.environment["SECRET_KEY"], _new()
    writing = _Writing(world)
    with _Staff(world) as staff:
        for what, key, fallback in (
            ("each process learns the new one", old, new),
            ("each signs with the new one", new, old),
        ):
            writing.write()
            problem = world.restart(SECRET_KEY=key, SECRET_KEY_FALLBACKS=fallback)
            writing.write()
            problem = problem or staff.problem() or writing.problem()
            yield world.watch.row(f"SECRET_KEY: {what}; staff stay signed in, a repeated write is known", problem)
    yield world.watch.row("SECRET_KEY_FALLBACKS unset", world.restart(SECRET_KEY_FALLBACKS=""))


class _Staff(threading.Thread):
    """A member of staff looks at one page after another, whichever process it comes from, until the end of the block."""

    def __init__(self, world: _World) -> None:
        super().__init__(daemon=True, name="staff")
        self._http = replace(world.serving, port=world.balancer.port).http()
        self._ended = threading.Event()
        self._seen: list[int] = []

    def __enter__(self) -> Self:
        sign_in_staff(self._http)
        self.start()
        return self

    def run(self) -> None:
        while not self._ended.wait(0.1):
            self._seen.append(self._http.get("/admin/oauthbridge/connection/").status_code)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self.join()
        self._http.close()

    def problem(self) -> str:
        if not self._seen:
            return "staff saw nothing"
        return "" if set(self._seen) == {200} else f"staff met {Counter(self._seen)}"


class _Writing:
    """One person writes the same thing again and again."""

    def __init__(self, world: _World) -> None:
        self._world = world
        stand_in = world.set_up.sandbox.world
        self._pet = stand_in.add_pet(stand_in.user("emma"), name="Pixel")
        self._tokens = world.set_up.sign_in(world.callers.app, "emma", via=world.serving)

    def write(self) -> None:
        with self._world.serving.http(Authorization=f"Bearer {self._tokens['access_token']}") as http:
            written = {"record_type": "checkup", "record_date": "2026-01-08", "description": "Teeth are clean."}
            http.post(f"/pets/{self._pet.id}/medical-records", json=written).raise_for_status()

    def problem(self) -> str:
        there = len(self._pet.medical_records)
        return "" if there == 1 else f"a write and its repetition are {there} records"


def _bridge_key(world: _World) -> Iterator[Row]:
    main_app, old, new = world.set_up.sandbox.app, world.set_up.environment["CONNECTOR_API_KEY"], _new()
    problem = world.restart(CONNECTOR_API_KEY=new, CONNECTOR_API_KEY_FALLBACKS=old)
    yield world.watch.row("CONNECTOR_API_KEY here, the old one as fallback", problem, longer=2)
    main_app.api_key = new
    finding = world.set_up.finding("connector API key")
    problem = "" if "FALLBACKS may go" in finding["what"] else f"doctor: {finding}"
    yield world.watch.row("in the main app; doctor says that the fallback may go", problem, longer=2)
    yield world.watch.row("CONNECTOR_API_KEY_FALLBACKS unset", world.restart(CONNECTOR_API_KEY_FALLBACKS=""), longer=2)


def _consent_secret(world: _World) -> Iterator[Row]:
    new = _new()
    problem = world.restart(HMAC_SHARED_SECRET=new)
    world.set_up.sandbox.app.hmac_secret = new
    yield world.watch.row("HMAC_SHARED_SECRET here, then in the main app", problem, costs=("sign-in",))
    yield world.watch.row("afterwards", longer=2)


def _gpt_client(world: _World) -> Iterator[Row]:
    made = json.loads(world.set_up.manage("gpt_client", "--rotate-secret", "--json"))
    yield world.watch.row("the GPT's secret here (gpt_client --rotate-secret)", costs=("refresh", "sign-in"))
    world.callers.app.secret = made["client_secret"]
    # What began with the old one may still be under way.
    yield world.watch.row("in the GPT", costs=("refresh", "sign-in"))
    yield world.watch.row("afterwards", longer=2)


def _mcp_client(world: _World) -> Iterator[Row]:
    made = json.loads(
        world.set_up.manage("mcp_client", "create", "Desk", "--for", "claude", "--confidential", "--json")
    )
    client_id, old = made["client_id"], made["client_secret"]
    new = json.loads(world.set_up.manage("mcp_client", "update", client_id, "--rotate-secret", "--json"))[
        "client_secret"
    ]
    refused = {
        name: _token_error(world, client_id, secret) for name, secret in (("the old one", old), ("the new one", new))
    }
    right = {"the old one": "invalid_client", "the new one": "invalid_grant"}
    yield world.watch.row("an MCP client's secret", "" if refused == right else f"{refused}")


def _token_error(world: _World, client_id: str, secret: str) -> str:
    """What a refresh with a token of nobody is answered with: a client that is known is told about the token."""
    form = {"grant_type": "refresh_token", "refresh_token": "nobody", "client_id": client_id, "client_secret": secret}
    with world.serving.http() as http:
        return str(http.post("/oauth/token", data=form).json()["error"])


def _metrics_token(world: _World) -> Iterator[Row]:
    old, new = world.set_up.environment["METRICS_TOKEN"], _new()
    problem = world.restart(METRICS_TOKEN=new)
    answers = [
        httpx.get(f"http://127.0.0.1:{world.serving.port}/metrics", headers={"Authorization": f"Bearer {one}"})
        for one in (old, new)
    ]
    if [one.status_code for one in answers] != [401, 200]:
        problem = f"old and new one: {[one.status_code for one in answers]}"
    yield world.watch.row("METRICS_TOKEN", problem)


def _redis_password(world: _World, cache: Redis, old: str) -> Iterator[Row]:
    new = _new()
    said_before = _said_by_itself(world)
    administrator = redis.Redis.from_url(cache.url, password=old)
    administrator.acl_setuser("default", enabled=True, passwords=[f"+{new}"])
    problem = world.restart(REDIS_PASSWORD=new)
    administrator.acl_setuser("default", enabled=True, passwords=[f"-{old}"])
    administrator.close()
    with suppress(redis.AuthenticationError):
        redis.Redis.from_url(cache.url, password=old).ping()
        problem = "the old one still opens it"
    row = world.watch.row("Redis's password: both count, restart, the old one goes", problem, longer=2)
    # Each would mean that a process did without Redis for a while.
    found = _said_by_itself(world) - said_before
    yield Row(row.cells, row.problems + ((f"{found} times without Redis",) if found else ()))


def _said_by_itself(world: _World) -> int:
    return sum(one.log.count("each process throttles by itself") for one in world.set_up.served)


def _database_password(world: _World, database: PostgreSQL) -> Iterator[Row]:
    direct = urlsplit(world.set_up.environment["DATABASE_URL"])

    def address(role: str, password: str) -> str:
        return urlunsplit(direct._replace(netloc=f"{role}:{password}@127.0.0.1:{database.port}"))

    first, second = _new(), _new()
    with psycopg.connect(urlunsplit(direct), autocommit=True) as administrator:
        for statement in (
            f"CREATE ROLE connector LOGIN PASSWORD '{first}'",
            "GRANT ALL ON ALL TABLES IN SCHEMA public TO connector",
            "GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO connector",
        ):
            administrator.execute(statement.encode())
        database.demand_passwords()
        yield world.watch.row(
            "with a role that has a password", world.restart(DATABASE_URL=address("connector", first))
        )
        for statement in (
            f"CREATE ROLE connector_b LOGIN PASSWORD '{second}' IN ROLE connector",
            "ALTER ROLE connector_b SET role = 'connector'",
        ):
            administrator.execute(statement.encode())
        problem = world.restart(DATABASE_URL=address("connector_b", second))
        administrator.execute(b"ALTER ROLE connector PASSWORD NULL")
    with suppress(psycopg.OperationalError):
        psycopg.connect(address("connector", first)).close()
        problem = "the old one still opens it"
    yield world.watch.row("PostgreSQL's password: a second role, restart, the first one's goes", problem, longer=2)


SCENARIOS = (Scenario("secrets", "Each secret rotated", COLUMNS, run),)
