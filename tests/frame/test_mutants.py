"""`make mutants` breaks rules by hand; here only that each could still be tried."""

from collections import Counter
from pathlib import Path

import pytest

from devtools.mutants.in_memory import ALL, ROOT
from devtools.mutants.mutant import Mutant


@pytest.mark.parametrize("mutant", ALL, ids=lambda one: one.name)
def test_its_text_stands_there_once_and_its_tests_do(mutant: Mutant) -> None:
    text = (ROOT / mutant.file).read_text()

    assert mutant.applied_to(text) not in (None, text), "stale: write it anew for what stands there now"
    for test in mutant.tests:
        file, *names = test.split("::")
        source = (ROOT / file).read_text()
        assert all(f"def {name}(" in source or f"class {name}:" in source for name in names), test


def test_each_has_its_own_name_and_there_are_enough() -> None:
    assert [name for name, count in Counter(one.name for one in ALL).items() if count > 1] == []
    assert len(ALL) >= 60
    assert all(not Path(one.file).parts[0].startswith("tests") for one in ALL)
