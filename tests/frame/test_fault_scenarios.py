"""What `make faults` measures has its place in docs/reliability.md, and what stands there is measured."""

import re

from devtools.faults.scenarios import scenarios
from tests.production import ROOT


def test_each_scenario_has_one_table() -> None:
    text = (ROOT / "docs" / "reliability.md").read_text()
    places = re.findall(r"^<!-- faults:([a-z-]+) -->\n(?:\|.*\n)*<!-- /faults:\1 -->$", text, re.MULTILINE)

    assert sorted(places) == sorted(one.name for one in scenarios())
