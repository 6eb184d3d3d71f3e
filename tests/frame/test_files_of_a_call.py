"""A call walks through few files of ours (`python -m devtools.walk`)."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
# The aims are 30 and 36; whoever makes a way shorter writes the new number here.
AT_MOST = {"get_pet": 30, "add_weight": 41}


@pytest.mark.once
def test_it_does_not_walk_through_more_of_them() -> None:
    walked = subprocess.run(
        [sys.executable, "-m", "devtools.walk", "--json"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )

    ways = json.loads(walked.stdout)
    assert {name: len(ways[name]) for name in AT_MOST if len(ways[name]) > AT_MOST[name]} == {}
