"""`manage.py sandbox` as a process."""

import re
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

ROOT = Path(__file__).resolve().parents[2]


def run(*options: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "manage.py", "sandbox", *options],
        cwd=ROOT,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def test_it_introduces_itself_serves_and_ends_with_sigterm() -> None:
    process = run("--port", "0", "--version", "v1.11.2", "--latency-ms", "1")
    assert process.stdout is not None
    printed = ""
    while "Ctrl-C" not in printed and process.poll() is None:
        printed += process.stdout.readline()
    url = re.search(r"http://127\.0\.0\.1:\d+", printed)

    assert url is not None, printed
    assert "mai@example.com" in printed
    assert f"{url[0]}/__sandbox/faults" in printed
    assert httpx.get(f"{url[0]}/api/version").json()["data"] == {"version": "v1.11.2"}
    assert httpx.get(f"{url[0]}/__sandbox/faults").json()["latency_ms"] == 1
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=10) == 0
    assert process.stderr is not None
    assert process.stderr.read() == ""


@pytest.mark.parametrize(
    ("options", "says"), [(("--version", "v1.0.0"), "the oldest version"), (("--host", "192.0.2.1"), "can't be used")]
)
def test_a_wrong_option_is_explained_in_one_line(options: tuple[str, ...], says: str) -> None:
    process = run("--port", "0", *options)
    _, error = process.communicate(timeout=30)

    assert process.returncode == 1
    assert says in error
    assert "Traceback" not in error
