"""axe-core, from npm, in the browser of a test: what it finds of WCAG 2.1 A and AA, light and dark, on a phone and on a desk."""

import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.browser import Chromium

JS = Path(__file__).parent / "js"
SCREENS = ((390, 844), (1280, 800))
_RUN = """
const [only, done] = arguments;
for (const one of document.getAnimations()) one.finish();
axe.run(document, {runOnly: only, resultTypes: ["violations"]}).then(
  found => done(found.violations.flatMap(rule => rule.nodes.map(node => `${rule.id}: ${node.target.join(" ")}`))));
"""
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]
# All that a scheme can spoil: it changes colours and nothing else.
OF_COLOURS = ["color-contrast", "link-in-text-block"]


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
    chromium.look(url)
    if until:
        chromium.driver.find_element("css selector", until)
    chromium.driver.execute_script(source())
    for width, height in SCREENS:
        chromium.resize(width, height)
        for scheme, rules in (("light", WCAG), ("dark", OF_COLOURS)):
            chromium.paint(scheme)
            told: list[Any] = chromium.driver.execute_async_script(_RUN, rules)
            found += [f"{scheme} {width}: {one}" for one in told]
    return found
