"""How many calls may be under way at once: of one person, so that they leave threads to others, and of those that convert files.

Counted in the memory of each process: with `WEB_CONCURRENCY` processes a person can have so many times as much. That holds no thread
of any process for longer, and needs nothing that can be away.
"""

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings

from petstools.answers import Code, ToolError
from petstools.files.worker import CONVERSIONS_AT_ONCE
from petstools.tools.attach_files import attach_files
from petstools.tools.base import Tool

# Seconds: most calls are over in one, one with files in a few.
RETRY_AFTER, RETRY_AFTER_FILES = 2, 5
# While some convert a file, so many again fetch theirs or send it on; no more threads than these wait for their turn.
FILES_AT_ONCE = 2 * CONVERSIONS_AT_ONCE

_lock = threading.Lock()
# Calls under way, of each person by their row here; and who has one with files.
_calls: Counter[int] = Counter()
_with_files: set[int] = set()


@contextmanager
def counted(person: int, tool: Tool) -> Iterator[None]:
    """Take a place for one call and give it back however it ends. Raises ToolError at once where there is none."""
    takes_files = tool is attach_files
    with _lock:
        _refuse_one_too_many(person, takes_files=takes_files)
        _calls[person] += 1
        if takes_files:
            _with_files.add(person)
    try:
        yield
    finally:
        with _lock:
            _calls[person] -= 1
            if not _calls[person]:
                del _calls[person]
            if takes_files:
                _with_files.discard(person)


def _refuse_one_too_many(person: int, *, takes_files: bool) -> None:
    if takes_files and person in _with_files:
        raise ToolError(
            Code.RATE_LIMITED,
            "Files of this person are being saved right now, one call at a time. Nothing of this call was saved. Wait for the other "
            "call's answer, then send this one again.",
            retry_after=RETRY_AFTER_FILES,
        )
    if _calls[person] >= settings.CALLS_IN_FLIGHT_PER_PERSON:
        raise ToolError(
            Code.RATE_LIMITED,
            f"Only {settings.CALLS_IN_FLIGHT_PER_PERSON} calls of a person may be under way at once. Nothing of this call was done. "
            "Wait for the other calls' answers, then send this one again.",
            retry_after=RETRY_AFTER,
        )
    if takes_files and len(_with_files) >= FILES_AT_ONCE:
        raise ToolError(
            Code.SERVICE_UNAVAILABLE,
            "Many people are saving files right now. Nothing of this call was saved. Send it again after retry_after seconds.",
            retry_after=RETRY_AFTER_FILES,
        )
