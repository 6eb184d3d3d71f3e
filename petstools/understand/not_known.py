"""Saying that one does not know: "unknown", "không rõ", "неизвестно", "не знаю"; and what is put where a name belongs."""

from functools import cache

from petstools.understand.lexicon import Lexicon
from petstools.understand.text import fold, said, words

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


_NO_NAME = (
    "no name, no name yet, nameless, unnamed, not named yet, chưa có tên, chưa đặt tên, không có tên, không tên, "
    "без имени, еще без имени, пока без имени, нет имени, без імені, ще без імені, поки без імені, con mèo, con chó, "
    "мой кот, моя кошка, наш кот, наша кошка, мой пес, моя собака, наша собака, мій кіт, моя кішка, наш кіт, наша кішка, мій пес, "
    + ", ".join(
        f"{whose} {animal}"
        for whose in ("my", "our", "the", "a")
        for animal in ("cat", "kitten", "dog", "puppy", "pet")
    )
)


def names_nobody(value: object) -> bool:
    """Whether a name says only that there is none, or what the animal is ("my cat"); "Mèo", "Kitty" and "Na" are names."""
    if not isinstance(value, str) or words(fold(value)) == ["na"]:
        return False
    return says_unknown(value) or _no_names().meaning_of(said(value)) is not None


@cache
def _no_names() -> Lexicon:
    return Lexicon([(_NO_NAME, frozenset({"nobody"}))], general=False)


@cache
def _lexicon() -> Lexicon:
    return Lexicon([(_PHRASES, frozenset({"unknown"}))], general=False)
