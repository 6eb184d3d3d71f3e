"""A day as said or written → a date: "hôm qua", "12 марта 2024", "5/3" (day first), "thứ hai tuần trước"."""

import re
from collections.abc import Iterable
from datetime import date, datetime

from petstools.understand.calendar_words import (
    months_from,
    real_date,
    with_calendar_marks,
)
from petstools.understand.numbers import with_digits
from petstools.understand.outcome import Reason, Unclear
from petstools.understand.relative_days import Prefer, ask_which_day, named_day
from petstools.understand.text import fold, quoted, said, without_raised_digits

EARLIEST_YEAR, LATEST_YEAR = 1900, 2100
# Said without a year, a day this close on the other side of today may be meant either way.
_NEAR_TODAY = 7


def understand_date(
    value: object, today: date, *, field: str, prefer: Prefer = "past", year_needed: bool = False
) -> date | Unclear:
    """The day that `value` names in English, Vietnamese, Russian or Ukrainian, or in digits.

    ISO dates are taken as they are, a time part is dropped. Digits with slashes, dots or dashes are read day first,
    never month first: "03/25/2024" is asked about. Without a year the nearest such day in the past is taken
    (`prefer="future"`: in the future), or asked about where the other side lies within a week of today; with
    `year_needed` always asked about. Intervals of days and weeks, and future ones of months and years, are counted from
    `today`, the person's day; "2 months ago", "last week" and the like name no day and are asked about. Years outside
    1900 to 2100 are refused.
    """
    if isinstance(value, datetime):
        value = value.date()
    if isinstance(value, date):
        return _checked(value.year, value.month, value.day, value, field)
    text = said(value)
    if not text or not isinstance(value, str | int):
        if value is None or (isinstance(value, str) and not value.strip()):
            return Unclear(field, "missing", f"Ask the person for the date ({field}).")
        return _not_understood(field, value)
    if _LUNAR.search(fold(text)):
        return Unclear(
            field,
            "ambiguous",
            f"{quoted(value)} is a date of the lunar calendar. Ask the person for the date in the solar calendar.",
        )
    text = re.sub(r"['’](?=\d{2}$)", "20", without_raised_digits(_without_time(text)))
    reader = _Reader(value, today, field, prefer, year_needed)
    found = reader.digits(text) or reader.relative(text) or reader.written(text) or _not_understood(field, value)
    return _checked(found.year, found.month, found.day, value, field) if isinstance(found, date) else found


def _not_understood(field: str, value: object) -> Unclear:
    return Unclear(
        field,
        "not_understood",
        f"{quoted(value)} is not a day that can be told for sure. Ask for the date and send it as YYYY-MM-DD.",
    )


def _checked(year: int, month: int, day: int, value: object, field: str) -> date | Unclear:
    found = real_date(year, month, day)
    if found is None:
        return Unclear(
            field,
            "impossible",
            f"{quoted(value)} is not a day of the calendar. Ask the person which day it was and send it as YYYY-MM-DD.",
        )
    if not EARLIEST_YEAR <= year <= LATEST_YEAR:
        return Unclear(field, "out_of_range", f"The year {year} can't be right. Ask the person for the date.")
    return found


_LUNAR = re.compile(r"\b(?:am lich|lich am|thang gieng|thang chap|lunar)\b")
_CLOCK = r"\d{1,2}(?::\d{2}){1,2}(?:[.,]\d+)?\s*(?:[ap]m)?\s*(?:z|utc|[+-]\d{2}(?::?\d{2})?)?"
_HOUR = r"\d{1,2}(?:h\d{0,2}|\s*(?:[ap]m|giờ|часов|часа|час|годині|oclock))(?:\s+(?:sáng|trưa|chiều|tối|утра|дня|вечера|ранку|вечора))?"
# A time after a day; alone it is no date and stays.
_TIME = re.compile(
    rf"(?<=\d)t{_CLOCK}$|(?<=\w)[\s,]+(?:at |lúc |vào lúc |в |о )?(?:{_CLOCK}|{_HOUR})$",
    re.IGNORECASE,
)


def _without_time(text: str) -> str:
    return _TIME.sub("", text).strip(" ,")


