import unicodedata
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from petstools.understand.dates import understand_date
from petstools.understand.outcome import Unclear
from tests.understand.phrases import dates


@pytest.mark.parametrize(("said", "day"), dates.MEANT)
@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_it_understands_a_day_that_has_been(said, day, form):
    assert understand_date(unicodedata.normalize(form, said), dates.TODAY, field="record_date") == date.fromisoformat(
        day
    )


@pytest.mark.parametrize(("said", "day"), dates.MEANT_AHEAD)
def test_it_understands_a_day_to_come(said, day):
    assert understand_date(said, dates.TODAY, field="due_at", prefer="future") == date.fromisoformat(day)


@pytest.mark.parametrize(("said", "reason", "days"), dates.ASKED)
def test_it_asks_rather_than_guesses(said, reason, days):
    unclear = understand_date(said, dates.TODAY, field="record_date")

    assert isinstance(unclear, Unclear), unclear
    assert (unclear.field, unclear.reason) == ("record_date", reason)
    assert [c["record_date"] for c in unclear.candidates] == days


@pytest.mark.parametrize(("said", "after_an_old_shot", "after_todays"), dates.DUE)
def test_a_due_day_counts_from_the_day_of_the_shot(said, after_an_old_shot, after_todays):
    """Rule 3, also where that day has passed; only "from now" counts from today."""
    for anchor, expected in ((date(2026, 3, 10), after_an_old_shot), (dates.TODAY, after_todays)):
        due = understand_date(said, dates.TODAY, field="due_at", prefer="future", anchor=anchor)
        assert (None if isinstance(due, Unclear) else due.isoformat()) == expected


@pytest.mark.parametrize(
    ("said", "shot", "days"),
    [
        ("15 March", date(2025, 1, 10), ["2025-03-15", "2027-03-15"]),
        ("15 March", date(2026, 4, 1), ["2027-03-15"]),
        # 25 December 2001 was before the shot.
        ("25-12-01", date(2025, 11, 1), ["2025-12-01"]),
    ],
)
def test_nothing_is_due_before_the_shot_and_what_is_past_may_have_been_meant(said, shot, days):
    due = understand_date(said, dates.TODAY, field="due_at", prefer="future", anchor=shot)

    assert ([one["due_at"] for one in due.candidates] if isinstance(due, Unclear) else [due.isoformat()]) == days


@pytest.mark.parametrize(("said", "days"), dates.MONTH_FIRST)
def test_where_the_month_may_come_first_both_are_asked_about(said, days):
    day = understand_date(said, dates.TODAY, field="record_date", month_first=True)

    read = [c["record_date"] for c in day.candidates] if isinstance(day, Unclear) else [day.isoformat()]
    assert read == days


@pytest.mark.parametrize(("said", "hanoi", "new_york"), dates.INSTANTS)
def test_an_instant_is_the_day_it_is_where_the_person_is(said, hanoi, new_york):
    for zone, expected in (("Asia/Ho_Chi_Minh", hanoi), ("America/New_York", new_york)):
        day = understand_date(said, dates.TODAY, field="record_date", zone=ZoneInfo(zone))
        assert (None if isinstance(day, Unclear) else day.isoformat()) == expected


@pytest.mark.parametrize("said", ["whenever", "в тот день", "25-12-01", "31/02/2026", "з учора", "thứ mấy"])
def test_a_question_goes_to_whoever_can_answer_it(said):
    """Rule 19: the model has read the person's words."""
    unclear = understand_date(said, dates.TODAY, field="record_date")

    assert isinstance(unclear, Unclear)
    assert "If the person's words leave no doubt, send it in figures, as YYYY-MM-DD; else ask" in unclear.message


@pytest.mark.parametrize("day", range(1, 13))
@pytest.mark.parametrize("month", range(1, 13))
@pytest.mark.parametrize("separator", ["/", ".", "-"])
def test_digits_that_could_be_swapped_are_never_read_month_first(day, month, separator):
    said = f"{day:02d}{separator}{month:02d}{separator}2024"

    assert understand_date(said, dates.TODAY, field="record_date") == date(2024, month, day)


def test_a_date_or_a_moment_is_taken_as_it_is():
    assert understand_date(date(2024, 3, 12), dates.TODAY, field="record_date") == date(2024, 3, 12)
    assert understand_date(datetime(2024, 3, 12, 23, 59), dates.TODAY, field="record_date") == date(2024, 3, 12)


def test_a_birthday_needs_its_year():
    unclear = understand_date("12 March", dates.TODAY, field="birth_date", year_needed=True)

    assert isinstance(unclear, Unclear)
    assert unclear.reason == "missing"


@pytest.mark.parametrize("value", [None, "", "  "])
def test_a_missing_date_is_asked_for(value):
    unclear = understand_date(value, dates.TODAY, field="record_date")

    assert isinstance(unclear, Unclear)
    assert unclear.reason == "missing"


@pytest.mark.parametrize("value", [True, 5, 5.3, 1.5e300, [], {}, b"2024-01-01", "\x00", "\ud800", "9" * 5000])
def test_what_is_no_date_is_asked_about(value):
    unclear = understand_date(value, dates.TODAY, field="record_date")

    assert isinstance(unclear, Unclear)
    assert unclear.reason == "not_understood"


def test_a_number_too_long_to_be_written_is_asked_about():
    assert isinstance(understand_date(10**5000, dates.TODAY, field="record_date"), Unclear)
