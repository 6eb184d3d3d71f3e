"""Somebody else, at the worst moment: a change in the main app between our reading a record and our writing it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from sandbox.requestlog import Recorded
from sandbox.server import SandboxServer


@contextmanager
def meanwhile(sandbox: SandboxServer, method: str, change: Callable[[], object]) -> Iterator[None]:
    """Make the change when the first request of this method has arrived at the stand-in, before it is worked on."""
    log, waiting = sandbox.requests, [change]
    append = log.append

    def arrived(row: Recorded) -> None:
        append(row)
        if row.method == method and waiting:
            waiting.pop()()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(log, "append", arrived)
        yield
