"""Saying that one does not know, which is no answer and no mistake."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from petstools.understand.not_known import says_unknown


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
