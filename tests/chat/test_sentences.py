"""Sentences written by hand, in four languages, more than half of them meant to mislead (`sentences/*.txt`): those are never stored,
of the plain ones nine in ten are understood, and none is taken for something else."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import NamedTuple

import pytest

from chat.reading import INTENTS_BY_NAME, Meaning, read
from petstools.understand.dates import understand_date
from petstools.understand.outcome import Unclear
from petstools.understand.weight import understand_weight
from tests.chat.conftest import Talk

pytestmark = pytest.mark.once

TODAY = date(2026, 11, 30)
PETS = {
    "vi": ["Míu", "Mướp", "Vàng", "Mun", "Bông"],
    "en": ["Biscuit", "Leap", "Rex", "Captain Flint"],
    "ru": ["Мурка", "Барсик"],
    "uk": ["Сірко", "Мурчик"],
}
PERSON = {"vi": "mai", "en": "emma", "ru": "olga", "uk": "taras"}


class Plain(NamedTuple):
    language: str
    text: str
    expected: list[str]


def sentences(language: str) -> tuple[list[Plain], list[str]]:
    """Plain ones with what they mean, misleading ones."""
    lines = (Path(__file__).parent / "sentences" / f"{language}.txt").read_text().splitlines()
    lines = [line for line in lines if not line.startswith("#")]
    plain = [
        Plain(language, text, meaning.split())
        for text, _, meaning in (one.partition(" => ") for one in lines)
        if meaning
    ]
    return plain, [line for line in lines if " => " not in line]


PLAIN = [one for language in PETS for one in sentences(language)[0]]
MISLEADING = [(language, text) for language in PETS for text in sentences(language)[1]]


def understood(meaning: Meaning, language: str) -> list[str]:
    """As the files have it: intent, pet, kilograms, days ago."""
    parts = [meaning.intent]
    if meaning.pet is not None:
        parts.append(PETS[language][meaning.pet].replace(" ", "_"))
    if meaning.weight:
        kilograms = understand_weight(meaning.weight, exact=True)
        assert not isinstance(kilograms, Unclear)
        parts.append(f"{float(kilograms):.4g}")
    elif meaning.day:
        parts.append("-")
    if meaning.day:
        day = understand_date(meaning.day, TODAY, field="day")
        assert isinstance(day, date)
        parts.append(str((TODAY - day).days))
    return parts


def writes_at_once(meaning: Meaning | None) -> bool:
    """Whether this goes to the main app without a question, as far as the sentence alone tells."""
    if meaning is None or not INTENTS_BY_NAME[meaning.intent].writes or meaning.intent in ("new_pet", "status"):
        return False
    if meaning.pet is None or (meaning.intent == "record_weight" and not meaning.weight):
        return False
    return not ("was" in meaning.tags and not meaning.day)


def test_there_are_enough_of_them() -> None:
    assert len(PLAIN) >= 300
    assert len(MISLEADING) >= len(PLAIN)
    assert len(PLAIN) + len(MISLEADING) >= 700


def test_nine_in_ten_plain_sentences_are_understood_and_none_as_something_else() -> None:
    missed = []
    for language, text, expected in PLAIN:
        meaning = read(text, PETS[language], TODAY)
        if meaning is None:
            missed.append(text)
        else:
            assert understood(meaning, language) == expected, text
    assert len(missed) <= len(PLAIN) // 10, missed


@pytest.mark.parametrize("language", PETS)
def test_what_misleads_is_never_stored(talk: Callable[..., Talk], language: str) -> None:
    person = talk(PERSON[language], language=language)
    if language == "uk":
        world = person.sandbox.world
        world.add_pet(world.user("taras"), name="Мурчик", country="UA")
    doubtful = [
        text
        for text in sentences(language)[1]
        if writes_at_once(read(text, PETS[language], datetime.now(tz=UTC).date()))
    ]
    # What is left for the tools to ask about.
    assert len(doubtful) < 40, doubtful
    for text in doubtful:
        person.say(text)
        assert person.written == [], text
