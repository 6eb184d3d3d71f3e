"""A part of a processor core for each of the connector's processes, by Linux's control groups.

Two processes want two cores, and the load, the main app and the databases want some too. Where there are no more than two, one process
with a part of a core is compared with two that have as much of one each, and what is left is for the others.
"""

import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

GROUPS = Path("/sys/fs/cgroup")
# Short against a call, so that a process that has had its part does not keep one waiting for long.
PERIOD_MICROSECONDS = 5000


@contextmanager
def limited(pids: Iterable[int], cores: Iterable[int], percent: int) -> Iterator[None]:
    """Each process on a core of its own, and no more than so much of it. Ends the program where groups can't be made."""
    # Version 1 has a tree for each kind of limit.
    tree = GROUPS / "cpu" if (GROUPS / "cpu" / "cpu.cfs_quota_us").exists() else GROUPS
    quota = PERIOD_MICROSECONDS * percent // 100
    made: dict[int, Path] = {}
    try:
        for pid, core in zip(pids, cores, strict=True):
            group = tree / f"meo-bench-{pid}"
            group.mkdir()
            made[pid] = group
            if tree == GROUPS:
                (group / "cpu.max").write_text(f"{quota} {PERIOD_MICROSECONDS}")
            else:
                (group / "cpu.cfs_period_us").write_text(str(PERIOD_MICROSECONDS))
                (group / "cpu.cfs_quota_us").write_text(str(quota))
            (group / "cgroup.procs").write_text(str(pid))
            for thread in Path(f"/proc/{pid}/task").iterdir():
                os.sched_setaffinity(int(thread.name), {core})
        yield
    except OSError as error:
        sys.exit(f"--share needs the right to make control groups below {tree}: {error.strerror}.")
    finally:
        for pid, group in made.items():
            (tree / "cgroup.procs").write_text(str(pid))
            group.rmdir()
