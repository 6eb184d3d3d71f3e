"""axe-core, from npm, in the browser of a test: what it finds of WCAG 2.1 A and AA, light and dark, on a phone and on a desk."""

import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.pages.test_in_a_browser import Chromium

JS = Path(__file__).parent / "js"
SCREENS = ((390, 844), (1280, 800))
_RUN = """
const done = arguments[0];
Promise.allSettled(document.getAnimations().map(one => one.finished)).then(
  () => axe.run(document, {runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]})
).then(
  found => done(found.violations.flatMap(rule => rule.nodes.map(node => `${rule.id}: ${node.target.join(" ")}`))));
"""


@cache
def source() -> str:
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("npm is not installed: nothing looks at the pages")
    file = JS / "node_modules" / "axe-core" / "axe.min.js"
    if not file.exists():
        subprocess.run([npm, "ci", "--no-audit", "--no-fund"], cwd=JS, check=True, capture_output=True, timeout=110)
    return file.read_text()


def faults(chromium: Chromium, url: str, *, until: str = "") -> list[str]:
    """Of this page on each screen and in each scheme; `until` is an element that a script of the page's own makes."""
    found: list[str] = []
    for width, height in SCREENS:
        chromium.look(url, width=width, height=height)
        if until:
            chromium.driver.find_element("css selector", until)
        chromium.driver.execute_script(source())
        for scheme in ("light", "dark"):
            chromium.paint(scheme)
            told: list[Any] = chromium.driver.execute_async_script(_RUN)
            found += [f"{scheme} {width}: {one}" for one in told]
    return found
