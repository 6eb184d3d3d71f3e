"""The tables of the four languages say the same things, and a translator who forgets one is told which."""

import re

import pytest

from chat.intents import ANYWHERE, INTENTS
from chat.languages import CODES, read_table

TABLES = {code: read_table(code) for code in CODES}
# What `reading` finds by itself, and what is no intent's.
NOT_IN_TABLES = {"pet", "near", "unnamed", "weight", "number", "day", "clock", "status"}
OF_ANSWERS = {"address", "before_name", "yes", "no"}
OF_CLOCKS = {"oclock", "oclock_later"}
# A copula or a past tense that Vietnamese does without, and Russian and Ukrainian the first of; "cân … được".
NOT_IN_ALL = {"is", "was", "comes_to", "i_weighed", "by_now", "visited", "dewormed", "for_shot"}


def placeholders(text: str) -> set[str]:
    return set(re.findall(r"\{(\w+)\}", text))


@pytest.mark.parametrize("code", CODES)
def test_each_says_everything_with_the_same_facts(code: str) -> None:
    english = TABLES["en"]["replies"]

    assert TABLES[code]["replies"].keys() == english.keys()
    for key, text in TABLES[code]["replies"].items():
        assert placeholders(text) == placeholders(english[key]), key


@pytest.mark.parametrize("code", CODES)
def test_each_has_words_for_everything_and_for_nothing_else(code: str) -> None:
    wanted = {kind for intent in INTENTS for kind in " ".join((*intent.needs, intent.may)).split()}
    known = set(TABLES[code]["words"])

    assert (wanted | ANYWHERE) - NOT_IN_TABLES - NOT_IN_ALL <= known
    assert known <= wanted | ANYWHERE | OF_ANSWERS | OF_CLOCKS


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("key", ["help", "not_understood"])
def test_no_answer_is_longer_than_a_message_may_be(code: str, key: str) -> None:
    assert len(TABLES[code]["replies"][key].format(name="x" * 60)) < 2000
