"""`make test`: the suite on SQLite; then what touches database or cache again, on PostgreSQL and Redis where these answer.

TEST_DATABASE_URL and TEST_REDIS_URL say where they are (default: this machine, usual ports); set to `none` they are not
looked for. One that was named and does not answer is a failure. Arguments go to pytest.
"""

import os
import re
import subprocess
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

import psycopg
import redis

ROOT = Path(__file__).resolve().parent.parent
DATABASE = "postgres://postgres@127.0.0.1:5432/postgres"
REDIS = "redis://127.0.0.1:6379"


@dataclass(frozen=True)
class Service:
    """A server the suite can run on; `problem` says why it can't, empty when it answers."""

    name: str
    variable: str
    url: str
    problem: str

    @property
    def was_named(self) -> bool:
        return self.variable in os.environ


def database() -> Service:
    url = os.environ.get("TEST_DATABASE_URL", DATABASE)
    problem = ""
    if url != "none":
        try:
            psycopg.connect(url, connect_timeout=3).close()
        except psycopg.Error as error:
            problem = type(error).__name__
    return Service("PostgreSQL", "TEST_DATABASE_URL", url, problem)


def cache() -> Service:
    url = os.environ.get("TEST_REDIS_URL", REDIS)
    problem = ""
    if url != "none":
        try:
            redis.Redis.from_url(url, socket_connect_timeout=3).ping()
        except (redis.RedisError, ValueError) as error:
            problem = type(error).__name__
    return Service("Redis", "TEST_REDIS_URL", url, problem)


def run_suite(title: str, arguments: list[str], environment: dict[str, str]) -> Counter[str]:
    """Run pytest once; how many tests ended how, `broken` when pytest itself did."""
    print(f"\n=== Tests on {title} ===", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        command = [sys.executable, "-m", "pytest", f"--junit-xml={report}", *arguments]
        status = subprocess.run(command, cwd=ROOT, env=os.environ | environment, check=False).returncode
        outcome = _counted(report) if report.exists() else Counter({"broken": 1})
    if status not in (0, 1):
        outcome["broken"] += 1
    elif status == 1 and not outcome["failed"]:
        outcome["failed"] += 1
    return outcome


def _counted(report: Path) -> Counter[str]:
    suite = ElementTree.parse(report).getroot().find("testsuite")  # noqa: S314 - pytest has just written it
    if suite is None:
        return Counter({"broken": 1})
    number = {key: int(suite.get(key, "0")) for key in ("tests", "failures", "errors", "skipped")}
    failed = number["failures"] + number["errors"]
    passed = number["tests"] - failed - number["skipped"]
    return Counter({"passed": passed, "failed": failed, "skipped": number["skipped"]})


def main(arguments: list[str]) -> int:
    if not any(re.match(r"-n\b|--numprocesses|-p no:xdist|--pdb", argument) for argument in arguments):
        # One more than cores: much of a test is waiting. No more than four: each may hold 24 of PostgreSQL's 100 connections.
        arguments = ["-n", str(min((os.cpu_count() or 1) + 1, 4)), *arguments]
    total = run_suite("SQLite, without Redis", arguments, {"TEST_DATABASE_URL": "none", "TEST_REDIS_URL": "none"})
    services = [database(), cache()]
    there = [service for service in services if service.url != "none" and not service.problem]
    if there:
        environment = {one.variable: one.url if one in there else "none" for one in services}
        environment["TEST_SELECT"] = "stateful"
        total += run_suite(" and ".join(service.name for service in there), arguments, environment)
    for service in services:
        if service.problem and service.was_named:
            print(f"{service.name} does not answer where {service.variable} points ({service.problem}).")
            total["failed"] += 1
        elif service not in there:
            print(
                f"Not run on {service.name}: "
                + (f"it does not answer ({service.problem})." if service.problem else "not asked for.")
            )
    if total["broken"]:
        print(f"pytest itself ended badly {total['broken']} time(s); see above.")
    failed = total["failed"] + total["broken"]
    ran_on = ", ".join(["SQLite", *(service.name for service in there)])
    print(f"\nOn {ran_on}: {total['skipped']} skipped.\n{total['passed']} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