_YEAR_TAIL = r"(?:\s*(?:г|р|года|году|року|год|рік)\.?)?"
_YEAR_FIRST = re.compile(r"(\d{4})\s?([-/.])\s?(\d{1,2})\s?\2\s?(\d{1,2})")
_DAY_FIRST = re.compile(
    rf"(?:ngay\s|on\s|в\s)?(\d{{1,2}})\s?([-/. ])\s?(\d{{1,2}})\s?\2\s?(\d{{4}}|\d{{2}}){_YEAR_TAIL}"
)
_DAY_AND_MONTH = re.compile(r"(?:ngay\s|on\s|mung\s)?(\d{1,2})\s?[-/.]\s?(\d{1,2})\.?")
_WEEKDAY_FIRST = re.compile(r"(?:on |в |у )?@([0-6]) ?,? ?(.+)")
_EIGHT_DIGITS = re.compile(r"\d{8}")
_MONTH_AND_YEAR = re.compile(rf"(?:(\d{{4}})\s?[-/.]\s?(\d{{1,2}})|(\d{{1,2}})\s?[-/.]\s?(\d{{4}})){_YEAR_TAIL}")

_ORDINAL_TAIL = re.compile(r"\b(\d{1,2}) (?:- )?(?:st|nd|rd|th|го|ого|е|ое|те|числа|число)\b")
_SMALL_WORDS = re.compile(
    r"\b(?:on|the|of|in|at|date|dated|from|since|was|it|day|year|ngay|hom|vao|la|mung|mong|nam|в|во|у|на|от|с|з|від|"
    r"года|году|год|г|року|рік|р|числа|число|дата)\b|[.,/()-]"
)
_YEAR_WORDS = (
    (re.compile(r"\b(?:last year|nam ngoai|nam truoc|nam roi|прошлого года|в прошлом году|минулого року|торік)\b"), -1),
    (re.compile(r"\b(?:this year|nam nay|этого года|в этом году|цього року)\b"), 0),
    (re.compile(r"\b(?:next year|nam sau|sang nam|nam toi|следующего года|в следующем году|наступного року)\b"), 1),
)
_MONTH_WORDS = r"(?P<which>last|this|next|прошлого|этого|следующего|минулого|цього|наступного)"
_DAY_OF_NEAR_MONTH = re.compile(
    rf"(?:on )?(?:the )?(?P<day>\d{{1,2}}) (?:of )?{_MONTH_WORDS} (?:month|месяца|місяця)|"
    r"(?:ngay|mung|mong|hom) (?P<ngay>\d{1,2}) thang (?P<nao>truoc|roi|vua roi|qua|vua qua|nay|sau|toi)"
)
# "March 5-6", "20/12 December": two numbers held together are no day and year.
_RANGE = re.compile(r"\d ?[-/] ?\d")
_LAST = {"last", "прошлого", "минулого", "truoc", "roi", "qua", "vua roi", "vua qua"}
_THIS = {"this", "этого", "цього", "nay"}


