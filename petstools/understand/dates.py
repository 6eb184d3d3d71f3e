"""A day as said or written → a date: "hôm qua", "12 марта 2024", "5/3" (day first), "thứ hai tuần trước"."""

import re
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo

from petstools.understand.calendar_words import has_other_marks, months_from, real_date, with_calendar_marks
from petstools.understand.day_context import OR_IN_FIGURES, DayContext, Prefer
from petstools.understand.numbers import with_digits
from petstools.understand.outcome import Unclear
from petstools.understand.relative_days import named_day
from petstools.understand.text import (
    fold,
    has_cyrillic,
    has_latin_marks,
    lowered,
    quoted,
    said,
    without_courtesy,
    without_raised_digits,
)

EARLIEST_YEAR, LATEST_YEAR = 1900, 2100
# Said without a year, a day this close on the other side of today may be meant either way.
_NEAR_TODAY = timedelta(days=31)
# 12-03-24 may be a day of 2012 as long as an animal that old may live.
_OLDEST_YEARS = 20


def understand_date(
    value: object,
    today: date,
    *,
    field: str,
    prefer: Prefer = "past",
    year_needed: bool = False,
    anchor: date | None = None,
    zone: tzinfo = UTC,
    month_first: bool = False,
) -> date | Unclear:
    """The day that `value` names in English, Vietnamese, Russian or Ukrainian, or in digits; `today` and `zone` are the person's.

    ISO dates are taken as they are, an instant with an offset is the day it is in `zone`. Digits with slashes, dots or dashes
    are read day first; where they may be read otherwise (25-12-01; 03/04/2026 with `month_first`) they are asked about.
    Without a year the nearest such day in the past is taken (`prefer="future"`: in the future), or asked about where the other
    side is as likely; with `year_needed` always asked about. A span to come counts from `anchor`, the day of the shot, where
    there is one, and is asked about where today may be meant as well; other spans count from `today`. "2 months ago", "last
    week", "since Monday" and the like name no day and are asked about, and so is whatever leaves a word over. Years outside
    1900 to 2100 are refused.
    """
    context = DayContext(value, today, field, prefer, year_needed, anchor, zone, month_first)
    if isinstance(value, datetime):
        value = (value.astimezone(zone) if value.tzinfo else value).date()
    if isinstance(value, date):
        return _checked(value.year, value.month, value.day, context)
    text = without_courtesy(said(value))
    if not text or not isinstance(value, str | int):
        if value is None or (isinstance(value, str) and not value.strip()):
            return Unclear(field, "missing", f"Ask the person for the date ({field}).")
        return _not_understood(context)
    if _LUNAR.search(lowered(text)):
        return context.ask("ambiguous", f"{quoted(value)} is a date of the lunar calendar, and a solar one is needed.")
    if has_other_marks(text):
        return _not_understood(context)
    text = without_raised_digits(re.sub(r"['’](?=\d{2}$)", "20", text.strip(' .!…"“”«»„')))
    day = _moment(text, context) or _day_in(text, context) or _not_understood(context)
    return _checked(day.year, day.month, day.day, context) if isinstance(day, date) else day


def _not_understood(context: DayContext) -> Unclear:
    return context.ask("not_understood", f"{quoted(context.value)} is not a day that can be told for sure.")


def _checked(year: int, month: int, day: int, context: DayContext) -> date | Unclear:
    real = real_date(year, month, day)
    what = quoted(context.value)
    if real is None:
        return context.ask("impossible", f"{what} is not a day of the calendar.")
    if not EARLIEST_YEAR <= year <= LATEST_YEAR:
        return Unclear(context.field, "out_of_range", f"The year {year} can't be right. {OR_IN_FIGURES}")
    return real


_LUNAR = re.compile(
    r"\b(?:âm lịch|lịch âm|am lich|lich am|âm|tháng (?:giêng|chạp)|thang (?:gieng|chap)|rằm|lunar|лунн\w+)\b"
)


# --- The words around a day ----------------------------------------------------------------------

