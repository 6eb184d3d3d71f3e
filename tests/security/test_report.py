"""`make security` can write its report: every test named after a section says which, and every test it chooses is there."""

import re

import pytest

from devtools.security.__main__ import DOCUMENT, _files
from devtools.security.document import sections, written_into
from devtools.security.groups import GROUPS
from tests.production import ROOT

pytestmark = pytest.mark.once


def test_every_section_is_told() -> None:
    assert len(sections()) > 15
    for section, what, _path in sections():
        assert section.startswith("RFC ")
        assert what


@pytest.mark.parametrize("name", ["groups", "sections", "then", "audits"])
def test_every_table_has_its_place(name: str) -> None:
    assert "made anew" in written_into(DOCUMENT.read_text(), {name: "made anew\n"})


def test_no_group_names_a_test_that_is_gone() -> None:
    assert [one for group in GROUPS for one in group.tests if not _files(one)] == []


def test_every_test_that_security_md_cites_is_there() -> None:
    cited = set(re.findall(r"`(tests/[\w/.-]+\.py)(?:::(\w+))?`", DOCUMENT.read_text()))

    assert len(cited) > 60
    gone = [
        f"{path}::{name}"
        for path, name in cited
        if not (ROOT / path).exists() or (name and f"def {name}(" not in (ROOT / path).read_text())
    ]
    assert gone == []


@pytest.mark.parametrize("heading", ["FAPI 2.0 and OAuth 2.1", "OWASP ASVS 5.0, level 2"])
def test_what_is_met_names_its_test_and_what_is_not_says_why(heading: str) -> None:
    section = DOCUMENT.read_text().split(f"## {heading}\n")[1].split("\n## ")[0]
    rows = [
        line
        for line in section.splitlines()
        if line.startswith("| ") and not line.startswith(("| ---", "| Module", "| Chapter"))
    ]

    assert len(rows) >= 17
    for row in rows:
        _name, standing, *rest = [cell.strip() for cell in row.strip("|").split(" | ")]
        said = standing if heading.startswith("OWASP") else rest[0]
        assert (
            "`tests/" in said
            or (len(f"{standing}{said}") > 20 and not standing.startswith("met"))
            or "applicable" in standing
        ), row
