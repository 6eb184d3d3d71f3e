"""Which of a person's pets a name means: exact, partial, as heard in the other alphabet, or a slip of the fingers away."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache
from typing import NamedTuple

from rapidfuzz.distance import OSA

from petstools.understand.text import fold, has_cyrillic, has_latin, lowered, said, spelled, stem, words

LONGEST_NAME = 255  # the main app's own limit (main-app.md §6.3)
_MOST_SUGGESTIONS = 5


class Closeness(IntEnum):
    """How a name answers a query; smaller is closer."""

    EXACT = 0
    LETTER_CASE = 1
    DIACRITICS = 2
    OTHER_ALPHABET = 3
    SOUND = 4
    WORD = 5
    PART = 6
    MENTIONED = 7
    SLIP = 8


@dataclass(frozen=True, slots=True)
class NameHit:
    """One name that answers the query: its place in the list given, the name, how close it is."""

    index: int
    name: str
    closeness: Closeness


class _Name:
    """A name, or what was asked for, and the forms of it that are compared, each made once."""

    __slots__ = ("bare", "has_cyrillic", "lowered", "text", "typed_words", "words")

    def __init__(self, text: str) -> None:
        self.text = text
        self.lowered = lowered(text)
        self.bare = self.lowered if self.lowered.isascii() else fold(text)
        self.words = words(self.bare)
        self.typed_words = words(self.lowered)
        self.has_cyrillic = has_cyrillic(text)

    @property
    def has_latin(self) -> bool:
        return has_latin(self.text)

    @property
    def sound(self) -> str:
        return _sound(self.text)


# Of a sentence in a chat every span is compared with the same few names.
_named = lru_cache(maxsize=512)(_Name)


class Ranking(NamedTuple):
    """Names that answer a query, best first, and, only when none does, names that come near it."""

    matches: tuple[NameHit, ...]
    suggestions: tuple[NameHit, ...]

    @property
    def best(self) -> tuple[NameHit, ...]:
        """The matches as close as the closest: one means that it is clear who was meant."""
        return tuple(hit for hit in self.matches if hit.closeness == self.matches[0].closeness)


# "Luna's"
_POSSESSIVE = re.compile(r"['’ʼ]s$")


def rank(query: object, names: Sequence[str]) -> Ranking:
    """Names matching `query` whatever the letter case, diacritics, NFC or NFD, and alphabet ("Murka", "Мурка").

    Best first: exact, other letter case, diacritics that one of the two lacks ("Míu" and "Mìu" are two names), other alphabet or the
    neighbours' spelling ("Рыжик" for "Рижик"), the sound there ("Бисквит" for "Biscuit"), a word, its start or its case form
    ("Мурку"), a part, and, where none of these is found, a name mentioned in the query ("how is Miu today"). "my cat", "bé", "кот"
    before a name are looked past. Ties keep the order of `names`. With no match at all, near misses are suggested ("mui" for
    "Miu"); they are never matches.
    """
    sought = _named(said(query, limit=LONGEST_NAME))
    if not sought.bare:
        return Ranking((), ())
    clean = [_named(said(name, limit=LONGEST_NAME)) for name in names]
    bare = _without_introduction(sought)
    matches = _hits(sought, names, clean)
    if not matches and (owner := _POSSESSIVE.sub("", sought.text)) != sought.text:
        matches = _hits(_named(owner), names, clean)
    if not matches and bare:
        matches = _hits(_named(bare), names, clean)
    elif bare and matches[0].closeness >= Closeness.WORD:
        # "bé Bông" is "Bông" as much as "Bé Bông Xinh".
        known = {hit.index for hit in matches}
        matches += [
            NameHit(index, names[index], Closeness.WORD)
            for index, name in enumerate(clean)
            if index not in known and name.bare == fold(bare) and _marks_agree(name.lowered, bare)
        ]
    if not matches:
        matches = [
            NameHit(index, names[index], Closeness.MENTIONED)
            for index, name in enumerate(clean)
            if _mentions(sought, name)
        ]
    if matches:
        return Ranking(tuple(sorted(matches, key=lambda hit: (hit.closeness, hit.index))), ())
    return Ranking((), _near_misses(bare or sought.text, names, clean))


def _hits(sought: _Name, names: Sequence[str], clean: Sequence[_Name]) -> list[NameHit]:
    closenesses = ((index, _closeness(sought, name)) for index, name in enumerate(clean))
    return [NameHit(index, names[index], closeness) for index, closeness in closenesses if closeness is not None]


def _closeness(sought: _Name, name: _Name) -> Closeness | None:
    """How the whole query answers one name; None when it doesn't."""
    if sought.text == name.text:
        return Closeness.EXACT
    if sought.lowered == name.lowered:
        return Closeness.LETTER_CASE
    if not name.bare:
        return None
    if sought.bare == name.bare and _marks_agree(sought.lowered, name.lowered):
        return Closeness.DIACRITICS
    together = "".join(sought.words)
    if (
        len(together) > 3
        and together == "".join(name.words)
        and _marks_agree("".join(sought.typed_words), "".join(name.typed_words))
    ):
        return Closeness.SOUND
    if sought.words and sought.words[0] not in name.bare and not sought.has_cyrillic and not name.has_cyrillic:
        # Most names, at once: whatever else answers in one alphabet holds the first word or its start.
        return None
    in_other_alphabet = _other_alphabet(sought, name)
    if (in_other_alphabet and sought.sound == name.sound) or _spelled_over_the_border(sought, name):
        return Closeness.OTHER_ALPHABET
    if in_other_alphabet and _heard_as(sought, name):
        return Closeness.SOUND
    if sought.typed_words and all(any(_begins(word, part) for word in name.typed_words) for part in sought.typed_words):
        return Closeness.WORD
    if sought.has_cyrillic and in_a_case(sought.words, name.words):
        return Closeness.WORD if in_a_case(sought.words, name.words, over_the_border=False) else Closeness.PART
    if in_other_alphabet and _heard_as(sought, name, in_a_case=True):
        return Closeness.WORD
    if len(sought.bare) < 2:
        return None
    part = sought.bare in name.bare and (_marks_agree(sought.lowered, name.lowered) or sought.lowered in name.lowered)
    if (in_other_alphabet and name.sound.startswith(sought.sound)) or part:
        return Closeness.PART
    return None


