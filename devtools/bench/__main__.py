"""Measure the connector against a main app that costs nothing: `make bench`, read docs/performance.md.

Needs two processor cores, and PostgreSQL and Redis as the tests do (TEST_DATABASE_URL, TEST_REDIS_URL). The connector gets the
first core, or the first two with `--cores 2`; the main app, the load and the servers share the rest, or all. Rows called `floor …` are
a bare application on the connector's core: what this host allows at this moment.
"""

import argparse
import asyncio
import json
import os
import platform
import signal
import statistics
import subprocess
import sys
import sysconfig
from contextlib import ExitStack
from pathlib import Path

from devtools.bench import rows, scale
from devtools.bench.load import load
from devtools.bench.neighbours import kept_on
from devtools.bench.rows import Row
from devtools.bench.service import DATABASE, REDIS, ROOT, Bench, running
from devtools.bench.shares import limited

# What growth of the database could slow down. Sign-ins come last: they end the connections of those before.
SCALED = ("get_pet x16", "list_pets x16", "refresh x1", "sign-in x16")
ROUNDS = 3


def main() -> int:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--delay-ms", type=float, default=30, help="what the main app takes for each answer")
    parser.add_argument("--seconds", type=float, default=5, help="for each row")
    parser.add_argument("--threads", type=int, default=32, help="WEB_THREADS of each process, as shipped")
    parser.add_argument("--cores", type=int, default=1, help="processor cores and processes of the connector")
    parser.add_argument(
        "--share",
        type=int,
        default=100,
        metavar="PERCENT",
        help="of its core for each process, where there are two cores",
    )
    parser.add_argument("--only", default="", help="rows whose name holds this")
    parser.add_argument("--save", type=Path, help="write the result to this file (JSON)")
    parser.add_argument("--compare", type=Path, help="show ratios to an earlier result")
    parser.add_argument(
        "--layers", action="store_true", help="instead: what one call costs in one process, layer by layer"
    )
    parser.add_argument("--calls", type=int, help="instead: so many calls in one process, and its memory meanwhile")
    parser.add_argument(
        "--scale", action="store_true", help="instead: an empty and a full database in turn, and query plans"
    )
    parser.add_argument(
        "--rows", type=int, default=scale.TOOL_CALLS, help="tool-call lines of --scale; a tenth as many tokens"
    )
    options = parser.parse_args()
    # Ended from outside it puts away what it has started, made and moved, as after Ctrl-C.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < 2 or options.cores > len(cores):
        sys.exit("The benchmark needs two processor cores, and no fewer than --cores.")
    if not 0 < options.share <= 100:
        parser.error("--share is a part of a core, 1 to 100 percent")
    others = set(cores[min(options.cores, len(cores) - 1) :])
    os.sched_setaffinity(0, others)
    options.own = set(cores[: options.cores])
    options.load_before = os.getloadavg()[0]
    with kept_on(others, DATABASE, REDIS) as moved:
        say(
            f"load average before the start {options.load_before:.1f}; {options.delay_ms:g} ms main app; "
            f"{options.cores} core(s){f', {options.share} % of each,' if options.share < 100 else ''} with {options.threads} threads; "
            f"Python {platform.python_version()}{', optimised by profile' if _is_optimised() else ''}; "
            f"PostgreSQL and Redis {'are with the load' if moved else 'could not be kept off the cores'}"
        )
        return measure(options)


def measure(options: argparse.Namespace) -> int:
    """What the command line asks for; the exit code."""
    if options.scale:
        return compare_scale(options)
    if options.layers:
        return layers(options)
    with ExitStack() as stack:
        bench = stack.enter_context(running(options.delay_ms, options.threads, options.own))
        asyncio.run(bench.everybody_signs_in())
        if options.share < 100:
            for each in (bench, bench.floor):
                stack.enter_context(limited(each.processes(), sorted(options.own), options.share))
        return many_calls(bench, options.calls) if options.calls else table(bench, options)


