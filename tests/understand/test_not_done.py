"""What a text beside a record says of whether it was done at all (docs/decisions/meaning.md, rule 1)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from petstools.understand.not_done import is_to_come, says_not_done
from petstools.understand.not_done_words import PLACES, UNDONE

NOT_DONE = [
    "not taken yet", "hasn't been given", "will be done on Monday", "planned for 5 July", "moved to next week", "in three days",
    "chưa uống", "chưa khám", "chua tay", "để mai làm", "hẹn thứ 6", "пока не делали", "забыли", "запланировано на пятницу",
    "ждём", "через два дня", "ще не давали", "перенесли на середу", "треба зробити", "за місяць",
    "rescheduled for Friday", "dời sang tháng sau", "chưa đi được", "в планах", "не успели", "не встигли",
]  # fmt: skip
DONE = [
    "no fever", "not eating well", "needs another look at the ears", "next tablet on Monday", "repeat in a month",
    "không nôn", "chưa khỏe hẳn", "ra nhiều giun", "nhắc lại sau 3 tháng", "без рвоты", "не чешется больше",
    "повторить через 10 дней", "контроль через месяц", "без температури", "наступна таблетка в липні", "2 ml", "Dr. Lee", "",
    "next dose in a month", "due again in May", "следующая через полгода", "наступна за рік", "lần sau 10/7",
]  # fmt: skip


AND_WHY = [
    "not given because she had a cold", "not done, the clinic was shut", "we ran late, so it was not done",
    "chưa khám được vì trời mưa", "vì bé ốm nên chưa tiêm", "chua tay vi be met", "chưa uống do hết thuốc",
    "не делали, потому что кашлял", "пока не привили из-за насморка", "не зробили, бо кашляв", "не давали через те що спав",
]  # fmt: skip
CAME_TO_NOTHING = [
    "threw the pill right back up",
    "the vet decided not to vaccinate today", "the other cat ate it", "closed for the holidays", "couldn't afford it", "no slots left",
    "we'll try again tomorrow", "spits every pill out", "bác sĩ không đến", "nôn liền nên coi như chưa uống", "con khác ăn mất thuốc",
    "не было времени", "врач не приехал", "не поехали", "таблетку съела собака", "місць не було", "вирішили не робити",
    "vet was closed, came back home", "the doctor was away so we went home", "couldn't hold her, will try on Monday", "turned away",
    "they were out of vaccine", "changed our minds, not today", "refused to swallow it", "spat it out behind our backs",
    "he spat it out, so it didn't count", "threw it right back up", "spat out the Milbemax", "found the tablet under the rug",
    "scanner was broken", "vet said to wait", "nobody was there", "nhả ra hết", "nôn ra ngay nên không tính", "phòng khám nghỉ, đi về",
    "bé quậy nên thôi", "hết vắc xin", "không giữ được bé", "bác sĩ bảo về", "выплюнула, не считается", "приехали, а там закрыто",
    "врача не было", "вакцина закончилась", "не далась", "не проглотил", "передумали", "аппарат не работал", "виплюнув таблетку",
    "ветклініка зачинена, повернулися додому", "не змогли втримати", "лікар захворів", "не рахується", "вакцини не було",
]  # fmt: skip
MADE_GOOD = [
    "didn't eat, so fluids were given", "couldn't stand up, got fluids", "insurance refused to pay", "sent home with antibiotics",
    "closed fracture", "spat it twice, third time fine, swallowed", "không có ve", "không ăn nên truyền dịch", "không chịu đi",
    "не ел, поставили капельницу", "закрытый перелом", "не давать прыгать", "врач сказал, всё хорошо", "не їв, поставили крапельницю",
    "spat it out, then swallowed it", "vet was closed, another one did it", "threw up, later fine", "wound closed", "went home at noon",
    "hid in the carrier", "he did not let go of me", "out of sedation", "second dose not yet", "postponed in May, finally done",
    "nhả ra, sau đó nuốt", "uống hết thuốc", "về nhà ngủ", "bác sĩ nghỉ trưa mới khám", "мяукал, не дался чесать",
    "сначала выплюнул, потом проглотил", "забрали домой вечером", "рана закрыта", "отложили, но сделали", "спочатку виплюнула, "
    "потім з'їла",
]  # fmt: skip
TELLS_OF_SOMETHING_ELSE = [
    "no fever, so no medicine", "не ел после укола, потому что болел", "chưa ăn vì còn mê", "no reaction, ate well",
    "not frozen, batch 12", "không sốt, ăn tốt", "cleaned because it was due",
]  # fmt: skip


@pytest.mark.parametrize("said", AND_WHY)
def test_why_it_was_not_done_does_not_make_it_done(said: str) -> None:
    assert says_not_done(said)


@pytest.mark.parametrize("said", CAME_TO_NOTHING)
def test_a_deed_that_came_to_nothing_was_not_done(said: str) -> None:
    assert says_not_done(said)


@pytest.mark.parametrize(("states", "places"), PLACES.items())
def test_nobody_and_nothing_there_is_not_done_whatever_the_place(states: str, places: str) -> None:
    for state in states.split(", "):
        for place in places.split(", "):
            assert says_not_done(f"{place} {state}"), (place, state)
            assert says_not_done(f"{place} {state}, về nhà"), (place, state)
            assert not says_not_done(f"{place} {state}, then another one did it"), (place, state)


@given(
    st.sampled_from(UNDONE.split(", ")),
    st.sampled_from(["then swallowed it", "sau đó nuốt", "потом проглотил", "потім проковтнула"]),
)
def test_what_was_undone_may_be_made_good(undone: str, good: str) -> None:
    assert says_not_done(undone)
    assert not says_not_done(f"{undone}, {good}")


@pytest.mark.parametrize("said", MADE_GOOD)
def test_what_was_made_good_was_done(said: str) -> None:
    assert not says_not_done(said)


@pytest.mark.parametrize("said", TELLS_OF_SOMETHING_ELSE)
def test_a_reason_is_cut_off_only_behind_what_was_not_done(said: str) -> None:
    assert not says_not_done(said)


def test_a_vet_called_mai_is_not_tomorrow() -> None:
    assert not is_to_come("khám với bác sĩ Mai")
    assert is_to_come("mai khám")


@pytest.mark.parametrize("said", NOT_DONE)
def test_a_text_that_says_only_that_it_was_not_done_is_seen(said: str) -> None:
    assert says_not_done(said)


@pytest.mark.parametrize("said", DONE)
def test_a_text_that_tells_more_says_nothing_against_it(said: str) -> None:
    assert not says_not_done(said)


@given(st.sampled_from(NOT_DONE), st.sampled_from(["Milbemax", "ears", "sốt", "Drontal", "уши", "вуха"]), st.booleans())
def test_one_word_of_what_it_was_is_enough(said: str, word: str, behind: bool) -> None:
    assert not says_not_done(f"{said} {word}" if behind else f"{word} {said}")