def _marks_agree(one: str, other: str) -> bool:
    """False where both are typed with diacritics, and with different ones."""
    return spelled(one) == spelled(other) or one == fold(one) or other == fold(other)


def _begins(word: str, part: str) -> bool:
    return word.startswith(part) or (fold(word).startswith(fold(part)) and _marks_agree(word, part))


def _mentions(sought: _Name, name: _Name) -> bool:
    """True where the name, its case form or its sound in the other alphabet stands among the words."""
    size = len(name.words)
    return size > 0 and any(
        _is_called(_named(" ".join(sought.typed_words[at : at + size])), name)
        for at in range(len(sought.words) - size + 1)
    )


def _is_called(sought: _Name, name: _Name) -> bool:
    if sought.bare == " ".join(name.words):
        return _marks_agree(sought.lowered, " ".join(name.typed_words))
    if _other_alphabet(sought, name):
        return sought.sound == name.sound or _heard_as(sought, name) or _heard_as(sought, name, in_a_case=True)
    return sought.has_cyrillic and in_a_case(sought.words, name.words)


# Russian letters (as `fold` leaves them) and what Ukrainian writes in their place: Рыжик and Рижик, Белка and Білка.
_BORDERS = {"и": str.maketrans("ыіэє", "ииее"), "е": str.maketrans("ыіэє", "иеее")}


@lru_cache(maxsize=512)
def _over_the_border(word: str) -> frozenset[str]:
    """A folded word as one language's spelling and the other's would be the same."""
    return frozenset(key + re.sub("[иь]о", "е", word).translate(letters) for key, letters in _BORDERS.items())


