"""An age as said → how long ago the birth was: "6 months", "2 tuổi rưỡi", "полтора года", "nearly 3"."""

import re
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal

from petstools.understand.calendar_words import days_from, has_other_marks, months_from
from petstools.understand.numbers import with_digits
from petstools.understand.spans import counts_in_order, read_span, with_ones
from petstools.understand.text import fold, has_cyrillic, lowered

Trouble = Literal["not_understood", "no_unit", "vague", "lunar"]


@dataclass(frozen=True, slots=True)
class SpokenAge:
    """An age: whole months and odd days, the finest unit it was told in, and whether it was told as a guess, or as not quite
    reached."""

    months: int
    days: int
    in_years: bool
    approximate: bool
    nearly: bool = False

    def born(self, today: date) -> date | None:
        """The day of birth if the age were exact; None past the beginning of the calendar."""
        month = months_from(today, -self.months)
        return days_from(month, -self.days) if month else None


# What is missing at most of an age that is nearly reached.
NEARLY_MONTHS = 2
_NEWBORN = re.compile(r"\b(?:newborn|new born|just born|moi sinh|moi de|so sinh|новорожд\w+|новонародж\w+)\b")
_VAGUE = re.compile(
    r"\b(?:under|below|less|least|between|few|several|couple|to|or|hay|hoac|den|duoi|toi da|it nhat|vai|may|mấy|chua|"
    r"несколько|пару|меньше|менее|минимум|или|до|кілька|декілька|менше|щонаименше|або|чи|от|від|not|не)\b|<|>"
)
_NEARLY = re.compile(
    r"\b(?:nearly|almost|close to|coming up to|soon|turning|gan|sap|почти|скоро|без малого|маиже|неполных|неповних)\b"
)
_OVER = re.compile(r"\b(?:over|more than|a bit over|hon|больше|более|старше|понад|більше)\b|(?<=\d) ?\+")
_ROUGHLY = re.compile(
    r"\b(?:about|around|approximately|approx|roughly|maybe|probably|circa|or so|ish|khoang|chung|xap xi|tam|uoc chung|"
    r"около|примерно|приблизительно|где то|близько|приблизно|десь|орієнтовно)\b|~|≈"
)
_SMALL_WORDS = re.compile(
    r"\b(?:he|she|it|they|is|its|s|hes|shes|my|cat|dog|now|just|only|turned|old|aged|age|of|exactly|today|already|"
    r"kitten|puppy|pup|котенок|котенку|щенок|щенку|кошеня|кошеняті|цуценя|цуценяті|кот|кошка|собака|кіт|кішка|meo|cho|"
    r"no(?=.*\b(?:tuoi|thang|tuan|ngay)\b)|be|em|con|nay|moi|chi|thoi|da|duoc|duoc gan|la|roi|hien tai|bay gio|vua tron|tron|vua|dung|"
    r"ему|еи|нам|уже|всего|только|сеичас|возраст|исполнилось|исполнился|ровно|от роду|"
    r"иому|ім|іи|вже|лише|тільки|всього|зараз|вік|виповнилося|виповнився|рівно|від роду)\b|(?<!\d)\.|\.(?!\d)"
)
# What makes years of a bare number.
_AGED = re.compile(
    r"\b(?:is|s|hes|shes|its|turned|aged?|old|tron|tuoi|ему|еи|нам|возраст|исполнилось|исполнился|иому|ім|іи|вік|виповнилося|виповнився)\b"
)
# No more than three years are not over three.
_AT_MOST = re.compile(
    r"\b(?:no|not|khong|không|не|ні) (?:\w+ )?(?:more|older|over|hon|qua|больше|более|старше|більше|старше|понад)\b"
)
# An age counted from birth as one, and on by each lunar new year.
_LUNAR = re.compile(
    r"\b(?:âm|(?:tuổi|tuoi) (?:ta|mụ|mu|am)|am lich|lunar|east asian|korean|chinese|по лунному|за місячним)\b"
)
# Years as a cat or a man would count them.
_COUNTED_OTHERWISE = re.compile(
    r"\b(?:cat|dog|human|people|feline|canine)s? (?:years?|yrs?|months?|age)\b|\btuoi (?:meo|cho|nguoi)\b"
)
_BORN_AGO = re.compile(
    r"\b(?:born|was born|sinh|duoc sinh|родился|родилась|народився|народилася|ago|truoc(?=\W*$)|cach day|назад|тому)\b"
)

