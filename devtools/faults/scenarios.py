"""What a fault run consists of: scenarios, each a table of rows, each row right or wrong."""

import importlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.production import ROOT

# Each has SCENARIOS, a tuple of Scenario; they run in this order.
MODULES = tuple(
    f"devtools.faults.{name}"
    for name in ("main_app", "breaker", "strays", "hanging", "attack", "databases", "deploys", "load", "history")
)


@dataclass(frozen=True)
class Options:
    """How to run: `folder` is the scenario's own, gone afterwards; `long` asks for the form that takes its time, `minutes` says
    how long one lasts that may last as long as one likes; `root` has the code that is served, where another is asked for."""

    folder: Path
    long: bool = False
    minutes: float | None = None
    root: Path = ROOT


@dataclass(frozen=True)
class Row:
    """One line of a scenario's table. `cells` are in the order of its columns; `problems` says what is not as it should be."""

    cells: tuple[str, ...]
    problems: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        return not self.problems


@dataclass(frozen=True)
class Scenario:
    """One table. `name`: what --only asks for, and the name of its place in docs/reliability.md.

    run: yields the rows as they are measured; an exception counts as one wrong row. only_long: left out without --long.
    """

    name: str
    title: str
    columns: tuple[str, ...]
    run: Callable[[Options], Iterator[Row]] = field(repr=False)
    only_long: bool = False


def scenarios(modules: Sequence[str] = MODULES) -> list[Scenario]:
    """All that these modules have. Raises ValueError for a name that is there twice."""
    found = [one for module in modules for one in importlib.import_module(module).SCENARIOS]
    names = [one.name for one in found]
    if len(set(names)) != len(names):
        raise ValueError(f"two scenarios of one name: {names}")
    return found