def _spelled_over_the_border(sought: _Name, name: _Name) -> bool:
    return (
        sought.has_cyrillic
        and len(sought.words) == len(name.words)
        and all(
            _over_the_border(one) & _over_the_border(other) for one, other in zip(sought.words, name.words, strict=True)
        )
    )


def in_a_case(sought: Sequence[str], name: Sequence[str], *, over_the_border: bool = True) -> bool:
    """Whether folded words are a name's, in whatever case: "Мурку" of "Мурка", "Білці" of "Білка", "Пушка" of "Пушок"; and over the
    border "Білку" of "Белка"."""
    same = _either_side if over_the_border else frozenset[str]
    return len(sought) == len(name) and all(
        not same(_stems_asked(one)).isdisjoint(same(_stems_named(other)))
        for one, other in zip(sought, name, strict=True)
    )


@lru_cache(maxsize=512)
def _stems_asked(word: str) -> frozenset[str]:
    """Before the ending of a Ukrainian dative "к", "г" and "х" are "ц", "з" and "с"."""
    bare = stem(word)
    softened = _BEFORE_I.get(bare[-1:], "") if word.endswith("і") else ""
    return frozenset({bare, bare[:-1] + softened} if softened else {bare})


@lru_cache(maxsize=512)
def _stems_named(word: str) -> frozenset[str]:
    """A vowel that stands only where no ending follows goes: "Пушок", "Уголёк" (of "Уголька"), "Малец"."""
    match = _FLEETING.fullmatch(word)
    return frozenset({stem(word)} if match is None else {word, match[1] + match[2], f"{match[1]}ь{match[2]}"})


@lru_cache(maxsize=1024)
def _either_side(stems: frozenset[str]) -> frozenset[str]:
    return stems.union(*map(_over_the_border, stems))


def _near_misses(text: str, names: Sequence[str], clean: Sequence[_Name]) -> tuple[NameHit, ...]:
    near = []
    sought = _named(text)
    for index, name in enumerate(clean):
        key = _sound if _other_alphabet(sought, name) else fold
        wanted = key(text)
        parts = [key(part) for part in {name.text, *name.text.split()}]
        distances = [OSA.distance(wanted, part) for part in parts if part]
        if distances and min(distances) <= _slips_allowed(wanted):
            near.append((min(distances), index))
    return tuple(NameHit(index, names[index], Closeness.SLIP) for _, index in sorted(near)[:_MOST_SUGGESTIONS])


def _slips_allowed(text: str) -> int:
    return 0 if len(text) < 3 else 1 if len(text) < 5 else 2 if len(text) < 9 else 3


_BEFORE_I = {"ц": "к", "з": "г", "с": "х"}
_FLEETING = re.compile(r"(\w{2,})[ое]([кц])")

# Words people put before a name. "con" and "em" begin names too, so they go only where nothing closer is found.
_INTRODUCTION = re.compile(
    r"^(?:(?:my|our|the|a|little|pet|named?|called|cat|kitty|kitten|dog|doggy|puppy|bird|rabbit|bunny|hamster|"
    r"con|be|em|chu|co|cau|bac|nhoc|meo|cho|cun|chim|tho|ten|thu cung|"
    r"мои|моя|моего|моеи|мою|моему|наш|наша|нашу|нашего|нашеи|нашему|у|кот|кота|коту|котик|котика|кошка|кошку|кошке|кошки|котенок|котенка|"
    r"пес|песик|собака|собаку|собачка|щенок|щенка|попугаи|кролик|хомяк|по имени|зовут|"
    r"міи|моєі|мого|моєму|нашого|нашоі|нашому|кіт|кішка|кішку|кошеня|цуценя|собачку|папуга|папугу|на імя)\s+)+"
)


