"""A microchip's number as people write it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from petstools.understand.chip_number import understand_chip_number
from petstools.understand.outcome import Unclear


@pytest.mark.parametrize(
    ("said", "number"),
    [
        ("982000123456789", "982000123456789"),
        ("chip của bé là 982000123456789 ạ", "982000123456789"),
        ("номер мікрочіпа — 982000123456789", "982000123456789"),
        (" 982 000 123 456 789 ", "982000123456789"),
        ("982-000-123-456-789", "982000123456789"),
        ("982–000—123−456‑789", "982000123456789"),
        ("９８２０００１２３４５６７８９", "982000123456789"),
        ("982000123456789\u200b", "982000123456789"),
        ("0012345678", "0012345678"),
        ("000 000 0001", "0000000001"),
        ("AVID*012*345*678", "AVID012345678"),
        ("982.000.123.456.791", "982000123456791"),
        ("'982000123456789'", "982000123456789"),
        ("my chip number is 982000123456789", "982000123456789"),
        ("Số chip: 982 000 123 456 789", "982000123456789"),
        ("чип № 982000123456789.", "982000123456789"),
        ("4b7a1c0e2f", "4B7A1C0E2F"),
        ("4B7A1C0E2F", "4B7A1C0E2F"),
        (982000123456789, "982000123456789"),
    ],
)
def test_what_stands_between_and_around_goes(said, number):
    assert understand_chip_number(said) == number


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (None, "missing"),
        ("", "missing"),
        (True, "not_understood"),
        ("I don't know it", "not_understood"),
        ("----------", "not_understood"),
        (["982000123456789"], "not_understood"),
        (98200012345, "not_understood"),  # a JSON number: zeros may have stood in front of it
        (9.82e14 + 0.5, "not_understood"),
        ("12345678", "out_of_range"),
        ("98200012345678", "out_of_range"),
        ("9820001234567890", "out_of_range"),
        ("000000555555555", "out_of_range"),
        ("999000000000001", "out_of_range"),
        ("9.82E+14", "not_understood"),
        ("9" * 21, "out_of_range"),
        ("9" * 5000, "not_understood"),
    ],
)
def test_it_asks_about_what_can_be_no_chip_number(said, reason):
    unclear = understand_chip_number(said)

    assert isinstance(unclear, Unclear), unclear
    assert (unclear.field, unclear.reason) == ("chip_number", reason)


@pytest.mark.parametrize(
    ("said", "likely"),
    [
        ("982000123456789O", ["982000123456789"]),
        ("98200O123456789", ["982000123456789"]),
        ("9.82000123456789E+14", ["982000123456789"]),
        ("022*123*456", ["AVID022123456"]),
        ("982000123456789 / 982000123456780", ["982000123456789", "982000123456780"]),
        ("982000123456789 implanted by Anna", ["982000123456789"]),
    ],
)
def test_it_asks_with_the_number_that_was_likely_meant(said, likely):
    unclear = understand_chip_number(said)

    assert isinstance(unclear, Unclear), unclear
    assert [one["chip_number"] for one in unclear.candidates] == likely


@given(st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.lists(st.text()))
def test_whatever_comes_has_a_length_that_the_main_app_takes_or_is_a_question(value):
    answer = understand_chip_number(value)

    assert 10 <= len(answer) <= 20 if isinstance(answer, str) else answer.message


@given(
    st.from_regex(r"[19][0-8][0-9]{13}", fullmatch=True, alphabet="0123456789"),
    st.integers(1, 5),
    st.sampled_from([" ", "-", " - ", ".", "*"]),
)
def test_a_number_written_in_groups_comes_back_and_is_taken_again(number, size, between):
    groups = between.join(number[at : at + size] for at in range(0, len(number), size))

    assert understand_chip_number(groups) == understand_chip_number(number) == number
