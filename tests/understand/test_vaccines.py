"""Which vaccine a name is of, and whether it is one at all (docs/decisions/meaning.md, rules 1, 7, 12)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from petstools.understand.vaccines import _NAMES, same_vaccine, trouble_with

KNOWN = [(kind, name.strip()) for kind, names in _NAMES.items() for name in names.split(",")]
DOSES = [
    "second {}",
    "mũi {} thứ hai",
    "{} 2",
    "{} mũi 2",
    "mũi 1 {}",
    "{} 2nd dose",
    "{} dose 3",
    "{} 1-я доза",
    "first dose {}",
    "{} liều 2",
]
DENYING = [
    "no {}",
    "không {}",
    "chưa {}",
    "не {}",
    "{} or F4",
    "{} hay 5 bệnh",
    "{}?",
    "{} due",
    "hẹn {}",
    "без {}",
    "немає {}",
    "{} отложили",
    "перенесли {}",
    "{} відклали",
]


@given(st.sampled_from(KNOWN), st.sampled_from(KNOWN), st.sampled_from(DOSES))
def test_a_dose_is_of_its_vaccine(one: tuple[str, str], other: tuple[str, str], dose: str) -> None:
    assert same_vaccine(dose.format(one[1]), other[1]) == (one[0] == other[0])


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("6 bệnh mũi 1", "6 bệnh mũi 2", True),
        ("Lepto dose 1", "lepto", True),
        ("mũi 7 bệnh lần 2", "7 bệnh", True),
        ("вакцина от лишая", "лишая", True),
        ("mũi 4 bệnh", "mũi 5 bệnh", False),
        ("mũi 5 in 1", "mũi 7 in 1", False),
        ("mũi 1", "mũi 2", False),
        ("Felocell 3", "Felocell 4", False),
    ],
)
def test_a_number_that_is_no_dose_tells_vaccines_apart(one: str, other: str, same: bool) -> None:
    assert same_vaccine(one, other) == same


@given(st.sampled_from(KNOWN), st.sampled_from(DENYING))
def test_a_vaccine_that_is_denied_or_left_open_was_not_given(known: tuple[str, str], denying: str) -> None:
    assert trouble_with(known[1]) is None
    assert trouble_with(denying.format(known[1])) == "not_done"


@pytest.mark.parametrize(
    "said", ["mũi 4", "third shot", "ревакцинация", "vắc xin", "annual booster", "чергове щеплення", "liều 2"]
)
def test_a_dose_alone_names_no_vaccine(said: str) -> None:
    assert trouble_with(said) == "none"


@pytest.mark.parametrize(
    "said",
    [
        "viêm gan",
        "ho cũi chó",
        "Vaccine from the shelter",
        "6 bệnh",
        "8 in 1",
        "вакцина от лишая",
        "RCP",
        "mũi nhắc 7 bệnh",
        "вакцина без адъюванта",
    ],
)
def test_any_other_word_may_be_a_vaccines_name(said: str) -> None:
    assert trouble_with(said) is None
