"""What a conversation's file may say, and how its expectations are judged."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from devtools.play.conversations import BadConversation, NotThere, difference, filled, load, value_at

TODAY = {"today": date(2026, 3, 1), "utc_today": date(2026, 2, 28)}
ANSWER: dict[str, Any] = {
    "status": "ok",
    "pets": [{"id": 4, "name": "Míu"}, {"id": 9, "name": "Captain Flint", "weights": [4.1, 4.2]}],
    "next_page": None,
}
GOOD = """
title: Hello
shows: The least that a conversation can hold.
language: en
person: emma
talk:
  - person: Hello
  - gpt: Hello
"""


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("$", ANSWER),
        ("$.status", "ok"),
        ("$.pets[1].weights[0]", 4.1),
        ("$.pets[name=Míu].id", 4),
        ("$.pets[name=Captain Flint].id", 9),
        ("$.next_page", None),
    ],
)
def test_a_path_leads_to_its_value(path: str, value: object) -> None:
    assert value_at(ANSWER, path) == value


@pytest.mark.parametrize(
    "path", ["status", "$.gone", "$.pets[2]", "$.pets[name=Tom]", "$.status.more", "$.pets[colour=red]", "$..", "$x"]
)
def test_a_path_that_leads_nowhere_is_said(path: str) -> None:
    with pytest.raises(NotThere):
        value_at(ANSWER, path)


@pytest.mark.parametrize(
    ("path", "expected", "holds"),
    [
        ("$.status", "ok", True),
        ("$.status", "no", False),
        ("$.next_page", None, True),
        ("$.pets", {"length": 2}, True),
        ("$.pets", {"length": 3}, False),
        ("$.pets[0].id", {"at_least": 4}, True),
        ("$.pets[0].id", {"at_least": 5}, False),
        ("$.status", {"at_least": 5}, False),
        ("$.next_page", {"length": 0}, False),
        ("$.pets[1].name", {"contains": "Flint"}, True),
        ("$.pets[1].weights", {"contains": [4.1, 4.2]}, True),
        ("$.pets[1].weights", {"contains": [4.1, 5]}, False),
        ("$.status", {"not": "no"}, True),
        ("$.status", {"not": "ok"}, False),
        ("$.gone", {"not": "ok"}, False),
        ("$.pets[0]", {"id": 4, "name": "Míu"}, True),
        ("$.pets[0]", {"id": 4}, False),
    ],
)
def test_expectations(path: str, expected: object, holds: bool) -> None:
    assert (difference(ANSWER, path, expected) is None) is holds


def test_names_and_days_are_filled_in_and_keep_their_type() -> None:
    names = {**TODAY, "pet_id": 4}

    assert filled({"pet_id": "{pet_id}", "days": ["{today}", "{today-1}", "{utc_today+365}"]}, names) == {
        "pet_id": 4,
        "days": ["2026-03-01", "2026-02-28", "2027-02-28"],
    }
    assert filled("Cat {pet_id}, {today}", names) == "Cat 4, 2026-03-01"


def test_a_name_that_was_never_kept_is_said() -> None:
    with pytest.raises(KeyError, match="weight_id"):
        filled({"with": "{weight_id}"}, TODAY)


def test_the_least_conversation_can_be_read(tmp_path: Path) -> None:
    file = tmp_path / "hello.yaml"
    file.write_text(GOOD)

    assert load(file).title == "Hello"


@pytest.mark.parametrize(
    "change",
    [
        ("language: en", "language: fr"),
        ("person: emma\n", "person: emma\nmood: good\n"),
        ("- gpt: Hello", "- gpt: Hello\n    call: list_pets"),
        ("- gpt: Hello", "- call: list_pets"),
        ("- gpt: Hello", "- call: list_pets\n    gives: 200\n    refused: NOT_FOUND"),
        ("- gpt: Hello", "- call: list_pets\n    gives: 404"),
        ("- gpt: Hello", "- meanwhile: {rain: true}"),
        ("title: Hello", "title: [Hello"),
    ],
)
def test_what_no_conversation_can_say_is_refused(tmp_path: Path, change: tuple[str, str]) -> None:
    file = tmp_path / "hello.yaml"
    assert change[0] in GOOD
    file.write_text(GOOD.replace(*change))

    with pytest.raises(BadConversation, match=r"hello\.yaml"):
        load(file)
