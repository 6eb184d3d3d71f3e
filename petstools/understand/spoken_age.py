"""An age as said → how long ago the birth was: "6 months", "2 tuổi rưỡi", "полтора года", "nearly 3"."""

import re
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal

from petstools.understand.calendar_words import SINGLE_UNITS, UNITS, Unit, days_from, months_from
from petstools.understand.numbers import with_digits

Trouble = Literal["not_understood", "no_unit", "vague"]


@dataclass(frozen=True, slots=True)
class SpokenAge:
    """An age: whole months and odd days, the finest unit it was told in, and whether it was told as a guess."""

    months: int
    days: int
    in_years: bool
    approximate: bool

    def born(self, today: date) -> date | None:
        """The day of birth if the age were exact; None past the beginning of the calendar."""
        month = months_from(today, -self.months)
        return days_from(month, -self.days) if month else None


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
    r"\b(?:he|she|it|they|is|its|s|am|hes|shes|my|cat|dog|now|just|turned|old|aged|age|of|exactly|today|already|"
    r"no|be|em|con|nay|da|duoc|duoc gan|la|roi|hien tai|bay gio|vua tron|tron|vua|dung|"
    r"ему|еи|уже|сеичас|возраст|исполнилось|исполнился|ровно|от роду|"
    r"иому|ім|іи|вже|зараз|вік|виповнилося|виповнився|рівно|від роду)\b|(?<!\d)\.|\.(?!\d)"
)
_BORN_AGO = re.compile(
    r"\b(?:born|was born|sinh|duoc sinh|родился|родилась|народився|народилася|ago|truoc|cach day|назад|тому)\b"
)

_LARGEST_FIRST: tuple[Unit, ...] = ("year", "month", "week", "day")
_UNIT = rf"(?:{'|'.join(sorted(UNITS, key=len, reverse=True))})"
_PART = re.compile(rf"(\d{{1,5}}(?:[.,]\d{{1,2}})?) ({_UNIT})\b(?: tuoi\b)?")
_ONLY_PARTS = re.compile(rf"{_PART.pattern}(?:(?: ,)?(?: and| va| и| та| і)? {_PART.pattern})*")


def read_age(text: str) -> SpokenAge | Trouble:
    """The age that a text tells, or why it tells none: no unit of time, a range or a vague word, or no age at all."""
    plain = with_digits(text).replace("y / o", "yo")
    if not _SMALL_WORDS.sub(" ", _NEWBORN.sub(" ", plain, count=1)).strip() and _NEWBORN.search(plain):
        return SpokenAge(0, 0, in_years=False, approximate=True)
    nearly, over = _NEARLY.search(plain), _OVER.search(plain)
    roughly = _ROUGHLY.search(plain)
    for words in (_NEARLY, _OVER, _ROUGHLY):
        plain = words.sub(" ", plain)
    if _VAGUE.search(plain):
        return "vague"
    said_alone = plain.strip()
    plain = re.sub(r"(?<=\d) - (?=[^\W\d])", " ", plain)
    plain = " ".join(_SMALL_WORDS.sub(" ", _BORN_AGO.sub(" ", plain)).replace(" - ", " ").split())
    if re.match(r"[^\W\d]+", plain) and plain.split()[0] in SINGLE_UNITS:
        plain = f"1 {plain}"
    if re.fullmatch(r"\d{1,3}(?:[.,]5)?", plain):
        # "nearly 3" and "she is 3" are years in all four languages; a bare "3" may have lost its months.
        if plain == said_alone and not (nearly or over or roughly):
            return "no_unit"
        plain = f"{plain} years"
    parts = _parts(plain)
    if not parts:
        return "not_understood"
    months, days = Decimal(0), Decimal(0)
    for count, unit in parts:
        if unit in {"year", "month"}:
            months += count * (12 if unit == "year" else 1)
        else:
            days += count * (7 if unit == "week" else 1)
    if not months and any(unit == "year" for _, unit in parts):
        return "vague"
    in_years = all(unit == "year" for _, unit in parts)
    if in_years and nearly:
        months = max(Decimal(1), months - 2)
    elif in_years and over:
        months += 3
    whole = months.quantize(Decimal(1), ROUND_HALF_UP) if in_years else Decimal(int(months))
    odd_days = (days + max(Decimal(0), months - whole) * 30).quantize(Decimal(1), ROUND_HALF_UP)
    # Below a year "half a year" is a way of saying six months.
    return SpokenAge(
        int(whole),
        int(odd_days),
        in_years=in_years and (months >= 12 or (bool(nearly) and months > 6)),
        approximate=bool(nearly or over or roughly),
    )


def _parts(plain: str) -> list[tuple[Decimal, Unit]]:
    """The "count unit" pairs a text consists of; nothing when there is anything else in it."""
    if not _ONLY_PARTS.fullmatch(plain):
        return []
    parts = [(Decimal(count.replace(",", ".")), UNITS[unit]) for count, unit in _PART.findall(plain)]
    sizes = [_LARGEST_FIRST.index(unit) for _, unit in parts]
    return parts if sizes == sorted(set(sizes)) else []
