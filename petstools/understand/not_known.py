"""Saying that one does not know: "unknown", "không rõ", "неизвестно", "не знаю"."""

from functools import cache

from petstools.understand.lexicon import Lexicon
from petstools.understand.text import said

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


@cache
def _lexicon() -> Lexicon:
    return Lexicon([(_PHRASES, frozenset({"unknown"}))], general=False)
