"""`connector.log_lines`: each line whole, none lost, and no thread that waits for another one's."""

import fcntl
import logging
import os
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from connector.log_lines import LineHandler

ROOT = Path(__file__).resolve().parent.parent.parent
START = """
import logging, logging.config, os, threading
from connector.logs import logging_config
logging.config.dictConfig(logging_config("INFO", json_lines=True))
"""


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    reading, writing = os.pipe()
    yield reading, writing
    for end in (reading, writing):
        try:
            os.close(end)
        except OSError:
            assert end == reading, "only a test of a broken pipe closes one itself"


def record(text: str) -> logging.LogRecord:
    return logging.LogRecord("test", logging.INFO, "", 0, text, None, None)


def test_lines_of_many_threads_arrive_whole() -> None:
    program = """
def talk(number):
    for line in range(300):
        logging.info("%s %s %s", number, line, "x" * 300)
threads = [threading.Thread(target=talk, args=[number]) for number in range(8)]
for each in threads: each.start()
for each in threads: each.join()
os._exit(0)  # without anything that would write what was kept back
"""
    done = subprocess.run(
        [sys.executable, "-c", START + program], cwd=ROOT, capture_output=True, check=True, timeout=60
    )
    lines = done.stderr.decode().splitlines()
    assert all(line.startswith('{"event": "') and line.endswith("}") for line in lines)
    heard = Counter(tuple(line.split('"')[3].split()[:2]) for line in lines)
    assert heard == {(str(number), str(line)): 1 for number in range(8) for line in range(300)}


@pytest.mark.parametrize("blocking", [True, False])
def test_a_long_line_arrives_whole_through_a_small_pipe(pipe: tuple[int, int], blocking: bool) -> None:
    reading, writing = pipe
    fcntl.fcntl(writing, fcntl.F_SETPIPE_SZ, 4096)
    os.set_blocking(writing, blocking)
    handler, long = LineHandler(writing), "ü" * 50_000
    got = bytearray()

    def talk() -> None:
        handler.handle(record("before"))
        handler.handle(record(long))
        handler.handle(record("after"))

    talking = threading.Thread(target=talk)
    talking.start()
    while not got.endswith(b"after\n"):
        got += os.read(reading, 1000)
    talking.join()

    assert got.decode() == f"before\n{long}\nafter\n"


def test_a_line_waits_for_no_other_thread(pipe: tuple[int, int]) -> None:
    reading, writing = pipe
    handler = LineHandler(writing)
    handler.acquire()
    try:
        talking = threading.Thread(target=handler.handle, args=[record("short")])
        talking.start()
        talking.join(10)
        assert not talking.is_alive()
    finally:
        handler.release()

    assert os.read(reading, 100) == b"short\n"


def test_what_is_filtered_out_is_not_written(pipe: tuple[int, int]) -> None:
    reading, writing = pipe
    handler = LineHandler(writing)
    handler.addFilter(lambda each: each.getMessage() == "heard")

    assert not handler.handle(record("unheard"))
    assert handler.handle(record("heard"))

    assert os.read(reading, 100) == b"heard\n"


def test_nobody_reading_ends_no_request(
    pipe: tuple[int, int], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    reading, writing = pipe
    os.close(reading)
    handler = LineHandler(writing)

    handler.handle(record("short"))
    handler.handle(record("long" * 10_000))
    assert capsys.readouterr().err.count("BrokenPipeError") == 2

    monkeypatch.setattr(logging, "raiseExceptions", False)
    handler.handle(record("short"))
    assert capsys.readouterr().err == ""


def test_half_a_surrogate_pair_is_shown_as_what_it_is(pipe: tuple[int, int]) -> None:
    reading, writing = pipe
    LineHandler(writing).handle(record("\ud83d"))
    assert os.read(reading, 100) == b"\\ud83d\n"


def test_a_process_without_stderr_writes_its_lines_nowhere(tmp_path: Path) -> None:
    """The next file it opens has stderr's number."""
    program = """
import sys
assert sys.stderr is None
taken = os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT)
assert taken == 2, taken
logging.info("to nobody")
"""
    file = tmp_path / "a file"
    without = 'exec "$0" "$@" 2>&-'
    done = subprocess.run(
        ["/bin/sh", "-c", without, sys.executable, "-c", START + program, str(file)], cwd=ROOT, check=False, timeout=60
    )
    assert done.returncode == 0
    assert file.read_bytes() == b""
