import unicodedata

import pytest

from petstools.understand.pet_names import Closeness, rank

NAMES = ["Míu", "Miu", "Мурка", "Bông", "Bé Bông Xinh", "Мурзик", "Whiskers", "Sonya", "Luna", "Đốm"]


def found(query: str, names: list[str] = NAMES) -> list[str]:
    return [hit.name for hit in rank(query, names).matches]


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("Miu", ["Miu", "Míu"]),
        ("Míu", ["Míu", "Miu"]),
        ("miu", ["Miu", "Míu"]),
        ("bong", ["Bông", "Bé Bông Xinh"]),
        ("dom", ["Đốm"]),
        ("DOM", ["Đốm"]),
        ("xinh", ["Bé Bông Xinh"]),
        ("whisk", ["Whiskers"]),
        ("Whiskers’s", ["Whiskers"]),
        ("isk", ["Whiskers"]),
        ("мурзик", ["Мурзик"]),
        ("мур", ["Мурка", "Мурзик"]),
        ("my cat Miu", ["Miu", "Míu"]),
        ("кот Мурзик", ["Мурзик"]),
        ("con Bông", ["Bông", "Bé Bông Xinh"]),
        ("em Luna", ["Luna"]),
        ("how is Luna today?", ["Luna"]),
        ("Мурку", ["Мурка"]),
        ("кошку Мурку", ["Мурка"]),
        ("Murka", ["Мурка"]),
        ("Murzik", ["Мурзик"]),
        ("Соня", ["Sonya"]),
        ("Луна", ["Luna"]),
        ("Murca", ["Мурка"]),
        ("нашего Вискерса", ["Whiskers"]),
        ("как там Вискерс сегодня?", ["Whiskers"]),
        ("сколько весит Мурзика", ["Мурзик"]),
        ("Вискерс", ["Whiskers"]),
        ("Вискерса", ["Whiskers"]),
        ("Mìu", ["Miu"]),
    ],
)
def test_it_finds_a_name_best_first(query, names):
    assert found(query) == names


@pytest.mark.parametrize(
    ("heard", "name"),
    [
        ("Бисквит", "Biscuit"), ("Бисквита", "Biscuit"), ("Лаки", "Lucky"), ("Майло", "Milo"), ("Мило", "Milo"), ("Чарли", "Charlie"),
        ("Джинджер", "Ginger"), ("Шэдоу", "Shadow"), ("Зевс", "Zeus"), ("Хлоя", "Chloe"), ("Гаррі", "Harry"), ("Пиксель", "Pixel"),
        ("Ki Ki", "Kiki"),
    ],
)  # fmt: skip
def test_a_name_is_found_as_it_sounds(heard, name):
    assert found(heard, [name]) == [name]
    assert found(name, [heard]) == [heard]


@pytest.mark.parametrize(
    ("russian", "ukrainian"),
    [
        ("Рыжик", "Рижик"), ("Белка", "Білка"), ("Снежок", "Сніжок"), ("Серый", "Сірий"), ("Лёва", "Льова"), ("Кеша", "Кєша"),
        ("Ёжик", "Їжик"), ("Дымка", "Димка"), ("Симба", "Сімба"),
    ],
)  # fmt: skip
def test_a_name_is_found_in_the_neighbours_spelling(russian, ukrainian):
    for asked, name in ((russian, ukrainian), (ukrainian, russian)):
        assert found(asked, [name, "Рекс"]) == found(f"как там {asked} сегодня", [name, "Рекс"]) == [name]
        assert rank(asked, [name, asked]).best[0].name == asked


@pytest.mark.parametrize(
    ("asked", "names", "best"),
    [
        ("Рыжика", ["Рижик", "Мурка"], ["Рижик"]), ("Білку", ["Белка"], ["Белка"]), ("Мишку", ["Мышка", "Мишка"], ["Мишка"]),
        ("Мішка", ["Мышка", "Мишка"], ["Мышка", "Мишка"]), ("Симба", ["Simba", "Сімба"], ["Simba", "Сімба"]),
    ],
)  # fmt: skip
def test_the_neighbours_spelling_is_asked_about_only_where_two_fit(asked, names, best):
    assert [hit.name for hit in rank(asked, names).best] == best


@pytest.mark.parametrize(
    ("heard", "name"),
    [
        ("Лана", "Luna"),
        ("Миша", "Masha"),
        ("Маша", "Misha"),
        ("Том", "Tim"),
        ("Белла", "Bill"),
        ("Рик", "Рек"),
        ("Том", "Тім"),
        ("Bống", "Bông"),
    ],
)
def test_another_name_is_not(heard, name):
    assert found(heard, [name]) == found(name, [heard]) == []


@pytest.mark.parametrize(("form", "other"), [("NFC", "NFD"), ("NFD", "NFC")])
def test_the_unicode_form_makes_no_difference(form, other):
    names = [unicodedata.normalize(form, name) for name in ("Bông", "Мурзик й", "Đốm")]

    for index, name in enumerate(names):
        best = rank(unicodedata.normalize(other, name), names).best
        assert [(hit.index, hit.closeness) for hit in best] == [(index, Closeness.EXACT)]


@pytest.mark.parametrize(
    ("query", "suggested"),
    [
        ("mui", ["Míu", "Miu"]),
        ("Wiskers", ["Whiskers"]),
        ("Мюрка", ["Мурка"]),
        ("Lnua", ["Luna"]),
        ("Zorro", []),
        ("xy", []),
    ],
)
def test_near_misses_are_suggested_and_never_matched(query, suggested):
    ranking = rank(query, NAMES)

    assert ranking.matches == ()
    assert [hit.name for hit in ranking.suggestions] == suggested


def test_nothing_is_suggested_next_to_a_match():
    assert rank("Miu", ["Miu", "Mia"]).suggestions == ()


def test_the_best_are_those_as_close_as_the_closest():
    assert [hit.name for hit in rank("miu", ["Miu", "Miu Miu", "MIU"]).best] == ["Miu", "MIU"]
    assert [hit.index for hit in rank("Miu", ["Miu", "Miu Miu", "Miu"]).best] == [0, 2]


def test_a_word_before_a_name_may_be_part_of_another_name():
    assert [hit.name for hit in rank("bé Bông", NAMES).best] == ["Bông", "Bé Bông Xinh"]


@pytest.mark.parametrize("query", [None, "", "   ", "\x00", "\ud800", True, [], {}, "x" * 100_000, float("nan")])
def test_what_is_no_name_finds_nothing(query):
    assert rank(query, NAMES) == ((), ())


@pytest.mark.parametrize(
    ("query", "name"),
    [("Ласці", "Ласка"), ("Снежка", "Снежок"), ("Уголька", "Уголёк"), ("Мальцу", "Малец"), ("Ольги", "Ольга"), ("Ользі", "Ольга")],
)  # fmt: skip
def test_a_case_form_that_changes_a_sound_is_the_name(query: str, name: str) -> None:
    assert [hit.name for hit in rank(query, [name, "Барсик"]).matches] == [name]


def test_a_name_that_ends_like_another_s_case_form_is_itself() -> None:
    assert rank("Киці", ["Киця"]).matches[0].name == "Киця"
    assert rank("Пушка", ["Пушок", "Пушка"]).best[0].name == "Пушка"
