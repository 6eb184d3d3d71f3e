"""Whether two names are of one vaccine: without case, marks and punctuation, and by the names that certainly mean the same; and
whether a name is one of a vaccine at all."""

import re
from functools import cache
from typing import Literal

from petstools.understand.lexicon import Lexicon, listed
from petstools.understand.not_done import is_to_come
from petstools.understand.numbers import with_digits
from petstools.understand.text import fold, lowered, words

# Only what is certain: a product against more than the others of a line (a fourth component, another disease) is not on it.
_NAMES = {
    "rabies": (
        "rabies, anti rabies, rabies virus, dại, bệnh dại, бешенство, бешенства, бешенству, сказ, сказу, "
        "rabisin, рабизин, rabigen, рабиген, defensor, дефенсор, imrab, nobivac rabies, нобивак рабиес, нобивак рэбиес, рабізин, "
        "рабіген, нобівак рабієс, "
        "purevax rabies, biocan r, биокан р"
    ),
    "fvrcp": "fvrcp, rcp, f3, tricat, tricat trio, трикет, трикет трио, nobivac tricat, nobivac tricat trio, "
    "нобивак трикет, нобивак трикет трио, purevax rcp, пуревакс rcp, трікет, нобівак трікет, нобівак трікет тріо",
    "felv": "felv, feline leukemia, feline leukaemia, лейкемия кошек, лейкоз кошек, purevax felv",
}
_AROUND = (
    "vaccine, vaccines, injection, vaccination, vaccinations, vac, shot, shots, jab, jabs, booster, against, for, of, annual, yearly, "
    "vắc xin, vắc-xin, vacxin, vaccin, tiêm, tiêm phòng, chích, chích ngừa, mũi, mũi tiêm, ngừa, phòng, bệnh, nhắc lại, mũi nhắc, "
    "прививка, прививку, прививки, укол, вакцина, вакцину, вакцинация, ревакцинация, от, против, "
    "щеплення, вакцинація, ревакцинація, від, проти, "
    "1, 2, 3, first, second, third, initial, thứ nhất, thứ hai, thứ ba, thứ 2, thứ 3, "
    "первая, вторая, третья, первую, вторую, третью, перша, друга, третя, перше, друге, третє"
)
# "Mũi 2", "вторая прививка": which dose, of which vaccine is not said.
_DOSES = (
    "dose, doses, number, no, next, last, liều, lần, thứ, đầu, đầu tiên, số, доза, дозу, очередная, очередную, плановая, плановую, "
    "ежегодная, ежегодную, чергова, чергову, планова, планову, щорічна, щорічну"
)
_DOSE = re.compile(
    r"\b(?:mũi|mui|liều|lần|dose|shot|доза|прививка|укол|щеплення)(?: thứ| số| no\.?| №)? ?"
    r"(?:[12]|một|hai|(?:\d|ba|bốn)(?! ?(?:bệnh|benh)\b))\b(?! ?in\b)|"
    r"\b(?:1st|2nd|3rd|[45]th|first|second|third) (?:dose|shot)\b|\b\d-?(?:я|а) (?:доза|прививка)\b"
)
# "Mũi 5 bệnh" and "vaccine 5 bệnh" are one.
_A_SHOT = re.compile(
    r"\b(?:vaccines?|vaccinations?|shots?|jabs?|mũi|tiêm(?: phòng)?|chích(?: ngừa)?|vắc[ -]?xin|vacxin|vaccin|прививк[аиу]|вакцин[ау]|"
    r"щеплення|от|від)\b"
)
_DENIED = re.compile(
    r"\b(?:no(?![. ]*\d)|not|never|without(?! adjuvant)|refused|cancell?ed|postponed|or|không|khong|chưa|chua|hoãn|hủy|hoặc|hay|"
    r"не|нет|без(?! ад)|или|отмен\w+|отлож\w+|перен[её]с\w+|ні|немає|або|чи|скасова\w+|відклал\w+)\b|[?？]"
)
_SEVERAL_IN_ONE = re.compile(r"\d ?(?:bệnh|benh|in|trong|в|-в-|х|x) ?\d?")
# "Mũi nhắc" is a booster, no reminder.
_BOOSTER = re.compile(r"\b(?:mũi|mui|tiêm|chích) nh[ắa]c\b", re.IGNORECASE)
Trouble = Literal["none", "not_done"]


def trouble_with(name: str) -> Trouble | None:
    """Why a text is no name of a vaccine that was given: it names none ("mũi 2", "booster"), or says that it was not given, or
    leaves that open ("no rabies shot", "rabies?", "dại (hẹn tuần sau)"). None for all other words: a vaccine's name may be any."""
    if _DENIED.search(lowered(name)) or is_to_come(_BOOSTER.sub(" ", name)):
        return "not_done"
    left = _nothing().read(name).left
    none = all(with_digits(word).isdecimal() for part in left for word in words(part))
    return "none" if none and not _SEVERAL_IN_ONE.search(lowered(name)) and _kind(name) is None else None


def same_vaccine(one: str, other: str) -> bool:
    """Whether both certainly are one vaccine: the same name however it is typed, or two names of one thing (Dại, Rabies, Рабизин),
    whichever dose of it is said ("dại mũi 2")."""
    if same_name(one, other):
        return True
    kind = _kind(_without_dose(one))
    return kind is not None and kind == _kind(_without_dose(other))


def same_name(one: str, other: str) -> bool:
    """Whether it is one name, but for case, marks, punctuation and the dose."""
    return words(fold(_without_dose(one))) == words(fold(_without_dose(other)))


def _without_dose(name: str) -> str:
    return _A_SHOT.sub(" ", _DOSE.sub(" ", lowered(name))).strip() or name


def names_vaccine(text: str) -> bool:
    """Whether a known vaccine is named, and no word of it can't be one around a vaccine ("tiêm dại")."""
    return _lexicon().read(text).whole


@cache
def _lexicon() -> Lexicon:
    return Lexicon(listed(_NAMES), fillers=(_AROUND,), general=False)


@cache
def _nothing() -> Lexicon:
    return Lexicon([], fillers=(_AROUND, _DOSES), stemmed=True)


def _kind(name: str) -> str | None:
    reading = _lexicon().read(name)
    named = reading.named
    return next(iter(named)) if reading.whole and len(named) == 1 else None
