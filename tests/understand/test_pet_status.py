"""With its people, missing or dead, as people say it."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from petstools.understand.outcome import Unclear
from petstools.understand.pet_status import Status, understand_pet_status

SAID = [
    ("active", "active"),
    ("Active!", "active"),
    ("lost", "lost"),
    ("LOST", "lost"),
    ("deceased", "deceased"),
    ("he ran away yesterday", "lost"),
    ("still lost", "lost"),
    ("missing since Friday", "lost"),
    ("has been gone missing since last night", "lost"),
    ("đi lạc hôm thứ 6", "lost"),
    ("đã mất tích", "lost"),
    ("пропал во вторник", "lost"),
    ("passed away quietly on Monday", "deceased"),
    ("померла учора", "deceased"),
    ("🌈", "deceased"),
    ("she went missing", "lost"),
    ("not found", "lost"),
    ("still missing", "lost"),
    ("found", "active"),
    ("he came home", "active"),
    ("alive and well", "active"),
    ("died", "deceased"),
    ("passed away", "deceased"),
    ("crossed the rainbow bridge 🌈", "deceased"),
    ("đi lạc", "lost"),
    ("chạy mất", "lost"),
    ("di lac", "lost"),
    ("bị mất", "lost"),
    ("mất tích rồi", "lost"),
    ("chưa tìm thấy", "lost"),
    ("đã tìm thấy", "active"),
    ("về nhà rồi", "active"),
    ("chết rồi", "deceased"),
    ("qua đời", "deceased"),
    ("моя кошка пропала", "lost"),
    ("mất tích 3 ngày rồi", "lost"),
    ("missing for 3 days", "lost"),
    ("my cat died last week", "deceased"),
    ("please mark him as deceased", "deceased"),
    ("tìm thấy xác", "deceased"),
    ("we had to put her to sleep yesterday", "deceased"),
    ("bé sang cầu vồng rồi", "deceased"),
    ("пришлось усыпить", "deceased"),
    ("died at home", "deceased"),
    ("здохла", "deceased"),
    ("hasn't come back for 3 days", "lost"),
    ("не вернулся", "lost"),
    ("mèo đi lạc 2 hôm nay", "lost"),
    ("знайшлась", "active"),
    ("found dead", "deceased"),
    ("con cho chet roi", "deceased"),
    ("мы её нашли", "active"),
    ("потерялся", "lost"),
    ("не нашлась", "lost"),
    ("нашлась!", "active"),
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
ALL = ["active", "lost", "deceased"]
# What is said, why it is asked about, and the readings on offer.
ASKED = [
    ("found a new cat", "not_understood", ALL),
    ("нашли нового кота", "not_understood", ALL),
    (None, "missing", ALL),
    ("", "missing", ALL),
    ("  ", "missing", ALL),
    (5, "not_understood", ALL),
    (True, "not_understood", ALL),
    ("deleted", "not_understood", ALL),
    ("given away", "not_understood", ALL),
    ("x" * 5000, "not_understood", ALL),
    ("mắt", "not_understood", ALL),
    ("mất", "ambiguous", ["lost", "deceased"]),
    ("đã mất", "ambiguous", ["lost", "deceased"]),
    ("we lost him last night", "ambiguous", ["lost", "deceased"]),
    ("ушла", "ambiguous", ["lost", "deceased"]),
    ("lost or dead", "ambiguous", ["active", "lost", "deceased"]),
    ("went missing but came back", "ambiguous", ["active", "lost"]),
    ("lost?", "ambiguous", ["lost"]),
    ("I'm missing my cat", "ambiguous", ["lost", "deceased"]),
    ("still missing him", "not_understood", ALL),
    ("thôi bỏ đi", "not_understood", ALL),
    ("lost weight", "ambiguous", ["active", "lost"]),
    ("lost her appetite", "ambiguous", ["active", "lost"]),
    ("пропал аппетит", "ambiguous", ["active", "lost"]),
    ("her kitten died", "ambiguous", ["active", "deceased"]),
    ("con nó chết", "ambiguous", ["active", "deceased"]),
    ("нет дома", "ambiguous", ["active", "lost"]),
    ("Мурка пропала", "ambiguous", ["active", "lost"]),
]
# What says only how it is not, in four languages.
NOT_LOST = [
    "not lost", "she is not lost", "isn't lost anymore", "no longer missing", "не потерялся", "он не потерялся", "не пропала",
    "không lạc", "không bị lạc", "chưa lạc", "він не загубився", "не зникла", "khong lac",
]  # fmt: skip
NOT_DEAD = [
    "not dead", "he's alive", "still alive", "not deceased", "chưa chết", "không chết", "còn sống", "живая", "не умерла", "не помер",
    "жива", "khong chet",
]  # fmt: skip
NEARLY = [
    "almost died", "he nearly died last year", "would have died", "if he dies", "suýt chết", "suyt chet", "sắp chết", "чуть не умер",
    "почти умерла", "майже помер", "ледь не загинула", "she might have died",
]  # fmt: skip


@pytest.mark.parametrize(("said", "status"), SAID)
@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_it_understands_how_things_stand(said, status, form):
    assert understand_pet_status(unicodedata.normalize(form, said)) == status


@pytest.mark.parametrize(("said", "reason", "offered"), ASKED)
def test_it_asks_about_what_may_be_meant_otherwise(said, reason, offered):
    unclear = understand_pet_status(said)

    assert isinstance(unclear, Unclear), unclear
    assert (unclear.field, unclear.reason) == ("status", reason)
    assert [one["status"] for one in unclear.candidates] == offered


@pytest.mark.parametrize("said", NEARLY)
def test_nobody_is_asked_to_confirm_a_death_that_nearly_happened(said):
    unclear = understand_pet_status(said)

    assert isinstance(unclear, Unclear), unclear
    assert {"status": "active"} in unclear.candidates
    assert {"status": "deceased"} not in unclear.candidates
    assert "died" not in unclear.message.replace(said, "")


@pytest.mark.parametrize(("phrases", "denied"), [(NOT_LOST, "lost"), (NOT_DEAD, "deceased")])
def test_what_a_pet_is_not_decides_only_by_how_things_stood(phrases, denied):
    other: Status = "deceased" if denied == "lost" else "lost"
    for said in phrases:
        assert understand_pet_status(said, now=denied) == understand_pet_status(said, now="active") == "active", said
        # A lost pet that is "not dead" may be lost all the same, and active closes its public page.
        questions: list[tuple[Status | None, list[str]]] = [(other, ["active", other]), (None, ["active"])]
        for now, offered in questions:
            unclear = understand_pet_status(said, now=now)
            assert isinstance(unclear, Unclear), said
            assert [one["status"] for one in unclear.candidates] == offered


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ("not dead, just lost", "lost"),
        ("not lost, he died", "deceased"),
        ("alive, came home", "active"),
        ("not lost, not dead", "active"),
        ("жива, нашлась", "active"),
    ],
)
def test_what_it_is_settles_what_it_is_not(said, status):
    assert understand_pet_status(said) == status


@pytest.mark.parametrize("said", ["is he dead", "found a new home", "як мертвий", "как мёртвый", "did she die"])
def test_rule_1_a_question_and_a_likeness_are_asked_about(said):
    assert isinstance(understand_pet_status(said), Unclear)


@pytest.mark.parametrize("said", ["Мурка пропала", "нашу Мурку нашли"])
def test_the_pets_own_name_may_stand_beside(said):
    assert understand_pet_status(said, name="Мурка") in {"lost", "active"}


@given(st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.lists(st.text()) | st.binary())
def test_whatever_comes_is_one_of_three_or_a_question(value):
    answer = understand_pet_status(value)

    assert answer in {"active", "lost", "deceased"} if isinstance(answer, str) else answer.message
