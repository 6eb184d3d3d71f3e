"""What `make bench` measures, row by row, and what each row is to reach."""

import asyncio
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from devtools.bench.load import Wire, load
from devtools.bench.neighbours import stolen_seconds
from devtools.bench.service import Bench, Step

Row = dict[str, Any]
# A figure of a row: how it is called, which way is good, the limit.
Target = tuple[str, str, float]

MEMORY: Target = ("megabytes", "≤", 130)
SIMPLE: dict[int, tuple[Target, ...]] = {
    1: (("over_ms", "≤", 3.5),),
    16: (("cpu_ms", "≤", 2.0), ("per_second", "≥", 480), ("p99_ms", "≤", 70)),
    64: (("per_second", "≥", 480),),
}
NAMES = {"over_ms": "over the main app", "cpu_ms": "CPU", "per_second": "req/s", "p99_ms": "p99", "p50_ms": "p50"}
NAMES |= {"megabytes": "MB", "main_app_calls": "calls", "slowest_503_ms": "slowest 503", "share_of_best": "of the best"}
NAMES |= {"two_cores": "× one core", "over_actions_ms": "CPU over Actions"}
# Rows of the MCP door are called as those of the other door that they are compared with.
MCP = "mcp "
# And the bare application's (`bench.floor`), each right before its row.
FLOOR = "floor "


@dataclass(frozen=True)
class Plan:
    """One row to come. `main_app`: how the main app behaves meanwhile, else as asked on the command line."""

    name: str
    connections: int
    step: Step
    targets: tuple[Target, ...] = ()
    main_app: dict[str, float] = field(default_factory=dict)


def plan(bench: Bench) -> list[Plan]:
    asked: dict[str, tuple[Any, ...]] = {
        "get_pet": ("GET", "/pets/1"),
        "list_pets": ("GET", "/pets"),
        "find_pet": ("POST", "/pets/find", {"name": "Mimi"}),
    }
    tools = {name: bench.tool(*request) for name, request in asked.items()}
    overview = bench.tool("POST", "/pets/overview", {})
    over_actions = (("over_actions_ms", "≤", 0.5),)
    mcp = {
        "get_pet": bench.mcp("tools/call", name="get_pet", arguments={"pet_id": 1}),
        "list_pets": bench.mcp("tools/call", name="list_pets", arguments={}),
    }
    rows = []
    for name, step in tools.items():
        for many, targets in SIMPLE.items():
            rows.append(Plan(f"{FLOOR}{name} x{many}", many, bench.tool(*asked[name], of_floor=True)))
            rows.append(Plan(f"{name} x{many}", many, step, targets))
            # Next to each other: what drifts on the machine meets all of them alike.
            if many == 16 and name in mcp:
                rows.append(Plan(f"{MCP}{name} x{many}", many, mcp[name], over_actions))
    rows.append(Plan(f"{MCP}tools/list x16", 16, bench.mcp("tools/list")))
    rows += [Plan(f"{name} x16, 0 ms", 16, tools[name], (("per_second", "≥", 500),), {"delay_ms": 0}) for name in tools]
    # Four times what keeps one core busy.
    overload = (("share_of_best", "≥", 0.8), ("slowest_503_ms", "≤", 1500))
    rows.append(Plan("list_pets x256", 256, tools["list_pets"], overload))
    rows.append(Plan("pets_overview x1", 1, overview, (("cpu_ms", "≤", 25), ("p50_ms", "≤", 160))))
    rows.append(Plan("pets_overview x16", 16, overview, (("cpu_ms", "≤", 25), ("per_second", "≥", 35))))
    rows.append(Plan("pets_overview x64", 64, overview, (MEMORY,)))
    # Here a call lasts so long that most are turned away.
    rows.append(Plan("pets_overview x256", 256, overview, overload))
    plain = (("main_app_calls", "≤", 1.0), ("cpu_ms", "≤", 2.0))
    rows.append(Plan("overview, none due x16", 16, overview, plain, {"vaccinated": 0}))
    # Before the sign-ins: these end the oldest connections of the same people.
    rows.append(Plan("refresh x1", 1, bench.refresh, (("cpu_ms", "≤", 8), MEMORY)))
    rows += [Plan(f"sign-in x{many}", many, bench.sign_in, (("cpu_ms", "≤", 20),)) for many in (1, 16)]
    return rows


def measure(bench: Bench, one: Plan, seconds: float, delay_ms: float) -> Row:
    """Load the service so for `seconds`, after a moment to warm it."""
    service = bench.floor if one.name.startswith(FLOOR) else bench
    usual = {"delay_ms": delay_ms, "vaccinated": 1}
    bench.main_app(**(usual | one.main_app))
    asyncio.run(load(service.port, min(one.connections, 16), min(1.0, seconds), one.step))
    time.sleep(0.5)
    spent, asked, stolen = service.processor_seconds(), bench.main_app(), stolen_seconds()
    measured = asyncio.run(load(service.port, one.connections, seconds, one.step))
    stolen = stolen_seconds() - stolen
    called = bench.main_app() - asked
    # What the main app takes is its delay and what its own clock adds: up to a millisecond.
    alone = asyncio.run(load(bench.main_app_port, 1, min(1.0, seconds), _ask_main_app))
    # The log of tool calls is written behind them: its share counts.
    time.sleep(0.7)
    done = len(measured.seconds)
    row = {
        "name": one.name,
        "per_second": done / measured.elapsed,
        "p50_ms": measured.percentile(0.5) * 1000,
        "p99_ms": measured.percentile(0.99) * 1000,
        "over_ms": (measured.percentile(0.5) - alone.percentile(0.5)) * 1000,
        "cpu_ms": (service.processor_seconds() - spent) * 1000 / max(1, done),
        "main_app_calls": round(called / max(1, done), 1),
        "turned_away": len(measured.turned_away),
        "slowest_503_ms": max(measured.turned_away, default=0) * 1000,
        "wrong": measured.wrong,
        "megabytes": service.megabytes(),
        "stolen": stolen / measured.elapsed / (os.cpu_count() or 1),
    }
    bench.main_app(**usual)
    return row


async def _ask_main_app(own: Wire, _number: int) -> int:
    return (await own.ask("GET", "/api/version")).status


def judge(row: Row, targets: tuple[Target, ...], find: Callable[[str], Row | None]) -> list[dict[str, Any]]:
    """Each target with what was reached. `find` gives an earlier row by its name, to which this one is set in relation."""
    tool, _cross, _connections = row["name"].rpartition(" x")
    best = find(f"{tool} x64")
    if best is not None and best["per_second"]:
        row["share_of_best"] = row["per_second"] / best["per_second"]
    actions = find(row["name"].removeprefix(MCP)) if row["name"].startswith(MCP) else None
    if actions is not None:
        row["over_actions_ms"] = row["cpu_ms"] - actions["cpu_ms"]
    floor = find(FLOOR + row["name"].removeprefix(MCP))
    if floor is not None:
        row["of_floor"] = {each: row[each] / floor[each] for each in ("per_second", "cpu_ms") if floor[each]}
    return [
        {
            "figure": figure,
            "is": sign,
            "limit": limit,
            "met": row[figure] <= limit if sign == "≤" else row[figure] >= limit,
        }
        for figure, sign, limit in targets
        if figure in row
    ]


def as_sentence(judged: list[dict[str, Any]]) -> str:
    return "; ".join(
        f"{NAMES[one['figure']]} {one['is']} {one['limit']:g} {'met' if one['met'] else 'NOT MET'}" for one in judged
    )