def _without_introduction(sought: _Name) -> str:
    """The name behind such words, as typed; "" where none stands before it."""
    match = _INTRODUCTION.match(sought.bare)
    if not match:
        return ""
    return sought.lowered[match.end() :] if len(sought.lowered) == len(sought.bare) else sought.bare[match.end() :]


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


# How an English ear writes what a Cyrillic one hears: letters, in this order, and the sounds they may stand for as keys.
# An open syllable ends in its vowel: there "i" may be "ай" (Milo, Майло); in a closed one "u" may be "а" (Lucky, Лаки).
_OPEN_SYLLABLE, _CLOSED_SYLLABLE = (
    r"(?=[bcdfgklmnprstvz][aeiouy]|$)",
    r"(?=ck|([bcdfgklmnprstvz])(?:[bcdfgklmnprstvz]|$))",
)
_HEARD = [
    (re.compile(letters), sounds)
    for letters, sounds in (
        ("sch", "sh|sk"), ("tch", "ch"), ("sh", "sh"), ("ch", "ch|k|sh|h"), ("th", "t|z|s"), ("ph", "f"), ("gh", "g|"),
        ("ck", "k"), ("qu", "kv|k"), ("wh", "v|u|h"), ("dg(?=e)", "dzh"), ("x", "ks|z"), ("c(?=[eiy])", "s|ts|k"), ("c", "k"),
        ("g(?=[eiy])", "g|dzh|zh"), ("j", "dzh|zh|i|h"), ("ui", "ui|vi|i|u"), ("oo", "u|o"), ("ee|ea", "i|ia|e|ea"),
        ("ie", "i|ie|ai"), ("e[iy]", "i|ei|ai"), ("ou|ow", "ou|au|u|o"), ("oe", "oi|oia|oe|o|ou"), ("a[iy]", "ei|ai|i"),
        ("au|aw", "o|au"), ("eu|ew", "iu|u|eu|ev"), ("w", "v|u|"), ("y", "i|ai"), ("z", "z|ts|s"), ("s", "s|z"), ("h", "h|g|"),
        (f"a{_OPEN_SYLLABLE}", "a|ei|e"), ("a", "a|e"), ("e$", "e|i|"), ("e", "e|i"), (f"i{_OPEN_SYLLABLE}", "i|ai"),
        ("i", "i"), (f"o{_OPEN_SYLLABLE}", "o|ou"), ("o", "o|a"), (f"u{_CLOSED_SYLLABLE}", "u|a|iu"), ("u", "u|iu"),
        ("(r)$", "r|"), ("[a-z0-9]", ""),
    )
]  # fmt: skip


def _heard_as(one: _Name, other: _Name, *, in_a_case: bool = False) -> bool:
    """True where a name in Cyrillic is how one in Latin letters sounds; in_a_case: but for the Cyrillic one's ending."""
    cyrillic, latin = (one, other) if one.has_cyrillic else (other, one)
    if len(cyrillic.words) != len(latin.words):
        return False
    for heard, written in zip(cyrillic.words, latin.words, strict=True):
        key = _sound(stem(heard) if in_a_case else heard)
        if len(key) < 3 or not any(
            _sounds_of(written, without_ending).fullmatch(key)
            for without_ending in ((False, True) if in_a_case and written[-1] == "a" else (False,))
        ):
            return False
    return True


@lru_cache(maxsize=4096)
def _sounds_of(word: str, without_ending: bool) -> re.Pattern[str]:
    """What a folded Latin word, its last letter or not, may sound like over the keys of `_sound`."""
    sounds, at = [], 0
    while at < len(word):
        for letters, heard in _HEARD:
            if match := letters.match(word, at):
                sounds.append(f"(?:{heard})" if heard else match[0])
                at += max(1, len(match[0]))
                break
        else:
            sounds.append(re.escape(word[at]))
            at += 1
        if at < len(word) and word[at] == word[at - 1] and word[at] not in "aeiou":
            at += 1
    return re.compile("".join(sounds[:-1] if without_ending else sounds))
