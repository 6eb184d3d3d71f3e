"""A sex as said → the main app's word for it."""

from functools import cache
from typing import Literal

from petstools.understand import species_words
from petstools.understand.lexicon import Lexicon, listed
from petstools.understand.outcome import Unclear
from petstools.understand.text import quoted, said

Sex = Literal["male", "female", "not_specified"]

_WORDS: dict[str, str] = {
    "male": (
        "male, boy, he, hes, him, masculine, guy, male boy, đực, trai, con trai, bé trai, nam, trống, giống đực, con đực, "
        "самец, самца, самцом, мальчик, мальчиком, мужской, мужского, пацан, он, парень, кобель, "
        "самець, самцем, хлопчик, хлопчиком, хлопець, чоловіча, чоловічий, чоловічої, чоловічого, він, пес самець, "
        "gà trống, rooster, stallion, петух, півень, жеребец, жеребець"
    ),
    "female": (
        "female, girl, she, shes, feminine, gal, cái, gái, con gái, bé gái, nữ, mái, giống cái, con cái, "
        "самка, самку, самкой, девочка, девочку, девочкой, женский, женского, она, девушка, "
        "самиця, самицю, самицею, дівчинка, дівчинку, дівчинкою, жіноча, жіночий, жіночої, жіночого, вона, дівчина, "
        "gà mái, hen, mare, кобыла, кобила"
    ),
    "not_specified": (
        "not specified, not_specified, unspecified, unknown, unknown yet, unsure, not sure, not sure yet, dunno, idk, cant "
        "tell, dont know, we dont know, do not know, no idea, undetermined, none, "
        "n a, không biết, ko biết, hong biết, hông biết, hem biết, chưa biết, không rõ, chưa rõ, không xác định, chưa xác định, "
        "не знаю, не знаем, мы не знаем, неизвестно, неизвестен, неизвестный, не указан, не указано, не определен, не "
        "уверен, не уверена, "
        "не знаємо, невідомо, невідома, невідомий, не вказано, не вказана, не впевнений, не впевнена, не визначено"
    ),
}
# Said alone these are answers; beside other words they say whose something is, or who somebody else is ("her cat").
_ALONE: dict[str, str] = {
    "male": "m, boys, his, man, gentleman, lad, tom, мальчика, самцы, муж, мужчина, м, чол, ч, хлопчика, самця",
    "female": "f, girls, her, hers, woman, lady, queen, сука, девочки, самки, жен, женщина, ж, жін, дівчинки, самиці",
    "not_specified": "u",
}
_SIGNS: dict[str, Sex] = {"♂": "male", "♀": "female", "🚹": "male", "🚺": "female", "⚥": "not_specified"}
# "cái" in front of another word counts it or points at it.
_OPEN = (
    "cái con, cái này, cái kia, cái đó, cái gì, một cái, con trai tôi, con trai mình, con trai em, con trai của tôi, con gái tôi, "
    "con gái mình, con gái em, con gái của tôi"
)
_FILLERS = (
    "was, sex, gender, giới tính, giới, tính, пол, пола, полу, стать, статі, статтю, neutered, spayed, thiến, đã thiến, thiến rồi, "
    "yet, пока, еще, ще, поки, "
    "кастрирован, кастрирована, стерилизован, стерилизована, кастрований, кастрована, стерилізований, стерилізована"
)
_SEXES: tuple[Sex, ...] = ("male", "female", "not_specified")


def understand_sex(value: object, *, field: str = "sex") -> Sex | Unclear:
    """male, female or not_specified (main-app.md §6.3), from what people say in four languages, or ♂ and ♀.

    Only words of sex count: "кіт" or "tomcat" are animals. Both sexes at once, doubts, negations and anything else said beside
    the sex ("con trai bà chủ", the landlady's son) are asked about.
    """
    text = said(value)
    if not text or not isinstance(value, str):
        if value is None or (isinstance(value, str) and not value.strip()):
            return _question(field, "missing", "Ask the person whether the animal is male or female")
        return _question(field, "not_understood", f"{quoted(value)} is not a sex. {_ASK}")
    if alone := _alone().meaning_of(text):
        return _only(alone)
    reading = _lexicon().read(text)
    named = reading.named | {sex for sign, sex in _SIGNS.items() if sign in text}
    if len(named) == 1 and not reading.left and not reading.asking:
        return _only(named)
    if not named:
        return _question(field, "not_understood", f"{quoted(value)} is not a sex. {_ASK}")
    likely = named if len(named) == 1 and reading.doubt != "denied" else frozenset[str]()
    return _question(field, "ambiguous", f"{quoted(value)} says more than a sex, or leaves it open. {_ASK}", likely)


_ASK = "If the person's words leave no doubt, send male or female; else ask"


def _only(named: frozenset[str]) -> Sex:
    return next(sex for sex in _SEXES if sex in named)


@cache
def _lexicon() -> Lexicon:
    animals = (*species_words.WORDS.values(), *species_words.BREEDS.values(), *species_words.SEVERAL.values())
    return Lexicon(
        listed(_WORDS),
        fillers=(_FILLERS, *animals, species_words.ANY_ANIMAL, species_words.DESCRIBING),
        open_phrases=_OPEN,
    )


@cache
def _alone() -> Lexicon:
    return Lexicon(listed(_ALONE), general=False)


def _question(
    field: str,
    reason: Literal["missing", "not_understood", "ambiguous"],
    what: str,
    likely: frozenset[str] = frozenset(),
) -> Unclear:
    return Unclear(
        field,
        reason,
        f"{what}; “not_specified” if the person doesn't know.",
        tuple({"sex": sex} for sex in _SEXES if sex in likely or not likely),
    )
