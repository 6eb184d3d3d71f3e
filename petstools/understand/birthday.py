"""A birthday as the main app keeps it, from dates, months, years and ages as said."""

import calendar
import re
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, tzinfo
from decimal import Decimal
from typing import Literal, NamedTuple

from petstools.understand.calendar_words import has_other_marks, months_from, real_date, with_calendar_marks
from petstools.understand.dates import EARLIEST_YEAR, understand_date, with_years
from petstools.understand.numbers import with_digits
from petstools.understand.outcome import Candidate, Unclear
from petstools.understand.spoken_age import NEARLY_MONTHS, SpokenAge, read_age
from petstools.understand.text import fold, quoted, said, without_courtesy

Precision = Literal["day", "month", "year"]
_FINENESS: dict[Precision, int] = {"day": 0, "month": 1, "year": 2}

# The oldest a pet of a kind is known to get, in years, with room to spare; all others: 40.
_OLDEST = {"turtle": 150, "bird": 90, "horse": 60, "donkey": 60, "fish": 100, "lizard": 70, "snake": 50}
_OLDEST_OTHER, _OLDEST_UNKNOWN = 40, 100


def oldest_of(species_slug: str | None) -> int:
    """In years, with room to spare."""
    return _OLDEST_UNKNOWN if species_slug is None else _OLDEST.get(species_slug, _OLDEST_OTHER)


class Birthday(NamedTuple):
    """The parts of a birthday that are known, as main-app.md §6.3 takes them with `birthday_precision`.

    `estimated` tells that an age was said, not a date.
    """

    precision: Precision
    year: int
    month: int | None = None
    day: int | None = None
    estimated: bool = False


@dataclass(frozen=True, slots=True)
class _Claim:
    """What one field says: the birthday as it would be kept, the days of birth that would not contradict it, and the year before,
    where it is as likely."""

    field: str
    birthday: Birthday
    earliest: date
    latest: date
    or_year: int | None = None


class _Here(NamedTuple):
    """The person's day, and how they tell days."""

    today: date
    zone: tzinfo
    month_first: bool


def understand_birthday(
    *,
    birth_date: object = None,
    birth_month_year: object = None,
    age_months: object = None,
    age: object = None,
    birthday: object = None,
    today: date,
    zone: tzinfo = UTC,
    month_first: bool = False,
    species_slug: str | None = None,
) -> Birthday | Unclear | None:
    """The birthday that the given fields tell together, no more precise than they are; None when none of them is given.

    An age in years keeps the year, one in years and a half, months, weeks or days the month; `zone` and `month_first` are the
    person's, for instants and digits. Asked about are fields that contradict each
    other, dates that are impossible, before 1900 or in the future of `today` (the person's day), and ages that no pet of
    the kind reaches.
    """
    fields = {
        "birth_date": birth_date,
        "birth_month_year": birth_month_year,
        "birthday": birthday,
        "age_months": age_months,
        "age": age,
    }
    claims: list[_Claim] = []
    here = _Here(today, zone, month_first)
    for field, value in fields.items():
        if value is None or (isinstance(value, str) and not value.strip()):
            continue
        claim = _months_claim(field, value, today) if field == "age_months" else _text_claim(field, value, here)
        if isinstance(claim, _Claim):
            claim = _implausible(claim, value, today, species_slug) or claim
        if isinstance(claim, Unclear):
            return claim
        claims.append(claim)
    if not claims:
        return None
    if max(claim.earliest for claim in claims) > min(claim.latest for claim in claims):
        listed = "; ".join(f"{claim.field} says {_written(claim.birthday)}" for claim in claims)
        return Unclear(
            claims[0].field,
            "contradiction",
            f"The birthday fields contradict each other: {listed}. Ask the person which is right and send only that.",
            tuple(_candidate(claim.birthday) for claim in claims),
        )
    finest = min(claims, key=lambda claim: (_FINENESS[claim.birthday.precision], claim.birthday.estimated))
    return finest.birthday if finest.or_year is None else _either_year(finest, fields[finest.field])


def _either_year(claim: _Claim, value: object) -> Unclear:
    years = (claim.or_year, claim.birthday.year)
    return Unclear(
        claim.field,
        "ambiguous",
        f"{quoted(value)} may be a birthday in {years[0]} or in {years[1]}. If the person's words leave no doubt, send the year or "
        "month of birth; else ask in which year it was born.",
        tuple({"birth_date": str(year)} for year in years),
    )


