"""How people answer what the chat asks: by a name as they speak it, the right number, more words than were needed."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from sandbox.server import SandboxServer
from tests.chat.conftest import Talk

pytestmark = pytest.mark.once

Connect = Callable[..., Talk]


def kilograms(sandbox: SandboxServer, name: str) -> list[float]:
    return [float(one.weight_kg) for one in sandbox.world.pet(name).weights]


@pytest.mark.parametrize("answer", ["bé Mướp", "con Mướp nha", "em Mướp", "mướp đó ạ"])
def test_which_pet_is_answered_as_people_call_it(talk: Connect, sandbox: SandboxServer, answer: str) -> None:
    mai = talk()
    mai.say("3,7 kg")

    assert "3,7 kg" in mai.say(answer)
    assert kilograms(sandbox, "Mướp") == [3.7]


@pytest.mark.parametrize("answer", ["Барсика", "у Барсика", "Барсик, пожалуйста"])
def test_which_pet_is_answered_in_any_case(talk: Connect, sandbox: SandboxServer, answer: str) -> None:
    olga = talk("olga", language="ru")

    with time_machine.travel(datetime.now(tz=UTC).replace(hour=6)):
        olga.say("6,1 кг")

        assert "6,1 кг" in olga.say(answer)
    assert kilograms(sandbox, "Барсик") == [6.1]


@pytest.mark.parametrize("text", ["Барсик 6,1 кг", "Барсик был у врача сегодня", "заметка Барсик: чихает"])
def test_where_today_may_be_two_days_the_day_is_asked_about(talk: Connect, sandbox: SandboxServer, text: str) -> None:
    """Olga's pets live in Russia, which has eleven time zones."""
    olga = talk("olga", language="ru")
    late_in_moscow = datetime.now(tz=UTC).replace(hour=19, minute=0)

    with time_machine.travel(late_in_moscow):
        asked = olga.say(text)
        if "уже сделано" in asked:
            asked = olga.say("да")
        assert "В какой день" in asked
        assert f"1. {late_in_moscow:%d.%m.%Y}" in asked
        olga.say("1")
        assert olga.written != []


def test_what_is_asked_of_a_pet_is_no_answer_to_which_pet(talk: Connect) -> None:
    mai = talk()
    mai.say("3,7 kg")

    assert "4,1 kg" in mai.say("xem Míu")
    assert mai.written == []


def test_the_right_weight_answers_what_is_right(talk: Connect, sandbox: SandboxServer) -> None:
    mai = talk()
    assert "42 kg" in mai.say("Míu 42 kg")

    assert "4,4 kg" in mai.say("4,4 kg")
    assert 4.4 in kilograms(sandbox, "Míu")


def test_a_bare_number_for_it_is_asked_about_of_the_same_pet(talk: Connect, sandbox: SandboxServer) -> None:
    mai = talk()
    mai.say("Míu 42 kg")

    assert "Míu nặng 4,4 kg, đúng" in mai.say("4,4")
    mai.say("dạ đúng ạ")
    assert 4.4 in kilograms(sandbox, "Míu")


@pytest.mark.parametrize(
    ("said", "vaccine"),
    [("Míu đã tiêm hôm qua", "4 bệnh"), ("Leap got vaccinated yesterday", "FVRCP"), ("Leap got vaccinated yesterday", "for rabies")],
)  # fmt: skip
def test_which_vaccine_is_answered_by_its_name(talk: Connect, sandbox: SandboxServer, said: str, vaccine: str) -> None:
    person = talk("mai" if said.startswith("Míu") else "emma", language="vi" if said.startswith("Míu") else "en")
    person.say(said)
    assert person.written == []

    person.say("no idea")
    assert person.written == []
    told = person.say(vaccine)
    assert f" {vaccine.removeprefix('for ').casefold()}, " in told.casefold()
    assert person.written != []


@pytest.mark.parametrize("answer", ["hôm kia nha", "hôm kia ạ", "hôm kia"])
def test_a_day_may_have_a_particle_behind_it(talk: Connect, sandbox: SandboxServer, answer: str) -> None:
    mai = talk()
    mai.say("tuần trước Mướp 3,2 kg")
    assert mai.written == []

    mai.say(answer)
    assert kilograms(sandbox, "Mướp") == [3.2]


def test_what_may_be_food_is_asked_about_once(talk: Connect, sandbox: SandboxServer) -> None:
    mai = talk()

    for text in ("2 kg Mướp", "Mướp 2k", "Mướp buổi sáng 200 g"):
        assert "đúng không" in mai.say(text)
        assert mai.written == []
        mai.say("thôi")
    mai.say("2 kg Mướp")
    mai.say("ừa")
    assert kilograms(sandbox, "Mướp") == [2.0]


@pytest.mark.parametrize(
    ("text", "language"),
    [("mình nặng 57 kg", "vi"), ("I weighed 57 kg", "en"), ("мой вес 57 кг", "ru"), ("я важу 57 кг", "uk")],
)
def test_a_person_s_own_weight_is_not_kept(talk: Connect, text: str, language: str) -> None:
    mai = talk(language=language)

    assert "Míu" in mai.say(text)
    assert mai.written == []
    # It was no question.
    mai.say("1")
    assert mai.written == []


