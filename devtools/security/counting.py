"""A pytest plugin: how each test ended, and how many cases were tried in it, as JSON (`-p security.counting --counts FILE`).

Cases are hypothesis's examples, invalid ones left out, and what a test says itself with `record_property("cases", n)`.
"""

import json
import os
import re
from collections import defaultdict
from collections.abc import Generator
from pathlib import Path
from typing import Any

import hypothesis
import pytest

_TRIED = re.compile(r"(\d+) passing, (\d+) ")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--counts", type=Path, default=None, help="where to write what was counted, as JSON")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """FUZZ_TIMES=20: so many times the examples of every hypothesis test."""
    times = int(os.environ.get("FUZZ_TIMES", "1"))
    seen: set[int] = set()
    for item in items:
        test: Any = getattr(item, "obj", None)
        test = getattr(test, "__func__", test)
        found = getattr(test, "_hypothesis_internal_use_settings", None)
        if times > 1 and isinstance(found, hypothesis.settings) and id(test) not in seen:
            seen.add(id(test))
            longer = hypothesis.settings(found, max_examples=found.max_examples * times)
            test._hypothesis_internal_use_settings = longer


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: Any) -> Generator[None, Any, Any]:
    report: Any = yield
    if report.when == "teardown" and (statistics := getattr(item, "hypothesis_statistics", None)):
        report.user_properties.append(("cases", sum(int(one) for both in _TRIED.findall(statistics) for one in both)))
    return report


class _Counts:
    def __init__(self, path: Path) -> None:
        self._path = path
        self._tests: dict[str, dict[str, Any]] = defaultdict(lambda: {"outcome": "passed", "cases": 0})

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        test = self._tests[report.nodeid]
        if report.failed or (report.skipped and test["outcome"] == "passed"):
            test["outcome"] = report.outcome
        if report.when == "teardown":
            test["cases"] += sum(int(str(value)) for name, value in report.user_properties if name == "cases")

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self._tests[report.nodeid]["outcome"] = "failed"

    def pytest_sessionfinish(self) -> None:
        self._path.write_text(json.dumps(self._tests))


def pytest_configure(config: pytest.Config) -> None:
    path = config.getoption("--counts")
    # Not in a worker of xdist: what these do is reported to the process that started them.
    if path is not None and not hasattr(config, "workerinput"):
        config.pluginmanager.register(_Counts(path), "security-counts")
