"""A call walks through few files of ours (`python -m devtools.walk`)."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
# As `devtools.walk` allows; get_pet has some to spare.
AT_MOST = {"get_pet": 30, "add_weight": 36}


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
