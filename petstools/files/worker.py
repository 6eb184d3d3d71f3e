"""Runs the conversion process: started clean, fed through pipes, ended at the deadline whatever it does."""

import contextlib
import functools
import logging
import os
import selectors
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import IO, cast

from django.conf import settings

from mainapp.http.connection import Deadline
from petstools.files.conversion import seal
from petstools.files.conversion.protocol import Rendered, Task, Unusable, unpack
from petstools.files.refusals import FileRefused, RefusalCode

logger = logging.getLogger(__name__)

_PROJECT = Path(__file__).resolve().parents[2]
# -I: no PYTHON* variables, no user site, no current directory on the path; so the project's own is named.
_COMMAND = (
    sys.executable,
    "-I",
    "-c",
    "import sys; sys.path.append(sys.argv[1]); from petstools.files.conversion.process import main; main()",
    str(_PROJECT),
)
# Nothing of ours: not the keys, not the database, not even PATH. Two malloc arenas keep RLIMIT_AS meaningful.
_ENVIRONMENT = {"LANG": "C.UTF-8", "MALLOC_ARENA_MAX": "2"}
_CHUNK = 65_536
# Each may take a gigabyte; more of them than this in one web worker wait for their turn (petstools.execution says how many may).
CONVERSIONS_AT_ONCE = 2
_places = threading.BoundedSemaphore(CONVERSIONS_AT_ONCE)


def convert(data: bytes, task: Task, *, deadline: Deadline) -> list[Rendered]:
    """The pictures made of one file in a process of its own.

    Raises FileRefused: the process's own reason, `timed_out` when it was ended at the deadline or used up its CPU time,
    `conversion_failed` when it died (a crash of a decoder) or answered nonsense.
    """
    if not _places.acquire(timeout=deadline.remaining()):
        raise _refused(RefusalCode.TIMED_OUT, None)
    try:
        answer, returncode = _run(data, task, deadline)
    finally:
        _places.release()
    if answer is None or returncode == -signal.SIGXCPU:
        raise _refused(RefusalCode.TIMED_OUT, returncode)
    try:
        return unpack(answer)
    except Unusable as unusable:
        raise FileRefused(unusable.code) from None
    except (ValueError, KeyError, TypeError, RecursionError):
        raise _refused(RefusalCode.CONVERSION_FAILED, returncode) from None


@functools.cache
def _warn_unless_sealed() -> None:
    if reason := seal.why_not_sealed():
        logger.warning("file_conversion_not_sealed", extra={"reason": reason})


def _run(data: bytes, task: Task, deadline: Deadline) -> tuple[bytes | None, int]:
    _warn_unless_sealed()
    most = max(task.max_pdf_pages, 1) * task.max_bytes + _CHUNK
    process = subprocess.Popen(  # noqa: S603 - a fixed command, nothing of the file is in it
        _COMMAND,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=_ENVIRONMENT,
        cwd="/",
        close_fds=True,
        start_new_session=True,
    )
    with process:
        try:
            answer = _exchange(process, task.to_line() + data, most, deadline)
        finally:
            # The whole session, in case it forked; before it is waited for, so that the number is still its own.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
    return answer, process.returncode


def _exchange(process: subprocess.Popen[bytes], question: bytes, most: int, deadline: Deadline) -> bytes | None:
    """All the process says, at most `most` bytes of it; None when the deadline came first.

    Not `communicate()`: that one keeps whatever a process that went wrong cares to send.
    """
    stdin, stdout = cast(IO[bytes], process.stdin), cast(IO[bytes], process.stdout)
    answer = bytearray()
    left = memoryview(question)
    os.set_blocking(stdin.fileno(), False)
    with selectors.DefaultSelector() as ready:
        ready.register(stdin, selectors.EVENT_WRITE)
        ready.register(stdout, selectors.EVENT_READ)
        while deadline.remaining():
            for key, _ in ready.select(deadline.remaining()):
                if key.fileobj is stdout:
                    chunk = os.read(stdout.fileno(), _CHUNK)
                    answer += chunk
                    if not chunk or len(answer) > most:
                        return bytes(answer[:most])
                    continue
                # BrokenPipe: it answered or died before it had read all; its answer or its end tells which.
                with contextlib.suppress(BrokenPipeError):
                    left = left[os.write(stdin.fileno(), left[:_CHUNK]) :]
                    if left:
                        continue
                ready.unregister(stdin)
                stdin.close()
    return None


def _refused(code: RefusalCode, returncode: int | None) -> FileRefused:
    logger.warning("file_conversion_failed", extra={"code": code.value, "returncode": returncode})
    return FileRefused(code)


def task_from_settings(*, pdf_allowed: bool) -> Task:
    """The bounds in `FILE_MAX_PIXELS_SIDE`, `FILE_MAX_PDF_PAGES`, and where set `FILE_MAX_PICTURE_BYTES` (below 9.5 MB:
    main-app.md §9.1), `FILE_CONVERSION_MEMORY_BYTES` and `FILE_CONVERSION_CPU_SECONDS`.
    """
    return Task(
        max_side=settings.FILE_MAX_PIXELS_SIDE,
        max_bytes=settings.FILE_MAX_PICTURE_BYTES,
        max_pdf_pages=settings.FILE_MAX_PDF_PAGES,
        pdf_allowed=pdf_allowed,
        memory_bytes=settings.FILE_CONVERSION_MEMORY_BYTES,
        cpu_seconds=settings.FILE_CONVERSION_CPU_SECONDS,
    )
