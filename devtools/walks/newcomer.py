"""README's two commands on a fresh Debian with Python, git and make, as somebody who is not root.

`make test` takes its quick part; with --long all of it.
"""

import re
import subprocess
import time
from collections.abc import Iterator

from devtools.faults.scenarios import Options, Row, Scenario
from devtools.walks import debian
from tests.production import ROOT


def run(options: Options) -> Iterator[Row]:
    if why := debian.missing("systemd-nspawn"):
        yield Row((f"not walked: {why}", "–", "–"))
        return
    text = (ROOT / "README.md").read_text().partition("## Two commands\n")[2].partition("\n## ")[0]
    commands = re.findall(r"^\| `(make \w+)` \|", text, re.MULTILINE)
    root = debian.copied(options.folder / "debian")
    debian.run(root, "useradd --create-home newcomer")
    debian.cloned(root, "/home/newcomer/meo-connector")
    debian.run(root, "chown -R newcomer: /home/newcomer")
    for command in commands:
        taken = command if options.long else command.replace("make test", "make test-fast")
        began = time.monotonic()
        # Whatever serves on this machine's usual ports is not this Debian's.
        status, printed = debian.run(
            root,
            f"cd ~/meo-connector && {taken}",
            user="newcomer",
            seconds=2400,
            TEST_DATABASE_URL="none",
            TEST_REDIS_URL="none",
        )
        last = printed.strip().splitlines()[-1:]
        wrong = () if status == 0 else (f"it ended with {status}: {printed[-2000:]}",)
        yield Row((taken, f"{time.monotonic() - began:.0f} s", *last), wrong)
    left = subprocess.run(
        ["git", "-C", str(root / "home/newcomer/meo-connector"), "-c", "safe.directory=*", "status", "--porcelain"],  # noqa: S607
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    yield Row(("nothing in the checkout has changed", "–", "–"), (left,) if left else ())


SCENARIOS = (Scenario("newcomer", "README's commands on a fresh Debian", ("Command", "Took", "Last line"), run),)