class _Reader:
    """One value being read; a way of reading answers a date, a question, or None when it doesn't apply."""

    def __init__(self, value: object, today: date, field: str, prefer: Prefer, year_needed: bool) -> None:
        self.value, self.today, self.field, self.prefer, self.year_needed = value, today, field, prefer, year_needed

    def digits(self, text: str) -> date | Unclear | None:
        """2024-03-12, 12/03/2024, 12.3.24, 12-3."""
        return self._after_weekday(text) or self._digits(fold(text))

    def _after_weekday(self, text: str) -> date | Unclear | None:
        """Monday 16/11/2026, thứ 2 ngày 16/11."""
        found = _WEEKDAY_FIRST.fullmatch(with_calendar_marks(with_digits(text)))
        day = self._digits(found[2]) if found else None
        if found and isinstance(day, date) and day.weekday() != int(found[1]):
            return self._disagreement(day)
        return day

    def _disagreement(self, day: date) -> Unclear:
        what = f"In {quoted(self.value)} the day of the week and the date don't agree."
        return self._ask("contradiction", what, [day])

    def _digits(self, bare: str) -> date | Unclear | None:
        if found := _YEAR_FIRST.fullmatch(bare):
            return self._day(int(found[1]), int(found[3]), int(found[4]))
        if found := _DAY_FIRST.fullmatch(bare):
            return self._day_first(int(found[1]), int(found[3]), self._year(found[4]))
        if found := _DAY_AND_MONTH.fullmatch(bare):
            return self._day_first(int(found[1]), int(found[2]), None)
        if found := _MONTH_AND_YEAR.fullmatch(bare):
            return self._ask("missing", f"{quoted(self.value)} has no day.")
        if _EIGHT_DIGITS.fullmatch(bare):
            readings = (
                real_date(int(bare[:4]), int(bare[4:6]), int(bare[6:])),
                real_date(int(bare[4:]), int(bare[2:4]), int(bare[:2])),
            )
            # Read either way, the other four digits would have to be a month and a day: never both.
            for day in readings:
                if day and EARLIEST_YEAR <= day.year <= LATEST_YEAR:
                    return day
            return self._ask("impossible", f"{quoted(self.value)} is not a day of the calendar.")
        return None

    def relative(self, text: str) -> date | Unclear | None:
        """Today, yesterday, 3 days ago, in 3 weeks, last Monday."""
        return named_day(text, with_digits(text), self.today, self.field, self.value, self.prefer)

    def written(self, text: str) -> date | Unclear | None:
        """12 March 2024, March 5th, ngày 5 tháng 3, двадцать первое мая."""
        plain = _ORDINAL_TAIL.sub(r"\1", with_digits(text))
        if found := _DAY_OF_NEAR_MONTH.fullmatch(plain):
            which = found["which"] or found["nao"]
            month = months_from(self.today.replace(day=1), -1 if which in _LAST else 0 if which in _THIS else 1)
            return self._day(month.year, month.month, int(found["day"] or found["ngay"])) if month else None
        if _RANGE.search(plain):
            return None
        for words, offset in _YEAR_WORDS:
            plain = words.sub(str(self.today.year + offset), plain)
        parts = _SMALL_WORDS.sub(" ", with_calendar_marks(plain)).split()
        weekdays = [int(part[1:]) for part in parts if part.startswith("@")]
        parts = [part for part in parts if not part.startswith("@")]
        months = [int(part[1:]) for part in parts if part.startswith("#")]
        numbers = [part for part in parts if part.isdecimal()]
        if len(weekdays) > 1 or len(months) != 1 or len(parts) != 1 + len(numbers) or not numbers:
            return None
        day = self._from_parts(parts, months[0], numbers)
        if isinstance(day, date) and weekdays and day.weekday() != weekdays[0]:
            return self._disagreement(day)
        return day

    def _from_parts(self, parts: list[str], month: int, numbers: list[str]) -> date | Unclear | None:
        years = [number for number in numbers if len(number) == 4]
        days = [number for number in numbers if len(number) <= 2]
        if len(years) == 1 and not days and len(numbers) == 1:
            return self._ask("missing", f"{quoted(self.value)} has no day.")
        if len(years) + len(days) != len(numbers) or len(years) > 1 or not days:
            return None
        if len(numbers) == 1:
            return self._no_year(month, int(days[0]))
        if len(years) == 1 and len(days) == 1:
            return self._day(int(years[0]), month, int(days[0]))
        # "12 March 24" has a year, "March 5, 24" may be two days.
        if len(days) == 2 and len(parts) == 3 and parts[1].startswith("#") and len(parts[2]) == 2:
            return self._day(self._year(parts[2]), month, int(days[0]))
        return None

    def _year(self, digits: str) -> int:
        year = int(digits)
        if len(digits) == 2:
            return 2000 + year if 2000 + year <= self.today.year + 20 else 1900 + year
        return year

    def _day(self, year: int, month: int, day: int) -> date | Unclear:
        return _checked(year, month, day, self.value, self.field)

    def _day_first(self, day: int, month: int, year: int | None) -> date | Unclear:
        if month > 12 and 1 <= day <= 12:
            swapped = real_date(year or self.today.year, day, month)
            return self._ask("ambiguous", f"{quoted(self.value)} looks like month first.", [swapped])
        return self._no_year(month, day) if year is None else self._day(year, month, day)

    def _no_year(self, month: int, day: int) -> date | Unclear:
        near = [real_date(year, month, day) for year in range(self.today.year - 8, self.today.year + 9)]
        days = [found for found in near if found]
        past = max((found for found in days if found <= self.today), default=None)
        future = min((found for found in days if found >= self.today), default=None)
        if past is None or future is None:
            return self._day(self.today.year, month, day)
        if self.year_needed:
            return self._ask("missing", f"{quoted(self.value)} has no year.")
        meant, other = (past, future) if self.prefer == "past" else (future, past)
        if abs((other - self.today).days) <= _NEAR_TODAY and other != meant:
            return self._ask("ambiguous", f"{quoted(self.value)} has no year.", sorted([past, future]))
        return meant

    def _ask(self, reason: Reason, what: str, days: Iterable[date | None] = ()) -> Unclear:
        return ask_which_day(self.field, reason, what, days)
