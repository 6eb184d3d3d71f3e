"""With its people, missing or dead, as people say it."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from petstools.understand.outcome import Unclear
from petstools.understand.pet_status import understand_pet_status

SAID = [
    ("active", "active"),
    ("Active!", "active"),
    ("lost", "lost"),
    ("LOST", "lost"),
    ("deceased", "deceased"),
    ("he ran away yesterday", "lost"),
    ("she went missing", "lost"),
    ("not found", "lost"),
    ("still missing", "lost"),
    ("found", "active"),
    ("he came home", "active"),
    ("alive and well", "active"),
    ("isn't lost anymore", "active"),
    ("no longer missing", "active"),
    ("died", "deceased"),
    ("passed away", "deceased"),
    ("crossed the rainbow bridge 🌈", "deceased"),
    ("đi lạc", "lost"),
    ("di lac", "lost"),
    ("bị mất", "lost"),
    ("mất tích rồi", "lost"),
    ("chưa tìm thấy", "lost"),
    ("đã tìm thấy", "active"),
    ("về nhà rồi", "active"),
    ("chết rồi", "deceased"),
    ("qua đời", "deceased"),
    ("chưa chết", "active"),
    ("Мурка пропала", "lost"),
    ("потерялся", "lost"),
    ("не нашлась", "lost"),
    ("нашлась!", "active"),
    ("живая", "active"),
    ("не умерла", "active"),
    ("умерла", "deceased"),
    ("ушёл на радугу", "deceased"),
    ("усыпили", "deceased"),
    ("загубився", "lost"),
    ("не знайшовся", "lost"),
    ("вдома", "active"),
    ("знайшлася", "active"),
    ("помер", "deceased"),
    ("немає в живих", "deceased"),
]
ASKED = [
    (None, "missing"),
    ("", "missing"),
    ("  ", "missing"),
    (5, "not_understood"),
    (True, "not_understood"),
    ("deleted", "not_understood"),
    ("given away", "not_understood"),
    ("x" * 5000, "not_understood"),
    ("mất", "ambiguous"),
    ("đã mất", "ambiguous"),
    ("lost or dead", "ambiguous"),
    ("went missing but came back", "ambiguous"),
    ("no", "ambiguous"),
    ("не", "ambiguous"),
]


@pytest.mark.parametrize(("said", "status"), SAID)
@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_it_understands_how_things_stand(said, status, form):
    assert understand_pet_status(unicodedata.normalize(form, said)) == status


@pytest.mark.parametrize(("said", "reason"), ASKED)
def test_it_asks_about_what_may_be_meant_otherwise(said, reason):
    unclear = understand_pet_status(said)

    assert isinstance(unclear, Unclear), unclear
    assert (unclear.field, unclear.reason) == ("status", reason)
    assert [one["status"] for one in unclear.candidates] == ["active", "lost", "deceased"]


@given(st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.lists(st.text()) | st.binary())
def test_whatever_comes_is_one_of_three_or_a_question(value):
    answer = understand_pet_status(value)

    assert answer in {"active", "lost", "deceased"} if isinstance(answer, str) else answer.message
