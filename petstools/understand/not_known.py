"""Saying that one does not know: "unknown", "không rõ", "неизвестно", "не знаю"; and what is put where a name belongs."""

import re
from functools import cache

from petstools.understand import species_words
from petstools.understand.lexicon import Lexicon
from petstools.understand.text import fold, lowered, said, words

_PHRASES = (
    "unknown, not known, unsure, not sure, im not sure, i am not sure, dont know, do not know, i dont know, i do not know, "
    "we dont know, no idea, unspecified, not specified, undetermined, not available, n a, na, none, null, nobody knows, "
    "không biết, ko biết, hong biết, hông biết, hem biết, "
    "chưa biết, không rõ, chưa rõ, tôi không biết, mình không biết, không nhớ, không xác định, chưa xác định, "
    "неизвестно, неизвестен, неизвестна, не известно, не знаю, я не знаю, не знаем, не помню, не указано, точно не знаю, без понятия, "
    "невідомо, невідомий, невідома, не відомо, не знаємо, не памятаю, не вказано, точно не знаємо, гадки не маю"
)


def says_unknown(value: object) -> bool:
    """True where nothing but not knowing is said; never where it stands beside an answer ("not sure, maybe 2020")."""
    if not isinstance(value, str):
        return False
    text = said(value)
    return text in {"?", "??", "-", "—"} or _lexicon().meaning_of(text) is not None


_NONE = (
    "no, none, never, not needed, not required, not scheduled, not planned, not set, not due, no date, no due date, no booster, "
    "no booster needed, not needed again, one time only, "
    "không, không có, không cần, không hẹn, không cần tiêm lại, chưa hẹn, chưa có, chưa có lịch, chưa có hẹn, chưa đặt lịch, "
    "нет, не нужна, не нужно, не надо, не требуется, не назначена, не назначили, не назначено, без даты, "
    "ні, немає, не потрібна, не потрібно, не треба, не призначена, не призначили, не призначено, без дати"
)


def says_none(value: object) -> bool:
    """True where nothing is said but that there is none: "no booster needed", "chưa hẹn", "пока не назначили"."""
    return isinstance(value, str) and _none().read(said(value)).whole


@cache
def _none() -> Lexicon:
    return Lexicon([(_NONE, frozenset({"none"}))], fillers=("yet, still, еще, пока, ще, поки, vẫn, thì",))


# "My kitty", "мой котик", "mèo nhà em": whose it is and what it is. A word for an animal alone may be its name.
_MINE = re.compile(
    r"(?:my|our|мо[йяеёиїє]|мій|наш[аеиі]?) (?P<mine>.+)|(?P<cua>.+?) (?:của|nhà) (?:tôi|tui|mình|em|anh|chị|tớ|chúng tôi|nhà tôi)"
)
_NO_NAME = (
    "not yet, not decided, havent decided, tbd, chưa có, chưa đặt, не придумали, еще не придумали, пока не придумали, "
    "ще не придумали, поки не придумали, no name, no name yet, nameless, unnamed, not named yet, chưa có tên, chưa đặt tên, "
    "không có tên, không tên, "
    "без имени, еще без имени, пока без имени, нет имени, без імені, ще без імені, поки без імені, con mèo, con chó, "
    + ", ".join(
        f"{article} {animal}" for article in ("the", "a") for animal in ("cat", "kitten", "dog", "puppy", "pet")
    )
)


def names_nobody(value: object) -> bool:
    """Whether a name says only that there is none, or what the animal is ("my cat"); "Mèo", "Kitty" and "Na" are names."""
    if not isinstance(value, str) or words(fold(value)) == ["na"]:
        return False
    mine = _MINE.fullmatch(lowered(said(value)))
    if mine and _animals().read(mine["mine"] or mine["cua"]).whole:
        return True
    return says_unknown(value) or _no_names().meaning_of(said(value)) is not None


@cache
def _animals() -> Lexicon:
    kinds = (*species_words.WORDS.values(), species_words.ANY_ANIMAL)
    return Lexicon(
        ((words, frozenset({"animal"})) for words in kinds),
        fillers=("con, bé",),
        stemmed=True,
        plurals=True,
        general=False,
    )


@cache
def _no_names() -> Lexicon:
    return Lexicon([(_NO_NAME, frozenset({"nobody"}))], general=False)


@cache
def _lexicon() -> Lexicon:
    return Lexicon([(_PHRASES, frozenset({"unknown"}))], general=False)