_BIRTH_WORDS = re.compile(
    r"^(?:(?:was |is |he was |she was )?born(?: on| in)?|birthday|date of birth|dob|"
    r"(?:(?:mới|vừa|vừa mới|moi) )?(?:được )?(?:sinh|đẻ|de(?= nam| thang| ngay| hom))(?: ra)?"
    r"(?: vào)?(?: ngày| năm(?= ?\d))?|ngày sinh|sinh nhật|"
    r"родил(?:ся|ась)|рожден[иа]?[ея]?|день рождения|дата рождения|народи(?:вся|лася|лась)|день народження|дата народження)"
    r"\b[\s:]*(?:в |у |on |in )?",
    re.IGNORECASE,
)
_BORN_LAST = re.compile(
    r"(?<!mới)(?<!vừa)(?<!moi)(?<!just)\s+(?:was born|born|(?:mới )?(?:được )?(?:sinh|đẻ)(?: ra)?|родил(?:ся|ась)|народи(?:вся|лася|"
    r"лась))$",
    re.IGNORECASE,
)
_WEEKS = re.compile(r"\b(?:weeks?|wks?|tuan|недел\w+|тиж\w+)\b")
_YEAR = re.compile(
    r"(?:in |year |nam |sinh nam |в |у |about |around |circa |~ ?|khoang |около |примерно |близько |приблизно )?(\d{4})"
    r"(?: ?- ?(?:м|ом|му|го))?(?: (?:год|году|года|г|рік|році|року|р)(?: ?\.? ?(?:р|н|рождения|народження))? ?\.?)?"
)
_MONTH_YEAR_DIGITS = re.compile(r"(?:(\d{4}) ?[-/.] ?(\d{1,2})|(?:thang )?(\d{1,2}) ?[-/.] ?(\d{4}))(?: ?(?:г|р)\.?)?")
_IN_WORDS = re.compile(r"\b(?:in|of|nam|в|у|г|р|год|года|году|рік|року|році|[,./])\b|[,./-]")


def _text_claim(field: str, value: object, here: _Here) -> _Claim | Unclear:
    """A full date, a month and year, a year or an age, whichever the text is; each field takes them all."""
    today, zone, month_first = here
    if isinstance(value, datetime):
        value = (value.astimezone(zone) if value.tzinfo else value).date()
    if isinstance(value, date):
        return _day_claim(field, value, value, today)
    text = _BORN_LAST.sub("", _BIRTH_WORDS.sub("", without_courtesy(said(value)))) or said(value)
    plain = "" if has_other_marks(text) else with_years(with_digits(text), today)
    month = _month_and_year(text, plain)
    if month:
        return _month_claim(field, *month, value, today)
    if match := _YEAR.fullmatch(" ".join(plain.split())):
        return _year_claim(field, int(match[1]), value, today)
    if isinstance(value, str | int) and not isinstance(value, bool):
        day = understand_date(text, today, field=field, year_needed=True, zone=zone, month_first=month_first)
        # "3 weeks ago" tells no day of birth.
        if isinstance(day, date) and not (_WEEKS.search(plain) and _tells_age(text)):
            return _day_claim(field, day, value, today)
        if (
            isinstance(day, Unclear)
            and day.reason in {"impossible", "missing", "ambiguous", "contradiction", "out_of_range"}
            and not _tells_age(text)
        ):
            return replace(day, candidates=tuple({"birth_date": one[field]} for one in day.candidates))
    spoken = read_age(text) if text else "not_understood"
    return _age_claim(field, spoken, value, today) if isinstance(spoken, SpokenAge) else _no_age(field, spoken, value)


def _tells_age(text: str) -> bool:
    return isinstance(read_age(text), SpokenAge)


def _month_and_year(text: str, plain: str) -> tuple[int, int] | None:
    if plain and (match := _MONTH_YEAR_DIGITS.fullmatch(fold(text))):
        return (int(match[1]), int(match[2])) if match[1] else (int(match[4]), int(match[3]))
    parts = _IN_WORDS.sub(" ", with_calendar_marks(plain)).split()
    if len(parts) == 2 and sorted(part[0] == "#" for part in parts) == [False, True]:
        month, year = sorted(parts, key=lambda part: part[0] != "#")
        if re.fullmatch(r"\d{4}", year):
            return int(year), int(month[1:])
    return None


def _day_claim(field: str, day: date, value: object, today: date) -> _Claim | Unclear:
    if day > today:
        return _in_future(field, value)
    if day.year < EARLIEST_YEAR:
        return _too_early(field, value)
    return _Claim(field, Birthday("day", day.year, day.month, day.day), day, day)


def _month_claim(field: str, year: int, month: int, value: object, today: date) -> _Claim | Unclear:
    first = real_date(year, month, 1)
    if first is None:
        return Unclear(field, "impossible", f"{quoted(value)} is no month of the calendar. Ask the person for it.")
    if first > today:
        return _in_future(field, value)
    if year < EARLIEST_YEAR:
        return _too_early(field, value)
    last = date(year, month, calendar.monthrange(year, month)[1])
    return _Claim(field, Birthday("month", year, month), first, last)


