from datetime import date

import pytest

from petstools.understand.age import Age, NextBirthday, age_at, next_birthday, stored_birthday
from petstools.understand.birthday import Birthday

TODAY = date(2026, 11, 18)


@pytest.mark.parametrize(
    ("birthday", "years", "months", "text"),
    [
        (Birthday("day", 2024, 3, 12), 2, 8, "2 years 8 months"),
        (Birthday("day", 2024, 11, 18), 2, 0, "2 years"),
        (Birthday("day", 2024, 11, 19), 1, 11, "1 year 11 months"),
        (Birthday("day", 2026, 10, 18), 0, 1, "1 month"),
        (Birthday("day", 2026, 11, 1), 0, 0, "2 weeks"),
        (Birthday("day", 2026, 11, 17), 0, 0, "1 day"),
        (Birthday("day", 2026, 11, 18), 0, 0, "0 days"),
    ],
)
def test_the_age_of_a_known_day_is_exact(birthday, years, months, text):
    assert age_at(birthday, TODAY) == Age(years, months, approximate=False, text=text)


@pytest.mark.parametrize(
    ("birthday", "years", "months", "text"),
    [
        (Birthday("month", 2024, 3), 2, 8, "about 2 years 8 months"),
        (Birthday("month", 2026, 11), 0, 0, "about 1 month or less"),
        (Birthday("year", 2026), 0, None, "under 1 year"),
        (Birthday("year", 2025), 1, None, "under 2 years"),
        (Birthday("year", 2023), 3, None, "2 or 3 years"),
    ],
)
def test_the_age_of_a_month_or_a_year_is_approximate(birthday, years, months, text):
    assert age_at(birthday, TODAY) == Age(years, months, approximate=True, text=text)


@pytest.mark.parametrize(
    "birthday", [None, Birthday("day", 2026, 11, 19), Birthday("month", 2027, 1), Birthday("year", 2027)]
)
def test_there_is_no_age_without_a_birthday_in_the_past(birthday):
    assert age_at(birthday, TODAY) is None
    assert next_birthday(birthday, TODAY) is None


@pytest.mark.parametrize(
    ("today", "day", "until", "turns"),
    [
        (date(2026, 11, 18), date(2027, 2, 28), 102, 3),
        (date(2027, 2, 28), date(2027, 2, 28), 0, 3),
        (date(2027, 3, 1), date(2028, 2, 29), 365, 4),
        (date(2028, 2, 28), date(2028, 2, 29), 1, 4),
        (date(2024, 2, 29), date(2025, 2, 28), 365, 1),
    ],
)
def test_the_29th_of_february_falls_on_the_28th_in_other_years(today, day, until, turns):
    leap = Birthday("day", 2024, 2, 29)

    assert next_birthday(leap, today) == NextBirthday(day, f"{day:%Y-%m}", until, turns, approximate=False)


def test_on_its_28th_of_february_a_leap_pet_is_a_year_older():
    leap = Birthday("day", 2024, 2, 29)

    assert age_at(leap, date(2027, 2, 28)) == Age(3, 0, approximate=False, text="3 years")
    assert age_at(leap, date(2028, 2, 28)) == Age(3, 11, approximate=False, text="3 years 11 months")


@pytest.mark.parametrize(
    ("birthday", "month", "until", "turns"),
    [
        (Birthday("month", 2024, 11), "2026-11", 0, 2),
        (Birthday("month", 2024, 12), "2026-12", 13, 2),
        (Birthday("month", 2024, 3), "2027-03", 103, 3),
        (Birthday("month", 2026, 11), "2027-11", 348, 1),
    ],
)
def test_a_month_only_birthday_is_given_as_its_month(birthday, month, until, turns):
    assert next_birthday(birthday, TODAY) == NextBirthday(None, month, until, turns, approximate=True)


def test_a_pet_born_today_has_its_first_birthday_in_a_year():
    assert next_birthday(Birthday("day", 2026, 11, 18), TODAY) == NextBirthday(
        date(2027, 11, 18), "2027-11", 365, 1, approximate=False
    )


def test_a_year_only_birthday_has_no_next_one():
    assert next_birthday(Birthday("year", 2023), TODAY) is None


@pytest.mark.parametrize(
    ("stored", "birthday"),
    [
        (("day", 2024, 3, 12), Birthday("day", 2024, 3, 12)),
        (("month", 2024, 3, 12), Birthday("month", 2024, 3)),
        (("year", 2024, 3, 12), Birthday("year", 2024)),
        (("unknown", 2024, 3, 12), None),
        ((None, 2024, 3, 12), None),
        (("day", 2022, 2, 31), Birthday("month", 2022, 2)),
        (("day", 2022, 13, 1), Birthday("year", 2022)),
        (("day", 2022, None, 1), Birthday("year", 2022)),
        (("month", None, 3, None), None),
        (("day", "2022", "2", "1"), None),
        (("day", 0, 1, 1), None),
        (("day", True, True, True), None),
    ],
)
def test_trap_9_only_the_parts_the_precision_covers_count_and_only_real_ones(stored, birthday):
    assert stored_birthday(*stored) == birthday


def test_an_impossible_stored_day_is_told_by_its_month():
    """2022-02-31 is in real data (main-app.md §6.3)."""
    impossible = stored_birthday("day", 2022, 2, 31)

    age, coming = age_at(impossible, TODAY), next_birthday(impossible, TODAY)

    assert age == Age(4, 9, approximate=True, text="about 4 years 9 months")
    assert coming == NextBirthday(None, "2027-02", 75, 5, approximate=True)
