"""What is said of a habit: whole or asked (docs/decisions/meaning.md, rules 1 and 6)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from petstools.understand.habit_words import _HALVES, understand_time_of_day, understand_weekdays, yes_or_no
from petstools.understand.outcome import Unclear


@pytest.mark.parametrize(
    "said", ["yes", "yep", "Done", "đã xong", "dạ rồi", "rồi ạ", "сделали", "rồi", "да", "сделано", "так", "1", True]
)
def test_it_was_done(said: object) -> None:
    assert yes_or_no(said) == 1


@pytest.mark.parametrize(
    "said",
    [
        "no",
        "not done",
        "didn't",
        "did not",
        "chưa xong",
        "chưa",
        "không",
        "нет",
        "ні",
        "skipped",
        "0",
        "not yet",
        "nope",
        "dạ chưa",
        "ещё нет",
        "не сделали",
    ],
)
def test_it_was_not(said: object) -> None:
    assert yes_or_no(said) == 0


@pytest.mark.parametrize(
    "said",
    [
        "yes no",
        "done, not skipped",
        "not skipped",
        "xong chưa",
        "almost done",
        "не совсем",
        "no problem",
        "half",
        "2",
        "không phải chưa",
    ],
)
def test_what_leaves_it_open_is_neither(said: str) -> None:
    assert yes_or_no(said) is None


@given(
    st.sampled_from(["yes", "done", "rồi", "да", "так"]),
    st.sampled_from(["no", "skipped", "нет", "ні", "missed"]),
    st.booleans(),
)
def test_both_at_once_are_neither(yes: str, no: str, turned: bool) -> None:
    assert yes_or_no(f"{no}, {yes}" if turned else f"{yes}, {no}") is None


@given(st.integers(1, 12), st.integers(0, 59))
def test_a_time_of_either_half_of_the_day_is_asked_about_with_both(hour: int, minute: int) -> None:
    for said in (f"{hour}:{minute:02d}", f"{hour}h{minute:02d}") if hour < 10 else (f"{hour} giờ", f"{hour}"):
        asked = understand_time_of_day(said)

        assert isinstance(asked, Unclear)
        times = [str(one["reminder_time"]) for one in asked.candidates]
        assert len(set(times)) == 2
        # A candidate that is sent back says what it says.
        assert [understand_time_of_day(one) for one in times] == times


@pytest.mark.parametrize(
    ("said", "time"),
    [
        ("8 rưỡi tối", "20:30"),
        ("8h tối ạ", "20:00"),
        ("tám giờ tối", "20:00"),
        ("12h đêm", "00:00"),
        ("12h tối", "00:00"),
        ("half past eight pm", "20:30"),
        ("eight thirty p.m.", "20:30"),
        ("8 at night", "20:00"),
        ("11 ночи", "23:00"),
        ("час дня", "13:00"),
        ("в час дня", "13:00"),
        ("о восьмій ранку", "08:00"),
        ("20h30", "20:30"),
        ("20 giờ 30 phút", "20:30"),
    ],
)
def test_a_time_in_words_is_understood(said: str, time: str) -> None:
    assert understand_time_of_day(said) == time


@given(st.integers(1, 12), st.sampled_from(sorted(_HALVES)))
def test_a_part_of_the_day_decides_only_among_the_hours_that_it_is_said_of(hour: int, half: str) -> None:
    """Nobody says 1h tối or 9 дня: such a word may be a slip."""
    time = understand_time_of_day(f"{hour} {half}")

    if isinstance(time, Unclear):
        assert hour not in _HALVES[half]
        assert len(time.candidates) == 2
    else:
        assert int(time[:2]) % 12 == hour % 12
        assert understand_time_of_day(time) == time


@pytest.mark.parametrize("said", ["1h tối", "9 дня", "12 утра", "9 giờ tội", "8 30", "8pm-9pm", "after 8pm", "14 утра"])
def test_what_no_time_of_that_part_is_is_asked_about(said: str) -> None:
    assert isinstance(understand_time_of_day(said), Unclear)


@pytest.mark.parametrize(
    ("said", "days"),
    [
        ("с понедельника по пятницу", [1, 2, 3, 4, 5]),
        ("з понеділка по п'ятницю", [1, 2, 3, 4, 5]),
        ("Monday to Friday", [1, 2, 3, 4, 5]),
        ("thứ 2, 4, 6", [1, 3, 5]),
        ("thứ hai, tư, sáu nha", [1, 3, 5]),
        ("thứ 2 4 và 6", [1, 3, 5]),
        ("weekdays only", [1, 2, 3, 4, 5]),
        ("по выходным", [0, 6]),
        ("on Wednesdays and Sundays", [0, 3]),
        ("по средам, пятницам", [3, 5]),
        ("щовівторка й щосуботи", [2, 6]),
    ],
)
def test_weekdays_in_words_are_understood(said: str, days: list[int]) -> None:
    assert understand_weekdays([said]) == days
    # A text without its list is split at its commas before it comes here.
    assert understand_weekdays(said.split(",")) == days


@pytest.mark.parametrize("days", [["sun", "every day"], ["daily", "not monday"], ["every day but Sunday"]])
def test_every_day_beside_other_days_is_asked_about(days: list[str]) -> None:
    assert isinstance(understand_weekdays(days), Unclear)