def _is_optimised() -> bool:
    """As the image's is. Debian's is, and does not say so."""
    return "--enable-optimizations" in (sysconfig.get_config_var("CONFIG_ARGS") or "")


def table(bench: Bench, options: argparse.Namespace) -> int:
    """Every row, with its targets; `--save`, `--compare`."""
    earlier = json.loads(options.compare.read_text()) if options.compare else {"rows": []}
    before = {row["name"]: row for row in earlier["rows"]}
    beside_one_core = options.cores == 2 and (earlier.get("cores"), earlier.get("share")) == (1, options.share)
    found: dict[str, Row] = {}
    say(
        f"{'':<24}{'req/s':>8}{'p50 ms':>9}{'p99 ms':>9}{'CPU ms':>8}{'calls':>7}{'503':>7}{'wrong':>7}{'MB':>6}{'stolen':>8}"
    )
    for one in rows.plan(bench):
        if options.only not in one.name:
            continue
        row = found[one.name] = rows.measure(bench, one, options.seconds, options.delay_ms)
        # A part of a core is to be compared, and nothing else.
        targets = one.targets if options.share == 100 else ()
        # The floor has nothing to reach.
        if beside_one_core and one.name in before and one.connections == 64 and one.targets:
            row["two_cores"] = row["per_second"] / before[one.name]["per_second"]
            targets += (("two_cores", "≥", 1.8),)
        row["targets"] = rows.judge(row, targets, found.get)
        show(row, before.get(one.name))
    judged = [target for row in found.values() for target in row["targets"]]
    say(f"{sum(one['met'] for one in judged)} of {len(judged)} targets met")
    if options.save:
        facts = ("load_before", "delay_ms", "threads", "cores", "share")
        saved = {name: getattr(options, name) for name in facts} | {"rows": list(found.values())}
        options.save.write_text(json.dumps(saved, indent=1, ensure_ascii=False) + "\n")
    return 1 if any(row["wrong"] for row in found.values()) else 0


def many_calls(bench: Bench, calls: int) -> int:
    """Memory over a process's life; flat means: after the first tenth it grows by 5 MB at most."""
    done, wrong = 0, 0
    held: list[tuple[int, int]] = []
    steps = {one.name: one.step for one in rows.plan(bench)}
    tools = ("get_pet x16", "list_pets x16", "find_pet x16")
    while done < calls:
        measured = asyncio.run(load(bench.port, 16, 5.0, steps[tools[len(held) % 3]]))
        if not measured.seconds:
            sys.exit("No call succeeded; see var/bench.log.")
        done, wrong = done + len(measured.seconds), wrong + measured.wrong
        held.append((done, bench.megabytes("VmRSS")))
        say(f"{done:>9} calls{held[-1][1]:>6} MB now{bench.megabytes():>6} MB at most")
    early = next(megabytes for count, megabytes in held if count >= calls / 10)
    flat, within = held[-1][1] - early <= 5, bench.megabytes() <= rows.MEMORY[2]
    say(f"flat {'met' if flat else 'NOT MET'}; at most {rows.MEMORY[2]:g} MB {'met' if within else 'NOT MET'}")
    return 1 if wrong or not flat else 0


