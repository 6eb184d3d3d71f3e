"""A sentence of words that each may mean several things can be cut in millions of ways: nobody's holds a worker for that long."""

from datetime import date
from typing import Any

import pytest

from chat import reading
from chat.intents import AGAIN, ANYWHERE
from chat.languages import CODES, language


def of_many_meanings(code: str) -> str:
    """The word that may be the most things that may come as often as they like."""
    phrases = language(code).phrases
    return max(
        (words[0] for words in phrases if len(words) == 1),
        key=lambda word: len(language(code).tags((word,)) & (ANYWHERE | AGAIN)),
    )


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("end", ["", " xyz"], ids=["whole", "not to be understood"])
def test_a_word_of_many_meanings_twenty_times_is_not_understood_at_once(
    monkeypatch: pytest.MonkeyPatch, code: str, end: str
) -> None:
    looked_at, covers = [0], reading._covers

    def counted(*given: Any) -> Any:
        looked_at[0] += 1
        assert looked_at[0] < 100_000
        return covers(*given)

    monkeypatch.setattr(reading, "_covers", counted)

    assert reading.read(" ".join([of_many_meanings(code)] * 20) + end, ["Míu"], date(2026, 11, 30)) is None
