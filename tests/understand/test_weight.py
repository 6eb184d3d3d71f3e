import unicodedata
from decimal import Decimal

import pytest

from petstools.understand.outcome import Unclear
from petstools.understand.weight import says_about, understand_weight
from tests.understand.phrases import weights


@pytest.mark.parametrize(("said", "kg"), weights.MEANT)
def test_it_understands_a_weight_as_said(said, kg):
    assert str(understand_weight(said)) == kg
    if isinstance(said, str):
        assert str(understand_weight(unicodedata.normalize("NFD", said))) == kg


@pytest.mark.parametrize(("said", "unit", "slug", "kg"), weights.MEANT_WITH)
def test_a_unit_and_the_kind_of_animal_help(said, unit, slug, kg):
    assert str(understand_weight(said, unit=unit, species_slug=slug)) == kg


@pytest.mark.parametrize(("said", "slug", "reason", "offered"), weights.ASKED)
def test_it_asks_rather_than_guesses(said, slug, reason, offered):
    unclear = understand_weight(said, species_slug=slug)

    assert isinstance(unclear, Unclear), unclear
    assert (unclear.field, unclear.reason) == ("weight_kg", reason)
    assert [c["weight_kg"] for c in unclear.candidates] == offered


def test_450_for_a_cat_says_that_grams_were_surely_meant():
    unclear = understand_weight(450, species_slug="cat")

    assert isinstance(unclear, Unclear)
    assert "Surely grams (0.45 kg) was meant" in unclear.message


def test_the_person_can_insist_on_an_implausible_weight():
    assert understand_weight(30, species_slug="cat", even_if_implausible=True) == Decimal("30.00")
    assert isinstance(understand_weight(1001, species_slug="cat", even_if_implausible=True), Unclear)


def test_a_unit_that_disagrees_or_is_none_is_asked_about():
    disagrees, none = understand_weight("4 kg", unit="g"), understand_weight(4, unit="bushel")

    assert isinstance(disagrees, Unclear)
    assert disagrees.reason == "contradiction"
    assert isinstance(none, Unclear)
    assert none.reason == "unknown"


@pytest.mark.parametrize(
    ("said", "kg"), [("0.005", None), ("0.0149", "0.01"), ("1.005", "1.01"), ("999.999", "1000.00")]
)
def test_halves_go_up_and_less_than_ten_grams_is_no_weight(said, kg):
    understood = understand_weight(said)

    assert isinstance(understood, Unclear) if kg is None else str(understood) == kg


@pytest.mark.parametrize(
    "said", ["about 4 kg", "chừng 4 ký", "около 4 кг", "приблизно 4 кг", "khoảng 4 ký", "tầm 4 ký", "~4 kg"]
)
def test_a_weight_told_as_near_is_kept_and_known_as_near(said):
    assert understand_weight(said) == 4
    assert says_about(said)


@pytest.mark.parametrize("said", ["4 kg", "tám lạng", "4 ký rưỡi", "ровно 4 кг", 4, None])
def test_other_weights_are_told_as_exact(said):
    assert not says_about(said)


@pytest.mark.parametrize("said", ["over 4 kg", "almost 4 kg", "gần 4 ký", "hơn 4 ký", "почти 4 кг", "більше 4 кг"])
def test_of_a_weight_that_is_only_bounded_the_bound_is_offered(said):
    unclear = understand_weight(said)

    assert isinstance(unclear, Unclear)
    assert [one["weight_kg"] for one in unclear.candidates] == ["4.00"]
