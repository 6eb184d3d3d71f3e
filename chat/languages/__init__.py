"""The languages that the chat speaks: a table each, words and replies, in a file that a translator can edit."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from petstools.understand.text import fold, lowered, spelled, words

CODES = ("vi", "en", "ru", "uk")
LONGEST_PHRASE = 6
# Without diacritics → as spelled → its tags.
Phrases = dict[tuple[str, ...], dict[tuple[str, ...], set[str]]]


@dataclass(frozen=True)
class Language:
    """`phrases` by their bare words, but for those of `only_marked`, which are others without marks; `replies` hold {names}."""

    code: str
    phrases: Phrases
    only_marked: frozenset[str]
    replies: Mapping[str, str]
    date_format: str
    decimal_point: str

    def tags(self, tokens: tuple[str, ...]) -> set[str]:
        """What these words, one phrase, may mean: marks that are typed must agree, words typed without any agree with all."""
        known = self.phrases.get(tuple(map(fold, tokens)))
        if known is None:
            return set()
        typed = tuple(map(spelled, tokens))
        if typed in known:
            return known[typed]
        fitting = (
            tags
            for spelling, tags in known.items()
            if all(one == other or one == fold(one) for one, other in zip(typed, spelling, strict=True))
            and not (len(spelling) == 1 and spelling[0] in self.only_marked)
        )
        return set().union(*fitting)

    def say(self, key: str, **facts: object) -> str:
        return self.replies[key].format(**facts)


@cache
def language(code: str) -> Language:
    """The table of a language; English for one that is not spoken here."""
    code = code if code in CODES else "en"
    table = read_table(code)
    phrases: Phrases = {}
    for tag, listed in table["words"].items():
        for phrase in listed.split(","):
            spelling = tuple(spelled(word) for word in words(lowered(phrase)))
            if spelling:
                bare = tuple(fold(word) for word in words(lowered(phrase)))
                phrases.setdefault(bare, {}).setdefault(spelling, set()).add(tag)
    form = table["format"]
    only_marked = frozenset(map(spelled, words(lowered(form["only_marked"]))))
    return Language(code, phrases, only_marked, table["replies"], form["date"], form["decimal_point"])


def read_table(code: str) -> dict[str, Any]:
    return tomllib.loads((Path(__file__).parent / f"{code}.toml").read_text(encoding="utf-8"))
