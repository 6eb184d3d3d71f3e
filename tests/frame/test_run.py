"""`make test`: what the quick part leaves out by name, and an honest count of a run that was interrupted."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.run import FAST, LONG, ROOT


def test_what_it_leaves_out_is_there_and_nothing_else_is_named() -> None:
    assert [room for room in FAST if not (ROOT / "tests" / room).is_dir()] == []
    assert [file for file in LONG if not (ROOT / "tests" / file).is_file() or file.split("/")[0] not in FAST] == []
    assert len(set(LONG)) == len(LONG)


# Loading plugins would be most of their time.
ENVIRONMENT = os.environ | {
    "TEST_DATABASE_URL": "none",
    "TEST_REDIS_URL": "none",
    "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
}


def _command(folder: Path, *arguments: str) -> list[str]:
    """`tests.run` of a folder with a pytest.ini of its own."""
    (folder / "pytest.ini").write_text("[pytest]\naddopts = -p xdist\n")
    return [sys.executable, "-m", "tests.run", "-n0", "-c", str(folder / "pytest.ini"), *arguments, str(folder)]


def _hears_ctrl_c() -> None:
    """What is started in the background of a shell script (nohup, some runners of CI) ignores it, and so would its children."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@pytest.mark.once
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_counts_what_ran(tmp_path: Path, number: int) -> None:
    began = tmp_path / "began"
    (tmp_path / "test_slow.py").write_text(
        f"""
import pathlib, time

def test_quick() -> None:
    assert True

def test_slow() -> None:
    pathlib.Path({str(began)!r}).touch()
    time.sleep(60)
"""
    )
    running = subprocess.Popen(
        _command(tmp_path, "-p", "no:cacheprovider"),
        cwd=ROOT,
        env=ENVIRONMENT,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=_hears_ctrl_c,
    )
    until = time.monotonic() + 60
    while not began.exists():
        assert running.poll() is None
        assert time.monotonic() < until
        time.sleep(0.05)
    # As Ctrl-C does: to the whole group; `kill` reaches the first alone.
    (os.killpg if number == signal.SIGINT else os.kill)(running.pid, number)

    out, _ = running.communicate(timeout=60)

    assert running.returncode == 130
    assert out.splitlines()[-2:] == ["Interrupted: the others were not run.", "1 passed, 0 failed"]


@pytest.mark.once
def test_what_failed_is_named_once_more_before_the_count(tmp_path: Path) -> None:
    """CI shows the last lines of a log only."""
    (tmp_path / "test_both.py").write_text(
        "def test_good() -> None:\n    assert True\n\ndef test_bad() -> None:\n    assert 1 == 2, 'the why'\n"
    )

    ran = subprocess.run(
        _command(tmp_path, "-p", "no:cacheprovider"),
        cwd=ROOT,
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert ran.returncode == 1
    assert ran.stdout.splitlines()[-1] == "1 passed, 1 failed"
    failed = [line for line in ran.stdout.splitlines()[-8:] if line.startswith("Failed: ")]
    assert len(failed) == 1
    assert "test_both::test_bad on SQLite, without Redis: AssertionError: the why" in failed[0]
    assert failed[0].endswith("test_both.py:5: AssertionError")


@pytest.mark.once
@pytest.mark.parametrize(
    ("heals", "good", "count", "named"),
    [
        (True, True, "2 passed, 0 failed", ["Unsteady, passed alone"]),
        (False, True, "1 passed, 1 failed", ["Failed"]),
        (True, False, "1 passed, 1 failed", ["Failed", "Unsteady, passed alone"]),
    ],
)
def test_what_passes_alone_is_named_and_has_not_failed(
    heals: bool, good: bool, count: str, named: list[str], tmp_path: Path
) -> None:
    (tmp_path / "test_both.py").write_text(
        f"from pathlib import Path\n\ndef test_good() -> None:\n    assert {good}\n\n"
        "def test_bad() -> None:\n    mark = Path(__file__).with_name('mark')\n"
        f"    before = mark.exists() and {heals}\n    mark.touch()\n    assert before, 'the why'\n"
    )

    ran = subprocess.run(
        _command(tmp_path),
        cwd=ROOT,
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert ran.returncode == int("Failed" in named)
    assert ran.stdout.splitlines()[-1] == count
    told = [line for line in ran.stdout.splitlines() if line.startswith(("Failed: ", "Unsteady, passed alone: "))]
    assert [line.partition(": ")[0] for line in told] == named
