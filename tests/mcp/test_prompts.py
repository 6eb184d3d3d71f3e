"""Prompts (MCP 2026-07-28, server/prompts): openings of a conversation in the person's language."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from petstools.mcp import prompts, protocol
from tests.mcp.conftest import Mcp

pytestmark = pytest.mark.once
Connect = Callable[..., Mcp]
NAMES = ["who_is_due", "enter_vaccination_card", "summary_for_the_vet", "new_pet"]


def test_they_are_listed_in_the_persons_language(mcp: Connect) -> None:
    told = mcp(language="vi").modern("prompts/list").result

    assert [one["name"] for one in told["prompts"]] == NAMES
    assert told["prompts"][0]["title"] == "Bé nào đến hạn tiêm?"
    assert told["cacheScope"] == "private"


@pytest.mark.parametrize("era", ["modern", "legacy"])
@pytest.mark.parametrize("language", ["en", "vi", "ru", "uk", "de"])
@pytest.mark.parametrize("name", NAMES)
def test_each_can_be_got(mcp: Connect, era: str, language: str, name: str) -> None:
    (message,) = getattr(mcp(language=language), era)("prompts/get", {"name": name}).result["messages"]

    assert message["role"] == "user"
    assert message["content"]["type"] == "text"
    assert "{" not in message["content"]["text"]


def test_a_pet_can_be_named(mcp: Connect) -> None:
    asked = {"name": "summary_for_the_vet", "arguments": {"pet": " Míu "}}
    (message,) = mcp(language="ru").modern("prompts/get", asked).result["messages"]

    assert "Питомец: Míu." in message["content"]["text"]


@pytest.mark.parametrize("pet", [None, 7, "", "  ", ["Míu"], "x" * 5_000])
def test_whatever_is_named_is_text_of_some_length(mcp: Connect, pet: Any) -> None:
    asked = {"name": "summary_for_the_vet", "arguments": {"pet": pet}}
    (message,) = mcp().modern("prompts/get", asked).result["messages"]

    assert len(message["content"]["text"]) < 500


@pytest.mark.parametrize("params", [{"name": "none"}, {"name": 1}, {}, {"name": "new_pet", "arguments": [1]}])
def test_what_is_no_prompt_is_an_error(mcp: Connect, params: dict[str, Any]) -> None:
    assert mcp().legacy("prompts/get", params).refused == (200, protocol.INVALID_PARAMS)


def test_they_have_the_same_texts_in_each_language() -> None:
    for name, texts in json.loads(prompts._FILE.read_text(encoding="utf-8")).items():
        assert set(texts) == {"en", "vi", "ru", "uk"}
        for language, own in texts.items():
            assert own.keys() == texts["en"].keys(), (name, language)
            assert ("{pet}" in own["text"]) == ("pet" in own), (name, language)