def compare_scale(options: argparse.Namespace) -> int:
    """The same rows on an empty and on a full database, in turn: what drifts on the machine meets both alike."""
    with ExitStack() as stack:
        services = {
            name: stack.enter_context(running(options.delay_ms, options.threads, options.own))
            for name in ("empty", "full")
        }
        for bench in services.values():
            asyncio.run(bench.everybody_signs_in())
        full = services["full"]
        tokens, connections = max(10, options.rows // 10), max(1, options.rows // 100)
        for name, count in scale.fill(
            full.database, connections=connections, tokens=tokens, tool_calls=options.rows
        ).items():
            say(f"{count:>12,} rows in {name}")
        before = scale.scans(full.database)
        plans = {name: {one.name: one for one in rows.plan(bench)} for name, bench in services.items()}
        taken: dict[str, dict[str, list[Row]]] = {row: {name: [] for name in services} for row in SCALED}
        for row in (row for row in SCALED for _ in range(ROUNDS)):
            for name, bench in services.items():
                taken[row][name].append(rows.measure(bench, plans[name][row], options.seconds, options.delay_ms))
        say(f"{'':<24}{'empty: CPU ms':>14}{'p99 ms':>9}{'full: CPU ms':>14}{'p99 ms':>9}")
        for row in SCALED:
            middle = {
                name: {key: statistics.median(one[key] for one in many) for key in ("cpu_ms", "p99_ms")}
                for name, many in taken[row].items()
            }
            ratios = {key: middle["full"][key] / middle["empty"][key] for key in ("cpu_ms", "p99_ms")}
            say(
                f"{row:<24}{middle['empty']['cpu_ms']:>14.2f}{middle['empty']['p99_ms']:>9.1f}"
                f"{middle['full']['cpu_ms']:>14.2f}{middle['full']['p99_ms']:>9.1f}   "
                + ", ".join(
                    f"{rows.NAMES[key]} ×{ratio:.2f} {'met' if ratio <= 1.1 else 'NOT MET'}"
                    for key, ratio in ratios.items()
                )
            )
        for name, (count, read) in sorted(scale.scans(full.database).items()):
            if read - before[name][1] > 0:
                say(
                    f"read from end to end meanwhile: {name}, {count - before[name][0]} times, {read - before[name][1]} rows"
                )
        # Those of the beginning have been replaced by the sign-ins that were measured.
        full.tokens.clear()
        asyncio.run(full.everybody_signs_in())
        explain(full)
        return 1 if any(one["wrong"] for each in taken.values() for many in each.values() for one in many) else 0


def layers(options: argparse.Namespace) -> int:
    with running(0, 4, options.own) as bench, (ROOT / "var" / "bench.log").open("ab") as log:
        asyncio.run(bench.everybody_signs_in())
        # A whole application of its own, on the core that gunicorn leaves idle meanwhile.
        done = subprocess.run(
            [sys.executable, "-m", "devtools.bench.layers"],
            input=f"{bench.tokens[0]['access_token']} {bench.mcp_tokens[0]}",
            env=bench.environment | {"DJANGO_SETTINGS_MODULE": "connector.settings"},
            cwd=ROOT,
            text=True,
            stderr=log,
            stdout=subprocess.PIPE,
            check=False,
            preexec_fn=lambda: os.sched_setaffinity(0, options.own),
        )
    say(done.stdout.rstrip())
    return done.returncode


def explain(bench: Bench) -> None:
    tokens = json.dumps({"client": bench.client, "tokens": bench.tokens[0]})
    environment = bench.environment | {"LOG_LEVEL": "error"}
    sys.stdout.flush()
    subprocess.run(
        [sys.executable, "-m", "devtools.bench.explain"], cwd=ROOT, env=environment, input=tokens, text=True, check=True
    )


def show(row: Row, before: Row | None) -> None:
    text = f"{row['name']:<24}{row['per_second']:>8.1f}{row['p50_ms']:>9.1f}{row['p99_ms']:>9.1f}{row['cpu_ms']:>8.2f}"
    text += f"{row['main_app_calls']:>7.1f}{row['turned_away']:>7}{row['wrong']:>7}{row['megabytes']:>6}{row['stolen']:>8.1%}"
    text += "   " + rows.as_sentence(row["targets"])
    if "of_floor" in row:
        text += "   floor: " + _ratios(row["of_floor"])
    if before:
        text += "   before: " + _ratios(
            {each: row[each] / before[each] for each in ("per_second", "p50_ms", "cpu_ms") if before[each]}
        )
    say(text.rstrip())


def _ratios(ratios: dict[str, float]) -> str:
    return ", ".join(f"{rows.NAMES[name]} ×{ratio:.2f}" for name, ratio in ratios.items())


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