_DONE = (
    r"(?:it was|was|done|given|vaccinated|weighed|measured|implanted|chipped|it is|its|date|da|"
    r"(?:(?:da|vua|moi|vua moi) )?(?:tiem|chich|tiem phong|kham|can|do|cay chip|gan chip)|"
    r"сделал[иао]?|сделан[аоы]?|был[аои]?|это было|привили|привит[аы]?|укололи|взвесили|взвешивали|прививка|прививали|"
    r"вакцинировали|поставили|измерили|дата|зробили|зроблено|щепили|щеплено|щеплення|бул[аои]|був|це було|вкололи|зважили|"
    r"зважували|виміряли)"
)
_DUE = (
    r"(?:(?:it is |its )?(?:next )?(?:due|booster|dose|shot|vaccination|appointment)(?: due)?(?: date)?(?: is)?|repeat|again|"
    r"revaccinat(?:e|ion)|come back|next 1(?= ?:)|next|"
    r"hen|hen lai|hen ngay|hen tai chung|(?:ngay )?(?:tiem )?nhac(?: lai)?|tiem lai|tiem nhac|"
    r"mui (?:sau|tiep theo|tiep|toi|ke tiep|nhac lai|[2-5])|lan (?:sau|toi|tiep theo)|(?:ngay )?tai chung|"
    r"повтор(?:ить|но|ная|ныи)?|ревакцинация|бустер|следующ(?:ая|ии|ее)(?: прививка| укол| раз)?|"
    r"повторити|повторна|ревакцинація|наступн(?:а|ии|е)(?: щеплення| укол| раз)?)"
)
_VALID = (
    r"(?:valid|good|lasts|works|expires|exp|expiry(?: date)?|co hieu luc|hieu luc|co gia tri|het han|han|"
    r"годен|годна|годно|деиствует|деиствительн(?:а|о|ен)|срок(?: деиствия| годности)?|истекает|"
    r"діє|діисн(?:а|е|ии)|чинн(?:а|е|ии)|термін(?: діі)?|спливає)"
)
_DUE_ALONE = re.compile(rf"(?:{_DUE}|{_VALID})[:\- ]+")
_DONE_ALONE = re.compile(rf"{_DONE}[:\- ]+")
_TILL = re.compile(r"(?:until|till|by|before|to|den|den ngay|toi ngay|truoc|truoc ngay|до|по)[: ]+")
_EACH = re.compile(
    r"(?:for|every|each|once (?:every|per)|moi|hang|trong|trong vong|на|кажд(?:ыи|ые|ую|ое)|"
    r"(?:1 )?раз (?:в|на|у)|кож(?:ен|ні|ного)|протягом)[: ]+"
)
_YEARLY = re.compile(
    r"(?:(?:yearly|annually|annual)(?: (?:booster|shot|vaccine|vaccination))?|once 1 year|once in 1 year|every year|each year|"
    r"(?:moi|hang) nam(?: 1 (?:lan|mui))?|1 nam 1 (?:lan|mui)|ежегодно|ежегодная(?: прививка| вакцинация)?|кажд(?:ыи|ого) год|"
    r"кожного року|щороку|щорічно|"
    r"щорічн[ае](?: щеплення| вакцинація)?)"
)
_ONCE_IN = re.compile(r"(?P<span>\d{1,2} (?:nam|thang|tuan)) 1 lan")
# A day that something began or ended on is not the day of it.
_SPAN_WORD = re.compile(
    r"(?:since|from|starting|beginning|as of|before|by|until|till|after|not before|"
    r"tu|ke tu|truoc|sau|den|con|с|со|от|до|после|начиная с|від|з|із|після|починаючи з)\s+(?:ngay )?(?=\S)"
)


def _day_in(text: str, context: DayContext) -> date | Unclear | None:
    whole = _read(text, context)
    if whole is not None:
        return whole
    bare = with_digits(text)
    for words, read in _LEADS[context.prefer]:
        match = words.match(bare)
        rest = _rest_of(text, bare[match.end() :]) if match else ""
        if match and (day := read(rest, context)):
            return day
    if match := _SPAN_WORD.match(bare):
        day = _read(_rest_of(text, bare[match.end() :]), context)
        if day is not None:
            offered = [day] if isinstance(day, date) else []
            return context.ask("ambiguous", f"{quoted(context.value)} tells a span, not a day.", offered)
    return _two_ways(text, context)


def _rest_of(text: str, bare_rest: str) -> str:
    """The end of the text as it was written, as far as its words go one by one; else as `with_digits` left it."""
    words = text.split()
    for at in range(len(words)):
        rest = " ".join(words[at:])
        if with_digits(rest) == bare_rest:
            return rest
    return bare_rest


def _read(text: str, context: DayContext) -> date | Unclear | None:
    reader = _Reader(context)
    bare = _without_time(text)
    return (
        reader.digits(bare)
        or named_day(text, with_digits(text), context)
        or named_day(bare, with_digits(bare), context)
        or reader.written(bare)
        or reader.day_alone(bare)
    )


