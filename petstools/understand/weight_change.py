"""Whether an animal that weighed this much can weigh that much some days later; if not, what a slip of the number may have been.

Growth is judged by time and age and not by kind: what a large puppy manages is believed of everybody of that age.
"""

from collections.abc import Iterator
from decimal import Decimal

POUND = Decimal("0.45359237")
# Up to this age in days, a weight doubles in so many days at the fastest.
_DOUBLES_IN = ((90, 14), (180, 45), (365, 90), (550, 240))
_GROWN_DOUBLES_IN = 730
GROWN = 550
# What one weighing may differ from the one before at once: scales, meals, and the quick days after birth.
_AT_ONCE, _AT_ONCE_NEWBORN = 1.5, 2.0
_MOST_OF_GROWN = 2.0
_LEAST, _LEAST_IN_MONTHS, _MONTHS = 0.6, 0.5, 90
# How a number slips: its point, grams, pounds.
_SLIPS = (*map(Decimal, ("10", "0.1", "100", "0.01", "1000", "0.001")), POUND, 1 / POUND)
# A pet of unknown age may be a young one; what is just as far off as a slip would be is asked about all the same.
_LIKE_A_SLIP = 0.05
_GROWN_CAT_KG = Decimal("2.5")


def can_be(kg: Decimal, last_kg: Decimal, days: int, age_days: int | None, *, slug: str | None = None) -> bool:
    """Whether it can weigh `kg`, `days` after (before, where negative) it weighed `last_kg`; its age was `age_days` at the earlier."""
    if last_kg <= 0 or kg <= 0:
        return True
    before, after = (last_kg, kg) if days >= 0 else (kg, last_kg)
    if age_days is None and slug == "cat" and last_kg >= _GROWN_CAT_KG:
        age_days = GROWN
    ratio = float(after / before)
    if ratio < (_LEAST if abs(days) < _MONTHS else _LEAST_IN_MONTHS):
        return False
    if age_days is None and any(abs(ratio / float(slip) - 1) < _LIKE_A_SLIP for slip in _SLIPS):
        return False
    if age_days is None:
        age_days = 0 if before < 1 else _DOUBLES_IN[0][0]
    return ratio <= _most(abs(days), age_days)


def likely(kg: Decimal, last_kg: Decimal, days: int, age_days: int | None, *, slug: str | None = None) -> list[Decimal]:
    """The weights that a slip may have turned into `kg`, nearest to the last one first."""

    def readings() -> Iterator[Decimal]:
        for slip in _SLIPS:
            reading = (kg * slip).quantize(Decimal("0.01"))
            if reading > 0 and can_be(reading, last_kg, days, age_days, slug=slug):
                yield reading

    return sorted(readings(), key=lambda reading: max(reading, last_kg) / min(reading, last_kg))


def _most(days: int, age: int) -> float:
    doublings, at, left = 0.0, age, days
    for until, doubles_in in _DOUBLES_IN:
        span = max(0, min(left, until - at))
        doublings += span / doubles_in
        at, left = at + span, left - span
    doublings += left / _GROWN_DOUBLES_IN
    most = (_AT_ONCE_NEWBORN if age < _DOUBLES_IN[0][0] else _AT_ONCE) * 2 ** min(doublings, 30.0)
    return min(most, _MOST_OF_GROWN) if age >= GROWN else most
