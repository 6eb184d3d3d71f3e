"""`make security` can write its report: every test named after a section says which, and every test it chooses is there."""

import pytest

from devtools.security.__main__ import DOCUMENT, _files
from devtools.security.document import sections, written_into
from devtools.security.groups import GROUPS

pytestmark = pytest.mark.once


def test_every_section_is_told() -> None:
    assert len(sections()) > 15
    for section, what, _path in sections():
        assert section.startswith("RFC ")
        assert what


@pytest.mark.parametrize("name", ["groups", "sections", "audits"])
def test_every_table_has_its_place(name: str) -> None:
    assert "made anew" in written_into(DOCUMENT.read_text(), {name: "made anew\n"})


def test_no_group_names_a_test_that_is_gone() -> None:
    assert [one for group in GROUPS for one in group.tests if not _files(one)] == []