def _due(text: str, context: DayContext) -> date | Unclear | None:
    """After "due", "next", "valid": a day or a span, perhaps behind "until" or "for"."""
    bare = with_digits(text)
    if _EVERY.fullmatch(bare):
        return _each(text, context)
    if match := (_DUE_ALONE.match(bare) or _DUE_ALONE.match(f"{bare} ")):
        return _due(_rest_of(text, bare[match.end() :]), context)
    if match := _TILL.match(bare):
        return _till(_rest_of(text, bare[match.end() :]), context)
    if match := _EACH.match(bare):
        return _each(_rest_of(text, bare[match.end() :]), context)
    return _read(text, context)


def _till(text: str, context: DayContext) -> date | Unclear | None:
    """Until a day is a day; "до года", until one year, may be an age."""
    return _Reader(context).digits(text) or _Reader(context).written(text)


def _each(text: str, context: DayContext) -> date | Unclear | None:
    bare = with_digits(text)
    once_in = _ONCE_IN.fullmatch(bare)
    return named_day(text, "1 year" if _YEARLY.fullmatch(bare) else once_in["span"] if once_in else bare, context)


_EVERY = re.compile(rf"{_YEARLY.pattern}|{_ONCE_IN.pattern}")
_Reading = Callable[[str, DayContext], date | Unclear | None]
_LEADS: dict[Prefer, tuple[tuple[re.Pattern[str], _Reading], ...]] = {
    "past": ((_DONE_ALONE, _read),),
    "future": ((_DUE_ALONE, _due), (_TILL, _till), (_EACH, _each), (re.compile(rf"(?=(?:{_EVERY.pattern})$)"), _each)),
}


_BOTH_WAYS = re.compile(
    r"\s*[,;(]\s*|\s+(?=(?:ngày\s)?\d{1,2}[./-]\d)|\s+ngày\s+|(?<=\d{4})\s+(?=[^\W\d])", re.IGNORECASE
)


def _two_ways(text: str, context: DayContext) -> date | Unclear | None:
    """A day told twice: "hôm qua 17/11", "yesterday (17 November)". Both must be the same."""
    parts = [part for part in _BOTH_WAYS.split(text.rstrip(") ")) if part]
    if len(parts) != 2:
        return None
    days = [_read(part, context) for part in parts]
    one, other = days
    if not isinstance(one, date) or not isinstance(other, date):
        return None
    if one != other:
        return context.ask("contradiction", f"The two days in {quoted(context.value)} don't agree.", [one, other])
    return one


# --- Times of the day ----------------------------------------------------------------------------

_OFFSET = r"(?:z|utc|gmt|(?:utc|gmt)?\s?[+−-]\d{1,2}(?::?\d{2})?)"
_INSTANT = re.compile(
    rf"(?P<day>.*\d)(?:t|,?\s+)(?P<hour>\d{{1,2}}):(?P<minute>\d{{2}})(?::(?P<second>\d{{2}})(?:[.,]\d+)?)?\s*(?P<offset>{_OFFSET})",
    re.IGNORECASE,
)
_AWAY = re.compile(r"([+−-])(\d{1,2}):?(\d{2})?$")
_CLOCK = r"\d{1,2}(?::\d{2}){1,2}(?:[.,]\d+)?\s*(?:[ap]m)?"
_PART = r"(?:sáng|trưa|chiều|tối|утра|дня|вечера|ранку|вечора)"
_HOUR = rf"\d{{1,2}}(?:(?:h\d{{0,2}}|\s*(?:[ap]m|giờ|часов|часа|час|годині|oclock))(?:\s+{_PART})?|\s+{_PART})"
# A time after a day; alone it is no date and stays.
_TIME = re.compile(
    rf"(?<=\d)t{_CLOCK}$|(?<=\w),? in the (?:morning|afternoon|evening)$|(?<=\w),? (?:утром|вечером|вранці|ввечері|увечері)$|"
    rf"(?<=\w)[\s,]+(?:at |lúc |vào lúc |в |о )?(?:{_CLOCK}|{_HOUR})$",
    re.IGNORECASE,
)


def _without_time(text: str) -> str:
    return _TIME.sub("", text).strip(" ,")


