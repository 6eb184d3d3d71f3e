"""Which of a person's pets a name means: exact, partial, in the other alphabet, or a slip of the fingers away."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple

from rapidfuzz.distance import OSA

from petstools.understand.text import fold, has_cyrillic, has_latin, lowered, said, stem, words

LONGEST_NAME = 255  # the main app's own limit (main-app.md §6.3)
_MOST_SUGGESTIONS = 5


class Closeness(IntEnum):
    """How a name answers a query; smaller is closer."""

    EXACT = 0
    LETTER_CASE = 1
    DIACRITICS = 2
    OTHER_ALPHABET = 3
    WORD = 4
    PART = 5
    MENTIONED = 6
    SLIP = 7


@dataclass(frozen=True, slots=True)
class NameHit:
    """One name that answers the query: its place in the list given, the name, how close it is."""

    index: int
    name: str
    closeness: Closeness


class _Name:
    """A name, or what was asked for, and the forms of it that are compared, each made once."""

    __slots__ = ("bare", "has_cyrillic", "lowered", "text", "words")

    def __init__(self, text: str) -> None:
        self.text = text
        self.lowered = lowered(text)
        self.bare = self.lowered if self.lowered.isascii() else fold(text)
        self.words = words(self.bare)
        self.has_cyrillic = has_cyrillic(text)

    @property
    def has_latin(self) -> bool:
        return has_latin(self.text)

    @property
    def sound(self) -> str:
        return _sound(self.text)


class Ranking(NamedTuple):
    """Names that answer a query, best first, and, only when none does, names that come near it."""

    matches: tuple[NameHit, ...]
    suggestions: tuple[NameHit, ...]

    @property
    def best(self) -> tuple[NameHit, ...]:
        """The matches as close as the closest: one means that it is clear who was meant."""
        return tuple(hit for hit in self.matches if hit.closeness == self.matches[0].closeness)


def rank(query: object, names: Sequence[str]) -> Ranking:
    """Names matching `query` whatever the letter case, diacritics, NFC or NFD, and alphabet ("Murka", "Мурка").

    Best first: exact, other letter case, other diacritics, other alphabet, a word, its start or its case form ("Мурку"),
    a part, and, where none of these is found, a name mentioned in the query ("how is Miu today"). "my cat", "bé", "кот"
    before a name are looked past. Ties keep the order of `names`. With no match at all, near misses are suggested
    ("mui" for "Miu"); they are never matches.
    """
    asked = _Name(said(query, limit=LONGEST_NAME))
    if not asked.bare:
        return Ranking((), ())
    clean = [_Name(said(name, limit=LONGEST_NAME)) for name in names]
    bare = _without_introduction(asked)
    matches = _hits(asked, names, clean)
    if not matches and bare:
        matches = _hits(_Name(bare), names, clean)
    elif bare and matches[0].closeness >= Closeness.WORD:
        # "bé Bông" is "Bông" as much as "Bé Bông Xinh".
        known = {hit.index for hit in matches}
        matches += [
            NameHit(index, names[index], Closeness.WORD)
            for index, name in enumerate(clean)
            if index not in known and name.bare == bare
        ]
    if not matches:
        matches = [
            NameHit(index, names[index], Closeness.MENTIONED)
            for index, name in enumerate(clean)
            if _mentions(asked.words, name.words)
        ]
    if matches:
        return Ranking(tuple(sorted(matches, key=lambda hit: (hit.closeness, hit.index))), ())
    return Ranking((), _near_misses(bare or asked.text, names, clean))


def _hits(asked: _Name, names: Sequence[str], clean: Sequence[_Name]) -> list[NameHit]:
    found = ((index, _closeness(asked, name)) for index, name in enumerate(clean))
    return [NameHit(index, names[index], closeness) for index, closeness in found if closeness is not None]


def _closeness(asked: _Name, name: _Name) -> Closeness | None:
    """How the whole query answers one name; None when it doesn't."""
    if asked.text == name.text:
        return Closeness.EXACT
    if asked.lowered == name.lowered:
        return Closeness.LETTER_CASE
    if not name.bare:
        return None
    if asked.bare == name.bare:
        return Closeness.DIACRITICS
    if asked.words and asked.words[0] not in name.bare and not asked.has_cyrillic and not name.has_cyrillic:
        # Most names, at once: whatever else answers in one alphabet holds the first word or its start.
        return None
    in_other_alphabet = _other_alphabet(asked, name)
    if in_other_alphabet and asked.sound == name.sound:
        return Closeness.OTHER_ALPHABET
    if asked.words and all(any(word.startswith(part) for word in name.words) for part in asked.words):
        return Closeness.WORD
    if asked.has_cyrillic and [stem(word) for word in asked.words] == [stem(word) for word in name.words]:
        return Closeness.WORD
    if len(asked.bare) < 2:
        return None
    if (in_other_alphabet and name.sound.startswith(asked.sound)) or asked.bare in name.bare:
        return Closeness.PART
    return None


