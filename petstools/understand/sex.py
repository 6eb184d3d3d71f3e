"""A sex as said → the main app's word for it."""

from typing import Literal

from petstools.understand.outcome import Unclear
from petstools.understand.text import fold, has_latin_marks, lowered, quoted, said, words

Sex = Literal["male", "female", "not_specified"]

_MALE = (
    "male, m, boy, boys, he, him, his, man, gentleman, lad, masculine, guy, đực, trai, con trai, bé trai, nam, trống, giống đực, "
    "самец, самца, самцом, мальчик, мальчика, мальчиком, мужской, мужского, муж, м, пацан, он, парень, кобель, "
    "самець, самця, хлопчик, хлопчика, хлопець, чоловіча, чоловічий, чоловічої, чол, ч, він, пес самець"
)
_FEMALE = (
    "female, f, girl, girls, she, her, woman, lady, feminine, gal, cái, gái, con gái, bé gái, nữ, mái, giống cái, "
    "самка, самку, самки, девочка, девочку, девочки, девочкой, женский, женского, жен, ж, она, девушка, "
    "самиця, самицю, дівчинка, дівчинку, дівчинки, жіноча, жіночий, жіночої, жін, вона, дівчина"
)
_NOT_SPECIFIED = (
    "not specified, not_specified, unspecified, unknown, unsure, not sure, dont know, do not know, no idea, undetermined, none, "
    "n a, u, không biết, chưa biết, không rõ, chưa rõ, không xác định, chưa xác định, "
    "не знаю, неизвестно, неизвестен, неизвестный, не указан, не указано, не определен, не уверен, не уверена, "
    "не знаємо, невідомо, невідома, невідомий, не вказано, не вказана, не впевнений, не впевнена, не визначено"
)
_SIGNS: dict[str, Sex] = {"♂": "male", "♀": "female", "🚹": "male", "🚺": "female", "⚥": "not_specified"}
_DOUBTS = {
    "maybe", "probably", "perhaps", "guess", "think", "chắc", "chac", "lẽ", "hình", "наверное", "возможно", "кажется", "мабуть",
    "можливо", "здається",
}  # fmt: skip
_NEGATIONS = {"not", "isnt", "neither", "nor", "không", "khong", "не", "ни", "ні"}

Phrases = dict[tuple[str, ...], Sex]


def _phrases(*, bare: bool) -> Phrases:
    listed: dict[Sex, str] = {"male": _MALE, "female": _FEMALE, "not_specified": _NOT_SPECIFIED}
    return {
        tuple(words(fold(phrase) if bare else lowered(phrase))): sex
        for sex, phrases in listed.items()
        for phrase in phrases.split(",")
    }


_SPELLED, _BARE = _phrases(bare=False), _phrases(bare=True)


def understand_sex(value: object, *, field: str = "sex") -> Sex | Unclear:
    """male, female or not_specified (main-app.md §6.3), from what people say in four languages, or ♂ and ♀.

    Only words of sex count: "кіт" or "tomcat" are animals. Both sexes at once and negations are asked about.
    """
    text = said(value)
    if not text or not isinstance(value, str):
        if value is None or (isinstance(value, str) and not value.strip()):
            return _question(field, "missing", "Ask the person whether the animal is male or female")
        return _question(
            field, "not_understood", f"{quoted(value)} is not a sex. Ask whether the animal is male or female"
        )
    found = {sex for sign, sex in _SIGNS.items() if sign in text}
    if not found:
        found = _said_in(words(lowered(text.replace("_", " "))), _SPELLED)
        if not found and not has_latin_marks(text):
            found = _said_in(words(fold(text.replace("_", " "))), _BARE)
    if len(found) == 1:
        return found.pop()
    if found:
        return _question(field, "ambiguous", f"{quoted(value)} doesn't settle on one sex. Ask the person which it is")
    return _question(field, "not_understood", f"{quoted(value)} is not a sex. Ask whether the animal is male or female")


def _said_in(said_words: list[str], phrases: Phrases) -> set[Sex]:
    found: set[Sex] = set()
    at = 0
    denied = False
    while at < len(said_words):
        for length in (3, 2, 1):
            sex = phrases.get(tuple(said_words[at : at + length]))
            if sex and at + length <= len(said_words):
                found.add(sex)
                at += length
                break
        else:
            denied = denied or said_words[at] in _NEGATIONS | _DOUBTS
            at += 1
    # "not male" and "maybe male" leave the question open: both are then as good as said.
    return {"male", "female"} if denied and found else found


def _question(field: str, reason: Literal["missing", "not_understood", "ambiguous"], what: str) -> Unclear:
    return Unclear(
        field,
        reason,
        f"{what}; “not_specified” if the person doesn't know.",
        ({"sex": "male"}, {"sex": "female"}, {"sex": "not_specified"}),
    )
