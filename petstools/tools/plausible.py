"""What stands in the way of a record of this very pet: that it can't be kept or written, and days before its birth or after its death,
and a weight that it can't have so soon after its last one.

Known from the person's list of pets, which one call reads: no cache decides (it may be empty), and nothing here knows a species.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Literal

from mainapp.errors import AbilityMissing, Forbidden, NotFound
from mainapp.records import Pet
from petstools import pet_types
from petstools.answers import Clarification
from petstools.errors import tool_error
from petstools.tools.base import Call
from petstools.understand.age import stored_birthday
from petstools.understand.birthday import Birthday, oldest_of
from petstools.understand.calendar_words import real_date
from petstools.understand.not_done import says_not_done
from petstools.understand.text import quoted

Kept = Literal["weights", "vaccinations", "medical_records", "microchips"]
CONFIRM = "If it is right all the same, send the same call again with again: true."


def pet_to_write(call: Call, pet_id: int, keeps: Kept) -> Pet:
    """The pet whose records are to be written, when the person may and the main app keeps such; asked before any question is put.

    keeps: what, in the words of `PetType.keeps`, which are the client's.
    Raises ToolError FORBIDDEN or NOT_FOUND, FeatureNotAvailable.
    """
    try:
        pet = call.pet(pet_id)
    except AbilityMissing:
        raise
    except (NotFound, Forbidden):
        raise tool_error(NotFound(status=404)) from None
    call.lives(pet)
    if pet.permissions is not None and not pet.permissions.can_edit:
        raise tool_error(Forbidden(status=403))
    kind = pet.pet_type or pet_types.type_of(call.client, pet)
    if kind is None or keeps not in kind.keeps:
        # Nothing but its own answer tells that it is so today (contract §7.2).
        getattr(call.client, keeps).list(pet_id)
    return pet


def asked_of_pet(pet: Pet, field: str, day: date) -> Clarification | None:
    """The question about a day on which the pet was not born yet, or had died as far as is known."""
    born = birthday_of(pet)
    years = datetime.now(UTC).year - day.year
    if born is None and years > oldest_of(pet.pet_type.slug if pet.pet_type else None):
        return Clarification(
            reason="implausible",
            message=f"{field} {day.isoformat()} lies {years} years back, longer than {pet.name} can have lived. Nothing was saved. If "
            f"the person's words leave no doubt, send the right day; else ask. {CONFIRM}",
            missing_fields=[field],
        )
    first = date(born.year, born.month or 1, born.day or 1) if born else None
    if first is not None and day < first:
        return Clarification(
            reason="implausible",
            message=f"{field} {day.isoformat()} lies before {pet.name} was born ({first.isoformat()}). Nothing was saved. If the "
            f"person's words leave no doubt, send the right day; else ask which day it was, or whether the birthday is wrong "
            f"(update_pet). {CONFIRM}",
            missing_fields=[field],
            candidates=[{field: one.isoformat()} for one in _same_day_later(day, first)],
        )
    if pet.status != "deceased" or _was_alive(pet, day):
        return None
    return Clarification(
        reason="deceased",
        message=f"{pet.name} is recorded as having died. Nothing was saved. Ask gently whether another pet is meant, or whether "
        f"{field} {day.isoformat()} was in its lifetime and shall be entered late. {CONFIRM}",
        missing_fields=["pet_id"],
    )


def asked_if_not_done(field: str, text: str | None) -> Clarification | None:
    """The question about a text that says of a record only that it was not done: "chưa làm", "planned for Friday"."""
    if not says_not_done(text):
        return None
    return Clarification(
        reason="ambiguous",
        message=f"{field} says {quoted(text)}, and a record tells of what has been done. Nothing was saved. Not done yet: there is "
        f"nothing to record, tell the person so. If their words leave no doubt that it was done, send it without that; else ask. "
        f"{CONFIRM}",
        missing_fields=[field],
    )


def birthday_of(pet: Pet) -> Birthday | None:
    return stored_birthday(pet.birthday_precision, pet.birthday_year, pet.birthday_month, pet.birthday_day)


def age_in_days(pet: Pet, day: date) -> int | None:
    """On that day, of a birthday known by month or year only the least it may have been; None where nothing is known."""
    born = birthday_of(pet)
    if born is None:
        return None
    after = date(born.year + (born.month or 12) // 12, (born.month or 12) % 12 + 1, 1)
    last = after - timedelta(days=1) if born.day is None else date(born.year, born.month or 1, born.day)
    return max(0, (day - last).days)


def _was_alive(pet: Pet, day: date) -> bool:
    """The day of a death is kept nowhere: only a day up to the last weighing is certain."""
    return pet.health is not None and pet.health.latest_weight_on is not None and day <= pet.health.latest_weight_on


def _same_day_later(day: date, first: date) -> list[date]:
    """That day in the years since, as far as they have been: a slip in the year is the likeliest. At most three."""
    today = datetime.now(UTC).date()
    later = (real_date(year, day.month, day.day) for year in range(first.year, today.year + 1))
    return [one for one in later if one is not None and first <= one <= today][:3]


# --- Weights: growth is judged by time and age and not by kind; what a large puppy manages is believed of everybody of that age -----

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