def _mentions(asked_words: Sequence[str], name_words: Sequence[str]) -> bool:
    size = len(name_words)
    return size > 0 and any(
        list(asked_words[at : at + size]) == list(name_words) for at in range(len(asked_words) - size + 1)
    )


def _near_misses(asked: str, names: Sequence[str], clean: Sequence[_Name]) -> tuple[NameHit, ...]:
    near = []
    sought = _Name(asked)
    for index, name in enumerate(clean):
        key = _sound if _other_alphabet(sought, name) else fold
        wanted = key(asked)
        parts = [key(part) for part in {name.text, *name.text.split()}]
        distances = [OSA.distance(wanted, part) for part in parts if part]
        if distances and min(distances) <= _slips_allowed(wanted):
            near.append((min(distances), index))
    return tuple(NameHit(index, names[index], Closeness.SLIP) for _, index in sorted(near)[:_MOST_SUGGESTIONS])


def _slips_allowed(text: str) -> int:
    return 0 if len(text) < 3 else 1 if len(text) < 5 else 2 if len(text) < 9 else 3


# Words people put before a name. "con" and "em" begin names too, so they go only where nothing closer is found.
_INTRODUCTION = re.compile(
    r"^(?:(?:my|our|the|a|little|pet|named?|called|cat|kitty|kitten|dog|doggy|puppy|bird|rabbit|bunny|hamster|"
    r"con|be|em|chu|co|cau|bac|nhoc|meo|cho|cun|chim|tho|ten|thu cung|"
    r"мои|моя|моего|моеи|мою|наш|наша|нашу|кот|кота|коту|котик|котика|кошка|кошку|кошке|кошки|котенок|котенка|"
    r"пес|песик|собака|собаку|собачка|щенок|щенка|попугаи|кролик|хомяк|по имени|зовут|"
    r"міи|моєі|мого|нашого|кіт|кішка|кішку|кошеня|цуценя|собачку|папуга|папугу|на імя)\s+)+"
)


def _without_introduction(asked: _Name) -> str:
    found = _INTRODUCTION.match(asked.bare)
    return asked.bare[found.end() :] if found else ""


_LATIN_OF = dict(zip("абвгґдезиійклмнопрстуфыэ", "abvggdeziiiklmnoprstufie", strict=True)) | {
    "є": "e", "ъ": "", "ь": "", "ж": "zh", "х": "h", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "sh", "ю": "iu", "я": "ia",
}  # fmt: skip
# Spellings of one sound in Latin letters, longest first; the key is for comparing, not for reading.
_ONE_SOUND = {
    "shch": "sh", "sch": "sh", "tch": "ch", "kh": "h", "tz": "ts", "ck": "k", "x": "ks", "ph": "f", "w": "v",
    "yo": "e", "jo": "e", "y": "i", "j": "i", "ee": "i", "oo": "u",
}  # fmt: skip


def _other_alphabet(one: _Name, other: _Name) -> bool:
    return (one.has_cyrillic and not other.has_cyrillic and other.has_latin) or (
        other.has_cyrillic and not one.has_cyrillic and one.has_latin
    )


def _sound(text: str) -> str:
    """A rough Latin key of a name in either alphabet, so that "Murka" and "Мурка" compare equal."""
    key = "".join(_LATIN_OF.get(letter, letter) for letter in fold(text))
    for spelling, sound in _ONE_SOUND.items():
        key = key.replace(spelling, sound)
    # Doubled letters are written or not at will: "Sonya", "Соня", "Алиса", "Alissa".
    return re.sub(r"(.)\1", r"\1", key)
