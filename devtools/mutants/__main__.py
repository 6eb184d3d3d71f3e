"""`make mutants`: break one rule after another in a copy of this checkout, and see that its tests notice.

    python -m devtools.mutants                   # all; ends with 1 when one survives, is stale or can't be tried
    python -m devtools.mutants --only refresh    # those with this in their name or file
    python -m devtools.mutants --part 2/8        # every eighth, from the second on
    python -m devtools.mutants --list
    python -m devtools.mutants --json            # a line of JSON for each

Its tests run unchanged first: what is red anyway proves nothing. What changes a function's body is tried in memory (`in_memory`), the
rest and whatever survives in a pytest of its own. A mutant that survives wants a test; one whose text is gone is
stale and wants to be written anew.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from devtools.mutants import elsewhere, oauth, zalo
from devtools.mutants.mutant import ALL, Mutant

ROOT = Path(__file__).resolve().parents[2]
# pytest's exit status (https://docs.pytest.org/en/stable/reference/exit-codes.html).
ENDINGS = {0: "survived", 1: "killed"}
# A mutant may make something wait for ever.
LONGEST_SECONDS = 120
# The rules hold on any database; with SQLite nobody has to start a server for this.
SERVICES = {"TEST_DATABASE_URL": "none", "TEST_REDIS_URL": "none"}

__all__ = ["ALL", "elsewhere", "oauth", "zalo"]


def main(arguments: list[str] | None = None) -> int:
    asked = _arguments(arguments)
    chosen = [one for one in ALL if not asked.only or asked.only in one.name or asked.only in one.file]
    part, parts = map(int, asked.part.split("/"))
    chosen = chosen[part - 1 :: parts]
    if asked.list:
        for one in chosen:
            sys.stdout.write(f"{one.file}: {one.name}\n")
        return 0
    endings: Counter[str] = Counter()
    for one, ending in _tried_all(chosen):
        endings[ending] += 1
        line = f"{endings.total():3}/{len(chosen)} {ending:8} {one.name} ({one.file})"
        if asked.json:
            line = json.dumps({"name": one.name, "file": one.file, "ending": ending})
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()
    counted = ", ".join(f"{count} {ending}" for ending, count in endings.items())
    sys.stderr.write(f"{len(chosen)} mutants: {counted}\n")
    return 0 if endings["killed"] == len(chosen) > 0 else 1


def _tried_all(chosen: list[Mutant]) -> Iterator[tuple[Mutant, str]]:
    """Each with its ending: killed, survived, stale, red (its tests fail without it), broken (they can't even be collected)."""
    by_name = {one.name: one for one in chosen}
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        copy = Path(folder) / "copy"
        _copy_of_this_checkout(copy)
        for name, ending in _in_memory(chosen, Path(folder)):
            mutant = by_name.pop(name)
            # What survives may have been imported before: only a process of its own proves it.
            yield mutant, _tried(copy, mutant) if ending in ("survived", "outside") else ending
        for mutant in by_name.values():
            yield mutant, "stale" if mutant.applied_to((ROOT / mutant.file).read_text()) is None else "broken"


def _in_memory(chosen: list[Mutant], folder: Path) -> Iterator[tuple[str, str]]:
    there = [one.name for one in chosen if one.applied_to((ROOT / one.file).read_text()) is not None]
    names, report = folder / "names.json", folder / "report.jsonl"
    names.write_text(json.dumps(there))
    report.touch()
    command = [sys.executable, "-m", "devtools.mutants.in_memory", str(names), str(report)]
    with (
        subprocess.Popen(command, cwd=ROOT, env=os.environ | SERVICES, stdout=subprocess.DEVNULL) as tries,
        report.open() as lines,
    ):
        while True:
            over = tries.poll() is not None
            for line in lines:
                name, ending = json.loads(line)
                if name:
                    yield name, ending
            if over:
                return
            time.sleep(0.2)


def _arguments(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m devtools.mutants", description=__doc__.partition("\n")[0])
    parser.add_argument("--only", default="", metavar="TEXT", help="mutants with this in their name or file")
    parser.add_argument("--part", default="1/1", metavar="N/M", help="of those every Mth, from the Nth on")
    parser.add_argument("--list", action="store_true", help="name them and try none")
    parser.add_argument("--json", action="store_true", help="a line of JSON for each")
    return parser.parse_args(arguments)


def _copy_of_this_checkout(folder: Path) -> None:
    """What git has and what is new, without what it ignores: nothing is ever changed in place."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout.decode()
    for name in filter(None, listed.split("\0")):
        source, goal = ROOT / name, folder / name
        if source.is_file():
            goal.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, goal)


def _tried(copy: Path, mutant: Mutant) -> str:
    """killed, survived, stale, or broken: its tests could not even be collected."""
    file = copy / mutant.file
    text = file.read_text() if file.is_file() else ""
    mutated = mutant.applied_to(text)
    if mutated is None:
        return "stale"
    before = file.stat()
    file.write_text(mutated)
    # Bytecode is told by second and size: a time that no other version of this file has.
    os.utime(file, (before.st_atime, before.st_mtime - 1 - ALL.index(mutant)))
    try:
        return _pytest(copy, mutant.tests)
    finally:
        file.write_text(text)
        os.utime(file, (before.st_atime, before.st_mtime))


def _pytest(copy: Path, tests: Iterable[str]) -> str:
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "-p", "no:xdist", *tests]
    try:
        done = subprocess.run(
            command, cwd=copy, env=os.environ | SERVICES, capture_output=True, check=False, timeout=LONGEST_SECONDS
        )
    except subprocess.TimeoutExpired:
        # Without the mutant they had ended.
        return "killed"
    return ENDINGS.get(done.returncode, "broken")


if __name__ == "__main__":
    sys.exit(main())
