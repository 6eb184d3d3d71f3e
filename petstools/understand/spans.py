"""A length of time as said → months and days: "1 year and 2 months", "полтора года", "3 tuần"."""

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from petstools.understand.calendar_words import SINGLE_UNITS, UNITS, Unit, days_from, months_from
from petstools.understand.text import fold

_LARGEST_FIRST: tuple[Unit, ...] = ("year", "month", "week", "day")
_UNIT = rf"(?:{'|'.join(sorted(UNITS, key=len, reverse=True))})"
_PART = rf"\d{{1,5}}(?:[.,]\d{{1,2}})? {_UNIT}\b(?: tuoi\b)?"
_COUNT_AND_UNIT = re.compile(rf"(\d{{1,5}}(?:[.,]\d{{1,2}})?) ({_UNIT})\b")
# As `with_digits` writes them; for use in larger patterns.
SPAN = rf"(?:{_PART}(?:(?: ,)?(?: and| va| и| та| і)? {_PART})*|(?:{'|'.join(SINGLE_UNITS)})\b)"
_ONLY_SPAN = re.compile(SPAN)
_ORDINAL = re.compile(
    r"\b(?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|\w+teenth|\w+tieth|\d+ ?-? ?(?:st|nd|rd|th)|"
    r"\d+ ?- ?(?:й|и|я|е|го|му|ий|ии)|(?:thu|lan) \w+|"
    r"(?:перв|втор|трет|четв[её]рт|пят|шест|седьм|восьм|девят|[а-я]*десят|[а-я]+надцат|двадцат|тридцат|"
    r"перш|друг|четверт|шост|сьом|[а-яі]+надцят|двадцят)(?:ое|ого|ыи|ая|ому|ом|ую|ье|ья|ью|ьего|ьеи|ии|іи|ои|ою|иі|ього|ьому|"
    r"а|е|є|я|у|ю))\b"
)


# One of a unit without saying "one". English has an article for it.
_ONE_OF = re.compile(
    rf"(?<![\d.,] )(?<![\d.,])\b({'|'.join(sorted(unit for unit in SINGLE_UNITS if not unit.isascii()))})\b"
)


def with_ones(plain: str) -> str:
    """The text with "год и три месяца" counted out: "1 год и 3 месяца"."""
    return _ONE_OF.sub(r"1 \1", plain)


@dataclass(frozen=True, slots=True)
class Span:
    """Months (12 of each year) and days (7 of each week), halves kept, and the units it was said in."""

    months: Decimal
    days: Decimal
    units: frozenset[Unit]

    @property
    def is_whole(self) -> bool:
        """False of a month and a half, which no calendar counts to the day."""
        return self.months % 1 == 0 and self.days % 1 == 0

    def from_day(self, day: date, direction: int = 1) -> date | None:
        """The day so much later, or earlier with -1, rounded down where it is not whole; None past the ends of the calendar."""
        moved = months_from(day, direction * int(self.months))
        return days_from(moved, direction * int(self.days)) if moved else None


def read_span(plain: str) -> Span | None:
    """The span that a text after `with_digits` is, the largest unit first; None where it is anything more or else."""
    if not _ONLY_SPAN.fullmatch(plain):
        return None
    said = [(Decimal(count.replace(",", ".")), UNITS[unit]) for count, unit in _COUNT_AND_UNIT.findall(plain)]
    parts = said or [(Decimal(1), UNITS[plain])]
    sizes = [_LARGEST_FIRST.index(unit) for _, unit in parts]
    if sizes != sorted(set(sizes)):
        return None
    if any(unit == "month" and count >= 12 for count, unit in parts[1:]):
        # "1 year 13 months": one of the two is a slip.
        return None
    months = sum(
        (count * (12 if unit == "year" else 1) for count, unit in parts if unit in {"year", "month"}), Decimal(0)
    )
    days = sum((count * (7 if unit == "week" else 1) for count, unit in parts if unit in {"week", "day"}), Decimal(0))
    return Span(months, days, frozenset(unit for _, unit in parts))


def counts_in_order(text: str) -> bool:
    """Whether an ordinal stands in a text: the third year is no three years."""
    return _ORDINAL.search(fold(text)) is not None
