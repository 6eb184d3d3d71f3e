"""Saying that one does not know, which is no answer and no mistake."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from petstools.understand.not_known import names_nobody, says_none, says_unknown


@pytest.mark.parametrize(
    "said",
    [
        "unknown",
        "Unknown.",
        "not sure",
        "I don't know",
        "n/a",
        "?",
        "-",
        "null",
        "không biết",
        "khong ro",
        "Chưa rõ",
        "неизвестно",
        "не знаю!",
        "не помню",
        "невідомо",
        "не пам’ятаю",
    ],
)
def test_not_knowing_is_heard_in_four_languages(said):
    assert says_unknown(said)


@pytest.mark.parametrize(
    "said", ["2020", "not sure, maybe 2020", "about 3 years", "", "  ", None, 0, True, ["unknown"]]
)
def test_an_answer_is_never_taken_for_not_knowing(said):
    assert not says_unknown(said)


@given(st.none() | st.booleans() | st.integers() | st.floats() | st.text())
def test_whatever_comes_is_heard_or_not(value):
    assert says_unknown(value) in {True, False}


@pytest.mark.parametrize("said", ["my kitten", "мой пёсик", "наша киса", "моя кішка", "chó con của em", "mèo nhà mình"])
def test_whose_animal_it_is_is_no_name(said: str) -> None:
    assert names_nobody(said)


@pytest.mark.parametrize("said", ["Kitty", "Котик", "Mèo Con", "My Love", "Моя Радость", "Bé Mèo", "Наша Маша"])
def test_a_word_for_an_animal_may_be_its_name(said: str) -> None:
    assert not names_nobody(said)


@pytest.mark.parametrize("said", ["not needed", "ещё не назначили", "поки не треба", "chưa đặt lịch", "không cần ạ"])
def test_that_there_is_none_is_heard(said: str) -> None:
    assert says_none(said)


@pytest.mark.parametrize(
    "said", ["in no time", "no later than July", "không quá 1 năm", "не раньше июля", "none in July", None]
)
def test_a_day_is_never_taken_for_none(said: str | None) -> None:
    assert not says_none(said)
