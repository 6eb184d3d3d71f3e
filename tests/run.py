"""`make test`: the suite on SQLite; then what touches database or cache again, on PostgreSQL and Redis where these answer.

A few that failed are tried once more, alone: browsers, other people's programs and killed processes share two cores here. What
passes then is named as unsteady, for somebody to mend; what fails again has failed.

TEST_DATABASE_URL and TEST_REDIS_URL say where they are (default: this machine, usual ports); set to `none` they are not
looked for. One that was named and does not answer is a failure. Arguments go to pytest.

`--fast` (`make test-fast`) is the inner loop instead: every rule of the quick part, on SQLite alone, under a minute.
"""

import contextlib
import os
import re
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

import psycopg
import pytest
import redis

# How long pytest may take to write its report when it was interrupted.
REPORT_SECONDS = 20.0
# More failures than these are no accident of a busy machine.
FEW = 3
ROOT = Path(__file__).resolve().parent.parent
DATABASE = "postgres://postgres@127.0.0.1:5432/postgres"
REDIS = "redis://127.0.0.1:6379"

# The inner loop: rules and doors in one process, of each table the first rows (`tests/conftest.py`). The rest drives browsers,
# servers and other processes.
FAST = ("frame", "mainapp", "mcp", "oauth", "tools", "understand")
# Rooms in which nothing depends on the database or on Redis (`tests/conftest.py` holds it): not even collected for the second run.
ALIKE_ON_EACH = ("evals", "files", "sandbox", "understand")
# What takes more than two seconds all the same (measured by `--durations`): fuzzing, races, waiting for real, other processes.
LONG = (
    *("frame/test_files_of_a_call.py", "frame/test_readme.py", "frame/test_run.py"),
    *("frame/test_start.py", "frame/test_static_files.py"),
    *("mcp/test_budget.py", "mcp/test_views_in_a_browser.py"),
    *("mainapp/test_against_the_stand_in.py", "mainapp/test_breaker.py", "mainapp/test_broken_answers.py"),
    *("mainapp/test_deadline.py", "mainapp/test_retries.py", "mainapp/test_tls.py"),
    *("oauth/test_callback_in_trouble.py", "oauth/test_cimd_fetching.py", "oauth/test_client_libraries.py"),
    *(
        "oauth/test_consent_page_in_a_browser.py",
        "oauth/test_fuzz.py",
        "oauth/test_gpt_client.py",
        "oauth/test_programs.py",
        "oauth/test_races.py",
    ),
    *("oauth/test_real_clients.py", "oauth/test_reconnect.py", "oauth/test_registration.py", "oauth/test_revoke.py"),
    *("tools/test_attach_files.py", "tools/test_every_tool.py", "tools/test_nothing_doubled_nothing_lost.py"),
    *("tools/test_nothing_left_behind.py", "tools/test_old_servers.py", "tools/test_pets_overview_in_time.py"),
    *("tools/test_privacy.py", "tools/test_stateful.py", "tools/test_the_door.py"),
    *("understand/test_meaning_of_days.py", "understand/test_whatever_comes.py", "understand/test_whole_or_asked.py"),
)


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


