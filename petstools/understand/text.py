"""The ground under every kind of input: cleaned text, folded text, words, scripts."""

import re
import unicodedata
from decimal import Decimal
from functools import lru_cache

LONGEST_ANSWER = 200
_APOSTROPHES = dict.fromkeys(map(ord, "'’‘ʼ`´′"))
_LETTERS_WITHOUT_MARKS = str.maketrans({"đ": "d", "ð": "d", "ø": "o", "ł": "l", "ı": "i"})
_WORD = re.compile(r"[^\W_]+")
# The five tones of Vietnamese as combining marks; where in a syllable one is written is a matter of the keyboard.
_TONES = frozenset("\u0300\u0301\u0303\u0309\u0323")
# Marks that say in which direction a text runs: they can turn what a reader sees.
_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_EDGES = " \u00a0\u00ad\u200b\u200c\u200d\u2060\ufeff"
_CYRILLIC = re.compile(r"[\u0400-\u052f]")
_LATIN = re.compile(r"[a-z]")
# Case endings of Russian and Ukrainian nouns and adjectives as `fold` leaves them; three letters at least stay.
_ENDINGS = re.compile(
    r"(?<=\w{3})(?:ами|ями|ого|его|ему|ому|ыми|ими|ою|ею|еи|ои|ам|ям|ах|ях|ов|ев|ом|ем|ью|ую|юю|ая|яя|ое|ее|ые|ие|"
    r"ии|ыи|им|ым|их|ых|ия|ию|иеи|ием|ів|єю|іі|ію|ія|а|я|у|ю|ы|и|і|е|є|о|ь|ї)$"
)


def said(value: object, *, limit: int = LONGEST_ANSWER) -> str:
    """What somebody sent, as clean NFC text; "" when it is neither text nor a number, or too long to be an answer.

    Control characters and line breaks become spaces; invisible ones, lone surrogates and variation selectors go.
    """
    if isinstance(value, bool):
        return ""
    if isinstance(value, int):
        # str() of an int of over 4300 digits raises.
        return str(value) if abs(value) < 10**30 else ""
    if isinstance(value, float):
        return said(Decimal(repr(value)), limit=limit)
    if isinstance(value, Decimal):
        return format(value, "f") if value.is_finite() and abs(value.adjusted()) < 30 else ""
    if not isinstance(value, str) or len(value) > 10 * limit:
        return ""
    if value.isascii() and value.isprintable():
        text = " ".join(value.split())
        return text if len(text) <= limit else ""
    kept = []
    for letter in unicodedata.normalize("NFC", value):
        category = unicodedata.category(letter)
        if category in {"Cc", "Zl", "Zp"}:
            kept.append(" ")
        elif category not in {"Cf", "Cs"} and letter not in "\ufe0e\ufe0f":
            kept.append(letter)
    text = " ".join("".join(kept).split())
    return text if len(text) <= limit else ""


_COURTESY = re.compile(
    r"^(?:dạ|vâng)[\s,]+|[\s,]+(?:ạ|nha|nhá|nhé|nhen|nè|nghen|please|pls|пожалуйста|будь ласка)[\s.!]*$", re.IGNORECASE
)


def without_courtesy(text: str) -> str:
    """The text without "dạ", "ạ", "nhé", "please" at its edges, which add nothing."""
    return _COURTESY.sub("", text)


def as_written(value: object, *, limit: int) -> str:
    """A name as its owner writes it, joiners, variation selectors and combining marks in it; "" when it is none or too long.

    Only control and bidi characters and lone surrogates go, runs of spaces become one, and what can't be seen at the edges is
    trimmed, as the main app does (contract §15 trap 49).
    """
    if not isinstance(value, str):
        return said(value, limit=limit)
    if len(value) > 10 * limit:
        return ""
    kept = []
    for letter in value:
        category = unicodedata.category(letter)
        if category in {"Cc", "Zl", "Zp"}:
            kept.append(" ")
        elif category != "Cs" and letter not in _BIDI:
            kept.append(letter)
    text = " ".join("".join(kept).split()).strip(_EDGES)
    return text if len(text) <= limit and said(text, limit=limit) else ""


def lowered(text: str) -> str:
    """Lower case, NFC, no apostrophes, spaces collapsed; diacritics stay."""
    if text.isascii():
        # A table of letters costs several times as much.
        low = text.lower().replace("'", "").replace("`", "")
    else:
        low = unicodedata.normalize("NFC", unicodedata.normalize("NFKC", text).casefold()).translate(_APOSTROPHES)
    return " ".join(low.split())


@lru_cache(maxsize=1024)
def fold(text: str) -> str:
    """`lowered` without diacritics: "Chó Đốm" and "cho dom" are one, so are "ёж" and "еж"."""
    low = lowered(text)
    if low.isascii():
        return low
    bare = unicodedata.normalize("NFD", low.translate(_LETTERS_WITHOUT_MARKS))
    bare = "".join(letter for letter in bare if unicodedata.category(letter) != "Mn")
    return " ".join(unicodedata.normalize("NFC", bare).split())


def spelled(word: str) -> str:
    """A `lowered` word, diacritics and all, its tone at the end: "khoẻ" and "khỏe" are one, "dế" and "dê" are not."""
    if word.isascii():
        return word
    letters = unicodedata.normalize("NFD", word.replace("ё", "е"))
    tones = "".join(letter for letter in letters if letter in _TONES)
    return unicodedata.normalize("NFC", "".join(letter for letter in letters if letter not in _TONES)) + tones


def without_raised_digits(text: str) -> str:
    """The text with "4²", "⑤", "Ⅳ" made unreadable, which compatibility forms would turn into "42" and "5"."""
    return "".join("?" if unicodedata.category(letter) in {"No", "Nl"} else letter for letter in text)


def words(text: str) -> list[str]:
    """The runs of letters and digits of a text, in order."""
    return _WORD.findall(text)


def stem(word: str) -> str:
    """A folded Russian or Ukrainian word without its case ending; other words as they are."""
    return _ENDINGS.sub("", word) if _CYRILLIC.search(word) else word


def has_cyrillic(text: str) -> bool:
    return not text.isascii() and _CYRILLIC.search(text.casefold()) is not None


def has_latin(text: str) -> bool:
    return _LATIN.search(fold(text)) is not None


def has_latin_marks(text: str) -> bool:
    """True where somebody writes diacritics, as in Vietnamese typed in full; then "của" is not "cua"."""
    low = lowered(text)
    return has_latin(low) and any(a != b and _LATIN.match(b) for a, b in ((c, fold(c)) for c in low))


def quoted(value: object) -> str:
    """What somebody sent, short and safe to repeat in a message."""
    text = said(value, limit=2000)
    if not text:
        return "an empty text" if isinstance(value, str) and not value.strip() else "a value that can't be read"
    return f"“{text[:60]}{'…' if len(text) > 60 else ''}”"