def _year_claim(field: str, year: int, value: object, today: date) -> _Claim | Unclear:
    if year > today.year:
        return _in_future(field, value)
    if year < EARLIEST_YEAR:
        return _too_early(field, value)
    return _Claim(field, Birthday("year", year), date(year, 1, 1), date(year, 12, 31))


def _months_claim(field: str, value: object, today: date) -> _Claim | Unclear:
    """`age_months`: a count of months, as a number or as digits; an age in words is taken as said."""
    text = said(value)
    if re.fullmatch(r"\d{1,5}([.,]\d{1,3})?", text):
        months = Decimal(text.replace(",", "."))
        spoken = SpokenAge(int(months), int((months % 1) * 30), in_years=False, approximate=False)
        return _age_claim(field, spoken, value, today)
    trouble = read_age(text) if isinstance(value, str) and text else "not_understood"
    if isinstance(trouble, SpokenAge):
        return _age_claim(field, trouble, value, today)
    return Unclear(
        field,
        "out_of_range" if text.startswith("-") else "not_understood",
        f"{quoted(value)} is not an age in months. Ask the person how old the animal is, or when it was born.",
    )


def _age_claim(field: str, spoken: SpokenAge, value: object, today: date) -> _Claim | Unclear:
    born = spoken.born(today)
    if born is None or born.year < EARLIEST_YEAR:
        return _too_early(field, value)
    # How far off the day of birth may be without contradicting the age: an age is rounded down, and a guess is a guess.
    slack = max(1, spoken.months // 6) if spoken.approximate else 1
    before = months_from(born, -(12 if spoken.in_years else 1) - slack) or date.min
    after = min(months_from(born, slack + (6 if spoken.in_years and spoken.months % 12 else 0)) or today, today)
    if spoken.in_years:
        # "Nearly two" in November: two in December or in January.
        turns = spoken.born(months_from(today, -NEARLY_MONTHS) or today) if spoken.nearly else None
        or_year = turns.year if turns and turns.year != born.year else None
        return _Claim(field, Birthday("year", born.year, estimated=True), before, after, or_year)
    return _Claim(field, Birthday("month", born.year, born.month, estimated=True), before, after)


def _no_age(field: str, trouble: str, value: object) -> Unclear:
    what = quoted(value)
    if trouble == "no_unit":
        number = re.sub(r"[^\d.,]", "", with_digits(said(value)))
        return Unclear(
            field,
            "ambiguous",
            f"{what} may be months or years. Send it with its unit, like “3 years”, if the person's words leave no doubt; else ask "
            "which.",
            # Nought years may be any months.
            tuple(
                {field: f"{number} {unit}"} for unit in ("years", "months") if unit == "months" or number.strip("0.,")
            ),
        )
    if trouble == "lunar":
        return Unclear(
            field,
            "ambiguous",
            f"{what} is counted by the lunar calendar, in which an animal is one at birth. Ask in which year or month of the solar "
            "calendar it was born.",
        )
    if trouble == "vague":
        return Unclear(
            field,
            "ambiguous",
            f"{what} leaves the age open. Ask for the most likely age, or for the month or year of birth.",
        )
    return Unclear(
        field,
        "not_understood",
        f"{what} is neither a date nor an age. If the person's words leave no doubt, send a birth date in figures (YYYY-MM-DD, "
        "YYYY-MM or YYYY) or an age with its unit (“3 months”); else ask when the animal was born or how old it is.",
    )


def _in_future(field: str, value: object) -> Unclear:
    return Unclear(field, "future", f"{quoted(value)} lies in the future. Ask the person when the animal was born.")


def _too_early(field: str, value: object) -> Unclear:
    return Unclear(
        field,
        "out_of_range",
        f"{quoted(value)} would be before {EARLIEST_YEAR}, which the main app does not take. Ask the person again.",
    )


def _implausible(claim: _Claim, value: object, today: date, slug: str | None) -> Unclear | None:
    years = today.year - claim.birthday.year
    if years <= oldest_of(slug):
        return None
    return Unclear(
        claim.field,
        "implausible",
        f"{quoted(value)} would make the animal about {years} years old. Ask the person for the age or the year again.",
    )


def _written(birthday: Birthday) -> str:
    parts = (birthday.year, birthday.month, birthday.day)
    return "-".join(f"{part:02d}" for part in parts if part is not None)


def _candidate(birthday: Birthday) -> Candidate:
    return {"birth_date": _written(birthday)}
