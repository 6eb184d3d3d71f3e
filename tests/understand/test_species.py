import unicodedata

import pytest

from petstools.understand.outcome import Unclear
from petstools.understand.species import PetTypeChoice, understand_species
from tests.understand.pet_types import PET_TYPES
from tests.understand.phrases import species


@pytest.mark.parametrize(("said", "slug"), species.MEANT)
@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_it_understands_what_people_call_an_animal(said, slug, form):
    understood = understand_species(unicodedata.normalize(form, said), PET_TYPES)

    assert isinstance(understood, PetTypeChoice), understood
    assert understood.slug == slug


@pytest.mark.parametrize(("said", "slugs"), species.OPEN)
def test_it_asks_with_the_kinds_to_choose_from(said, slugs):
    unclear = understand_species(said, PET_TYPES)

    assert isinstance(unclear, Unclear)
    assert unclear.field == "species"
    assert {c["slug"] for c in unclear.candidates} == (slugs or {t.slug for t in PET_TYPES})


@pytest.mark.parametrize(("said", "slug"), species.DENIED)
def test_what_the_animal_is_not_is_not_offered(said, slug):
    unclear = understand_species(said, PET_TYPES)

    assert isinstance(unclear, Unclear)
    assert {c["slug"] for c in unclear.candidates} == {t.slug for t in PET_TYPES} - {slug}


@pytest.mark.parametrize("pet_type", PET_TYPES)
def test_every_slug_and_name_of_the_list_is_understood(pet_type):
    for said in (pet_type.slug, pet_type.name, pet_type.name.upper()):
        assert understand_species(said, PET_TYPES) == pet_type


def test_a_slip_of_the_fingers_is_asked_about_never_taken():
    unclear = understand_species("hamstre", PET_TYPES)

    assert isinstance(unclear, Unclear)
    assert [c["slug"] for c in unclear.candidates] == ["hamster"]


def test_a_new_type_of_the_main_app_is_understood_by_its_name_and_its_case_forms():
    alpaca = PetTypeChoice(40, "alpaca", "Альпака")

    assert understand_species("alpaca", [*PET_TYPES, alpaca]) == alpaca
    assert understand_species("нашу альпаку", [*PET_TYPES, alpaca]) == alpaca


def test_the_lists_own_types_come_before_the_words_known_here():
    parrot = PetTypeChoice(41, "parrot", "Parrot")

    assert understand_species("a parrot", [*PET_TYPES, parrot]) == parrot


def test_an_animal_the_main_app_no_longer_has_is_asked_about():
    unclear = understand_species("con mèo", [t for t in PET_TYPES if t.slug != "cat"])

    assert isinstance(unclear, Unclear)
    assert unclear.reason == "unknown"


def test_the_person_is_asked_when_the_species_is_missing():
    unclear = understand_species(None, PET_TYPES)

    assert isinstance(unclear, Unclear)
    assert (unclear.reason, len(unclear.candidates)) == ("missing", len(PET_TYPES))