# "лет пять", "месяца 4": turned round, the number is a guess.
_TURNED_ROUND = re.compile(
    r"(лет|года|годика|месяца|месяцев|недели|недель|дня|днеи|"
    r"років|роки|рочки|рочків|місяці|місяця|місяців|тижні|тижня|тижнів|дні|днів) (\d{1,3})"
)


# "двухмесячный", "5-річна": an adjective of an age.
_ADJECTIVE = re.compile(
    r"\b(?P<count>\d{1,2} ?-? ?|одно|двух|дво|трех|три|трьох|четырех|чотири|пяти|шести|семи|восьми|девяти|десяти|одиннадцати|"
    r"двенадцати|дванадцяти|полутора|півтора|полу|пів|)"
    r"(?P<unit>летн|годовал|годичн|річн|месячн|місячн|недельн|тижнев|дневн|денн)"
    r"(?:ыи|ая|ое|ого|ому|ую|ии|яя|ее|его|ему|юю|а|е|у|іи|и|я|є|ю|оі|ои|еи|им|ым)\b"
)
_ADJECTIVE_COUNT = {
    "": "1",
    "одно": "1",
    "дво": "2",
    "двух": "2",
    "трех": "3",
    "трьох": "3",
    "полу": "0.5",
    "пів": "0.5",
}
_ADJECTIVE_COUNT |= {"полутора": "1.5", "півтора": "1.5"}
_ADJECTIVE_UNIT = {"мес": "месяцев", "міс": "месяцев", "нед": "недель", "тиж": "недель", "дне": "дней", "ден": "дней"}


def _counted_out(text: str) -> str:
    """The text with adjectives of an age as a count and a unit: "двухмесячный котёнок" → "2 месяцев котенок"."""

    def spelled(match: re.Match[str]) -> str:
        count = match["count"].rstrip(" -")
        return f"{_ADJECTIVE_COUNT.get(count, count)} {_ADJECTIVE_UNIT.get(match['unit'][:3], 'лет')}"

    return _ADJECTIVE.sub(spelled, fold(text)) if has_cyrillic(text) else text


def read_age(text: str) -> SpokenAge | Trouble:
    """The age that a text tells, or why it tells none: no unit of time, a range or a vague word, an age by another calendar, or
    no age at all."""
    if _LUNAR.search(lowered(text)):
        return "lunar"
    if has_other_marks(text) or counts_in_order(text):
        return "not_understood"
    text = re.sub(r"(?<![\w.,])[.,](?=\d)", "0.", text)
    plain = re.sub(r"\by (?:/ o|\. o \.?)", "yo", with_digits(_counted_out(text)))
    if not _SMALL_WORDS.sub(" ", _NEWBORN.sub(" ", plain, count=1)).strip() and _NEWBORN.search(plain):
        return SpokenAge(0, 0, in_years=False, approximate=True)
    if _AT_MOST.search(plain) or _COUNTED_OTHERWISE.search(plain):
        return "vague"
    nearly, over = _NEARLY.search(plain), _OVER.search(plain)
    roughly = _ROUGHLY.search(plain)
    for words in (_NEARLY, _OVER, _ROUGHLY):
        plain = words.sub(" ", plain)
    if _VAGUE.search(plain):
        return "vague"
    tells_age = bool(nearly or over or roughly or _AGED.search(plain))
    plain = re.sub(r"(?<=\d) - (?=[^\W\d])", " ", plain)
    plain = " ".join(_SMALL_WORDS.sub(" ", _BORN_AGO.sub(" ", plain)).replace(" - ", " ").split())
    plain = with_ones(plain)
    if turned := _TURNED_ROUND.fullmatch(plain):
        plain, roughly = f"{turned[2]} {turned[1]}", turned
    if re.fullmatch(r"\d{1,3}(?:[.,]5)?", plain):
        # "nearly 3" and "she is 3" are years in all four languages; a bare "3" may have lost its months.
        if not tells_age:
            return "no_unit"
        plain = f"{plain} years"
    span = read_span(plain)
    if span is None:
        return "not_understood"
    months = span.months
    if not months and "year" in span.units:
        return "vague"
    # A year and a half is told to the month, two years are not.
    in_years = span.units == {"year"} and months % 12 == 0
    if in_years and nearly:
        months = max(Decimal(1), months - NEARLY_MONTHS)
    elif in_years and over:
        months += 3
    whole = months.quantize(Decimal(1), ROUND_HALF_UP) if span.units == {"year"} else Decimal(int(months))
    odd_days = (span.days + max(Decimal(0), months - whole) * 30).quantize(Decimal(1), ROUND_HALF_UP)
    return SpokenAge(
        int(whole), int(odd_days), in_years=in_years, approximate=bool(nearly or over or roughly), nearly=bool(nearly)
    )
