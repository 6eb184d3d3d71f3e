"""A connector and a stand-in main app for one run of play: the processes of `make demo`."""

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from devtools.demo.processes import Processes, ProcessFailed


class NotStarted(Exception):
    """One of the two did not start, or died; the text ends in what it said last."""


@contextmanager
def started(redirect_uri: str) -> Iterator[dict[str, Any]]:
    """Both up for the time of the block; their addresses and a client of theirs, under the command's option names."""
    with tempfile.TemporaryDirectory(prefix="meo-play-") as folder:
        try:
            with Processes(Path(folder)) as processes:
                processes.start()
                arguments = ("--client-id", "play", "--redirect-uri", redirect_uri, "--json")
                made = json.loads(processes.manage("gpt_client", *arguments))
                yield {
                    "url": processes.connector_url,
                    "main_app": processes.main_app_url,
                    "client_id": made["client_id"],
                    "client_secret": made["client_secret"],
                }
        except ProcessFailed as failed:
            raise NotStarted(f"{failed}\n{failed.log_tail}") from None