def test_a_question_of_a_weight_is_answered_by_what_stands_there(talk: Connect) -> None:
    mai = talk()

    assert "4,1 kg" in mai.say("Míu nặng 4,5 kg?")
    assert mai.written == []


def test_a_pet_of_no_kind_is_asked_about(talk: Connect, sandbox: SandboxServer) -> None:
    emma = talk("emma", language="en")

    assert "What kind" in emma.say("add a pet called Bo")
    emma.say("parrot")
    emma.say("yes")
    assert sandbox.world.pet("Bo").pet_type.slug == "bird"


def test_to_take_back_that_a_lost_pet_is_home_says_what_is_public_then(talk: Connect, sandbox: SandboxServer) -> None:
    mai = talk()
    mai.say("Mun về nhà rồi")
    mai.say("1")
    assert sandbox.world.pet("Mun").status == "active"

    assert "công khai" in mai.say("hoàn tác")
    assert mai.written == []
    mai.say("1")
    assert sandbox.world.pet("Mun").status == "lost"


@pytest.mark.parametrize(
    ("text", "weight", "told"),
    [("Míu 4300", 4.3, "4,3 kg"), ("Míu bốn phẩy hai", 4.2, "4,2 kg"), ("Míu bốn ký mốt", 4.1, "4,1 kg")],
)
def test_the_question_tells_the_weight_in_figures(
    talk: Connect, sandbox: SandboxServer, text: str, weight: float, told: str
) -> None:
    mai = talk()

    assert f"Míu nặng {told}, đúng" in mai.say(text)
    assert mai.written == []
    mai.say("đúng")
    assert weight in kilograms(sandbox, "Míu")


def test_a_note_without_a_colon_is_asked_about(talk: Connect, sandbox: SandboxServer) -> None:
    # From 17:00 UTC on the main app does not take Hanoi's today.
    mai = talk(time_zone="UTC")

    assert "“bỏ ăn hai bữa”" in mai.say("ghi chú bé Míu bỏ ăn hai bữa")
    assert mai.written == []
    mai.say("đúng")
    assert sandbox.world.pet("Míu").medical_records[-1].description == "bỏ ăn hai bữa"


@pytest.mark.parametrize("text", ["dewormed Biscuit today", "Biscuit saw the vet today"])
def test_what_is_told_in_the_past_tense_is_not_asked_about(talk: Connect, text: str) -> None:
    emma = talk("emma", language="en", time_zone="UTC")

    assert "Saved" in emma.say(text)


def test_how_heavy_it_was_on_another_day_is_for_the_history_to_tell(talk: Connect, sandbox: SandboxServer) -> None:
    sandbox.world.add_weight(sandbox.world.pet("Míu"), 3.9, sandbox.world.today() - timedelta(days=9))
    mai = talk()

    assert mai.say("hôm kia Míu nặng bao nhiêu").count("kg") > 1
    assert mai.say("hn Míu nặng bao nhiêu").count("kg") == 1


@pytest.mark.parametrize("answer", ["đúng ạ, cảm ơn", "dạ đúng rồi bạn", "ok cảm ơn ad nhiều", "Dạ 1 nha"])
def test_a_yes_may_have_thanks_beside_it(talk: Connect, sandbox: SandboxServer, answer: str) -> None:
    mai = talk()
    mai.say("Míu 4.3")

    assert "Đã ghi" in mai.say(answer)
    assert 4.3 in kilograms(sandbox, "Míu")


@pytest.mark.parametrize("answer", ["chưa", "dạ chưa ạ", "nhầm rồi", "không, cảm ơn bạn"])
def test_a_no_may_be_a_not_yet(talk: Connect, answer: str) -> None:
    mai = talk(time_zone="UTC")
    mai.say("Míu tẩy giun hôm nay")

    assert "không ghi gì cả" in mai.say(answer)
    mai.say("1")
    assert mai.written == []


def test_a_day_to_come_is_no_pet_s_name_and_nothing_that_was_done(talk: Connect) -> None:
    mai = talk(time_zone="UTC")
    mai.say("Míu tiêm 4 bệnh")

    assert "chưa tới" in mai.say("mai")
    mai.say("Míu tẩy giun hôm nay")
    assert "Mình chưa hiểu" in mai.say("mai mới tẩy giun")
    assert mai.written == []


@pytest.mark.parametrize(("answer", "told"), [("bị lạc", "đi lạc?"), ("chết rồi", "đã mất?"), ("hai", "đã mất?")])
def test_how_things_stand_is_answered_in_words(talk: Connect, answer: str, told: str) -> None:
    mai = talk()
    mai.say("Míu mất rồi")

    assert told in mai.say(answer)


def test_an_answer_that_comes_late_is_told_so(talk: Connect) -> None:
    mai = talk()
    mai.say("Míu 4.3")

    assert "trễ" in mai.say("đúng", ago=timedelta(minutes=12))
    assert mai.written == []
