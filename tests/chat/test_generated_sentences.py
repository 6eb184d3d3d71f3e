"""Near 2,000 sentences out of parts, most of them turned by one word or sign: no turned one is stored,
no plain one wrongly."""

import itertools
import random
from datetime import date
from decimal import Decimal
from typing import NamedTuple

import pytest

from chat.reading import read
from petstools.understand.weight import understand_weight
from tests.chat.test_sentences import PETS, writes_at_once

pytestmark = pytest.mark.usefixtures("_each_part_once")

TODAY = date(2026, 11, 30)


class Parts(NamedTuple):
    """`forms` of {pet}, {kg} and perhaps {day}; weights by what they are; `turns`: what may not stand anywhere in a record."""

    forms: list[str]
    weights: dict[str, str]
    days: list[str]
    turns: list[str]


PARTS = {
    "vi": Parts(
        ["{pet} {kg}", "{pet} nặng {kg}", "bé {pet} cân được {kg}", "{day} {pet} {kg}", "{pet} {kg} {day}",
         "ghi {pet} {kg} {day}", "ghi {kg} cho {pet} nhé"],
        {"4,2 kg": "4.2", "4kg2": "4.2", "4 ký 2": "4.2", "4.2kg": "4.2", "bốn ký hai": "4.2", "3 ký rưỡi": "3.5",
         "4200 g": "4.2", "5 kí": "5"},
        ["hôm nay", "hôm qua", "hôm kia", "sáng nay", "25/11"],
        ["không", "chưa", "nếu", "sắp", "sẽ", "tăng", "giảm", "thêm được", "gần", "hơn", "dưới", "hay là", "mẹ",
         "ăn", "cần", "muốn", "tưởng",
         "Lan bảo", "đừng", "à", "hả", "?", "haha", "hình như", "chắc", "hoặc", "và Bông", "ngoại", "hộp pate",
          "mong", "5 kg", "thức ăn"],
    ),
    "en": Parts(
        ["{pet} {kg}", "{pet} weighs {kg}", "{pet} is {kg} {day}", "{day} {pet} weighed {kg}",
         "record {kg} for {pet} {day}", "my {pet}: {kg}"],
        {"4.2 kg": "4.2", "4.2kg": "4.2", "4200 g": "4.2", "5 kilos": "5", "four kg": "4"},
        ["today", "yesterday", "on 25 November", "last night", "3 days ago"],
        ["not", "if", "almost", "did", "does", "would", "will", "gained", "lost", "over", "less than", "maybe",
         "and Leap", "says Anna", "never",
         "food", "?", "lol", "should", "or", "nearly", "more than Rex", "think", "kitten of", "5 kg", "eats", "wish", "until"],
    ),
    "ru": Parts(
        ["{pet} {kg}", "{pet} весит {kg}", "{day} {pet} {kg}", "запиши вес {pet} {kg}", "наша {pet} весит {kg} {day}"],
        {"4,2 кг": "4.2", "4.2кг": "4.2", "4200 г": "4.2", "4 кг 200 г": "4.2", "четыре кило двести": "4.2"},
        ["сегодня", "вчера", "позавчера", "25 ноября"],
        ["не", "если", "почти", "ли", "будет", "набрала", "похудела на", "больше", "меньше", "наверное", "и Барсик",
         "врач сказал", "никогда",
         "корма", "?", "ахаха", "должна", "или", "чуть не", "мама", "5 кг", "съела", "бы", "около", "раньше"],
    ),
    "uk": Parts(
        ["{pet} {kg}", "{pet} важить {kg}", "{day} {pet} {kg}", "запиши вагу {pet} {kg}", "наш {pet} важить {kg} {day}"],
        {"18,2 кг": "18.2", "18.2кг": "18.2", "18 кг 200 г": "18.2", "18200 г": "18.2"},
        ["сьогодні", "вчора", "позавчора", "25 листопада"],
        ["не", "якщо", "майже", "чи", "буде", "набрав", "схуд на", "понад", "менше", "мабуть", "і Мурчик",
         "лікар сказав", "ніколи", "корму",
         "?", "хаха", "має", "або", "ледь не", "мама", "19 кг", "з'їв", "б", "близько", "раніше"],
    ),
}  # fmt: skip


def plain(language: str) -> list[tuple[str, str, Decimal]]:
    """(sentence, pet, kilograms)."""
    parts = PARTS[language]
    made: list[tuple[str, str, Decimal]] = []
    for form, pet, (text, kg) in itertools.product(parts.forms, PETS[language][:2], parts.weights.items()):
        days = parts.days if "{day}" in form else [""]
        made += [(form.format(pet=pet, kg=text, day=day), pet, Decimal(kg)) for day in days]
    return made


def turned(language: str) -> list[str]:
    """One turning word put between two words of a plain sentence, but not into its number."""
    chance = random.Random(19)
    made = []
    for sentence, _pet, _kg in plain(language):
        for turn in chance.sample(PARTS[language].turns, 4):
            words = sentence.split()
            made.append(" ".join([*words, turn]) if chance.random() < 0.4 or turn == "?" else " ".join([turn, *words]))
            pet_at = next(at for at, word in enumerate(words) if word.strip(":") in PETS[language])
            made.append(" ".join([*words[: pet_at + 1], turn, *words[pet_at + 1 :]]))
    return chance.sample(sorted(set(made)), min(len(set(made)), 300))


def test_there_are_enough_of_them() -> None:
    assert sum(len(plain(language)) + len(turned(language)) for language in PARTS) >= 1800


@pytest.mark.parametrize("language", PARTS)
def test_no_plain_sentence_is_stored_as_something_else(language: str) -> None:
    missed = []
    for sentence, pet, kg in plain(language):
        meaning = read(sentence, PETS[language], TODAY)
        if meaning is None or not writes_at_once(meaning):
            missed.append(sentence)
            continue
        assert meaning.pet is not None
        assert (meaning.intent, PETS[language][meaning.pet]) == ("record_weight", pet), sentence
        assert understand_weight(meaning.weight, exact=True) == kg, sentence
    assert len(missed) <= len(plain(language)) // 20, missed[:20]


@pytest.mark.parametrize("language", PARTS)
def test_no_turned_sentence_is_stored(language: str) -> None:
    stored = [sentence for sentence in turned(language) if writes_at_once(read(sentence, PETS[language], TODAY))]

    assert stored == []