def _moment(text: str, context: DayContext) -> date | Unclear | None:
    """An instant with its offset, in the person's zone. Midnight in UTC may stand for a day without a time: asked about."""
    match = _INSTANT.fullmatch(text)
    day = _Reader(context).digits(match["day"]) if match else None
    if match is None or not isinstance(day, date):
        return day
    away = _AWAY.search(match["offset"])
    offset = timedelta(hours=int(away[2]), minutes=int(away[3] or 0)) if away else timedelta(0)
    try:
        clock = time(int(match["hour"]), int(match["minute"]), int(match["second"] or 0))
        there = timezone(-offset if away and away[1] != "+" else offset)
        here = datetime.combine(day, clock, there).astimezone(context.zone).date()
    except (ValueError, OverflowError):
        return context.ask("impossible", f"{quoted(context.value)} is not a moment of the calendar.")
    if here != day and not offset and (clock.hour, clock.minute) in {(0, 0), (23, 59)}:
        what = f"{quoted(context.value)} is another day where the person is."
        return context.ask("ambiguous", what, sorted([here, day]))
    return here


# --- Digits and months ---------------------------------------------------------------------------

_YEAR_TAIL = r"(?:\s*(?:г|р|года|году|року|год|рік)\.?)?"
_YEAR_FIRST = re.compile(r"(\d{4})\s?([-/.])\s?(\d{1,2})\s?\2\s?(\d{1,2})")
_DAY_FIRST = re.compile(
    rf"(?:ngay\s|hom\s|on\s|в\s)?(\d{{1,2}})\s?([-/. ])\s?(\d{{1,2}})\s?\2\s?(\d{{4}}|\d{{2}}){_YEAR_TAIL}"
)
_DAY_AND_MONTH = re.compile(r"(?:ngay\s|hom\s|on\s|mung\s)?(\d{1,2})\s?[-/.]\s?(\d{1,2})\.?")
_DAY_MONTH_NEAR_YEAR = re.compile(r"(?P<day>.*\d{1,2}\s?[-/.]\s?\d{1,2})\.? (?P<year>[^\d]+)")
_WEEKDAY_FIRST = re.compile(r"(?:on |в |у )?@([0-6]) ?,? ?(.+)")
_EIGHT_DIGITS = re.compile(r"\d{8}")
_MONTH_AND_YEAR = re.compile(rf"(?:(\d{{4}})\s?[-/.]\s?(\d{{1,2}})|(\d{{1,2}})\s?[-/.]\s?(\d{{4}})){_YEAR_TAIL}")

_ORDINAL_TAIL = re.compile(r"\b(\d{1,2}) (?:- )?(?:st|nd|rd|th|го|ого|е|ое|те|числа|число)\b")
_SMALL_WORDS = re.compile(
    r"\b(?:on|the|of|in|at|date|dated|was|it|day|year|ngay|hom|vao|la|mung|mong|nam|в|во|у|на|"
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
    r"(?:ngay )?(?:ngay|mung|mong|hom) (?P<ngay>\d{1,2}) thang (?P<nao>truoc|roi|vua roi|qua|vua qua|nay|sau|toi)"
)
# Marked as a day of the month, month and year unsaid; "mùng 5" may be of the lunar calendar.
_DAY_ALONE = re.compile(
    r"(?:on )?the (?P<en>\d{1,2}) ?(?:st|nd|rd|th)|(?:vao )?(?:ngay|hom) (?P<vi>\d{1,2})|"
    r"(?P<ru>\d{1,2}) ?(?:(?:- ?)?го|числа|(?:- ?)?го числа)"
)
# "March 5-6", "20/12 December": two numbers held together are no day and year.
_RANGE = re.compile(r"\d ?[-/] ?\d")
_LAST = {"last", "прошлого", "минулого", "truoc", "roi", "qua", "vua roi", "vua qua"}
_THIS = {"this", "этого", "цього", "nay"}


def with_years(plain: str, today: date) -> str:
    """A text after `with_digits` with "last year" and the like as the year."""
    for words, offset in _YEAR_WORDS:
        plain = words.sub(str(today.year + offset), plain)
    return plain


