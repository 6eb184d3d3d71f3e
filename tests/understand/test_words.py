"""Countries, sexes and record types: a word of the person's → a word of the main app's."""

import unicodedata

import pytest

from petstools.understand.country import _names, understand_country, unmistakable
from petstools.understand.outcome import Unclear
from petstools.understand.record_types import RecordType, understand_record_type
from petstools.understand.sex import understand_sex
from tests.understand.phrases import words


@pytest.mark.parametrize(("said", "code"), words.COUNTRIES)
@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_it_understands_a_country(said, code, form):
    assert understand_country(unicodedata.normalize(form, said)) == code


@pytest.mark.parametrize(("said", "reason"), words.COUNTRIES_ASKED)
def test_it_asks_about_a_country_that_is_none_or_more_than_one(said, reason):
    unclear = understand_country(said)

    assert isinstance(unclear, Unclear), unclear
    assert (unclear.field, unclear.reason) == ("country", reason)


def test_a_misspelt_country_is_suggested_never_taken():
    unclear = understand_country("Vietnm")

    assert isinstance(unclear, Unclear)
    assert unclear.candidates == ({"country": "VN", "name": "Vietnam"},)


def test_every_country_on_offer_is_taken_when_it_comes_back():
    """LA, NA and VI may be more than a country: sent as asked for, they would be asked about for ever."""
    assert [code for code in _names() if understand_country(unmistakable(code)) != code] == []


@pytest.mark.parametrize(("said", "sex"), words.SEXES)
@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_it_understands_a_sex(said, sex, form):
    assert understand_sex(unicodedata.normalize(form, said)) == sex


@pytest.mark.parametrize(("said", "reason"), words.SEXES_ASKED)
def test_it_asks_about_what_is_no_sex(said, reason):
    unclear = understand_sex(said)

    assert isinstance(unclear, Unclear), unclear
    assert (unclear.field, unclear.reason) == ("sex", reason)


@pytest.mark.parametrize(("said", "kind"), words.RECORD_TYPES)
@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_it_understands_a_record_type(said, kind, form):
    assert understand_record_type(unicodedata.normalize(form, said)) == RecordType(kind)


@pytest.mark.parametrize(("said", "kind"), words.RECORD_TYPES_KEPT)
def test_the_persons_own_word_is_kept_beside_the_kind(said, kind):
    assert understand_record_type(said) == RecordType(kind, said)


@pytest.mark.parametrize(("said", "kind"), words.RECORD_TYPES_ASKED)
def test_what_was_not_done_is_asked_about(said, kind):
    unclear = understand_record_type(said)

    assert isinstance(unclear, Unclear), unclear
    assert unclear.candidates == ({"record_type": kind},)


@pytest.mark.parametrize("said", words.RECORD_TYPES_NONE)
def test_what_names_nothing_that_was_done_is_asked_about(said):
    assert isinstance(understand_record_type(said), Unclear)


@pytest.mark.parametrize(
    "said", ["microchip scan", "аллергия на антибиотик", "груминг", "Totally made up ✂", "surgery and blood test"]
)
def test_an_unknown_record_type_becomes_other_and_its_word_is_kept(said):
    assert understand_record_type(said) == RecordType("other", said)


def test_other_itself_leaves_no_word_behind():
    assert understand_record_type("other") == RecordType("other")
    assert understand_record_type("khác") == RecordType("other")


@pytest.mark.parametrize("said", words.VACCINATIONS)
def test_trap_27_a_vaccination_is_asked_about(said):
    unclear = understand_record_type(said)

    assert isinstance(unclear, Unclear), unclear
    assert unclear.reason == "vaccination_record"
    assert "add_vaccination" in unclear.message


@pytest.mark.parametrize(
    ("tool", "said"),
    [
        *(("add_weight", said) for said in ("weight", "Weighing", "cân nặng", "взвешивание", "вес", "зважування")),
        *(("add_microchip", said) for said in ("microchip", "chipped", "gắn chip", "чипирование", "чіпування")),
    ],
)
def test_what_has_a_list_of_its_own_is_sent_there(tool, said):
    unclear = understand_record_type(said)

    assert isinstance(unclear, Unclear), unclear
    assert (unclear.reason, tool in unclear.message) == ("ambiguous", True)


@pytest.mark.parametrize("said", ["weight loss", "sụt cân", "потеря веса", "втрата ваги", "chip did not read"])
def test_a_finding_about_it_is_none_of_it(said):
    assert understand_record_type(said) == RecordType("other", said)


def test_a_visit_with_it_is_the_visit():
    assert understand_record_type("checkup and weighing") == RecordType("checkup", "checkup and weighing")


@pytest.mark.parametrize(
    ("value", "reason"), [(None, "missing"), ("", "missing"), (5, "not_understood"), ("x" * 5000, "not_understood")]
)
def test_a_missing_record_type_is_asked_for_with_the_usual_ones(value, reason):
    unclear = understand_record_type(value)

    assert isinstance(unclear, Unclear)
    assert unclear.reason == reason
    assert {"record_type": "checkup"} in unclear.candidates
