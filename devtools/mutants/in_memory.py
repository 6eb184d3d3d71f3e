"""Trying mutants of function bodies in one pytest: starting one for each would take most of the time.

The mutated function's code takes the place of the old one's in whatever holds it, its tests run until one fails, and the old code
comes back. What a mutant changes outside of functions shows at import alone and is tried in a copy (`__main__`).
"""

import functools
import gc
import inspect
import json
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any

import pytest

from devtools.mutants import elsewhere, oauth, zalo
from devtools.mutants.mutant import ALL, Mutant

ROOT = Path(__file__).resolve().parents[2]

__all__ = ["ALL", "elsewhere", "oauth", "zalo"]


class OutsideOfFunctions(Exception):
    """The mutant changes what a module does while it is imported."""


class Tries:
    """A pytest plugin that runs each mutant's tests instead of each test; a line of JSON for each, name and ending, as it goes."""

    def __init__(self, mutants: Iterable[Mutant], report: Path) -> None:
        self._mutants = mutants
        self._report = report
        self._failed = False
        self._passed = False

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._failed = self._failed or report.failed
        self._passed = self._passed or (report.passed and report.when == "call")

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        # tests/conftest.py hides what was there before the first test; `swapped` looks for functions among it.
        gc.unfreeze()
        if session.testsfailed:
            self._tell("", "red")
            return True
        for mutant in self._mutants:
            items = [item for item in session.items if any(_is_of(item.nodeid, test) for test in mutant.tests)]
            if self._fails(session, items) or not self._passed:
                # Red or skipped without the mutant: it would prove nothing.
                self._tell(mutant.name, "red")
                continue
            try:
                with swapped(mutant):
                    ending = "killed" if self._fails(session, items) else "survived"
            except OutsideOfFunctions:
                ending = "outside"
            self._tell(mutant.name, ending)
        return True

    def _fails(self, session: Any, items: Iterable[pytest.Item]) -> bool:
        self._failed = self._passed = False
        for item in items:
            # The session as the next one: what belongs to it stays, all else goes.
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=session)
            if self._failed:
                return True
        return False

    def _tell(self, name: str, ending: str) -> None:
        with self._report.open("a") as report:
            report.write(json.dumps([name, ending]) + "\n")


def _is_of(nodeid: str, test: str) -> bool:
    return nodeid == test or nodeid.startswith((f"{test}::", f"{test}["))


@contextmanager
def swapped(mutant: Mutant) -> Iterator[None]:
    """While this lasts, functions that the mutant changes do what it says. Raises OutsideOfFunctions."""
    path = str(ROOT / mutant.file)
    text = Path(path).read_text()
    old_rest, old = _parts(compile(text, path, "exec", dont_inherit=True))
    new_rest, new = _parts(compile(mutant.applied_to(text) or "", path, "exec", dont_inherit=True))
    if old_rest != new_rest or len(old) != len(new):
        raise OutsideOfFunctions
    mutated = {before: after for before, after in zip(old, new, strict=True) if before != after}
    functions = [
        (one, one.__code__)
        for one in gc.get_objects()
        # Not isinstance: that wakes Django's lazy objects.
        if type(one) is FunctionType and one.__code__.co_filename == path and one.__code__ in mutated
    ]
    if not functions:
        raise OutsideOfFunctions
    try:
        for function, code in functions:
            function.__code__ = mutated[code]
        _forget_cached()
        yield
    finally:
        for function, code in functions:
            function.__code__ = code
        _forget_cached()


def _parts(code: CodeType) -> tuple[list[object], list[CodeType]]:
    """What runs at import, and the functions defined by it, in their order."""
    rest: list[object] = [code.co_code, code.co_names]
    functions: list[CodeType] = []
    for const in code.co_consts:
        if not isinstance(const, CodeType):
            rest.append(const)
        elif const.co_flags & inspect.CO_OPTIMIZED:
            functions.append(const)
        else:
            inner_rest, inner = _parts(const)
            rest += inner_rest
            functions += inner
    return rest, functions


def _forget_cached() -> None:
    for one in gc.get_objects():
        if type(one) is functools._lru_cache_wrapper:
            code = getattr(one.__wrapped__, "__code__", None)
            if code is not None and code.co_filename.startswith(str(ROOT)) and ".venv" not in code.co_filename:
                one.cache_clear()


def main(names_file: str, report: str) -> int:
    names = set(json.loads(Path(names_file).read_text()))
    chosen = [one for one in ALL if one.name in names]
    tests = sorted({test for one in chosen for test in one.tests})
    quiet = ["-q", "--tb=no", "--no-header", "-p", "no:cacheprovider", "-p", "no:xdist"]
    return int(pytest.main([*quiet, *tests], plugins=[Tries(chosen, Path(report))]))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