class _Reader:
    """One value being read; a way of reading answers a date, a question, or None when it doesn't apply."""

    def __init__(self, context: DayContext) -> None:
        self.context, self.value, self.today = context, context.value, context.today

    def digits(self, text: str) -> date | Unclear | None:
        """2024-03-12, 12/03/2024, 12.3.24, 12-3."""
        return self._after_weekday(text) or self._digits(fold(text))

    def _after_weekday(self, text: str) -> date | Unclear | None:
        """Monday 16/11/2026, thứ 2 ngày 16/11."""
        match = _WEEKDAY_FIRST.fullmatch(with_calendar_marks(with_digits(text)))
        day = self._digits(match[2]) if match else None
        if match and isinstance(day, date) and day.weekday() != int(match[1]):
            return self._disagreement(day)
        return day

    def _disagreement(self, day: date) -> Unclear:
        what = f"In {quoted(self.value)} the day of the week and the date don't agree."
        return self.context.ask("contradiction", what, [day])

    def _digits(self, bare: str) -> date | Unclear | None:
        if (match := _DAY_MONTH_NEAR_YEAR.fullmatch(bare)) and (
            year := with_years(match["year"].strip(), self.today)
        ).isdecimal():
            bare = f"{match['day']}{re.findall(r'[-/.]', match['day'])[-1]}{year}"
        if match := _YEAR_FIRST.fullmatch(bare):
            return self._day(int(match[1]), int(match[3]), int(match[4]))
        if match := _DAY_FIRST.fullmatch(bare):
            if len(match[4]) == 2:
                return self._all_short(int(match[1]), match[2], int(match[3]), match[4])
            return self._day_first(int(match[1]), int(match[3]), int(match[4]))
        if match := _DAY_AND_MONTH.fullmatch(bare):
            return self._day_first(int(match[1]), int(match[2]), None)
        if match := _MONTH_AND_YEAR.fullmatch(bare):
            return self.context.ask("missing", f"{quoted(self.value)} has no day.")
        if _EIGHT_DIGITS.fullmatch(bare):
            return self._eight_digits(bare)
        return None

    def _eight_digits(self, bare: str) -> date | Unclear:
        first, day, month, year = real_date(int(bare[:4]), int(bare[4:6]), int(bare[6:])), *_pairs(bare)
        # Read either way, the other four digits would have to be a month and a day: never both.
        if first and EARLIEST_YEAR <= first.year <= LATEST_YEAR:
            return first
        if EARLIEST_YEAR <= year <= LATEST_YEAR:
            return self._day_first(day, month, year)
        return self.context.ask("impossible", f"{quoted(self.value)} is not a day of the calendar.")

    def _all_short(self, first: int, separator: str, middle: int, last: str) -> date | Unclear:
        """25-12-01: the year may come last or first. With dashes, as ISO writes it, it may always; else where that is nearer."""
        day_first = self._day_first(first, middle, self._year(last))
        year_first = real_date(self._year(f"{first:02d}"), middle, int(last))
        if year_first is None or year_first.year < self.today.year - _OLDEST_YEARS:
            return day_first
        others = [day_first] if isinstance(day_first, date) else _offered(day_first)
        nearer = all(abs(year_first - self.today) < abs(other - self.today) for other in others)
        if separator != "-" and not nearer:
            return day_first
        return self._possible_of("may be read in more than one way", [*others, year_first])

    def _possible_of(self, what: str, days: Iterable[date]) -> date | Unclear:
        """Of several readings those that lie on the right side: what has been is not to come, and nothing is due before it was
        given."""
        future = self.context.prefer == "future"
        earliest = self.context.anchor or self.today
        days = list(days)
        possible = [day for day in days if (day >= earliest if future else day <= self.today)]
        return self.context.one_of(f"{quoted(self.value)} {what}.", possible or days)

    def written(self, text: str) -> date | Unclear | None:
        """12 March 2024, March 5th, ngày 5 tháng 3, двадцать первое мая."""
        plain = _ORDINAL_TAIL.sub(r"\1", _ORDINAL_TAIL.sub(r"\1", with_digits(text)))
        if match := _DAY_OF_NEAR_MONTH.fullmatch(plain):
            return self._of_near_month(int(match["day"] or match["ngay"]), match["which"] or match["nao"], text)
        if _RANGE.search(plain):
            return None
        plain = with_years(plain, self.today)
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

    def day_alone(self, text: str) -> date | Unclear | None:
        """The 28th, ngày 28, Friday 28-го: the nearest where that has been, or the question which."""
        bare = fold(text)
        weekday = _WEEKDAY_FIRST.fullmatch(with_calendar_marks(with_digits(text)))
        match = _DAY_ALONE.fullmatch(weekday[2] if weekday else bare)
        if match is None and (has_cyrillic(text) or re.match(r"ngày (?:mười|hai mươi|ba mươi)", lowered(text))):
            # "пятого числа", "ngày mười một"; "ngày một" is day by day.
            match = _DAY_ALONE.fullmatch(with_digits(text))
        if match is None:
            return None
        day = int(match["en"] or match["vi"] or match["ru"])
        near = [months_from(self.today.replace(day=1), shift) for shift in (-2, -1, 0, 1, 2)]
        days = [one for month in near if month and (one := real_date(month.year, month.month, day))]
        if weekday:
            days = [one for one in days if one.weekday() == int(weekday[1])]
        back = max((one for one in days if one <= self.today), default=None)
        ahead = min((one for one in days if one > self.today), default=None)
        what = f"{quoted(self.value)} has no month."
        if self.context.prefer == "future" or back is None:
            return self.context.ask("ambiguous" if days else "not_understood", what, [ahead])
        if ahead is None or self.today - back < ahead - self.today:
            return back
        return self.context.ask("ambiguous", what, [back, ahead])

    def _of_near_month(self, day: int, which: str, text: str) -> date | Unclear | None:
        month = months_from(self.today.replace(day=1), -1 if which in _LAST else 0 if which in _THIS else 1)
        if month is None:
            return None
        if which == "sau" and not has_latin_marks(text):
            # "ngay 5 thang sau" typed without marks: of the next month, or of June.
            june = self._no_year(6, day)
            days = [real_date(month.year, month.month, day), june if isinstance(june, date) else None]
            return self.context.one_of(f"{quoted(self.value)} may be of the next month or of June.", days)
        return self._day(month.year, month.month, day)

    def _from_parts(self, parts: list[str], month: int, numbers: list[str]) -> date | Unclear | None:
        years = [number for number in numbers if len(number) == 4]
        days = [number for number in numbers if len(number) <= 2]
        if len(years) == 1 and not days and len(numbers) == 1:
            return self.context.ask("missing", f"{quoted(self.value)} has no day.")
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
        return 2000 + year if 2000 + year <= self.today.year + 20 else 1900 + year

    def _day(self, year: int, month: int, day: int) -> date | Unclear:
        return _checked(year, month, day, self.context)

    def _day_first(self, day: int, month: int, year: int | None) -> date | Unclear:
        swapped = real_date(year or self.today.year, day, month)
        if month > 12 and 1 <= day <= 12:
            if self.context.month_first:
                return self._no_year(day, month) if year is None else self._day(year, day, month)
            return self.context.ask("ambiguous", f"{quoted(self.value)} looks like month first.", [swapped])
        meant = self._no_year(month, day) if year is None else self._day(year, month, day)
        if not self.context.month_first or swapped is None or day == month:
            return meant
        other = self._no_year(day, month) if year is None else swapped
        days = [day for one in (meant, other) for day in ([one] if isinstance(one, date) else _offered(one))]
        return self._possible_of("may have the day or the month first", days)

    def _no_year(self, month: int, day: int) -> date | Unclear:
        near = [real_date(year, month, day) for year in range(self.today.year - 8, self.today.year + 9)]
        days = [one for one in near if one]
        past = max((one for one in days if one <= self.today), default=None)
        future = min((one for one in days if one >= self.today), default=None)
        if past is None or future is None:
            return self._day(self.today.year, month, day)
        if self.context.year_needed:
            return self.context.ask("missing", f"{quoted(self.value)} has no year.")
        what = f"{quoted(self.value)} has no year."
        if self.context.prefer == "future":
            return self.context.one_of(what, self._due_without_year(days, past, future))
        return self.context.one_of(what, [past, future] if self._may_be_ahead(past, future) else [past])

    def _due_without_year(self, days: list[date], past: date, future: date) -> list[date | None]:
        """The first such day after the shot, and the first from today on, which mostly are one."""
        if self.context.anchor is not None:
            anchor = self.context.anchor
            return [min((day for day in days if day > anchor), default=None), future]
        return [past, future] if self.today - past <= _NEAR_TODAY else [future]

    def _may_be_ahead(self, past: date, future: date) -> bool:
        """Whether a day of the past may have been meant as one to come: it is near, or later this year and nearer than the past
        one, for which people say "last December"."""
        ahead, back = future - self.today, self.today - past
        return ahead <= _NEAR_TODAY < back or (future.year == self.today.year and past != future and ahead < back)


def _offered(question: Unclear) -> list[date]:
    return [date.fromisoformat(str(one[question.field])) for one in question.candidates]


def _pairs(digits: str) -> tuple[int, int, int]:
    return int(digits[:2]), int(digits[2:4]), int(digits[4:])
