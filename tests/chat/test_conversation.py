"""What a person writes in the chat, and what stands in the main app after it."""

from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine

from chat.models import Remembered
from sandbox.server import SandboxServer
from tests.chat.conftest import Talk

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
Connect = Callable[..., Talk]


def kilograms(sandbox: SandboxServer, name: str) -> list[float]:
    return [float(one.weight_kg) for one in sandbox.world.pet(name).weights]


def test_it_records_a_weight_and_takes_it_back(talk: Connect, sandbox: SandboxServer) -> None:
    mai = talk()

    told = mai.say("míu 4 ký 2")

    assert "4,2 kg" in told
    assert "hoàn tác" in told
    assert 4.2 in kilograms(sandbox, "Míu")
    assert "4,2 kg" in mai.say("hoàn tác")
    assert 4.2 not in kilograms(sandbox, "Míu")
    assert "không có gì" in mai.say("hoàn tác")


@pytest.mark.parametrize("answer", ["1", "số 1", "4,2 kg"])
def test_it_asks_about_a_slipped_point_and_takes_number_or_name(
    talk: Connect, sandbox: SandboxServer, answer: str
) -> None:
    mai = talk()

    asked = mai.say("Míu 42 kg")

    assert mai.written == []
    assert "1. 4,2 kg" in asked
    assert "4,2 kg" in mai.say(answer)
    assert 4.2 in kilograms(sandbox, "Míu")


def test_it_asks_which_pet(talk: Connect, sandbox: SandboxServer) -> None:
    mai = talk()

    asked = mai.say("4,3 kg")

    assert mai.written == []
    assert "2. Míu" in asked
    mai.say("Míu")
    assert 4.3 in kilograms(sandbox, "Míu")


def test_a_number_without_a_unit_is_asked_about(talk: Connect, sandbox: SandboxServer) -> None:
    mai = talk()

    assert "4,3 kg" in mai.say("Míu 4.3")
    assert mai.written == []
    mai.say("đúng")
    assert 4.3 in kilograms(sandbox, "Míu")


@pytest.mark.parametrize("number", ["1", "2", "42", "0"])
def test_a_bare_number_that_answers_nothing_is_nothing(talk: Connect, number: str) -> None:
    mai = talk()

    assert mai.say(number) == mai.say("blah blah")
    assert mai.say(number) == mai.say("blah blah")
    assert mai.written == []


def test_a_number_beyond_the_answers_leaves_the_question_open(talk: Connect, sandbox: SandboxServer) -> None:
    mai = talk()
    mai.say("Míu 42 kg")

    mai.say("17")

    assert mai.written == []
    mai.say("1")
    assert 4.2 in kilograms(sandbox, "Míu")


def test_no_is_no(talk: Connect) -> None:
    mai = talk()
    mai.say("Míu 4.3")

    mai.say("không")

    assert mai.written == []
    mai.say("1")
    assert mai.written == []


def test_another_wish_ends_the_open_question(talk: Connect) -> None:
    mai = talk()
    mai.say("Míu 4.3")

    assert "Míu" in mai.say("danh sách")
    mai.say("1")

    assert mai.written == []


def test_a_question_dies_after_fifteen_minutes(talk: Connect) -> None:
    mai = talk()
    mai.say("Míu 4.3")
    for row in Remembered.objects.all():
        row.created_at -= timedelta(minutes=16)
        row.save()

    mai.say("1")

    assert mai.written == []


def test_a_late_message_writes_nothing(talk: Connect) -> None:
    mai = talk()

    assert "trễ" in mai.say("Míu 4,2 kg", ago=timedelta(minutes=11))
    assert mai.written == []


def test_a_second_weight_of_the_day_replaces_the_first_after_a_yes(talk: Connect, sandbox: SandboxServer) -> None:
    mai = talk()
    mai.say("Míu 4,2 kg")

    assert "4,2 kg" in mai.say("Míu 4,3 kg")
    assert 4.3 not in kilograms(sandbox, "Míu")
    mai.say("1")

    assert 4.3 in kilograms(sandbox, "Míu")
    assert 4.2 not in kilograms(sandbox, "Míu")
    mai.say("hoàn tác")
    assert 4.2 in kilograms(sandbox, "Míu")


def test_the_same_message_twice_is_one_record(talk: Connect, sandbox: SandboxServer) -> None:
    mai = talk()
    mai.say("Míu 4,2 kg")

    mai.say("Míu 4,2 kg")

    assert kilograms(sandbox, "Míu").count(4.2) == 1


def test_vaccinations(talk: Connect, sandbox: SandboxServer) -> None:
    # From 17:00 UTC on the main app does not take Hanoi's today.
    mai = talk(time_zone="UTC")

    assert "Dại" in mai.say("sắp tới hạn")
    asked = mai.say("tiêm dại cho Mướp hôm nay")
    assert mai.written == []
    assert "1. " in asked
    assert "Đã ghi" in mai.say("1")
    assert "Dại" in mai.say("sổ tiêm của Mướp")
    assert "Đã ghi" in mai.say("Mướp đã tiêm 4 bệnh hôm qua")
    assert "Đã ghi" in mai.say("Míu tiêm nhắc dại hôm qua")
    assert len(sandbox.world.pet("Míu").vaccinations) == 2