def run_suite(title: str, arguments: list[str], environment: dict[str, str]) -> tuple[Counter[str], list[str]]:
    """Run pytest once. How many tests ended how (`broken` when pytest itself did, `interrupted` when somebody stopped it); and a
    line for each that failed."""
    print(f"\n=== Tests on {title} ===", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        command = [sys.executable, "-m", "pytest", f"--junit-xml={report}", *arguments]
        environment = os.environ | environment
        # Without bytecode each of many processes compiles everything anew, a third of the quick part's time.
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        status = _status_of(subprocess.Popen(command, cwd=ROOT, env=environment))
        outcome = _counted(report) if report.exists() else Counter({"broken": 1})
        failures = list(_failures(report, title)) if report.exists() else []
    if status == pytest.ExitCode.INTERRUPTED:
        outcome["interrupted"], outcome["broken"] = 1, 0
    elif status not in (0, 1):
        outcome["broken"] += 1
    elif status == 1 and not outcome["failed"]:
        outcome["failed"] += 1
    return outcome, failures


def run_twice(title: str, arguments: list[str], environment: dict[str, str]) -> tuple[Counter[str], list[str]]:
    """`run_suite`, and the few that failed once more; one that passes alone is named, and has not failed."""
    outcome, failures = run_suite(title, arguments, environment)
    if not 0 < outcome["failed"] <= FEW or outcome["broken"] or outcome["interrupted"]:
        return outcome, failures
    alone = [*arguments, "-n0", "--last-failed", "--last-failed-no-failures=none"]
    again, still = run_suite(f"{title}: what failed, alone", alone, environment)
    if again["broken"] or again["passed"] + again["failed"] != outcome["failed"]:
        return outcome, failures
    failed_again = {_test_of(line) for line in still}
    passed = [line.removeprefix("Failed: ") for line in failures if _test_of(line) not in failed_again]
    outcome["failed"], outcome["passed"] = again["failed"], outcome["passed"] + again["passed"]
    return outcome, [*still, *(f"Unsteady, passed alone: {line}" for line in passed)]


def _test_of(line: str) -> str:
    return line.partition(" on ")[0]


def _status_of(running: "subprocess.Popen[bytes]") -> int:
    """Its exit status; of one that was interrupted, once it has written down what it did till then."""
    try:
        return running.wait()
    except KeyboardInterrupt as stopped:
        if isinstance(stopped, Terminated):
            # Nobody has told it; Ctrl-C would have.
            running.send_signal(signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired, KeyboardInterrupt):
            # A second one would cost the report.
            running.wait(REPORT_SECONDS)
        if running.poll() is None:
            running.send_signal(signal.SIGINT)
            with contextlib.suppress(subprocess.TimeoutExpired, KeyboardInterrupt):
                running.wait(REPORT_SECONDS)
        running.kill()
        running.wait()
        return int(pytest.ExitCode.INTERRUPTED)


def _counted(report: Path) -> Counter[str]:
    suite = ElementTree.parse(report).getroot().find("testsuite")  # noqa: S314 - pytest has just written it
    if suite is None:
        return Counter({"broken": 1})
    number = {key: int(suite.get(key, "0")) for key in ("tests", "failures", "errors", "skipped")}
    failed = number["failures"] + number["errors"]
    passed = number["tests"] - failed - number["skipped"]
    return Counter({"passed": passed, "failed": failed, "skipped": number["skipped"]})


def _failures(report: Path, title: str) -> Iterator[str]:
    """Which test, on what, where in it and with which words: all that is left of a log that keeps its last lines only."""
    for case in ElementTree.parse(report).getroot().iter("testcase"):  # noqa: S314 - as above
        for problem in (*case.findall("failure"), *case.findall("error")):
            words = (problem.get("message") or "").strip().splitlines()[:1]
            where = (problem.text or "").strip().splitlines()[-1:]
            yield f"Failed: {case.get('classname')}::{case.get('name')} on {title}: {' · '.join(words + where)[:500]}"


def fast(arguments: list[str]) -> int:
    parts = [*(f"tests/{room}" for room in FAST), *(f"--ignore=tests/{file}" for file in LONG)]
    environment = {"TEST_DATABASE_URL": "none", "TEST_REDIS_URL": "none", "TEST_SELECT": "fast"}
    outcome, failures = run_suite("SQLite, the quick part", ["-n", "2", *parts, *arguments], environment)
    failed = outcome["failed"] + outcome["broken"]
    print("", *failures, sep="\n")
    print(f"{outcome['passed']} passed, {failed} failed of the quick part on SQLite; `make test` runs all of it.")
    return _interrupted() if outcome["interrupted"] else int(failed > 0)


def _interrupted() -> int:
    print("Interrupted: the others were not run.")
    return 130


class Terminated(KeyboardInterrupt):
    """By SIGTERM, which reaches this process alone."""


def _terminate(_number: int, _frame: object) -> None:
    raise Terminated


def main(arguments: list[str]) -> int:
    signal.signal(signal.SIGTERM, _terminate)
    if "--fast" in arguments:
        return fast([argument for argument in arguments if argument != "--fast"])
    if not any(re.match(r"-n\b|--numprocesses|-p no:xdist|--pdb", argument) for argument in arguments):
        # A third of the rooms for each, so that browsers and servers are started once; who is done takes over from the others.
        # One more than cores: much of a test is waiting. No more than four: each may hold 24 of PostgreSQL's 100 connections.
        arguments = ["-n", str(min((os.cpu_count() or 1) + 1, 4)), "--dist", "worksteal", *arguments]
    total, failures = run_twice(
        "SQLite, without Redis", arguments, {"TEST_DATABASE_URL": "none", "TEST_REDIS_URL": "none"}
    )
    services = [database(), cache()]
    there = [service for service in services if service.url != "none" and not service.problem]
    if there and not total["interrupted"]:
        environment = {one.variable: one.url if one in there else "none" for one in services}
        environment["TEST_SELECT"] = "stateful"
        alike = [f"--ignore=tests/{room}" for room in ALIKE_ON_EACH]
        again, more = run_twice(" and ".join(service.name for service in there), [*alike, *arguments], environment)
        total, failures = total + again, failures + more
    for service in [] if total["interrupted"] else services:
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
    print("", *failures, sep="\n")
    if total["interrupted"]:
        status = _interrupted()
        print(f"{total['passed']} passed, {failed} failed")
        return status
    print(f"On {ran_on}: {total['skipped']} skipped.\n{total['passed']} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
