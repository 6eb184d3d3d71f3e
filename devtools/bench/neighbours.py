"""Who else wants the connector's cores while it is measured: PostgreSQL and Redis, which are kept away, and the host's other guests.

Left alone, the kernel starts what PostgreSQL does for a call on the core that asked for it.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import redis


@contextmanager
def kept_on(cores: set[int], database: str, redis_url: str) -> Iterator[bool]:
    """Whether both run here and could be moved, which needs the right to; they are moved back at the end."""
    before: dict[int, set[int]] = {}
    try:
        for pid in _processes(database, redis_url):
            # One that ends meanwhile needs no moving.
            with suppress(ProcessLookupError):
                allowed = os.sched_getaffinity(pid)
                os.sched_setaffinity(pid, cores)
                before[pid] = allowed
        moved = bool(before)
    except PermissionError:
        moved = False
    try:
        yield moved
    finally:
        for pid, allowed in before.items():
            with suppress(ProcessLookupError):
                os.sched_setaffinity(pid, allowed)


def stolen_seconds() -> float:
    """What the host has given to others of the processor time that this machine wanted, since it started; all cores together."""
    every_core = Path("/proc/stat").read_text().partition("\n")[0].split()
    return int(every_core[8]) / os.sysconf("SC_CLK_TCK")


def _processes(database: str, redis_url: str) -> list[int]:
    """PostgreSQL's first process, from which all later ones inherit, those that it has now, and Redis; none that run elsewhere."""
    if {urlsplit(address).hostname for address in (database, redis_url)} - {"127.0.0.1", "::1", "localhost", None}:
        return []
    with psycopg.connect(database) as own:
        (backend,) = own.execute("SELECT pg_backend_pid()").fetchone() or (0,)
        first = int(Path(f"/proc/{backend}/stat").read_text().rpartition(")")[2].split()[1])
        children = [int(pid) for pid in Path(f"/proc/{first}/task/{first}/children").read_text().split()]
    with redis.Redis.from_url(redis_url) as server:
        return [first, *children, int(server.info("server")["process_id"])]
