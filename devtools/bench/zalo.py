"""How quickly Zalo's webhook answers while no worker is there: 50 events a second, gunicorn with one process on one core.

    python -m devtools.bench.zalo                      50 a second for 20 seconds
    python -m devtools.bench.zalo --rate 200 --json

A time counts from when the event was due, so what waits for its turn is in it; processor_ms is what one event takes of gunicorn,
whatever else the machine does. Ends with 1 where an answer was not 200, an event is
missing in the database or stands there twice, or one in a hundred took longer than 100 ms. PostgreSQL and Redis as for `make bench`.
"""

import argparse
import json
import os
import secrets
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit, urlunsplit

import httpx
import psycopg
import redis
from psycopg import sql

from devtools.bench.service import DATABASE, REDIS, ROOT, Served, free_port, wait_for
from sandbox.zalo import official
from sandbox.zalo.world import Person, World

# Below the 20 messages a minute that one person may send.
OF_ONE_PERSON = 15
MOST_MS = 100.0
ANSWERERS = 32


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m devtools.bench.zalo", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rate", type=int, default=50, help="events a second (%(default)s)")
    parser.add_argument("--seconds", type=int, default=20, help="how long (%(default)s)")
    parser.add_argument("--core", type=int, default=0, help="which core gunicorn has (%(default)s)")
    parser.add_argument("--json", action="store_true", help="for other programs")
    options = parser.parse_args()
    name, port, world = f"meo_bench_{secrets.token_hex(4)}", free_port(), World()
    environment = {key: os.environ[key] for key in ("PATH", "HOME", "LANG") if key in os.environ} | {
        "PYTHON_DOTENV_DISABLED": "1",
        "CONNECTOR_PUBLIC_URL": f"http://127.0.0.1:{port}",
        "BIND": f"127.0.0.1:{port}",
        "DATABASE_URL": urlunsplit(urlsplit(DATABASE)._replace(path=f"/{name}")),
        "REDIS_URL": urlunsplit(urlsplit(REDIS)._replace(path="/7")),
        "WEB_CONCURRENCY": "1",
        "LOG_FORMAT": "json",
        "TASK_QUEUE": "database",
        "ZALO_APP_ID": world.app_id,
        "ZALO_APP_SECRET": world.app_secret,
        "ZALO_OFFICIAL_ACCOUNTS": f"{world.oa.id}:{world.oa.secret_key}",
    }
    (ROOT / "var").mkdir(exist_ok=True)
    with psycopg.connect(DATABASE, autocommit=True) as server, (ROOT / "var" / "bench.log").open("wb") as log:
        server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        served = None
        try:
            migrate = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
            subprocess.run(migrate, cwd=ROOT, env=environment, check=True)
            # It remembers for a minute how often people of the run before, whose rows had the same numbers, wrote.
            redis.Redis.from_url(environment["REDIS_URL"]).flushdb()
            served = subprocess.Popen(
                [sys.executable, "-m", "gunicorn"],
                cwd=ROOT,
                env=environment,
                stdout=log,
                stderr=log,
                preexec_fn=lambda: os.sched_setaffinity(0, {options.core}),
            )
            wait_for(port, served)
            posted(port, _events(world, options.rate), options.rate)
            events = _events(world, options.rate * options.seconds)
            used = Served(served, port).processor_seconds()
            times, refused = posted(port, events, options.rate)
            used = Served(served, port).processor_seconds() - used
            with psycopg.connect(environment["DATABASE_URL"]) as own:
                row = own.execute("SELECT count(*), count(DISTINCT key) FROM zalo_event").fetchone()
        finally:
            if served is not None:
                served.terminate()
                served.wait()
            server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
    sent = options.rate + len(events)
    found = {"sent": sent, "stored": row[0] if row else 0, "refused": refused, **_shares(times)}
    found["processor_ms"] = round(used / len(events) * 1000, 1)
    lines = (f"{what:<12} {value}" for what, value in found.items())
    sys.stdout.write(json.dumps(found) + "\n" if options.json else "\n".join(lines) + "\n")
    right = row == (sent, sent) and not refused and found["p99_ms"] <= MOST_MS
    return 0 if right else 1


def posted(port: int, events: list[tuple[bytes, dict[str, str]]], rate: int) -> tuple[list[float], int]:
    """Each at its moment, whatever the ones before do; milliseconds from then to the answer, and how many were not 200."""
    own = threading.local()
    began = time.perf_counter() + 0.5

    def post(number: int) -> tuple[float, int]:
        if not hasattr(own, "client"):
            own.client = httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=10)
        due = began + number / rate
        time.sleep(max(0.0, due - time.perf_counter()))
        body, headers = events[number]
        status = own.client.post("/zalo/webhook", content=body, headers=headers).status_code
        return (time.perf_counter() - due) * 1000, status

    with ThreadPoolExecutor(ANSWERERS) as pool:
        ended = list(pool.map(post, range(len(events))))
    return [took for took, _status in ended], sum(status != 200 for _took, status in ended)


def _events(world: World, count: int) -> list[tuple[bytes, dict[str, str]]]:
    events = []
    for number in range(count):
        person = Person(f"{count}-{number % (count // OF_ONE_PERSON + 1)}", "Somebody")
        message = official.message_event(world, world.oa, person, "Míu 4,2 kg", secrets.token_hex(10), "")
        events.append(official.signed(world, world.oa, message))
    return events


def _shares(times: list[float]) -> dict[str, float]:
    ordered = sorted(times)
    return {
        f"p{share}_ms": round(ordered[min(len(ordered) * share // 100, len(ordered) - 1)], 1) for share in (50, 95, 99)
    }


if __name__ == "__main__":
    sys.exit(main())
