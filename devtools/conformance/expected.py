"""What the suite finds wanting and why that is so (`expected.toml`), held against what it has found."""

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

FILE = Path(__file__).with_suffix(".toml")


@dataclass(frozen=True)
class Check:
    """One check of a run. `key` is "revision scenario check"; `message` is the suite's own, for what is not fine."""

    key: str
    fine: bool
    message: str = ""


@dataclass(frozen=True)
class Expected:
    key: str
    because: str
    says: str


def read(file: Path = FILE) -> tuple[dict[str, Expected], dict[str, str]]:
    """The expected failures by their key, and beginnings of scenarios' names that are not judged, with the reason."""
    document = tomllib.loads(file.read_text(encoding="utf-8"))
    each = [Expected(key, group["because"], group["says"]) for group in document["expected"] for key in group["checks"]]
    return {one.key: one for one in each}, document["left_out"]


def complaints(checks: Iterable[Check], expected: dict[str, Expected]) -> list[str]:
    """What keeps the run from passing, a sentence each: new failures, and expected ones that are no more."""
    found: list[str] = []
    failed: set[str] = set()
    for check in checks:
        if check.fine:
            continue
        failed.add(check.key)
        known = expected.get(check.key)
        if known is None:
            found.append(f"{check.key}: failed and is not expected to: {check.message}")
        elif known.says.lower() not in check.message.lower():
            found.append(f"{check.key}: fails for another reason than expected: {check.message}")
    found += [f"{key}: is expected to fail and did not; take it out of {FILE.name}" for key in expected.keys() - failed]
    return sorted(found)
