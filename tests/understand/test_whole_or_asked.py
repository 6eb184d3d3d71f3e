"""Two rules of every list of words: what is left over is asked about, and diacritics are never folded away."""

import unicodedata
from collections.abc import Callable, Iterable
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from petstools.understand import country, pet_status, record_types, sex, species, species_words
from petstools.understand.birthday import understand_birthday
from petstools.understand.chip_number import understand_chip_number
from petstools.understand.dates import understand_date
from petstools.understand.lexicon import Lexicon
from petstools.understand.outcome import Unclear
from petstools.understand.species import PetTypeChoice
from petstools.understand.text import fold, lowered, spelled, words
from petstools.understand.weight import understand_weight
from tests.understand.pet_types import PET_TYPES
from tests.understand.phrases import ages, dates, weights

TONES = "\u0300\u0301\u0303\u0309\u0323"
LEFT_OVER = [
    "food", "toy", "brother", "almost", "not", "maybe", "7", "thức ăn", "hàng xóm", "suýt", "không phải", "thuc an", "корм", "соседа",
    "почти", "не", "може", "сусіда", "майже",
]  # fmt: skip


def listed(phrases: Iterable[str]) -> list[str]:
    return sorted({phrase.strip() for text in phrases for phrase in text.split(",")})


def understood_species(text: str) -> object:
    answer = species.understand_species(text, PET_TYPES)
    return answer.slug if isinstance(answer, PetTypeChoice) else answer


def understood_kind(text: str) -> object:
    answer = record_types.understand_record_type(text)
    return answer.record_type if isinstance(answer, record_types.RecordType) and answer.said is None else answer


LISTS: dict[str, tuple[Callable[[str], object], list[str]]] = {
    "species": (
        understood_species,
        listed((*species_words.WORDS.values(), *species_words.BREEDS.values(), *species_words.SEVERAL.values())),
    ),
    "sex": (sex.understand_sex, listed(sex._WORDS[one] for one in ("male", "female"))),
    "status": (pet_status.understand_pet_status, listed(pet_status._WORDS.values())),
    "country": (country.understand_country, listed((*country._ALSO.values(), *country._PLACES.values()))),
}
EVERY_PHRASE = [(kind, phrase) for kind, (_, phrases) in LISTS.items() for phrase in phrases]
thorough = settings(deadline=None, derandomize=True, database=None, max_examples=150)


@thorough
@given(st.sampled_from(EVERY_PHRASE), st.sampled_from(LEFT_OVER), st.booleans())
def test_rule_1_a_word_left_over_is_asked_about(listed_phrase, word, behind):
    kind, phrase = listed_phrase
    understand, known = LISTS[kind]
    text = f"{phrase} {word}" if behind else f"{word} {phrase}"
    assume(text not in known)
    # "not lost" and "chưa chết" are phrases of their own.
    assume(kind != "status" or word not in {"not", "не"})

    answer = understand(text)

    assert isinstance(answer, Unclear), answer


# A day, an age and a weight as said, and words that no such phrase holds.
COUNTED: list[tuple[Callable[[str], object], str]] = [
    *((lambda text: understand_date(text, dates.TODAY, field="day"), said) for said, _day in dates.MEANT),
    *((lambda text: understand_birthday(age=text, today=ages.TODAY), said) for said, _parts in ages.MEANT),
    *((understand_weight, said) for said, _kg in weights.MEANT if isinstance(said, str)),
]
TURNING = ["not", "never", "không", "chưa", "hay", "hoặc", "не", "или", "якщо", "або", "чи", "food", "корм", "của mẹ"]


@thorough
@given(st.sampled_from(COUNTED), st.sampled_from(TURNING), st.sampled_from(["{1} {0}", "{0} {1}", "{0}, {1}"]))
def test_rule_1_a_word_that_turns_a_day_an_age_or_a_weight_is_asked_about(counted, word, order):
    understand, phrase = counted

    assert isinstance(understand(order.format(phrase, word)), Unclear)


@thorough
@given(
    st.sampled_from(EVERY_PHRASE),
    st.sampled_from(["{}, please", "{} ạ", "{} nhé", "это {}", "наша {}", "це {}", "{}!", "{}."]),
)
def test_a_word_that_adds_nothing_changes_nothing(listed_phrase, politely):
    kind, phrase = listed_phrase
    understand, _ = LISTS[kind]
    alone = understand(phrase)
    assume(isinstance(alone, str))
    # Without an English word "ran" may be "rắn", beside one it is none.
    assume(not (phrase.isascii() and kind == "species"))

    assert understand(politely.format(phrase)) == alone


