"""docs/decisions/meaning.md: each of its rules is held by a test that exists, and by conversations."""

import re
from collections import Counter
from pathlib import Path

from django.conf import settings

from evals.scenario import load

ROOT = Path(settings.BASE_DIR)
PAGE = (ROOT / "docs/decisions/meaning.md").read_text(encoding="utf-8")
RULES = [int(number) for number in re.findall(r"^\| (\d+) \| \*\*", PAGE, re.MULTILINE)]
HELD = dict(re.findall(r"^\| (\d+) \| `([^`]+)` \|$", PAGE, re.MULTILINE))


def test_every_rule_names_a_test_that_exists() -> None:
    assert list(range(1, 27)) == RULES
    assert [int(number) for number in HELD] == RULES
    for number, where in HELD.items():
        file, name = where.split("::")
        assert f"def {name}(" in (ROOT / file).read_text(encoding="utf-8"), f"rule {number}: {where}"


def test_the_conversations_speak_four_languages_at_both_doors_about_every_rule() -> None:
    scenarios = load()

    languages = Counter(one.language for one in scenarios)
    assert len(scenarios) >= 80
    assert set(languages) == {"en", "vi", "ru", "uk"}
    assert min(languages.values()) >= 10, languages
    assert min(Counter(one.door for one in scenarios).values()) >= 10
    assert {number for one in scenarios for number in one.rule} == set(RULES)
    assert sum(one.calls >= 10 for one in scenarios) >= 3, "long ones"
    assert sum(not one.after for one in scenarios) >= 10, "what can't or must not be done"
