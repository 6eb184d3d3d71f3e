"""The rules for days and ages, of whatever is said: whole, marks, anchors, instants, two readings."""

import unicodedata
from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from petstools.understand.birthday import Birthday, understand_birthday
from petstools.understand.calendar_words import Unit, days_from, months_from, real_date
from petstools.understand.dates import understand_date
from petstools.understand.outcome import Unclear
from tests.understand.phrases import ages, dates

thorough = settings(deadline=None, derandomize=True, database=None, max_examples=150)

TODAY = dates.TODAY
days = st.dates(date(2001, 1, 1), date(2050, 12, 31))
sides = st.sampled_from(["past", "future"])
SAID = sorted(
    {row[0] for table in (dates.MEANT, dates.MEANT_AHEAD, dates.ASKED, dates.DUE, dates.MONTH_FIRST) for row in table},
    key=str,
)
# No word of any of the four languages.
foreign = st.text("bcdfgqxz", min_size=3, max_size=8) | st.text("щжфцхш", min_size=3, max_size=8)
ZONES = ["Asia/Ho_Chi_Minh", "America/New_York", "Europe/Kyiv", "UTC", "Pacific/Kiritimati"]
# Counted in each language: for a shot, from now, and as people say it, which means the shot.
UNITS: dict[Unit, tuple[str, str, str, str]] = {
    "day": ("days", "ngày", "дней", "днів"),
    "week": ("weeks", "tuần", "недель", "тижнів"),
    "month": ("months", "tháng", "месяцев", "місяців"),
    "year": ("years", "năm", "лет", "років"),
}
FROM_SHOT = ("{} {} after the shot", "{} {} sau khi tiêm", "через {} {} после прививки", "через {} {} після щеплення")
BARE = ("{} {}", "hẹn {} {}", "годен {} {}", "діє {} {}")
FROM_NOW = ("{} {} from now", "{} {} nữa", "через {} {} от сегодня", "через {} {} від сьогодні")
IN = ("in {} {}", "sau {} {}", "через {} {}", "через {} {}")


def readings(answer: date | Unclear) -> list[date]:
    if isinstance(answer, date):
        return [answer]
    return [date.fromisoformat(str(one["d" if "d" in one else "due_at"])) for one in answer.candidates]


@thorough
@given(st.sampled_from(SAID), days, sides, st.none() | days, st.booleans(), st.sampled_from(ZONES))
def test_what_it_answers_it_takes_back_as_itself(said, today, prefer, anchor, month_first, zone):
    def read(value: object) -> date | Unclear:
        return understand_date(
            value, today, field="d", prefer=prefer, anchor=anchor, month_first=month_first, zone=ZoneInfo(zone)
        )

    for day in readings(read(said)):
        assert read(day.isoformat()) == day


@thorough
@given(st.sampled_from(SAID), foreign, st.booleans(), sides)
def test_no_day_is_taken_where_a_word_is_left_over(said, word, first, prefer):
    with_more = f"{word} {said}" if first else f"{said} {word}"

    assert isinstance(understand_date(with_more, TODAY, field="d", prefer=prefer, anchor=date(2026, 3, 10)), Unclear)


@thorough
@given(st.sampled_from([text for text, _parts in ages.MEANT]), foreign, st.booleans())
def test_no_age_is_taken_where_a_word_is_left_over(said, word, first):
    with_more = f"{word} {said}" if first else f"{said} {word}"

    assert isinstance(understand_birthday(age=with_more, today=ages.TODAY), Unclear)


@thorough
@given(
    st.sampled_from([(text, day) for text, day in dates.MEANT if not unicodedata.normalize("NFD", text).isascii()]),
    st.integers(0, 30),
    st.sampled_from("\u0300\u0301\u0303\u0309\u0323"),
)
def test_a_word_with_other_marks_is_no_other_day(meant, at, tone):
    """Rule 2: a tone exchanged is another word, never another day."""
    said, day = meant
    letters = unicodedata.normalize("NFD", said)
    tones = [place for place, letter in enumerate(letters) if letter in "\u0300\u0301\u0303\u0309\u0323"]
    assume(tones and any(letter.isascii() and letter.isalpha() for letter in letters))
    place = tones[at % len(tones)]
    other = understand_date(letters[:place] + tone + letters[place + 1 :], TODAY, field="d")

    assert isinstance(other, Unclear) or other == date.fromisoformat(day)