@thorough
@given(st.sampled_from(EVERY_PHRASE), st.sampled_from(LEFT_OVER))
def test_the_likely_reading_is_on_offer(listed_phrase, word):
    kind, phrase = listed_phrase
    understand, known = LISTS[kind]
    alone = understand(phrase)
    text = f"{phrase} {word}"
    assume(isinstance(alone, str) and text not in known and word in {"food", "toy", "hàng xóm", "thức ăn", "соседа"})

    answer: Any = understand(text)

    # Sent back as it stands there: a code that may be meant otherwise is offered by its name.
    assert any(understand(value) == alone for one in answer.candidates for value in one.values())


def other_marks(phrase: str) -> Iterable[str]:
    """The phrase with the marks of one of its words changed, as another word of the language."""
    for word in words(lowered(phrase)):
        bare = fold(word)
        for place, letter in enumerate(bare):
            for tone in TONES if letter in "aeiouy" else "":
                changed = unicodedata.normalize("NFC", bare[: place + 1] + tone + bare[place + 1 :])
                if changed != word:
                    yield lowered(phrase).replace(word, changed, 1)


VIETNAMESE = [
    (kind, phrase)
    for kind, phrase in EVERY_PHRASE
    if fold(phrase) != lowered(phrase) and spelled(lowered(phrase)).isascii() is False
]
MARKED = [
    (kind, phrase) for kind, phrase in VIETNAMESE if any(tone in unicodedata.normalize("NFD", phrase) for tone in TONES)
]
VOCABULARY = {
    spelled(word)
    for lexicon in (species._lexicon(), sex._lexicon(), pet_status._lexicon(), country._lexicon())
    for forms in lexicon._phrases.values()
    for form in forms
    for word in form
}


@pytest.mark.parametrize("kind", LISTS)
def test_rule_2_other_marks_are_another_word(kind):
    understand, _ = LISTS[kind]
    for of_kind, phrase in MARKED:
        if of_kind != kind:
            continue
        alone = understand(phrase)
        for changed in other_marks(phrase):
            if any(spelled(word) not in VOCABULARY for word in words(changed)):
                assert isinstance(understand(changed), Unclear), (phrase, changed, alone)


@thorough
@given(st.sampled_from([text for text, _ in weights.MEANT if isinstance(text, str)]), st.data())
def test_rule_2_in_a_weight(text, data):
    assume(
        fold(text) != lowered(text)
        and text.isprintable()
        and not any("\u0400" <= letter <= "\u052f" for letter in text)
    )
    changed = data.draw(st.sampled_from(list(other_marks(text)) or [text]))
    assume(fold(changed) != changed)

    answer = understand_weight(changed)

    # Another word of a number may come of it ("tư", "tứ" is none), never the same weight by folding.
    assert isinstance(answer, Unclear) or spelled_all(changed) == spelled_all(text)


def spelled_all(text: str) -> list[str]:
    return [spelled(word) for word in words(lowered(text))]


@pytest.mark.parametrize(
    "lexicon", [species._lexicon, sex._lexicon, pet_status._lexicon, country._lexicon, record_types._lexicon]
)
def test_no_two_cyrillic_words_of_a_list_differ_by_a_folded_letter_alone(lexicon: Callable[[], Lexicon]):
    for key, forms in lexicon()._phrases.items():
        if any("\u0400" <= letter <= "\u052f" for letter in "".join(key)):
            assert len(forms) == 1, forms


@pytest.mark.parametrize(
    ("understand", "answers"),
    [
        (understood_species, [one.slug for one in PET_TYPES]),
        (sex.understand_sex, ["male", "female", "not_specified"]),
        (pet_status.understand_pet_status, ["active", "lost", "deceased"]),
        (country.understand_country, ["VN", "UA", "RU", "GB", "US", "DE"]),
        (lambda text: str(understand_weight(text)), ["0.01", "4.20", "1000.00"]),
        (understand_chip_number, ["982000123456789", "AVID022123456", "4B7A1C0E2F", "0012345678"]),
        (understood_kind, list(record_types._PLAIN)),
    ],
)
def test_an_answer_is_understood_as_itself(understand, answers):
    assert [understand(answer) for answer in answers] == answers