def test_lost_and_found(talk: Connect, sandbox: SandboxServer) -> None:
    mai = talk()

    assert "công khai" in mai.say("Míu đi lạc rồi")
    assert mai.written == []
    mai.say("1")
    assert sandbox.world.pet("Míu").status == "lost"
    assert "đóng" in mai.say("Míu về nhà rồi")
    assert mai.written == []
    mai.say("1")
    assert sandbox.world.pet("Míu").status == "active"


def test_a_time_of_day_that_was_another_days_is_asked_about(talk: Connect, sandbox: SandboxServer) -> None:
    mai = talk()
    at_noon = datetime.now(tz=HANOI).replace(hour=12, minute=0)

    with time_machine.travel(at_noon):
        assert "Ngày nào" in mai.say("Míu 4,3 kg lúc 8h tối")
        assert mai.written == []
        assert "Ngày nào" in mai.say("Míu 4,3 kg lúc 20h")
        assert mai.written == []
        assert "4,3" in mai.say("hôm qua")
        assert "4,4" in mai.say("Míu 4,4 kg lúc 7h sáng")

    assert {4.3, 4.4} <= set(kilograms(sandbox, "Míu"))


def test_a_death_is_asked_about_kindly(talk: Connect, sandbox: SandboxServer) -> None:
    mai = talk()

    assert "1. " in mai.say("Míu mất rồi")
    assert "tiếc" in mai.say("2")
    assert sandbox.world.pet("Míu").status == "active"
    mai.say("đúng")
    assert sandbox.world.pet("Míu").status == "deceased"
    mai.say("hoàn tác")
    assert sandbox.world.pet("Míu").status == "active"


def test_a_new_pet_is_asked_about_first(talk: Connect, sandbox: SandboxServer) -> None:
    mai = talk()

    assert "Luna" in mai.say("thêm mèo tên Luna")
    assert mai.written == []
    mai.say("1")
    assert sandbox.world.pet("Luna").status == "active"
    assert "1. " in mai.say("hoàn tác")
    mai.say("1")
    assert "Luna" not in mai.say("danh sách")


def test_notes_and_visits(talk: Connect, sandbox: SandboxServer) -> None:
    # From 17:00 UTC on the main app does not take Hanoi's today.
    mai = talk(time_zone="UTC")

    mai.say("ghi chú Míu: Bỏ ăn hai bữa, hơi sốt")
    mai.say("Míu đi khám hôm qua")
    assert mai.written
    records = list(sandbox.world.pet("Míu").medical_records)
    assert "Bỏ ăn hai bữa, hơi sốt" in [one.description for one in records]
    assert "vet_visit" in [one.record_type for one in records]


def test_it_speaks_the_language_that_is_asked_for(talk: Connect) -> None:
    mai = talk()

    assert "English" in mai.say("tiếng Anh")
    assert "didn't understand" in mai.say("bla bla bla")
    assert "русски" in mai.say("по-русски")


def test_disconnecting_asks_once(talk: Connect) -> None:
    mai = talk()

    mai.say("ngắt kết nối")
    mai.connection.refresh_from_db()
    assert mai.connection.is_active
    mai.say("1")
    mai.connection.refresh_from_db()
    assert not mai.connection.is_active


@pytest.mark.parametrize(
    "text",
    ["", " ", "?", "1", "đúng", "không", "\x00", "a" * 5000, "4" * 100, "Míu" * 80, "🐱", "<b>Míu</b>", "…", "Mí u kg"],
)
def test_whatever_comes_is_answered(talk: Connect, text: str) -> None:
    mai = talk()

    assert mai.say(text)
    assert mai.written == []


def test_what_is_remembered_is_not_readable_in_the_database(talk: Connect) -> None:
    mai = talk()
    mai.say("Míu 4.3")

    assert all(b"4.3" not in bytes(row.about) for row in Remembered.objects.all())
    assert Remembered.objects.count() == 1


def test_another_wish_is_no_answer_to_the_question_which_day(talk: Connect, sandbox: SandboxServer) -> None:
    mai = talk()
    assert "1. " in mai.say("Míu 4,3 kg ngày mai")

    assert "Mun" in mai.say("danh sách")
    assert "Mướp" in mai.say("Mướp 3,5 kg hôm qua")
    assert 4.3 not in kilograms(sandbox, "Míu")
    assert 3.5 in kilograms(sandbox, "Mướp")


def test_what_is_no_day_is_no_answer_to_the_question_which_day(talk: Connect, sandbox: SandboxServer) -> None:
    mai = talk()
    mai.say("Míu 4,3 kg ngày mai")

    assert "Hôm qua" in mai.say("ăn hết cá rồi")
    assert mai.written == []
    mai.say("hôm qua")
    assert 4.3 in kilograms(sandbox, "Míu")