@thorough
@given(st.integers(1, 60), st.sampled_from(list(UNITS)), st.integers(0, 3), days, st.integers(0, 3000))
def test_every_anchor_is_respected(count, unit, language, today, days_since):
    shot = today - timedelta(days=days_since)

    def counted(day: date) -> date | None:
        if unit in {"day", "week"}:
            return days_from(day, count * (7 if unit == "week" else 1))
        return months_from(day, count * (12 if unit == "year" else 1))

    from_shot, from_today = counted(shot), counted(today)
    assume(from_shot and from_today and from_today.year <= 2100)

    def due(form: tuple[str, ...]) -> date | Unclear:
        said = form[language].format(count, UNITS[unit][language])
        return understand_date(said, today, field="due_at", prefer="future", anchor=shot)

    assert due(FROM_SHOT) == due(BARE) == due(IN) == from_shot
    assert due(FROM_NOW) == from_today


@thorough
@given(st.integers(1, 31), st.integers(1, 12), st.integers(1, 31), days, st.sampled_from("-/."))
def test_a_year_of_two_digits_is_never_chosen_between_two_readings(first, middle, last, today, separator):
    said = f"{first:02d}{separator}{middle:02d}{separator}{last:02d}"
    answer = understand_date(said, today, field="d")
    year_last = 2000 + last if 2000 + last <= today.year + 20 else 1900 + last
    day_first, year_first = real_date(year_last, middle, first), real_date(2000 + first, middle, last)
    assume(day_first != year_first)
    if day_first is None or year_first is None:
        return

    honest = [day for day in (day_first, year_first) if day and day <= today]
    if len(honest) < 2 or year_first.year < today.year - 20:
        return
    if separator == "-" or abs(year_first - today) < abs(day_first - today):
        assert isinstance(answer, Unclear)
        assert set(readings(answer)) == set(honest)
    else:
        assert answer == day_first


@thorough
@given(days, days, sides)
def test_where_the_month_may_come_first_no_order_is_chosen(day, today, prefer):
    swapped = real_date(day.year, day.day, day.month)
    answer = understand_date(f"{day:%d/%m/%Y}", today, field="d", prefer=prefer, month_first=True)

    possible = [one for one in (day, swapped) if one and ((one >= today) if prefer == "future" else (one <= today))]
    honest = set(possible or [one for one in (day, swapped) if one])
    assert set(readings(answer)) == honest
    assert isinstance(answer, date) == (len(honest) == 1)


@thorough
@given(st.integers(1, 12), st.integers(1, 28), days)
def test_without_a_year_a_day_that_is_as_likely_to_come_is_asked_about(month, day, today):
    answer = understand_date(f"{day}/{month}", today, field="d")
    coming = next(one for year in (today.year, today.year + 1) if (one := date(year, month, day)) >= today)
    past = next(one for year in (today.year, today.year - 1) if (one := date(year, month, day)) <= today)

    near = coming - today <= timedelta(days=31)
    later_this_year = coming.year == today.year and coming - today < today - past
    if past != coming and today - past > timedelta(days=31) and (near or later_this_year):
        assert readings(answer) == [past, coming]
        assert isinstance(answer, Unclear)
    else:
        assert answer == past


@thorough
@given(
    st.datetimes(datetime(2001, 1, 1), datetime(2050, 1, 1), timezones=st.just(UTC)),
    st.sampled_from(ZONES),
    st.integers(-12, 14),
)
def test_an_instant_keeps_its_offset(instant, zone, hours):
    instant = instant.replace(microsecond=0).astimezone(timezone(timedelta(hours=hours)))
    here = instant.astimezone(ZoneInfo(zone)).date()
    written = instant.isoformat()
    answer = understand_date(written, TODAY, field="d", zone=ZoneInfo(zone))
    born = understand_birthday(birth_date=written, today=date(2051, 1, 1), zone=ZoneInfo(zone))

    if hours == 0 and (instant.hour, instant.minute) in {(0, 0), (23, 59)} and here != instant.date():
        assert set(readings(answer)) == {here, instant.date()}
    else:
        assert answer == here
        assert born == Birthday("day", here.year, here.month, here.day)
