import unicodedata
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from petstools.understand.birthday import Birthday, understand_birthday
from petstools.understand.calendar_words import months_from
from petstools.understand.outcome import Unclear
from tests.understand.phrases import ages

TODAY = ages.TODAY


@pytest.mark.parametrize(("said", "parts"), ages.MEANT)
@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_it_understands_an_age_or_a_birthday_as_said(said, parts, form):
    for field in ("age", "birthday"):
        given: dict[str, Any] = {field: unicodedata.normalize(form, said)}
        understood = understand_birthday(**given, today=TODAY)

        assert isinstance(understood, Birthday), understood
        assert (understood.precision, understood.year, understood.month, understood.day) == parts


@pytest.mark.parametrize(("said", "reason"), ages.ASKED)
def test_it_asks_rather_than_guesses(said, reason):
    unclear = understand_birthday(age=said, today=TODAY)

    assert isinstance(unclear, Unclear), unclear
    assert (unclear.field, unclear.reason) == ("age", reason)
    # What is on offer is taken when it comes back.
    for one in unclear.candidates:
        given: dict[str, Any] = dict(one)
        assert isinstance(understand_birthday(**given, today=TODAY), Birthday)


@given(
    st.sampled_from(["nearly {}", "gần {} tuổi", "почти {}", "майже {}"]),
    st.integers(1, 15),
    st.dates(date(2020, 1, 1), date(2099, 12, 31)),
)
def test_an_age_that_is_nearly_reached_keeps_a_year_only_where_it_is_certain(
    form: str, years: int, today: date
) -> None:
    """Reached within the next two months, in this year or in the next one."""
    understood = understand_birthday(age=form.format(years), today=today)

    certain = months_from(today, 2).year == today.year  # type: ignore[union-attr]
    if certain:
        assert understood == Birthday("year", today.year - years, estimated=True)
    else:
        assert isinstance(understood, Unclear)
        assert [one["birth_date"] for one in understood.candidates] == [
            str(today.year - years),
            str(today.year - years + 1),
        ]


def test_a_day_beside_an_age_that_is_nearly_reached_decides() -> None:
    understood = understand_birthday(birth_date="2024-01-03", age="nearly 3", today=TODAY)

    assert understood == Birthday("day", 2024, 1, 3)


@pytest.mark.parametrize(
    ("given", "parts"),
    [
        ({"birth_date": "2024-03-12"}, ("day", 2024, 3, 12)),
        ({"birth_date": "2024-03"}, ("month", 2024, 3, None)),
        ({"birth_date": "2024"}, ("year", 2024, None, None)),
        ({"birth_month_year": "2024-03"}, ("month", 2024, 3, None)),
        ({"birth_month_year": "03/2024"}, ("month", 2024, 3, None)),
        ({"age_months": 6}, ("month", 2026, 5, None)),
        ({"age_months": "6"}, ("month", 2026, 5, None)),
        ({"age_months": 0}, ("month", 2026, 11, None)),
        ({"age_months": 30.0}, ("month", 2024, 5, None)),
        ({"birth_date": "2024-03-12", "age": "2 years"}, ("day", 2024, 3, 12)),
        ({"birth_date": "2024-03-12", "age_months": 32}, ("day", 2024, 3, 12)),
        ({"birth_date": "2024-03-12", "birth_month_year": "2024-03", "birthday": "2024"}, ("day", 2024, 3, 12)),
        ({"birthday": "2023", "age": "3 years"}, ("year", 2023, None, None)),
        ({"birth_date": None, "age": ""}, None),
        ({}, None),
    ],
)
def test_the_fields_are_read_together(given, parts):
    understood = understand_birthday(**given, today=TODAY)

    assert not isinstance(understood, Unclear), understood
    assert (understood and (understood.precision, understood.year, understood.month, understood.day)) == parts


@pytest.mark.parametrize(
    "given",
    [
        {"birth_date": "2024-03-12", "age": "4 years"},
        {"birth_date": "2024-03-12", "birth_month_year": "2024-04"},
        {"birth_date": "2024-03-12", "birthday": "2024-03-13"},
        {"birth_month_year": "2024-03", "age_months": 6},
        {"birthday": "2020", "age": "6 months"},
    ],
)
def test_fields_that_contradict_each_other_are_asked_about(given):
    unclear = understand_birthday(**given, today=TODAY)

    assert isinstance(unclear, Unclear)
    assert unclear.reason == "contradiction"
    assert len(unclear.candidates) == 2
    assert all(field in unclear.message for field in given)


@pytest.mark.parametrize(
    ("age_months", "reason"),
    [
        (-1, "out_of_range"),
        (True, "not_understood"),
        (float("inf"), "not_understood"),
        ([], "not_understood"),
        (9999, "out_of_range"),
    ],
)
def test_a_count_of_months_must_be_one(age_months, reason):
    unclear = understand_birthday(age_months=age_months, today=TODAY)

    assert isinstance(unclear, Unclear)
    assert (unclear.field, unclear.reason) == ("age_months", reason)


@pytest.mark.parametrize(("slug", "plausible"), [("cat", False), ("turtle", True), ("bird", True), (None, True)])
def test_an_age_no_such_animal_reaches_is_asked_about(slug, plausible):
    understood = understand_birthday(age="60 years", today=TODAY, species_slug=slug)

    assert isinstance(understood, Birthday) is plausible


def test_the_day_is_the_persons():
    assert understand_birthday(age="newborn", today=date(2026, 12, 1)) == Birthday("month", 2026, 12, estimated=True)
    assert isinstance(understand_birthday(birth_date="2026-12-01", today=date(2026, 11, 30)), Unclear)


def test_an_age_is_marked_as_an_estimate_and_a_date_is_not():
    assert understand_birthday(age="3 years", today=TODAY) == Birthday("year", 2023, estimated=True)
    assert understand_birthday(birthday="2023", today=TODAY) == Birthday("year", 2023)


def test_a_half_is_kept_to_the_month():
    assert understand_birthday(age="half a year", today=TODAY) == Birthday("month", 2026, 5, estimated=True)
    assert understand_birthday(age="2 tuổi rưỡi", today=TODAY) == Birthday("month", 2024, 5, estimated=True)


def test_an_instant_is_the_day_it_was_where_the_person_is():
    for zone, day in (("Asia/Ho_Chi_Minh", 15), ("Europe/London", 14)):
        born = understand_birthday(birth_date="2026-11-14T17:00:00.000Z", today=TODAY, zone=ZoneInfo(zone))
        assert born == Birthday("day", 2026, 11, day)


def test_digits_that_may_have_the_month_first_are_asked_about():
    unclear = understand_birthday(birth_date="03/04/2024", today=TODAY, month_first=True)

    assert isinstance(unclear, Unclear)
    assert [c["birth_date"] for c in unclear.candidates] == ["2024-04-03", "2024-03-04"]


def test_a_number_without_a_unit_is_offered_with_both():
    unclear = understand_birthday(age=3, today=TODAY)

    assert isinstance(unclear, Unclear)
    assert unclear.candidates == ({"age": "3 years"}, {"age": "3 months"})
