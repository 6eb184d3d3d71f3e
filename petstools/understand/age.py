"""What a stored birthday means today: the age, and when the next birthday is."""

from datetime import date
from typing import NamedTuple, TypeGuard

from petstools.understand.birthday import Birthday
from petstools.understand.calendar_words import real_date


class Age(NamedTuple):
    """Full years and, where the month of birth is known, full months beyond them; `text` says it in English.

    Of a birthday known by its year only, `years` is the larger of the two ages it may be, and `months` is None.
    """

    years: int
    months: int | None
    approximate: bool
    text: str


class NextBirthday(NamedTuple):
    """The next birthday: a day, or for a birthday known by month only its month ("2027-03") and `approximate`.

    `days_until` counts to that day, or to the first day of that month (0 within it); `turns_age` is in years.
    """

    date: date | None
    month: str
    days_until: int
    turns_age: int
    approximate: bool


def stored_birthday(precision: object, year: object, month: object, day: object) -> Birthday | None:
    """A pet's birthday as far as its stored parts can be trusted; None when not even the year can.

    Only the parts `precision` covers count (old ones stay behind in the JSON, main-app.md §15 trap 9), and of an
    impossible date (2022/2/31 is in real data) only the month, or the year, that exists.
    """
    if precision not in ("day", "month", "year") or not _is_number(year):
        return None
    if precision == "day" and _is_number(month) and _is_number(day) and real_date(year, month, day):
        return Birthday("day", year, month, day)
    if real_date(year, 1, 1) is None:
        return None
    if precision != "year" and _is_number(month) and 1 <= month <= 12:
        return Birthday("month", year, month)
    return Birthday("year", year)


def age_at(birthday: Birthday | None, today: date) -> Age | None:
    """The age on `today`; None without a birthday or when it lies in the future. The birthday is one that exists
    (`stored_birthday`, `understand_birthday`)."""
    if birthday is None:
        return None
    if birthday.month is None:
        years = today.year - birthday.year
        if years < 0:
            return None
        text = "under 1 year" if years == 0 else "under 2 years" if years == 1 else f"{years - 1} or {years} years"
        return Age(years, None, approximate=True, text=text)
    months = (today.year - birthday.year) * 12 + today.month - birthday.month
    if birthday.day is not None and today.day < birthday.day and not _last_day_counts(birthday, today):
        months -= 1
    if months < 0:
        return None
    exact = birthday.day is not None
    years, rest = divmod(months, 12)
    return Age(years, rest, approximate=not exact, text=_age_text(birthday, years, rest, today, exact=exact))


def next_birthday(birthday: Birthday | None, today: date) -> NextBirthday | None:
    """The next birthday on or after `today`, 29 February on the 28th of other years.

    None when only the year is known, the birthday lies in the future, or the calendar ends before it. A pet born today has
    its first birthday in a year.
    """
    if birthday is None or birthday.month is None:
        return None
    if birthday.day is None:
        return _next_month(birthday.year, birthday.month, today)
    born = date(birthday.year, birthday.month, birthday.day)
    if born > today:
        return None
    for year in range(max(today.year, born.year + 1), min(today.year + 3, date.max.year + 1)):
        day = real_date(year, born.month, born.day) or date(year, 2, 28)
        if day >= today:
            return NextBirthday(day, _month(day), (day - today).days, year - born.year, approximate=False)
    return None


def _next_month(born_year: int, born_month: int, today: date) -> NextBirthday | None:
    if (born_year, born_month) > (today.year, today.month):
        return None
    year = today.year if born_month >= today.month and born_year < today.year else today.year + 1
    first = real_date(year, born_month, 1)
    if first is None:
        return None
    days_until = max(0, (first - today).days)
    return NextBirthday(None, _month(first), days_until, year - born_year, approximate=True)


def _month(day: date) -> str:
    return day.isoformat()[:7]


def _last_day_counts(born: Birthday, today: date) -> bool:
    """Born on 29 February, a pet turns a year older on the 28th where there is no 29th."""
    return (
        (born.month, born.day) == (2, 29) and (today.month, today.day) == (2, 28) and not real_date(today.year, 2, 29)
    )


def _age_text(born: Birthday, years: int, months: int, today: date, *, exact: bool) -> str:
    if years == 0 and months == 0:
        if born.day is None or born.month is None:
            return "about 1 month or less"
        days = (today - date(born.year, born.month, born.day)).days
        return f"{days // 7} {_plural(days // 7, 'week')}" if days >= 14 else f"{days} {_plural(days, 'day')}"
    parts = [f"{count} {_plural(count, unit)}" for count, unit in ((years, "year"), (months, "month")) if count]
    return ("" if exact else "about ") + " ".join(parts)


def _plural(count: int, unit: str) -> str:
    return unit if count == 1 else f"{unit}s"


def _is_number(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)
